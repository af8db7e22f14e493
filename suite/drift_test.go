package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// standing gives a person a role without Stint.
func (r *rig) standing(t *testing.T, k access.Key) {
	t.Helper()
	if _, err := r.cloud.AddAssignment(awsAssignment(k)); err != nil {
		t.Fatal(err)
	}
}

// scanned makes a scan, waits for its end, and returns what it found.
func (r *rig) scanned(t *testing.T) access.DriftReport {
	t.Helper()
	if err := r.svc.ScanDrift(context.Background(), carol); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for range 120 {
		pass(30 * time.Second)
		if v := r.drift(t, access.DriftQuery{}); v.State.Asked == nil && !v.State.Last.Finished.Before(begun) {
			return v.State.Last
		}
	}
	t.Fatalf("the scan does not end: %+v", r.drift(t, access.DriftQuery{}).State)
	return access.DriftReport{}
}

func (r *rig) drift(t *testing.T, q access.DriftQuery) access.DriftView {
	t.Helper()
	v, err := r.svc.Drift(context.Background(), carol, q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// openFindings are the open findings, by what they are about.
func (r *rig) openFindings(t *testing.T) (out []catalog.Assignment) {
	t.Helper()
	for _, f := range r.drift(t, access.DriftQuery{}).Rows {
		out = append(out, f.Assignment)
	}
	return out
}

// toldAdmins counts messages to the admins that say something.
func (n *told) toldAdmins(text string) (c int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.notices {
		if x.Kind == access.NoticeAdmins && strings.Contains(x.Text, text) {
			c++
		}
	}
	return c
}

func finding(k access.Key) access.FindingID {
	return access.FindingOf(catalog.Assignment{Person: k.Person, Account: k.Account, Role: k.Role})
}

func TestDriftBaselineThenNews(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		old, news := key("dana", prod, "PowerUserAccess"), key("dana", staging, "AdministratorAccess")
		r.standing(t, old)
		mine := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		first := r.scanned(t)
		if first.Rows != 2 || first.Ours != 1 || first.New != 0 || len(r.openFindings(t)) != 0 {
			t.Errorf("the first scan: %+v, open %v", first, r.openFindings(t))
		}
		if v := r.drift(t, access.DriftQuery{State: access.FindingExpected, Text: "dana billing"}); v.Total != 1 || v.Rows[0].Who != "dana" {
			t.Errorf("expected: %+v", v.Rows)
		}
		if r.told.toldAdmins("for the first time. 1 assignment") != 1 || r.told.toldAdmins("nobody granted") != 0 {
			t.Error("the baseline is told once, and is no alarm")
		}

		r.standing(t, news)
		for range 2 { // told once, however often it is found
			r.scanned(t)
		}
		if got := r.openFindings(t); len(got) != 1 || finding(news) != access.FindingOf(got[0]) {
			t.Errorf("open: %v", got)
		}
		if n := r.told.toldAdmins("nobody granted through Stint:\n• dana: AdministratorAccess in staging-billing"); n != 1 {
			t.Errorf("told %d times", n)
		}
		if !r.holds(news) || !r.holds(old) || !r.holds(mine.Key) {
			t.Error("I4: a scan took something away")
		}

		// Gone and back is news again.
		r.cloud.RemoveAssignment(awsAssignment(news))
		if last := r.scanned(t); last.Gone != 1 || len(r.openFindings(t)) != 0 {
			t.Errorf("%+v, open %v", last, r.openFindings(t))
		}
		r.standing(t, news)
		r.scanned(t)
		if n := r.told.toldAdmins("nobody granted"); n != 2 || len(r.openFindings(t)) != 1 {
			t.Errorf("what came back was told %d times", n)
		}
		// What was expected, too.
		r.cloud.RemoveAssignment(awsAssignment(old))
		r.scanned(t)
		r.standing(t, old)
		if r.scanned(t); len(r.openFindings(t)) != 2 {
			t.Errorf("open: %v", r.openFindings(t))
		}
	})
}

// What Stint granted once and somebody gave for good is not Stint's to take away.
func TestDriftOfWhatStintGrantedOnce(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		pass(time.Until(g.End) + 5*time.Minute)
		if r.holds(g.Key) {
			t.Fatal("not removed")
		}
		r.standing(t, g.Key)
		r.scanned(t)
		pass(time.Hour)
		v := r.drift(t, access.DriftQuery{})
		if v.Total != 1 || v.Rows[0].Former == nil || v.Rows[0].Former.ID != g.ID {
			t.Errorf("%+v", v.Rows)
		}
		if !r.holds(g.Key) {
			t.Error("I4: somebody else's assignment was taken away")
		}
		r.cloud.RemoveAssignment(awsAssignment(g.Key)) // an operation of ours touched the key: the invariants take it for ours
	})
}

