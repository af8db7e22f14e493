package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"stint/access"
)

// pending is how many grants wait in the large store: as many as the best known lease
// engine was measured with.
const pending = 256_000

// benchStore has that many pending grants.
func benchStore(b *testing.B, count int, opts Options) *DB {
	b.Helper()
	path := filepath.Join(b.TempDir(), "stint.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	fillPending(b, s, count)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	if s, err = Open(path, opts); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// What is due is found in the same time whether 100 or 256,000 grants wait; 10 are due.
func BenchmarkDue(b *testing.B) {
	for _, count := range []int{100, pending} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			s := benchStore(b, count, Options{NoSync: true})
			until := noon.Add(9 * time.Second)
			for b.Loop() {
				err := s.View(context.Background(), func(tx access.Tx) error {
					due, err := tx.Due(until, 100)
					if len(due) != 10 {
						return fmt.Errorf("%d due", len(due))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNextDueAfter(b *testing.B) {
	for _, count := range []int{100, pending} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			s := benchStore(b, count, Options{NoSync: true})
			for b.Loop() {
				err := s.View(context.Background(), func(tx access.Tx) error {
					next, err := tx.NextDueAfter(noon)
					if !next.Equal(noon.Add(time.Second)) {
						return errors.New("another one is next")
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A restart is ready as fast with 256,000 pending grants as with none.
func BenchmarkOpen(b *testing.B) {
	for _, count := range []int{0, pending} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			s := benchStore(b, count, Options{NoSync: true})
			path := s.Path()
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				s, err := Open(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				err = s.View(context.Background(), func(tx access.Tx) error {
					_, err := tx.NextDueAfter(noon)
					return err
				})
				if err := errors.Join(err, s.Close()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One grant a transaction into a store of 256,000, with and without waiting for the disk.
func BenchmarkPutGrant(b *testing.B) {
	for name, opts := range map[string]Options{"sync": {}, "nosync": {NoSync: true}} {
		b.Run(name, func(b *testing.B) {
			s := benchStore(b, pending, opts)
			n := pending
			for b.Loop() {
				if err := s.Update(context.Background(), func(tx access.Tx) error { return tx.PutGrant(pendingGrant(n)) }); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// Is there a Live grant of this key: what the worker asks before each step.
func BenchmarkLiveGrantsOfKey(b *testing.B) {
	s := benchStore(b, pending, Options{NoSync: true})
	for b.Loop() {
		err := s.View(context.Background(), func(tx access.Tx) error {
			_, err := tx.Grants(access.GrantFilter{Key: testKey(7), States: []access.GrantState{access.Live}})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	s := benchStore(b, 100_000, Options{NoSync: true})
	for b.Loop() {
		if err := s.Check(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
