package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

const blobAnchors = "anchors"

// anchored is a role in an account that the anchor group keeps, or is to keep. An older
// version stored nothing but the entitlement, once it was kept.
type anchored struct {
	Entitlement
	// By is the anchor group; "" is the one that is set.
	By catalog.GroupID `json:"by,omitempty"`
	// Pending: it is asked of AWS, and whether it is there is not known yet.
	Pending bool `json:"pending,omitempty"`
	// RefusedAt is when AWS refused it, and Problem what it said.
	RefusedAt time.Time `json:"refused_at,omitzero"`
	Problem   string    `json:"problem,omitempty"`
}

func readAnchors(tx Tx) (all []anchored, err error) {
	raw, err := tx.Blob(blobAnchors)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	err = json.Unmarshal(raw, &all)
	return all, fault.Wrap(err, fault.Internal, "access.readAnchors", "The stored anchors cannot be read.", "")
}

// anchorOf finds the record of a role in an account; nil when there is none.
func (s *Service) anchorOf(all []anchored, e Entitlement) *anchored {
	for i := range all {
		if all[i].Entitlement == e && (all[i].By == "" || all[i].By == s.Anchor.Group) {
			return &all[i]
		}
	}
	return nil
}

// due reports whether a record is to be tried; nil is none.
func (a *anchored) due(now time.Time) bool {
	return a == nil || a.Pending && now.Sub(a.RefusedAt) >= anchorAgain
}

// toAnchor reports whether a role in an account is to be anchored now.
func (s *Service) toAnchor(ctx context.Context, e Entitlement) (due bool, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		all, err := readAnchors(tx)
		due = s.anchorOf(all, e).due(s.Now())
		return err
	})
	return due, err
}

// unanchored lists what is to be anchored now: what is intended, and what Stint holds an
// assignment of. It also brings up to date what is known in memory.
func (s *Service) unanchored(ctx context.Context) (todo []Entitlement, err error) {
	made, refused := map[Entitlement]bool{}, 0
	var first anchored
	err = s.Store.View(ctx, func(tx Tx) error {
		all, err := readAnchors(tx)
		if err != nil {
			return err
		}
		now := s.Now()
		for i := range all {
			switch a := s.anchorOf(all[i:i+1], all[i].Entitlement); {
			case a == nil || !s.exists(a.Entitlement): // of another anchor group, or gone
			case !a.Pending:
				made[a.Entitlement] = true
			case a.Problem != "":
				first = *a
				refused++
				fallthrough
			default:
				if a.due(now) {
					todo = append(todo, a.Entitlement)
				}
			}
		}
		held, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Present}})
		for _, a := range held {
			if e := a.Key.Entitlement(); !e.IsGroup() && !made[e] && !slices.Contains(todo, e) && s.anchorOf(all, e).due(now) {
				todo = append(todo, e)
			}
		}
		return err
	})
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	s.anchor.made, s.anchor.refused = made, ""
	if refused > 0 {
		s.anchor.refused = fmt.Sprintf("%s could not be anchored. %s: %s", counted(refused, "role"), s.item(first.Entitlement).name(), first.Problem)
	}
	return todo, err
}

// exists reports whether the catalog has a role and an account, in use.
func (s *Service) exists(e Entitlement) bool {
	c := s.Catalog()
	if c == nil {
		return false
	}
	a, known := c.Account(e.Account)
	_, role := c.Role(e.Role)
	return known && role && a.State == catalog.AccountActive
}

// editAnchors changes the stored anchors in one transaction of the leader. change returns the
// audit action, "" when nothing is to be stored.
func (s *Service) editAnchors(ctx context.Context, e Entitlement, change func(b *book, all *[]anchored) (action, note string, err error)) error {
	return s.lead(ctx, func(b *book) error {
		all, err := readAnchors(b)
		if err != nil {
			return err
		}
		action, note, err := change(b, &all)
		if err != nil || action == "" {
			return err
		}
		raw, err := json.Marshal(all)
		if err != nil {
			return fault.Wrap(err, fault.Internal, "access.editAnchors", "", "")
		}
		if err := b.audit(action, System, "", e, note); err != nil {
			return err
		}
		return b.PutBlob(blobAnchors, raw)
	})
}

// intendAnchor stores that a role in an account is about to be anchored. wanted is false when
// it is already, or was refused lately. A pause holds it, as it holds every create.
func (s *Service) intendAnchor(ctx context.Context, e Entitlement) (wanted bool, err error) {
	err = s.editAnchors(ctx, e, func(b *book, all *[]anchored) (string, string, error) {
		a := s.anchorOf(*all, e)
		if wanted = a.due(b.now); !wanted {
			return "", "", nil
		}
		if err := b.held("access.intendAnchor"); err != nil || a != nil {
			return "", "", err // what is intended already needs no second line
		}
		*all = append(*all, anchored{Entitlement: e, By: s.Anchor.Group, Pending: true})
		return "anchor.intended", string(s.Anchor.Group), nil
	})
	return wanted && err == nil, err
}

// anchorMade stores that AWS holds it.
func (s *Service) anchorMade(ctx context.Context, e Entitlement) error {
	err := s.editAnchors(ctx, e, func(_ *book, all *[]anchored) (string, string, error) {
		a := s.anchorOf(*all, e)
		if a == nil || !a.Pending {
			return "", "", nil
		}
		a.Pending, a.RefusedAt, a.Problem = false, time.Time{}, ""
		return "anchor.created", string(s.Anchor.Group), nil
	})
	if err != nil {
		return err
	}
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	if s.anchor.made == nil {
		s.anchor.made = map[Entitlement]bool{}
	}
	s.anchor.made[e] = true
	return nil
}

// anchorRefused stores that AWS does not do it, and why.
func (s *Service) anchorRefused(ctx context.Context, e Entitlement, why string) error {
	return s.editAnchors(ctx, e, func(b *book, all *[]anchored) (string, string, error) {
		a := s.anchorOf(*all, e)
		if a == nil || !a.Pending {
			return "", "", nil
		}
		a.RefusedAt, a.Problem = b.now, why
		return "anchor.refused", why, nil
	})
}
