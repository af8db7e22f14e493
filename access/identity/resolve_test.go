package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("ada", func(f *identity.SlackFacts) { f.Email = " ADA@Example.com"; f.TimeZone = "Europe/Berlin" })
	got, err := w.dir.Resolve(t.Context(), user("ada"), minute)
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Bound{Person: person("ada"), Slack: user("ada"), Name: "ada", Email: "ada@example.com", Facts: identity.SlackFacts{
		ID: user("ada"), TeamID: team, Name: "ada", Email: "ada@example.com", TimeZone: "Europe/Berlin", AsOf: w.clock.Now(),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	pin := identity.Pin{Slack: user("ada"), Person: person("ada"), Email: "ada@example.com", At: w.clock.Now()}
	if diff := cmp.Diff(pin, w.pins.pins[user("ada")]); diff != "" {
		t.Error("the pin of the first use:", diff)
	}
	if len(w.alarms.all()) != 0 {
		t.Error(w.alarms.all())
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	for _, tc := range []struct {
		why   string
		wrong func(*world)
		want  string // in the message; "" when it is no refusal
	}{
		{"deleted", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Deleted = true }) }, "deactivated"},
		{"unknown to Slack", func(w *world) { delete(w.slack.users, user("ada")) }, "does not know you"},
		{"bot", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Bot = true }) }, "Bots"},
		{"guest", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Guest = true }) }, "Guests"},
		{"stranger", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Stranger = true }) }, "another workspace"},
		{"other workspace", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.TeamID = "T2" }) }, "another workspace"},
		{"no workspace", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.TeamID = "" }) }, "another workspace"},
		{"no home", func(w *world) {
			w.slack.team = ""
			w.change("ada", func(f *identity.SlackFacts) { f.TeamID = "" })
		}, "another workspace"},
		{"grid, other organization", func(w *world) {
			w.slack.enterprise = "E1"
			w.change("ada", func(f *identity.SlackFacts) { f.EnterpriseID = "E2" })
		}, "another workspace"},
		{"grid, no organization", func(w *world) { w.slack.enterprise = "E1" }, "another workspace"},
		{"grid, another workspace of the organization", func(w *world) {
			w.slack.enterprise = "E1"
			w.change("ada", func(f *identity.SlackFacts) { f.EnterpriseID, f.TeamID = "E1", "T2" })
		}, ""},
		{"no e-mail", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Email = " " }) }, "no e-mail address"},
		{"unconfirmed", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.EmailConfirmed = &no }) }, "not confirmed"},
		{"confirmed", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.EmailConfirmed = &yes }) }, ""},
		{"other domain", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Email = "ada@evil.org" }) }, "identify nobody here; Stint goes by example.com"},
		{"subdomain", func(w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "ada@sub.example.com" })
		}, "identify nobody here"},
		{"two at signs", func(w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "ada@example.com@evil.org" })
		}, "identify nobody here"},
		{"only a domain", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Email = "@example.com" }) }, "identify nobody here"},
		{"no domains", func(w *world) { w.dir.SetDomains(nil) }, "names no e-mail domain"},
		{"no such person", func(w *world) { w.change("ada", func(f *identity.SlackFacts) { f.Email = "eve@example.com" }) }, "Nobody in IAM Identity Center has the address eve@example.com"},
		{"ambiguous", func(w *world) {
			d := w.organization()
			d.People = append(d.People, catalog.Person{ID: "p-ada2", UserName: "ada2", Email: "Ada@example.com"})
			c, err := catalog.New(d)
			if err != nil {
				panic(err)
			}
			w.dir.SetCatalog(c)
		}, "Several people"},
		{"disabled in the catalog", func(w *world) {
			d := w.organization()
			for i := range d.People {
				d.People[i].Disabled = true
			}
			c, err := catalog.New(d)
			if err != nil {
				panic(err)
			}
			w.dir.SetCatalog(c)
		}, "disabled"},
		{"disabled since", func(w *world) { w.readPerson(func(f *identity.PersonFacts) { f.Person.Disabled = true }) }, "disabled"},
		{"gone since", func(w *world) { w.readPerson(func(f *identity.PersonFacts) { f.Gone = true }) }, "no longer in IAM Identity Center"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.wrong(w)
			bound, err := w.dir.Resolve(t.Context(), user("ada"), minute)
			if tc.want == "" {
				if err != nil || bound.Person != person("ada") {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.Forbidden || !strings.Contains(f.Message, tc.want) || f.Hint == "" {
				t.Errorf("got %v, want a refusal with %q and a hint", err, tc.want)
			}
			if bound.Person != "" {
				t.Errorf("a refusal names %s", bound.Person)
			}
		})
	}
}

