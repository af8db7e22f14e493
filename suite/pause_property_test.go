package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// TestNoCreateWhilePaused plays random afternoons: people ask, decide and end, admins pause,
// resume and end much at once, time goes by. While it is paused AWS is asked for no create,
// and the invariants hold throughout.
func TestNoCreateWhilePaused(t *testing.T) {
	t.Parallel()
	rounds := uint64(8)
	if full() {
		rounds = 100
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			sent := &creates{}
			live(t, func(t *testing.T, r *rig) { playPauses(t, r, sent, rand.New(rand.NewPCG(seed, 1))) }, sent.option)
		})
	}
}

func playPauses(t *testing.T, r *rig, sent *creates, rng *rand.Rand) {
	ctx := context.Background()
	accounts := []catalog.AccountID{prod, staging}
	var asked []access.RequestID
	before := int32(0) // creates sent when the pause began
	for step := range 60 {
		who := everybody[rng.IntN(len(everybody))]
		switch rng.IntN(8) {
		case 0, 1, 2:
			q, err := r.submit(who, accounts[rng.IntN(2)], roleNames[rng.IntN(2)], time.Duration(5+rng.IntN(40))*time.Minute, fmt.Sprint("f", step))
			if err == nil { // else: the same is pending
				asked = append(asked, q.ID)
			}
		case 3, 4:
			if len(asked) > 0 {
				_ = r.approve([]identity.SlackUserID{bob, carol}[rng.IntN(2)], asked[rng.IntN(len(asked))]) // refused where it must be
			}
		case 5:
			pass(0) // what was sent before is counted as such
			if r.svc.Paused() == nil {
				r.pauseNow(t)
				before = sent.n.Load()
			} else {
				r.resumeNow(t)
			}
		case 6:
			if rng.IntN(4) == 0 {
				r.endAll(t, []access.EndScope{{All: true}, {Account: prod}, {Person: personID(nameOf(who))}}[rng.IntN(3)])
			}
		case 7:
			pass(time.Duration(rng.IntN(15)) * time.Minute)
		}
		pass(time.Duration(rng.IntN(20)) * time.Second)
		if n := sent.n.Load(); r.svc.Paused() != nil && n != before {
			t.Fatalf("step %d: %d creates were sent during the pause", step, n-before)
		}
		if err := r.invariants(time.Now()); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
	if r.svc.Paused() != nil {
		r.resumeNow(t)
	}
	if _, err := r.svc.Config(ctx, carol); err != nil {
		t.Fatal(err)
	}
	pass(2 * time.Hour)
	if n := len(r.cloud.Assignments(awsRequested())); n != 0 {
		t.Errorf("I2: AWS still holds %d", n)
	}
	if sent.n.Load() == 0 {
		t.Error("nothing was ever granted: the script proves nothing")
	}
}
