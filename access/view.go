package access

import (
	"cmp"
	"context"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

func (s *Service) request(ctx context.Context, id RequestID) (r Request, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		r, err = tx.Request(id)
		return err
	})
	return r, err
}

// human names a person.
func (s *Service) human(person catalog.PersonID) Human {
	h := Human{Person: person, Name: string(person)}
	if c := s.Catalog(); c != nil {
		if p, ok := c.Person(person); ok {
			h.Name = cmp.Or(p.Name, p.UserName, string(p.ID))
		}
	}
	h.Slack, _ = s.Directory.SlackOf(person)
	return h
}

func (s *Service) humans(people []catalog.PersonID) []Human {
	out := make([]Human, 0, len(people))
	for _, p := range people {
		out = append(out, s.human(p))
	}
	return out
}

// maxDeciders bounds whose Home is refreshed when a request comes or goes.
const maxDeciders = 20

// deciders are those who may decide a request, as far as their Slack user is known, and
// who may stand in for them.
func (s *Service) deciders(tx Tx, r Request) ([]Actor, error) {
	p := s.Policy()
	if p == nil || r.Terms.Automatic {
		return nil, nil
	}
	all, err := readDelegations(tx)
	if err != nil {
		return nil, err
	}
	var out []Actor
	add := func(person catalog.PersonID) {
		if user, ok := s.Directory.SlackOf(person); ok && len(out) < maxDeciders {
			out = append(out, Actor{Person: person, Slack: user})
		}
	}
	for _, person := range p.Approvers(s.Directory.Snapshot(), r.terms(), r.Asker.Person, r.Receiver.Person) {
		add(person)
		for _, d := range all {
			if d.By.Person == person && d.inForce(s.Now()) {
				add(d.To.Person)
			}
		}
	}
	return out, nil
}

// item names an entitlement by the catalog in force.
func (s *Service) item(e Entitlement) ItemView { return itemIn(s.Catalog(), e) }

// itemIn names an entitlement; what left the catalog keeps its id as its name. Without a
// catalog ids are all there is.
func itemIn(c *catalog.Catalog, e Entitlement) ItemView {
	if e.IsGroup() {
		return groupItem(c, e)
	}
	v := ItemView{
		Entitlement: e,
		Account:     catalog.Account{ID: e.Account, Name: string(e.Account)},
		Role:        catalog.Role{ARN: e.Role, Name: roleName(e.Role)},
	}
	if c == nil {
		return v
	}
	if a, ok := c.Account(e.Account); ok {
		v.Account = *a
	}
	if r, ok := c.Role(e.Role); ok {
		v.Role = *r
	}
	return v
}

// name is an entitlement in words.
func (v ItemView) name() string {
	if v.Entitlement.IsGroup() {
		return "membership in " + v.Group.Name
	}
	return v.Role.Name + " in " + v.Account.Name
}

// where is where an entitlement gives access: its account, or the group.
func (v ItemView) where() string {
	if v.Entitlement.IsGroup() {
		return "the group " + v.Group.Name
	}
	return v.Account.Name
}

// roleName is the last part of a permission set's ARN, for one that left the catalog.
func roleName(arn catalog.RoleARN) string {
	name := string(arn)
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			return name[i+1:]
		}
	}
	return name
}

// RequestView is a request as it is now, with what is needed to show it.
func (s *Service) RequestView(ctx context.Context, id RequestID) (v RequestView, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		r, err := tx.Request(id)
		if err != nil {
			return err
		}
		v, err = s.requestView(tx, r)
		return err
	})
	return v, err
}

