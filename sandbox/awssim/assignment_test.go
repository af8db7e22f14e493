package awssim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/google/go-cmp/cmp"

	"stint/sandbox/awssim"
)

func TestCreateTakesItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.triple()
	accepted := w.clock.Now()
	op := must(w.create(w.sso(), a))(t)
	if op.Status != ssotypes.StatusValuesInProgress || len(aws.ToString(op.RequestId)) != 36 || op.FailureReason != nil {
		t.Fatalf("accepted as %+v", op)
	}
	if aws.ToString(op.TargetId) != a.AccountID || op.TargetType != ssotypes.TargetTypeAwsAccount || aws.ToString(op.PrincipalId) != a.PrincipalID ||
		op.PrincipalType != ssotypes.PrincipalTypeUser || aws.ToString(op.PermissionSetArn) != a.PermissionSetARN || !op.CreatedDate.Equal(accepted) {
		t.Errorf("describes another assignment: %+v", op)
	}
	if due, ok := w.NextDue(); !ok || !due.Equal(accepted.Add(5*time.Second)) {
		t.Errorf("next due %v %v", due, ok)
	}
	w.clock.Advance(5*time.Second - time.Nanosecond)
	if got := w.creation(op.RequestId); got.Status != ssotypes.StatusValuesInProgress {
		t.Errorf("a moment early: %s", got.Status)
	}
	if w.Assigned(a) || len(w.listed(a)) != 0 {
		t.Error("assigned before the operation ended")
	}
	w.clock.Advance(time.Nanosecond)
	if got := w.creation(op.RequestId); got.Status != ssotypes.StatusValuesSucceeded {
		t.Errorf("on time: %s", got.Status)
	}
	want := ssotypes.AccountAssignment{
		AccountId: &a.AccountID, PermissionSetArn: &a.PermissionSetARN, PrincipalId: &a.PrincipalID, PrincipalType: ssotypes.PrincipalTypeUser,
	}
	if got := w.listed(a); len(got) != 1 || *got[0].PrincipalId != *want.PrincipalId || got[0].PrincipalType != want.PrincipalType {
		t.Errorf("listed %+v", got)
	}
	view := w.Assignments(awssim.AssignmentFilter{Requested: true})
	if len(view) != 1 || view[0].CreatedBy != *op.RequestId || !view[0].Created.Equal(accepted.Add(5*time.Second)) ||
		view[0].AccountName != "prod-web" || view[0].PermissionSetName != "AdministratorAccess" || view[0].PrincipalName != "ben.larsen@example.com" {
		t.Errorf("view %+v", view)
	}
}

func TestNoOwnerAndNoClientToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.triple()
	if added, err := w.AddAssignment(a); !added || err != nil {
		t.Fatal(added, err)
	}
	op := must(w.create(w.sso(), a))(t)
	w.clock.Advance(5 * time.Second)
	if got := w.creation(op.RequestId); got.Status != ssotypes.StatusValuesSucceeded {
		t.Errorf("creating what exists: %s %s", got.Status, aws.ToString(got.FailureReason))
	}
	again := must(w.create(w.sso(), a))(t)
	if *again.RequestId == *op.RequestId {
		t.Error("the same call gave the same request: there is no client token on AWS")
	}
	w.clock.Advance(5 * time.Second)
	if n := len(w.listed(a)); n != 1 {
		t.Errorf("%d rows", n)
	}
	gone := must(w.delete(w.sso(), a))(t)
	w.clock.Advance(5 * time.Second)
	if got := w.deletion(gone.RequestId); got.Status != ssotypes.StatusValuesSucceeded || w.Assigned(a) {
		t.Errorf("delete: %s, assigned %v", got.Status, w.Assigned(a))
	}
	twice := must(w.delete(w.sso(), a))(t)
	if twice.Status != ssotypes.StatusValuesInProgress {
		t.Errorf("deleting what is gone is accepted first, got %s", twice.Status)
	}
	w.clock.Advance(5 * time.Second)
	if got := w.deletion(twice.RequestId); got.Status != ssotypes.StatusValuesFailed || aws.ToString(got.FailureReason) != awssim.ReasonNotFound {
		t.Errorf("deleting what is gone: %s %q", got.Status, aws.ToString(got.FailureReason))
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, a := w.sso(), w.triple()
	must(w.create(cl, a))(t)
	_, err := w.create(cl, a)
	_ = wantError[*ssotypes.ConflictException](t, err, 400)
	_, err = w.delete(cl, a)
	wantError[*ssotypes.ConflictException](t, err, 400)
	w.clock.Advance(5 * time.Second)
	must(w.delete(cl, a))(t)
	_, err = w.create(cl, a)
	wantError[*ssotypes.ConflictException](t, err, 400)
	w.clock.Advance(5 * time.Second)

	if err := w.SetTuning(func(t *awssim.Tuning) { t.PropagationConflict = 3 * time.Second }); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(3*time.Second - 1)
	_, err = w.create(cl, a)
	wantError[*ssotypes.ConflictException](t, err, 400)
	w.clock.Advance(1)
	must(w.create(cl, a))(t)
	w.clock.Advance(time.Minute)

	if err := w.SuspendAccount(a.AccountID); err != nil {
		t.Fatal(err)
	}
	_, err = w.delete(cl, a)
	wantError[*ssotypes.ConflictException](t, err, 400)
	if !w.Assigned(a) {
		t.Error("suspending an account took its assignment away")
	}
}

func TestOneOperationAtATimeInAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl := w.sso()
	var ids []*string
	for _, set := range []string{"ReadOnly", "PowerUserAccess", "AdministratorAccess"} {
		a := w.triple()
		a.PermissionSetARN = w.set(set)
		ids = append(ids, must(w.create(cl, a))(t).RequestId)
	}
	elsewhere := w.triple()
	elsewhere.AccountID = w.account("prod-data")
	other := must(w.create(cl, elsewhere))(t).RequestId
	succeeded := func() (n int) {
		for _, id := range ids {
			if w.creation(id).Status == ssotypes.StatusValuesSucceeded {
				n++
			}
		}
		return n
	}
	for i := range 3 {
		w.clock.Advance(5 * time.Second)
		if got := succeeded(); got != i+1 {
			t.Errorf("after %d s: %d of one account done, want %d", 5*(i+1), got, i+1)
		}
		if w.creation(other).Status != ssotypes.StatusValuesSucceeded {
			t.Error("another account waited")
		}
	}

	w.SetSwitches(func(s *awssim.Switches) { s.BusyAccountConflicts = true })
	a, b := w.triple(), w.triple()
	b.PermissionSetARN = w.set("BillingRead")
	must(w.delete(cl, a))(t)
	_, err := w.create(cl, b)
	wantError[*ssotypes.ConflictException](t, err, 400)
	w.clock.Advance(5 * time.Second)
	must(w.create(cl, b))(t)
}

func TestOutstandingCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(30, 10, 12))
	cl := w.sso()
	limit := awssim.DefaultTuning().OutstandingLimit
	a := w.triple()
	for i := range limit {
		a.AccountID = w.org.Accounts[i+2].ID
		must(w.create(cl, a))(t)
	}
	a.AccountID = w.org.Accounts[limit+2].ID
	_, err := w.create(cl, a)
	e := wantError[*ssotypes.ThrottlingException](t, err, 400)
	if got := e.ErrorMessage(); got != "There are too many requests processing. Please try again later." {
		t.Errorf("message %q", got)
	}
	if n := len(w.InFlight()); n != limit {
		t.Errorf("%d in flight, want %d", n, limit)
	}
	w.clock.Advance(5 * time.Second)
	must(w.create(cl, a))(t)
	if n := len(w.InFlight()); n != 1 {
		t.Errorf("%d in flight, want 1", n)
	}
}

func TestFinalStatusInReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.SetTuning(func(t *awssim.Tuning) { *t = awssim.InstantTuning() }); err != nil {
		t.Fatal(err)
	}
	a := w.triple()
	op := must(w.create(w.sso(), a))(t)
	if op.Status != ssotypes.StatusValuesInProgress || w.creation(op.RequestId).Status != ssotypes.StatusValuesSucceeded {
		t.Errorf("reply %s, then %s", op.Status, w.creation(op.RequestId).Status)
	}
	w.SetSwitches(func(s *awssim.Switches) { s.FinalStatusInReply = true })
	if op := must(w.delete(w.sso(), a))(t); op.Status != ssotypes.StatusValuesSucceeded {
		t.Errorf("reply %s", op.Status)
	}
	if op := must(w.delete(w.sso(), a))(t); op.Status != ssotypes.StatusValuesFailed || aws.ToString(op.FailureReason) != awssim.ReasonNotFound {
		t.Errorf("reply %s %q", op.Status, aws.ToString(op.FailureReason))
	}
}