func TestDriftSnoozeAndIgnore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		a, b := key("dana", prod, "PowerUserAccess"), key("bob", prod, "PowerUserAccess")
		r.standing(t, a)
		r.standing(t, b)
		r.scanned(t)
		until := time.Date(2000, 1, 2, 9, 0, 0, 0, time.UTC)
		if _, err := r.svc.SnoozeFinding(ctx, carol, finding(a), until.Format(time.DateOnly)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.svc.IgnoreFinding(ctx, carol, finding(b), " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("ignored without a reason: %v", err)
		}
		if _, err := r.svc.IgnoreFinding(ctx, alice, finding(b), "mine"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("ignored by who is no admin: %v", err)
		}
		if _, err := r.svc.IgnoreFinding(ctx, carol, finding(b), "made by Terraform"); err != nil {
			t.Fatal(err)
		}
		r.scanned(t)
		if got := r.openFindings(t); len(got) != 0 {
			t.Errorf("open: %v", got)
		}
		if v := r.drift(t, access.DriftQuery{State: access.FindingIgnored}); v.Total != 1 || v.Rows[0].Finding.Ignored.Reason != "made by Terraform" || v.Rows[0].Finding.Ignored.By.Slack != carol {
			t.Errorf("ignored: %+v", v.Rows)
		}
		before := r.told.toldAdmins("snooze")
		pass(time.Until(until) - time.Minute)
		if r.told.toldAdmins("snooze") != before {
			t.Error("told before its time")
		}
		pass(2 * time.Minute)
		if got := r.openFindings(t); len(got) != 1 || access.FindingOf(got[0]) != finding(a) || r.told.toldAdmins("snooze of 1 finding is over") != 1 {
			t.Errorf("after its snooze: %v, told %d times", got, r.told.toldAdmins("snooze"))
		}
		if _, err := r.svc.WatchFinding(ctx, carol, finding(b)); err != nil || len(r.openFindings(t)) != 2 {
			t.Errorf("%v, open: %v", err, r.openFindings(t))
		}
		// An ignored one that goes takes the word with it.
		if _, err := r.svc.IgnoreFinding(ctx, carol, finding(b), "for now"); err != nil {
			t.Fatal(err)
		}
		r.cloud.RemoveAssignment(awsAssignment(b))
		r.scanned(t)
		r.standing(t, b)
		if r.scanned(t); len(r.openFindings(t)) != 2 {
			t.Errorf("what came back: %v", r.openFindings(t))
		}
	})
}

func TestDriftRemoval(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		k, other := key("alice", prod, "PowerUserAccess"), key("bob", staging, "PowerUserAccess")
		top := key("bob", management, "ReadOnly")
		for _, k := range []access.Key{k, other, top} {
			r.standing(t, k)
		}
		if err := r.cloud.AddGroup(awssim.Group{ID: "55555555-5555-4555-8555-555555555555", DisplayName: "payments"}); err != nil {
			t.Fatal(err)
		}
		if err := r.svc.Sync(ctx); err != nil {
			t.Fatal(err)
		}
		group := awssim.Assignment{AccountID: string(prod), PermissionSetARN: string(roleARN("ReadOnly")), PrincipalType: "GROUP", PrincipalID: "55555555-5555-4555-8555-555555555555"}
		if _, err := r.cloud.AddAssignment(group); err != nil {
			t.Fatal(err)
		}
		r.scanned(t)
		if n := len(r.openFindings(t)); n != 4 {
			t.Fatalf("%d open", n)
		}
		if _, err := r.svc.RemoveFinding(ctx, alice, finding(k), "why not"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by who is no admin: %v", err)
		}
		if _, err := r.svc.RemoveFinding(ctx, carol, finding(top), "tidy up"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("in the management account: %v", err)
		}
		if _, err := r.svc.RemoveFinding(ctx, carol, finding(k), ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		groupID := access.FindingOf(catalog.Assignment{Account: prod, Role: roleARN("ReadOnly"), Group: "55555555-5555-4555-8555-555555555555"})
		for _, id := range []access.FindingID{finding(k), groupID} {
			if _, err := r.svc.RemoveFinding(ctx, carol, id, "nobody knows why"); err != nil {
				t.Fatal(err)
			}
		}
		pass(2 * time.Minute)
		if r.holds(k) || r.cloud.Assigned(group) || !r.holds(other) || !r.holds(top) {
			t.Errorf("holds %v %v %v %v", r.holds(k), r.cloud.Assigned(group), r.holds(other), r.holds(top))
		}
		if n := len(r.openFindings(t)); n != 2 || r.told.toldAdmins("AWS has taken away") != 2 {
			t.Errorf("%d open, told %d times", n, r.told.toldAdmins("AWS has taken away"))
		}
		// And it can be granted afterwards like anything else.
		g := r.activeFor(t, alice, prod, "PowerUserAccess")
		pass(10 * time.Minute)
		if v := r.grant(t, g); v.Phase != access.PhaseActive {
			t.Errorf("granted after its removal: %s %s", v.Phase, v.Grant.EndReason)
		}
	})
}

