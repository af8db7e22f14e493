package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// The whole program: what somebody got is listed and exported from the store that a bot left
// behind, and the link names the workspace and the app.
func TestGrantsOfTheWholeProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.start()
	h.ask(h.alice, "staging-payments", "ReadOnly")
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	h.stop()

	out, errs := h.stint(t, "grants", "list", "--data="+h.how.dir)
	if strings.Count(out, "\n") != 1 || !strings.Contains(out, "ReadOnly in staging-payments") || !strings.Contains(out, "until ") || !strings.HasPrefix(errs, "1 in all") {
		t.Errorf("list: %s%s", out, errs)
	}
	if out, _ := h.stint(t, "grants", "list", "--match=nothing like it", "--data="+h.how.dir); out != "" {
		t.Errorf("list of nothing: %s", out)
	}
	out, _ = h.stint(t, "grants", "export", "--data="+h.how.dir)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) || rows[1][1] != "live" || !strings.Contains(rows[1][17], "look at <the> logs") {
		t.Errorf("%v: %q", err, rows)
	}
	out, _ = h.stint(t, "grants", "export", "--all", "--format=json", "--data="+h.how.dir)
	var line grantLine
	if err := json.Unmarshal([]byte(out), &line); err != nil || line.AccountName != "staging-payments" || line.Rule == "" || len(line.ApprovedBy) != 0 {
		t.Errorf("%v: %s", err, out)
	}
	out, _ = h.stint(t, "grants", "show", string(line.ID), "--data="+h.how.dir)
	if !strings.Contains(out, "ReadOnly in staging-payments (") || !strings.Contains(out, "Rule:") || strings.Contains(out, "Given twice") {
		t.Errorf("show: %s", out)
	}
	line.ContestedBy = "ada@example.com"
	if said := line.said(); said[len(said)-1][0] != "Given twice" || !strings.Contains(said[len(said)-1][1], "ada@example.com") {
		t.Errorf("show of a contested one: %q", said)
	}

	out, _ = h.stint(t, "link", "--slack-bot-token="+h.box.BotToken(), "--slack-api-url="+h.box.SlackAPIURL(), "prod-billing", "Read Only", "2h", "INC- what you saw")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || lines[0] != "/aws-access prod-billing “Read Only” 2h INC- what you saw" || !strings.HasPrefix(lines[1], "slack://app?id=A") || !strings.Contains(lines[1], "&tab=home&team=T") {
		t.Errorf("link: %q", lines)
	}
}
