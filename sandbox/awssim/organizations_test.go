package awssim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/google/go-cmp/cmp"

	"stint/sandbox/awssim"
)

func (w *world) allAccounts(t *testing.T) (accounts []orgtypes.Account, pages int) {
	t.Helper()
	p := organizations.NewListAccountsPaginator(w.orgs(), &organizations.ListAccountsInput{})
	for p.HasMorePages() {
		out := must(p.NextPage(w.ctx()))(t)
		accounts = append(accounts, out.Accounts...)
		pages++
	}
	return accounts, pages
}

func TestPagesOfAccounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ accounts, pages int }{{1, 1}, {19, 1}, {20, 1}, {21, 2}, {40, 2}, {41, 3}, {1000, 50}} {
		t.Run(fmt.Sprint(tt.accounts), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sized(tt.accounts, 3, 3))
			got, pages := w.allAccounts(t)
			if len(got) != tt.accounts || pages != tt.pages {
				t.Errorf("%d accounts on %d pages, want %d on %d", len(got), pages, tt.accounts, tt.pages)
			}
			for i, a := range got {
				if *a.Id != w.org.Accounts[i].ID || *a.Name != w.org.Accounts[i].Name || *a.Email != w.org.Accounts[i].Email {
					t.Fatalf("account %d: %s %s", i, *a.Id, *a.Name)
				}
			}
		})
	}
}

func TestAccountSwitches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.account("prod-billing")
	if err := w.EditAccount(id, func(a *awssim.Account) { a.State = awssim.AccountClosed }); err != nil {
		t.Fatal(err)
	}
	describe := func() *orgtypes.Account {
		return must(w.orgs().DescribeAccount(w.ctx(), &organizations.DescribeAccountInput{AccountId: &id}))(t).Account
	}
	a := describe()
	if a.State != orgtypes.AccountStateClosed || a.Status != "" || len(a.Paths) != 1 || !strings.HasPrefix(a.Paths[0], w.ids.OrganizationID+"/"+w.ids.RootID+"/ou-") || !strings.HasSuffix(a.Paths[0], "/"+id+"/") {
		t.Errorf("default: %q %q %v", a.State, a.Status, a.Paths)
	}
	w.SetSwitches(func(s *awssim.Switches) { s.AccountPaths, s.AccountStatus, s.AccountState = false, true, false })
	a = describe()
	if a.State != "" || a.Status != orgtypes.AccountStatusSuspended || a.Paths != nil {
		t.Errorf("switched: %q %q %v", a.State, a.Status, a.Paths)
	}
}

// TestWalk finds every account's OU by walking the tree, which must agree with what
// ListParents says of each.
func TestWalk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(150, 3, 3))
	cl := w.orgs()
	root := must(cl.ListRoots(w.ctx(), &organizations.ListRootsInput{}))(t).Roots[0]
	paths := map[string]string{}
	parents := map[string]string{}
	var walk func(id, path string)
	walk = func(id, path string) {
		accounts := organizations.NewListAccountsForParentPaginator(cl, &organizations.ListAccountsForParentInput{ParentId: &id})
		for accounts.HasMorePages() {
			for _, a := range must(accounts.NextPage(w.ctx()))(t).Accounts {
				paths[*a.Id], parents[*a.Id] = path, id
			}
		}
		ous := organizations.NewListOrganizationalUnitsForParentPaginator(cl, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &id})
		for ous.HasMorePages() {
			for _, o := range must(ous.NextPage(w.ctx()))(t).OrganizationalUnits {
				walk(*o.Id, strings.TrimSuffix(path, "/")+"/"+*o.Name)
			}
		}
	}
	walk(*root.Id, "/")
	if len(paths) != 150 {
		t.Errorf("walked to %d accounts", len(paths))
	}
	for id, path := range paths {
		if want, _ := w.OUPath(id); path != want {
			t.Errorf("account %s: walked %s, is in %s", id, path, want)
		}
	}
	for _, id := range []string{w.account("prod-billing"), w.ids.ManagementAccountID} {
		got := must(cl.ListParents(w.ctx(), &organizations.ListParentsInput{ChildId: &id}))(t).Parents
		if len(got) != 1 || *got[0].Id != parents[id] || (got[0].Type == orgtypes.ParentTypeRoot) != (parents[id] == *root.Id) {
			t.Errorf("parents of %s: %+v", id, got)
		}
	}
	if got, _ := w.OUPath(w.account("prod-billing")); got != "/Production/Payments" {
		t.Errorf("prod-billing is in %s", got)
	}
	children := must(cl.ListChildren(w.ctx(), &organizations.ListChildrenInput{ParentId: root.Id, ChildType: orgtypes.ChildTypeAccount}))(t).Children
	if len(children) != 1 || *children[0].Id != w.ids.ManagementAccountID {
		t.Errorf("children of the root: %+v", children)
	}
}

func TestOrganizationsRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl := w.orgs()
	unknown, unknownOU := "999999999999", "ou-zzzz-zzzzzzzz"
	_, err := cl.DescribeAccount(w.ctx(), &organizations.DescribeAccountInput{AccountId: &unknown})
	wantError[*orgtypes.AccountNotFoundException](t, err, 400)
	_, err = cl.ListParents(w.ctx(), &organizations.ListParentsInput{ChildId: &unknown})
	wantError[*orgtypes.ChildNotFoundException](t, err, 400)
	_, err = cl.ListAccountsForParent(w.ctx(), &organizations.ListAccountsForParentInput{ParentId: &unknownOU})
	wantError[*orgtypes.ParentNotFoundException](t, err, 400)
	_, err = cl.DescribeOrganizationalUnit(w.ctx(), &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: &unknownOU})
	wantError[*orgtypes.OrganizationalUnitNotFoundException](t, err, 400)
	_, err = cl.ListTagsForResource(w.ctx(), &organizations.ListTagsForResourceInput{ResourceId: &unknown})
	wantError[*orgtypes.TargetNotFoundException](t, err, 400)

	for name, tt := range map[string]struct {
		in     organizations.ListAccountsInput
		reason orgtypes.InvalidInputExceptionReason
	}{
		"page too large": {organizations.ListAccountsInput{MaxResults: aws.Int32(21)}, orgtypes.InvalidInputExceptionReasonMaxValueExceeded},
		"page too small": {organizations.ListAccountsInput{MaxResults: aws.Int32(0)}, orgtypes.InvalidInputExceptionReasonMinValueExceeded},
		"made-up token":  {organizations.ListAccountsInput{NextToken: aws.String("x")}, orgtypes.InvalidInputExceptionReasonInvalidPaginationToken},
	} {
		_, err := cl.ListAccounts(w.ctx(), &tt.in)
		if e := wantError[*orgtypes.InvalidInputException](t, err, 400); e.Reason != tt.reason {
			t.Errorf("%s: %s", name, e.Reason)
		}
	}
	bad := "prod"
	_, err = cl.DescribeAccount(w.ctx(), &organizations.DescribeAccountInput{AccountId: &bad})
	if e := wantError[*orgtypes.InvalidInputException](t, err, 400); e.Reason != orgtypes.InvalidInputExceptionReasonInvalidPattern {
		t.Error(e.Reason)
	}

	member := must(w.AddPrincipal(awssim.Principal{AccountID: w.account("prod-web"), Name: "somebody"}))(t)
	mcl := organizations.NewFromConfig(w.config(member, "us-east-1"))
	_, err = mcl.ListAccounts(w.ctx(), &organizations.ListAccountsInput{})
	wantError[*orgtypes.AccessDeniedException](t, err, 400)
	if _, err := mcl.DescribeOrganization(w.ctx(), nil); err != nil {
		t.Errorf("every account may ask for its organization: %v", err)
	}
}

