package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// simulation differs in so many requests, every third of them easier.
func (w world) simulation(n int) access.SimulationView {
	v := access.SimulationView{Impact: w.impact(), Since: w.now.Add(-90 * 24 * time.Hour), Requests: 412}
	for i := range n {
		d := access.SimulatedRequest{Request: w.request(access.Approved), What: "no longer requestable", Harder: i%3 != 0}
		switch {
		case i%3 == 0:
			d.What = "now automatic"
		case i%2 == 0:
			d.What = w.note
		}
		v.Differences = append(v.Differences, d)
	}
	return v
}

func (w world) simulations(b *Bot, out map[string]any) {
	some := w.simulation(24)
	some.Left = 388
	out["simulate"] = simulateView(some, simulateMeta{}, b.service.Example)
	out["simulate_easier"] = simulateView(w.simulation(40), simulateMeta{Which: simulateEasier, Page: 1}, b.service.Example)
	out["simulate_same"] = simulateView(w.simulation(0), simulateMeta{}, b.service.Example)
	out["simulating"] = simulatingView(14 * time.Second)
	out["simulate_no_draft"] = noDraftView()
}

// It says that it is working while it is, then what differs; filter and pages ask again.
func TestSimulate(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) {
		o.bot = func(b *Bot) { b.openAfter, b.progress = 5*time.Millisecond, 5*time.Millisecond }
	})
	r.fake.config.Draft = &access.RevisionSummary{Changes: 2}
	let := make(chan struct{}, 8)
	set(r.fake, &r.fake.onSimulate, func(ctx context.Context, _ identity.SlackUserID) (access.SimulationView, error) {
		select {
		case <-let:
		case <-ctx.Done():
		}
		return honest().simulation(24), nil
	})
	sue := r.configs("simulate")
	r.modalSays(sue, "Deciding everything again by your draft")
	let <- struct{}{}
	m := r.modalSays(sue, "*24* of 412 would have been decided differently")
	if got := text(m.Blocks); !strings.Contains(got, ":lock: *Harder:* no longer requestable (8 requests)") {
		t.Errorf("it shows:\n%s", got)
	}
	let <- struct{}{}
	r.pressIn(sue, actSimulateShow+":"+simulateEasier)
	m = r.modalSays(sue, "*Easier:* now automatic (8 requests)")
	if strings.Contains(text(m.Blocks), "*Harder:*") {
		t.Error("the filter shows others too")
	}
	let <- struct{}{}
	r.pressIn(sue, actSimulateShow+":")
	r.modalSays(sue, "*Harder:*")
	let <- struct{}{}
	r.pressIn(sue, actSimulatePage+":next")
	r.modalSays(sue, "Next (page 3 of 3)")
}

// Without a draft there is nothing to simulate, and a way to make one; a draft that does
// not compile says so.
func TestSimulateWithoutADraft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sue := r.configs("simulate")
	m := r.modalSays(sue, "You have no draft that changes anything")
	if !hasAction(m.Blocks, openArea(areaRules)) {
		t.Error("there is no way to the rules")
	}
	r.must(sue.DismissModals(r.ctx))
	set(r.fake, &r.fake.config.Draft, &access.RevisionSummary{Changes: 1})
	set(r.fake, &r.fake.onSimulate, func(context.Context, identity.SlackUserID) (access.SimulationView, error) {
		return access.SimulationView{}, fault.New(fault.Invalid, "fake", "Your draft has problems", "Mend them first.")
	})
	r.configs("simulate")
	r.until("the refusal", func() bool {
		for _, m := range r.dm(r.security) {
			if strings.Contains(text(m.Blocks), "Your draft has problems. Mend them first.") {
				return true
			}
		}
		return false
	})
}
