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

// extend asks for more of a grant.
func (r *rig) extend(user identity.SlackUserID, id access.GrantID, d time.Duration, form string) (access.Request, error) {
	return r.svc.Submit(context.Background(), access.Submission{FormKey: form, User: user, Extends: id, Duration: d, Reason: "INC-1 still going on"})
}

func (r *rig) mustExtend(t *testing.T, user identity.SlackUserID, id access.GrantID, d time.Duration, form string) access.Request {
	t.Helper()
	req, err := r.extend(user, id, d, form)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// only is the one grant of a request.
func (r *rig) only(t *testing.T, id access.RequestID) access.GrantView {
	t.Helper()
	v := r.view(id)
	if len(v.Grants) != 1 {
		t.Fatalf("%s %q with %d grants", v.Request.State, v.Request.Outcome, len(v.Grants))
	}
	return v.Grants[0]
}

// TestExtensionGoesOnWithoutAGap: one more grant, from the approval to the old end and what
// was asked for; AWS is asked for nothing, and nobody is told of an end that is none.
func TestExtensionGoesOnWithoutAGap(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "AdministratorAccess", time.Hour, "f1")
		pass(30 * time.Minute)
		req := r.mustExtend(t, alice, g.ID, 2*time.Hour, "f2")
		pass(5 * time.Second)
		if v := r.view(req.ID); v.Request.State != access.Pending || v.Prolongs == nil || !v.Prolongs.Then.Equal(g.End.Add(2*time.Hour)) {
			t.Errorf("%s, prolongs %+v", v.Request.State, v.Prolongs)
		}
		if v := r.grant(t, g.ID); v.Extension != req.ID {
			t.Errorf("the access does not name the extension that waits: %q", v.Extension)
		}
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		next := r.only(t, req.ID)
		if !next.Grant.End.Equal(g.End.Add(2*time.Hour)) || next.Grant.Extends != g.ID || next.Phase != access.PhaseActive {
			t.Errorf("%s, ends %s after the old end, extends %q", next.Phase, next.Grant.End.Sub(g.End), next.Grant.Extends)
		}
		if v := r.grant(t, g.ID); !v.Grant.End.Equal(g.End) || !v.Until.Equal(next.Grant.End) {
			t.Errorf("the old grant's end moved by %s, and it is shown until %s", v.Grant.End.Sub(g.End), v.Until)
		}
		pass(time.Until(g.End) + 2*time.Minute)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndExpired || !r.holds(g.Key) {
			t.Errorf("after the old end: %s, held %v", v.Grant.EndReason, r.holds(g.Key))
		}
		if n := r.told.count(access.NoticeTell, access.EventEnded) + r.told.count(access.NoticeTell, access.EventEnding); n != 0 {
			t.Errorf("%d false words about an end", n)
		}
		if n := r.cloud.Count("sso:CreateAccountAssignment"); n != 1 {
			t.Errorf("%d creates", n)
		}
		pass(time.Until(next.Grant.End) - time.Second)
		if n := r.cloud.Count("sso:DeleteAccountAssignment"); n != 0 || !r.holds(g.Key) {
			t.Errorf("I5: %d deletes before the new end", n)
		}
		if n := r.told.count(access.NoticeTell, access.EventEnding); n != 1 {
			t.Errorf("told %d times that it ends soon", n)
		}
		pass(time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: still there a minute after the new end")
		}
		if n := r.told.count(access.NoticeTell, access.EventEnded); n != 1 {
			t.Errorf("told %d times that it ended", n)
		}
	})
}

