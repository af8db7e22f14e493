package access_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/store/storetest"
)

// put stores who leads, as a replica does.
func put(t *testing.T, store access.Store, holder string, beat int) {
	t.Helper()
	if err := store.Update(context.Background(), func(tx access.Tx) error {
		return tx.PutMeta("lease", fmt.Sprintf(`{"holder":%q,"term":7,"beat":%d}`, holder, beat))
	}); err != nil {
		t.Error(err)
	}
}

func held(t *testing.T, store access.Store) (lease string) {
	t.Helper()
	if err := store.View(context.Background(), func(tx access.Tx) (err error) { lease, err = tx.Meta("lease"); return err }); err != nil {
		t.Error(err)
	}
	return lease
}

func TestAloneOnAStoreThatNobodyLeads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, before := range []string{"", "gone"} {
			store := storetest.NewModel()
			if before != "" {
				put(t, store, "", 4) // it gave its lease back
			}
			begun := time.Now()
			end, err := access.Alone(t.Context(), store, bubbleClock{}, "import", func(holder string) { t.Errorf("waits for %q", holder) })
			if err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(begun); waited != 0 {
				t.Errorf("waited %v", waited)
			}
			if got, want := held(t, store), `{"holder":"import","term":1,"beat":1}`; got != want {
				t.Errorf("while it works: %s, want %s", got, want)
			}
			if err := end(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := held(t, store), `{"holder":"","term":1,"beat":1}`; got != want {
				t.Errorf("afterwards: %s, want %s", got, want)
			}
		}
	})
}

func TestAloneWaitsForAReplicaThatCrashed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewModel()
		put(t, store, "replica-1", 9)
		begun, told := time.Now(), ""
		end, err := access.Alone(t.Context(), store, bubbleClock{}, "import", func(holder string) { told += holder })
		if err != nil {
			t.Fatal(err)
		}
		if told != "replica-1" {
			t.Errorf("told of %q", told)
		}
		if waited := time.Since(begun); waited < 20*time.Second || waited > 24*time.Second {
			t.Errorf("waited %v", waited)
		}
		// Another replica took over while it worked: its lease stays.
		put(t, store, "replica-2", 1)
		if err := end(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := held(t, store), `{"holder":"replica-2","term":7,"beat":1}`; got != want {
			t.Errorf("afterwards: %s, want %s", got, want)
		}
	})
}

func TestAloneRefusesBesideAReplica(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewModel()
		put(t, store, "replica-1", 9)
		go func() {
			time.Sleep(19 * time.Second)
			put(t, store, "replica-1", 10)
		}()
		_, err := access.Alone(t.Context(), store, bubbleClock{}, "import", func(string) {})
		if !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v, want a conflict", err)
		}
		if got, want := held(t, store), `{"holder":"replica-1","term":7,"beat":10}`; got != want {
			t.Errorf("its lease: %s, want %s", got, want)
		}
	})
}
