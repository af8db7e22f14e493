package awssim_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/google/go-cmp/cmp"

	"stint/sandbox/awssim"
)

// allSets lists every permission set and says how many pages that took.
func (w *world) allSets(t *testing.T, maxResults *int32) (arns []string, pages int) {
	t.Helper()
	p := ssoadmin.NewListPermissionSetsPaginator(w.sso(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN, MaxResults: maxResults})
	for p.HasMorePages() {
		out := must(p.NextPage(w.ctx()))(t)
		arns = append(arns, out.PermissionSets...)
		pages++
	}
	return arns, pages
}

func TestPagesOfPermissionSets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sets, pages int
		size        *int32
	}{
		{1, 1, nil},
		{99, 1, nil},
		{100, 1, nil},
		{101, 2, nil},
		{200, 2, nil},
		{201, 3, nil},
		{10, 4, aws.Int32(3)},
		{9, 3, aws.Int32(3)},
		{3, 3, aws.Int32(1)},
	} {
		t.Run(fmt.Sprint(tt.sets), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sized(12, tt.sets, 12))
			var want []string
			for _, s := range w.org.PermissionSets {
				want = append(want, s.ARN)
			}
			got, pages := w.allSets(t, tt.size)
			if d := cmp.Diff(want, got); d != "" || pages != tt.pages {
				t.Errorf("%d pages, want %d; %s", pages, tt.pages, d)
			}
			if n := w.Count("sso:ListPermissionSets"); n != tt.pages {
				t.Errorf("counted %d calls", n)
			}
		})
	}
}

// TestTokenMeansOneThing: a token goes on after the entry it was given for, whatever
// came or went, and belongs to one question only.
func TestTokenMeansOneThing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(12, 20, 12))
	first := must(w.sso().ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN, MaxResults: aws.Int32(5)}))(t)
	for _, arn := range first.PermissionSets[3:] { // the token's own place vanishes
		if err := w.DeletePermissionSet(arn); err != nil {
			t.Fatal(err)
		}
	}
	second := must(w.sso().ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN, NextToken: first.NextToken}))(t)
	if len(second.PermissionSets) != 15 || second.PermissionSets[0] != w.org.PermissionSets[5].ARN || second.NextToken != nil {
		t.Errorf("went on with %d sets", len(second.PermissionSets))
	}
	_, err := w.sso().ListInstances(w.ctx(), &ssoadmin.ListInstancesInput{NextToken: first.NextToken})
	wantError[*ssotypes.ValidationException](t, err, 400)
	account := w.account("prod-web")
	_, err = w.sso().ListPermissionSetsProvisionedToAccount(w.ctx(), &ssoadmin.ListPermissionSetsProvisionedToAccountInput{
		InstanceArn: &w.ids.InstanceARN, AccountId: &account, NextToken: first.NextToken,
	})
	wantError[*ssotypes.ValidationException](t, err, 400)
}

func TestDescribePermissionSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, admin := w.sso(), w.set("AdministratorAccess")
	got := must(cl.DescribePermissionSet(w.ctx(), &ssoadmin.DescribePermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin}))(t).PermissionSet
	if aws.ToString(got.Name) != "AdministratorAccess" || aws.ToString(got.SessionDuration) != "PT1H" || aws.ToString(got.Description) != "Everything" || got.RelayState != nil {
		t.Errorf("%+v", got)
	}
	tags := must(cl.ListTagsForResource(w.ctx(), &ssoadmin.ListTagsForResourceInput{InstanceArn: &w.ids.InstanceARN, ResourceArn: &admin}))(t).Tags
	if len(tags) != 1 || *tags[0].Key != "jit" || *tags[0].Value != "true" {
		t.Errorf("tags %+v", tags)
	}
	managed := must(cl.ListManagedPoliciesInPermissionSet(w.ctx(), &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin}))(t).AttachedManagedPolicies
	if len(managed) != 1 || *managed[0].Arn != "arn:aws:iam::aws:policy/AdministratorAccess" || *managed[0].Name != "AdministratorAccess" {
		t.Errorf("managed %+v", managed)
	}
	none := must(cl.GetInlinePolicyForPermissionSet(w.ctx(), &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin}))(t)
	if none.InlinePolicy == nil || *none.InlinePolicy != "" { // AWS's reference: an empty policy may be returned
		t.Errorf("no inline policy is %v", none.InlinePolicy)
	}
	if err := w.EditPermissionSet(admin, func(p *awssim.PermissionSet) { p.InlinePolicy, p.SessionDuration = `{"Statement":[]}`, 90*60e9 }); err != nil {
		t.Fatal(err)
	}
	inline := must(cl.GetInlinePolicyForPermissionSet(w.ctx(), &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin}))(t)
	if aws.ToString(inline.InlinePolicy) != `{"Statement":[]}` {
		t.Errorf("inline %q", aws.ToString(inline.InlinePolicy))
	}
	got = must(cl.DescribePermissionSet(w.ctx(), &ssoadmin.DescribePermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin}))(t).PermissionSet
	if aws.ToString(got.SessionDuration) != "PT1H30M" {
		t.Errorf("session duration %s", aws.ToString(got.SessionDuration))
	}
	if err := w.DeletePermissionSet(admin); err != nil {
		t.Fatal(err)
	}
	_, err := cl.DescribePermissionSet(w.ctx(), &ssoadmin.DescribePermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &admin})
	wantError[*ssotypes.ResourceNotFoundException](t, err, 400)
}

