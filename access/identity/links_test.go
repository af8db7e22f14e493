package identity_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// link is what is known of a Slack user; the zero Link when nothing is.
func (w *world) link(name string) identity.Link {
	for _, l := range w.dir.Links() {
		if l.Slack == user(name) {
			return l
		}
	}
	return identity.Link{}
}

// meet lets the directory read Slack users that nobody identified: as members of a group.
func (w *world) meet(t *testing.T, names ...string) {
	t.Helper()
	w.slack.userGroups["S9"] = identity.UserGroupFacts{Handle: "all", Members: slackUsers(names...)}
	w.refresh(t, userGroup("S9"))
}

func TestLinks(t *testing.T) {
	t.Parallel()
	no := false
	for _, tc := range []struct {
		name   string
		setup  func(t *testing.T, w *world)
		state  identity.LinkState
		person string // "" for none
		byHand bool
		others []catalog.PersonID
		why    string // part of it
	}{
		{name: "bound by e-mail", setup: func(t *testing.T, w *world) { w.resolve(t, "ada") }, state: identity.Linked, person: "ada"},
		{name: "a member whose e-mail leads to one person", setup: func(t *testing.T, w *world) { w.meet(t, "ada") }, state: identity.Linked, person: "ada"},
		{name: "by hand, whatever the e-mail says", setup: func(t *testing.T, w *world) {
			w.pins.pins[user("ada")] = identity.Pin{Slack: user("ada"), Person: person("bob")}
			w.reload(t)
			w.meet(t, "ada")
		}, state: identity.Linked, person: "bob", byHand: true},
		{name: "no e-mail", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "" })
			w.meet(t, "ada")
		}, state: identity.Unlinked, why: "no e-mail address"},
		{name: "unconfirmed", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.EmailConfirmed = &no })
			w.meet(t, "ada")
		}, state: identity.Unlinked, why: "not confirmed"},
		{name: "another domain", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "ada@evil.org" })
			w.meet(t, "ada")
		}, state: identity.Unlinked, why: "link them by hand"},
		{name: "nobody has the address", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "eve@example.com" })
			w.meet(t, "ada")
		}, state: identity.Unlinked, why: "Nobody in IAM Identity Center"},
		{name: "a guest", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Guest = true })
			w.meet(t, "ada")
		}, state: identity.Unlinked, why: "guest"},
		{name: "of another workspace", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.TeamID = "T2" })
			w.meet(t, "ada")
		}, state: identity.Unlinked, why: "another workspace"},
		{name: "several persons have the address", setup: func(t *testing.T, w *world) {
			d := w.organization()
			d.People = append(d.People, catalog.Person{ID: "p-two", UserName: "two", Email: "Ada@example.com"})
			w.setCatalog(t, d)
			w.meet(t, "ada")
		}, state: identity.Ambiguous, others: []catalog.PersonID{"p-ada", "p-two"}, why: "Several people"},
		{name: "the person is bound to another Slack user", setup: func(t *testing.T, w *world) {
			w.change("bob", func(f *identity.SlackFacts) { f.Email = "ada@example.com" })
			w.resolve(t, "bob")
			w.meet(t, "ada")
		}, state: identity.Ambiguous, person: "ada", why: "bound to the Slack user bob (U-bob)"},
		{name: "two Slack accounts have the address, neither was bound", setup: func(t *testing.T, w *world) {
			w.change("bob", func(f *identity.SlackFacts) { f.Email = "ada@example.com" })
			w.meet(t, "ada", "bob")
		}, state: identity.Ambiguous, person: "ada", why: "Several Slack accounts"},
		{name: "the address is another person's now", setup: func(t *testing.T, w *world) {
			w.resolve(t, "ada")
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "bob@example.com" })
			w.meet(t, "ada")
			_, _ = w.dir.Resolve(t.Context(), user("ada"), 0)
		}, state: identity.Changed, person: "ada", others: []catalog.PersonID{"p-bob"}, why: "that of bob"},
		{name: "the address is nobody's now", setup: func(t *testing.T, w *world) {
			w.resolve(t, "ada")
			w.change("ada", func(f *identity.SlackFacts) { f.Email = "wed@example.com" })
			_, _ = w.dir.Resolve(t.Context(), user("ada"), 0)
		}, state: identity.Changed, person: "ada", why: "wed@example.com"},
		{name: "the person is gone", setup: func(t *testing.T, w *world) {
			w.resolve(t, "ada")
			d := w.organization()
			d.People = slices.DeleteFunc(d.People, func(p catalog.Person) bool { return p.ID == person("ada") })
			w.setCatalog(t, d)
		}, state: identity.Changed, person: "ada", why: "no longer in IAM Identity Center"},
		{name: "a bot is nobody's business", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Bot = true })
			w.meet(t, "ada")
		}},
		{name: "who left without a pair is neither", setup: func(t *testing.T, w *world) {
			w.change("ada", func(f *identity.SlackFacts) { f.Deleted = true })
			w.meet(t, "ada")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.setup(t, w)
			got := w.link("ada")
			want := tc.person
			if want != "" {
				want = string(person(want))
			}
			if got.State != tc.state || string(got.Person) != want || got.ByHand != tc.byHand || !slices.Equal(got.Others, tc.others) {
				t.Errorf("%s, person %q, by hand %v, others %v; want %s, %q, %v, %v", got.State, got.Person, got.ByHand, got.Others, tc.state, want, tc.byHand, tc.others)
			}
			if tc.why == "" && got.Why != "" || !strings.Contains(got.Why, tc.why) {
				t.Errorf("it says %q, want %q in it", got.Why, tc.why)
			}
		})
	}
}

func TestLinksBeginWithTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("dan", func(f *identity.SlackFacts) { f.Email = "" })
	w.change("bob", func(f *identity.SlackFacts) { f.Name = "Bob" })
	w.meet(t, "ada", "bob", "cleo", "dan")
	var names []string
	for _, l := range w.dir.Links() {
		names = append(names, l.Facts.Name)
	}
	if diff := cmp.Diff([]string{"dan", "ada", "Bob", "cleo"}, names); diff != "" {
		t.Error(diff)
	}
}

// Links and Resolve are of one mind: who is linked gets in as that person, nobody else does.
func TestLinksAgreeWithResolve(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("bob", func(f *identity.SlackFacts) { f.Email = "ada@example.com" })
	w.resolve(t, "ada")
	w.change("cleo", func(f *identity.SlackFacts) { f.Email = "" })
	w.pins.pins[user("dan")] = identity.Pin{Slack: user("dan"), Person: person("cleo")}
	w.reload(t)
	w.meet(t, "ada", "bob", "cleo", "dan")
	for _, name := range []string{"ada", "bob", "cleo", "dan"} {
		l := w.link(name)
		bound, err := w.dir.Resolve(t.Context(), user(name), 0)
		if (l.State == identity.Linked) != (err == nil) || err == nil && bound.Person != l.Person {
			t.Errorf("%s is %s (%s), and resolves to %q, %v", name, l.State, l.Person, bound.Person, err)
		}
	}
}

// A second Slack account with somebody's e-mail never becomes another person, and its
// membership is the person's own or nobody's.
func TestSecondAccountIsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.resolve(t, "ada")
	w.change("bob", func(f *identity.SlackFacts) { f.Email = "ada@example.com" })
	w.meet(t, "bob")
	w.wantMismatch(t, "bob", "bound to another Slack account")
	w.wantMembers(t, userGroup("S9"), true)
	w.wantIn(t, userGroup("S9"), map[string]policy.Truth{"ada": policy.False, "bob": policy.False})
	if u, _ := w.dir.SlackOf(person("ada")); u != user("ada") {
		t.Errorf("ada is %s", u)
	}
}

