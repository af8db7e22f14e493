package identity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// model is what the directory should know, kept in the plainest way: what was read last,
// judged anew at each question.
type model struct {
	users   map[identity.SlackUserID]identity.SlackFacts
	groups  map[identity.UserGroupID]identity.UserGroupFacts
	people  map[catalog.PersonID]bool // able, as read after the catalog
	pins    map[identity.SlackUserID]catalog.PersonID
	catalog catalog.Data
	domain  string
}

// emailOf is the person of an e-mail, "" for none or several.
func (m *model) emailOf(email string) catalog.PersonID {
	var found []catalog.PersonID
	for _, p := range m.catalog.People {
		if p.Email == email {
			found = append(found, p.ID)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// who is the person of a Slack user as far as its facts go.
func (m *model) who(u identity.SlackUserID) (p catalog.PersonID, able, known bool) {
	f, read := m.users[u]
	fine := read && !f.Deleted && !f.Guest && f.TeamID == team
	var byEmail catalog.PersonID
	if fine && (f.EmailConfirmed == nil || *f.EmailConfirmed) && m.domain == "example.com" {
		byEmail = m.emailOf(f.Email)
	}
	if pinned, ok := m.pins[u]; ok {
		return pinned, !read || byEmail == pinned, true
	}
	if !read {
		return "", false, false
	}
	for _, pinned := range m.pins {
		if pinned == byEmail {
			return "", false, true
		}
	}
	return byEmail, byEmail != "", true
}

func (m *model) ableIn(p catalog.PersonID) bool {
	if able, ok := m.people[p]; ok {
		return able
	}
	return slices.ContainsFunc(m.catalog.People, func(x catalog.Person) bool { return x.ID == p && !x.Disabled })
}

func (m *model) in(g identity.UserGroupID, p catalog.PersonID) policy.Truth {
	f, read := m.groups[g]
	if !read || f.Deleted {
		return policy.Unknown
	}
	strangers := false
	member, acts := false, false
	for _, u := range f.Members {
		q, able, known := m.who(u)
		strangers = strangers || !known
		if known && q == p {
			member, acts = true, acts || able
		}
	}
	hasSlack := false
	for u := range m.users {
		q, _, _ := m.who(u)
		hasSlack = hasSlack || q == p
	}
	for _, q := range m.pins {
		hasSlack = hasSlack || q == p
	}
	switch {
	case member && acts && m.ableIn(p):
		return policy.True
	case member:
		return policy.Unknown
	case strangers && !hasSlack:
		return policy.Unknown
	}
	return policy.False
}

// The snapshot, changed bit by bit, always answers as the model judged from the ground up.
func TestSnapshotAgreesWithModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		m := &model{
			users: make(map[identity.SlackUserID]identity.SlackFacts), groups: make(map[identity.UserGroupID]identity.UserGroupFacts),
			people: make(map[catalog.PersonID]bool), pins: make(map[identity.SlackUserID]catalog.PersonID), domain: "example.com",
		}
		names := []string{"ada", "bob", "cleo", "dan"}
		groups := []identity.UserGroupID{"S1", "S2"}
		who := rapid.SampledFrom(names)
		m.catalog = w.organization()
		m.catalog.AsOf = w.clock.Now()
		w.setCatalog(t, m.catalog)
		// The home is known from the start, as after any first read.
		_, _ = w.dir.Resolve(context.Background(), "U-nobody", 0)
		m.users["U-nobody"] = identity.SlackFacts{Deleted: true}

		var held struct { // the snapshot of the step before
			snapshot *identity.Snapshot
			answers  string
		}
		rt.Repeat(map[string]func(*rapid.T){
			"a user is read": func(rt *rapid.T) {
				u := user(who.Draw(rt, "user"))
				no := false
				f := identity.SlackFacts{
					TeamID:  rapid.SampledFrom([]string{team, team, team, "T2"}).Draw(rt, "team"),
					Email:   who.Draw(rt, "email") + "@example.com",
					Deleted: rapid.IntRange(0, 5).Draw(rt, "deleted") == 0,
					Guest:   rapid.IntRange(0, 5).Draw(rt, "guest") == 0,
				}
				if rapid.IntRange(0, 5).Draw(rt, "unconfirmed") == 0 {
					f.EmailConfirmed = &no
				}
				w.slack.users[u] = f
				w.clock.advance(time.Second)
				// Without a store facts are read, but nobody is pinned.
				pins := rapid.Bool().Draw(rt, "the store is there")
				w.pins.putErr = nil
				if !pins {
					w.pins.putErr = errAway
				}
				m.users[u] = f
				p, able, _ := m.who(u)
				want := able && m.ableIn(p)
				_, pinned := m.pins[u]
				_, err := w.dir.Resolve(context.Background(), u, 0)
				if got := err == nil; got != (want && (pinned || pins)) {
					rt.Fatalf("%s is %q (able %v): %v", u, p, able, err)
				}
				// A pair is kept even when the person cannot act: the pair is right.
				if !pinned && pins && able {
					m.pins[u] = p
				}
			},
			"a group is read": func(rt *rapid.T) {
				id := rapid.SampledFrom(groups).Draw(rt, "group")
				members := rapid.SliceOfN(who, 0, 4).Draw(rt, "members")
				f := identity.UserGroupFacts{Handle: string(id), Members: slackUsers(members...)}
				if rapid.IntRange(0, 5).Draw(rt, "gone") == 0 {
					delete(w.slack.userGroups, id)
					f.Deleted = true
				} else {
					w.slack.userGroups[id] = f
				}
				w.clock.advance(2 * time.Minute) // whatever failed may be tried again
				users := rapid.Bool().Draw(rt, "users can be read")
				if !users {
					w.slack.failMethod("user")
				}
				if err := w.dir.Refresh(context.Background(), []policy.Source{userGroup(string(id))}, 0); err != nil {
					rt.Fatal(err)
				}
				w.slack.fail(nil)
				if f.Deleted {
					f.Members = m.groups[id].Members // the last that were read
				}
				m.groups[id] = f
				for _, u := range f.Members {
					if _, read := m.users[u]; !read && users {
						m.users[u] = w.slack.users[u]
					}
				}
			},
			"a person is read": func(rt *rapid.T) {
				name := who.Draw(rt, "person")
				f := identity.PersonFacts{Gone: rapid.Bool().Draw(rt, "gone")}
				f.Person.Disabled = rapid.Bool().Draw(rt, "disabled")
				w.center.people[person(name)] = f
				w.clock.advance(time.Second)
				if _, err := w.dir.Person(context.Background(), person(name), 0); err != nil {
					rt.Fatal(err)
				}
				m.people[person(name)] = !f.Gone && !f.Person.Disabled
			},
			"a sync": func(rt *rapid.T) {
				w.clock.advance(time.Second)
				m.catalog = catalog.Data{AsOf: w.clock.Now()}
				for _, name := range names {
					if rapid.IntRange(0, 5).Draw(rt, "gone") > 0 {
						m.catalog.People = append(m.catalog.People, catalog.Person{
							ID: person(name), UserName: name, Email: who.Draw(rt, "email") + "@example.com", Disabled: rapid.IntRange(0, 5).Draw(rt, "disabled") == 0,
						})
					}
				}
				clear(m.people) // the sync is newer
				w.setCatalog(t, m.catalog)
			},
			"the domains change": func(rt *rapid.T) {
				m.domain = rapid.SampledFrom([]string{"example.com", "example.org"}).Draw(rt, "domain")
				w.dir.SetDomains([]string{m.domain})
			},
			"a restart": func(rt *rapid.T) {
				blob, err := w.dir.Export()
				if err != nil {
					rt.Fatal(err)
				}
				w.dir.Close()
				w.dir, err = identity.New(context.Background(), identity.Options{Slack: w.slack, Center: w.center, Pins: w.pins, Clock: w.clock, Domains: []string{m.domain}})
				if err != nil {
					rt.Fatal(err)
				}
				if rapid.Bool().Draw(rt, "facts first") {
					err = w.dir.Import(blob)
					w.setCatalog(t, m.catalog)
				} else {
					w.setCatalog(t, m.catalog)
					err = w.dir.Import(blob)
				}
				if err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				if held.snapshot != nil {
					if now := answers(held.snapshot, groups, names); now != held.answers {
						rt.Fatalf("a snapshot changed:\n%s\n%s", held.answers, now)
					}
				}
				s := w.dir.Snapshot()
				held.snapshot, held.answers = s, answers(s, groups, names)
				for _, g := range groups {
					var want []catalog.PersonID
					for _, name := range names {
						truth := m.in(g, person(name))
						if got := s.In(userGroup(string(g)), person(name)); got != truth {
							rt.Fatalf("%s in %s: %v, want %v\n%s", name, g, got, truth, m)
						}
						if truth == policy.True {
							want = append(want, person(name))
						}
					}
					f, known := m.groups[g]
					known = known && !f.Deleted
					for _, u := range f.Members {
						_, _, resolved := m.who(u)
						known = known && resolved
					}
					if got, all := s.Members(userGroup(string(g))); !slices.Equal(got, want) || all != known {
						rt.Fatalf("members of %s: %v %v, want %v %v\n%s", g, got, all, want, known, m)
					}
				}
				for u, p := range m.pins {
					if got, ok := s.SlackOf(p); !ok || got != u {
						rt.Fatalf("%s is pinned to %s, the snapshot says %s", p, u, got)
					}
				}
			},
		})
		w.dir.Close()
	})
}

// answers is everything that a snapshot says.
func answers(s *identity.Snapshot, groups []identity.UserGroupID, names []string) string {
	var out strings.Builder
	for _, name := range names {
		u, _ := s.SlackOf(person(name))
		fmt.Fprintln(&out, name, u, s.In(personSource(name), person(name)))
		for _, g := range groups {
			fmt.Fprintln(&out, g, s.In(userGroup(string(g)), person(name)), s.AsOf(userGroup(string(g))))
		}
	}
	return out.String()
}

func (m *model) String() string {
	return fmt.Sprintf("users %+v\ngroups %+v\npeople %v\npins %v\ncatalog %+v\ndomain %s", m.users, m.groups, m.people, m.pins, m.catalog.People, m.domain)
}
