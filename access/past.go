package access

import (
	"context"
	"slices"
	"time"

	"stint/access/identity"
)

const (
	pastRead  = 300 // requests of one person that are looked through
	pastShown = 5
)

// Past is what a person asked for before in the accounts that a request is about.
type Past struct {
	Requests int
	Approved int
	Denied   int
	Live     int           // grants that are live there now
	Newest   []RequestView // at most 5, newest first
	// More is set when there are older ones that were not counted.
	More bool
}

// RequestDetails is all there is to know about a request.
type RequestDetails struct {
	RequestView
	Past Past
	// Delegate is set when who looks could decide it for somebody else, whose name it is.
	DelegateFor string
	At          time.Time
}

// Details is a request with the history of who receives it.
func (s *Service) Details(ctx context.Context, user identity.SlackUserID, id RequestID) (d RequestDetails, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		r, err := tx.Request(id)
		if err != nil {
			return err
		}
		if d.RequestView, err = s.requestView(tx, r); err != nil {
			return err
		}
		d.Past, err = s.past(tx, r)
		return err
	})
	d.At = s.Now()
	for _, h := range d.Approvers {
		if h.Slack == user && user != "" {
			d.DelegateFor = h.For
		}
	}
	return d, err
}

// past looks through the newest requests of who receives one.
func (s *Service) past(tx Tx, r Request) (Past, error) {
	var p Past
	about := slices.Clone(r.Entitlements)
	for _, d := range r.Dropped {
		about = append(about, d.Entitlement)
	}
	all, err := tx.Requests(RequestFilter{Person: r.Receiver.Person, Limit: pastRead})
	if err != nil {
		return p, err
	}
	p.More = len(all) == pastRead
	for _, old := range all {
		if old.ID == r.ID || old.Receiver.Person != r.Receiver.Person || !sameGround(old.Entitlements, about) {
			continue
		}
		p.Requests++
		switch old.State {
		case Approved:
			p.Approved++
		case Denied:
			p.Denied++
		}
		if len(p.Newest) < pastShown {
			v := RequestView{Request: old}
			for _, e := range old.Entitlements {
				v.Items = append(v.Items, s.item(e))
			}
			p.Newest = append(p.Newest, v)
		}
	}
	live, err := tx.Grants(GrantFilter{States: []GrantState{Live}, Person: r.Receiver.Person})
	if err != nil {
		return p, err
	}
	for _, g := range live {
		if g.Request != r.ID && sameGround([]Entitlement{g.Key.Entitlement()}, about) {
			p.Live++
		}
	}
	return p, nil
}

// sameGround reports whether two lists of entitlements have an account, or a group, in common.
func sameGround(a, b []Entitlement) bool {
	return slices.ContainsFunc(a, func(x Entitlement) bool {
		return slices.ContainsFunc(b, func(y Entitlement) bool {
			return x == y || x.Account != "" && x.Account == y.Account
		})
	})
}
