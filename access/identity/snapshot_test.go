package identity_test

import (
	"errors"
	"fmt"
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

func slackUsers(names ...string) []identity.SlackUserID {
	var out []identity.SlackUserID
	for _, n := range names {
		out = append(out, user(n))
	}
	return out
}

func (w *world) in(s policy.Source, name string) policy.Truth {
	return w.dir.Snapshot().In(s, person(name))
}

func (w *world) wantIn(t *testing.T, s policy.Source, want map[string]policy.Truth) {
	t.Helper()
	for name, truth := range want {
		if got := w.in(s, name); got != truth {
			t.Errorf("%s in %s %s: %v, want %v", name, s.Kind, s.ID, got, truth)
		}
	}
}

func (w *world) wantMembers(t *testing.T, s policy.Source, known bool, names ...string) {
	t.Helper()
	got, gotKnown := w.dir.Snapshot().Members(s)
	var want []catalog.PersonID
	for _, n := range names {
		want = append(want, person(n))
	}
	if !slices.Equal(got, want) || gotKnown != known {
		t.Errorf("members of %s %s: %v %v, want %v %v", s.Kind, s.ID, got, gotKnown, want, known)
	}
}

func TestMembershipOfUserGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sre := userGroup("S1")
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada", "bob")}
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.Unknown, "cleo": policy.Unknown})
	w.wantMembers(t, sre, false)
	w.slack.failMethod("user")

	// Members are Slack users of whom nothing is known yet: anybody might be one of them,
	// except who is known as another Slack user.
	w.refresh(t, sre)
	w.slack.fail(nil)
	w.resolve(t, "cleo")
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.Unknown, "dan": policy.Unknown, "cleo": policy.False})
	w.wantMembers(t, sre, false)

	w.resolve(t, "ada")
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.True, "dan": policy.Unknown})
	w.wantMembers(t, sre, false, "ada")
	w.resolve(t, "bob")
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.True, "bob": policy.True, "dan": policy.False})
	w.wantMembers(t, sre, true, "ada", "bob")
	if asOf := w.dir.Snapshot().AsOf(sre); asOf.IsZero() || asOf.After(w.clock.Now()) {
		t.Errorf("as of %v", asOf)
	}

	// A member who cannot act any more is no approver, yet a deny still meets them.
	w.change("ada", func(f *identity.SlackFacts) { f.Deleted = true })
	_, _ = w.dir.Resolve(t.Context(), user("ada"), 0)
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.Unknown, "bob": policy.True})
	w.wantMembers(t, sre, true, "bob")

	// Who left the group is out of it.
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("cleo")}
	w.refresh(t, sre)
	w.wantIn(t, sre, map[string]policy.Truth{"bob": policy.False, "cleo": policy.True})

	// A user group that is gone says nothing.
	delete(w.slack.userGroups, "S1")
	w.refresh(t, sre)
	w.wantIn(t, sre, map[string]policy.Truth{"cleo": policy.Unknown, "bob": policy.Unknown})
	w.wantMembers(t, sre, false)
}

func TestMembershipOfDisabledUserGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sre := userGroup("S1")
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada")}
	w.refresh(t, sre)
	w.resolve(t, "ada")
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.True})
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada"), Deleted: true}
	w.clock.advance(time.Second)
	if _, err := w.dir.Names(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	w.refresh(t, sre)
	w.wantIn(t, sre, map[string]policy.Truth{"ada": policy.Unknown, "bob": policy.Unknown})
}

func TestMembershipOfChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.resolve(t, "ada")
	w.resolve(t, "bob")
	leads := channel("C1")
	good := identity.ChannelFacts{Name: "leads", Private: true, Joined: true, Members: slackUsers("ada")}
	for _, tc := range []struct {
		why   string
		wrong func(*identity.ChannelFacts)
	}{
		{"public", func(f *identity.ChannelFacts) { f.Private = false }},
		{"shared", func(f *identity.ChannelFacts) { f.Shared = true }},
		{"archived", func(f *identity.ChannelFacts) { f.Archived = true }},
	} {
		w.slack.channels["C1"] = good
		w.refresh(t, leads)
		w.wantIn(t, leads, map[string]policy.Truth{"ada": policy.True, "bob": policy.False})
		w.wantMembers(t, leads, true, "ada")
		bad := good
		tc.wrong(&bad)
		w.slack.channels["C1"] = bad
		w.refresh(t, leads)
		if w.in(leads, "ada") != policy.Unknown || w.in(leads, "bob") != policy.Unknown {
			t.Errorf("a channel that is %s says who belongs to it", tc.why)
		}
		w.wantMembers(t, leads, false)
	}
	w.slack.channels["C1"] = good
	w.refresh(t, leads)
	w.wantIn(t, leads, map[string]policy.Truth{"ada": policy.True})
	delete(w.slack.channels, "C1")
	w.refresh(t, leads)
	w.wantIn(t, leads, map[string]policy.Truth{"ada": policy.Unknown})
	f, err := w.dir.Channel(t.Context(), "C1", minute)
	if err != nil || !f.Gone || f.Name != "leads" {
		t.Errorf("%+v %v", f, err)
	}
}

func TestMembershipOfGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sec := group("g1")
	w.center.groups["g1"] = identity.GroupFacts{Members: []catalog.PersonID{person("bob"), person("ada")}}
	w.refresh(t, sec)
	w.wantIn(t, sec, map[string]policy.Truth{"ada": policy.True, "cleo": policy.False})
	w.wantMembers(t, sec, true, "ada", "bob")

	// A sync that read the group later counts.
	d := w.organization()
	d.AsOf = w.clock.Now()
	d.Groups = []catalog.Group{{ID: "g1", Name: "security", Members: []catalog.PersonID{person("cleo")}, MembersAsOf: w.clock.Now().Add(time.Second)}}
	w.setCatalog(t, d)
	w.wantIn(t, sec, map[string]policy.Truth{"ada": policy.False, "cleo": policy.True})
	calls := w.center.calls
	w.clock.advance(minute)
	if err := w.dir.Refresh(t.Context(), []policy.Source{sec}, minute); err != nil || w.center.calls != calls {
		t.Errorf("the sync's reading is young enough: %v, %d calls", err, w.center.calls-calls)
	}
	w.refresh(t, sec)
	w.wantIn(t, sec, map[string]policy.Truth{"ada": policy.True, "cleo": policy.False})

	// A person who is disabled is no approver, and a group that is gone says nothing.
	w.readPerson(func(f *identity.PersonFacts) { f.Person.Disabled = true })
	w.wantIn(t, sec, map[string]policy.Truth{"ada": policy.Unknown, "bob": policy.True})
	w.wantMembers(t, sec, true, "bob")
	w.wantIn(t, personSource("ada"), map[string]policy.Truth{"ada": policy.Unknown, "bob": policy.False})
	w.wantMembers(t, personSource("ada"), true)
	w.readPerson(func(f *identity.PersonFacts) { f.Person.Disabled = false })
	w.wantIn(t, sec, map[string]policy.Truth{"ada": policy.True})
	delete(w.center.groups, "g1")
	w.refresh(t, sec)
	w.wantIn(t, sec, map[string]policy.Truth{"ada": policy.Unknown, "cleo": policy.Unknown})
}

func TestMembershipOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.dir.Snapshot().In(policy.Source{Kind: policy.SourcePerson}, ""); got != policy.Unknown {
		t.Errorf("nobody: %v", got)
	}
	if got := new(identity.Snapshot).In(personSource("ada"), person("ada")); got != policy.Unknown {
		t.Errorf("without any facts: %v", got)
	}
	if got := w.dir.Snapshot().In(policy.Source{Kind: "new"}, person("ada")); got != policy.Unknown {
		t.Errorf("an unknown kind: %v", got)
	}
	w.wantIn(t, personSource("ada"), map[string]policy.Truth{"ada": policy.True, "bob": policy.False})
}

// Whoever a Refresh finds in a source, it gets to know.
func TestRefreshMeetsMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var many []identity.SlackUserID
	for i := range 100 {
		many = append(many, identity.SlackUserID(fmt.Sprintf("U-many%d", i)))
	}
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada", "bob")}
	w.slack.userGroups["S2"] = identity.UserGroupFacts{Handle: "all", Members: many}
	w.slack.channels["C1"] = identity.ChannelFacts{Name: "leads", Private: true, Members: slackUsers("cleo", "ada")}
	w.refresh(t, userGroup("S1"), channel("C1"))
	w.wantMembers(t, userGroup("S1"), true, "ada", "bob")
	w.wantMembers(t, channel("C1"), true, "ada", "cleo")
	if n := w.slack.count("user"); n != 3 {
		t.Errorf("%d reads", n)
	}
	w.refresh(t, userGroup("S1"), channel("C1"))
	if n := w.slack.count("user"); n != 3 {
		t.Errorf("%d reads: they are known", n)
	}
	w.refresh(t, userGroup("S2"))
	if n := w.slack.count("user"); n > 40 {
		t.Errorf("%d reads: the budget is for the whole minute", n)
	}
	w.wantMembers(t, userGroup("S2"), false)
}

