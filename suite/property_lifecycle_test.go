package suite

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"stint/access"
)

// TestLifecycleProperty plays scripts that nobody thought of, in virtual time, and states
// the invariants of the design by number at every step. A failing script is made shorter
// and shown with what happened when.
func TestLifecycleProperty(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		rounds, scripts := 1, 40
		if raced {
			scripts = 8 // each costs ten times as much; make test plays the forty once more without the detector
		}
		if e.name == onPostgres.name {
			scripts /= 4 // each waits for a server that others ask too
		}
		if full() {
			rounds, scripts = 4, 100
		}
		for range rounds {
			t.Run("scripts", func(t *testing.T) {
				t.Parallel()
				playScripts(t, e, scripts)
			})
		}
	})
}

// playScripts plays so many scripts, unless one fails.
func playScripts(t *testing.T, e engine, scripts int) {
	var mu sync.Mutex
	left, failed := scripts, false
	rapid.Check(t, func(rt *rapid.T) {
		script := drawScript.Draw(rt, "script")
		mu.Lock()
		enough := left <= 0 && !failed
		left--
		mu.Unlock()
		if enough { // rapid counts for all tests of a binary; these cost more than others
			return
		}
		v, trace := play(t, e, script)
		if v == nil {
			return
		}
		mu.Lock()
		first := !failed
		failed = true
		mu.Unlock()
		if first {
			v, trace = shorten(t, e, script, v, trace)
			t.Logf("%s: %s\n%s", v.rule, v.detail, trace)
		}
		rt.Fatal(v.rule)
	})
}

// shorten leaves out every action without which the same promise is broken all the same.
// rapid knows numbers; that actions can be left out of phrases it finds out too slowly.
func shorten(t *testing.T, e engine, script []action, v *violation, trace string) (*violation, string) {
	for size := max(1, len(script)/2); size > 0; size /= 2 {
		for i := 0; i+size <= len(script); {
			shorter := slices.Delete(slices.Clone(script), i, i+size)
			if w, told := play(t, e, shorter); w != nil && w.rule == v.rule {
				script, v, trace = shorter, w, told
				continue
			}
			i++
		}
	}
	return v, trace
}

// synctestRun keeps what runs in the bubble from rapid's T, which must stay outside.
func synctestRun(t *testing.T, fn func(*testing.T)) { synctest.Test(t, fn) }

// finish heals the world, waits until everything has ended and half an hour more, and
// judges what is left.
func (p *player) finish() *violation {
	p.trace.WriteString("            the world is well again\n")
	p.heal()
	p.mu.Lock()
	p.late = 0
	p.mu.Unlock()
	f := p.fuse.Load()
	f.mu.Lock()
	f.armed = false
	f.mu.Unlock()
	if v := p.skew(false); v != nil {
		return v
	}
	p.setSlack(true)
	if v := p.pass(time.Minute); v != nil {
		return v
	}
	last := time.Now()
	for _, end := range p.ends {
		last = maxTime(last, end)
	}
	if v := p.pass(time.Until(last.Add(30 * time.Minute))); v != nil {
		return v
	}
	for _, a := range p.r.cloud.Assignments(awsRequested()) {
		if a.CreatedBy != "" {
			return violated("I2: an assignment outlives everything", "%s", keyOf(a))
		}
	}
	if err := p.r.settled(); err != nil {
		return violated("something is left half done", "%v", err)
	}
	if v := p.debriefsListed(); v != nil {
		return v
	}
	pass(2 * time.Second) // the last lines are chained
	return p.checkLog()
}

// checkLog is I6: store and log are whole and agree, and a log that was touched is found.
func (p *player) checkLog() *violation {
	ctx := context.Background()
	if err := p.r.db.Check(ctx); err != nil {
		return violated("the store is damaged", "%v", err)
	}
	if err := access.VerifyAudit(ctx, p.r.db); err != nil {
		return violated("I6: the log does not lead to the store", "%v", err)
	}
	var events []access.AuditEvent
	if err := p.r.db.View(ctx, func(tx access.Tx) (err error) {
		events, err = tx.Audit(0, 0)
		return err
	}); err != nil {
		return violated("the store cannot be read", "%v", err)
	}
	n := len(events)
	for _, i := range []int{0, n / 3, n - 2} {
		changed, renamed, stamped := slices.Clone(events), slices.Clone(events), slices.Clone(events)
		changed[i].Note += "."
		renamed[i].Actor.Name += "."
		stamped[i].At = stamped[i].At.Add(time.Nanosecond)
		dropped := slices.Delete(slices.Clone(events), i, i+1)
		doubled := slices.Insert(slices.Clone(events), i, events[i])
		swapped := slices.Clone(events)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		closed := slices.Clone(dropped) // the gap is closed by counting anew
		for j := i; j < len(closed); j++ {
			closed[j].Seq--
		}
		for what, log := range map[string][]access.AuditEvent{
			"changed": changed, "signed by another": renamed, "dated anew": stamped, "dropped": dropped,
			"doubled": doubled, "swapped": swapped, "dropped and counted anew": closed,
		} {
			if _, err := access.Replay(log); err == nil {
				return violated("I6: a touched log is not found: "+what, "line %d of %d", i+1, n)
			}
		}
	}
	return nil
}