func (s *Service) requestView(tx Tx, r Request) (RequestView, error) {
	v := RequestView{Request: r}
	for _, e := range r.Entitlements {
		v.Items = append(v.Items, s.item(e))
	}
	for _, d := range r.Dropped {
		v.Lost = append(v.Lost, s.item(d.Entitlement))
	}
	var live []Grant
	if len(r.Grants) > 0 {
		var err error
		if live, err = tx.Grants(GrantFilter{States: []GrantState{Live}, Person: r.Receiver.Person}); err != nil {
			return v, err
		}
	}
	for _, id := range r.Grants {
		g, err := tx.Grant(id)
		if err != nil {
			return v, err
		}
		gv, err := s.grantAmong(tx, g, r, live)
		if err != nil {
			return v, err
		}
		v.Grants = append(v.Grants, gv)
	}
	if r.Debrief.Open() {
		v.Debriefers = s.humans(s.debriefers(r))
	}
	if err := s.viewProlongs(tx, &v); err != nil {
		return v, err
	}
	w := s.world.Load()
	if r.State != Pending || w.policy == nil || w.catalog == nil {
		return v, nil
	}
	facts := s.Directory.Snapshot()
	v.Progress = w.policy.Progress(facts, r.terms(), votes(r, nil), r.Asker.Person, r.Receiver.Person)
	var err error
	if v.Approvers, err = s.canDecide(tx, w.policy, facts, r); err != nil {
		return v, err
	}
	v.Later = s.later(w.policy, facts, r.terms(), r.Asker.Person, r.Receiver.Person)
	switch _, lost, gone := s.termsToday(w, r); {
	case gone != nil:
		v.PolicyGone = said(gone)
	case len(lost) > 0:
		v.PolicyGone = s.item(lost[0].Entitlement).name() + ": " + lost[0].Why
	}
	return v, nil
}

// GrantView is a grant as it is now, with what is needed to show it.
func (s *Service) GrantView(ctx context.Context, id GrantID) (v GrantView, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		g, err := tx.Grant(id)
		if err != nil {
			return err
		}
		v, err = s.grantView(tx, g)
		return err
	})
	return v, err
}

func (s *Service) grantView(tx Tx, g Grant) (v GrantView, err error) {
	r, err := tx.Request(g.Request)
	if err != nil {
		return v, err
	}
	live, err := tx.Grants(GrantFilter{States: []GrantState{Live}, Person: g.Key.Person})
	if err != nil {
		return v, err
	}
	return s.grantAmong(tx, g, r, live)
}

// grantAmong is the view of a grant among the live grants of its holder, which are read once
// for all grants of a request.
func (s *Service) grantAmong(tx Tx, g Grant, r Request, live []Grant) (v GrantView, err error) {
	v = GrantView{Grant: g, Request: r, Item: s.item(g.Key.Entitlement())}
	if v.Assignment, err = tx.Assignment(g.Key); err != nil {
		return v, err
	}
	others, accounts := 0, s.opens(g.Key.Entitlement())
	for _, other := range live {
		if other.Key == g.Key && other.End.After(v.Until) {
			v.Until = other.End
		}
		if other.ID == g.ID {
			continue
		}
		if other.Key == g.Key {
			others++
		}
		if s.opensAny(other.Key.Entitlement(), accounts) {
			v.Remaining = append(v.Remaining, s.item(other.Key.Entitlement()))
		}
	}
	if g.State == Live {
		r, found, err := prolonging(tx, g.Key)
		if err != nil {
			return v, err
		}
		if found && r.Extends != "" {
			v.Extension = r.ID
		}
	}
	if g.EndReason == EndExpired && others > 0 {
		if v.Prolonged, err = wentOn(tx, g, s.Now()); err != nil {
			return v, err
		}
	}
	v.Phase = phase(g, v.Assignment, others > 0, s.Now())
	if v.Phase == PhaseStarting {
		v.Wait = s.waitIn(tx, g.Key.Entitlement())
	}
	if c := s.Catalog(); c != nil {
		v.Instance = c.Instance()
	}
	return v, nil
}

// phase derives what people see.
func phase(g Grant, a Assignment, otherGrant bool, now time.Time) Phase {
	switch {
	case g.State == Scheduled && now.Before(g.Start):
		return PhaseScheduled
	case g.State == Scheduled:
		return PhaseStarting
	case g.State == Live && a.State == Present:
		return PhaseActive
	case g.State == Live:
		return PhaseStarting
	case otherGrant || a.State == Absent || a.Foreign:
		return PhaseEnded
	case a.State == Deleting && !a.GoneAt.IsZero(): // proven gone; only watched for late writes
		return PhaseEnded
	}
	return PhaseEnding
}

// Message finds where a surface was posted.
func (s *Service) Message(ctx context.Context, key string) (m Message, found bool, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		m, err = tx.Message(key)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return m, false, nil
	}
	return m, err == nil, err
}

// SaveMessage stores where a surface was posted.
func (s *Service) SaveMessage(ctx context.Context, m Message) error {
	return s.Store.Update(ctx, func(tx Tx) error { return tx.PutMessage(m) })
}

// Messages lists the copies of a surface, by key.
func (s *Service) Messages(ctx context.Context, prefix string) (out []Message, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		out, err = tx.Messages(prefix)
		return err
	})
	return out, err
}
