package access

import (
	"slices"

	"stint/access/catalog"
)

// ListGrants lists what a store holds without a running service, soonest end first: who has
// access through Stint, or all that ever was granted. Names come from a catalog, which may
// be nil.
func ListGrants(tx Tx, c *catalog.Catalog, all bool, each func(Grant, ItemView, Request) error) error {
	s := &Service{}
	s.world.Store(&world{catalog: c})
	var grants []Grant
	var err error
	if all {
		grants, err = tx.Grants(GrantFilter{})
	} else {
		grants, err = s.stillHeld(tx)
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(grants, func(a, b Grant) int { return a.End.Compare(b.End) })
	for _, g := range grants {
		r, err := tx.Request(g.Request)
		if err != nil {
			return err
		}
		if err := each(g, s.item(g.Key.Entitlement()), r); err != nil {
			return err
		}
	}
	return nil
}
