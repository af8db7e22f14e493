package access

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// Membership in a group is drift like an assignment where the policy lets people ask for it:
// AWS does not say either who put somebody into a group. Groups that the policy does not offer
// are nobody's business here, and one that another directory keeps says nothing of who meant what.
//
// Each such group has a baseline of its own: who was in it when Stint looked into it first is
// no news. A group that the policy offers no longer is not looked into, and what is known of it
// stays as it is: should it be offered again, what came meanwhile is found then.

// blobDriftGroups is where driftGroups are stored.
const blobDriftGroups = "drift/groups"

// driftGroups are the groups that the search for drift looks into.
type driftGroups struct {
	// Known are those that have a baseline.
	Known []catalog.GroupID `json:"known,omitempty"`
	// Read are those that the scan under way has read, Refused those that AWS did not let it read.
	Read    []catalog.GroupID `json:"read,omitempty"`
	Refused []catalog.GroupID `json:"refused,omitempty"`
}

func (g driftGroups) done(id catalog.GroupID) bool {
	return slices.Contains(g.Read, id) || slices.Contains(g.Refused, id)
}

func readDriftGroups(tx Tx) (g driftGroups, err error) {
	raw, err := tx.Blob(blobDriftGroups)
	if err != nil || len(raw) == 0 {
		return g, err
	}
	err = json.Unmarshal(raw, &g)
	return g, fault.Wrap(err, fault.Internal, "access.readDriftGroups", "What was stored of the groups' members cannot be read.", "Check the store with `stint check`.")
}

func (b *book) putDriftGroups(g driftGroups) error {
	raw, err := json.Marshal(g)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putDriftGroups", "", "")
	}
	return b.PutBlob(blobDriftGroups, raw)
}

// groupsWatched are the groups whose members Stint looks for: those that people can ask for.
func (s *Service) groupsWatched() []catalog.GroupID {
	w := s.world.Load()
	if w.catalog == nil || w.policy == nil {
		return nil
	}
	return slices.DeleteFunc(w.policy.GroupsOffered(w.catalog), func(id catalog.GroupID) bool {
		g, known := w.catalog.Group(id)
		return !known || g.Ungrantable != "" || id == s.Anchor.Group
	})
}

// readMembers reads who is in the groups that the scan under way has not looked into yet.
// Each group is stored as it was read.
func (s *Service) readMembers(ctx context.Context) error {
	var done driftGroups
	if err := s.Store.View(ctx, func(tx Tx) (err error) { done, err = readDriftGroups(tx); return err }); err != nil {
		return err
	}
	for _, id := range s.groupsWatched() {
		if done.done(id) {
			continue
		}
		people, calls, err := s.Scanner.ScanMembers(ctx, id)
		refused := classOf(err) == ClassRefused
		if err != nil && !refused && classOf(err) != ClassGone { // deleted since the catalog was read
			return err
		}
		var t rowTable
		rows := make([]row, 0, len(people))
		for _, p := range people {
			rows = append(rows, t.pack(catalog.Assignment{Person: p, Group: id}))
		}
		if err := s.lead(ctx, func(b *book) error {
			groups, err := readDriftGroups(b)
			if err != nil || groups.done(id) {
				return err
			}
			if refused {
				groups.Refused = append(groups.Refused, id)
			} else {
				groups.Read = append(groups.Read, id)
			}
			if err := b.putDriftGroups(groups); err != nil {
				return err
			}
			return b.putScanned(&t, rows, func(d *DriftState) {
				d.Scan.Calls += calls
				d.Attempts, d.Problem, d.RetryAt = 0, "", time.Time{}
			})
		}); err != nil {
			return err
		}
		s.trace("drift delivered", Key{Group: id})
	}
	return nil
}

// forgetGroups drops what a scan read that ended or is given up. firsts have a baseline from
// now on.
func (b *book) forgetGroups(firsts []catalog.GroupID) error {
	g, err := readDriftGroups(b)
	if err != nil {
		return err
	}
	return b.putDriftGroups(driftGroups{Known: append(g.Known, firsts...)})
}
