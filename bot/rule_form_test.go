package bot

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"stint/access"
	"stint/access/policy"
)

// stateOf is the state that Slack sends for a view that nobody touched.
func stateOf(v slack.ModalViewRequest) *slack.ViewState {
	state := &slack.ViewState{Values: map[string]map[string]slack.BlockAction{}}
	for _, b := range v.Blocks.BlockSet {
		in, ok := b.(*slack.InputBlock)
		if !ok {
			continue
		}
		var action string
		var a slack.BlockAction
		switch e := in.Element.(type) {
		case *slack.PlainTextInputBlockElement:
			action, a.Type, a.Value = e.ActionID, "plain_text_input", e.InitialValue
		case *slack.RadioButtonsBlockElement:
			action = e.ActionID
			if e.InitialOption != nil {
				a.SelectedOption = *e.InitialOption
			}
		case *slack.SelectBlockElement:
			action = e.ActionID
			if e.InitialOption != nil {
				a.SelectedOption = *e.InitialOption
			}
		case *slack.MultiSelectBlockElement:
			action = e.ActionID
			for _, o := range e.InitialOptions {
				a.SelectedOptions = append(a.SelectedOptions, *o)
			}
		case *slack.CheckboxGroupsBlockElement:
			action = e.ActionID
			for _, o := range e.InitialOptions {
				a.SelectedOptions = append(a.SelectedOptions, *o)
			}
		default:
			panic(fmt.Sprintf("an input of type %T", e))
		}
		state.Values[in.BlockID] = map[string]slack.BlockAction{action: a}
	}
	return state
}

func formBot() *Bot { return &Bot{service: newFake()} }

func draftOf(spec policy.Spec) access.DraftView {
	return access.DraftView{Revision: access.Revision{Version: 3, Spec: spec}}
}

func editorOf(t interface{ Fatal(...any) }, spec policy.Spec, i, page int) *ruleEditor {
	e, err := formBot().openRule(ruleMeta{Rule: refTo(spec.Rules, i), Page: page}, draftOf(spec))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var anyText = rapid.OneOf(
	rapid.SampledFrom([]string{"sre", "security", "prod-*", "*", "?ower*", "ReadOnly", "all", "is:x", "as:0123456789abcdef", "a b", " a ", "-", "", "/"}),
	rapid.StringN(0, 200, 400), rapid.StringMatching(`[<>&"'=:\\/-]{0,12}`),
)

func randomMatch(depth int) *rapid.Generator[policy.AccountMatch] {
	return rapid.Custom(func(t *rapid.T) policy.AccountMatch {
		var m policy.AccountMatch
		some := rapid.Map(rapid.IntRange(0, 2), func(n int) bool { return n == 0 })
		if some.Draw(t, "id") {
			m.ID = rapid.SampledFrom([]string{"111111111111", "222222222222"}).Draw(t, "id")
		}
		if some.Draw(t, "name") {
			m.Name = anyText.Draw(t, "name")
		}
		if some.Draw(t, "ou") {
			m.OU = rapid.SampledFrom([]string{"/", "/Production", "/Production/Payments", "/" + strings.Repeat("ünit/", 40)}).Draw(t, "ou")
		}
		if some.Draw(t, "tags") {
			m.Tags = rapid.MapOfN(rapid.SampledFrom([]string{"env", "team", "a=b", ""}), anyText, 0, 2).Draw(t, "tags")
		}
		if depth > 0 && some.Draw(t, "except") {
			m.Except = rapid.SliceOfN(randomMatch(depth-1), 0, 3).Draw(t, "except")
		}
		return m
	})
}

// randomEdited is any rule that a draft may hold, whether it compiles or not.
var randomEdited = rapid.Custom(func(t *rapid.T) policy.RuleSpec {
	bools := rapid.Bool()
	list := func(label string, pool *rapid.Generator[string]) policy.List {
		switch rapid.IntRange(0, 3).Draw(t, label) {
		case 0:
			return policy.List{All: true}
		case 1:
			return policy.List{}
		}
		return policy.List{Items: rapid.SliceOfN(pool, 0, 4).Draw(t, label+" items")}
	}
	duration := rapid.Map(rapid.SampledFrom([]int{0, 0, 1, 45, 90, 3600, 5400, -60, 86400 * 400}), func(n int) policy.Duration { return policy.Duration(time.Duration(n) * time.Second) })
	count := rapid.SampledFrom([]int{0, 1, 2, 40, -1, 5000})
	r := policy.RuleSpec{
		Name: anyText.Draw(t, "name"), Off: bools.Draw(t, "off"), Deny: bools.Draw(t, "deny"),
		Roles: list("roles", anyText), Groups: list("groups", anyText), Requesters: list("requesters", anyText), OnBehalf: list("on behalf", anyText), When: anyText.Draw(t, "when"),
		Durations: rapid.SliceOfN(duration, 0, 3).Draw(t, "durations"), MaxDuration: duration.Draw(t, "max"),
		MaxContinuous: duration.Draw(t, "continuous"), RequestTTL: duration.Draw(t, "ttl"), Channel: anyText.Draw(t, "channel"),
		Reason:  policy.ReasonSpec{Pattern: anyText.Draw(t, "pattern"), Hint: anyText.Draw(t, "hint"), MinLength: count.Draw(t, "min")},
		InOrder: bools.Draw(t, "in order"),
	}
	switch rapid.IntRange(0, 3).Draw(t, "accounts") {
	case 0:
		r.Accounts.All = true
	case 1:
		same := randomMatch(1).Draw(t, "alike")
		for _, ou := range rapid.SliceOfN(rapid.SampledFrom([]string{"/A", "/B", "/C"}), 0, 4).Draw(t, "ous") {
			r.Accounts.Entries = append(r.Accounts.Entries, policy.AccountMatch{OU: ou, Tags: same.Tags, Except: same.Except})
		}
	case 2:
		r.Accounts.Entries = rapid.SliceOfN(randomMatch(2), 0, 70).Draw(t, "entries")
	}
	if bools.Draw(t, "automatic") {
		r.Approval.Automatic = true
	} else {
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			r.Approval.Steps = append(r.Approval.Steps, policy.Step{From: rapid.SliceOfN(anyText, 0, 3).Draw(t, "from"), Count: count.Draw(t, "count")})
		}
	}
	if bools.Draw(t, "emergency") {
		r.Emergency = &policy.EmergencySpec{
			Requesters: list("emergency requesters", anyText), MaxDuration: duration.Draw(t, "emergency max"), MinReason: count.Draw(t, "emergency reason"),
			PerDay: count.Draw(t, "per day"), Notify: anyText.Draw(t, "notify"), DebriefBy: rapid.SliceOfN(anyText, 0, 3).Draw(t, "by"), DebriefWithin: duration.Draw(t, "within"),
		}
	}
	return r
})

