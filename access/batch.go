package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
)

// maxBatch is how many requests one form decides.
const maxBatch = 50

// ReviewOutcome is what became of one request of several that were decided together.
type ReviewOutcome struct {
	Request RequestID
	View    RequestView
	Err     error // nil when the verdict counts
}

// ReviewAll gives one verdict on several requests, in their order: each in a transaction of
// its own, as Review does, so that one that fails does not keep the others back. The error is
// about all of them: nothing was decided.
func (s *Service) ReviewAll(ctx context.Context, user identity.SlackUserID, ids []RequestID, verdict Verdict, comment string) ([]ReviewOutcome, error) {
	const op = "access.ReviewAll"
	switch n := len(ids); {
	case n == 0:
		return nil, fault.New(fault.Invalid, op, "Choose at least one.", "Nothing is chosen.").In("requests")
	case n > maxBatch:
		return nil, fault.Newf(fault.Invalid, op, "Choose fewer, and the rest afterwards.", "At most %d are decided at once.", maxBatch).In("requests")
	}
	var out []ReviewOutcome
	seen := map[RequestID]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		v, err := s.Review(ctx, ReviewInput{Request: id, User: user, Verdict: verdict, Comment: comment})
		if fault.Is(err, fault.Invalid) { // the comment: it is as wrong for the others
			return out, err
		}
		out = append(out, ReviewOutcome{Request: id, View: v, Err: err})
	}
	return out, nil
}