func TestListingLag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.SetTuning(func(t *awssim.Tuning) { t.ListingLag = 10 * time.Second }); err != nil {
		t.Fatal(err)
	}
	a := w.triple()
	op := must(w.create(w.sso(), a))(t)
	w.clock.Advance(5 * time.Second)
	if w.creation(op.RequestId).Status != ssotypes.StatusValuesSucceeded || !w.Assigned(a) || len(w.listed(a)) != 0 {
		t.Errorf("right after: assigned %v, listed %d", w.Assigned(a), len(w.listed(a)))
	}
	w.clock.Advance(10 * time.Second)
	if len(w.listed(a)) != 1 {
		t.Error("not listed after the lag")
	}
	must(w.delete(w.sso(), a))(t)
	w.clock.Advance(5 * time.Second)
	if w.Assigned(a) || len(w.listed(a)) != 1 {
		t.Errorf("right after the delete: assigned %v, listed %d", w.Assigned(a), len(w.listed(a)))
	}
	// Written again while the listing still shows what was deleted: one row, never two.
	w.clock.Advance(time.Second)
	must(w.create(w.sso(), a))(t)
	for range 30 {
		w.clock.Advance(time.Second)
		if n := len(w.listed(a)); n > 1 {
			t.Fatalf("%d rows of one assignment", n)
		}
	}
	if len(w.listed(a)) != 1 {
		t.Error("not listed in the end")
	}
}

func TestListingsOfOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(200, 10, 12))
	if err := w.SetTuning(func(t *awssim.Tuning) { t.OutstandingLimit = 1000 }); err != nil {
		t.Fatal(err)
	}
	cl := w.sso()
	var made []string
	a := w.triple()
	for i := range 101 {
		a.AccountID = w.org.Accounts[i+1].ID
		made = append(made, *must(w.create(cl, a))(t).RequestId)
		w.clock.Advance(time.Millisecond)
	}
	list := func(filter *ssotypes.OperationStatusFilter) (ids []string, pages int) {
		p := ssoadmin.NewListAccountAssignmentCreationStatusPaginator(cl, &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: &w.ids.InstanceARN, Filter: filter})
		for p.HasMorePages() {
			out := must(p.NextPage(w.ctx()))(t)
			pages++
			for _, op := range out.AccountAssignmentsCreationStatus {
				ids = append(ids, *op.RequestId)
			}
		}
		return ids, pages
	}
	slices.Reverse(made)
	got, pages := list(nil)
	if d := cmp.Diff(made, got); d != "" || pages != 2 {
		t.Errorf("%d pages; newest first: %s", pages, d)
	}
	w.clock.Advance(5*time.Second - 50*time.Millisecond) // the oldest 52 end
	running, _ := list(&ssotypes.OperationStatusFilter{Status: ssotypes.StatusValuesInProgress})
	done, _ := list(&ssotypes.OperationStatusFilter{Status: ssotypes.StatusValuesSucceeded})
	if len(running) != 49 || len(done) != 52 {
		t.Errorf("%d running, %d done", len(running), len(done))
	}
	deletions := must(cl.ListAccountAssignmentDeletionStatus(w.ctx(), &ssoadmin.ListAccountAssignmentDeletionStatusInput{InstanceArn: &w.ids.InstanceARN}))(t)
	if n := len(deletions.AccountAssignmentsDeletionStatus); n != 0 {
		t.Errorf("%d deletions", n)
	}
	_, err := cl.DescribeAccountAssignmentDeletionStatus(w.ctx(), &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{
		InstanceArn: &w.ids.InstanceARN, AccountAssignmentDeletionRequestId: &made[0],
	})
	wantError[*ssotypes.ResourceNotFoundException](t, err, 400)
	w.clock.Advance(8 * 24 * time.Hour)
	if ids, _ := list(nil); len(ids) != 0 {
		t.Errorf("%d operations are remembered after eight days", len(ids))
	}
}

