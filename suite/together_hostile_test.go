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
	"stint/sandbox/slacksim/blockkit"
)

// hostileNames are account names that are as long as AWS lets them be, and say something else.
var hostileNames = []string{
	"<!channel> <https://evil.example|click> *_~`&amp;",
	"\u202eלא לפתוח\u2066 \u200f<@UBOB> " + strings.Repeat("ש", 20),
	"👩‍👩‍👧‍👦🏴‍☠️ " + strings.Repeat("🧨", 40),
	strings.Repeat("&<>", 16) + "!!",
	"W" + strings.Repeat("W", 49),
}

// TestMuchAtOnceUnderHostileNames asks for forty accounts in three roles with one form, lets two
// of its three requests be approved, ends one early and waits for the other: Slack takes every
// message, each is within its limits, and no name says anything in them.
func TestMuchAtOnceUnderHostileNames(t *testing.T) {
	t.Parallel()
	many := len(hostileNames)
	if full() {
		many = 40
	}
	rename := func(_ *rig, cfg *awssim.Config) {
		for i := range cfg.Organization.Accounts {
			a := &cfg.Organization.Accounts[i]
			if strings.HasPrefix(a.Name, "team-") {
				name := []rune(hostileNames[i%len(hostileNames)])
				a.Name = string(name[:min(len(name), 47)]) + fmt.Sprint(" ", i)
			}
		}
	}
	withSlack(t, 1, 0, func(t *testing.T, r *slackRig) {
		ctx := context.Background()
		var es []access.Entitlement
		for _, a := range r.cloudAccounts(many) {
			for _, role := range roleNames {
				es = append(es, access.RoleIn(a, roleARN(role)))
			}
		}
		first := r.ask(t, 0, "form", es...)
		if len(first.Tied) != len(roleNames) {
			t.Fatalf("%d requests", len(first.Tied))
		}
		pass(time.Minute)
		for _, id := range first.Tied {
			for _, who := range votersFor(r.view(id).Request.Terms.Rule) {
				if err := r.approve(who, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		pass(20 * time.Minute)
		live := 0
		for _, id := range first.Tied {
			for _, g := range r.view(id).Grants {
				if g.Phase == access.PhaseActive {
					live++
				}
			}
		}
		if live != len(es) {
			t.Errorf("%d of %d are active", live, len(es))
		}
		if _, err := r.svc.EndRequest(ctx, first.Tied[0], carol); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Hour)
		r.settle(t)
		for _, id := range first.Tied {
			for _, g := range r.view(id).Grants {
				if g.Phase != access.PhaseEnded {
					t.Fatalf("%s is %s", g.Item.Account.ID, g.Phase)
				}
			}
		}
		if len(r.wire.refused) > 0 {
			t.Errorf("Slack refused %d messages: %.600s", len(r.wire.refused), r.wire.refused[0])
		}
		all := append(r.cards(t), r.dmMessages(t, r.asker[0])...)
		for _, m := range r.cards(t) {
			all = append(all, m.Replies...)
		}
		for _, m := range all {
			checkMessage(t, m)
		}
		if len(all) < 6 {
			t.Errorf("%d messages", len(all))
		}
	}, manyAccounts(many), rename)
}

// votersFor are those whose approval a rule of the rig wants.
func votersFor(rule string) (who []identity.SlackUserID) {
	switch rule {
	case "admin":
		return []identity.SlackUserID{bob}
	case "two":
		return []identity.SlackUserID{bob, dana}
	}
	return nil
}

// checkMessage judges a message by Slack's limits, and that typed markup is text in it.
func checkMessage(t *testing.T, m slacksim.Message) {
	t.Helper()
	if n := len(m.Blocks); n > 50 {
		t.Errorf("%d blocks", n)
	}
	if n := blockkit.Chars(m.Blocks); n > 13_000 {
		t.Errorf("%d characters", n)
	}
	for _, s := range []string{mrkdwnOf(m), m.Text} {
		for _, bad := range []string{"<!channel>", "<https://evil.example", "|click>", "<@UBOB> ש", "\u202e", "\u2066", "\u200f"} {
			if strings.Contains(s, bad) {
				t.Errorf("%q came through in %.300q", bad, s)
			}
		}
	}
}
