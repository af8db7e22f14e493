package identity_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// rota is a product that knows who is on call.
type rota struct {
	mu   sync.Mutex
	on   map[string][]string // by schedule
	away bool
}

func (r *rota) OnCall(_ context.Context, schedule string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		return nil, errors.New("connection refused")
	}
	on, ok := r.on[schedule]
	if !ok {
		return nil, fault.New(fault.NotFound, "rota", "no such schedule", "")
	}
	return on, nil
}

func (r *rota) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// onCallWorld has a schedule P1 with a fallback (cleo) and P2 without.
func onCallWorld(t *testing.T) (*world, *rota, policy.Source, policy.Source) {
	t.Helper()
	w, r := newWorld(t), &rota{on: map[string][]string{"P1": {"Ada@example.com"}, "P2": {"ada@example.com"}}}
	w.dir.Close()
	var err error
	if w.dir, err = identity.New(t.Context(), identity.Options{
		Slack: w.slack, Center: w.center, Pins: w.pins, Clock: w.clock, Domains: []string{"example.com"}, Alarm: w.alarms.add,
		OnCall: map[string]identity.OnCallSource{policy.PagerDuty: r},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.dir.Close)
	w.setCatalog(t, w.organization())
	covered, alone := policy.Source{Kind: policy.SourceOnCall, ID: "pagerduty/P1"}, policy.Source{Kind: policy.SourceOnCall, ID: "pagerduty/P2"}
	w.dir.SetFallbacks(map[policy.Source][]policy.Source{covered: {personSource("cleo")}})
	w.dir.Watch([]policy.Source{covered, alone})
	return w, r, covered, alone
}

// TestOnCall: who is on call counts, and nobody else; a shift is followed.
func TestOnCall(t *testing.T) {
	t.Parallel()
	w, r, covered, alone := onCallWorld(t)
	w.wantIn(t, alone, map[string]policy.Truth{"ada": policy.Unknown})
	w.refresh(t, covered, alone)
	for _, s := range []policy.Source{covered, alone} {
		w.wantIn(t, s, map[string]policy.Truth{"ada": policy.True, "bob": policy.False, "cleo": policy.False})
		w.wantMembers(t, s, true, "ada")
	}
	r.set(func() { r.on["P1"] = []string{"bob@example.com", "stranger@example.org"} })
	w.refresh(t, covered)
	w.wantMembers(t, covered, true, "bob")
}

// TestNobodyOnCall: a gap in the rota is the fallback's, and without one nobody's.
func TestNobodyOnCall(t *testing.T) {
	t.Parallel()
	for name, on := range map[string][]string{"nobody": nil, "a stranger": {"stranger@example.org"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r, covered, alone := onCallWorld(t)
			r.set(func() { r.on["P1"], r.on["P2"] = on, on })
			w.refresh(t, covered, alone)
			w.wantMembers(t, covered, true, "cleo")
			w.wantIn(t, covered, map[string]policy.Truth{"ada": policy.False, "cleo": policy.True})
			w.wantMembers(t, alone, true)
			w.wantIn(t, alone, map[string]policy.Truth{"ada": policy.False, "cleo": policy.False})
		})
	}
}

// TestOnCallAway: for five minutes who was on call last counts alone; then the fallback too.
// Without a fallback the last state stays, and whoever needs it young hears "not now".
func TestOnCallAway(t *testing.T) {
	t.Parallel()
	w, r, covered, alone := onCallWorld(t)
	w.refresh(t, covered, alone)
	r.set(func() { r.away = true })
	w.refresh(t, covered)
	w.wantMembers(t, covered, true, "ada")
	w.clock.advance(6 * time.Minute)
	w.refresh(t, covered)
	w.wantMembers(t, covered, true, "ada", "cleo")
	w.wantIn(t, covered, map[string]policy.Truth{"ada": policy.True, "bob": policy.False, "cleo": policy.True})
	if err := w.dir.Refresh(t.Context(), []policy.Source{alone}, 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a fallback: %v", err)
	}
	w.wantMembers(t, alone, true, "ada")
	r.set(func() { r.away = false })
	w.refresh(t, covered, alone)
	w.wantMembers(t, covered, true, "ada")
}

// TestOnCallNeverRead: a product that is not set up or was never reached grows nobody's
// rights but the fallback's.
func TestOnCallNeverRead(t *testing.T) {
	t.Parallel()
	w, r, covered, alone := onCallWorld(t)
	r.set(func() { r.away = true })
	w.refresh(t, covered)
	w.wantMembers(t, covered, true, "cleo")
	if err := w.dir.Refresh(t.Context(), []policy.Source{alone}, 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a fallback: %v", err)
	}
	w.wantIn(t, alone, map[string]policy.Truth{"ada": policy.Unknown, "cleo": policy.Unknown})
	other := policy.Source{Kind: policy.SourceOnCall, ID: "opsgenie/team"}
	if err := w.dir.Refresh(t.Context(), []policy.Source{other}, 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a product that is not set up: %v", err)
	}
}

// TestOnCallGone: a schedule that is deleted leaves the fallback.
func TestOnCallGone(t *testing.T) {
	t.Parallel()
	w, r, covered, alone := onCallWorld(t)
	w.refresh(t, covered, alone)
	r.set(func() { clear(r.on) })
	w.refresh(t, covered, alone)
	w.wantMembers(t, covered, true, "cleo")
	w.wantIn(t, alone, map[string]policy.Truth{"ada": policy.Unknown})
}

// TestOnCallAfterRestart: what was known is known again, with its age.
func TestOnCallAfterRestart(t *testing.T) {
	t.Parallel()
	w, _, covered, alone := onCallWorld(t)
	w.refresh(t, covered, alone)
	blob, err := w.dir.Export()
	if err != nil {
		t.Fatal(err)
	}
	next, r2, _, _ := onCallWorld(t)
	r2.set(func() { r2.away = true })
	if err := next.dir.Import(blob); err != nil {
		t.Fatal(err)
	}
	next.wantMembers(t, alone, true, "ada")
	if at := next.dir.Snapshot().AsOf(alone); at.IsZero() {
		t.Error("the age is lost")
	}
}
