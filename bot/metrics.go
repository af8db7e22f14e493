package bot

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the bot's figures on the registry that was passed in.
type metrics struct {
	ack        *prometheus.HistogramVec // by type
	envelopes  *prometheus.CounterVec   // by type and outcome
	deliveries *prometheus.CounterVec   // by kind and result
	connected  prometheus.Gauge
	panics     prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		ack: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "stint_slack_ack_seconds",
			Help:    "Time from an envelope of Slack to its acknowledgement; Slack gives up at 3.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
		}, []string{"type"}),
		envelopes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stint_slack_envelopes_total",
			Help: "Envelopes received, by type and by what became of them (handled, duplicate, dropped, unreadable, panic).",
		}, []string{"type", "outcome"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stint_slack_deliveries_total",
			Help: "Notices delivered, by kind and result (sent, unchanged, dropped, retry, refused).",
		}, []string{"kind", "result"}),
		connected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stint_slack_connected_sockets",
			Help: "Socket Mode connections that said hello and have not ended.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stint_slack_panics_total",
			Help: "Handlers that panicked and were recovered.",
		}),
	}
	if r != nil {
		r.MustRegister(m.ack, m.envelopes, m.deliveries, m.connected, m.panics)
	}
	return m
}

func (m *metrics) acked(kind string, since time.Time) {
	m.ack.WithLabelValues(kind).Observe(time.Since(since).Seconds())
}
