package awssim_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"stint/sandbox/awssim"
)

// TestSnapshotLoads: what one Cloud holds makes another like it.
func TestSnapshotLoads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, delegated)
	must(w.AddAssignment(w.triple()))(t)
	if err := w.AddPermissionSet(awssim.PermissionSet{ARN: w.ids.InstanceARN, Name: "x"}); err == nil {
		t.Error("took a permission set with the instance's ARN")
	}
	snap := w.Snapshot()
	other, err := awssim.New(awssim.Config{Organization: &snap, Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(snap, other.Snapshot()); d != "" {
		t.Error(d)
	}
	if other.IDs() != w.IDs() {
		t.Errorf("%+v, %+v", other.IDs(), w.IDs())
	}
	if w.ids.PortalHost != w.ids.IdentityStoreID+".awsapps.com" {
		t.Errorf("portal %s", w.ids.PortalHost)
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := awssim.PermissionSet{ARN: w.set("ReadOnly")[:len(w.set("ReadOnly"))-16] + "0123456789abcdef", Name: "New"}
	for what, err := range map[string]error{
		"permission set": w.AddPermissionSet(set),
		"user":           w.AddUser(awssim.User{ID: "00000000-0000-4000-8000-000000000001", UserName: "new@example.com", Email: "new@example.com"}),
		"group":          w.AddGroup(awssim.Group{ID: "00000000-0000-4000-8000-000000000002", DisplayName: "new"}),
		"OU":             w.AddOU(awssim.OU{ID: "ou-zzzz-zzzzzzzz", Name: "New", ParentID: w.ids.RootID}),
	} {
		if err != nil {
			t.Errorf("adding a %s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"permission set twice": w.AddPermissionSet(set),
		"user twice":           w.AddUser(awssim.User{ID: "00000000-0000-4000-8000-000000000001", UserName: "x"}),
		"group twice":          w.AddGroup(awssim.Group{ID: "00000000-0000-4000-8000-000000000003", DisplayName: "NEW"}),
		"OU twice":             w.AddOU(awssim.OU{ID: "ou-zzzz-zzzzzzzz", Name: "New", ParentID: w.ids.RootID}),
		"unknown account":      w.EditAccount("1", func(*awssim.Account) {}),
		"unknown set":          w.EditPermissionSet("1", func(*awssim.PermissionSet) {}),
		"deleting no set":      w.DeletePermissionSet("1"),
		"unknown user":         w.EditUser("1", func(*awssim.User) {}),
		"taken e-mail":         w.EditUser(w.person("ben.larsen"), func(u *awssim.User) { u.Email = "new@example.com" }),
		"taken name":           w.EditUser(w.person("ben.larsen"), func(u *awssim.User) { u.UserName = "New@example.com" }),
		"deleting nobody":      w.DeleteUser("1"),
		"moving nowhere":       w.EditAccount(w.account("prod-web"), func(a *awssim.Account) { a.ParentID = "r-none" }),
	} {
		if err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	a := w.triple()
	if added := must(w.AddAssignment(a))(t); !added || !w.Assigned(a) {
		t.Error("not added")
	}
	if added := must(w.AddAssignment(a))(t); added {
		t.Error("added twice")
	}
	if !w.RemoveAssignment(a) || w.RemoveAssignment(a) || w.Assigned(a) {
		t.Error("removing")
	}
	a.PrincipalID = "nobody"
	if _, err := w.AddAssignment(a); err == nil {
		t.Error("assigned to nobody")
	}
	if _, err := w.AddMembership(w.group("sre"), w.person("ben.larsen")); err == nil {
		t.Error("joined twice")
	}
	must(w.AddMembership(w.group("security"), w.person("ben.larsen")))(t)
}

func TestChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for what, change := range map[string]func(){
		"a call":      func() { _ = w.instances() },
		"by hand":     func() { w.RemoveAssignment(w.triple()) },
		"a switch":    func() { w.SetSwitches(func(*awssim.Switches) {}) },
		"a fault":     func() { w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Times: 1}) },
		"its end":     func() { w.ClearFaults() },
		"a new grant": func() { _, _ = w.create(w.sso(), w.triple()) },
	} {
		changed := w.Changes()
		select {
		case <-changed:
			t.Errorf("%s: announced beforehand", what)
		default:
		}
		change()
		select {
		case <-changed:
		default:
			t.Errorf("%s: not announced", what)
		}
	}
}

func TestCallLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *awssim.Config, _ *awssim.GenerateOptions) { c.CallLog = 3 })
	if got := w.RecentCalls(0); len(got) != 0 {
		t.Errorf("calls before any: %+v", got)
	}
	_ = w.instances()
	must(w.create(w.sso(), w.triple()))(t)
	_, err := w.create(w.sso(), w.triple())
	_ = wantError[*ssotypes.ConflictException](t, err, 400)
	stranger := w.management()
	stranger.ID = "AKIAAAAAAAAAAAAAAAAA"
	_, err = w.ssoAs(stranger).ListInstances(w.ctx(), nil)
	_ = wantCode(t, err, "UnrecognizedClientException", 400)

	me, prod := w.management().PrincipalARN, w.account("prod-web")
	want := []awssim.Call{
		{Action: "sso:ListInstances", Status: 400, Error: "UnrecognizedClientException"},
		{Action: "sso:CreateAccountAssignment", Principal: me, Status: 400, Error: "ConflictException", AccountID: prod},
		{Action: "sso:CreateAccountAssignment", Principal: me, Status: 200, AccountID: prod},
	}
	ignore := cmpopts.IgnoreFields(awssim.Call{}, "At", "Took", "RequestID")
	if d := cmp.Diff(want, w.RecentCalls(0), ignore); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want[:1], w.RecentCalls(1), ignore); d != "" {
		t.Error(d)
	}
	counts := map[string]int{"sso:ListInstances": 2, "sso:CreateAccountAssignment": 2}
	if d := cmp.Diff(counts, w.Counts()); d != "" {
		t.Error(d)
	}
	if w.Count("sso:*") != 4 || w.Count("iam:*") != 0 || w.ErrorCounts()["ConflictException"] != 1 {
		t.Errorf("%d, %d, %v", w.Count("sso:*"), w.Count("iam:*"), w.ErrorCounts())
	}
	w.ResetCounts()
	if w.Count("*") != 0 || len(w.ErrorCounts()) != 0 {
		t.Error("not reset")
	}
}