// activeFor asks for a person, has it approved, and waits until AWS is done.
func (r *rig) activeFor(t *testing.T, user identity.SlackUserID, account catalog.AccountID, role string) access.GrantID {
	t.Helper()
	req := r.mustSubmit(user, account, role, time.Hour, "for-"+string(user)+role)
	pass(5 * time.Second)
	for _, who := range []identity.SlackUserID{bob, dana, carol} {
		if who != user {
			_ = r.approve(who, req.ID) // whose word is not needed any more is refused
		}
	}
	pass(2 * time.Minute)
	v := r.view(req.ID)
	if len(v.Grants) != 1 {
		t.Fatalf("%s %q", v.Request.State, v.Request.Outcome)
	}
	return v.Grants[0].Grant.ID
}

// What is found as foreign, taken away by somebody and then granted by Stint is not removed on
// an order that is as old as the finding.
func TestDriftNeverRemovesOurs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		k := key("alice", prod, "ReadOnly")
		r.standing(t, k)
		r.scanned(t)
		r.cloud.RemoveAssignment(awsAssignment(k)) // no scan has seen it go
		g := r.active(t, "ReadOnly", time.Hour, "f1")
		if v := r.drift(t, access.DriftQuery{}); v.Total != 1 || v.Rows[0].Kept == "" {
			t.Errorf("offered to be removed: %+v", v.Rows)
		}
		if _, err := r.svc.RemoveFinding(ctx, carol, finding(k), "nobody knows why"); !fault.Is(err, fault.Conflict) {
			t.Errorf("an order to remove what Stint granted: %v", err)
		}
		pass(2 * time.Minute)
		if v := r.grant(t, g.ID); v.Phase != access.PhaseActive || !r.holds(k) {
			t.Errorf("%s, AWS holds it %v", v.Phase, r.holds(k))
		}
	})
}

// An order is carried out by the process after the one that took it.
func TestDriftRemovalOutlivesACrash(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		k := key("dana", prod, "PowerUserAccess")
		r.standing(t, k)
		r.scanned(t)
		r.inject(t, awssim.Fault{Kind: awssim.FaultUnavailable, Action: "sso:*"})
		if _, err := r.svc.RemoveFinding(ctx, carol, finding(k), "nobody knows why"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if _, err := r.svc.SnoozeFinding(ctx, carol, finding(k), "2000-02-01"); !fault.Is(err, fault.Conflict) {
			t.Errorf("decided while it is being removed: %v", err)
		}
		r.stop()
		r.cloud.ClearFaults()
		r.start()
		pass(2 * time.Minute)
		if r.holds(k) || r.drift(t, access.DriftQuery{State: access.FindingRemoving}).Total != 0 {
			t.Error("the order was forgotten")
		}
	})
}

func TestDriftRefusedRemovalIsOpenAgain(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		k := key("dana", prod, "PowerUserAccess")
		r.standing(t, k)
		r.scanned(t)
		r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:DeleteAccountAssignment"})
		if _, err := r.svc.RemoveFinding(context.Background(), carol, finding(k), "nobody knows why"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		v := r.drift(t, access.DriftQuery{})
		if v.Total != 1 || v.Rows[0].Finding.Refused == "" || r.told.toldAdmins("is still there") != 1 {
			t.Errorf("%+v", v.Rows)
		}
	})
}

