package suite

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// second is another Slack account, with an address of nobody's.
const secondAccount = identity.SlackUserID("USECOND")

func (r *rig) addSlackUser(id identity.SlackUserID, email string) {
	yes := true
	r.slack.set(func(f *fakeSlack) {
		f.users[id] = identity.SlackFacts{ID: id, TeamID: "T1", Name: strings.ToLower(string(id)), Email: email, EmailConfirmed: &yes}
	})
}

func (r *rig) link(by, slack identity.SlackUserID, person string) error {
	_, err := r.svc.Link(context.Background(), by, slack, personID(person), "seen their badge")
	return err
}

// alarms are what the admins were told that holds a text.
func (n *told) alarms(text string) (c int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.notices {
		if x.Kind == access.NoticeAdmins && strings.Contains(x.Text, text) {
			c++
		}
	}
	return c
}

func TestLinkedByHand(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		r.addSlackUser(secondAccount, "somebody@elsewhere.org")
		if _, err := r.submit(secondAccount, prod, "ReadOnly", time.Hour, "f1"); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("a stranger asked: %v", err)
		}
		if err := r.link(carol, secondAccount, "alice"); err != nil {
			t.Fatal(err)
		}
		q := r.mustSubmit(secondAccount, prod, "ReadOnly", time.Hour, "f2")
		if q.Asker.Person != personID("alice") {
			t.Errorf("linked, and asks as %s", q.Asker.Person)
		}
		// Alice's own account leads to the same person, who has one already.
		if _, err := r.submit(alice, staging, "ReadOnly", time.Hour, "f3"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("one person by two accounts: %v", err)
		}
		pass(time.Minute)
		if n := r.told.alarms("It was refused."); n != 1 {
			t.Errorf("the admins were told %d times that somebody would be two", n)
		}
		people, err := r.svc.People(ctx, carol, access.PeopleQuery{Text: "second"})
		if err != nil || len(people.Links) != 1 || !people.Links[0].ByHand || people.Links[0].PersonName != "alice" || people.Counts[identity.Ambiguous] != 1 {
			t.Errorf("%+v %v", people, err)
		}
		if c, err := r.svc.Config(ctx, carol); err != nil || c.Troubles != 1 {
			t.Errorf("%d troubles, %v", c.Troubles, err)
		}
		if err := r.link(carol, alice, "alice"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second account for one person: %v", err)
		}
		if err := r.link(carol, secondAccount, "bob"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second person for one account: %v", err)
		}
		if err := r.svc.Unlink(ctx, carol, secondAccount, "it was a mistake"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.submit(secondAccount, prod, "ReadOnly", time.Hour, "f4"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("unlinked, and asks: %v", err)
		}
		if q := r.mustSubmit(alice, staging, "ReadOnly", time.Hour, "f5"); q.Asker.Person != personID("alice") {
			t.Errorf("alice asks as %s", q.Asker.Person)
		}
		r.stop() // and the pairs are the same after a restart
		r.start()
		if _, err := r.submit(secondAccount, prod, "ReadOnly", time.Hour, "f6"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("unlinked before the restart, and asks: %v", err)
		}
	})
}

// Nobody approves what they asked for by a second account: linked to the same person it
// counts as that person, with the same address it is refused.
func TestSecondAccountDoesNotVote(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.slack.set(func(f *fakeSlack) { f.sre = append(f.sre, secondAccount, alice) })
		r.addSlackUser(secondAccount, "alice@example.com")
		pass(5 * time.Minute)
		q := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(5 * time.Second)
		if err := r.approve(secondAccount, q.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I3: the same address votes: %v", err)
		}
		if err := r.svc.Unlink(context.Background(), carol, alice, "she moves to her other account"); err != nil {
			t.Fatal(err)
		}
		if err := r.link(carol, secondAccount, "alice"); err != nil {
			t.Fatal(err)
		}
		for _, u := range []identity.SlackUserID{secondAccount, alice} {
			if err := r.approve(u, q.ID); !fault.Is(err, fault.Forbidden) {
				t.Errorf("I3: %s votes for what alice asked: %v", u, err)
			}
		}
		if v := r.view(q.ID).Request; v.State != access.Pending || len(v.Reviews) != 0 {
			t.Errorf("%s with %d votes", v.State, len(v.Reviews))
		}
	})
}

func TestWhoLinks(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		r.addSlackUser(secondAccount, "somebody@elsewhere.org")
		r.addSlackUser("UGUEST", "guest@elsewhere.org")
		r.slack.set(func(f *fakeSlack) { u := f.users["UGUEST"]; u.Guest = true; f.users["UGUEST"] = u })
		for what, err := range map[string]error{
			"by no admin":          r.link(alice, secondAccount, "dana"),
			"oneself":              r.link(carol, carol, "dana"),
			"oneself unlinked":     r.svc.Unlink(ctx, carol, carol, "why not"),
			"a guest":              r.link(carol, "UGUEST", "dana"),
			"who is not in Slack":  r.link(carol, "UNOBODY", "dana"),
			"read by no admin":     second(r.svc.People(ctx, alice, access.PeopleQuery{})),
			"unlinked by no admin": r.svc.Unlink(ctx, bob, alice, "why not"),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := r.svc.Link(ctx, carol, secondAccount, personID("dana"), " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := r.svc.Unlink(ctx, carol, secondAccount, "nothing there"); !fault.Is(err, fault.NotFound) {
			t.Errorf("without a pair: %v", err)
		}
		if err := r.link(carol, secondAccount, "dana"); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if n := r.told.alarms("may approve, as one of security"); n != 1 {
			t.Errorf("an approver was linked by hand, the admins were told %d times", n)
		}
		if n := r.told.alarms("carol linked the Slack user usecond (USECOND) to dana by hand: seen their badge"); n != 1 {
			t.Errorf("the link was told %d times", n)
		}
		r.slack.set(func(f *fakeSlack) { f.away = true })
		pass(2 * time.Minute)
		if err := r.svc.Unlink(ctx, carol, secondAccount, "Slack is away"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("nobody can tell who carol is: %v", err)
		}
	})
}
