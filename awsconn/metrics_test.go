package awsconn

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/sandbox/awssim"
)

// samples are the metrics of a name prefix as "name{labels} value"; histograms by count.
func (w *world) samples(prefix string) []string {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), prefix) {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			all = append(all, fmt.Sprintf("%s{%s} %g", f.GetName(), strings.Join(labels, ","), value))
		}
	}
	sort.Strings(all)
	return all
}

func TestMetrics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.here = mustPlace(t, w)
		w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Action: "sso:ListAccountAssignments", Times: 2})
		if _, err := w.Look(t.Context(), grant, w.key(0)); err != nil {
			t.Fatal(err)
		}
		w.await(w.assign(w.key(0)))
		release, err := w.Acquire(t.Context(), revoke, w.key(0).Account)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if diff := cmp.Diff([]string{
			"stint_aws_calls_total{operation=CreateAccountAssignment,result=ok,service=sso-admin} 1",
			"stint_aws_calls_total{operation=DescribeAccountAssignmentCreationStatus,result=ok,service=sso-admin} " + fmt.Sprint(w.Count("sso:Describe*")),
			"stint_aws_calls_total{operation=ListAccountAssignments,result=ok,service=sso-admin} 1",
			"stint_aws_calls_total{operation=ListAccountAssignments,result=retry,service=sso-admin} 2",
		}, w.samples("stint_aws_calls")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"stint_aws_throttles_total{service=sso-admin} 2"}, w.samples("stint_aws_throttles")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"stint_aws_operation_seconds{kind=create,result=succeeded} 1"}, w.samples("stint_aws_operation")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{
			"stint_aws_queue_drain_seconds{} 0", "stint_aws_queue_oldest_seconds{} 0", "stint_aws_queue_running{} 1",
			"stint_aws_queue_slots{} 10", "stint_aws_queue_waiting{} 0",
		}, w.samples("stint_aws_queue")); diff != "" {
			t.Error(diff)
		}
		pace := w.samples("stint_aws_pace") // one service was refused
		if len(pace) != 3 || pace[0] != "stint_aws_pace{service=identitystore} 1" || pace[2] == "stint_aws_pace{service=sso-admin} 1" {
			t.Errorf("the pace: %v", pace)
		}
	})
}
