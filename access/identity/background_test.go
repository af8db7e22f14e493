package identity_test

import (
	"context"
	"testing"
	"time"

	"stint/access/identity"
	"stint/access/policy"
)

func TestRunLearnsMembers(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: []identity.SlackUserID{user("ada"), user("bob"), "U-gone"}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.dir.Run(ctx)
		}()
		w.dir.Watch([]policy.Source{userGroup("S1"), personSource("dan")})
		time.Sleep(time.Minute)
		if people, known := w.dir.Snapshot().Members(userGroup("S1")); !known || len(people) != 2 {
			t.Errorf("after a minute: %v %v", people, known)
		}
		// Who is named by e-mail and did nothing yet can be told what waits for them.
		if u, known := w.dir.SlackOf(person("dan")); !known || u != user("dan") {
			t.Errorf("the Slack user of somebody who is named by e-mail is %q, known %v", u, known)
		}
		h := w.dir.Health()
		if len(h.Sources) != 1 || h.Sources[0].Name != "@sre" || h.Sources[0].Unresolved != 0 || !h.Sources[0].Readable || h.Slack.Err != nil {
			t.Errorf("health %+v", h)
		}

		// Ada leaves, Slack says so, and a moment later she is no approver any more.
		w.slack.mu.Lock()
		f := w.slack.users[user("ada")]
		f.Deleted = true
		w.slack.users[user("ada")] = f
		w.slack.mu.Unlock()
		w.dir.InvalidateUser(user("ada"))
		time.Sleep(5 * time.Second)
		if people, known := w.dir.Snapshot().Members(userGroup("S1")); !known || len(people) != 1 || people[0] != person("bob") {
			t.Errorf("after the event: %v %v", people, known)
		}

		// So with somebody who is in no group.
		w.resolve(t, "dan")
		w.change("dan", func(f *identity.SlackFacts) { f.Guest = true })
		w.dir.InvalidateUser(user("dan"))
		time.Sleep(5 * time.Second)
		if f, _ := w.dir.SlackUser(user("dan")); !f.Guest {
			t.Error("an event about somebody who is in no group is lost")
		}

		// So does the group.
		w.slack.mu.Lock()
		w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: []identity.SlackUserID{user("cleo")}}
		w.slack.mu.Unlock()
		w.dir.InvalidateUserGroup("S1")
		time.Sleep(15 * time.Second)
		if people, known := w.dir.Snapshot().Members(userGroup("S1")); !known || len(people) != 1 || people[0] != person("cleo") {
			t.Errorf("after the event of the group: %v %v", people, known)
		}

		// Idle, it costs few calls; what is watched stays young.
		before := w.slack.count("user") + w.slack.count("members") + w.slack.count("groups")
		time.Sleep(time.Hour)
		if n := w.slack.count("user") + w.slack.count("members") + w.slack.count("groups") - before; n > 40 {
			t.Errorf("%d calls in an idle hour", n)
		}
		if age := time.Since(w.dir.Snapshot().AsOf(userGroup("S1"))); age > 5*time.Minute {
			t.Errorf("the members are %v old", age)
		}

		// Slack goes away: it is tried again with pauses, and nothing is forgotten.
		w.slack.fail(errAway)
		before = w.slack.count("members") + w.slack.count("groups")
		time.Sleep(time.Hour)
		if n := w.slack.count("members") + w.slack.count("groups") - before; n > 130 {
			t.Errorf("%d calls in an hour without Slack", n)
		}
		if people, _ := w.dir.Snapshot().Members(userGroup("S1")); len(people) != 1 {
			t.Errorf("while Slack is away: %v", people)
		}
		if h := w.dir.Health(); h.Slack.Err == nil || h.Sources[0].Err == nil || time.Since(h.Sources[0].AsOf) < time.Hour {
			t.Errorf("health %+v", h)
		}
		cancel()
		<-done
	})
}

// Pairs that another replica stored are learnt.
func TestRunReadsPins(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.dir.Run(ctx)
		}()
		if err := w.pins.PutPin(ctx, identity.Pin{Slack: user("ada"), Person: person("ada"), Email: "ada@example.com"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Minute)
		if u, ok := w.dir.SlackOf(person("ada")); !ok || u != user("ada") {
			t.Errorf("%v %v", u, ok)
		}
		cancel()
		<-done
	})
}
