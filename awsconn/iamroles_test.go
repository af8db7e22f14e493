package awsconn

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// readingRoles lets the connector read the IAM roles of member accounts.
func readingRoles(s *setting) {
	s.cfg.ReaderRole, s.cfg.ReaderExternalID = awssim.DefaultReaderRole, awssim.DefaultExternalID
}

// iamRoles reads the roles of all accounts.
func (w *world) iamRoles(t *testing.T, accounts []catalog.Account, after catalog.AccountID) []catalog.AccountRoles {
	t.Helper()
	var all []catalog.AccountRoles
	if err := w.IAMRoles(t.Context(), accounts, after, func(r catalog.AccountRoles) error {
		all = append(all, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Two calls an account, one when it was asked within the hour; roles of AWS's services
// and of Identity Center are left out.
func TestIAMRoles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, readingRoles, sized(60, 10, 12))
		data := w.sync(nil)
		w.ResetCounts()
		all := w.iamRoles(t, data.Accounts, "")
		if !slices.IsSortedFunc(all, func(a, b catalog.AccountRoles) int { return strings.Compare(string(a.Account), string(b.Account)) }) || len(all) != 60 {
			t.Fatalf("%d accounts, or out of order", len(all))
		}
		for _, r := range all {
			if r.Account == data.ManagementAccount {
				if !strings.Contains(r.Problem, awssim.DefaultReaderRole) {
					t.Errorf("the management account has no reader role: %+v", r)
				}
				continue
			}
			want := []catalog.IAMRole{
				{Account: r.Account, Name: awssim.DefaultReaderRole, Description: "Lists roles for access requests", Trusts: []string{"arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"}},
				{Account: r.Account, Name: "OrganizationAccountAccessRole", Description: "Made with the account", Trusts: []string{"arn:aws:iam::111111111111:root"}},
				{Account: r.Account, Name: "deploy", Path: "/ci", Description: "Deploys from the pipeline", Trusts: []string{"arn:aws:iam::222222222222:oidc-provider/token.actions.example.com"}},
			}
			slices.SortFunc(r.Roles, func(a, b catalog.IAMRole) int { return strings.Compare(a.Name, b.Name) })
			slices.SortFunc(want, func(a, b catalog.IAMRole) int { return strings.Compare(a.Name, b.Name) })
			if diff := cmp.Diff(want, r.Roles); diff != "" || r.Problem != "" {
				t.Fatalf("%s: %q %s", r.Account, r.Problem, diff)
			}
		}
		if assumed, listed := w.Count("sts:AssumeRole"), w.Count("iam:ListRoles"); assumed != 60 || listed != 59 {
			t.Errorf("cold: assumed %d, listed %d", assumed, listed)
		}
		w.ResetCounts()
		w.iamRoles(t, data.Accounts, "")
		if assumed, listed := w.Count("sts:AssumeRole"), w.Count("iam:ListRoles"); assumed != 1 || listed != 59 { // again where it was refused
			t.Errorf("warm: assumed %d, listed %d", assumed, listed)
		}
		time.Sleep(56 * time.Minute)
		w.ResetCounts()
		w.iamRoles(t, data.Accounts, "")
		if n := w.Count("sts:AssumeRole"); n != 60 {
			t.Errorf("after an hour: assumed %d", n)
		}
	})
}

// It goes on behind the last account that was kept, and leaves closed accounts out.
func TestIAMRolesGoOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, readingRoles, sized(60, 10, 12))
		if err := w.SuspendAccount(w.org.Accounts[7].ID); err != nil {
			t.Fatal(err)
		}
		data := w.sync(nil)
		var kept []catalog.AccountID
		full := errors.New("the disk is full")
		err := w.IAMRoles(t.Context(), data.Accounts, "", func(r catalog.AccountRoles) error {
			if len(kept) == 10 {
				return full
			}
			kept = append(kept, r.Account)
			return nil
		})
		if !errors.Is(err, full) {
			t.Fatal(err)
		}
		for _, r := range w.iamRoles(t, data.Accounts, kept[len(kept)-1]) {
			kept = append(kept, r.Account)
		}
		if len(kept) != 59 || len(slices.Compact(slices.Clone(kept))) != 59 || slices.Contains(kept, catalog.AccountID(w.org.Accounts[7].ID)) {
			t.Errorf("read %v", kept)
		}
	})
}

// An account that refuses is a problem of its own; AWS that cannot be asked is none of any
// account, and nothing is concluded.
func TestIAMRolesProblems(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, readingRoles)
		data := w.sync(nil)
		other := w.org.Accounts[3].ID
		if err := w.EditRole(other, awssim.DefaultReaderRole, func(r *awssim.IAMRole) { r.Policy = `{"Statement":[]}` }); err != nil {
			t.Fatal(err)
		}
		for _, r := range w.iamRoles(t, data.Accounts, "") {
			if want := r.Account == data.ManagementAccount || string(r.Account) == other; (r.Problem != "") != want {
				t.Errorf("%s: %q", r.Account, r.Problem)
			}
		}
		for _, f := range []awssim.Fault{
			{Kind: awssim.FaultThrottle, Action: "iam:ListRoles"},
			{Kind: awssim.FaultUnavailable, Action: "sts:AssumeRole"},
			{Kind: awssim.FaultRepeatedToken, Action: "iam:ListRoles"},
			{Kind: awssim.FaultExpiredToken, Action: "sts:AssumeRole"},
		} {
			w.restart()
			w.whoami(t.Context())
			id := w.inject(f)
			err := w.IAMRoles(t.Context(), data.Accounts, "", func(r catalog.AccountRoles) error {
				t.Errorf("%s: %+v", f.Kind, r)
				return nil
			})
			wantClass(t, err, retries)
			w.ClearFault(id)
			time.Sleep(time.Hour) // the SDK ends by itself what it began to assume
		}
		w = newWorld(t)
		err := w.IAMRoles(t.Context(), data.Accounts, "", func(catalog.AccountRoles) error { return nil })
		if ce := wantClass(t, err, refusal); !strings.Contains(ce.Message, "stint setup aws") {
			t.Errorf("says %q", ce.Message)
		}
	})
}

func TestTrusts(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string][]string{
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`:                                 {"*"},
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["b","a"],"Service":"ec2.amazonaws.com"}}]}`:             {"a", "b", "ec2.amazonaws.com"},
		`{"Statement":[{"Effect":"Deny","Principal":{"AWS":"a"}},{"Effect":"Allow","Principal":{"AWS":"b"}}]}`:       {"b"},
		`%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22a%2Bb%22%7D%7D%7D`: {"a+b"},
		`not json`:              nil,
		`%zz`:                   nil,
		`{"Statement":"x"}`:     nil,
		`{"Statement":[1,2,3]}`: nil,
	} {
		if diff := cmp.Diff(want, trusts(policy)); diff != "" {
			t.Errorf("%s: %s", policy, diff)
		}
	}
}

func TestReadersAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, readingRoles, sized(mostReaders+50, 3, 3))
		data := w.sync(nil)
		w.iamRoles(t, data.Accounts, "")
		if n := len(w.readers.kept); n != mostReaders {
			t.Errorf("%d are kept", n)
		}
	})
}