func TestDelegatedAdministrators(t *testing.T) {
	t.Parallel()
	list := func(w *world, service string) []orgtypes.DelegatedAdministrator {
		return must(w.orgs().ListDelegatedAdministrators(w.ctx(), &organizations.ListDelegatedAdministratorsInput{ServicePrincipal: &service}))(t).DelegatedAdministrators
	}
	if got := list(newWorld(t), "sso.amazonaws.com"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	w := newWorld(t, delegated)
	if got := list(w, "sso.amazonaws.com"); len(got) != 1 || *got[0].Id != w.ids.DelegatedAdminAccountID || got[0].State != orgtypes.AccountStateActive {
		t.Errorf("%+v", got)
	}
	if got := list(w, "guardduty.amazonaws.com"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	cl := organizations.NewFromConfig(w.config(w.Credentials().DelegatedAdmin, "us-east-1"))
	if _, err := cl.ListAccounts(w.ctx(), &organizations.ListAccountsInput{}); err != nil {
		t.Errorf("a delegated administrator may read the organization: %v", err)
	}
}

func TestTagsOfAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(101, 3, 3), delegated)
	cl := w.tags()
	all := func(cl *tagging.Client, in *tagging.GetResourcesInput) (map[string]map[string]string, int) {
		got, pages := map[string]map[string]string{}, 0
		p := tagging.NewGetResourcesPaginator(cl, in)
		for p.HasMorePages() {
			out := must(p.NextPage(w.ctx()))(t)
			pages++
			for _, r := range out.ResourceTagMappingList {
				tags := map[string]string{}
				for _, tg := range r.Tags {
					tags[*tg.Key] = *tg.Value
				}
				got[(*r.ResourceARN)[strings.LastIndex(*r.ResourceARN, "/")+1:]] = tags
			}
		}
		return got, pages
	}
	want := map[string]map[string]string{}
	for _, a := range w.org.Accounts {
		want[a.ID] = a.Tags
	}
	in := &tagging.GetResourcesInput{ResourceTypeFilters: []string{"organizations:account"}, ResourcesPerPage: aws.Int32(100)}
	got, pages := all(cl, in)
	if d := cmp.Diff(want, got); d != "" || pages != 2 {
		t.Errorf("%d pages; %s", pages, d)
	}
	id := w.account("prod-billing")
	one := must(w.orgs().ListTagsForResource(w.ctx(), &organizations.ListTagsForResourceInput{ResourceId: &id}))(t).Tags
	if len(one) != 3 || *one[0].Key != "critical" {
		t.Errorf("tags of prod-billing: %+v", one)
	}
	critical, _ := all(cl, &tagging.GetResourcesInput{TagFilters: []tagtypes.TagFilter{{Key: aws.String("critical"), Values: []string{"true"}}, {Key: aws.String("env")}}})
	if len(critical) != 3 {
		t.Errorf("critical: %v", critical)
	}
	if err := w.EditAccount(id, func(a *awssim.Account) { a.Tags = nil }); err != nil {
		t.Fatal(err)
	}
	if got, _ := all(cl, in); got[id] != nil || len(got) != 100 {
		t.Error("an account without tags is listed")
	}
	if got, _ := all(tagging.NewFromConfig(w.config(w.management(), "eu-central-1")), in); len(got) != 0 {
		t.Error("accounts are listed outside of us-east-1")
	}
	if got, _ := all(tagging.NewFromConfig(w.config(w.Credentials().DelegatedAdmin, "us-east-1")), in); len(got) != 0 {
		t.Error("the management account's resources are listed from another account")
	}
	_, err := cl.GetResources(w.ctx(), &tagging.GetResourcesInput{ResourcesPerPage: aws.Int32(101)})
	wantError[*tagtypes.InvalidParameterException](t, err, 400)
	_, err = cl.GetResources(w.ctx(), &tagging.GetResourcesInput{PaginationToken: aws.String("zz")})
	wantError[*tagtypes.PaginationTokenExpiredException](t, err, 400)

	w.SetSwitches(func(s *awssim.Switches) { s.TagResources = false })
	_, err = cl.GetResources(w.ctx(), in)
	wantError[*tagtypes.InvalidParameterException](t, err, 400)
	if out := must(cl.GetResources(w.ctx(), &tagging.GetResourcesInput{ResourceTypeFilters: []string{"s3:bucket"}}))(t); len(out.ResourceTagMappingList) != 0 {
		t.Error("there are no buckets here")
	}
}

func TestMoveAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, to := w.account("staging-web"), ""
	for _, o := range w.org.OUs {
		if o.Name == "Sandbox" {
			to = o.ID
		}
	}
	if err := w.EditAccount(id, func(a *awssim.Account) { a.ParentID, a.Name = to, "sandbox-web" }); err != nil {
		t.Fatal(err)
	}
	moved := must(w.orgs().ListAccountsForParent(w.ctx(), &organizations.ListAccountsForParentInput{ParentId: &to}))(t).Accounts
	if !slices.ContainsFunc(moved, func(a orgtypes.Account) bool { return *a.Id == id && *a.Name == "sandbox-web" }) {
		t.Errorf("not among %d accounts of its new OU", len(moved))
	}
	if path, _ := w.OUPath(id); path != "/Sandbox" {
		t.Errorf("path %s", path)
	}
}
