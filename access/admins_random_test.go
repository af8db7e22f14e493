package access_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// Three admins do whatever comes to their mind, at once. Whatever they do, one policy is in
// force, it is the one that decides, its numbers have no gap, nobody approved their own
// change where another had to, and the log leads to what is stored (inHouse looks).
func TestAdminsAtOnceKeepOnePolicyInForce(t *testing.T) {
	for seed := range uint64(4) {
		t.Run("", func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.mustApply(boot, guarded())
				random := rand.New(rand.NewPCG(seed, 1))
				for range 12 {
					var group sync.WaitGroup
					for _, who := range []identity.SlackUserID{boot, carol, dana} {
						act := h.drawAct(random, who)
						group.Go(func() {
							if err := act(); fault.Is(err, fault.Internal) {
								t.Errorf("seed %d: %v", seed, err)
							}
						})
					}
					group.Wait()
					if random.IntN(10) == 0 {
						h.restart()
					}
					h.onePolicy(seed)
				}
				if len(h.revisions(access.Replaced)) == 0 {
					t.Errorf("seed %d: nothing ever came into force", seed)
				}
			})
		})
	}
}

// drawAct is something that an admin might do now.
func (h *house) drawAct(random *rand.Rand, who identity.SlackUserID) func() error {
	specs := []policy.Spec{basic(), guarded(), denying("Admin"), denying("ReadOnly")}
	spec, approve := specs[random.IntN(len(specs))], random.IntN(3) > 0
	var some access.RevisionID
	if all := h.revisions(); len(all) > 0 {
		some = all[random.IntN(len(all))].ID
	}
	if waiting := h.revisions(access.Proposed); len(waiting) > 0 && random.IntN(4) > 0 {
		some = waiting[random.IntN(len(waiting))].ID
	}
	edit := func() (access.DraftView, error) {
		d, err := h.svc.Draft(ctx, who)
		if err == nil {
			d, err = h.svc.EditDraft(ctx, who, d.Revision.Version, spec)
		}
		return d, err
	}
	switch random.IntN(8) {
	case 0:
		return func() error { _, err := edit(); return err }
	case 1, 2, 3:
		return func() error {
			d, err := edit()
			if err == nil {
				_, err = h.svc.ApplyDraft(ctx, who, d.Revision.Version, "because", true)
			}
			return err
		}
	case 4, 5:
		return func() error {
			_, err := h.svc.DecideRevision(ctx, who, some, approve, "I say so")
			return err
		}
	case 6:
		return func() error {
			_, err := h.svc.RollBack(ctx, who, some)
			return err
		}
	}
	return func() error {
		_, err := h.svc.RebaseDraft(ctx, who)
		if err != nil {
			err = h.svc.DiscardDraft(ctx, who)
		}
		return err
	}
}

func (h *house) onePolicy(seed uint64) {
	h.t.Helper()
	pass(time.Second)
	in := h.revisions(access.InForce)
	if len(in) != 1 || h.svc.Policy() == nil || in[0].Spec.Version() != h.svc.Policy().Version() {
		h.t.Fatalf("seed %d: in force %+v", seed, in)
	}
	byNumber := map[uint64]access.Revision{}
	for _, r := range h.revisions(access.InForce, access.Replaced) {
		if byNumber[r.Number].ID != "" {
			h.t.Fatalf("seed %d: two are number %d", seed, r.Number)
		}
		byNumber[r.Number] = r
	}
	for n := uint64(2); n <= in[0].Number; n++ {
		r, before := byNumber[n], byNumber[n-1]
		if r.Base != before.ID {
			h.t.Fatalf("seed %d: number %d was not edited from the one before it", seed, n)
		}
		if before.Spec.Settings.SecondAdmin && (r.DecidedBy.Person == "" || r.DecidedBy.Person == r.Author.Person) {
			h.t.Fatalf("seed %d: number %d came into force without a second admin: %+v", seed, n, r.DecidedBy)
		}
	}
	drafts := map[string]bool{}
	for _, d := range h.revisions(access.Editing) {
		if drafts[string(d.Author.Person)] {
			h.t.Fatalf("seed %d: %s has two drafts", seed, d.Author.Name)
		}
		drafts[string(d.Author.Person)] = true
	}
}
