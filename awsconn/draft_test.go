package awsconn

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// paper is a Scratch in memory.
type paper struct {
	mu    sync.Mutex
	blobs map[string][]byte
}

func (p *paper) Load(_ context.Context, name string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blobs[name], nil
}

func (p *paper) Save(_ context.Context, name string, value []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blobs == nil {
		p.blobs = map[string][]byte{}
	}
	p.blobs[name] = value
	return nil
}

// broken makes a world whose sync broke off in the middle of everything, and says when it
// was begun.
func broken(t *testing.T, scratch Scratch) (w *world, begun time.Time) {
	t.Helper()
	w = newWorld(t, sized(400, 60, 3000), func(s *setting) { s.scratch = scratch })
	w.inject(awssim.Fault{Kind: awssim.FaultUnavailable, Action: "identitystore:ListUsers", After: 20})
	w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Action: "sso:DescribePermissionSet", After: 40})
	w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Action: "organizations:ListAccounts", After: 10})
	begun = time.Now()
	got, err := w.Catalog(t.Context(), nil, nil, nil)
	wantClass(t, err, retries)
	if diff := cmp.Diff(catalog.Data{}, got); diff != "" {
		t.Errorf("partial data: %s", diff)
	}
	w.ClearFaults()
	w.ResetCounts()
	return w, begun
}

// onlyTheRest: of 30 pages of people 20 were read, of 20 of accounts up to 10, and of 60
// roles up to 40 were described.
func (w *world) onlyTheRest(t *testing.T) {
	t.Helper()
	people, accounts, roles := w.Count("identitystore:ListUsers"), w.Count("organizations:ListAccounts"), w.Count("sso:DescribePermissionSet")
	if people != 10 || accounts < 10 || accounts >= 20 || roles < 20 || roles >= 60 {
		t.Errorf("read %d pages of people, %d of accounts, %d roles", people, accounts, roles)
	}
}

// A sync that AWS broke off goes on where it was: no page is read twice.
func TestSyncGoesOnAfterAThrottle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, begun := broken(t, nil)
		data := w.sync(nil)
		if diff := cmp.Diff(expected(w), normal(data)); diff != "" {
			t.Error(diff)
		}
		if !data.AsOf.Equal(begun) {
			t.Errorf("as of %v, begun %v", data.AsOf, begun)
		}
		w.onlyTheRest(t)
		w.ResetCounts()
		w.sync(nil) // the next one is a new one
		if n := w.Count("identitystore:ListUsers"); n != 30 {
			t.Errorf("the next sync read %d pages of people", n)
		}
	})
}

// So it does after a crash, from what was saved; what is too old, or damaged, is not used.
func TestSyncGoesOnAfterACrash(t *testing.T) {
	bubbleRun(t, "young", func(t *testing.T) {
		scratch := &paper{}
		w, _ := broken(t, scratch)
		w.restart()
		if diff := cmp.Diff(expected(w), normal(w.sync(nil))); diff != "" {
			t.Error(diff)
		}
		w.onlyTheRest(t)
		for name, blob := range scratch.blobs { // nothing is left lying about
			if len(blob) > 30 {
				t.Errorf("%d bytes of %s are kept", len(blob), name)
			}
		}
	})
	bubbleRun(t, "old", func(t *testing.T) {
		w, begun := broken(t, &paper{})
		time.Sleep(draftLife)
		data := w.sync(nil)
		if n := w.Count("identitystore:ListUsers"); n != 30 || !data.AsOf.After(begun) {
			t.Errorf("read %d pages of people, as of %v", n, data.AsOf)
		}
	})
	bubbleRun(t, "damaged", func(t *testing.T) {
		scratch := &paper{}
		w, _ := broken(t, scratch)
		for name := range scratch.blobs {
			scratch.blobs[name] = scratch.blobs[name][:len(scratch.blobs[name])/2]
		}
		w.restart()
		if diff := cmp.Diff(expected(w), normal(w.sync(nil))); diff != "" {
			t.Error(diff)
		}
		if n := w.Count("identitystore:ListUsers"); n != 30 {
			t.Errorf("read %d pages of people", n)
		}
	})
}

// A token that AWS no longer takes begins that listing anew.
func TestSyncWhoseTokenIsTooOld(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, _ := broken(t, nil)
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "identitystore:ListUsers", Times: 1})
		if diff := cmp.Diff(expected(w), normal(w.sync(nil))); diff != "" {
			t.Error(diff)
		}
		if n := w.Count("identitystore:ListUsers"); n != 31 {
			t.Errorf("read %d pages of people", n)
		}
	})
}

// What was refused is not gone on with.
func TestSyncThatWasRefusedBeginsAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 3000))
		id := w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "identitystore:ListUsers", After: 20})
		_, err := w.Catalog(t.Context(), nil, nil, nil)
		wantClass(t, err, refusal)
		w.ClearFault(id)
		w.ResetCounts()
		w.sync(nil)
		if n := w.Count("identitystore:ListUsers"); n != 30 {
			t.Errorf("read %d pages of people", n)
		}
	})
}
