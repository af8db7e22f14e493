package suite

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// emergencyPolicy is the rig's policy with an emergency in the rule “admin”.
var emergencyPolicy = strings.Replace(rigPolicy, "    approval: [{ from: [sre], count: 1 }]\n  - name: two", `    approval: [{ from: [sre], count: 1 }]
    emergency: { requesters: all, max_duration: 1h, min_reason: 40, per_day: 2, notify: approvals, debrief_by: [security], debrief_within: 24h }
  - name: two`, 1)

func withEmergencies(r *rig, _ *awssim.Config) { r.policy = emergencyPolicy }

const emergencyReason = "The payment queue is stuck and invoices are lost every minute"

func (r *rig) emergency(user identity.SlackUserID, d time.Duration, form string) (access.Request, error) {
	return r.svc.Submit(context.Background(), access.Submission{
		FormKey: form, User: user, Entitlements: []access.Entitlement{access.RoleIn(prod, roleARN("AdministratorAccess"))},
		Duration: d, Reason: emergencyReason, Emergency: true,
	})
}

func (r *rig) mustEmergency(t *testing.T, user identity.SlackUserID, d time.Duration, form string) access.Request {
	t.Helper()
	req, err := r.emergency(user, d, form)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (r *rig) debrief(user identity.SlackUserID, id access.RequestID, justified bool, note string) error {
	_, err := r.svc.Debrief(context.Background(), access.DebriefInput{Request: id, User: user, Justified: justified, Note: note})
	return err
}

// TestEmergencyIsGivenAtOnceAndLoudly: no approval, and everybody hears of it.
func TestEmergencyIsGivenAtOnceAndLoudly(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if _, err := r.svc.Submit(context.Background(), access.Submission{
			FormKey: "short", User: alice, Entitlements: []access.Entitlement{access.RoleIn(prod, roleARN("AdministratorAccess"))},
			Duration: time.Hour, Reason: "it is urgent", Emergency: true,
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a short reason: %v", err)
		}
		if _, err := r.emergency(alice, 2*time.Hour, "long"); !fault.Is(err, fault.Invalid) {
			t.Errorf("longer than the emergency allows: %v", err)
		}
		req := r.mustEmergency(t, alice, time.Hour, "f1")
		pass(20 * time.Second)
		v := r.view(req.ID)
		g := r.only(t, req.ID)
		if g.Phase != access.PhaseActive || !r.holds(key("alice", prod, "AdministratorAccess")) {
			t.Fatalf("%s %s", g.Phase, g.Grant.EndNote)
		}
		if v.Request.Terms.Notify != "CAPPROVALS" || !v.Request.FactsAt.IsZero() {
			t.Errorf("told in %q, facts of %s", v.Request.Terms.Notify, v.Request.FactsAt)
		}
		d := v.Request.Debrief
		if !d.Open() || d.Due.After(v.Request.DecidedAt.Add(time.Hour+10*time.Minute+24*time.Hour)) || d.Due.Before(g.Grant.End.Add(24*time.Hour)) {
			t.Errorf("debrief %+v", d)
		}
		for _, n := range []struct {
			kind  access.NoticeKind
			event access.Event
			least int
		}{{access.NoticeThread, access.EventEmergency, 1}, {access.NoticeAdmins, "", 1}, {access.NoticeDebrief, "", 1}, {access.NoticeCard, "", 1}} {
			if got := r.told.count(n.kind, n.event); got < n.least {
				t.Errorf("%s %s was told %d times", n.kind, n.event, got)
			}
		}
		pass(time.Until(g.Grant.End) + time.Minute)
		if r.holds(g.Grant.Key) {
			t.Error("I2: still there")
		}
	}, withEmergencies)
}

// TestEmergenciesOfADay are as many as the rule allows, counted when they are granted.
func TestEmergenciesOfADay(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		first := time.Now()
		for _, form := range []string{"f1", "f2"} {
			req := r.mustEmergency(t, alice, 10*time.Minute, form)
			pass(20 * time.Second)
			if _, err := r.svc.EndGrant(context.Background(), r.only(t, req.ID).Grant.ID, alice); err != nil {
				t.Fatal(err)
			}
			pass(2 * time.Minute)
		}
		if _, err := r.emergency(alice, time.Hour, "f3"); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a third: %v", err)
		}
		if req := r.mustEmergency(t, bob, 10*time.Minute, "bob"); req.State == "" {
			t.Error("somebody else's count")
		}
		pass(time.Until(first.Add(24*time.Hour + 30*time.Second)))
		r.mustEmergency(t, alice, 10*time.Minute, "f4") // the first is a day old
	}, withEmergencies)
}

