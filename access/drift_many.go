package access

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// DriftScope names open findings that are decided together; zero fields narrow nothing, and the
// zero scope is everything that is open.
type DriftScope struct {
	Text    string // words, as in DriftQuery
	Account catalog.AccountID
	Role    catalog.RoleARN
	Person  catalog.PersonID
	Group   catalog.GroupID // what the group has, and who is in it
	// Before is when whoever decides saw them: what was found, or given again, after it is not
	// decided unseen. Zero: everything.
	Before time.Time
}

// covers reports whether an open finding is in the scope.
func (sc DriftScope) covers(c *catalog.Catalog, f Finding) bool {
	a := f.Assignment
	switch {
	case sc.Account != "" && a.Account != sc.Account, sc.Role != "" && a.Role != sc.Role,
		sc.Person != "" && a.Person != sc.Person, sc.Group != "" && a.Group != sc.Group:
		return false
	case !sc.Before.IsZero() && (f.FoundAt.After(sc.Before) || f.AgainAt.After(sc.Before)):
		return false
	}
	return viewRow(c, a).says(strings.Fields(strings.ToLower(sc.Text)))
}

// DriftMany is what a scope holds now.
type DriftMany struct {
	Scope DriftScope    // with Before as of now
	Total int           // open findings in it
	First []FindingView // of them, those that were found last
}

// DriftPart is what open findings have in common: an account, a role, a person or a group.
type DriftPart struct {
	Scope DriftScope
	Name  string
	Count int
}

// DriftParts are the open findings by what they have in common, most first.
type DriftParts struct {
	Total                  int
	Accounts, Roles, Whose []DriftPart
}

const (
	manyNamed = 10 // findings that a confirmation names
	mostParts = 30 // accounts, roles, and people and groups that are offered
)

// DriftMany shows what is decided together, to an admin who is asked to confirm it.
func (s *Service) DriftMany(ctx context.Context, user identity.SlackUserID, sc DriftScope) (v DriftMany, err error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return v, err
	}
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		v, err = OpenDrift(tx, s.Catalog(), s.Now(), sc)
		return err
	})
	return v, err
}

// OpenDrift is what a scope holds in a store.
func OpenDrift(tx Tx, c *catalog.Catalog, now time.Time, sc DriftScope) (DriftMany, error) {
	v := DriftMany{Scope: sc}
	v.Scope.Before = now
	all, err := readFindings(tx)
	if err != nil {
		return v, err
	}
	for _, f := range all.sorted() {
		if f.State(now) != FindingOpen || !sc.covers(c, f) {
			continue
		}
		if v.Total++; len(v.First) < manyNamed {
			v.First = append(v.First, FindingView{RowView: viewRow(c, f.Assignment), Finding: f, State: FindingOpen})
		}
	}
	return v, nil
}

// DriftParts says what the open findings have in common, for an admin who decides about many.
func (s *Service) DriftParts(ctx context.Context, user identity.SlackUserID) (v DriftParts, err error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return v, err
	}
	var all *findings
	if err := s.Store.View(ctx, func(tx Tx) (err error) { all, err = readFindings(tx); return err }); err != nil {
		return v, err
	}
	accounts, roles, whose := map[DriftScope]int{}, map[DriftScope]int{}, map[DriftScope]int{}
	for _, f := range all.by {
		if f.State(s.Now()) != FindingOpen {
			continue
		}
		a := f.Assignment
		v.Total++
		if a.Account != "" {
			accounts[DriftScope{Account: a.Account}]++
			roles[DriftScope{Role: a.Role}]++
		}
		if a.Person != "" {
			whose[DriftScope{Person: a.Person}]++
		}
		if a.Group != "" {
			whose[DriftScope{Group: a.Group}]++
		}
	}
	v.Accounts, v.Roles, v.Whose = s.driftParts(accounts), s.driftParts(roles), s.driftParts(whose)
	return v, nil
}

