package storetest

import (
	"testing"

	"stint/access"
	"stint/store/record"
)

// Grants and assignments of group memberships stand beside those of roles: found by their
// own key, due under it, and the keys of roles are written as they always were.
func groupKeys(t *testing.T, h Harness) {
	s := h.Open(t)
	role, member, other := keyOf(1, 1, 1), groupKeyOf(1, 1), groupKeyOf(1, 11)
	wantSame(t, "a role's key", role.String(), "person-1/000000000001/arn:aws:sso:::permissionSet/ssoins-1/ps-1")
	wantSame(t, "a group's key", member.String(), "person-1/group/906713e6-e09/group-1")
	grants := []access.Grant{grantOf(1, role, 0), grantOf(2, member, 0), grantOf(3, other, 0)}
	keys := []access.Key{role, member, other}
	update(t, s, func(tx access.Tx) error {
		for i, key := range keys {
			if err := tx.PutGrant(grants[i]); err != nil {
				return err
			}
			if err := tx.PutAssignment(access.Assignment{Key: key, Version: 1, State: access.Creating, NextAt: at(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	s = h.Reopen(t, s)
	for i, key := range keys {
		got := read(t, s, func(tx access.Tx) ([]access.Grant, error) { return tx.Grants(access.GrantFilter{Key: key}) })
		wantSame(t, "grants of "+key.String(), got, grants[i:i+1])
		a := read(t, s, func(tx access.Tx) (access.Assignment, error) { return tx.Assignment(key) })
		wantSame(t, "assignment of "+key.String(), a, access.Assignment{Key: key, Version: 1, State: access.Creating, NextAt: at(i)})
	}
	wantSame(t, "of the person", len(read(t, s, func(tx access.Tx) ([]access.Grant, error) {
		return tx.Grants(access.GrantFilter{Person: role.Person})
	})), len(keys))
	due := map[access.DueKind][]access.Key{}
	for _, d := range read(t, s, func(tx access.Tx) ([]access.Due, error) { return tx.Due(at(600), 0) }) {
		due[d.Kind] = append(due[d.Kind], d.Key)
	}
	wantSame(t, "due assignments", due[access.DueAssignment], keys)
	wantSame(t, "due grants", due[access.DueGrant], keys)
	var dumped []string
	view(t, s, func(tx access.Tx) error {
		return tx.(record.Tx).Dump(func(i record.Item) error {
			if i.Kind == record.Assignment {
				dumped = append(dumped, i.Key)
			}
			return nil
		})
	})
	wantSame(t, "dumped", dumped, []string{role.String(), member.String(), other.String()})
}
