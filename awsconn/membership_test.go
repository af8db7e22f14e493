package awsconn

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

func memberKey(w *world) access.Key {
	return access.MemberOf(catalog.GroupID(w.org.Groups[1].ID)).For(catalog.PersonID(w.org.Users[8].ID))
}

// A key of a group is looked at, made and taken away like any other, at once: without a slot,
// without an operation to follow, with one write each.
func TestGroupKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		key := memberKey(w)
		for range w.cfg.OutstandingSlots + 5 { // as many as there are: no account, no slot
			release, err := w.Acquire(t.Context(), grant, key.Account)
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			if _, ok := w.TryAcquire(access.PriorityRevoke, key.Account); !ok {
				t.Fatal("a revoke waits")
			}
		}
		seen, err := w.Look(t.Context(), grant, key)
		if err != nil || seen.Found || seen.At.IsZero() || seen.ServerTime.IsZero() {
			t.Fatalf("%+v, %v", seen, err)
		}
		_, err = w.Unassign(t.Context(), key, nil)
		wantClass(t, err, gone)
		op, err := w.Assign(t.Context(), grant, key, nil)
		if err != nil || op.Status != access.Succeeded || op.ID == "" || op.Key != key || op.Kind != access.CreateOperation || op.SentAt.IsZero() {
			t.Fatalf("%+v, %v", op, err)
		}
		if done, err := w.Await(t.Context(), op); err != nil || done != op {
			t.Errorf("%+v, %v", done, err)
		}
		if seen, err = w.Look(t.Context(), grant, key); err != nil || !seen.Found {
			t.Fatalf("%+v, %v", seen, err)
		}
		// The process may have died after the call: what is there already is ours.
		if again, err := w.Assign(t.Context(), grant, key, nil); err != nil || again.Status != access.Succeeded || again.ID != op.ID {
			t.Fatalf("again: %+v, %v", again, err)
		}
		if op, err = w.Unassign(t.Context(), key, nil); err != nil || op.Status != access.Succeeded || op.Kind != access.DeleteOperation {
			t.Fatalf("%+v, %v", op, err)
		}
		if seen, err = w.Look(t.Context(), grant, key); err != nil || seen.Found {
			t.Fatalf("%+v, %v", seen, err)
		}
		other := key
		other.Group = nobody
		_, err = w.Look(t.Context(), grant, other)
		wantClass(t, err, gone)
		_, err = w.Assign(t.Context(), grant, other, nil)
		wantClass(t, err, refusal)
		if n := w.Count("sso:*"); n > 1 { // the instance alone
			t.Errorf("%d calls of sso-admin", n)
		}
	})
}

// Lost answers, refusals and the fence mean what they mean for assignments.
func TestGroupKeyFails(t *testing.T) {
	for name, tc := range map[string]struct {
		fault         awssim.FaultKind
		create, leave access.Class
	}{
		"throttle":     {awssim.FaultThrottle, retries, retries},
		"denied":       {awssim.FaultAccessDenied, refusal, refusal},
		"server error": {awssim.FaultServerError, unknown, unknown},
		"lost before":  {awssim.FaultDropBefore, unknown, unknown},
		"lost after":   {awssim.FaultDropAfter, unknown, unknown},
	} {
		bubbleRun(t, name, func(t *testing.T) {
			w := newWorld(t)
			key := memberKey(w)
			w.here = mustPlace(t, w)
			w.inject(awssim.Fault{Kind: tc.fault, Action: "identitystore:CreateGroupMembership", Times: 1})
			_, err := w.Assign(t.Context(), grant, key, nil)
			wantClass(t, err, tc.create)
			if op, err := w.Assign(t.Context(), grant, key, nil); err != nil || op.Status != access.Succeeded {
				t.Fatalf("%+v, %v", op, err)
			}
			w.inject(awssim.Fault{Kind: tc.fault, Action: "identitystore:DeleteGroupMembership", Times: 1})
			_, err = w.Unassign(t.Context(), key, nil)
			wantClass(t, err, tc.leave)
			if n := w.Count("identitystore:CreateGroupMembership") + w.Count("identitystore:DeleteGroupMembership"); n != 3 {
				t.Errorf("%d writes", n)
			}
		})
	}
	bubbleRun(t, "fence", func(t *testing.T) {
		w := newWorld(t)
		no := func() error { return &access.ConnectorError{Class: access.ClassRefused, Op: "lease"} }
		_, err := w.Assign(t.Context(), grant, memberKey(w), no)
		wantClass(t, err, access.ClassFenced)
		if _, err = w.Assign(t.Context(), grant, memberKey(w), nil); err != nil {
			t.Fatal(err)
		}
		_, err = w.Unassign(t.Context(), memberKey(w), no)
		wantClass(t, err, access.ClassFenced)
		if n := w.Count("identitystore:DeleteGroupMembership"); n != 0 {
			t.Errorf("%d deletes in spite of the fence", n)
		}
	})
}