// TestEmergenciesAtOnce: two that are sent together are counted together.
func TestEmergenciesAtOnce(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if _, err := r.svc.Pause(context.Background(), carol, "look first"); err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, 2)
		for i := range cap(errs) {
			go func() {
				_, err := r.svc.Submit(context.Background(), access.Submission{
					FormKey: "form" + string(rune('0'+i)), User: alice, Duration: 10 * time.Minute, Reason: emergencyReason, Emergency: true,
					Entitlements: []access.Entitlement{access.RoleIn([]catalog.AccountID{prod, staging}[i], roleARN("AdministratorAccess"))},
				})
				errs <- err
			}()
		}
		sent := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				sent++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		if sent != 1 {
			t.Errorf("%d were taken, the rule allows one", sent)
		}
		if n := len(r.cloud.Assignments(awsRequested())); n != 0 {
			t.Errorf("a pause holds emergencies too, and there are %d assignments", n)
		}
		if err := r.svc.Resume(context.Background(), carol); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if n := len(r.cloud.Assignments(awsRequested())); n != 1 {
			t.Errorf("after the pause there are %d assignments", n)
		}
	}, func(r *rig, _ *awssim.Config) {
		r.policy = strings.Replace(emergencyPolicy, "per_day: 2", "per_day: 1", 1)
	})
}

// TestEmergencyWithoutSlack goes by facts of the last day, says so in the record, and by
// none that are older.
func TestEmergencyWithoutSlack(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if _, err := r.svc.Who(context.Background(), alice); err != nil {
			t.Fatal(err)
		}
		r.slack.set(func(s *fakeSlack) { s.away = true })
		away := time.Now()
		pass(22 * time.Hour)
		if _, err := r.submit(alice, prod, "AdministratorAccess", time.Hour, "ordinary"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("an ordinary request by facts of yesterday: %v", err)
		}
		if who, err := r.svc.Who(context.Background(), alice); err != nil || who.Person != personID("alice") {
			t.Errorf("the form does not open: %v", err)
		}
		req := r.mustEmergency(t, alice, 20*time.Minute, "f1")
		pass(30 * time.Second)
		v := r.view(req.ID)
		if g := r.only(t, req.ID); g.Phase != access.PhaseActive {
			t.Fatalf("%s %s %s", g.Phase, g.Grant.EndReason, g.Grant.EndNote)
		}
		if at := v.Request.FactsAt; at.IsZero() || at.After(away.Add(time.Minute)) {
			t.Errorf("not flagged: facts of %s, Slack is away since %s", at, away)
		}
		if !strings.Contains(r.audited(t, "request.approved"), "Slack could not be asked") {
			t.Error("the log does not say by which facts it was granted")
		}
		pass(2*time.Hour + time.Minute)
		late, err := r.emergency(alice, 20*time.Minute, "f2")
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("by facts of the day before yesterday: %v, %s", err, late.State)
		}
	}, withEmergencies)
}

