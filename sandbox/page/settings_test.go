package page_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stint/sandbox/awssim"
	"stint/sandbox/page/pagetest"
)

func TestSettingsReachTheSimulators(t *testing.T) {
	t.Parallel()
	sb := world(t)
	c := connect(t, sb)
	c.ok("POST", "/api/slack/faults", `{"values":{"latency":"20ms","ignore_acks":true,"redeliver":2}}`)
	c.ok("POST", "/api/slack/faults/method", `{"method":"views.open","retry_after":"30s","times":2}`)
	if f := sb.Slack().Faults(); f.Latency != 20*time.Millisecond || !f.IgnoreAcks || f.Redeliver != 2 || f.Methods["views.open"].RetryAfter != 30*time.Second {
		t.Errorf("Slack's faults are %+v", f)
	}
	c.ok("POST", "/api/slack/faults", `{"values":{"ignore_acks":false}}`)
	if f := sb.Slack().Faults(); f.IgnoreAcks || f.Redeliver != 2 || len(f.Methods) != 1 {
		t.Errorf("what was not named has changed: %+v", f)
	}
	c.ok("POST", "/api/slack/faults/clear", `{}`)
	if f := sb.Slack().Faults(); f.Latency != 0 || len(f.Methods) != 0 {
		t.Errorf("not healed: %+v", f)
	}

	c.ok("POST", "/api/slack/switches", `{"values":{"event_retries":["1s","2s"],"post_burst":9,"deactivated_user_error":"user_not_found"}}`)
	if s := sb.Slack().Switches(); len(s.EventRetries) != 2 || s.EventRetries[1] != 2*time.Second || s.PostBurst != 9 || s.DeactivatedUserError != "user_not_found" || s.AckTimeout != 3*time.Second {
		t.Errorf("Slack's switches are %+v", s)
	}
	c.ok("POST", "/api/aws/tuning", `{"values":{"operation_max":"10s","outstanding_limit":15,"clock_skew":"-2m"}}`)
	if s := sb.AWS().Tuning(); s.OperationMax != 10*time.Second || s.OutstandingLimit != 15 || s.ClockSkew != -2*time.Minute || s.SSOAdminRate != awssim.DefaultTuning().SSOAdminRate {
		t.Errorf("AWS's tuning is %+v", s)
	}
	c.ok("POST", "/api/aws/switches", `{"values":{"busy_account_conflicts":true}}`)
	if s := sb.AWS().Switches(); !s.BusyAccountConflicts || !s.AccountPaths {
		t.Errorf("AWS's switches are %+v", s)
	}
	c.ok("POST", "/api/aws/faults", `{"kind":"latency","action":"sso:*","delay":"3s","times":2,"after":1}`)
	if f := sb.AWS().Faults(); len(f) != 1 || f[0].Delay != 3*time.Second || f[0].Times != 2 || f[0].After != 1 {
		t.Errorf("AWS's faults are %+v", f)
	}
}

func TestAnAppThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	sb := world(t)
	runApp(t, sb)
	c := connect(t, sb)
	c.ok("POST", "/api/slack/switches", `{"values":{"ack_timeout":"50ms"}}`)
	a := c.ok("POST", "/api/people/alice@example.com/command", `{"text":"/silent"}`)
	if a.at("ok") != false || a.at("code") != "operation_timeout" || !strings.Contains(a.at("notice").(string), "operation_timeout") {
		t.Errorf("the person sees %v", a)
	}
}