// TestCoverIsBounded: extensions of extensions and ordinary requests alike end where the
// rule's continuous maximum does, and from the end on one may ask anew.
func TestCoverIsBounded(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 8*time.Hour, "f1")
		last := g
		for i, d := range []time.Duration{8 * time.Hour, 6 * time.Hour} {
			req := r.mustExtend(t, alice, g.ID, d, "more"+string(rune('a'+i))) // always by the first grant's button
			pass(10 * time.Second)
			next := r.only(t, req.ID).Grant
			if next.Extends != last.ID || !next.End.Equal(last.End.Add(d)) {
				t.Fatalf("extends %q to %s after %s", next.Extends, next.End.Sub(last.End), last.ID)
			}
			last = next
		}
		x, err := r.svc.Extension(context.Background(), alice, g.ID)
		if err != nil || x.Problem != nil || !x.Since.Equal(g.Start) || !x.Latest.Equal(g.Start.Add(24*time.Hour)) {
			t.Fatalf("%v %v, since %s, until %s", err, x.Problem, x.Since, x.Latest)
		}
		left := x.Latest.Sub(last.End)
		if got := x.Durations[len(x.Durations)-1]; got != left {
			t.Errorf("the longest is %s, want %s", got, left)
		}
		if _, err := r.extend(alice, g.ID, left+time.Second, "too long"); !fault.Is(err, fault.Invalid) {
			t.Errorf("more than is left: %v", err)
		}
		req := r.mustExtend(t, alice, g.ID, left, "all")
		pass(10 * time.Second)
		if end := r.only(t, req.ID).Grant.End; !end.Equal(x.Latest) {
			t.Errorf("ends %s off the maximum", end.Sub(x.Latest))
		}
		if _, err := r.extend(alice, g.ID, 5*time.Minute, "beyond"); !fault.Is(err, fault.Conflict) {
			t.Errorf("with nothing left: %v", err)
		}
		if x, err := r.svc.Extension(context.Background(), alice, g.ID); err != nil || x.Problem == nil {
			t.Errorf("nothing is left, and the form opens: %v", err)
		}
		pass(20 * time.Hour)
		again := r.mustSubmit(alice, prod, "ReadOnly", 8*time.Hour, "overlap")
		pass(10 * time.Second)
		if end := r.only(t, again.ID).Grant.End; end.After(x.Latest) {
			t.Errorf("an ordinary request that overlaps ends %s beyond the maximum", end.Sub(x.Latest))
		}
		pass(time.Until(x.Latest) + time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: still there")
		}
		if g := r.active(t, "ReadOnly", 8*time.Hour, "anew"); g.End.Before(time.Now().Add(7 * time.Hour)) {
			t.Error("anew, it is short")
		}
	})
}

// adminContinuous is the rig's policy with less continuous access in the rule “admin”.
func adminContinuous(most string) string {
	return strings.Replace(rigPolicy, "    max_duration: 2h\n", "    max_duration: 2h\n    max_continuous: "+most+"\n", 1)
}

func TestExtensionIsRefused(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "AdministratorAccess", time.Hour, "f1")
		if _, err := r.extend(bob, g.ID, time.Hour, "other"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("of somebody else's: %v", err)
		}
		if _, err := r.svc.Extension(context.Background(), bob, g.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the form, of somebody else's: %v", err)
		}
		if _, err := r.extend(alice, "01NOSUCH", time.Hour, "none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of none: %v", err)
		}
		req := r.mustExtend(t, alice, g.ID, time.Hour, "first")
		if again := r.mustExtend(t, alice, g.ID, time.Hour, "first"); again.ID != req.ID {
			t.Error("I7: the same form made two requests")
		}
		if _, err := r.extend(alice, g.ID, time.Hour, "second"); !fault.Is(err, fault.Conflict) {
			t.Errorf("beside one that waits: %v", err)
		}
		if x, err := r.svc.Extension(context.Background(), alice, g.ID); err != nil || x.Pending == nil || x.Pending.Request.ID != req.ID {
			t.Errorf("the form does not link what waits: %v", err)
		}
		pass(5 * time.Second)
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if v := r.view(req.ID); v.Request.State != access.Withdrawn || r.holds(g.Key) {
			t.Errorf("after End now the extension is %s", v.Request.State)
		}
		if err := r.approve(bob, req.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("approved after that: %v", err)
		}
		if _, err := r.extend(alice, g.ID, time.Hour, "late"); !fault.Is(err, fault.Conflict) {
			t.Errorf("of what has ended: %v", err)
		}
	})
}

func TestEndNowEndsExtensionsToo(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", time.Hour, "f1")
		req := r.mustExtend(t, alice, g.ID, time.Hour, "f2")
		pass(10 * time.Second)
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if v := r.only(t, req.ID); v.Grant.State != access.Ended || r.holds(g.Key) {
			t.Errorf("the extension is %s, held %v", v.Grant.State, r.holds(g.Key))
		}
	})
}

