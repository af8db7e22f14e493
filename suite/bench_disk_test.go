package suite

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkDisk measures what no code can save: one write of four pages that has reached
// the disk, in a part of the file that was written before and in one that was not. A
// transaction of the store waits for two writes.
func BenchmarkDisk(b *testing.B) {
	b.Run("again", func(b *testing.B) { writes(b, 64) })
	b.Run("new", func(b *testing.B) { writes(b, 1<<30) })
}

func writes(b *testing.B, places int) {
	f, err := os.Create(filepath.Join(b.TempDir(), "pages"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	page := make([]byte, 16<<10)
	var times samples
	for n := 0; b.Loop(); n++ {
		begin := time.Now()
		if _, err := f.WriteAt(page, int64(n%places)*int64(len(page))); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		times.add(time.Since(begin))
		time.Sleep(20 * time.Millisecond) // as far apart as the samples of other benchmarks, or nearly
	}
	times.report(b, "write")
}
