package access

import (
	"encoding/json"
	"time"

	"stint/access/fault"
)

// A tally is how far the grants of a request have come, where they are several: so that each
// thing that happens to one of them need not read all of them again, which a form of 120
// entitlements would pay for with the square of it. It only says whether looking at all of
// them is worth while: what is told is decided by the records. What it counts never goes
// back, so one that is missing, or that another release did not keep, only costs more reads.
type tally struct {
	// So many from the first on have an answer of AWS, are ended, are gone from AWS.
	Answered int `json:"answered,omitempty"`
	Ended    int `json:"ended,omitempty"`
	Gone     int `json:"gone,omitempty"`
	// First is when the first of them was confirmed.
	First time.Time `json:"first,omitzero"`
	// Returned and Cut are those that ended before their time: what the holder gave back, and
	// the others.
	Returned cuts `json:"returned,omitzero"`
	Cut      cuts `json:"cut,omitzero"`
	// Stuck is of how many it was told that AWS does not take them away.
	Stuck int `json:"stuck,omitempty"`
}

// cuts counts what ended before its time; Window is when the line was opened that sums up.
type cuts struct {
	Number int       `json:"number,omitempty"`
	Window time.Time `json:"window,omitzero"`
}

func tallyName(id RequestID) string { return "tally/" + string(id) }

func (b *book) tally(r Request) (t tally, err error) {
	raw, err := b.Meta(tallyName(r.ID))
	if err != nil || raw == "" {
		return t, err
	}
	err = json.Unmarshal([]byte(raw), &t)
	return t, fault.Wrap(err, fault.Internal, "access.tally", "the stored tally of a request cannot be read", "Check the store with `stint check`.")
}

func (b *book) putTally(r Request, t tally) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putTally", "", "")
	}
	return b.PutMeta(tallyName(r.ID), string(raw))
}

// advance counts on from where the last look stopped, while has is true of a grant, and
// reports whether it is of all of them.
func (b *book) advance(r Request, passed *int, has func(Grant) (bool, error)) (all bool, err error) {
	for ; *passed < len(r.Grants); *passed++ {
		g, err := b.Grant(r.Grants[*passed])
		if err != nil {
			return false, err
		}
		if ok, err := has(g); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}
