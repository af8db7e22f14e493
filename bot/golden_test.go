package bot

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden keeps every surface as it is sent, once with honest and once with hostile
// input, and checks each against Slack's limits.
func TestGolden(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, w := range []world{honest(), hostile()} {
		for name, sent := range w.surfaces() {
			file := filepath.Join("testdata", w.name+"_"+name+".json")
			seen[file] = true
			t.Run(w.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				checkLimits(t, sent)
				golden(t, file, sent)
			})
		}
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f] {
			t.Errorf("%s belongs to no surface", f)
		}
	}
}

func golden(t *testing.T, file string, sent any) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(sent); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("%s changed (-want +got); if it is meant, run with -update:\n%s", file, d)
	}
}

// world is one set of input for all surfaces.
type world struct {
	name    string
	now     time.Time
	item    access.ItemView
	reason  string
	comment string
	note    string
	asker   access.Actor
	others  []access.Human
	rule    string
	set     string
}

func honest() world {
	return world{
		name: "honest", now: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC),
		item: access.ItemView{
			Entitlement: access.Entitlement{Account: "111111111111", Role: "arn:aws:sso:::permissionSet/ssoins-1/ps-1"},
			Account: catalog.Account{
				ID: "111111111111", Name: "prod-billing", OUPath: "/Production/Payments", State: catalog.AccountActive,
				Tags: map[string]string{"env": "prod", "team": "payments"},
			},
			Role: catalog.Role{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-1", Name: "AdministratorAccess", Description: "Everything", SessionDuration: time.Hour},
		},
		reason: "INC-4711: invoices are stuck, the queue must be drained by hand", comment: "ReadOnly is enough to look; ask again if it is not.",
		note:  "AWS refused: the role is not provisioned in this account",
		asker: access.Actor{Person: "p-ada", Slack: "U0ADA", Name: "Ada Asker"},
		others: []access.Human{
			{Person: "p-sam", Slack: "U0SAM", Name: "Sam Sre"}, {Person: "p-sue", Slack: "U0SUE", Name: "Sue Security"},
		},
		rule: "production admin", set: "sre",
	}
}

// hostile is what somebody makes who wants to break a message, or to say something else with it.
func hostile() world {
	w := honest()
	w.name = "hostile"
	evil := "<!channel> <@UHOSTILE> <https://evil.example|click> & \u202eدخول\u2066 `*_~ \x00\u200b\n"
	long := func(n int) string { return strings.Repeat(evil+"𝓍&<>שלום ", n/10+1)[:n] + "\xff" }
	w.item.Account.Name, w.item.Account.OUPath = long(400), "/"+long(2000)
	w.item.Account.Tags = map[string]string{long(128): long(256), "a": "b"}
	w.item.Role.Name, w.item.Role.Description = long(300), long(700)
	w.reason, w.comment, w.note = strings.Repeat("<!channel>&\u202e𝓍", 334)[:4000], long(3000), long(5000)
	w.asker.Name, w.asker.Slack = long(200), "" // nobody in Slack: named, not mentioned
	w.rule, w.set = long(500), long(200)
	w.others = nil
	for range 40 {
		w.others = append(w.others, access.Human{Name: long(120)})
	}
	return w
}

func (w world) terms() policy.Terms {
	return policy.Terms{
		Rule: w.rule, PolicyVersion: "3f2a9c", InOrder: true,
		Steps:     []policy.Step{{From: []string{w.set}, Count: 1}, {From: []string{"security", w.set}, Count: 2}},
		Durations: []time.Duration{30 * time.Minute, time.Hour}, MaxDuration: 2 * time.Hour, RequestTTL: 8 * time.Hour,
		Reason: policy.ReasonTerms{Pattern: "INC-[0-9]+", Hint: "incident number", MinLength: 20}, Channel: "C0PROD",
	}
}

