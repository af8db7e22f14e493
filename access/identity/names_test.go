package identity_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre"}
	w.slack.userGroups["S2"] = identity.UserGroupFacts{Handle: "old", Deleted: true}
	w.slack.channels["C1"] = identity.ChannelFacts{Name: "leads", Private: true, Joined: true}
	w.slack.channels["C2"] = identity.ChannelFacts{Name: "again", Archived: true}
	w.slack.channels["C3"] = identity.ChannelFacts{Name: "again", Shared: true}
	d := w.organization()
	d.Groups = []catalog.Group{{ID: "g1", Name: "security"}}
	w.setCatalog(t, d)
	n, err := w.dir.Names(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := n.PersonByEmail("ADA@example.com"); !ok || p != person("ada") {
		t.Errorf("%v %v", p, ok)
	}
	if p, ok := n.PersonByEmail("eve@example.com"); ok {
		t.Error(p)
	}
	if id, ok, _ := n.GroupByName("security"); !ok || id != "g1" {
		t.Errorf("%v %v", id, ok)
	}
	if _, ok, s := n.GroupByName("securty"); ok || !slices.Equal(s, []string{"security"}) {
		t.Errorf("%v %v", ok, s)
	}
	for _, handle := range []string{"sre", "@SRE"} {
		if id, ok, _ := n.UserGroupByHandle(handle); !ok || id != "S1" {
			t.Errorf("%s: %v %v", handle, id, ok)
		}
	}
	if _, ok, s := n.UserGroupByHandle("sr"); ok || !slices.Equal(s, []string{"sre"}) {
		t.Errorf("%v %v", ok, s)
	}
	if _, ok, s := n.UserGroupByHandle("old"); ok || len(s) != 0 {
		t.Errorf("a disabled user group: %v %v", ok, s)
	}
	want := policy.ChannelInfo{ID: "C1", Private: true, Joined: true}
	for _, name := range []string{"leads", "#leads", "C1"} {
		if got, ok, _ := n.ChannelByName(name); !ok || got != want {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
	if got, ok, _ := n.ChannelByName("again"); !ok || got.ID != "C3" || !got.Shared {
		t.Errorf("the archived one was taken: %v %v", got, ok)
	}
	if _, ok, s := n.ChannelByName("leadz"); ok || !slices.Equal(s, []string{"leads"}) {
		t.Errorf("%v %v", ok, s)
	}
	w.slack.fail(errAway)
	if _, err := w.dir.Names(t.Context(), minute); err != nil {
		t.Errorf("what is young enough: %v", err)
	}
	w.clock.advance(time.Hour)
	if _, err := w.dir.Names(t.Context(), minute); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestPersonName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.resolve(t, "ada")
	if got := w.dir.PersonName(person("ada")); got != "ada" {
		t.Error(got)
	}
	w.setCatalog(t, catalog.Data{AsOf: w.clock.Now()})
	if got := w.dir.PersonName(person("ada")); got != "ada" {
		t.Errorf("who left the catalog goes by the name in Slack: %s", got)
	}
	if got := w.dir.PersonName("p-x"); got != "p-x" {
		t.Error(got)
	}
}

// After a restart at which nothing can be asked, the last state is there with its age.
func TestExportImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("ada")}
	w.slack.channels["C1"] = identity.ChannelFacts{Name: "leads", Private: true, Members: slackUsers("ada")}
	w.center.groups["g1"] = identity.GroupFacts{Members: []catalog.PersonID{person("ada")}}
	sources := []policy.Source{userGroup("S1"), channel("C1"), group("g1")}
	w.refresh(t, sources...)
	w.resolve(t, "ada")
	if _, err := w.dir.Names(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	w.readPerson(func(f *identity.PersonFacts) { f.Person.Disabled = true })
	blob, err := w.dir.Export()
	if err != nil {
		t.Fatal(err)
	}
	read := w.clock.Now()

	w.slack.fail(errAway)
	w.center.err = errAway
	again := newWorld(t)
	again.slack, again.center = w.slack, w.center
	dir, err := identity.New(t.Context(), identity.Options{Slack: w.slack, Center: w.center, Pins: w.pins, Clock: again.clock, Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dir.Close)
	again.dir = dir
	again.clock.advance(time.Hour)
	d := w.organization()
	again.setCatalog(t, d)
	if err := dir.Import(blob); err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		again.wantIn(t, s, map[string]policy.Truth{"ada": policy.Unknown, "bob": policy.False}) // she is disabled
		if diff := cmp.Diff(w.dir.Snapshot().AsOf(s), dir.Snapshot().AsOf(s)); diff != "" {
			t.Errorf("the age of %v: %s", s, diff)
		}
	}
	if err := dir.Refresh(t.Context(), sources, 24*time.Hour); err != nil {
		t.Errorf("24 hours are allowed: %v", err)
	}
	if err := dir.Refresh(t.Context(), sources, minute); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a minute: %v", err)
	}
	if f, err := dir.Person(t.Context(), person("ada"), 24*time.Hour); err != nil || !f.Person.Disabled || f.AsOf.After(read) {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := dir.Names(t.Context(), 24*time.Hour); err != nil {
		t.Error(err)
	}
	if f, ok := dir.SlackUser(user("ada")); !ok || f.Name != "ada" {
		t.Errorf("%v %v", f, ok)
	}
	blob2, err := dir.Export()
	if err != nil || !bytes.Equal(blob, blob2) {
		t.Errorf("%v:\n%s\n%s", err, blob, blob2)
	}

	// What is known better stays, and damage changes nothing.
	w.slack.fail(nil)
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers("bob")}
	again.refresh(t, userGroup("S1"))
	if err := dir.Import(blob); err != nil {
		t.Fatal(err)
	}
	if f, _ := dir.UserGroup("S1"); !slices.Equal(f.Members, slackUsers("bob")) {
		t.Errorf("older facts replaced newer ones: %v", f)
	}
	for _, bad := range []string{"", "x", "[]", `{"users":[{}],"people":[{}],"groups":[{"id":"g"}]}`} {
		if err := dir.Import([]byte(bad)); (err == nil) != (bad != "" && bad[0] == '{') || (err != nil && !fault.Is(err, fault.Invalid)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asOf := w.clock.Now().Add(-time.Hour)
	f, err := w.dir.Person(t.Context(), person("ada"), 2*time.Hour)
	if err != nil || !f.AsOf.Equal(asOf) || f.Person.Email != "ada@example.com" || w.center.calls != 0 {
		t.Errorf("the catalog is young enough: %+v %v, %d calls", f, err, w.center.calls)
	}
	f, err = w.dir.Person(t.Context(), person("ada"), minute)
	if err != nil || !f.AsOf.Equal(w.clock.Now()) || f.Person.ID != person("ada") || w.center.calls != 1 {
		t.Errorf("live: %+v %v, %d calls", f, err, w.center.calls)
	}
	w.readPerson(func(f *identity.PersonFacts) { f.Person.Disabled = true })
	if f, err := w.dir.Person(t.Context(), person("ada"), 2*time.Hour); err != nil || !f.Person.Disabled {
		t.Errorf("what was read after the catalog is the answer: %+v %v", f, err)
	}
	if f, err := w.dir.Person(t.Context(), "p-x", minute); err != nil || !f.Gone {
		t.Errorf("nobody: %+v %v", f, err)
	}
	if _, err := w.dir.Person(t.Context(), "", minute); !fault.Is(err, fault.Invalid) {
		t.Errorf("no id: %v", err)
	}
	w.center.err = errAway
	w.clock.advance(time.Hour)
	if _, err := w.dir.Person(t.Context(), person("ada"), minute); !fault.Is(err, fault.Unavailable) {
		t.Errorf("away: %v", err)
	}
	if f, err := w.dir.Person(t.Context(), person("ada"), 24*time.Hour); err != nil || f.AsOf.Before(asOf) {
		t.Errorf("24 hours are allowed: %v %v", f.AsOf, err)
	}
}