func TestProvisionedListings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, view, power := w.sso(), w.set("ViewOnlyAccess"), w.set("PowerUserAccess")
	sandbox := w.account("sandbox-ada")
	sets := must(cl.ListPermissionSetsProvisionedToAccount(w.ctx(), &ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: &w.ids.InstanceARN, AccountId: &sandbox}))(t).PermissionSets
	if d := cmp.Diff([]string{view, power}, sets); d != "" {
		t.Error(d)
	}
	accounts := must(cl.ListAccountsForProvisionedPermissionSet(w.ctx(), &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &power}))(t).AccountIds
	if d := cmp.Diff([]string{sandbox, w.account("sandbox-ben"), w.account("sandbox-shared")}, accounts); d != "" {
		t.Error(d)
	}
	none := must(cl.ListAccountsForProvisionedPermissionSet(w.ctx(), &ssoadmin.ListAccountsForProvisionedPermissionSetInput{
		InstanceArn: &w.ids.InstanceARN, PermissionSetArn: &power, ProvisioningStatus: ssotypes.ProvisioningStatusLatestPermissionSetNotProvisioned,
	}))(t).AccountIds
	if len(none) != 0 {
		t.Errorf("not provisioned in %v", none)
	}
}

func TestPagesOfAssignments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ people, pages int }{{100, 1}, {101, 2}, {300, 3}} {
		w := newWorld(t, sized(12, 10, tt.people))
		a := w.triple()
		var want []string
		for _, u := range w.org.Users {
			a.PrincipalID = u.ID
			must(w.AddAssignment(a))(t)
			want = append(want, u.ID)
		}
		p := ssoadmin.NewListAccountAssignmentsPaginator(w.sso(), &ssoadmin.ListAccountAssignmentsInput{
			InstanceArn: &w.ids.InstanceARN, AccountId: &a.AccountID, PermissionSetArn: &a.PermissionSetARN,
		})
		var got []string
		pages := 0
		for p.HasMorePages() {
			for _, row := range must(p.NextPage(w.ctx()))(t).AccountAssignments {
				got = append(got, *row.PrincipalId)
			}
			pages++
		}
		if d := cmp.Diff(want, got); d != "" || pages != tt.pages {
			t.Errorf("%d rows on %d pages, want %d; %s", len(got), pages, tt.pages, d)
		}
	}
}

func TestInstanceElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := ssoadmin.NewFromConfig(w.config(w.management(), "us-west-2"))
	if out := must(elsewhere.ListInstances(w.ctx(), nil))(t); len(out.Instances) != 0 {
		t.Errorf("an instance in a region that has none: %+v", out.Instances)
	}
	_, err := elsewhere.ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN})
	wantError[*ssotypes.ResourceNotFoundException](t, err, 400)

	member := must(w.AddPrincipal(awssim.Principal{AccountID: w.account("prod-web"), Name: "somebody"}))(t)
	if out := must(w.ssoAs(member).ListInstances(w.ctx(), nil))(t); len(out.Instances) != 0 {
		t.Errorf("a member account sees %+v", out.Instances)
	}
	_, err = w.ssoAs(member).ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN})
	wantError[*ssotypes.AccessDeniedException](t, err, 400)
	other := "arn:aws:sso:::instance/ssoins-0000000000000000"
	_, err = w.sso().ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &other})
	wantError[*ssotypes.ResourceNotFoundException](t, err, 400)
}