func (w world) request(s access.RequestState) access.RequestView {
	r := access.Request{
		ID: "01JREQ", State: s, Asker: w.asker, Receiver: w.asker, Duration: 90 * time.Minute, Reason: w.reason, Terms: w.terms(),
		Entitlements: []access.Entitlement{w.item.Entitlement},
		SubmittedAt:  w.now, CheckedAt: w.now, ExpiresAt: w.now.Add(8 * time.Hour),
	}
	v := access.RequestView{Request: r, Items: []access.ItemView{w.item}}
	by := access.Actor{Person: w.others[0].Person, Slack: w.others[0].Slack, Name: w.others[0].Name}
	if s == access.Pending {
		v.Approvers = w.others
		return v
	}
	v.Request.DecidedAt = w.now.Add(5 * time.Minute)
	v.Request.Outcome = w.note
	switch s {
	case access.Approved:
		v.Request.Reviews = []access.Review{{By: by, Verdict: access.Approve, At: w.now}}
	case access.Denied:
		v.Request.Reviews = []access.Review{{By: by, Verdict: access.Deny, Comment: w.comment, At: w.now}}
	}
	return v
}

func (w world) grant(p access.Phase, end access.EndReason) access.GrantView {
	g := access.GrantView{
		Grant: access.Grant{
			ID: "01JGRANT", State: access.Live, Request: "01JREQ", Holder: w.asker, Start: w.now, Deadline: w.now.Add(10 * time.Minute),
			Duration: 90 * time.Minute, End: w.now.Add(90 * time.Minute), ConfirmedAt: w.now, EndReason: end,
		},
		Request: w.request(access.Approved).Request, Item: w.item, Phase: p,
		Instance: catalog.Instance{Region: "eu-central-1", PortalHost: "d-1234567890.awsapps.com"},
	}
	if end != "" {
		g.Grant.State, g.Grant.EndedAt, g.Grant.EndNote, g.Grant.EndedBy = access.Ended, w.now.Add(20*time.Minute), w.note, w.asker
		for range 6 {
			g.Remaining = append(g.Remaining, w.item)
		}
	}
	return g
}

// sentMessage is a message as it is sent.
type sentMessage struct {
	Text   string        `json:"text"`
	Blocks []slack.Block `json:"blocks"`
}

func wire(c content) sentMessage { return sentMessage{c.text, c.blocks} }

// surfaces are all that the bot can say.
func (w world) surfaces() map[string]any {
	fake := newFake()
	fake.admins, fake.accounts, fake.roles = w.others, []catalog.Account{w.item.Account}, []catalog.Role{w.item.Role}
	b := &Bot{service: fake, log: zerolog.Nop()}
	out := map[string]any{}
	w.forms(b, out)
	w.groupSurfaces(b, out)
	w.cards(out)
	w.tied(out)
	w.together(out)
	w.grants(out)
	w.pages(out)
	w.rules(b, out)
	w.tools(b, out)
	w.reminders(out)
	w.deciding(out)
	w.extensions(out)
	w.emergencies(out)
	w.adminViews(b, out)
	return out
}

func (w world) cards(out map[string]any) {
	for _, s := range []access.RequestState{access.Pending, access.Approved, access.Denied, access.Cancelled, access.Lapsed, access.Withdrawn} {
		v := w.request(s)
		if s == access.Approved {
			v.Grants = []access.GrantView{w.grant(access.PhaseActive, "")}
		}
		out["card_"+string(s)], out["asker_"+string(s)] = wire(card(v, nil)), wire(asker([]access.RequestView{v}, nil))
		out["told_"+string(s)] = wire(toldRequest(v))
	}
	has := w.request(access.Withdrawn)
	has.Request.Standing, has.Request.Outcome = true, "Ada has this in AWS already, without Stint and without an end. Nothing was changed."
	out["asker_standing"], out["told_standing"] = wire(asker([]access.RequestView{has}, nil)), wire(toldRequest(has))
	half := w.request(access.Pending)
	half.Request.Reviews = w.request(access.Approved).Request.Reviews
	half.Progress = policy.Progress{Steps: []policy.StepProgress{{Step: half.Request.Terms.Steps[0]}, {Step: half.Request.Terms.Steps[1], Missing: 2}}}
	half.PolicyGone = w.note
	out["card_half"], out["details"] = wire(card(half, nil)), detailsView(access.RequestDetails{RequestView: half}, 0)
	unchecked := w.request(access.Pending)
	unchecked.Request.CheckedAt = time.Time{}
	out["asker_unchecked"] = wire(asker([]access.RequestView{unchecked}, nil))
	behalf := w.request(access.Pending)
	behalf.Request.Receiver = access.Actor{Person: "p-bo", Slack: "U0BO", Name: "Bo"}
	behalf.Items = slices.Repeat(behalf.Items, 7)
	out["card_several"] = wire(card(behalf, nil))
}

