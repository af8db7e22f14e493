package awsconn

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stint/access"
)

type metrics struct {
	calls      *prometheus.CounterVec
	throttles  *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	operations *prometheus.HistogramVec
	events     *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer, c *Connector) (*metrics, error) {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stint_aws_calls_total", Help: "Attempted AWS calls, retries included, by what came of them: ok, or the class of the error.",
		}, []string{"service", "operation", "result"}),
		throttles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stint_aws_throttles_total", Help: "AWS calls that were refused because of too many calls.",
		}, []string{"service"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stint_aws_call_seconds", Help: "How long AWS calls take, without waiting for quota.",
			Buckets: []float64{.02, .05, .1, .2, .5, 1, 2, 5, 15},
		}, []string{"service"}),
		operations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stint_aws_operation_seconds", Help: "From sending a create or delete until its end is known, by end.",
			Buckets: []float64{.5, 1, 2, 4, 8, 15, 30, 60, 120, 300},
		}, []string{"kind", "result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stint_aws_events_total", Help: "Events of changed assignments, by what became of them: handled, ours, other, again (it comes once more), dropped.",
		}, []string{"result"}),
	}
	if r == nil {
		return m, nil
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	for _, s := range []*service{c.services.sso, c.services.ids, c.services.org} {
		err := r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "stint_aws_pace", Help: "The part of our calls a second that is used: less than 1 after AWS refused because of too many, and rising again.",
			ConstLabels: prometheus.Labels{"service": s.name},
		}, func() float64 {
			pace, _ := s.bucket.state()
			return pace
		}))
		if err != nil {
			return nil, err
		}
	}
	for _, collector := range []prometheus.Collector{
		m.calls, m.throttles, m.duration, m.operations, m.events,
		gauge("stint_aws_queue_waiting", "Assignment operations that wait for a slot or for their account.", func() float64 {
			waiting, _, _ := c.Queue()
			return float64(waiting)
		}),
		gauge("stint_aws_queue_running", "Assignment operations that hold a slot.", func() float64 {
			_, running, _ := c.Queue()
			return float64(running)
		}),
		gauge("stint_aws_queue_slots", "Assignment operations that may be in flight; fewer while other tools use AWS's limit.", func() float64 {
			return float64(c.Backlog().Slots)
		}),
		gauge("stint_aws_queue_drain_seconds", "In how many seconds all that waits now will have ended, estimated.", func() float64 {
			return c.Backlog().Drain.Seconds()
		}),
		gauge("stint_aws_queue_oldest_seconds", "How long the oldest waiting operation has waited.", func() float64 {
			_, _, oldest := c.Queue()
			if oldest.IsZero() {
				return 0
			}
			return c.clock.Now().Sub(oldest).Seconds()
		}),
	} {
		if err := r.Register(collector); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// call counts one attempt.
func (m *metrics) call(ctx context.Context, k *call, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		f := failure{kind: k.kind, service: k.service, op: k.op, err: err, sent: k.sent(), ctxEnded: ctx.Err() != nil && contextual(err)}.answer()
		class, _ := classify(f)
		result = string(class)
		if throttled(f) {
			m.throttles.WithLabelValues(k.service.name).Inc()
		}
	}
	m.calls.WithLabelValues(k.service.name, k.op, result).Inc()
	m.duration.WithLabelValues(k.service.name).Observe(took.Seconds())
}

func (m *metrics) event(result string) { m.events.WithLabelValues(result).Inc() }

func (m *metrics) operation(op access.Operation, took time.Duration, result string) {
	m.operations.WithLabelValues(string(op.Kind), result).Observe(took.Seconds())
}
