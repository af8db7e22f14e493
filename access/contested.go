package access

import (
	"encoding/json"
	"slices"

	"stint/access/fault"
)

// Access is contested when somebody gives in AWS what Stint granted already. AWS keeps one
// assignment for both, so that it goes when Stint's grant ends: whoever meant it to stay has to
// give it again after that. Whoever looks at the grant reads so.

// blobContested is where the keys are stored that became contested lately: those of which a
// record still says so are contested.
const blobContested = "contested"

// maxContested bounds them; the list of drift counts them all.
const maxContested = 100

func readContested(tx Tx) (keys []Key, err error) {
	raw, err := tx.Blob(blobContested)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	err = json.Unmarshal(raw, &keys)
	return keys, fault.Wrap(err, fault.Internal, "access.readContested", "What was stored of contested access cannot be read.", "Check the store with `stint check`.")
}

// contest stores that somebody gave what AWS holds for us, and tells everybody who looks at it.
func (s *Service) contest(b *book, a Assignment, h Hint) error {
	a.Contested, a.ContestedBy, a.ContestedAt = true, h.By, h.At
	if err := b.putAssignment(&a, "contested", h.By); err != nil {
		return err
	}
	if err := b.listContested(a.Key); err != nil {
		return err
	}
	live, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: a.Key})
	if err != nil {
		return err
	}
	for _, g := range live {
		r, err := b.Request(g.Request)
		if err != nil {
			return err
		}
		if err := b.showGrant(g); err != nil {
			return err
		}
		if err := b.grantStory(g, r, EventContested, System); err != nil {
			return err
		}
	}
	for _, admin := range s.humans(s.adminsBy(s.Policy())) {
		if err := b.home(admin.actor()); err != nil {
			return err
		}
	}
	return b.alarm(s.contestedText(b, h, a.Key))
}

// listContested adds a key to those that are contested, and drops those that are no more.
func (b *book) listContested(key Key) error {
	keys, err := readContested(b)
	if err != nil {
		return err
	}
	still := []Key{key}
	for _, k := range keys {
		a, err := b.Assignment(k)
		if err != nil {
			return err
		}
		if a.contested() && len(still) < maxContested && !slices.Contains(still, k) {
			still = append(still, k)
		}
	}
	raw, err := json.Marshal(still)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.listContested", "", "")
	}
	return b.PutBlob(blobContested, raw)
}

// contested reports whether AWS may hold for us what somebody else gave too.
func (a Assignment) contested() bool { return a.Contested && a.State != Absent }

// homeContested are the newest live grants that are contested, for admins, and how many there are.
func (s *Service) homeContested(tx Tx, h *HomeView) error {
	keys, err := readContested(tx)
	if err != nil || !h.Admin {
		return err
	}
	for _, k := range keys {
		a, err := tx.Assignment(k)
		if err != nil {
			return err
		}
		if !a.contested() {
			continue
		}
		grants, err := tx.Grants(GrantFilter{Key: k, Limit: 1})
		if err != nil {
			return err
		}
		for _, g := range grants {
			v, err := s.grantView(tx, g)
			if err != nil {
				return err
			}
			if v.Phase == PhaseEnded {
				continue
			}
			if h.ContestedCount++; len(h.Contested) < maxHomeContested {
				h.Contested = append(h.Contested, v)
			}
		}
	}
	return nil
}