func (w world) grants(out map[string]any) {
	for _, p := range []access.Phase{access.PhaseScheduled, access.PhaseStarting, access.PhaseActive} {
		out["grant_"+string(p)] = wire(grant(w.grant(p, ""), nil))
	}
	for _, e := range []access.EndReason{
		access.EndExpired, access.EndEarly, access.EndDenied, access.EndOffboarded, access.EndAlreadyHas,
		access.EndRefused, access.EndUnchecked, access.EndFailed, access.EndRemovedOutside,
	} {
		g := w.grant(access.PhaseEnded, e)
		out["grant_ended_"+string(e)] = wire(grant(g, nil))
		out["told_ended_"+string(e)] = wire(toldGrant(access.Notice{Event: access.EventEnded, At: w.now}, g))
	}
	stuck := w.grant(access.PhaseEnding, access.EndExpired)
	stuck.Assignment.Stuck = true
	out["grant_stuck"] = wire(grant(stuck, nil))
	twice := w.contested(access.PhaseActive)
	out["grant_contested"] = wire(grant(twice, nil))
	c, _ := threadLine(access.Notice{Event: access.EventContested, At: w.now}, w.request(access.Approved), &twice)
	out["thread_contested"] = wire(c)
	g := w.grant(access.PhaseActive, "")
	by := access.Actor{Slack: w.others[0].Slack, Name: w.others[0].Name}
	for _, e := range []access.Event{access.EventSubmitted, access.EventApproved, access.EventDecided, access.EventActive, access.EventRemoved, access.EventStuck} {
		c, _ := threadLine(access.Notice{Event: e, At: w.now, By: by, Text: w.comment}, w.request(access.Approved), &g)
		out["thread_"+string(e)] = wire(c)
	}
	denied := w.request(access.Denied)
	c, _ = threadLine(access.Notice{Event: access.EventDecided, At: w.now}, denied, nil)
	out["thread_denied"] = wire(c)
	ended := w.grant(access.PhaseEnded, access.EndFailed)
	c, _ = threadLine(access.Notice{Event: access.EventEnded, At: w.now}, w.request(access.Approved), &ended)
	out["thread_ended"] = wire(c)
}

// contested is a grant that somebody gave in AWS too.
func (w world) contested(p access.Phase) access.GrantView {
	g := w.grant(p, "")
	g.Assignment.Contested, g.Assignment.ContestedBy, g.Assignment.ContestedAt = true, w.note, w.now
	return g
}

func (w world) pages(out map[string]any) {
	out["home_empty"] = homeView(access.HomeView{}, nil)
	out["home_contested"] = homeView(access.HomeView{
		Admin: true, ContestedCount: 5, Contested: []access.GrantView{w.contested(access.PhaseActive), w.contested(access.PhaseEnding), w.contested(access.PhaseStarting)},
	}, nil)
	out["who_contested"] = whoView(access.WhoHasView{All: true, Total: 1, Grants: []access.GrantView{w.contested(access.PhaseActive)}}, whoMeta{})
	full := access.HomeView{Admin: true}
	for i := range 15 {
		active, pending, waiting := w.grant(access.PhaseActive, ""), w.request(access.Pending), w.request(access.Pending)
		active.Grant.ID += access.GrantID(fmt.Sprint(i))
		pending.Request.ID += access.RequestID(fmt.Sprint("P", i))
		waiting.Request.ID += access.RequestID(fmt.Sprint("W", i))
		full.Active = append(full.Active, active)
		full.Pending = append(full.Pending, pending)
		full.Waiting = append(full.Waiting, waiting)
		full.Recent = append(full.Recent, w.grant(access.PhaseEnded, access.EndEarly))
	}
	out["home_full"] = homeView(full, nil)
}
