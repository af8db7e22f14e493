package access_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/store/storetest"
)

// TestLeads: a beat within twenty seconds is life, a lease that nobody renews is none.
func TestLeads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before string
		beats  []time.Duration // when a lease of replica r is written
		want   string
		within time.Duration
	}{
		"nobody ever led":               {"", nil, "", 6 * time.Second},
		"it was given back":             {`{"holder":"","term":3,"beat":9}`, nil, "", 6 * time.Second},
		"a follower takes over":         {`{"holder":"","term":3,"beat":9}`, []time.Duration{3500 * time.Millisecond}, "r", 4 * time.Second},
		"a leader beats":                {`{"holder":"r","term":3,"beat":9}`, []time.Duration{2500 * time.Millisecond}, "r", 3 * time.Second},
		"a leader beats at the last":    {`{"holder":"r","term":3,"beat":9}`, []time.Duration{19500 * time.Millisecond}, "r", 20 * time.Second},
		"a leader died without a word":  {`{"holder":"r","term":3,"beat":9}`, nil, "", 20 * time.Second},
		"another takes the dead's lead": {`{"holder":"old","term":2,"beat":9}`, []time.Duration{5500 * time.Millisecond}, "r", 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := storetest.NewModel()
				write := func(lease string) {
					if err := s.Update(context.Background(), func(tx access.Tx) error { return tx.PutMeta("lease", lease) }); err != nil {
						t.Error(err)
					}
				}
				write(c.before)
				for n, at := range c.beats {
					time.AfterFunc(at, func() { write(fmt.Sprintf(`{"holder":"r","term":3,"beat":%d}`, 10+n)) })
				}
				begun := time.Now()
				got, err := access.Leads(t.Context(), s, bubbleClock{})
				if err != nil || got != c.want || time.Since(begun) != c.within {
					t.Errorf("%q after %s (%v), want %q after %s", got, time.Since(begun), err, c.want, c.within)
				}
			})
		})
	}
}
