package suite

import (
	"slices"
	"testing"
	"time"
)

// samples are the durations that one benchmark measured, one an iteration. BENCHMARKS.md
// states the bound of each and what was measured.
type samples []time.Duration

func (s *samples) add(d time.Duration) { *s = append(*s, d) }

// at is the duration that a share of the samples does not exceed; 0 without samples.
func (s samples) at(share float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// report gives the median and the 99th percentile in milliseconds, instead of the mean
// over whole iterations, most of which is preparation.
func (s samples) report(b *testing.B, what string) {
	b.Helper()
	if len(s) == 0 {
		b.Fatalf("%s was never measured", what)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(s.at(0.5)), what+"-p50-ms")
	b.ReportMetric(milliseconds(s.at(0.99)), what+"-p99-ms")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