// TestIntercept stops the world before and after an effect, as crash tests do.
func TestIntercept(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var points []string
	stop := map[string]bool{}
	w := newWorld(t, func(c *awssim.Config, _ *awssim.GenerateOptions) {
		c.Intercept = func(call awssim.Call, after bool) error {
			mu.Lock()
			defer mu.Unlock()
			point := call.Action + " before"
			if after {
				point = call.Action + " after"
			}
			points = append(points, point)
			if stop[point] {
				return errors.New("crash")
			}
			return nil
		}
	})
	crashAt := func(point string) {
		mu.Lock()
		defer mu.Unlock()
		clear(stop)
		stop[point] = true
	}
	crashAt("sso:CreateAccountAssignment before")
	if _, err := w.create(w.sso(), w.triple()); err == nil || len(w.Operations(0)) != 0 {
		t.Errorf("before: %v, %d operations", err, len(w.Operations(0)))
	}
	crashAt("sso:CreateAccountAssignment after")
	if _, err := w.create(w.sso(), w.triple()); err == nil || len(w.Operations(0)) != 1 {
		t.Errorf("after: %v, %d operations", err, len(w.Operations(0)))
	}
	crashAt("")
	if err := w.instances(); err != nil {
		t.Error(err)
	}
	want := []string{
		"sso:CreateAccountAssignment before", "sso:CreateAccountAssignment before", "sso:CreateAccountAssignment after",
		"sso:ListInstances before", "sso:ListInstances after",
	}
	if !slices.Equal(points, want) {
		t.Errorf("points %q", points)
	}
	if got := w.RecentCalls(1)[0]; got.Error != "" || w.ErrorCounts()["ConnectionDropped"] != 2 {
		t.Errorf("%+v, %v", got, w.ErrorCounts())
	}
}

// TestManyAtOnce is for the race detector: clients, the page and the clock together.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(40, 10, 50))
	var wg sync.WaitGroup
	for i := range 4 {
		a := w.triple()
		a.AccountID = w.org.Accounts[2+i].ID
		cl, org := w.sso(), w.orgs()
		wg.Go(func() {
			for range 10 {
				_, _ = w.create(cl, a) // refused while it is being revoked: either is fine here
				_, _ = org.ListAccounts(w.ctx(), &organizations.ListAccountsInput{})
				w.clock.Advance(3 * time.Second)
				_, _ = w.delete(cl, a)
			}
		})
		wg.Go(func() {
			for range 20 {
				w.Assignments(awssim.AssignmentFilter{Requested: true})
				w.InFlight()
				w.RecentCalls(10)
				w.RemoveAssignment(a)
				id, _ := w.Inject(awssim.Fault{Kind: awssim.FaultConflict, Times: 1})
				w.ClearFault(id)
				w.SetSwitches(func(s *awssim.Switches) { s.AccountPaths = !s.AccountPaths })
			}
		})
	}
	wg.Wait()
	w.clock.Advance(time.Hour)
	if n := len(w.InFlight()); n != 0 {
		t.Errorf("%d operations never ended", n)
	}
	if n := w.Count("*"); n != 4*10*3 {
		t.Errorf("%d calls logged, want %d", n, 4*10*3)
	}
}