// Whatever a rule says, opening each page of the editor and sending it untouched changes
// nothing, and the page is one that Slack takes.
func TestRulePagesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		spec := policy.Spec{
			People: map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}, "security": {Users: []string{"sue@example.com"}}},
			Rules:  []policy.RuleSpec{{Name: "first"}, randomEdited.Draw(rt, "rule")},
		}
		before := spec.Version()
		for page := range pageWhen + 1 {
			e := editorOf(rt, spec, 1, page)
			v := e.view()
			if bad := sendable(t, v); bad != "" {
				rt.Fatalf("page %d: %s", page, bad)
			}
			state := readState(stateOf(v))
			changed, errs := e.read(state)
			if changed || len(errs) > 0 {
				rt.Fatalf("page %d: changed %v, errors %v\n%s", page, changed, errs, cmp.Diff(spec.Rules[1], e.rule))
			}
			if e.spec.Version() != before {
				rt.Fatalf("page %d changed the draft", page)
			}
		}
	})
}

// sendable is what Slack would refuse about a view; "" for nothing.
func sendable(t *testing.T, v slack.ModalViewRequest) string {
	t.Helper()
	return strings.Join(limitsOf(t, v), "\n")
}

// What the form makes of a selector of accounts shows again as it was chosen.
func TestAccountsFormMeansWhatItShows(t *testing.T) {
	t.Parallel()
	chip := rapid.SampledFrom([]string{"ou:/Production", "ou:/Dev", "id:111111111111", "name:prod-*", "tag:env=prod", "tag:team=web"})
	tag := rapid.SampledFrom([]string{"tag:stage=live", "tag:cost=low"})
	rapid.Check(t, func(t *rapid.T) {
		f := accountsForm{
			mode:   rapid.SampledFrom([]string{modeAll, modeSome}).Draw(t, "mode"),
			chips:  rapid.SliceOfNDistinct(chip, 0, 4, rapid.ID).Draw(t, "chips"),
			tags:   rapid.SliceOfNDistinct(tag, 0, 2, rapid.ID).Draw(t, "tags"),
			except: rapid.SliceOfNDistinct(chip, 0, 2, rapid.ID).Draw(t, "except"),
		}
		slices.Sort(f.tags)
		if f.mode == modeAll {
			f.chips = nil
		}
		a, id, problem := f.accounts(nil, false)
		if f.mode == modeSome && len(f.chips)+len(f.tags) == 0 {
			if id != "accounts" {
				t.Fatalf("nothing chosen, and %q %q", id, problem)
			}
			return
		}
		if problem != "" {
			t.Fatalf("%s: %s", id, problem)
		}
		shown := showAccounts(a)
		again, _, problem := shown.accounts(keptAccounts(a), false)
		if problem != "" || hashOf(again) != hashOf(a) {
			t.Fatalf("shown as %+v it means something else (%s):\n%s", shown, problem, cmp.Diff(a, again))
		}
		plain := !slices.ContainsFunc(f.chips, func(c string) bool { return strings.HasPrefix(c, chipTag) })
		if plain && len(f.chips) > 0 && !reflect.DeepEqual(shown, f) && !(len(f.chips) == 1 && f.chips[0] == "ou:/") {
			if diff := cmp.Diff(normal(f), normal(shown), cmp.AllowUnexported(accountsForm{})); diff != "" {
				t.Fatalf("chosen and shown differ:\n%s", diff)
			}
		}
	})
}