func TestRoleSuffixChangesWithProvisioning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.triple()
	role := func() string {
		must(w.AddAssignment(a))(t)
		return w.Assignments(awssim.AssignmentFilter{AccountID: a.AccountID, PrincipalID: a.PrincipalID})[0].RoleARN
	}
	first := role()
	anchor := a
	anchor.PrincipalType, anchor.PrincipalID = awssim.PrincipalGroup, w.group("support")
	must(w.AddAssignment(anchor))(t)
	w.RemoveAssignment(a)
	if again := role(); again != first {
		t.Error("the role changed although an assignment kept it")
	}
	w.RemoveAssignment(a)
	w.RemoveAssignment(anchor)
	if again := role(); again == first {
		t.Error("the role kept its name after its last assignment had gone")
	}
}

func TestNothingToWriteTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl := w.sso()
	for name, change := range map[string]func(*awssim.Assignment){
		"account": func(a *awssim.Assignment) { a.AccountID = "999999999999" },
		"set": func(a *awssim.Assignment) {
			a.PermissionSetARN = a.PermissionSetARN[:len(a.PermissionSetARN)-4] + "zzzz"
		},
	} {
		a := w.triple()
		change(&a)
		_, err := w.create(cl, a)
		if e := wantError[*ssotypes.ResourceNotFoundException](t, err, 400); e.ErrorMessage() == "" {
			t.Errorf("%s: no message", name)
		}
	}
	a := w.triple()
	a.PrincipalID = "11111111-2222-4333-8444-555555555555"
	op := must(w.create(cl, a))(t) // AWS looks the principal up later
	w.clock.Advance(5 * time.Second)
	if got := w.creation(op.RequestId); got.Status != ssotypes.StatusValuesFailed || aws.ToString(got.FailureReason) != awssim.ReasonNotFound {
		t.Errorf("unknown user: %s %q", got.Status, aws.ToString(got.FailureReason))
	}
	a = w.triple()
	op = must(w.create(cl, a))(t)
	if err := w.DeletePermissionSet(a.PermissionSetARN); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(5 * time.Second)
	if got := w.creation(op.RequestId); got.Status != ssotypes.StatusValuesFailed {
		t.Errorf("the set was deleted under way: %s", got.Status)
	}
	for name, change := range map[string]func(*awssim.Assignment){
		"account": func(a *awssim.Assignment) { a.AccountID = "12" },
		"set":     func(a *awssim.Assignment) { a.PermissionSetARN = "arn:aws:sso:::permissionSet/x" },
		"user":    func(a *awssim.Assignment) { a.PrincipalID = "ben" },
		"type":    func(a *awssim.Assignment) { a.PrincipalType = "ROLE" },
	} {
		a := w.triple()
		change(&a)
		if _, err := w.create(cl, a); err == nil {
			t.Errorf("bad %s accepted", name)
		} else {
			wantError[*ssotypes.ValidationException](t, err, 400)
		}
	}
}

func TestDelegatedAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, delegated)
	cl := w.ssoAs(w.Credentials().DelegatedAdmin)
	a := w.triple()
	must(w.create(cl, a))(t)

	inManagement := w.triple()
	inManagement.AccountID = w.ids.ManagementAccountID
	_, err := w.create(cl, inManagement)
	wantError[*ssotypes.AccessDeniedException](t, err, 400)
	must(w.create(w.sso(), inManagement))(t)
	w.clock.Advance(5 * time.Second)

	// The set is provisioned in the management account now, so it fails everywhere.
	_, err = w.delete(cl, a)
	wantError[*ssotypes.AccessDeniedException](t, err, 400)
	sets := func() ([]string, error) {
		out, err := cl.ListPermissionSetsProvisionedToAccount(w.ctx(), &ssoadmin.ListPermissionSetsProvisionedToAccountInput{
			InstanceArn: &w.ids.InstanceARN, AccountId: &w.ids.ManagementAccountID,
		})
		if err != nil {
			return nil, err
		}
		return out.PermissionSets, nil
	}
	want := []string{w.set("AdministratorAccess"), w.set("OrganizationAdmin")}
	if d := cmp.Diff(want, must(sets())(t)); d != "" {
		t.Errorf("provisioned in the management account: %s", d)
	}
	w.SetSwitches(func(s *awssim.Switches) { s.DelegatedMayListManagement = false })
	_, err = sets()
	wantError[*ssotypes.AccessDeniedException](t, err, 400)

	byPrincipal := func() error {
		_, err := cl.ListAccountAssignmentsForPrincipal(w.ctx(), &ssoadmin.ListAccountAssignmentsForPrincipalInput{
			InstanceArn: &w.ids.InstanceARN, PrincipalId: &a.PrincipalID, PrincipalType: ssotypes.PrincipalTypeUser,
		})
		return err
	}
	wantError[*ssotypes.AccessDeniedException](t, byPrincipal(), 400)
	w.SetSwitches(func(s *awssim.Switches) { s.PrincipalListingDelegated = true })
	if err := byPrincipal(); err != nil {
		t.Error(err)
	}
}