// readPerson changes Ada in Identity Center and lets the directory read that.
func (w *world) readPerson(change func(*identity.PersonFacts)) {
	w.clock.advance(time.Second)
	f := w.center.people[person("ada")]
	change(&f)
	w.center.people[person("ada")] = f
	if _, err := w.dir.Person(context.Background(), person("ada"), 0); err != nil {
		panic(err)
	}
}

func TestResolveNotNow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		wrong func(*world)
		want  string
	}{
		{"Slack is away", func(w *world) { w.slack.fail(errAway) }, "Slack cannot be asked right now"},
		{"the store cannot be read", func(w *world) { w.pins.getErr = errAway }, "store cannot be read"},
		{"the store cannot be written", func(w *world) { w.pins.putErr = errAway }, "store cannot be written"},
		{"no catalog yet", func(w *world) { w.dir.SetCatalog(catalog.Empty()) }, "not read the AWS organization yet"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.wrong(w)
			_, err := w.dir.Resolve(t.Context(), user("ada"), minute)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.Unavailable || !strings.Contains(f.Message, tc.want) || f.Hint == "" {
				t.Errorf("got %v, want Unavailable with %q and a hint", err, tc.want)
			}
		})
	}
}

// An emergency may go by facts up to 24 h old while Slack is away; nobody else may.
func TestResolveByOldFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.resolve(t, "ada")
	w.slack.fail(errAway)
	w.clock.advance(23 * time.Hour)
	if _, err := w.dir.Resolve(t.Context(), user("ada"), minute); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a minute: %v", err)
	}
	got, err := w.dir.Resolve(t.Context(), user("ada"), 24*time.Hour)
	if err != nil || got.Facts.AsOf != w.clock.Now().Add(-23*time.Hour) {
		t.Errorf("24 hours: %v %v", got.Facts.AsOf, err)
	}
	w.clock.advance(2 * time.Hour)
	if _, err := w.dir.Resolve(t.Context(), user("ada"), 24*time.Hour); !fault.Is(err, fault.Unavailable) {
		t.Errorf("older than 24 hours: %v", err)
	}
}

func TestPinsAreForGood(t *testing.T) {
	t.Parallel()
	t.Run("another Slack user with the same e-mail", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.resolve(t, "ada")
		w.change("eve", func(f *identity.SlackFacts) { f.TeamID, f.Email = team, "ada@example.com" })
		w.wantMismatch(t, "eve", "bound to another Slack account")
	})
	t.Run("the e-mail leads to another person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.resolve(t, "ada")
		w.change("ada", func(f *identity.SlackFacts) { f.Email = "bob@example.com" })
		w.wantMismatch(t, "ada", "bound to another person")
	})
	t.Run("the address was given to somebody new", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.resolve(t, "ada")
		d := w.organization()
		for i := range d.People {
			if d.People[i].ID == person("ada") {
				d.People[i].ID = "p-new"
			}
		}
		w.setCatalog(t, d)
		w.wantMismatch(t, "ada", "bound to another person")
	})
	t.Run("stored by another replica", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.pins.pins["U-other"] = identity.Pin{Slack: "U-other", Person: person("ada"), Email: "ada@example.com"}
		w.wantMismatch(t, "ada", "bound to another Slack account")
	})
	t.Run("a new address of the same person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.resolve(t, "ada")
		w.change("ada", func(f *identity.SlackFacts) { f.Email = "married@example.com" })
		if _, err := w.dir.Resolve(t.Context(), user("ada"), 0); !fault.Is(err, fault.Forbidden) {
			t.Errorf("before Identity Center knows the address: %v", err)
		}
		d := w.organization()
		for i := range d.People {
			if d.People[i].ID == person("ada") {
				d.People[i].Email = "married@example.com"
			}
		}
		w.setCatalog(t, d)
		w.resolve(t, "ada")
		if len(w.alarms.all()) != 0 {
			t.Error(w.alarms.all())
		}
	})
}

