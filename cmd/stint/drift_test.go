package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// The whole program: a baseline, what came after it, its figures, and the commands on the
// store that a bot left behind.
func TestDriftOfTheWholeProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.start()
	var admin identity.SlackUserID
	h.eventually("the Slack user of an admin is known", func() bool {
		for _, a := range h.app.service.Admins(t.Context()) {
			admin = a.Slack
		}
		return admin != ""
	})
	scan := func() {
		t.Helper()
		before := h.drift(t, admin).State.Last.Finished
		if err := h.app.service.ScanDrift(t.Context(), admin); err != nil {
			t.Fatal(err)
		}
		h.eventually("the scan ends", func() bool {
			d := h.drift(t, admin).State
			return d.Asked == nil && d.Last.Finished.After(before)
		})
	}
	scan()
	snap := h.box.AWS().Snapshot()
	news := awssim.Assignment{AccountID: snap.Accounts[len(snap.Accounts)-1].ID, PermissionSetARN: snap.PermissionSets[0].ARN, PrincipalType: "USER", PrincipalID: snap.Users[0].ID}
	for _, set := range snap.PermissionSets {
		news.PermissionSetARN = set.ARN
		if added, err := h.box.AWS().AddAssignment(news); err != nil {
			t.Fatal(err)
		} else if added {
			break
		}
	}
	scan()
	if v := h.drift(t, admin); v.Total != 1 || string(v.Rows[0].Assignment.Person) != news.PrincipalID {
		t.Fatalf("%+v", v)
	}
	if n := figure(t, newDriftMetrics(h.app.service.DriftSummary), "stint_drift_findings", string(access.FindingOpen)); n != 1 {
		t.Errorf("the metrics count %v", n)
	}
	id := h.drift(t, admin).Rows[0].Finding.ID
	if _, err := h.app.service.IgnoreFinding(t.Context(), admin, id, "=HYPERLINK(1)"); err != nil {
		t.Fatal(err)
	}
	expected := h.drift(t, admin).State.Expected
	for i := range 2 {
		if _, err := h.box.AWS().AddAssignment(awssim.Assignment{AccountID: news.AccountID, PermissionSetARN: news.PermissionSetARN, PrincipalType: "USER", PrincipalID: snap.Users[i+1].ID}); err != nil {
			t.Fatal(err)
		}
	}
	scan()
	h.stop()

	decide := []string{"drift", "snooze", "--account=" + news.AccountID, "--until=" + time.Now().AddDate(0, 0, 9).Format(time.DateOnly), "--author=carol", "--data=" + h.how.dir}
	if out, errs := h.stint(t, decide...); strings.Count(out, "\n") != 2 || !strings.Contains(errs, "2 open. Nothing was changed") {
		t.Errorf("before --yes: %s%s", out, errs)
	}
	if _, errs := h.stint(t, append(decide, "--yes")...); !strings.Contains(errs, "2 hidden until") {
		t.Errorf("snooze: %s", errs)
	}
	if out, _ := h.stint(t, "drift", "list", "--state=snoozed", "--data="+h.how.dir); strings.Count(out, "\n") != 2 {
		t.Errorf("snoozed: %s", out)
	}

	out, errs := h.stint(t, "drift", "list", "--state=ignored", "--data="+h.how.dir)
	if strings.Count(out, "\n") != 1 || !strings.Contains(out, news.AccountID) || !strings.Contains(errs, "1 ignored, last scan ") {
		t.Errorf("list: %s%s", out, errs)
	}
	out, _ = h.stint(t, "drift", "list", "--format=json", "--data="+h.how.dir)
	var listed struct {
		Expected, Ignored int
		Assignments       []driftLine
	}
	if err := json.Unmarshal([]byte(out), &listed); err != nil || listed.Ignored != 1 || listed.Expected != expected || listed.Assignments == nil || len(listed.Assignments) != 0 {
		t.Errorf("%v: %s", err, out)
	}
	out, _ = h.stint(t, "drift", "export", "--data="+h.how.dir)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 1+1+2+expected {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[3][0] != string(access.FindingIgnored) || rows[3][13] != "'=HYPERLINK(1)" {
		t.Errorf("%q", rows[3])
	}
	out, _ = h.stint(t, "drift", "export", "--format=json", "--match="+news.AccountID, "--data="+h.how.dir)
	for line := range strings.Lines(out) {
		var l driftLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || string(l.Account) != news.AccountID {
			t.Errorf("%v: %s", err, line)
		}
	}
}

func (h *house) drift(t *testing.T, admin identity.SlackUserID) access.DriftView {
	t.Helper()
	v, err := h.app.service.Drift(t.Context(), admin, access.DriftQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// stint runs a command and returns what it printed.
func (h *house) stint(t *testing.T, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := run(t.Context(), args, streams{&o, &e}); code != 0 {
		t.Fatalf("stint %v: exit %d\n%s", args, code, e.String())
	}
	return o.String(), e.String()
}

// figure is the value of a metric with a label's value.
func figure(t *testing.T, c prometheus.Collector, name, label string) float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && len(m.GetLabel()) == 1 && m.GetLabel()[0].GetValue() == label {
				return m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("there is no %s of %q", name, label)
	return 0
}