// What cannot be read keeps its last state and never becomes empty.
func TestRefreshKeepsTheLastState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada")}
	w.slack.channels["C1"] = identity.ChannelFacts{Name: "leads", Private: true, Members: slackUsers("ada")}
	w.center.groups["g1"] = identity.GroupFacts{Members: []catalog.PersonID{person("ada")}}
	if _, err := w.dir.Names(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	w.resolve(t, "ada")
	sources := []policy.Source{userGroup("S1"), channel("C1"), group("g1"), personSource("bob"), userGroup("S1")}
	w.refresh(t, sources...)
	was := w.dir.Snapshot()
	w.slack.fail(fault.New(fault.Unavailable, "slack", "x", "An admin must mend it."))
	w.center.err = errAway
	w.clock.advance(time.Hour)
	err := w.dir.Refresh(t.Context(), sources, minute)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Unavailable || !strings.Contains(f.Message, "#leads, @sre, g1") || f.Hint != "An admin must mend it." || !errors.Is(err, errAway) {
		t.Errorf("got %v", err)
	}
	for _, s := range sources[:3] {
		w.wantIn(t, s, map[string]policy.Truth{"ada": policy.True})
		if diff := cmp.Diff(was.AsOf(s), w.dir.Snapshot().AsOf(s)); diff != "" {
			t.Errorf("%v became younger without being read: %s", s, diff)
		}
	}
	if err := w.dir.Refresh(t.Context(), sources, 24*time.Hour); err != nil {
		t.Errorf("24 hours are allowed: %v", err)
	}
}

// Several user groups cost one call where Slack's list brings the members.
func TestRefreshReadsTheListOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.listed = true
	for _, id := range []identity.UserGroupID{"S1", "S2", "S3"} {
		w.slack.userGroups[id] = identity.UserGroupFacts{Handle: strings.ToLower(string(id)), Members: slackUsers("ada", "ada")}
	}
	w.refresh(t, userGroup("S1"), userGroup("S2"), userGroup("S3"))
	if lists, single := w.slack.count("groups"), w.slack.count("members"); lists != 1 || single != 0 {
		t.Errorf("%d lists, %d groups", lists, single)
	}
	w.resolve(t, "ada")
	w.wantMembers(t, userGroup("S3"), true, "ada")
	w.dir.InvalidateUserGroup("S2")
	if err := w.dir.Refresh(t.Context(), []policy.Source{userGroup("S1"), userGroup("S2")}, minute); err != nil {
		t.Fatal(err)
	}
	if lists, single := w.slack.count("groups"), w.slack.count("members"); lists != 1 || single != 1 {
		t.Errorf("after a change of one: %d lists, %d groups", lists, single)
	}
}

// A snapshot that somebody holds does not change.
func TestSnapshotIsImmutable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sre := userGroup("S1")
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada")}
	w.slack.failMethod("user")
	w.refresh(t, sre)
	w.slack.fail(nil)
	before := w.dir.Snapshot()
	w.resolve(t, "ada")
	w.readPerson(func(f *identity.PersonFacts) { f.Person.Disabled = true })
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("bob")}
	w.refresh(t, sre)
	w.setCatalog(t, catalog.Data{AsOf: w.clock.Now()})
	if got := before.In(sre, person("ada")); got != policy.Unknown {
		t.Errorf("the old snapshot says %v", got)
	}
	if got := before.In(personSource("ada"), person("ada")); got != policy.True {
		t.Errorf("the old snapshot says %v of Ada herself", got)
	}
	if _, ok := before.SlackOf(person("ada")); ok {
		t.Error("the old snapshot learnt a Slack user")
	}
}

// A Slack user who is bound by e-mail only gives way to the one who is pinned.
func TestSlackOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pins.putErr = errAway // facts are read, nothing is pinned
	_, _ = w.dir.Resolve(t.Context(), user("ada"), 0)
	if u, ok := w.dir.SlackOf(person("ada")); !ok || u != user("ada") {
		t.Errorf("by e-mail: %v %v", u, ok)
	}
	w.pins.putErr = nil
	w.pins.pins["U-x"] = identity.Pin{Slack: "U-x", Person: person("ada"), Email: "ada@example.com"}
	if err := w.dir.ReloadPins(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u, ok := w.dir.SlackOf(person("ada")); !ok || u != "U-x" {
		t.Errorf("pinned: %v %v", u, ok)
	}
	if u, ok := w.dir.SlackOf(person("bob")); ok {
		t.Errorf("nobody asked about Bob: %v", u)
	}
	w.setCatalog(t, catalog.Data{AsOf: w.clock.Now()})
	if u, ok := w.dir.SlackOf(person("ada")); !ok || u != "U-x" {
		t.Errorf("a pin outlives the catalog's person: %v %v", u, ok)
	}
}