// Ours that is not listed is looked at twice; ours that nobody wants is taken away at once.
func TestDriftOfOurs(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		g := r.active(t, "ReadOnly", 6*time.Hour, "f1")
		pass(10 * time.Minute)
		r.cloud.RemoveAssignment(awsAssignment(g.Key))
		looks := r.cloud.Count("sso:ListAccountAssignments")
		if err := r.svc.Compare(context.Background()); err != nil { // as every night
			t.Fatal(err)
		}
		if last := r.scanned(t); last.Missing != 1 {
			t.Errorf("%+v", last)
		}
		pass(3 * time.Minute)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndRemovedOutside {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
		if n := r.cloud.Count("sso:ListAccountAssignments") - looks; n > 6 {
			t.Errorf("%d listings for one that is missing", n)
		}
		if n := r.told.count(access.NoticeTell, access.EventEnded); n != 1 {
			t.Errorf("its holder was told %d times", n)
		}
	})
}

// A scan that loses too much is believed when the next one agrees.
func TestDriftDoubtsAScanThatLosesMuch(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		many := wide(r)
		first := r.scanned(t)
		if first.Rows != len(many) {
			t.Fatalf("%+v", first)
		}
		for _, k := range many[:80] {
			r.cloud.RemoveAssignment(awsAssignment(k))
		}
		if last := r.scanned(t); last.Doubted != 80 || r.drift(t, access.DriftQuery{}).State.Expected != len(many) || r.told.toldAdmins("did not find 80") != 1 {
			t.Errorf("%+v", last)
		}
		if last := r.scanned(t); last.Doubted != 0 || r.drift(t, access.DriftQuery{}).State.Expected != len(many)-80 {
			t.Errorf("%+v", last)
		}
	}, wideOrganization)
}

// wideOrganization has so many accounts that a scan is delivered in parts.
func wideOrganization(_ *rig, cfg *awssim.Config) {
	for i := range 250 {
		id := fmt.Sprintf("4%011d", i)
		cfg.Organization.Accounts = append(cfg.Organization.Accounts, awssim.Account{ID: id, Name: "team-" + id, Email: id + "@example.com", ParentID: "r-abcd"})
		cfg.Organization.Assignments = append(cfg.Organization.Assignments, awsAssignment(key("dana", catalog.AccountID(id), "ReadOnly")))
	}
	for i := range 400 {
		id := fmt.Sprintf("66666666-6666-4666-8666-%012d", i)
		cfg.Organization.Users = append(cfg.Organization.Users, awssim.User{ID: id, UserName: id, DisplayName: id, Email: id + "@example.com"})
	}
}

// wide are the standing assignments of a wideOrganization.
func wide(r *rig) (keys []access.Key) {
	for _, a := range r.cloud.Assignments(awssim.AssignmentFilter{}) {
		keys = append(keys, key("dana", catalog.AccountID(a.AccountID), "ReadOnly"))
	}
	return keys
}

// A process that dies in the middle of a scan leaves it to the next, on both stores: nothing
// is read twice, nothing is missed, and it takes half the quota at most.
func TestDriftScanGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		open := e.empty(t)
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, wideOrganization, func(r *rig, _ *awssim.Config) { r.open = open })
			r.start()
			pass(time.Minute)
			r.cloud.ResetCounts()
			begun := time.Now()
			if err := r.svc.ScanDrift(context.Background(), carol); err != nil {
				t.Fatal(err)
			}
			pass(13 * time.Second)
			for range 60 { // until a part of it is stored
				if r.drift(t, access.DriftQuery{}).State.Chunks > 0 {
					break
				}
				pass(time.Second)
			}
			d := r.drift(t, access.DriftQuery{}).State
			if d.Chunks == 0 || !d.Scan.Finished.IsZero() || d.Scan.Done == 0 {
				t.Fatalf("not in the middle: %+v", d)
			}
			r.cancel() // nothing is put in order
			<-r.stopped
			r.dir.Close()
			if err := r.db.Close(); err != nil {
				t.Fatal(err)
			}
			r.start()
			pass(3 * time.Minute)
			v := r.drift(t, access.DriftQuery{State: access.FindingExpected})
			last := v.State.Last
			if v.Total != 250 || last.Rows != 250 || v.State.Asked != nil || v.State.Chunks != 0 || last.By.Slack != carol {
				t.Errorf("%d expected, %+v", v.Total, v.State)
			}
			// 250 pairs, and what was on its way when the process died.
			calls := r.cloud.Count("sso:ListAccountAssignments")
			if calls > 250+100 || calls < 250 {
				t.Errorf("%d listings for 250 pairs", calls)
			}
			if took := last.Finished.Sub(begun); took < time.Duration(250)*time.Second/10 {
				t.Errorf("%d calls in %s: more than half of 20 a second", last.Calls, took)
			}
			r.t = t
			r.check()
			r.stop()
		})
	})
}
