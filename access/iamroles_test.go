package access_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// iamReader is a fake that lists the IAM roles of as many accounts as it is told, and breaks off where it
// is told.
type iamReader struct {
	accounts int
	breakAt  int // after so many in one call; 0: never
	begun    []catalog.AccountID
	read     int
}

func manyAccount(i int) catalog.AccountID { return catalog.AccountID(fmt.Sprintf("7%011d", i)) }

var errBroken = errors.New("broken off")

func (m *iamReader) IAMRoles(_ context.Context, _ []catalog.Account, after catalog.AccountID, each func(catalog.AccountRoles) error) error {
	m.begun = append(m.begun, after)
	n := 0
	for i := range m.accounts {
		id := manyAccount(i)
		if id <= after {
			continue
		}
		if n++; n > m.breakAt && m.breakAt > 0 {
			return errBroken
		}
		a := catalog.AccountRoles{Account: id, Roles: []catalog.IAMRole{{Account: id, Name: "deploy", Trusts: []string{"ec2.amazonaws.com"}}}}
		if i%10 == 9 {
			a = catalog.AccountRoles{Account: id, Problem: "Stint cannot take on the role there."}
		}
		m.read++
		if err := each(a); err != nil {
			return err
		}
	}
	return nil
}

// A reading of the IAM roles goes on where it was broken off, also in another process; the
// one before is shown until it is done.
func TestIAMRolesAreReadInPieces(t *testing.T) {
	m := &iamReader{accounts: 250, breakAt: 130}
	inHouse(t, func(h *house) {
		ctx := context.Background()
		if err := h.svc.ReadIAMRoles(ctx); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		if a, _, known := h.svc.IAMRolesOf(ctx, manyAccount(42)); !known || len(a.Roles) != 1 || a.Roles[0].Trusts[0] != "ec2.amazonaws.com" {
			t.Errorf("what was read before it broke off: %+v, %v", a, known)
		}
		if _, _, known := h.svc.IAMRolesOf(ctx, manyAccount(140)); known {
			t.Error("what was not stored is known")
		}
		h.restart()
		m.breakAt = 0
		if err := h.svc.ReadIAMRoles(ctx); err != nil {
			t.Fatal(err)
		}
		if m.begun[1] != manyAccount(99) || m.read != 130+150 {
			t.Errorf("it went on behind %s and read %d in all", m.begun[1], m.read)
		}
		for i := range 250 {
			a, asOf, known := h.svc.IAMRolesOf(ctx, manyAccount(i))
			if !known || asOf.IsZero() || (a.Problem != "") != (i%10 == 9) {
				t.Fatalf("%d: %+v %v", i, a, known)
			}
		}
		if err := h.svc.ReadIAMRoles(ctx); err != nil || len(m.begun) != 2 {
			t.Errorf("read again at once: %v, %v", m.begun, err)
		}
		pass(25 * time.Hour)
		m.breakAt = 100
		if err := h.svc.ReadIAMRoles(ctx); !errors.Is(err, errBroken) || m.begun[2] != "" {
			t.Errorf("a day later: %v, %v", m.begun, err)
		}
		if _, asOf, known := h.svc.IAMRolesOf(ctx, manyAccount(200)); !known || time.Since(asOf) < 20*time.Hour {
			t.Errorf("what the new reading has not come to: %v, from %s", known, asOf)
		}
		if _, asOf, known := h.svc.IAMRolesOf(ctx, manyAccount(5)); !known || time.Since(asOf) > time.Hour {
			t.Errorf("what it has come to: %v, from %s", known, asOf)
		}
	}, func(h *house) { h.iam = access.IAMRolesOptions{Reader: m, Every: 24 * time.Hour} })
}