func TestAdministrationBehindTheAppsBack(t *testing.T) {
	t.Parallel()
	sb := world(t)
	c := connect(t, sb)
	c.ok("POST", "/api/slack/users/bob@example.com", `{"deactivated":true}`)
	if a := c.ok("GET", "/api/people/bob@example.com", ""); a.at("can_act") != false {
		t.Errorf("a deactivated person can still be acted as: %v", a)
	}
	c.ok("POST", "/api/aws/users/bob@example.com", `{"delete":true}`)
	if a := c.ok("GET", "/api/people/bob@example.com", ""); a.at("aws") != nil {
		t.Errorf("AWS still knows a deleted user: %v", a)
	}
	one := `{"account_id":"prod-web","permission_set_arn":"ReadOnly","principal_id":"lead@example.com"}`
	for range 2 {
		c.ok("POST", "/api/aws/assignments", one)
		if a := c.ok("GET", "/api/aws/assignments", ""); fmt.Sprint(a.at("total")) != "1" || a.at("assignments", 0, "account_name") != "prod-web" {
			t.Errorf("by hand was assigned %v", a)
		}
	}
	c.ok("POST", "/api/aws/assignments/remove", one)
	if a := c.ok("GET", "/api/aws/assignments", ""); fmt.Sprint(a.at("total")) != "0" {
		t.Errorf("still assigned: %v", a)
	}
	if a := c.ok("GET", "/api/aws/assignments?standing=1", ""); a.at("assignments", 0, "principal_type") != "GROUP" {
		t.Errorf("what groups always have is not listed: %v", a)
	}
	in := `{"user":"lead@example.com","member":true}`
	c.ok("POST", "/api/aws/groups/security/members", in)
	if a := c.ok("GET", "/api/aws/memberships?q=security", ""); fmt.Sprint(a.at("total")) != "1" || a.at("memberships", 0, "user_name") != "lead@example.com" || a.at("memberships", 0, "created_by") != nil {
		t.Errorf("by hand was put into a group: %v", a)
	}
	if a := c.ok("GET", "/api/aws/memberships?q=security&standing=1", ""); fmt.Sprint(a.at("total")) != "2" || a.at("memberships", 1, "standing") != true {
		t.Errorf("who is in the group: %v", a)
	}
	c.ok("POST", "/api/aws/groups/security/members", `{"user":"lead@example.com","member":false}`)
	c.ok("POST", "/api/aws/groups/security/members", `{"user":"sec-lead@example.com","member":false}`)
	if a := c.ok("GET", "/api/aws/groups?q=security", ""); len(a.at("groups", 0, "members").([]any)) != 0 {
		t.Errorf("still a member: %v", a)
	}
	c.ok("POST", "/api/slack/usergroups/sre", `{"members":["frank@example.com"]}`)
	a := c.ok("GET", "/api/people/frank@example.com", "")
	if words := a.at("words").([]any); len(words) != 2 || words[1] != "@sre" {
		t.Errorf("words %v", words)
	}
	if a := c.ok("GET", "/api/people/lead@example.com", ""); len(a.at("words").([]any)) != 2 {
		t.Errorf("who was replaced keeps the group: %v", a.at("words"))
	}
}

// TestEventsTellOfEveryPart changes one part after the other and waits for its number to grow.
func TestEventsTellOfEveryPart(t *testing.T) {
	t.Parallel()
	sb := world(t)
	c := connect(t, sb)
	ctx, cancel := context.WithTimeout(t.Context(), pagetest.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream := &http.Client{Transport: c.http.Transport}
	res, err := stream.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() map[string]uint64 {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var v map[string]uint64
				if err := json.Unmarshal([]byte(data), &v); err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
		t.Fatal("the stream ended")
		return nil
	}
	last := next()
	grows := func(part string, change func()) {
		t.Helper()
		change()
		for v := next(); ; v = next() {
			grown := v[part] > last[part]
			last = v
			if grown {
				return
			}
		}
	}
	grows("slack", func() {
		c.ok("POST", "/api/people/alice@example.com/conversations/general/messages", `{"text":"hello"}`)
	})
	grows("log", func() { _, _ = sb.Log().Write([]byte("a line\n")) })
	grows("aws", func() { c.ok("POST", "/api/aws/accounts/100000000001", `{"state":"SUSPENDED"}`) })
	grows("clock", func() { c.ok("POST", "/api/clock/advance", `{"by":"1m"}`) })
	// An operation ends by time alone; the stream tells of it without anybody asking.
	c.ok("POST", "/api/aws/tuning", `{"values":{"operation_min":"100ms","operation_max":"100ms"}}`)
	assign(t, sb, "alice@example.com", "100000000002", "ReadOnly")
	for v := next(); len(sb.AWS().InFlight()) > 0; v = next() {
		last = v
	}
}
