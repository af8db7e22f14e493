package awsconn

import (
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// What an admin has removed is looked for and taken away alike, whoever has it: a person, a
// group, or a person who is in a group.
func TestWithdraw(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		group, person := catalog.GroupID(w.org.Groups[1].ID), catalog.PersonID(w.org.Users[8].ID)
		account, role := catalog.AccountID(w.org.Accounts[3].ID), catalog.RoleARN(w.org.PermissionSets[0].ARN)
		for kind, a := range map[awssim.PrincipalType]string{awssim.PrincipalUser: string(person), awssim.PrincipalGroup: string(group)} {
			if _, err := w.AddAssignment(awssim.Assignment{AccountID: string(account), PermissionSetARN: string(role), PrincipalType: kind, PrincipalID: a}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.AddMembership(string(group), string(person)); err != nil {
			t.Fatal(err)
		}
		rows := []catalog.Assignment{{Account: account, Role: role, Person: person}, {Account: account, Role: role, Group: group}, {Person: person, Group: group}}
		for i, a := range rows {
			for _, there := range []bool{true, false} {
				for j, other := range rows {
					o, err := w.Holds(t.Context(), grant, other)
					if want := j > i || j == i && there; err != nil || o.Found != want {
						t.Fatalf("%+v is there: %v, want %v, %v", other, o.Found, want, err)
					}
				}
				if !there {
					continue
				}
				op, err := w.Withdraw(t.Context(), a, nil)
				if err == nil {
					op, err = w.Await(t.Context(), op)
				}
				if err != nil || op.Status != access.Succeeded {
					t.Fatalf("%+v: %+v, %v", a, op, err)
				}
			}
		}
		_, err := w.Withdraw(t.Context(), rows[2], nil)
		wantClass(t, err, gone)
	})
}

// Who is in a group takes a call for each hundred of them, at the pace of a scan.
func TestScanMembers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		group := catalog.GroupID(w.org.Groups[1].ID)
		before, _, err := w.ScanMembers(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		in := map[catalog.PersonID]bool{}
		for _, p := range before {
			in[p] = true
		}
		for _, u := range w.org.Users {
			if !in[catalog.PersonID(u.ID)] {
				in[catalog.PersonID(u.ID)] = true
				if _, err := w.AddMembership(string(group), u.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		people, calls, err := w.ScanMembers(t.Context(), group)
		if want := (len(in) + 99) / 100; err != nil || len(people) != len(in) || calls != want {
			t.Errorf("%d of %d with %d calls, want %d, %v", len(people), len(in), calls, want, err)
		}
		_, _, err = w.ScanMembers(t.Context(), nobody)
		wantClass(t, err, gone)
	})
}
