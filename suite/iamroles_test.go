package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/awsconn/trust"
	"stint/sandbox/awssim"
)

// readingIAM lets Stint act with the shipped roles and nothing else: it takes on the
// connector's role with an external id, and with that the reader role that the StackSet brings
// to n more member accounts.
func readingIAM(n int) rigOption {
	return func(r *rig, cfg *awssim.Config) {
		o := cfg.Organization
		for i := range n {
			id := fmt.Sprintf("9%011d", i)
			o.Accounts = append(o.Accounts, awssim.Account{ID: id, Name: "team-" + id[9:], Email: id + "@example.com", ParentID: o.RootID})
		}
		in, err := trust.Installation{
			Account: o.ManagementAccountID, Organization: o.ID, InstanceARN: o.InstanceARN, IdentityStoreID: o.IdentityStoreID, Region: o.Region,
			Principal: "arn:aws:iam::" + string(staging) + ":user/bot", ExternalID: trust.NewExternalID(), Units: []string{o.RootID}, Features: []trust.Feature{trust.IAMRoles},
		}.Complete()
		if err != nil {
			r.t.Fatal(err)
		}
		for i := range o.Accounts {
			if a := &o.Accounts[i]; a.ID == o.ManagementAccountID {
				policy := in.Policy(trust.Core)
				policy.Statement = append(policy.Statement, in.Policy(trust.IAMRoles).Statement...)
				a.Roles = append(a.Roles, awssim.IAMRole{Name: in.RoleName, Trust: in.Trust().JSON(), Policy: policy.JSON()})
			} else {
				a.Roles = append(a.Roles, awssim.IAMRole{Name: in.ReaderRoleName, Trust: in.ReaderTrust().JSON(), Policy: in.ReaderPolicy(a.ID).JSON()})
			}
		}
		o.Principals = append(o.Principals, awssim.Principal{
			AccountID: string(staging), Name: "bot", Policy: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + in.RoleARN() + `"}}`,
		})
		r.iamRoles = &in
	}
}

// iamWords is what the catalog says of the reading of IAM roles.
func (r *rig) iamWords(t *testing.T) string {
	t.Helper()
	v, err := r.svc.CatalogParts(context.Background(), carol)
	if err != nil || !v.IAMRoles {
		t.Fatalf("%+v %v", v, err)
	}
	return v.Parts[len(v.Parts)-1].Note
}

// The IAM roles of all accounts are read over the wire with the shipped roles: as planned, and
// at once when an admin asks. An account whose reader role cannot be taken on, or may not list,
// keeps nobody else's from being read, and is named with what is wrong.
func TestIAMRolesOverTheWire(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		if err := r.svc.ReadIAMRoles(ctx); err != nil {
			t.Fatal(err)
		}
		if words := r.iamWords(t); !strings.Contains(words, "122 roles of 123 accounts") || strings.Contains(words, "could not") {
			t.Errorf("says %q", words)
		}
		a, _, known := r.svc.IAMRolesOf(ctx, prod)
		want := "arn:aws:iam::" + string(management) + ":role/" + r.iamRoles.RoleName
		if !known || len(a.Roles) != 1 || a.Roles[0].Name != r.iamRoles.ReaderRoleName || a.Roles[0].Trusts[0] != want {
			t.Errorf("%+v, %v", a, known)
		}
		if a, _, _ := r.svc.IAMRolesOf(ctx, management); !strings.Contains(a.Problem, "the management account gets none") {
			t.Errorf("%+v", a)
		}

		wrong := strings.ReplaceAll(r.iamRoles.ReaderTrust().JSON(), r.iamRoles.ExternalID, trust.NewExternalID())
		for account, change := range map[catalog.AccountID]func(*awssim.IAMRole){
			prod:           func(role *awssim.IAMRole) { role.Trust = wrong },
			"900000000007": func(role *awssim.IAMRole) { role.Policy = `{"Statement":[]}` },
		} {
			if err := r.cloud.EditRole(string(account), r.iamRoles.ReaderRoleName, change); err != nil {
				t.Fatal(err)
			}
		}
		pass(2 * time.Hour) // sessions have ended
		before := r.cloud.Count("iam:ListRoles")
		if err := r.svc.ReadIAMRoles(ctx); err != nil || r.cloud.Count("iam:ListRoles") != before {
			t.Errorf("read again before it is due: %v", err)
		}
		if err := r.svc.ReadIAMRolesNow(ctx, alice); !fault.Is(err, fault.Forbidden) {
			t.Errorf("alice is no admin: %v", err)
		}
		if err := r.svc.ReadIAMRolesNow(ctx, carol); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		if words := r.iamWords(t); !strings.Contains(words, "Being read now: 0 of 123 accounts so far.") {
			t.Errorf("while it is read: %q", words)
		}
		pass(11 * time.Second)
		if words := r.iamWords(t); !strings.Contains(words, "Being read now: 100 of 123 accounts so far. 2 accounts could not be read: prod-billing, team-007. Each says why.") {
			t.Errorf("while it is read: %q", words)
		}
		pass(time.Minute)
		if words := r.iamWords(t); !strings.Contains(words, "120 roles of 123 accounts, read 1 min ago. 2 accounts could not be read: prod-billing, team-007. Each says why.") {
			t.Errorf("says %q", words)
		}
		for account, says := range map[catalog.AccountID]string{prod: "cannot take on the role stint-role-reader there", "900000000007": "may not list roles there", staging: ""} {
			if a, _, _ := r.svc.IAMRolesOf(ctx, account); !strings.Contains(a.Problem, says) || (a.Problem == "") != (says == "") {
				t.Errorf("%s: %+v", account, a)
			}
		}
	}, readingIAM(120))
}

// When Stint's own role is refused nothing is said about any account, and what was read
// before stays.
func TestIAMRolesWithoutOurOwnRole(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		if err := r.svc.ReadIAMRoles(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.cloud.EditRole(string(management), r.iamRoles.RoleName, func(role *awssim.IAMRole) { role.Trust = `{"Statement":[]}` }); err != nil {
			t.Fatal(err)
		}
		r.cloud.ExpireSessions()
		pass(25 * time.Hour)
		if err := r.svc.ReadIAMRoles(ctx); err == nil { // it is due again
			t.Error("read without a role")
		}
		a, asOf, known := r.svc.IAMRolesOf(ctx, prod)
		if !known || a.Problem != "" || time.Since(asOf) < 24*time.Hour {
			t.Errorf("%+v from %s", a, asOf)
		}
		if words := r.iamWords(t); !strings.Contains(words, "The last attempt did not get on: Stint cannot take on its AWS role") {
			t.Errorf("says %q", words)
		}
		if err := r.cloud.EditRole(string(management), r.iamRoles.RoleName, func(role *awssim.IAMRole) { role.Trust = r.iamRoles.Trust().JSON() }); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if err := r.svc.ReadIAMRoles(ctx); err != nil || strings.Contains(r.iamWords(t), "did not get on") {
			t.Errorf("mended: %v, %q", err, r.iamWords(t))
		}
	}, readingIAM(5))
}
