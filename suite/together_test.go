package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
)

// dm is what somebody reads in their direct messages with the app, a text a message.
func (r *slackRig) dm(t *testing.T, user identity.SlackUserID) (texts []string) {
	t.Helper()
	for _, m := range r.dmMessages(t, user) {
		texts = append(texts, cardText(m.Blocks))
	}
	return texts
}

func (r *slackRig) dmMessages(t *testing.T, user identity.SlackUserID) []slacksim.Message {
	t.Helper()
	p, err := r.ws.As(string(user))
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Conversation(p.OpenApp())
	if err != nil {
		t.Fatal(err)
	}
	return c.Messages
}

// counted is how many texts hold a text.
func counted(texts []string, holding string) (n int) {
	for _, s := range texts {
		if strings.Contains(s, holding) {
			n++
		}
	}
	return n
}

// manyAccounts adds member accounts to the rig's organization.
func manyAccounts(n int) rigOption {
	return func(_ *rig, cfg *awssim.Config) {
		for i := range n {
			cfg.Organization.Accounts = append(cfg.Organization.Accounts, awssim.Account{
				ID: fmt.Sprintf("4444444444%02d", i), Name: fmt.Sprintf("team-%d", i), Email: fmt.Sprintf("t%d@example.com", i), ParentID: "r-abcd",
			})
		}
	}
}

// A form over three rules is one card and one message to who asked; one request of it may be
// approved and another denied.
func TestTiedRequestsShareACard(t *testing.T) {
	t.Parallel()
	withSlack(t, 1, 0, func(t *testing.T, r *slackRig) {
		first := r.ask(t, 0, "form", access.RoleIn(prod, roleARN("AdministratorAccess")), access.RoleIn(prod, roleARN("PowerUserAccess")), access.RoleIn(staging, roleARN("AdministratorAccess")))
		pass(30 * time.Second)
		cards := r.cards(t)
		if len(cards) != 1 || len(first.Tied) != 2 {
			t.Fatalf("%d cards for %d requests", len(cards), len(first.Tied))
		}
		if n := len(cards[0].Replies); n != 1 {
			t.Errorf("%d lines under a card that nobody touched, want one that says who asked", n)
		}
		if err := r.press(dana, first.Tied[1], access.Deny); err != nil {
			t.Fatal(err)
		}
		if s := r.view(first.Tied[0]).Request.State; s != access.Pending { // each is decided for itself
			t.Fatalf("one was denied, and the other is %s", s)
		}
		if err := r.press(bob, first.Tied[0], access.Approve); err != nil {
			t.Fatal(err)
		}
		r.settle(t)
		cards = r.cards(t)
		text := cardText(cards[0].Blocks)
		if len(cards) != 1 || !strings.Contains(text, "*Approved* by <@UBOB>") || !strings.Contains(text, "*Denied* by <@UDANA>") || !strings.Contains(text, "Both active") {
			t.Errorf("the card says:\n%s", text)
		}
		texts := r.dm(t, r.asker[0])
		// The form's message, that one part was denied, and one message for what is active.
		if len(texts) != 3 || counted(texts, "*Decided:* *3 entitlements* in 2 requests") != 1 || counted(texts, "*Active:* all *2 entitlements*") != 1 {
			t.Errorf("%d messages:\n%s", len(texts), strings.Join(texts, "\n---\n"))
		}
		if _, err := r.svc.CancelForm(context.Background(), first.ID, r.asker[0]); err == nil {
			t.Error("a form that is decided was cancelled")
		}
	})
}