// brings is what a group brings, by the simulator.
func brings(w *world, id string) []catalog.RoleIn {
	var out []catalog.RoleIn
	for _, a := range w.Snapshot().Assignments {
		if a.PrincipalType == awssim.PrincipalGroup && a.PrincipalID == id {
			out = append(out, catalog.RoleIn{Account: catalog.AccountID(a.AccountID), Role: catalog.RoleARN(a.PermissionSetARN)})
		}
	}
	return out
}

// What groups bring is found by group where AWS allows it, and otherwise in the roles'
// listings; from a delegated administrator who may not see all, that is said.
func TestBrings(t *testing.T) {
	for name, tc := range map[string]struct {
		choose  []func(*setting)
		byGroup bool
		partly  bool
	}{
		"management":           {nil, true, false},
		"delegated":            {[]func(*setting){delegated}, false, false},
		"delegated, blind":     {[]func(*setting){delegated, switched(func(s *awssim.Switches) { s.DelegatedMayListManagement = false })}, false, true},
		"delegated, by person": {[]func(*setting){delegated, switched(func(s *awssim.Switches) { s.PrincipalListingDelegated = true })}, true, false},
	} {
		bubbleRun(t, name, func(t *testing.T) {
			w := newWorld(t, tc.choose...)
			var with []catalog.GroupID
			for _, g := range w.org.Groups {
				if len(brings(w, g.ID)) > 0 && len(with) < 3 {
					with = append(with, catalog.GroupID(g.ID))
				}
			}
			if len(with) < 2 {
				t.Fatal("the organization has no groups that bring anything")
			}
			data := w.sync(nil)
			w.ResetCounts()
			got, err := w.Brings(t.Context(), data, with[:2])
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range got.Groups {
				if g.ID != with[0] && g.ID != with[1] {
					if !g.BringsAsOf.IsZero() || g.Brings != nil {
						t.Errorf("%s was read, too", g.Name)
					}
					continue
				}
				found := map[catalog.RoleIn]bool{}
				for _, b := range g.Brings {
					found[b] = true
				}
				missing := 0
				for _, b := range brings(w, string(g.ID)) {
					if !found[b] {
						missing++
					}
				}
				if g.BringsAsOf.IsZero() || missing > 0 && g.BringsProblem == "" {
					t.Errorf("%s: %d of %d roles are missing, problem %q", g.Name, missing, len(brings(w, string(g.ID))), g.BringsProblem)
				}
				if tc.partly != (g.BringsProblem != "") {
					t.Errorf("%s: problem %q", g.Name, g.BringsProblem)
				}
			}
			for _, g := range data.Groups {
				if !g.BringsAsOf.IsZero() {
					t.Fatal("the data that was given was changed")
				}
			}
			if n := w.Count("sso:ListAccountAssignmentsForPrincipal"); tc.byGroup && n != 2 {
				t.Errorf("%d calls for two groups", n)
			}
			// By role it is not read again within half a day, by group each time.
			w.ResetCounts()
			again, err := w.Brings(t.Context(), got, with[:2])
			if err != nil {
				t.Fatal(err)
			}
			if calls := w.Count("sso:*"); !tc.byGroup && (calls != 0 || cmp.Diff(got, again) != "") {
				t.Errorf("%d calls at once again", calls)
			}
			time.Sleep(bringsEach + time.Minute) // of the bubble
			if again, err = w.Brings(t.Context(), got, with[:2]); err != nil || cmp.Equal(got, again) {
				t.Errorf("half a day later: %v", err)
			}
		})
	}
}

// A group that cannot be read whole is not read: what was known stays, with its age.
func TestBringsFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		data := w.sync(nil)
		w.inject(awssim.Fault{Kind: awssim.FaultServerError, Action: "sso:ListAccountAssignmentsForPrincipal"})
		got, err := w.Brings(t.Context(), data, []catalog.GroupID{data.Groups[0].ID})
		if err == nil {
			t.Fatal("no error")
		}
		if diff := cmp.Diff(data, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A group that another directory keeps is shown as not grantable.
func TestGroupOfAnotherDirectory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		if err := w.AddGroup(awssim.Group{ID: "9067aaaaaa-01234567-89ab-cdef-0123-456789abcdef", DisplayName: "from-okta", ExternalID: "okta-1"}); err != nil {
			t.Fatal(err)
		}
		for _, g := range w.sync(nil).Groups {
			if why := g.Ungrantable; (why != "") != (g.Name == "from-okta") || why != "" && !strings.Contains(why, "identity provider") {
				t.Errorf("%s: %q", g.Name, why)
			}
		}
	})
}