func normal(f accountsForm) accountsForm {
	for _, s := range []*[]string{&f.chips, &f.tags, &f.except} {
		if len(*s) == 0 {
			*s = nil
		}
	}
	return f
}

// FuzzRuleForm: whatever state somebody sends, reading it neither panics nor changes
// anything that the page did not show; and what it changed shows again as it was sent.
func FuzzRuleForm(f *testing.F) {
	spec := policy.Spec{
		People: map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}},
		Rules:  []policy.RuleSpec{fullRule(), {Name: "never", Deny: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{{ID: "111111111111"}}}}},
	}
	for i := range spec.Rules {
		for page := range pageWhen + 1 {
			raw, err := json.Marshal(stateOf(editorOf(f, spec, i, page).view()))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw, `{"s":[0,1,2]}`, i, page)
		}
	}
	f.Add([]byte(`{"values":{"accounts.mode":{"a":{"selected_option":{"value":"some"}}},"accounts":{"x":{"selected_options":[{"value":"as:dead"},{"value":"name:"},{"value":"-"}]}}}}`), `{}`, 0, 0)
	f.Fuzz(func(t *testing.T, raw []byte, meta string, i, page int) {
		var state slack.ViewState
		if json.Unmarshal(raw, &state) != nil {
			return
		}
		i = min(max(i, 0), 1)
		m := readRuleMeta(meta)
		m.Rule, m.Page, m.New, m.YAML = refTo(spec.Rules, i), page, "", false
		e, err := formBot().openRule(m, draftOf(spec))
		if err != nil {
			t.Fatal(err)
		}
		before := spec.Version()
		in := readState(&state)
		drawn := e.sheet(in, new(policy.RuleSpec))
		changed, errs := e.read(in)
		if spec.Version() != before {
			t.Fatal("the draft itself was changed")
		}
		if !changed || len(errs) > 0 {
			return
		}
		onlyThisPage(t, spec.Rules[i], e.rule, e.meta.Page, e.rule.Deny)
		again := editorOf(t, e.spec, e.meta.Rule.Index, e.meta.Page)
		fresh := again.untouched()
		for _, f := range drawn.fields {
			held, sent := in[f.id]
			now, there := fresh.field(f.id)
			// Steps have new places; sets and durations are told in other words.
			if !sent || !there || strings.HasPrefix(f.id, "step/") || len(now.shown) == 0 || slices.Contains(inOtherWords, f.id) {
				continue
			}
			if slices.Contains([]string{"name", "when", "reason.pattern", "reason.hint"}, f.id) {
				held = texts(clean(strings.Join(held, "")))
			}
			if !slices.Equal(held, now.shown) {
				t.Errorf("%s: sent %q, shows %q", f.id, held, now.shown)
			}
		}
	})
}

// inOtherWords are inputs whose values are written in one of several ways.
var inOtherWords = []string{
	"accounts", "accounts.mode", "accounts.tags", "accounts.except", "requesters", "on_behalf", "emergency.requesters", "emergency.by",
	"durations", "max_duration", "max_continuous", "request_ttl", "emergency.max", "emergency.within", "reason.min", "emergency.reason", "emergency.per_day",
}

// onlyThisPage fails when something changed that another page is about.
func onlyThisPage(t *testing.T, was, now policy.RuleSpec, page int, deny bool) {
	t.Helper()
	switch page {
	case pageWhat:
		now.Name, now.Accounts, now.Roles = was.Name, was.Accounts, was.Roles
	case pageWho:
		now.Requesters, now.OnBehalf = was.Requesters, was.OnBehalf
		if deny {
			now.When, now.Off = was.When, was.Off
		}
	case pageTerms:
		now.Approval, now.InOrder, now.Reason, now.Channel = was.Approval, was.InOrder, was.Reason, was.Channel
		now.Durations, now.MaxDuration, now.MaxContinuous, now.RequestTTL = was.Durations, was.MaxDuration, was.MaxContinuous, was.RequestTTL
	default:
		now.When, now.Off, now.Emergency = was.When, was.Off, was.Emergency
	}
	if diff := cmp.Diff(was, now); diff != "" {
		t.Errorf("page %d changed what it does not show:\n%s", page, diff)
	}
}