// Cancelling a form takes back what waits, and leaves what was decided.
func TestCancelOfAForm(t *testing.T) {
	t.Parallel()
	withSlack(t, 2, 0, func(t *testing.T, r *slackRig) {
		first := r.ask(t, 0, "form", access.RoleIn(prod, roleARN("AdministratorAccess")), access.RoleIn(prod, roleARN("PowerUserAccess")), access.RoleIn(prod, roleARN("ReadOnly")))
		pass(10 * time.Second)
		if _, err := r.svc.CancelForm(context.Background(), first.ID, r.asker[1]); err == nil {
			t.Error("somebody else cancelled the form")
		}
		for range 2 { // the press again changes nothing
			if _, err := r.svc.CancelForm(context.Background(), first.ID, r.asker[0]); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range []access.RequestState{access.Cancelled, access.Cancelled, access.Approved} {
			if got := r.view(first.Tied[i]).Request.State; got != want {
				t.Errorf("part %d is %s, want %s", i, got, want)
			}
		}
	})
}

// Somebody who is asked for is told: what, by whom, and how it stands.
func TestTheReceiverIsToldToo(t *testing.T) {
	t.Parallel()
	withSlack(t, 2, 0, func(t *testing.T, r *slackRig) {
		r.policy = strings.Replace(rigPolicy, "    roles: [AdministratorAccess]\n    requesters: all", "    roles: [AdministratorAccess]\n    requesters: all\n    on_behalf: [sre]", 1)
		if err := r.load(context.Background(), r.policy); err != nil || r.policy == rigPolicy {
			t.Fatal(err)
		}
		q, err := r.svc.Submit(context.Background(), access.Submission{
			FormKey: "f", User: bob, For: r.asker[0], Duration: time.Hour, Reason: "INC-1 she is on call",
			Entitlements: []access.Entitlement{access.RoleIn(prod, roleARN("AdministratorAccess"))},
		})
		if err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		texts := r.dm(t, r.asker[0])
		if len(texts) != 1 || !strings.Contains(texts[0], "*Requested:*") || !strings.Contains(texts[0], "asked for you by <@UBOB>") || !strings.Contains(texts[0], "INC-1 she is on call") {
			t.Fatalf("the receiver reads:\n%s", strings.Join(texts, "\n---\n"))
		}
		if err := r.press(carol, q.ID, access.Approve); err != nil {
			t.Fatal(err)
		}
		r.settle(t)
		texts = r.dm(t, r.asker[0])
		if len(texts) != 2 || !strings.Contains(texts[0], "*Approved:*") || !strings.Contains(texts[1], "*Active:*") {
			t.Errorf("the receiver reads:\n%s", strings.Join(texts, "\n---\n"))
		}
		if texts = r.dm(t, bob); len(texts) != 1 {
			t.Errorf("who asked reads:\n%s", strings.Join(texts, "\n---\n"))
		}
	})
}

// Many grants of one request are one message to their holder, edited as they change; that
// they end soon and that they ended is said once each, and so it is in the thread.
func TestManyGrantsAreOneMessage(t *testing.T) {
	t.Parallel()
	many := 15
	if full() {
		many = 40
	}
	withSlack(t, 1, 0, func(t *testing.T, r *slackRig) {
		var es []access.Entitlement
		for _, a := range r.cloudAccounts(many) {
			es = append(es, access.RoleIn(a, roleARN("AdministratorAccess")))
		}
		q := r.ask(t, 0, "form", es...)
		pass(30 * time.Second)
		if err := r.press(bob, q.ID, access.Approve); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Minute)
		texts := r.dm(t, r.asker[0])
		if len(texts) != 2 || counted(texts, fmt.Sprintf("*Active:* all *%d entitlements*", many)) != 1 {
			t.Fatalf("%d messages:\n%s", len(texts), strings.Join(texts, "\n---\n"))
		}
		if n := strings.Count(texts[1], "Open console"); n != 10 || !strings.Contains(texts[1], fmt.Sprintf("and %d more", many-10)) {
			t.Errorf("%d of them are listed:\n%s", n, texts[1])
		}
		pass(75 * time.Minute)
		r.settle(t)
		texts = r.dm(t, r.asker[0])
		if len(texts) != 4 || counted(texts, "*Ends soon:*") != 1 || counted(texts, "*Ended* as planned: ") != 1 || counted(texts, fmt.Sprintf("*Ended:* *%d entitlements*", many)) != 1 {
			t.Errorf("%d messages:\n%s", len(texts), strings.Join(texts, "\n---\n"))
		}
		var lines []string
		for _, m := range r.cards(t)[0].Replies {
			lines = append(lines, cardText(m.Blocks))
		}
		if len(lines) != 5 { // asked, decided, active, ended, gone
			t.Errorf("%d lines in the thread:\n%s", len(lines), strings.Join(lines, "\n---\n"))
		}
	}, manyAccounts(40))
}

