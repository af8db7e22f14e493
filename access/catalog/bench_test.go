package catalog_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"stint/access/catalog"
)

var keystrokes = []string{
	"", "p", "pa", "pay", "paym", "payments", "payments p", "payments prod", "payments prod 00", "00042", "1000", "1000-0033",
	"env=prod", "/prod/web", "team=ml unit-3", "xqzw", "pmtsprd", "prodcution", "owner-17 billing",
}

// BenchmarkKeystroke is one answer to a form's search field with 10,000 accounts.
func BenchmarkKeystroke(b *testing.B) {
	c := build(b, large(10_000, 500, 0))
	var took []time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		c.SearchAccounts(keystrokes[i%len(keystrokes)], 100, nil)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkNew is building the catalog of a large organization from the store's blob;
// it reports what stays in memory.
func BenchmarkNew(b *testing.B) {
	blob := packed(b, large(10_000, 500, 30_000))
	b.ReportMetric(float64(len(blob))/1e6, "blob-MB")
	var kept *catalog.Catalog
	before := heap()
	for b.Loop() {
		d, err := catalog.Decode(blob)
		if err != nil {
			b.Fatal(err)
		}
		kept = build(b, *d)
	}
	b.ReportMetric(float64(heap()-before)/1e6, "heap-MB")
	runtime.KeepAlive(kept)
}

func packed(t testing.TB, d catalog.Data) []byte {
	t.Helper()
	blob, err := catalog.Encode(&d)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// heap is what is in use now, in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the second empties the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A keystroke costs a handful of allocations, however many accounts there are.
func TestKeystrokeAllocations(t *testing.T) {
	c := build(t, large(10_000, 10, 0))
	for _, q := range []string{"", "payments", "payments prod 00", "1000-0033", "env=prod"} {
		if n := testing.AllocsPerRun(5, func() { c.SearchAccounts(q, 100, nil) }); n > 20 {
			t.Errorf("%q: %.0f allocations", q, n)
		}
	}
}
