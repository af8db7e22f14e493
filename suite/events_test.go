package suite

import (
	"context"
	"testing"
	"time"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// hearing lets the service hear of changes in AWS within seconds. Others act as somebody
// else than Stint does.
func hearing(r *rig, _ *awssim.Config) {
	r.queue = "https://sqs.eu-central-1.amazonaws.com/" + string(management) + "/stint-events"
}

// What somebody gives while Stint's grant of the same runs is told at once, and goes at the
// end all the same.
func TestEventContestsAGrant(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 30*time.Minute, "f1")
		if r.record(t, g.Key).Contested || r.told.toldAdmins("granted already") != 0 {
			t.Fatal("our own create is taken for somebody else's")
		}
		r.standing(t, g.Key)
		pass(20 * time.Second)
		if !r.record(t, g.Key).Contested || r.drift(t, access.DriftQuery{}).Contested != 1 {
			t.Errorf("%+v", r.record(t, g.Key))
		}
		v := r.grant(t, g.ID)
		if v.Assignment.ContestedBy == "" || v.Assignment.ContestedAt.IsZero() || r.told.count(access.NoticeThread, access.EventContested) != 1 {
			t.Errorf("%+v, told in the thread %d times", v.Assignment, r.told.count(access.NoticeThread, access.EventContested))
		}
		for who, n := range map[identity.SlackUserID]int{carol: 1, alice: 0} { // an admin, and who is none
			if h, err := r.svc.Home(context.Background(), who); err != nil || h.ContestedCount != n || len(h.Contested) != n {
				t.Errorf("Home of %s: %d, %v", who, h.ContestedCount, err)
			}
		}
		r.standing(t, g.Key) // at least once means more than once
		pass(20 * time.Second)
		if n := r.told.toldAdmins("ada@example.com (AdministratorAccess) gave in AWS what Stint granted already. alice: ReadOnly in prod-billing.\nAWS keeps one"); n != 1 {
			t.Errorf("told %d times", n)
		}
		pass(time.Until(g.End) + 2*time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: it stayed because somebody else gave it too")
		}
		if h, err := r.svc.Home(context.Background(), carol); err != nil || h.ContestedCount != 0 || r.record(t, g.Key).Contested {
			t.Errorf("it is contested still: %v, %v", h.Contested, err)
		}
	}, hearing)
}

// What somebody takes away is looked at twice at once, not only in the night.
func TestEventOfARemoval(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		pass(10 * time.Minute)
		r.cloud.RemoveAssignment(awsAssignment(g.Key))
		pass(3 * time.Minute)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndRemovedOutside {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
	}, hearing)
}

// Access that somebody gives is a finding within a minute or two, told in one message with
// what came beside it; a scan then says nothing new of it; and it goes when it is taken away.
func TestEventOfForeignAccess(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		early, a, b := key("dana", staging, "ReadOnly"), key("dana", prod, "PowerUserAccess"), key("bob", prod, "PowerUserAccess")
		r.standing(t, early) // before there is a baseline nothing is news
		pass(2 * time.Minute)
		r.scanned(t)
		r.standing(t, a)
		r.standing(t, b)
		r.standing(t, early) // created again: it is expected
		pass(3 * time.Minute)
		if n := r.told.toldAdmins("AWS holds 2 new assignments that nobody granted through Stint:"); n != 1 || len(r.openFindings(t)) != 2 {
			t.Errorf("told %d times, open: %v", n, r.openFindings(t))
		}
		if last := r.scanned(t); last.New != 0 || r.told.toldAdmins("nobody granted") != 1 {
			t.Errorf("%+v", last)
		}
		r.cloud.RemoveAssignment(awsAssignment(a))
		pass(time.Minute)
		if got := r.openFindings(t); len(got) != 1 || access.FindingOf(got[0]) != finding(b) {
			t.Errorf("open: %v", got)
		}
	}, hearing)
}