func TestAssignmentsForPrincipalShowGroupsAsGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.triple()
	must(w.AddAssignment(a))(t)
	byGroup := a
	byGroup.PrincipalType, byGroup.PrincipalID = awssim.PrincipalGroup, w.group("sre")
	must(w.AddAssignment(byGroup))(t)
	list := func(account *string) (rows []string) {
		in := &ssoadmin.ListAccountAssignmentsForPrincipalInput{InstanceArn: &w.ids.InstanceARN, PrincipalId: &a.PrincipalID, PrincipalType: ssotypes.PrincipalTypeUser}
		if account != nil {
			in.Filter = &ssotypes.ListAccountAssignmentsFilter{AccountId: account}
		}
		for _, r := range must(w.sso().ListAccountAssignmentsForPrincipal(w.ctx(), in))(t).AccountAssignments {
			rows = append(rows, string(r.PrincipalType)+" "+*r.PrincipalId)
		}
		return rows
	}
	want := []string{"USER " + a.PrincipalID, "GROUP " + byGroup.PrincipalID}
	if d := cmp.Diff(want, list(&a.AccountID)); d != "" {
		t.Error(d)
	}
	// Ben is in engineering, which has the three sandboxes anyway.
	if n := len(list(nil)); n != 2+3 {
		t.Errorf("%d rows without the filter", n)
	}
}

func TestProvisionPermissionSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, set := w.sso(), w.set("ViewOnlyAccess")
	op := must(cl.ProvisionPermissionSet(w.ctx(), &ssoadmin.ProvisionPermissionSetInput{
		InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &set, TargetType: ssotypes.ProvisionTargetTypeAllProvisionedAccounts,
	}))(t).PermissionSetProvisioningStatus
	status := func() ssotypes.StatusValues {
		return must(cl.DescribePermissionSetProvisioningStatus(w.ctx(), &ssoadmin.DescribePermissionSetProvisioningStatusInput{
			InstanceArn: &w.ids.InstanceARN, ProvisionPermissionSetRequestId: op.RequestId,
		}))(t).PermissionSetProvisioningStatus.Status
	}
	if op.Status != ssotypes.StatusValuesInProgress || status() != ssotypes.StatusValuesInProgress {
		t.Errorf("%s, %s", op.Status, status())
	}
	_, err := cl.ProvisionPermissionSet(w.ctx(), &ssoadmin.ProvisionPermissionSetInput{
		InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &set, TargetType: ssotypes.ProvisionTargetTypeAllProvisionedAccounts,
	})
	wantError[*ssotypes.ConflictException](t, err, 400)
	w.clock.Advance(5 * time.Second)
	if status() != ssotypes.StatusValuesSucceeded {
		t.Errorf("in the end %s", status())
	}
	admin, account := w.set("AdministratorAccess"), w.account("prod-web")
	_, err = cl.ProvisionPermissionSet(w.ctx(), &ssoadmin.ProvisionPermissionSetInput{
		InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin, TargetType: ssotypes.ProvisionTargetTypeAwsAccount, TargetId: &account,
	})
	wantError[*ssotypes.ResourceNotFoundException](t, err, 400)
}
