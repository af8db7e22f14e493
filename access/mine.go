package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
)

// mineMost is how far back somebody's own requests are shown.
const mineMost = 500

// MineQuery is a page of somebody's own requests.
type MineQuery struct {
	States []RequestState // none: all
	Offset int
	Limit  int
}

// MineView is a page of somebody's requests, those that others made for them too, newest
// first.
type MineView struct {
	Requests []RequestView
	Total    int
	// Cut is set when there are older ones that are not counted.
	Cut bool
}

// Mine lists what somebody asked for, or would receive.
func (s *Service) Mine(ctx context.Context, user identity.SlackUserID, q MineQuery) (MineView, error) {
	who, err := s.Who(ctx, user)
	if err != nil {
		return MineView{}, err
	}
	var out MineView
	err = s.Store.View(ctx, func(tx Tx) error {
		out = MineView{}
		all, err := tx.Requests(RequestFilter{Person: who.Person, States: q.States, Limit: mineMost + 1})
		if err != nil {
			return err
		}
		if out.Cut = len(all) > mineMost; out.Cut {
			all = all[:mineMost]
		}
		out.Total = len(all)
		from := min(max(q.Offset, 0), len(all))
		to := len(all)
		if q.Limit > 0 {
			to = min(from+q.Limit, to)
		}
		for _, r := range all[from:to] {
			v, err := s.requestView(tx, r)
			if err != nil {
				return err
			}
			out.Requests = append(out.Requests, v)
		}
		return nil
	})
	return out, err
}

// Again is a past request of somebody's own, to ask for the same once more.
//
// Errors: Forbidden when it is somebody else's, NotFound.
func (s *Service) Again(ctx context.Context, user identity.SlackUserID, id RequestID) (RequestView, error) {
	who, err := s.Who(ctx, user)
	if err != nil {
		return RequestView{}, err
	}
	v, err := s.RequestView(ctx, id)
	if err != nil {
		return RequestView{}, err
	}
	if v.Request.Asker.Person != who.Person && v.Request.Receiver.Person != who.Person {
		return RequestView{}, fault.New(fault.Forbidden, "access.Again", "This is somebody else's request.", "Ask with /aws-access what you need yourself.")
	}
	return v, nil
}
