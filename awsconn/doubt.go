package awsconn

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"stint/access"
)

// A listing that loses most of the world is more likely a fault (a token that was cut
// off, a filter, a half-applied permission) than the truth, and a catalog without its
// accounts would refuse everybody. So it is refused the first time. When a later sync
// sees exactly the same, it is believed: organizations do get split.

// doubts remembers what was refused, by what it lists.
type doubts map[string]doubt

type doubt struct {
	seen [sha256.Size]byte
	at   time.Time
}

const (
	// collapseFrom is how many things must have been known for the loss of more than half
	// to be suspicious; smaller worlds change that much by hand. Losing all always is.
	collapseFrom = 10
	// confirmAfter is how much later the same must be seen again to be believed.
	confirmAfter = time.Minute
)

// believe fails when now holds too little of what before held.
func (c *Connector) believe(what string, before, now []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := 0
	if len(before) > 0 {
		have := make(map[string]struct{}, len(now))
		for _, id := range now {
			have[id] = struct{}{}
		}
		for _, id := range before {
			if _, ok := have[id]; ok {
				kept++
			}
		}
	}
	collapsed := len(before) > 0 && kept == 0 || len(before) >= collapseFrom && kept*2 < len(before)
	if !collapsed {
		delete(c.doubtful, what)
		return nil
	}
	seen := digest(now)
	if d, ok := c.doubtful[what]; ok && d.seen == seen && c.clock.Now().Sub(d.at) >= confirmAfter {
		delete(c.doubtful, what)
		return nil
	} else if !ok || d.seen != seen {
		if c.doubtful == nil {
			c.doubtful = doubts{}
		}
		c.doubtful[what] = doubt{seen: seen, at: c.clock.Now()}
	}
	return &access.ConnectorError{
		Class: access.ClassRetry, Op: "read the catalog",
		Message: fmt.Sprintf("Of %d known %s AWS lists only %d now. The catalog stays as it is; if the next sync sees the same, it is believed.", len(before), what, kept),
	}
}

func digest(ids []string) [sha256.Size]byte {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	h := sha256.New()
	for _, id := range sorted {
		h.Write([]byte(id))
		h.Write([]byte{0})
	}
	return [sha256.Size]byte(h.Sum(nil))
}