// audited are the notes of the actions of one kind.
func (r *rig) audited(t *testing.T, action string) string {
	t.Helper()
	var notes strings.Builder
	if err := r.db.View(context.Background(), func(tx access.Tx) error {
		events, err := tx.Audit(0, 0)
		for _, e := range events {
			if e.Action == action {
				notes.WriteString(e.Note + "\n")
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return notes.String()
}

// TestDebrief: those whom the rule names look back, once, and say what they found.
func TestDebrief(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustEmergency(t, alice, 10*time.Minute, "f1")
		pass(20 * time.Second)
		for who, want := range map[identity.SlackUserID]fault.Code{alice: fault.Forbidden, bob: fault.Forbidden, carol: fault.Forbidden} {
			if err := r.debrief(who, req.ID, true, "it was me"); !fault.Is(err, want) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if err := r.debrief(dana, req.ID, true, "  "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a note: %v", err)
		}
		h, err := r.svc.Home(context.Background(), dana)
		if err != nil || len(h.Debriefs) != 1 {
			t.Errorf("her Home shows %d: %v", len(h.Debriefs), err)
		}
		c, err := r.svc.Config(context.Background(), carol)
		if err != nil || c.Debriefs != 1 || c.Overdue != 0 {
			t.Errorf("the admins see %d, %d overdue: %v", c.Debriefs, c.Overdue, err)
		}
		for range 2 { // the same press twice is one
			if err := r.debrief(dana, req.ID, false, "Reading would have been enough."); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.debrief(dana, req.ID, true, "no, it was fine"); !fault.Is(err, fault.Conflict) {
			t.Errorf("another outcome: %v", err)
		}
		pass(5 * time.Second)
		d := r.view(req.ID).Request.Debrief
		if d.Open() || d.Justified || d.By.Slack != dana {
			t.Errorf("%+v", d)
		}
		if n := r.told.count(access.NoticeTell, access.EventDebriefed); n != 1 {
			t.Errorf("who asked was told %d times", n)
		}
		if list, err := r.svc.Debriefs(context.Background(), carol); err != nil || len(list) != 0 {
			t.Errorf("still listed: %d %v", len(list), err)
		}
		if !strings.Contains(r.audited(t, "request.debriefed_not_justified"), "Reading would") {
			t.Error("the outcome is not in the log")
		}
		pass(48 * time.Hour)
		if n := r.told.count(access.NoticeTell, access.EventDebriefDue); n != 0 {
			t.Errorf("reminded %d times of what is done", n)
		}
	}, withEmergencies)
}

// TestDebriefOverdue: the reminders have growing gaps and an end, then the admins are told,
// and may look back themselves.
func TestDebriefOverdue(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustEmergency(t, alice, 10*time.Minute, "f1")
		pass(20 * time.Second)
		before := r.told.count(access.NoticeAdmins, "")
		due := r.view(req.ID).Request.Debrief.Due
		pass(time.Until(due) - time.Minute)
		if n := r.told.count(access.NoticeTell, access.EventDebriefDue); n < 2 || n > 5 {
			t.Errorf("%d reminders in a day", n)
		}
		if n := r.told.count(access.NoticeAdmins, ""); n != before {
			t.Errorf("the admins were told %d times before it was due", n-before)
		}
		if err := r.debrief(carol, req.ID, true, "an admin, too early"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an admin before it is overdue: %v", err)
		}
		reminders := r.told.count(access.NoticeTell, access.EventDebriefDue)
		pass(2 * time.Minute)
		if n := r.told.count(access.NoticeAdmins, ""); n != before+1 {
			t.Errorf("the admins were told %d times that it is overdue", n-before)
		}
		pass(72 * time.Hour)
		if n := r.told.count(access.NoticeTell, access.EventDebriefDue); n != reminders+1 {
			t.Errorf("%d reminders after it was due", n-reminders)
		}
		if c, err := r.svc.Config(context.Background(), carol); err != nil || c.Overdue != 1 {
			t.Errorf("%d overdue: %v", c.Overdue, err)
		}
		if err := r.debrief(alice, req.ID, true, "it was me"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("who asked: %v", err)
		}
		if err := r.debrief(carol, req.ID, true, "an admin, since nobody else did"); err != nil {
			t.Error(err)
		}
	}, withEmergencies)
}

// TestEmergencyIsExtendedLikeAnyOther: with an approval, as the rule asks for one.
func TestEmergencyIsExtendedLikeAnyOther(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustEmergency(t, alice, time.Hour, "f1")
		pass(20 * time.Second)
		g := r.only(t, req.ID).Grant
		more := r.mustExtend(t, alice, g.ID, time.Hour, "f2")
		pass(5 * time.Second)
		if v := r.view(more.ID); v.Request.State != access.Pending || v.Request.Terms.Emergency {
			t.Fatalf("%s, emergency %v", v.Request.State, v.Request.Terms.Emergency)
		}
		if err := r.approve(bob, more.ID); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if next := r.only(t, more.ID); next.Phase != access.PhaseActive || !next.Grant.End.Equal(g.End.Add(time.Hour)) {
			t.Errorf("%s, ends %s after", next.Phase, next.Grant.End.Sub(g.End))
		}
	}, withEmergencies)
}

// TestNobodyLooksBackAtTheirOwn: where only who asked is named, the admins are told, and may
// once it is overdue.
func TestNobodyLooksBackAtTheirOwn(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustEmergency(t, dana, 10*time.Minute, "f1")
		pass(20 * time.Second)
		if n := r.told.count(access.NoticeAdmins, ""); n != 2 {
			t.Errorf("the admins were told %d things: of the emergency, and that nobody can look back", n)
		}
		if err := r.debrief(dana, req.ID, true, "it was me"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("her own: %v", err)
		}
		pass(26 * time.Hour)
		if err := r.debrief(dana, req.ID, true, "it was me"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("her own, overdue: %v", err)
		}
		if err := r.debrief(carol, req.ID, true, "I asked around."); err != nil {
			t.Error(err)
		}
	}, withEmergencies)
}
