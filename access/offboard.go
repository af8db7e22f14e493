package access

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"stint/access/catalog"
	"stint/access/identity"
)

// Off-boarding: who is disabled or deleted in Identity Center, or deactivated in Slack,
// loses what they hold and what they asked for. The leader looks at everybody who holds or
// asks for something, and only at them; what Slack tells of is looked at at once.
const (
	lookEvery = 3 * time.Minute
	// lookOlder is the age at which what is known is read again: with lookEvery and the minute
	// that a look may take, nobody is known for longer than five minutes.
	lookOlder = time.Minute
	// lookLate is when health says that a source could not be asked for too long.
	lookLate = 10 * time.Minute
	// usersChanged bounds the changes of Slack users that wait to be looked at; the next look
	// finds those that do not fit.
	usersChanged = 256
)

// lookout is what is known of the looks.
type lookout struct {
	changed chan identity.SlackUserID

	mu   sync.Mutex
	at   time.Time // of the last look; zero before the first
	last identity.Rechecked
}

// involved is everybody who holds something or asks for it: once each, with the Slack user
// of their newest request.
func involved(tx Tx) ([]identity.Human, error) {
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Live, Scheduled}})
	if err != nil {
		return nil, err
	}
	pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return nil, err
	}
	var out []identity.Human
	seen := map[catalog.PersonID]bool{}
	add := func(who ...Actor) {
		for _, a := range who {
			if a.Person != "" && !seen[a.Person] {
				seen[a.Person] = true
				out = append(out, identity.Human{Person: a.Person, Slack: a.Slack})
			}
		}
	}
	for _, r := range pending {
		add(r.Receiver, r.Asker)
	}
	for _, g := range grants {
		add(g.Holder)
	}
	return out, nil
}

// watchPeople looks at everybody involved until ctx ends.
func (s *Service) watchPeople(ctx context.Context) {
	for {
		begun := s.Now()
		if err := s.LookAtPeople(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error().Err(err).Msg("who left could not be found out; it is tried again")
		}
		reached, stop := s.time.At(begun.Add(lookEvery))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-reached:
		}
		stop()
	}
}

// LookAtPeople asks Slack and Identity Center about everybody who holds or asks for
// something, and ends what those have who left. Whoever cannot be asked about keeps it.
func (s *Service) LookAtPeople(ctx context.Context) error {
	var who []identity.Human
	if err := s.Store.View(ctx, func(tx Tx) (err error) { who, err = involved(tx); return err }); err != nil {
		return err
	}
	done := s.Directory.Recheck(ctx, who, lookOlder)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.lookout.mu.Lock()
	s.lookout.at, s.lookout.last = s.Now(), done
	s.lookout.mu.Unlock()
	return s.offboard(ctx)
}

// offboard ends what people have who left, as far as that is known.
func (s *Service) offboard(ctx context.Context) error {
	w := s.world.Load()
	if _, leads := s.leadership.holds(); !leads || w.catalog == nil {
		return nil
	}
	found, err := s.findings(ctx, func(r Request, g Grant) EndReason {
		if s.leftHolding(r, g) != "" {
			return EndOffboarded
		}
		return ""
	})
	if err != nil {
		return err
	}
	return s.carry(ctx, w, found, false, false)
}

func (s *Service) findLeftAsking(tx Tx) (found []finding, err error) {
	pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
	for _, r := range pending {
		if who, _ := s.leftAsking(r); who != "" {
			found = append(found, finding{request: r.ID, person: who})
		}
	}
	return found, err
}

// leftHolding says why the holder of a grant is no longer here; "" when they are.
func (s *Service) leftHolding(r Request, g Grant) string {
	return departed(s.Directory.Left(identity.Human{Person: g.Key.Person, Slack: g.Holder.Slack}, r.SubmittedAt))
}

// leftAsking is who of a pending request is no longer here, and why; "" when both are.
func (s *Service) leftAsking(r Request) (who catalog.PersonID, why string) {
	for _, a := range []Actor{r.Receiver, r.Asker} {
		if why := departed(s.Directory.Left(identity.Human{Person: a.Person, Slack: a.Slack}, r.SubmittedAt)); why != "" {
			return a.Person, why
		}
	}
	return "", ""
}

