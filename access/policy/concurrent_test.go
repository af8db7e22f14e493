package policy_test

import (
	"sync"
	"testing"

	"stint/access/catalog"
	"stint/access/policy"
)

// TestConcurrentCatalogs: while a sync swaps catalogs some ask about the old one and some
// about the new one, and each gets the answer of theirs.
func TestConcurrentCatalogs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(anything("a", accounts(entry{OU: "/Production"}))), w)
	before := w.catalog(t)
	moved := newWorld()
	for i := range moved.data.Accounts {
		moved.data.Accounts[i].OUPath = "/Staging"
	}
	after := moved.catalog(t)
	var wg sync.WaitGroup
	for i := range 8 {
		c, want := before, policy.Allowed
		if i%2 == 0 {
			c, want = after, policy.NotRequestable
		}
		wg.Go(func() {
			for range 200 {
				if d := p.Decide(c, w, ask("ann", payments, "ReadOnlyAccess")); d.Outcome != want {
					t.Errorf("%s, want %s", d.Outcome, want)
					return
				}
				for _, r := range p.Roles(c, w, "ann", "ann", catalog.AccountID(scratch), noon) {
					if r.Outcome != want {
						t.Errorf("%s, want %s", r.Outcome, want)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}