// driftParts names what findings have in common, most first.
func (s *Service) driftParts(count map[DriftScope]int) []DriftPart {
	out := make([]DriftPart, 0, len(count))
	for sc, n := range count {
		view := viewRow(s.Catalog(), catalog.Assignment{Account: sc.Account, Role: sc.Role, Person: sc.Person, Group: sc.Group})
		name := view.Who
		switch {
		case sc.Account != "":
			name = view.Item.Account.Name
		case sc.Role != "":
			name = view.Item.Role.Name
		}
		out = append(out, DriftPart{Scope: sc, Name: name, Count: n})
	}
	slices.SortFunc(out, func(a, b DriftPart) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(mostParts, len(out))]
}

// SnoozeMany hides all open findings of a scope until the morning of a day, by an admin, and
// says how many that were.
func (s *Service) SnoozeMany(ctx context.Context, user identity.SlackUserID, sc DriftScope, day string) (int, error) {
	until, err := snoozeEnd("access.SnoozeMany", day, s.zone(), s.Now())
	if err != nil {
		return 0, err
	}
	return s.decideMany(ctx, user, sc, DriftDecision{Until: until})
}

// IgnoreMany says that all open findings of a scope are as they should be, by an admin, with
// the reason, and how many that were.
func (s *Service) IgnoreMany(ctx context.Context, user identity.SlackUserID, sc DriftScope, reason string) (int, error) {
	reason, err := givenReason("access.IgnoreMany", reason)
	if err != nil {
		return 0, err
	}
	return s.decideMany(ctx, user, sc, DriftDecision{Reason: reason})
}

func (s *Service) decideMany(ctx context.Context, user identity.SlackUserID, sc DriftScope, d DriftDecision) (n int, err error) {
	who, err := s.adminOnly(ctx, user)
	if err != nil {
		return 0, err
	}
	err = s.update(ctx, func(b *book) (err error) {
		n, err = b.decideMany(s.Catalog(), sc, d, who.actor())
		return err
	})
	s.driftDue.raise()
	return n, err
}

// DriftDecision is what is decided about many: snoozed Until a time, or else ignored for a
// Reason.
type DriftDecision struct {
	Until  time.Time
	Reason string
}

// DecideDrift decides about all open findings of a scope in a store, as `stint drift` does, and
// says how many that were. The catalog names them; nil: ids are all there is.
func DecideDrift(ctx context.Context, store Store, c *catalog.Catalog, sc DriftScope, d DriftDecision, by Actor, now time.Time) (n int, err error) {
	const op = "access.DecideDrift"
	if d.Until.IsZero() {
		if d.Reason, err = givenReason(op, d.Reason); err != nil {
			return 0, err
		}
	} else if err := mayHide(op, d.Until, now); err != nil {
		return 0, err
	}
	ids := newIDSource()
	err = store.Update(ctx, func(tx Tx) (err error) {
		n, err = (&book{Tx: tx, now: now.UTC(), ids: ids}).decideMany(c, sc, d, by)
		return err
	})
	return n, err
}

// decideMany changes the open findings of a scope. The audit has lines with all of them.
func (b *book) decideMany(c *catalog.Catalog, sc DriftScope, d DriftDecision, by Actor) (int, error) {
	all, err := readFindings(b)
	if err != nil {
		return 0, err
	}
	var done []Finding
	for _, f := range all.sorted() {
		if f.State(b.now) != FindingOpen || !sc.covers(c, f) {
			continue
		}
		f.Snoozed, f.Ignored, f.Untold = nil, nil, false
		if d.Until.IsZero() {
			f.Ignored = &Ignored{By: by, At: b.now, Reason: d.Reason}
		} else {
			f.Snoozed = &Snooze{By: by, At: b.now, Until: d.Until}
		}
		all.put(f)
		done = append(done, f)
	}
	if len(done) == 0 {
		return 0, fault.New(fault.NotFound, "access.decideMany", "None of these is open any more, so there is nothing to decide.", "The list shows what is there now.")
	}
	state, err := readDrift(b)
	if err != nil {
		return 0, err
	}
	if err := b.putFindings(&state, all); err != nil {
		return 0, err
	}
	if err := b.putDrift(state); err != nil {
		return 0, err
	}
	action := "drift.snoozed"
	if d.Until.IsZero() {
		action = "drift.ignored"
	}
	for part := range slices.Chunk(done, foundEach) {
		if err := b.audit(action, by, "", part, d.Reason); err != nil {
			return 0, err
		}
	}
	return len(done), nil
}