// departed says a departure to people.
func departed(d identity.Departure) string {
	switch d {
	case identity.GoneFromCenter:
		return "AWS Identity Center no longer lists the person."
	case identity.DisabledInCenter:
		return "The person is disabled in AWS Identity Center."
	case identity.GoneFromSlack:
		return "The person's Slack account is deactivated."
	case identity.StillHere:
	}
	return ""
}

// SlackUserChanged is told of every change that Slack reports of a user. It never waits; if
// they left, what they have ends within seconds.
func (s *Service) SlackUserChanged(user identity.SlackUserID) {
	select {
	case s.lookout.changed <- user:
	default: // the next look finds it
	}
}

// followUsers looks at Slack users who changed, until ctx ends.
func (s *Service) followUsers(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case user := <-s.lookout.changed:
			if err := s.lookAtUser(ctx, user); err != nil && ctx.Err() == nil {
				s.Log.Warn().Err(err).Msg("a change of a Slack user was not looked at; the next look finds it")
			}
		}
	}
}

// lookAtUser reads a Slack user anew if they hold or ask for something. Slack tells one
// replica of a change; the one that leads acts on it.
func (s *Service) lookAtUser(ctx context.Context, user identity.SlackUserID) error {
	var who []identity.Human
	if err := s.Store.View(ctx, func(tx Tx) (err error) { who, err = involved(tx); return err }); err != nil {
		return err
	}
	i := slices.IndexFunc(who, func(h identity.Human) bool {
		now, bound := s.Directory.SlackOf(h.Person)
		return bound && now == user || !bound && h.Slack == user
	})
	if i < 0 {
		return nil
	}
	only := identity.Human{Slack: user}
	s.Directory.Recheck(ctx, []identity.Human{only}, 0)
	if s.Directory.Left(only, time.Time{}) == identity.StillHere {
		return nil
	}
	if _, leads := s.leadership.holds(); leads {
		return s.offboard(ctx)
	}
	return s.update(ctx, func(b *book) error {
		known, err := b.Meta(metaLeft)
		if err != nil {
			return err
		}
		users := strings.Fields(known)
		if len(users) > 0 {
			users = users[1:] // the mark itself
		}
		users = append(slices.DeleteFunc(users, func(u string) bool { return u == string(user) }), string(user))
		users = users[max(0, len(users)-keptLeft):]
		return b.PutMeta(metaLeft, b.ids.next(b.now)+" "+strings.Join(users, " "))
	})
}

// keptLeft is how many Slack users who left are kept for the replica that leads.
const keptLeft = 50

// heedLeft looks at those of whom another replica found that they left.
func (s *Service) heedLeft(mark string) {
	if users := strings.Fields(mark); len(users) > 1 {
		for _, u := range users[1:] {
			s.SlackUserChanged(identity.SlackUserID(u))
		}
	}
}

// lookCheck is the health of off-boarding: how old what is known of people is.
func (s *Service) lookCheck() Check {
	c := Check{Name: "Off-boarding", OK: true, Detail: "not looked yet"}
	if _, leads := s.leadership.holds(); !leads {
		c.Detail = "the replica that leads looks"
		return c
	}
	s.lookout.mu.Lock()
	at, last := s.lookout.at, s.lookout.last
	s.lookout.mu.Unlock()
	if at.IsZero() {
		return c
	}
	now := s.Now()
	c.Detail = "nobody holds or asks for anything"
	if n := last.Center.People; n > 0 {
		c.Detail = "looked at " + counted(n, "person") + " " + spellAge(now.Sub(at)) + " ago"
	}
	for _, side := range []struct {
		name string
		identity.RecheckedSide
	}{{"AWS Identity Center", last.Center}, {"Slack", last.Slack}} {
		if side.Unread == 0 || now.Sub(side.Oldest) < lookLate {
			continue
		}
		c.OK = false
		c.Detail = side.name + " could not say of " + counted(side.Unread, "person") + " whether they are still there"
		if !side.Oldest.IsZero() {
			c.Detail += ", of one not for " + spellAge(now.Sub(side.Oldest))
		}
		if side.Err != nil {
			c.Detail += ": " + explain(side.Err)
		}
		c.Hint = "Nobody loses access because of that. If somebody left meanwhile, end their access in /jit-config."
	}
	return c
}