// fullRule has everything that a rule can have.
func fullRule() policy.RuleSpec {
	hours := func(n int) policy.Duration { return policy.Duration(time.Duration(n) * time.Hour) }
	return policy.RuleSpec{
		Name: "production admin",
		Accounts: policy.Accounts{Entries: []policy.AccountMatch{
			{OU: "/Production", Tags: map[string]string{"env": "prod"}, Except: []policy.AccountMatch{{Name: "*-sandbox"}}},
			{OU: "/Platform", Tags: map[string]string{"env": "prod"}, Except: []policy.AccountMatch{{Name: "*-sandbox"}}},
			{ID: "111111111111"},
			{Name: "legacy-*", OU: "/Old"},
		}},
		Roles: policy.List{Items: []string{"AdministratorAccess", "Power*"}}, Requesters: policy.List{Items: []string{"sre"}}, OnBehalf: policy.List{Items: []string{"security"}},
		When: "now.weekday() < 6", Durations: []policy.Duration{hours(1), hours(2)}, MaxDuration: hours(2), MaxContinuous: hours(8), RequestTTL: hours(4), Channel: "prod-approvals",
		Reason:   policy.ReasonSpec{Pattern: "INC-[0-9]+", Hint: "incident number", MinLength: 20},
		Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}, {From: []string{"security", "sre"}, Count: 2}}}, InOrder: true,
		Emergency: &policy.EmergencySpec{Requesters: policy.List{Items: []string{"sre"}}, MaxDuration: hours(1), MinReason: 40, PerDay: 3, Notify: "security-alerts", DebriefBy: []string{"security"}, DebriefWithin: hours(24)},
	}
}

// A removed step leaves what was typed into the others where it belongs, and a new one
// begins empty.
func TestStepsKeepTheirKeys(t *testing.T) {
	t.Parallel()
	if got := changedSteps([]int{0, 1, 2}, 3, "remove/1"); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("removed: %v", got)
	}
	if got := changedSteps([]int{0, 2}, 3, "add"); !slices.Equal(got, []int{0, 2, 3}) {
		t.Errorf("added: %v", got)
	}
	if got := changedSteps([]int{0}, 1, "remove/0"); !slices.Equal(got, []int{1}) {
		t.Errorf("the last one removed: %v", got)
	}
	spec := policy.Spec{Rules: []policy.RuleSpec{fullRule()}, People: map[string]policy.People{"sre": {Users: []string{"a@example.com"}}, "security": {Users: []string{"b@example.com"}}}}
	e := editorOf(t, spec, 0, pageTerms)
	e.meta.Steps = changedSteps(e.meta.Steps, 2, "remove/0")
	in := readState(stateOf(e.view()))
	if changed, errs := e.read(in); !changed || len(errs) > 0 {
		t.Fatalf("changed %v, errors %v", changed, errs)
	}
	want := fullRule()
	want.Approval.Steps = want.Approval.Steps[1:]
	if diff := cmp.Diff(want, e.rule); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A user group, a group, a person or a channel that is chosen makes a set, or finds the one
// that is made of exactly that.
func TestChosenSourcesMakeSets(t *testing.T) {
	t.Parallel()
	spec := policy.Spec{
		People: map[string]policy.People{"oncall": {SlackUserGroups: []string{"sre"}}, "ann": {Users: []string{"other@example.com"}}},
		Rules:  []policy.RuleSpec{fullRule()},
	}
	e := editorOf(t, spec, 0, pageWho)
	in := readState(stateOf(e.view()))
	in["requesters"] = []string{"handle:sre", "user:ann@example.com", "group:Payments Devs"}
	in["on_behalf"] = nil
	changed, errs := e.read(in)
	if !changed || len(errs) > 0 {
		t.Fatalf("changed %v, errors %v", changed, errs)
	}
	if got := e.rule.Requesters.Items; !slices.Equal(got, []string{"oncall", "ann-2", "Payments-Devs"}) {
		t.Errorf("requesters are %v", got)
	}
	if !e.rule.OnBehalf.IsZero() {
		t.Errorf("still on behalf: %v", e.rule.OnBehalf)
	}
	want := maps.Clone(spec.People)
	want["ann-2"], want["Payments-Devs"] = policy.People{Users: []string{"ann@example.com"}}, policy.People{IdentityCenterGroups: []string{"Payments Devs"}}
	if diff := cmp.Diff(want, e.spec.People); diff != "" {
		t.Errorf("sets (-want +got):\n%s", diff)
	}
	if len(spec.People) != 2 {
		t.Error("the draft itself was changed")
	}
}
