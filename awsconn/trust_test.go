package awsconn

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/awsconn/trust"
	"stint/sandbox/awssim"
)

// shipped is a world in which the connector acts under the policies that are shipped,
// and nothing else: from another account it takes on the connector's role.
type shipped struct {
	*world
	in *trust.Installation

	mu    sync.Mutex
	asked map[string]awssim.Authorization // by everything in it
	no    []awssim.Authorization
}

// shippedPolicy is every statement of the features, as one policy.
func shippedPolicy(in *trust.Installation, features ...trust.Feature) trust.Policy {
	all := in.Policy(trust.Core)
	for _, f := range features {
		all.Statement = append(all.Statement, in.Policy(f).Statement...)
	}
	return all
}

// newShipped makes it, in the management account or in the delegated administrator.
func newShipped(t *testing.T, choose ...func(*setting)) *shipped {
	t.Helper()
	s := &shipped{asked: map[string]awssim.Authorization{}}
	last := func(set *setting) {
		if set.gen.Region == "" {
			set.gen.Region = "eu-central-1"
		}
		set.gen.ReaderRole = "generated"
		org := awssim.Generate(set.gen)
		set.aws.Organization = org
		account := org.ManagementAccountID
		if org.DelegatedAdminAccountID != "" {
			account = org.DelegatedAdminAccountID
		}
		bot := org.Accounts[len(org.Accounts)-1].ID
		partition := strings.Split(org.InstanceARN, ":")[1]
		in, err := trust.Installation{
			Account: account, Management: org.ManagementAccountID, Organization: org.ID, InstanceARN: org.InstanceARN,
			IdentityStoreID: org.IdentityStoreID, Region: org.Region, Principal: "arn:" + partition + ":iam::" + bot + ":user/bot",
			ExternalID: trust.NewExternalID(), Groups: []string{org.Groups[1].ID}, Units: []string{org.RootID},
			AnchorGroup: org.Groups[2].ID, Features: trust.Optional(),
		}.Complete()
		if err != nil {
			t.Fatal(err)
		}
		s.in = &in
		for i := range org.Accounts {
			a := &org.Accounts[i]
			a.Roles = slices.Clone(a.Roles)
			if a.ID == account {
				a.Roles = append(a.Roles, awssim.IAMRole{
					Name: in.RoleName, Trust: in.Trust().JSON(), Policy: shippedPolicy(&in, in.Features...).JSON(),
				})
			}
			if a.ID != org.ManagementAccountID {
				a.Roles = append(a.Roles, awssim.IAMRole{Name: in.ReaderRoleName, Trust: in.ReaderTrust().JSON(), Policy: in.ReaderPolicy(a.ID).JSON()})
			}
		}
		org.Principals = append(org.Principals, awssim.Principal{
			AccountID: bot, Name: "bot",
			Policy: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + in.RoleARN() + `"}}`,
		})
		set.key = func(c awssim.Credentials) awssim.AccessKey { return c.Principals[0] }
		set.cfg.AssumeRoleARN, set.cfg.ExternalID, set.cfg.ReaderRole = in.RoleARN(), in.ExternalID, in.ReaderRoleName
		set.cfg.EventsQueue = queueOf(&in, partition)
		set.cfg.GrantTag = Tag{Key: in.TagKey, Value: in.TagValue}
		set.region = cmp.Or(set.botRegion, org.Region)
		set.aws.Authorized = func(a awssim.Authorization, allowed bool) {
			if !strings.Contains(a.Principal, ":assumed-role/") {
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			b, _ := json.Marshal(a)
			s.asked[string(b)] = a
			if !allowed {
				s.no = append(s.no, a)
			}
		}
	}
	s.world = newWorld(t, append(choose, last)...)
	url, err := s.AddQueue(awssim.QueueOptions{AccountID: s.in.Account, Name: s.in.QueueName})
	if err != nil || url != s.cfg.EventsQueue {
		t.Fatalf("%v: the queue is at %s, not at %s", err, url, s.cfg.EventsQueue)
	}
	return s
}

// queueOf is the URL of an installation's queue.
func queueOf(in *trust.Installation, partition string) string {
	suffix := ".amazonaws.com/"
	if partition == "aws-cn" {
		suffix = ".amazonaws.com.cn/"
	}
	return "https://sqs." + in.Region + suffix + in.Account + "/" + in.QueueName
}

// everything does all that the connector can do.
func (s *shipped) everything(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	group := catalog.GroupID(s.org.Groups[1].ID)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	data := s.sync(nil, group)
	data, err := s.RefreshRoles(ctx, data, 2)
	must(err)
	for _, by := range []catalog.ScanBy{catalog.ByRole, catalog.ByPrincipal} {
		_, err = s.ScanAssignments(ctx, &data, catalog.Scan{By: by}, func(catalog.Scan, []catalog.Assignment) error { return nil })
		must(err)
	}
	must(s.IAMRoles(ctx, data.Accounts, "", func(r catalog.AccountRoles) error {
		if (r.Problem != "") != (r.Account == data.ManagementAccount) {
			t.Errorf("%s: %q", r.Account, r.Problem)
		}
		return nil
	}))

	person := catalog.PersonID(s.org.Users[1].ID)
	_, err = s.Person(ctx, person)
	must(err)
	_, err = s.PersonByEmail(ctx, s.org.Users[1].Email)
	must(err)
	_, err = s.GroupMembers(ctx, group)
	must(err)
	_, _, err = s.ScanMembers(ctx, group)
	must(err)
	m, err := s.LookGroup(ctx, access.PriorityGrant, catalog.PersonID(s.org.Users[8].ID), group)
	must(err)
	if m.ID != "" {
		t.Fatal("in the group already")
	}
	m, err = s.JoinGroup(ctx, access.PriorityGrant, m.Person, group, nil)
	must(err)
	must(s.LeaveGroup(ctx, m, nil))

	// One operation alone is described, several are listed.
	keys := []access.Key{s.grantable(0), s.grantable(1), s.grantable(2)}
	for _, n := range []int{1, 3} {
		for _, call := range []func(access.Key) (access.Operation, error){
			func(k access.Key) (access.Operation, error) { return s.Assign(ctx, access.PriorityGrant, k, nil) },
			func(k access.Key) (access.Operation, error) { return s.Unassign(ctx, k, nil) },
		} {
			var wg sync.WaitGroup
			for _, k := range keys[:n] {
				wg.Go(func() {
					_, err := s.Look(ctx, access.PriorityGrant, k)
					if err == nil {
						var op access.Operation
						if op, err = call(k); err == nil {
							op, err = s.Await(ctx, op)
						}
						if err == nil && op.Status != access.Succeeded {
							err = errors.New(op.Reason)
						}
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
	}
	op, err := s.Anchor(ctx, keys[0].Entitlement(), catalog.GroupID(s.in.AnchorGroup), nil)
	must(err)
	_, err = s.Await(ctx, op)
	must(err)
	s.learnBig(keys[0].Entitlement())
	_, err = s.Look(ctx, access.PriorityGrant, keys[0])
	must(err)
	s.readEvents(t, 9) // four creates, four deletes, and the anchor
	s.Check(ctx)
}

// grantable is a key that the policies allow, in different accounts.
func (s *shipped) grantable(n int) access.Key {
	set := s.org.PermissionSets[1]
	return access.Key{Person: catalog.PersonID(s.org.Users[1].ID), Account: catalog.AccountID(s.org.Accounts[3+n].ID), Role: catalog.RoleARN(set.ARN)}
}

func withoutConfirmedFacts(s *awssim.Switches) {
	s.AccountPaths, s.TagResources, s.PrincipalListingDelegated = false, false, true
}

// The connector does everything under exactly the shipped policies, in every partition,
// from the management account and from the delegated administrator; and there is nothing
// in the policies that nothing needs.
func TestShippedPolicies(t *testing.T) {
	var mu sync.Mutex
	all, needed := map[string]bool{}, map[string]bool{}
	t.Run("worlds", func(t *testing.T) {
		for name, choose := range map[string][]func(*setting){
			"management": {},
			"delegated":  {delegated, switched(withoutConfirmedFacts)},
			"GovCloud":   {func(s *setting) { s.gen.Region = "us-gov-west-1" }},
			"China":      {func(s *setting) { s.gen.Region = "cn-northwest-1" }},
		} {
			bubbleRun(t, name, func(t *testing.T) {
				s := newShipped(t, choose...)
				s.everything(t)
				for _, a := range s.no {
					t.Errorf("refused: %s on %s", a.Action, a.Resource)
				}
				asked := slices.Collect(maps.Values(s.asked))
				mu.Lock()
				defer mu.Unlock()
				for _, doc := range []trust.Policy{shippedPolicy(s.in, s.in.Features...), s.in.ReaderPolicy("*")} {
					sift(t, doc, asked, all, needed)
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	for part := range all {
		if !needed[part] {
			t.Errorf("nothing needs %s", part)
		}
	}
	if len(all) < 40 {
		t.Errorf("only %d parts were looked at", len(all))
	}
}

// sift takes every action and every resource out of a policy, one at a time: it is needed
// when some call is then refused.
func sift(t *testing.T, doc trust.Policy, asked []awssim.Authorization, all, needed map[string]bool) {
	t.Helper()
	whole := doc.JSON()
	try := func(part string, i int, change func(*trust.Statement)) {
		if all[part] = true; needed[part] {
			return
		}
		less := trust.Policy{Version: doc.Version, Statement: slices.Clone(doc.Statement)}
		change(&less.Statement[i])
		if len(less.Statement[i].Action) == 0 {
			less.Statement = slices.Delete(less.Statement, i, i+1)
		}
		without := less.JSON()
		for _, q := range asked {
			if slices.Contains(doc.Statement[i].Action, q.Action) && allowed(t, whole, q) && !allowed(t, without, q) {
				needed[part] = true
				return
			}
		}
	}
	for i, s := range doc.Statement {
		if s.Effect != "Allow" {
			continue
		}
		for j, action := range s.Action {
			try(s.Sid+": "+action, i, func(s *trust.Statement) { s.Action = slices.Delete(slices.Clone(s.Action), j, j+1) })
		}
		resources := s.Resource.([]any)
		for j := range resources {
			if len(resources) > 1 {
				kind := strings.SplitN(resources[j].(string), ":", 6)
				try(s.Sid+": on "+kind[2]+" "+strings.SplitN(kind[5], "/", 2)[0], i, func(s *trust.Statement) {
					s.Resource = slices.Delete(slices.Clone(s.Resource.([]any)), j, j+1)
				})
			}
		}
	}
}

func allowed(t *testing.T, policy string, q awssim.Authorization) bool {
	t.Helper()
	ok, err := awssim.Allowed(policy, q)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// What is denied stays denied when somebody makes the role an administrator, and each
// deny is what denies it.
func TestShippedDenies(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t, delegated)
		doc := shippedPolicy(s.in, s.in.Features...)
		doc.Statement = append(doc.Statement, trust.Statement{Sid: "Administrator", Effect: "Allow", Action: []string{"*"}, Resource: []any{"*"}})
		for i, st := range doc.Statement {
			if st.Effect != "Deny" {
				continue
			}
			for j, action := range st.Action {
				for _, resource := range st.Resource.([]any) {
					less := trust.Policy{Version: doc.Version, Statement: slices.Clone(doc.Statement)}
					less.Statement[i].Action = slices.Delete(slices.Clone(st.Action), j, j+1)
					if len(st.Action) == 1 {
						less.Statement = slices.Delete(less.Statement, i, i+1)
					}
					q := awssim.Authorization{Action: strings.ReplaceAll(action, "*", "GetRole"), Resource: strings.ReplaceAll(resource.(string), "*", "arn:any")}
					if allowed(t, doc.JSON(), q) || !allowed(t, less.JSON(), q) {
						t.Errorf("%s: %s on %s is not what denies it", st.Sid, action, resource)
					}
				}
			}
		}
	})
}

// What the policies do not allow is refused in AWS's words, and people are told.
func TestShippedPoliciesRefuse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		data := s.sync(nil)
		data, err := s.RefreshRoles(t.Context(), data, 0)
		if err != nil {
			t.Fatal(err)
		}
		untagged := s.grantable(0)
		for _, set := range s.org.PermissionSets {
			tagged := set.Tags["jit"] == "true"
			if !tagged {
				untagged.Role = catalog.RoleARN(set.ARN)
			}
			i := slices.IndexFunc(data.Roles, func(r catalog.Role) bool { return string(r.ARN) == set.ARN })
			if r := data.Roles[i]; (r.Ungrantable == "") != tagged || !tagged && !strings.Contains(r.Ungrantable, "jit=true") {
				t.Errorf("%s, tagged %v: %q", r.Name, tagged, r.Ungrantable)
			}
		}
		management := s.grantable(0)
		management.Account = catalog.AccountID(s.in.Management)
		own := s.grantable(0)
		own.Account = catalog.AccountID(strings.Split(s.in.Principal, ":")[4])
		for name, key := range map[string]access.Key{"a set without the tag": untagged, "the management account": management, "the account that Stint runs in": own} {
			_, err := s.Assign(t.Context(), grant, key, nil)
			if ce := wantClass(t, err, refusal); !strings.Contains(ce.Message, "sso:CreateAccountAssignment") {
				t.Errorf("%s: says %q", name, ce.Message)
			}
			_, err = s.Unassign(t.Context(), key, nil)
			wantClass(t, err, refusal)
		}
		other := catalog.GroupID(s.org.Groups[0].ID)
		_, err = s.JoinGroup(t.Context(), grant, management.Person, other, nil)
		wantClass(t, err, refusal)
		if n := len(s.InFlight()); n != 0 {
			t.Errorf("%d operations are in flight", n)
		}
	})
}

// Each optional feature has its policy apart: without it the feature is refused, and
// nothing else.
func TestShippedFeaturesAreApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		if err := s.EditRole(s.in.Account, s.in.RoleName, func(r *awssim.IAMRole) { r.Policy = shippedPolicy(s.in).JSON() }); err != nil {
			t.Fatal(err)
		}
		data := s.sync(nil)
		_, err := s.LookGroup(t.Context(), grant, catalog.PersonID(s.org.Users[1].ID), catalog.GroupID(s.org.Groups[1].ID))
		wantClass(t, err, refusal)
		problems := 0
		err = s.IAMRoles(t.Context(), data.Accounts, "", func(r catalog.AccountRoles) error {
			if r.Problem != "" {
				problems++
			}
			return nil
		})
		if err != nil || problems != len(data.Accounts) {
			t.Errorf("%d problems, %v", problems, err)
		}
		s.await(s.assign(s.grantable(0)))
	})
}

// Identity Center's region is found, or named, wherever the bot runs.
func TestShippedPoliciesFromAnotherRegion(t *testing.T) {
	for name, cfg := range map[string]string{"found": "", "named": "ap-southeast-2"} {
		bubbleRun(t, name, func(t *testing.T) {
			s := newShipped(t, func(s *setting) { s.gen.Region, s.cfg.Region = "ap-southeast-2", cfg }, func(s *setting) { s.botRegion = "eu-west-1" })
			s.sync(nil)
			s.await(s.assign(s.grantable(0)))
			if here := mustHere(t, s); here.instance.Region != "ap-southeast-2" {
				t.Errorf("found in %s", here.instance.Region)
			}
		})
	}
}

func mustHere(t *testing.T, s *shipped) *place {
	t.Helper()
	here, err := s.place(t.Context(), grant)
	if err != nil {
		t.Fatal(err)
	}
	return here
}
