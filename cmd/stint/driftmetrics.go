package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stint/access"
)

// driftMetrics says at each scrape what the store holds of drift. Every replica says the same.
type driftMetrics struct {
	summary func(context.Context) (access.DriftSummary, error)

	findings, expected, scanned, done, total *prometheus.Desc
}

func newDriftMetrics(summary func(context.Context) (access.DriftSummary, error)) *driftMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("stint_drift_"+name, help, labels, nil)
	}
	return &driftMetrics{
		summary:  summary,
		findings: desc("findings", "Assignments in AWS that nobody granted through Stint, by what was decided about them (open, snoozed, ignored, removing).", "state"),
		expected: desc("expected", "Assignments that were in AWS before Stint looked first, and still are."),
		scanned:  desc("last_scan_timestamp_seconds", "When the last scan of AWS ended; 0 before the first."),
		done:     desc("scan_done", "Listings that the scan under way has read; 0 when none is."),
		total:    desc("scan_total", "Listings that the scan under way reads in all; 0 when none is."),
	}
}

// Describe implements prometheus.Collector.
func (m *driftMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.findings, m.expected, m.scanned, m.done, m.total} {
		ch <- d
	}
}

// scrapeFor bounds what a scrape waits for the store.
const scrapeFor = 2 * time.Second

// Collect implements prometheus.Collector. A store that is away leaves the figures out.
func (m *driftMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeFor)
	defer cancel()
	d, err := m.summary(ctx)
	if err != nil {
		return
	}
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	gauge(m.findings, float64(d.Counts.Open), string(access.FindingOpen))
	gauge(m.findings, float64(d.Counts.Snoozed), string(access.FindingSnoozed))
	gauge(m.findings, float64(d.Counts.Ignored), string(access.FindingIgnored))
	gauge(m.findings, float64(d.Counts.Removing), string(access.FindingRemoving))
	gauge(m.expected, float64(d.Expected))
	at := 0.0
	if !d.ScanAt.IsZero() {
		at = float64(d.ScanAt.Unix())
	}
	gauge(m.scanned, at)
	gauge(m.done, float64(d.Done))
	gauge(m.total, float64(d.Total))
}