// What AWS does not list yet is asked for again; events of what is gone again say nothing.
func TestEventBeforeTheListing(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		a, gone := key("dana", prod, "PowerUserAccess"), key("bob", prod, "PowerUserAccess")
		if err := r.cloud.SetTuning(func(x *awssim.Tuning) { x.ListingLag = 45 * time.Second }); err != nil {
			t.Fatal(err)
		}
		r.standing(t, a)
		r.standing(t, gone)
		r.cloud.RemoveAssignment(awsAssignment(gone))
		pass(5 * time.Minute)
		if got := r.openFindings(t); len(got) != 1 || access.FindingOf(got[0]) != finding(a) {
			t.Errorf("open: %v", got)
		}
	}, hearing)
}

// A replica that does not lead leaves the queue to the one that does, and asks it for scans.
func TestDriftAmongReplicas(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		r := f.other()
		if err := r.svc.ScanDrift(context.Background(), carol); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if v := r.drift(t, access.DriftQuery{}); v.State.BaselineAt.IsZero() || v.State.Asked != nil {
			t.Errorf("the leader did not hear of it: %+v", v.State)
		}
		k := key("dana", prod, "PowerUserAccess")
		r.standing(t, k)
		r.scanned(t)
		if _, err := r.svc.RemoveFinding(context.Background(), carol, finding(k), "nobody knows why"); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if r.holds(k) {
			t.Error("an order given to the other replica was not carried out")
		}
	})
}

// What was there before Stint looked first excuses nobody who gives it anew: taken away and
// created again between two scans, it is news, however fast that was.
func TestEventOfWhatWasExpected(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		slow, fast, same := key("dana", staging, "ReadOnly"), key("dana", prod, "PowerUserAccess"), key("bob", prod, "PowerUserAccess")
		for _, k := range []access.Key{slow, fast, same} {
			r.standing(t, k)
		}
		pass(2 * time.Minute)
		r.scanned(t)
		r.standing(t, same) // once more, and it never went
		r.cloud.RemoveAssignment(awsAssignment(slow))
		r.cloud.RemoveAssignment(awsAssignment(fast))
		r.standing(t, fast)
		pass(5 * time.Minute)
		if got := r.openFindings(t); len(got) != 1 || access.FindingOf(got[0]) != finding(fast) {
			t.Errorf("open: %v", got)
		}
		r.standing(t, slow)
		pass(5 * time.Minute)
		if n := r.told.toldAdmins("• dana: ReadOnly in staging-billing, given by ada@example.com"); n != 1 || len(r.openFindings(t)) != 2 {
			t.Errorf("told %d times, open: %v", n, r.openFindings(t))
		}
		if last := r.scanned(t); last.New != 0 || last.Gone != 0 || r.drift(t, access.DriftQuery{}).State.Expected != 1 {
			t.Errorf("%+v", last)
		}
	}, hearing)
}

// Who gives again what is snoozed ends the snooze, and the admins are told once. What is
// ignored stays ignored, and shows it.
func TestEventOfWhatIsGivenAgain(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		r.scanned(t)
		hidden, right := key("dana", prod, "PowerUserAccess"), key("bob", prod, "PowerUserAccess")
		r.standing(t, hidden)
		r.standing(t, right)
		pass(5 * time.Minute)
		if _, err := r.svc.SnoozeFinding(ctx, carol, finding(hidden), "2000-01-20"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.svc.IgnoreFinding(ctx, carol, finding(right), "made by Terraform"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r.standing(t, hidden)
			r.standing(t, right)
			pass(3 * time.Minute)
		}
		if n := r.told.toldAdmins("given again by ada@example.com (AdministratorAccess) while it was snoozed"); n != 1 {
			t.Errorf("told %d times", n)
		}
		if got := r.openFindings(t); len(got) != 1 || access.FindingOf(got[0]) != finding(hidden) {
			t.Errorf("open: %v", got)
		}
		v := r.drift(t, access.DriftQuery{State: access.FindingIgnored})
		if v.Total != 1 || v.Rows[0].Finding.AgainAt.IsZero() || v.Rows[0].Finding.AgainBy == "" {
			t.Errorf("ignored: %+v", v.Rows)
		}
	}, hearing)
}
