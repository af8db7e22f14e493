package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

// several asks as alice for roles in prod and staging, each pair.
func (r *rig) several(form string, d time.Duration, change func(*access.Submission), roles ...string) (access.Request, error) {
	in := access.Submission{FormKey: form, User: alice, Duration: d, Reason: "INC-1 the disk is full"}
	for _, role := range roles {
		in.Entitlements = append(in.Entitlements, access.RoleIn(prod, roleARN(role)), access.RoleIn(staging, roleARN(role)))
	}
	if change != nil {
		change(&in)
	}
	return r.svc.Submit(context.Background(), in)
}

// TestTiedRequests: what different rules decide of one form is decided apart: one part is
// granted at once, one approved, one denied; the same form again is the same requests.
func TestTiedRequests(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		first, err := r.several("f1", time.Hour, nil, "ReadOnly", "AdministratorAccess", "PowerUserAccess")
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.several("f1", time.Hour, nil, "ReadOnly", "AdministratorAccess", "PowerUserAccess")
		if err != nil || again.ID != first.ID || len(first.Tied) != 3 {
			t.Fatalf("%s %s %v %v", first.ID, again.ID, first.Tied, err)
		}
		pass(10 * time.Second)
		byRule := map[string]access.Request{}
		for _, id := range first.Tied {
			q := r.view(id).Request
			byRule[q.Terms.Rule] = q
			if len(q.Entitlements) != 2 || !slices.Equal(q.Tied, first.Tied) {
				t.Errorf("%s: %v %v", q.Terms.Rule, q.Entitlements, q.Tied)
			}
		}
		if byRule["two"].Card != first.ID || first.Card != "" {
			t.Errorf("cards: %q %q, want both on %s", first.Card, byRule["two"].Card, first.ID)
		}
		if err := r.approve(bob, byRule["admin"].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.svc.Review(context.Background(), access.ReviewInput{Request: byRule["two"].ID, User: dana, Verdict: access.Deny, Comment: "not today"}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		for role, want := range map[string]bool{"ReadOnly": true, "AdministratorAccess": true, "PowerUserAccess": false} {
			if r.holds(key("alice", prod, role)) != want || r.holds(key("alice", staging, role)) != want {
				t.Errorf("%s: held in prod %v, staging %v, want %v", role, r.holds(key("alice", prod, role)), r.holds(key("alice", staging, role)), want)
			}
		}
		pass(2 * time.Hour)
		r.nothingHeld(t, "alice")
	})
}

func (r *rig) nothingHeld(t *testing.T, who string) {
	t.Helper()
	for _, role := range []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"} {
		if r.holds(key(who, prod, role)) || r.holds(key(who, staging, role)) {
			t.Errorf("I2: %s is held past its end", role)
		}
	}
}

// TestOneOfSeveralIsRefused: a form is taken whole or not at all, and says what is wrong.
func TestOneOfSeveralIsRefused(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		_, err := r.several("f1", time.Hour, func(in *access.Submission) {
			in.Entitlements = append(in.Entitlements, access.RoleIn(management, roleARN("ReadOnly")))
		}, "ReadOnly")
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "ReadOnly in management") {
			t.Errorf("%v, want it to name what is refused", err)
		}
		if _, err := r.several("f2", time.Hour, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("nothing chosen: %v", err)
		}
		if _, err := r.several("f3", time.Hour, func(in *access.Submission) {
			for i := range access.MaxEntitlements + 1 {
				in.Entitlements = append(in.Entitlements, access.RoleIn(prod, catalog.RoleARN(fmt.Sprint(roleARN("ReadOnly"), i))))
			}
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("too many: %v", err)
		}
		pass(10 * time.Second)
		r.nothingGranted()
	})
}

// TestPartFallsAway: a deny that comes to match one of several takes that one away, before
// the approval and between approval and start.
func TestPartFallsAway(t *testing.T) {
	t.Parallel()
	freeze := rigPolicy + "  - { name: freeze, deny: true, accounts: [{ name: staging-billing }] }\n"
	live(t, func(t *testing.T, r *rig) {
		q, err := r.several("f1", time.Hour, nil, "AdministratorAccess")
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if err := r.load(context.Background(), freeze); err != nil {
			t.Fatal(err)
		}
		if gone := r.view(q.ID).PolicyGone; !strings.Contains(gone, "staging-billing") {
			t.Errorf("the card does not say what would fall away: %q", gone)
		}
		if err := r.approve(bob, q.ID); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		v := r.view(q.ID).Request
		if v.State != access.Approved || len(v.Entitlements) != 1 || len(v.Dropped) != 1 || v.Dropped[0].Account != staging || v.Dropped[0].Why == "" {
			t.Errorf("%s %v dropped %v", v.State, v.Entitlements, v.Dropped)
		}
		if !r.holds(key("alice", prod, "AdministratorAccess")) || r.holds(key("alice", staging, "AdministratorAccess")) {
			t.Error("I8: want prod held, and staging not")
		}
	})
}

