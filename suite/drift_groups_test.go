package suite

import (
	"context"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

func memberRow(person string, g catalog.GroupID) catalog.Assignment {
	return catalog.Assignment{Person: personID(person), Group: g}
}

// Who is in a group that people can ask for, and was put there without Stint, is drift like an
// assignment: a baseline, then news, told once, decided, and removed on an admin's word alone.
func TestDriftOfMemberships(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live(t, func(t *testing.T, r *rig) {
		old, news := member("bob", dbas), member("dana", dbas)
		r.put(t, old)
		r.put(t, member("dana", scim)) // another directory keeps it
		mine := r.in(t, readers, 4*time.Hour, "f1")
		if first := r.scanned(t); first.Groups != 2 || first.Ours != 1 || first.New != 0 || len(r.openFindings(t)) != 0 {
			t.Errorf("the first scan: %+v, open %v", first, r.openFindings(t))
		}
		if v := r.drift(t, access.DriftQuery{State: access.FindingExpected, Text: "database bob"}); v.Total != 1 || v.Rows[0].Who != "bob" || v.Rows[0].Item.Group.ID != dbas {
			t.Errorf("expected: %+v", v.Rows)
		}
		r.put(t, news)
		for range 2 { // told once, however often it is found
			r.scanned(t)
		}
		v := r.drift(t, access.DriftQuery{Text: "database-admins"})
		if v.Total != 1 || v.Rows[0].Assignment != memberRow("dana", dbas) || len(v.Rows[0].Item.Brings) != 1 || v.Rows[0].Kept != "" {
			t.Fatalf("open: %+v", v.Rows)
		}
		if n := r.told.toldAdmins("1 new group membership that nobody granted through Stint:\n• dana: membership in database-admins, which brings PowerUserAccess in prod-billing"); n != 1 {
			t.Errorf("told %d times", n)
		}
		id := access.FindingOf(memberRow("dana", dbas))
		if _, err := r.svc.IgnoreFinding(ctx, carol, id, "she runs the database"); err != nil {
			t.Fatal(err)
		}
		if r.scanned(t); len(r.openFindings(t)) != 0 {
			t.Errorf("ignored, and open: %v", r.openFindings(t))
		}
		if _, err := r.svc.RemoveFinding(ctx, alice, id, "why not"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by who is no admin: %v", err)
		}
		if _, err := r.svc.RemoveFinding(ctx, carol, id, "she left the team"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if r.holds(news) || !r.holds(old) || !r.holds(mine.Key) || !r.holds(member("dana", scim)) {
			t.Errorf("in it: %v %v %v %v", r.holds(news), r.holds(old), r.holds(mine.Key), r.holds(member("dana", scim)))
		}
		if r.told.toldAdmins("AWS has taken away what carol ordered: dana: membership in database-admins") != 1 {
			t.Error("nobody was told that it is done")
		}
		// And she can ask for it like anybody else.
		req, err := r.ask(dana, access.MemberOf(dbas), time.Hour, "f2")
		if err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if v := r.view(req.ID).Grants[0]; v.Phase != access.PhaseActive {
			t.Errorf("granted after its removal: %s %s", v.Phase, v.Grant.EndReason)
		}
		if last := r.scanned(t); last.New != 0 || last.Ours != 2 {
			t.Errorf("what Stint granted then: %+v", last)
		}
	}, withGroups)
}

// Ours that is not listed is looked at twice, and what somebody gave for good after Stint's
// grant had ended is not Stint's to take away.
func TestDriftOfMembershipsOfOurs(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		g := r.in(t, readers, 4*time.Hour, "f1")
		pass(5 * time.Minute)
		r.cloud.RemoveMembership(string(readers), string(personID("alice")))
		if last := r.scanned(t); last.Missing != 1 {
			t.Errorf("%+v", last)
		}
		pass(3 * time.Minute)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndRemovedOutside {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
		r.put(t, g.Key)
		r.scanned(t)
		pass(time.Hour)
		v := r.drift(t, access.DriftQuery{})
		if v.Total != 1 || v.Rows[0].Former == nil || v.Rows[0].Former.ID != g.ID || !r.holds(g.Key) {
			t.Errorf("%+v, in it: %v", v.Rows, r.holds(g.Key))
		}
	}, withGroups)
}

// A group that people can ask for from now on has a baseline of its own; one whose members AWS
// does not show keeps what is known of it, and does not stop the scan.
func TestDriftOfMembershipsInANewGroup(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		const late = "9067aaaaaa-00000009-89ab-4def-8123-456789abcdef"
		if err := r.cloud.AddGroup(awssim.Group{ID: late, DisplayName: "database-owners"}); err != nil {
			t.Fatal(err)
		}
		r.put(t, member("dana", late))
		r.put(t, member("dana", readers))
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "identitystore:ListGroupMemberships", After: 2, Times: 1})
		if last := r.scanned(t); last.Unread != 1 || last.Groups != 2 || last.New != 0 {
			t.Errorf("one group is refused: %+v", last)
		}
		last := r.scanned(t)
		if got := r.openFindings(t); last.Unread != 0 || len(got) != 1 || got[0] != memberRow("dana", readers) {
			t.Errorf("%+v, open: %v", last, got)
		}
		if n := r.told.toldAdmins("database-owners (1 person)"); n != 1 {
			t.Errorf("told %d times of the group's baseline", n)
		}
		r.put(t, member("bob", late))
		if r.scanned(t); len(r.openFindings(t)) != 2 {
			t.Errorf("open: %v", r.openFindings(t))
		}
	}, withGroups)
}