// Of what ends before its time the first few are told one by one, the rest in one message.
func TestEarlyEndsAreSummedUp(t *testing.T) {
	t.Parallel()
	withSlack(t, 1, 0, func(t *testing.T, r *slackRig) {
		var es []access.Entitlement
		for _, a := range r.cloudAccounts(12) {
			es = append(es, access.RoleIn(a, roleARN("AdministratorAccess")))
		}
		q := r.ask(t, 0, "form", es...)
		pass(30 * time.Second)
		if err := r.press(bob, q.ID, access.Approve); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		before := len(r.dm(t, r.asker[0]))
		for _, g := range r.view(q.ID).Grants[:9] { // an admin ends nine, one after the other
			if _, err := r.svc.EndGrant(context.Background(), g.Grant.ID, carol); err != nil {
				t.Fatal(err)
			}
			pass(2 * time.Second)
		}
		r.settle(t)
		texts := r.dm(t, r.asker[0])[before:]
		if len(texts) != 4 || counted(texts, "*Ended early* by <@UCAROL>") != 4 || counted(texts, "*Ended before their time:* 9 of 12") != 1 {
			t.Errorf("%d messages:\n%s", len(texts), strings.Join(texts, "\n---\n"))
		}
		// What the holder ends needs no message.
		if _, err := r.svc.EndRequest(context.Background(), q.ID, r.asker[0]); err != nil {
			t.Fatal(err)
		}
		r.settle(t)
		if more := r.dm(t, r.asker[0])[before+4:]; len(more) > 0 {
			t.Errorf("told of what they ended themselves:\n%s", strings.Join(more, "\n---\n"))
		}
		for _, g := range r.view(q.ID).Grants {
			if g.Phase != access.PhaseEnded {
				t.Errorf("%s is %s", g.Item.Account.Name, g.Phase)
			}
		}
	}, manyAccounts(12))
}

// Whatever people type, Slack takes every message that shows it, and none of it is markup.
func TestHostileTextReachesSlackAsText(t *testing.T) {
	t.Parallel()
	const evil = "<!channel> <@UBOB> <https://evil.example|click> & \u202eגנב\u2066 `*_~ \u200b"
	rename := func(r *rig, cfg *awssim.Config) {
		for i := range cfg.Organization.Accounts {
			cfg.Organization.Accounts[i].Name = evil[:min(len(evil), 40)]
		}
		for id, u := range r.slack.users {
			if id != alice && id != bob && id != carol && id != dana {
				u.Name = evil + string(id)
				r.slack.users[id] = u
			}
		}
	}
	withSlack(t, 3, 0, func(t *testing.T, r *slackRig) {
		ctx := context.Background()
		in := access.Submission{
			User: r.asker[0], Duration: time.Hour, Reason: strings.Repeat(evil, 20), Ticket: "INC-1 " + evil,
			Link:         "https://acme.slack.com/archives/C1/p1|" + evil,
			Entitlements: []access.Entitlement{access.RoleIn(prod, roleARN("AdministratorAccess")), access.RoleIn(prod, roleARN("PowerUserAccess"))},
		}
		var ids []access.RequestID
		for n, user := range r.asker {
			in.User, in.FormKey = user, fmt.Sprint("form", n)
			q, err := r.svc.Submit(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, q.Tied...)
		}
		pass(time.Minute)
		for i, id := range ids {
			v := access.Approve
			if i%3 == 0 {
				v = access.Deny
			}
			if _, err := r.svc.Review(ctx, access.ReviewInput{Request: id, User: carol, Verdict: v, Comment: evil}); err != nil {
				t.Fatal(err)
			}
		}
		r.settle(t)
		if len(r.wire.refused) > 0 {
			t.Fatalf("Slack refused: %.500s", r.wire.refused[0])
		}
		var all []string
		for _, m := range r.cards(t) {
			all = append(all, cardText(m.Blocks), m.Text)
			for _, reply := range m.Replies {
				all = append(all, mrkdwnOf(reply), reply.Text)
			}
		}
		for _, user := range r.asker {
			for _, m := range r.dmMessages(t, user) {
				all = append(all, mrkdwnOf(m), m.Text)
			}
		}
		for _, m := range r.cards(t) {
			all = append(all, mrkdwnOf(m))
		}
		for _, s := range all {
			for _, bad := range []string{"\u202e", "\u2066", "\u200b"} {
				if strings.Contains(s, bad) {
					t.Errorf("%q came through in %.200q", bad, s)
				}
			}
		}
		for _, m := range append(r.cards(t), r.dmMessages(t, r.asker[0])...) {
			for _, bad := range []string{"<!channel>", "<https://evil.example", "|click>"} {
				if strings.Contains(mrkdwnOf(m), bad) {
					t.Errorf("%q is markup in:\n%s", bad, mrkdwnOf(m))
				}
			}
		}
	}, rename)
}