// TestStandingAccess: who has it already without Stint is told so before anybody is asked.
func TestStandingAccess(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		k := key("alice", prod, "AdministratorAccess")
		q := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(10 * time.Second)
		if v := r.view(q.ID).Request; v.State != access.Withdrawn || !v.Standing || !strings.Contains(v.Outcome, "already, without Stint") {
			t.Errorf("%s: %s", v.State, v.Outcome)
		}
		both, err := r.several("f2", time.Hour, nil, "AdministratorAccess")
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if v := r.view(both.ID).Request; v.State != access.Pending || len(v.Entitlements) != 1 || v.Entitlements[0].Account != staging {
			t.Errorf("%s, left of it %v", v.State, v.Entitlements)
		}
		pass(10 * time.Hour)
		if !r.holds(k) {
			t.Error("I4: standing access was taken away")
		}
	}, func(_ *rig, c *awssim.Config) {
		k := key("alice", prod, "AdministratorAccess")
		c.Organization.Assignments = append(c.Organization.Assignments, awssim.Assignment{
			PermissionSetARN: string(k.Role), AccountID: string(k.Account), PrincipalType: "USER", PrincipalID: string(k.Person),
		})
	})
}

// TestNarrowed: a reviewer gives less; who approved before does not approve again; nobody
// gives more.
func TestNarrowed(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		q := r.mustSubmit(alice, prod, "PowerUserAccess", 2*time.Hour, "f1")
		pass(10 * time.Second)
		for _, in := range []access.ReviewInput{
			{Duration: 3 * time.Hour}, {Duration: time.Minute}, {StartAt: r.svc.Now().Add(-time.Hour)}, {StartAt: r.svc.Now().Add(40 * 24 * time.Hour)},
		} {
			in.Request, in.User, in.Verdict = q.ID, bob, access.Approve
			if _, err := r.svc.Review(ctx, in); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v, want it refused", in, err)
			}
		}
		later := r.svc.Now().Add(3 * time.Hour).Truncate(time.Second)
		if _, err := r.svc.Review(ctx, access.ReviewInput{Request: q.ID, User: bob, Verdict: access.Approve}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.svc.Review(ctx, access.ReviewInput{Request: q.ID, User: dana, Verdict: access.Approve, Duration: 30 * time.Minute, StartAt: later}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		v := r.view(q.ID)
		if v.Request.State != access.Approved || v.Request.Duration != 30*time.Minute || len(v.Grants) != 1 {
			t.Fatalf("%+v", v.Request)
		}
		g := v.Grants[0].Grant
		if !g.Start.Equal(later) || !g.End.Equal(later.Add(30*time.Minute)) || g.State != access.Scheduled || r.holds(g.Key) {
			t.Fatalf("%s from %s to %s", g.State, g.Start, g.End)
		}
		pass(time.Until(later) + time.Minute)
		if !r.holds(g.Key) {
			t.Error("it did not start")
		}
		pass(30 * time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: it outlives its window")
		}
	})
}

// TestWindow: a scheduled window does not move: approved within it, the access ends with it;
// not approved before it is nearly over, it lapses.
func TestWindow(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		from := r.svc.Now().Add(time.Hour)
		at := func(in *access.Submission) { in.StartAt = from }
		early, err := r.several("f1", 2*time.Hour, at, "AdministratorAccess")
		if err != nil {
			t.Fatal(err)
		}
		never, err := r.several("f2", 2*time.Hour, at, "PowerUserAccess")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.several("f3", time.Hour, func(in *access.Submission) { in.StartAt = from.Add(31 * 24 * time.Hour) }, "ReadOnly"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a start in 31 days: %v", err)
		}
		pass(90 * time.Minute)
		if err := r.approve(bob, early.ID); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		g := r.view(early.ID).Grants[0].Grant
		if !r.holds(g.Key) || !g.End.Equal(from.Add(2*time.Hour)) {
			t.Errorf("approved within the window it is held: %v, until %s, want %s", r.holds(g.Key), g.End, from.Add(2*time.Hour))
		}
		pass(time.Until(from.Add(2*time.Hour)) + time.Minute)
		r.nothingHeld(t, "alice")
		if v := r.view(never.ID).Request; v.State != access.Lapsed || v.DecidedAt.After(from.Add(2*time.Hour)) {
			t.Errorf("%s at %s", v.State, v.DecidedAt)
		}
	})
}
