package replicas

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// askEvery is how often each replica is asked who leads.
const askEvery = 400 * time.Millisecond

// seen is one answer of /readyz; both false also when there was none.
type seen struct {
	at           time.Time
	ready, leads bool
}

// harm is what was done to a replica, and until when; to is zero while it lasts.
type harm struct {
	span
	what string
	// aws: it is only AWS that it cannot reach, so it may still lead. slack: it may do all
	// but talk.
	aws, slack bool
}

// watch is what is seen of each replica from outside, and what was done to it.
type watch struct {
	mu    sync.Mutex
	saw   [][]seen
	harms [][]harm
}

// watchOver asks every replica until the returned function is called.
func (f *fleet) watchOver(t *testing.T) (w *watch, stop func()) {
	t.Helper()
	w = &watch{saw: make([][]seen, len(f.replicas)), harms: make([][]harm, len(f.replicas))}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var group sync.WaitGroup
	for i, r := range f.replicas {
		group.Go(func() {
			for ctx.Err() == nil {
				s := seen{}
				s.ready, s.leads = r.ask(ctx)
				s.at = time.Now()
				w.mu.Lock()
				w.saw[i] = append(w.saw[i], s)
				w.mu.Unlock()
				rest(ctx, askEvery)
			}
		})
	}
	return w, func() {
		cancel()
		group.Wait()
	}
}

func (w *watch) begin(i int, h harm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h.from = time.Now()
	w.harms[i] = append(w.harms[i], h)
}

func (w *watch) end(i int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.harms[i][len(w.harms[i])-1].to = time.Now()
}

// harmed is when a replica suffered what the filter says.
func (w *watch) harmed(i int, counts func(harm) bool) spans {
	var list []span
	for _, h := range w.harms[i] {
		if counts(h) {
			list = append(list, h.span)
		}
	}
	return union(list...)
}

// led is when a replica was seen to lead: between two answers that say so.
func (w *watch) led(i int) spans {
	var list []span
	for n := 1; n < len(w.saw[i]); n++ {
		before, now := w.saw[i][n-1], w.saw[i][n]
		if before.leads && now.leads && now.at.Sub(before.at) < 3*time.Second {
			list = append(list, span{before.at, now.at})
		}
	}
	return union(list...)
}

// disturbed is when there was no leader that could have removed anything.
func (w *watch) disturbed(all span) spans {
	var able []span
	for i := range w.saw {
		able = append(able, w.led(i).without(w.harmed(i, func(h harm) bool { return !h.slack }))...)
	}
	return spans{all}.without(union(able...))
}

// leaderless says when nobody led for longer than a change of leader may take, though a
// replica was well all that time and nothing new happened to anybody.
func (w *watch) leaderless(all span) (wrong []string) {
	hurts := func(h harm) bool { return !h.slack && !h.aws }
	var led []span
	var moments []time.Time
	for i := range w.saw {
		led = append(led, w.led(i).without(w.harmed(i, hurts))...)
		for _, h := range w.harms[i] {
			if hurts(h) {
				moments = append(moments, h.from, h.to)
			}
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = append(moments, all.to)
	for _, gap := range (spans{all}).without(union(led...)) {
		from := gap.from
		for _, m := range moments {
			if !m.After(from) {
				continue
			}
			quiet := span{from, minTime(m, gap.to)}
			from = quiet.to
			if quiet.length() > takeOver+2*askEvery+time.Second && w.anyWell(quiet, hurts) {
				wrong = append(wrong, fmt.Sprintf("nobody led from %s to %s, and a replica was well", clock(quiet.from), clock(quiet.to)))
			}
			if !from.Before(gap.to) {
				break
			}
		}
	}
	return wrong
}

func (w *watch) anyWell(s span, hurts func(harm) bool) bool {
	for i := range w.saw {
		if (spans{s}).without(w.harmed(i, hurts)).length() == s.length() {
			return true
		}
	}
	return false
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// TestWatchFindsWhoDoesNotLead: what is said of leaders can be wrong.
func TestWatchFindsWhoDoesNotLead(t *testing.T) {
	t.Parallel()
	saw := func(from, to time.Duration) (list []seen) {
		for d := from; d <= to; d += time.Second {
			list = append(list, seen{at(d), true, true})
		}
		return list
	}
	whole := span{at(0), at(100 * time.Second)}
	dead := harm{span: span{at(30 * time.Second), at(90 * time.Second)}}
	w := &watch{saw: [][]seen{saw(0, 29*time.Second), saw(55*time.Second, 100*time.Second)}, harms: [][]harm{{dead}, nil}}
	if wrong := w.leaderless(whole); len(wrong) > 0 {
		t.Errorf("the lead moved in 25 seconds: %q", wrong)
	}
	w.saw[1] = saw(65*time.Second, 100*time.Second)
	if wrong := w.leaderless(whole); len(wrong) != 1 {
		t.Errorf("the lead moved in 35 seconds: %q", wrong)
	}
	w.harms[1] = []harm{dead}
	if wrong := w.leaderless(whole); len(wrong) != 0 {
		t.Errorf("nobody was there to take it: %q", wrong)
	}
}