func (w *world) wantMismatch(t *testing.T, name, want string) {
	t.Helper()
	for range 3 { // trying again changes nothing
		_, err := w.dir.Resolve(t.Context(), user(name), 0)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.Forbidden || !strings.Contains(f.Message, want) {
			t.Fatalf("got %v, want a refusal with %q", err, want)
		}
	}
	alarms := w.alarms.all()
	if len(alarms) != 1 || !strings.Contains(alarms[0], string(user(name))) || !strings.Contains(alarms[0], "It was refused") {
		t.Fatalf("alarms %q, want one", alarms)
	}
	w.clock.advance(time.Hour)
	if _, err := w.dir.Resolve(t.Context(), user(name), 0); err == nil {
		t.Fatal("accepted an hour later")
	}
	if n := len(w.alarms.all()); n != 2 {
		t.Errorf("%d alarms after another hour, want 2", n)
	}
	if len(w.pins.pins) != 1 {
		t.Errorf("pins %v", w.pins.pins)
	}
}

// An explicit link needs no e-mail, but it needs a member of the workspace.
func TestExplicitLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pins.pins[user("ada")] = identity.Pin{Slack: user("ada"), Person: person("bob")}
	w.change("ada", func(f *identity.SlackFacts) { f.Email = "" })
	got, err := w.dir.Resolve(t.Context(), user("ada"), 0)
	if err != nil || got.Person != person("bob") {
		t.Errorf("%v %v", got, err)
	}
	w.change("ada", func(f *identity.SlackFacts) { f.Guest = true })
	if _, err := w.dir.Resolve(t.Context(), user("ada"), 0); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a guest: %v", err)
	}
}

// Two replicas pin at once: the store decides, and the loser goes by what is stored.
func TestPinRace(t *testing.T) {
	t.Parallel()
	for _, other := range []identity.SlackUserID{user("ada"), "U-other"} {
		w := newWorld(t)
		pins := &racingPins{fakePins: w.pins, first: identity.Pin{Slack: other, Person: person("ada"), Email: "ada@example.com"}}
		dir, err := identity.New(t.Context(), identity.Options{Slack: w.slack, Center: w.center, Pins: pins, Clock: w.clock, Domains: []string{"example.com"}, Alarm: w.alarms.add})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(dir.Close)
		c, err := catalog.New(w.organization())
		if err != nil {
			t.Fatal(err)
		}
		dir.SetCatalog(c)
		_, err = dir.Resolve(t.Context(), user("ada"), 0)
		if same := other == user("ada"); same != (err == nil) || same != (len(w.alarms.all()) == 0) {
			t.Errorf("bound to %s meanwhile: %v, alarms %q", other, err, w.alarms.all())
		}
	}
}

// racingPins lets another replica be faster by one call.
type racingPins struct {
	*fakePins
	first identity.Pin
}

func (p *racingPins) PutPin(ctx context.Context, pin identity.Pin) error {
	if err := p.fakePins.PutPin(ctx, p.first); err != nil {
		return err
	}
	if p.first == pin {
		return nil
	}
	return fault.New(fault.Conflict, "fake", "bound meanwhile", "")
}

// Who was activated again is let in although no event told so: before somebody is refused by
// facts that have grown old, Slack is asked. While it cannot be asked, the refusal stands.
func TestResolveAsksBeforeItRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deactivated := func(is bool) { w.change("ada", func(f *identity.SlackFacts) { f.Deleted = is }) }
	refused := func(when string) {
		t.Helper()
		if _, err := w.dir.Resolve(t.Context(), user("ada"), 15*minute); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "deactivated") {
			t.Errorf("%s: %v", when, err)
		}
	}
	deactivated(true)
	refused("deactivated")
	deactivated(false)
	before := w.slack.count("user")
	refused("known for less than ten seconds")
	if n := w.slack.count("user") - before; n != 0 {
		t.Errorf("Slack was asked %d times within ten seconds", n)
	}
	w.clock.advance(11 * time.Second)
	w.slack.fail(errors.New("away"))
	refused("Slack is away")
	w.slack.fail(nil)
	if _, err := w.dir.Resolve(t.Context(), user("ada"), 15*minute); err != nil {
		t.Errorf("activated again: %v", err)
	}
	deactivated(true)
	w.clock.advance(minute)
	if _, err := w.dir.Resolve(t.Context(), user("ada"), 15*minute); err != nil {
		t.Errorf("facts of a minute refuse nobody who was well: %v", err)
	}
}