func (w *world) reload(t *testing.T) {
	t.Helper()
	if err := w.dir.ReloadPins(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A pair that an admin took away is forgotten, and the Slack user is identified anew.
func TestReloadForgetsPins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pins.pins[user("ada")] = identity.Pin{Slack: user("ada"), Person: person("bob")}
	w.reload(t)
	w.meet(t, "ada")
	w.wantIn(t, userGroup("S9"), map[string]policy.Truth{"ada": policy.False, "bob": policy.True})
	delete(w.pins.pins, user("ada"))
	w.reload(t)
	w.wantIn(t, userGroup("S9"), map[string]policy.Truth{"ada": policy.True, "bob": policy.False})
	if bound, err := w.dir.Resolve(t.Context(), user("ada"), 0); err != nil || bound.Person != person("ada") {
		t.Errorf("%v %v", bound.Person, err)
	}
	w.resolve(t, "bob") // whose person is free again
}

func TestLinkable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change("bob", func(f *identity.SlackFacts) { f.Guest = true })
	w.change("cleo", func(f *identity.SlackFacts) { f.Bot = true })
	w.change("dan", func(f *identity.SlackFacts) { f.Email = "dan@elsewhere.org" })
	for name, want := range map[string]fault.Code{"ada": "", "dan": "", "bob": fault.Forbidden, "cleo": fault.Forbidden, "nobody": fault.Forbidden} {
		if _, err := w.dir.Linkable(t.Context(), user(name), minute); want == "" && err != nil || want != "" && !fault.Is(err, want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if len(w.pins.pins) != 0 {
		t.Error("asking made a pair:", w.pins.pins)
	}
	w.clock.advance(time.Second)
	w.slack.fail(errAway)
	if _, err := w.dir.Linkable(t.Context(), user("ada"), 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with Slack away: %v", err)
	}
}

// A source that cannot be gone by is said once for each reason, and nobody is in it.
func TestUnreadableSourceIsAlarmed(t *testing.T) {
	t.Parallel()
	private := identity.ChannelFacts{Name: "deciders", Private: true, Joined: true, Members: slackUsers("ada")}
	for _, tc := range []struct {
		name   string
		source policy.Source
		spoil  func(w *world)
		want   string
	}{
		{"shared", channel("C1"), func(w *world) { f := private; f.Shared = true; w.slack.channels["C1"] = f }, "Slack Connect"},
		{"public", channel("C1"), func(w *world) { f := private; f.Private = false; w.slack.channels["C1"] = f }, "public"},
		{"archived", channel("C1"), func(w *world) { f := private; f.Archived = true; w.slack.channels["C1"] = f }, "archived"},
		{"lost", channel("C1"), func(w *world) { delete(w.slack.channels, "C1") }, "no longer shows"},
		{"user group gone", userGroup("S1"), func(w *world) { delete(w.slack.userGroups, "S1") }, "disabled or gone"},
		{"group gone", group("g1"), func(w *world) { delete(w.center.groups, "g1") }, "gone in IAM Identity Center"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.slack.channels["C1"] = private
			w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada")}
			w.center.groups["g1"] = identity.GroupFacts{Members: []catalog.PersonID{person("ada")}}
			w.dir.Watch([]policy.Source{tc.source})
			w.refresh(t, tc.source)
			w.resolve(t, "ada")
			w.wantIn(t, tc.source, map[string]policy.Truth{"ada": policy.True})
			if got := w.alarms.all(); len(got) != 0 {
				t.Fatal("well, and alarmed:", got)
			}
			tc.spoil(w)
			for range 3 {
				w.refresh(t, tc.source)
				w.clock.advance(time.Hour)
			}
			w.wantIn(t, tc.source, map[string]policy.Truth{"ada": policy.Unknown, "bob": policy.Unknown})
			if got := w.alarms.all(); len(got) != 1 || !strings.Contains(got[0], tc.want) {
				t.Errorf("alarms %q, want one with %q", got, tc.want)
			}
		})
	}
}

// A source that fails while others are read well is said after a while; Slack being away as
// a whole is not said source by source.
func TestUnreadSourceIsAlarmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sre, ops := userGroup("S1"), channel("C1")
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada")}
	w.slack.channels["C1"] = identity.ChannelFacts{Name: "ops", Private: true, Members: slackUsers("bob")}
	w.dir.Watch([]policy.Source{sre, ops})
	w.refresh(t, sre, ops)
	try := func() {
		w.clock.advance(10 * time.Minute)
		_ = w.dir.Refresh(t.Context(), []policy.Source{ops}, 0)
		if err := w.dir.Refresh(t.Context(), []policy.Source{sre}, 0); err == nil {
			t.Fatal("it could be read")
		}
	}
	w.slack.fail(errors.New("away"))
	for range 5 {
		try()
	}
	if got := w.alarms.all(); len(got) != 0 {
		t.Errorf("Slack is away, and a source is blamed: %q", got)
	}
	w.slack.failMethod("members")
	try()
	try()
	if got := w.alarms.all(); len(got) != 1 || !strings.Contains(got[0], "could not be read since 12:00 UTC") {
		t.Errorf("alarms %q, want one", got)
	}
}