// TestExtensionApprovedAfterTheEnd is an ordinary grant, no longer than the rule allows.
func TestExtensionApprovedAfterTheEnd(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "AdministratorAccess", 10*time.Minute, "f1")
		req := r.mustExtend(t, alice, g.ID, 5*time.Hour, "f2")
		pass(time.Until(g.End) + 2*time.Second) // the delete is on its way
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		next := r.only(t, req.ID)
		if next.Phase != access.PhaseActive || next.Grant.Extends != "" || !r.holds(g.Key) {
			t.Fatalf("%s %s %q", next.Phase, next.Grant.EndReason, next.Grant.EndNote)
		}
		if d := next.Grant.Duration; d != 2*time.Hour {
			t.Errorf("lasts %s, the rule allows 2 h", d)
		}
	})
}

// TestExtensionUnderPause: the vote waits, and the old end stays.
func TestExtensionUnderPause(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "AdministratorAccess", 20*time.Minute, "f1")
		req := r.mustExtend(t, alice, g.ID, time.Hour, "f2")
		pass(5 * time.Second)
		if _, err := r.svc.Pause(context.Background(), carol, "look first"); err != nil {
			t.Fatal(err)
		}
		if err := r.approve(bob, req.ID); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a vote under a pause: %v", err)
		}
		pass(time.Until(g.End) + time.Minute)
		if r.holds(g.Key) {
			t.Error("a pause prolonged it")
		}
		if err := r.svc.Resume(context.Background(), carol); err != nil {
			t.Fatal(err)
		}
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if v := r.only(t, req.ID); v.Phase != access.PhaseActive || v.Grant.Extends != "" {
			t.Errorf("%s, extends %q", v.Phase, v.Grant.Extends)
		}
	})
}

// TestExtensionUnderAnotherPolicy: what changed meanwhile can only narrow it.
func TestExtensionUnderAnotherPolicy(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "AdministratorAccess", time.Hour, "f1")
		req := r.mustExtend(t, alice, g.ID, 5*time.Hour, "f2")
		pass(5 * time.Second)
		if err := r.load(context.Background(), adminContinuous("3h")); err != nil {
			t.Fatal(err)
		}
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		next := r.only(t, req.ID)
		if want := g.Start.Add(3 * time.Hour); !next.Grant.End.Equal(want) || next.Phase != access.PhaseActive {
			t.Errorf("%s, ends %s off what the policy allows now", next.Phase, next.Grant.End.Sub(want))
		}
		if err := r.load(context.Background(), rigPolicy); err != nil {
			t.Fatal(err)
		}
		more := r.mustExtend(t, alice, g.ID, time.Hour, "f3")
		pass(5 * time.Second)
		if err := r.load(context.Background(), adminContinuous("3h")); err != nil {
			t.Fatal(err)
		}
		if err := r.approve(bob, more.ID); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if v := r.only(t, more.ID); v.Grant.EndReason != access.EndRefused {
			t.Errorf("nothing was left, and it is %s %s", v.Phase, v.Grant.EndReason)
		}
		if !r.holds(g.Key) {
			t.Error("what it would have prolonged is gone")
		}
	})
}

// TestExtendedWhileCutOff: a leader that is cut off removes at the end that it knows; another
// extended the access meanwhile, and gives it back.
func TestExtendedWhileCutOff(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		old := f.leader()
		r := f.other()
		g := activeOn(t, r, 10*time.Minute, "f1")
		f.cuts[old].away.Store(true)
		pass(time.Minute) // the other leads
		req := r.mustExtend(t, alice, g.ID, 30*time.Minute, "f2")
		pass(10 * time.Second)
		next := r.only(t, req.ID).Grant
		if next.Extends != g.ID || !next.End.Equal(g.End.Add(30*time.Minute)) {
			t.Fatalf("extends %q, until %s after the old end", next.Extends, next.End.Sub(g.End))
		}
		pass(time.Until(g.End) + 30*time.Second)
		f.cuts[old].away.Store(false)
		pass(3 * time.Minute)
		if !r.holds(next.Key) {
			t.Errorf("the longer access is gone: %+v", r.view(next.Request).Grants)
		}
		pass(time.Until(next.End) + time.Minute)
		if r.holds(next.Key) {
			t.Error("I2: it outlives its end")
		}
	})
}
