package bot

import (
	"context"
	"slices"
	"strings"
	"testing"

	"stint/access"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// A rule is begun from a template, and its four pages are stored one after the other.
func TestAddRule(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	m := r.modal(sue, viewRules)
	for _, want := range []string{"In force:", "version 4", "1. never the management account", ":no_entry: deny", "212 accounts · 3 roles · 86 people today"} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the list does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	r.pressIn(sue, actRuleNew)
	r.modal(sue, viewRuleNew)
	r.fill(sue, "template", actRuleText, "approved")
	r.send(sue)
	r.modalSays(sue, "1 of 4")

	r.fill(sue, "name", actRuleText, "payments & <!channel>")
	r.chooseAll(sue, "roles", actRuleRoles, "Admin*", "is:Admin*")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors["accounts"] == "" {
		t.Errorf("nothing is said of missing accounts: %+v", res)
	}
	r.chooseAll(sue, "accounts", actRuleAccounts, "", "ou:/Production", "id:"+prod)
	r.chooseAll(sue, "accounts.except", actRuleAccounts, "*-sandbox", "name:*-sandbox")
	r.send(sue)
	r.modalSays(sue, "2 of 4")
	r.fill(sue, "requesters.mode", actRuleShape, modeSome)
	r.until("who", func() bool { m, _ := sue.Modal(); return hasBlock(m, "requesters") })
	r.chooseAll(sue, "requesters", actRuleSets, "", "handle:oncall")
	r.send(sue)
	r.modalSays(sue, "3 of 4")
	r.chooseAll(sue, "step/0/from", actRuleSets, "s", "is:security")
	r.fill(sue, "max_duration", actRuleText, "ninety")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors["max_duration"], "no duration") {
		t.Errorf("under the longest duration: %+v", res)
	}
	r.fill(sue, "max_duration", actRuleText, "1h 30 min")
	r.pressIn(sue, actRuleStep)
	r.until("a second step", func() bool { m, _ := sue.Modal(); return hasBlock(m, "step/1/from") })
	r.chooseAll(sue, "step/1/from", actRuleSets, "", "is:sre")
	r.send(sue)
	r.modalSays(sue, "4 of 4")
	r.fill(sue, "when", actRuleText, "account.nam == 'x'")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors["when"], "Undeclared reference to 'account.nam'") {
		t.Errorf("under the condition: %+v", res)
	}
	r.fill(sue, "when", actRuleText, "now.weekday() < 6")
	r.send(sue)
	m = r.modal(sue, viewRules)
	m = r.modalSays(sue, "is stored in your draft")
	if !strings.Contains(text(m.Blocks), "4. payments &amp; &lt;!channel&gt;") {
		t.Errorf("the list does not have the new rule:\n%s", text(m.Blocks))
	}
	spec := d.spec()
	got := spec.Rules[3]
	if got.Requesters.Items[0] != "oncall" || len(got.Approval.Steps) != 2 || got.MaxDuration.String() != "1h30m" || got.When != "now.weekday() < 6" ||
		len(got.Accounts.Entries) != 2 || got.Accounts.Entries[1].ID != prod || got.Accounts.Entries[0].Except[0].Name != "*-sandbox" {
		t.Errorf("stored: %+v", got)
	}
	if !slices.Equal(spec.People["oncall"].SlackUserGroups, []string{"oncall"}) {
		t.Errorf("sets: %+v", spec.People)
	}
	if bad := problemsOf(spec); policy.Refused(bad) {
		t.Errorf("what the form made does not compile: %v", bad)
	}
}

// A page that is larger than an answer over the socket may be comes by a call of its own.
func TestLargePageComesByCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	spec := deskSpec()
	spec.Rules[2].Approval.Steps = slices.Repeat(spec.Rules[2].Approval.Steps[:1], maxSteps)
	r.newDesk(spec)
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 2, "edit")
	for _, page := range []string{"1 of 4", "2 of 4"} {
		r.modalSays(sue, page)
		r.send(sue)
	}
	m := r.modalSays(sue, "3 of 4")
	if !hasBlock(m, "step/9/count") || hasAction(m.Blocks, actRuleStep) {
		t.Errorf("not all steps are there, or one more is offered:\n%s", text(m.Blocks))
	}
	if n := size(m.Blocks); n < maxReply {
		t.Fatalf("the page has only %d bytes: this tests nothing", n)
	}
	r.send(sue)
	r.modalSays(sue, "4 of 4")
}

func hasBlock(m slacksim.Modal, id string) bool {
	return slices.ContainsFunc(m.Blocks, func(b blockkit.Block) bool { return b["block_id"] == id })
}

// Looking at every page of a rule and sending it untouched begins no change.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 2, "edit")
	for _, page := range []string{"1 of 4", "2 of 4", "3 of 4", "4 of 4"} {
		r.modalSays(sue, page)
		r.send(sue)
	}
	r.modal(sue, viewRules)
	if m := r.modalSays(sue, "In force:"); d.edited() != 0 || strings.Contains(text(m.Blocks), "Your draft") {
		t.Errorf("%d edits; the list says:\n%s", d.edited(), text(m.Blocks))
	}
}

// What is stored page by page stays when the editor is closed in the middle, and the list
// below shows it.
func TestClosingKeepsWhatWasStored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 1, "edit")
	r.modalSays(sue, "1 of 4")
	r.fill(sue, "name", actRuleText, "look around")
	r.send(sue)
	r.modalSays(sue, "2 of 4")
	r.must(sue.CloseModal(r.ctx))
	r.modalSays(sue, "2. look around")
	r.modalSays(sue, "Your draft")
	if d.spec().Rules[1].Name != "look around" {
		t.Errorf("stored: %+v", d.spec().Rules[1])
	}
}

// Another window changed the draft meanwhile: nothing is overwritten, what was typed stays,
// and sending again puts it on top.
func TestDraftChangedElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 1, "edit")
	r.modalSays(sue, "1 of 4")
	r.fill(sue, "name", actRuleText, "look around")
	d.mu.Lock()
	d.draft.Version++
	d.draft.Spec.Settings.Channel = "elsewhere"
	d.mu.Unlock()
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("%+v", res)
	}
	r.modalSays(sue, "changed in another window")
	if d.edited() != 0 {
		t.Error("it was stored all the same")
	}
	r.send(sue)
	r.modalSays(sue, "2 of 4")
	if got := d.spec(); got.Rules[1].Name != "look around" || got.Settings.Channel != "elsewhere" {
		t.Errorf("stored: %+v", got)
	}
}

// A choice that draws the page anew says it as well, and hides nothing of the other window's
// change from the next page.
func TestDraftChangedElsewhereShowsAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 1, "edit")
	r.modalSays(sue, "1 of 4")
	d.mu.Lock()
	d.draft.Version++
	d.mu.Unlock()
	r.fill(sue, "roles.mode", actRuleShape, modeAll)
	m := r.modalSays(sue, "changed in another window")
	if hasBlock(m, "roles") {
		t.Error("the choice was forgotten")
	}
	r.send(sue)
	r.modalSays(sue, "2 of 4")
	if got := d.spec().Rules[1].Roles; !got.All {
		t.Errorf("stored: %+v", got)
	}
}

// Switch off, copy, move and delete, each in the draft.
func TestRuleMenu(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 1, "off")
	r.modalSays(sue, "is switched off in your draft")
	r.menu(sue, actRuleMenu, 1, "copy")
	r.modalSays(sue, "Copied as “read-only 2”")
	r.menu(sue, actRuleMenu, 3, "move")
	r.modal(sue, viewRuleMove)
	r.fill(sue, blockWhere, actRuleText, "position")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockPosition] == "" {
		t.Errorf("no position, and %+v", res)
	}
	r.fill(sue, blockPosition, actRuleText, "2")
	r.send(sue)
	r.modalSays(sue, "is number 2 now")
	r.menu(sue, actRuleMenu, 0, "delete")
	r.modal(sue, viewRuleDelete)
	r.send(sue)
	r.modalSays(sue, "is deleted from your draft")
	var names []string
	for _, rule := range d.spec().Rules {
		names = append(names, rule.Name)
	}
	if !slices.Equal(names, []string{"production admin", "read-only", "read-only 2"}) || !d.spec().Rules[1].Off {
		t.Errorf("rules are %q", names)
	}
}

// A rule is edited as YAML; what is wrong is told with its line and column.
func TestRuleAsYAML(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 1, "edit")
	r.modalSays(sue, "1 of 4")
	r.pressIn(sue, actRuleYAML)
	r.until("YAML", func() bool { m, _ := sue.Modal(); return hasBlock(m, blockYAML) })
	for typed, want := range map[string]string{
		"name: x\nacounts: all\n": "Line 2, column 1: There is no key `acounts`",
		"name: x\naccounts: all\nroles: all\nrequesters: all\napproval: automatic\nwhen: 'now >'\n": "Line 6, column 7",
		"- name: x\n  accounts: all\n  roles: all\n  requesters: [nobody]\n  approval: automatic\n": "Line 4, column 16",
	} {
		r.fill(sue, blockYAML, actRuleText, typed)
		res, err := sue.Submit(r.ctx)
		r.must(err)
		if !strings.Contains(res.Errors[blockYAML], want) {
			t.Errorf("for %q: %+v", typed, res)
		}
	}
	r.fill(sue, blockYAML, actRuleText, "name: by hand\naccounts:\n  - { ou: /Production, except: [{ name: 'a*', except: [{ name: ab }] }] }\nroles: all\nrequesters: [sre]\napproval: automatic\n")
	r.pressIn(sue, actRuleForm)
	m := r.modalSays(sue, "1 of 4")
	if !strings.Contains(text(m.Blocks), "by hand") {
		t.Errorf("the form does not show it:\n%s", text(m.Blocks))
	}
	if got := d.spec().Rules[1]; got.Name != "by hand" || got.Accounts.Entries[0].Except[0].Except[0].Name != "ab" {
		t.Errorf("stored: %+v", got)
	}
}

// Back stores the page that it leaves, or says what keeps it from being stored.
func TestBackStores(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 1, "edit")
	r.modalSays(sue, "1 of 4")
	r.send(sue)
	r.modalSays(sue, "2 of 4")
	r.send(sue)
	r.modalSays(sue, "3 of 4")
	r.fill(sue, "max_duration", actRuleText, "soon")
	r.pressIn(sue, actRuleBack)
	r.modalSays(sue, "not stored yet")
	r.fill(sue, "max_duration", actRuleText, "3h")
	r.pressIn(sue, actRuleBack)
	r.modalSays(sue, "2 of 4")
	if got := d.spec().Rules[1].MaxDuration.String(); got != "3h" {
		t.Errorf("stored %s", got)
	}
}

// Where cards go: an entry is added, moved and deleted.
func TestChannelEntries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.pressIn(sue, actRulesTab+":"+tabChannels)
	r.modalSays(sue, "Everything else: *#aws-approvals*")
	r.pressIn(sue, actChannelNew)
	r.modal(sue, viewChannel)
	r.chooseAll(sue, "accounts", actRuleAccounts, "", "tag:env=prod")
	r.fill(sue, "accounts.mode", actRuleShape, modeAll)
	r.until("no entries", func() bool { m, _ := sue.Modal(); return !hasBlock(m, "accounts") })
	r.fill(sue, "accounts.mode", actRuleShape, modeSome)
	r.until("entries", func() bool { m, _ := sue.Modal(); return hasBlock(m, "accounts") })
	r.chooseAll(sue, "accounts", actRuleAccounts, "", "tag:env=prod")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors["channel"] == "" {
		t.Errorf("no channel, and %+v", res)
	}
	r.chooseAll(sue, "channel", actRuleChannel, "", "is:prod-approvals")
	r.send(sue)
	r.modalSays(sue, "go to *#prod-approvals*")
	r.menu(sue, actChannelMenu, 1, "up")
	r.modalSays(sue, "Moved, in your draft")
	if got := d.spec().Channels; len(got) != 2 || got[0].Accounts.Entries[0].Tags["env"] != "prod" {
		t.Errorf("channels: %+v", got)
	}
	r.menu(sue, actChannelMenu, 1, "delete")
	r.modal(sue, viewChannelGone)
	r.send(sue)
	r.modalSays(sue, "The entry is deleted")
	if got := d.spec().Channels; len(got) != 1 || got[0].Accounts.Entries[0].OU != "" {
		t.Errorf("channels: %+v", got)
	}
}

// Sets of people: one in use is not deleted, but says where it is used; a new name goes
// into the rules.
func TestPeopleSets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.pressIn(sue, actRulesTab+":"+tabSets)
	r.modal(sue, viewSets)
	r.menu(sue, actSetMenu, 2, "delete")
	r.modal(sue, viewNote)
	r.modalSays(sue, "“production admin” (requesters, approval, step 1, approval, step 2, emergency)")
	r.must(sue.CloseModal(r.ctx))
	r.menu(sue, actSetMenu, 0, "delete")
	r.modal(sue, viewSetGone)
	r.send(sue)
	r.modalSays(sue, "The set “idle” is deleted")
	r.menu(sue, actSetMenu, 1, "edit")
	r.modal(sue, viewSet)
	r.fill(sue, "name", actRuleText, "platform")
	r.chooseAll(sue, "users", chooser(areaSets, access.ChoosePerson), "sam", "is:sam@example.com")
	r.send(sue)
	r.modalSays(sue, "have the new name")
	spec := d.spec()
	if got := spec.Rules[2]; got.Requesters.Items[0] != "platform" || got.Approval.Steps[1].From[1] != "platform" || got.Emergency.Requesters.Items[0] != "platform" {
		t.Errorf("the rule: %+v", got)
	}
	if p, ok := spec.People["platform"]; !ok || p.Users[0] != "sam@example.com" || p.SlackUserGroups[0] != "sre" {
		t.Errorf("the sets: %+v", spec.People)
	}
	if d.inForce.Rules[2].Requesters.Items[0] != "sre" {
		t.Error("what is in force was changed")
	}
	r.pressIn(sue, actSetNew)
	r.modal(sue, viewSet)
	r.fill(sue, "name", actRuleText, "security")
	r.chooseAll(sue, "users", chooser(areaSets, access.ChoosePerson), "sam", "is:sam@example.com")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors["name"] == "" {
		t.Errorf("a second set of one name: %+v", res)
	}
	r.fill(sue, "name", actRuleText, "on call")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors["name"], "no name for a people set") {
		t.Errorf("a name that policies do not take: %+v", res)
	}
}

// A policy that is a file is shown, and nothing in it can be pressed.
func TestFilePolicyIsReadOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.config, access.ConfigView{PolicyFile: "/etc/stint/policy.yaml", Rules: ruleViews(deskSpec())})
	sue := r.configs("rules")
	m := r.modalSays(sue, "/etc/stint/policy.yaml")
	for _, action := range []string{actRuleMenu, actRuleNew, actRulesTab + ":" + tabSets} {
		if hasAction(m.Blocks, action) {
			t.Errorf("%s is offered", action)
		}
	}
}

// What takes longer than Slack waits is answered with "Working…", and errors show then in
// the page itself.
func TestSlowCheckShowsErrorsInThePage(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.answerAfter = 1 } })
	d := r.newDesk(deskSpec())
	sue := r.configs("rules")
	r.modal(sue, viewRules)
	r.menu(sue, actRuleMenu, 0, "edit")
	r.modalSays(sue, "1 of 2")
	r.send(sue)
	r.modalSays(sue, "2 of 2")
	d.slow = make(chan struct{})
	r.fill(sue, "when", actRuleText, "now >")
	r.send(sue)
	close(d.slow)
	m := r.modalSays(sue, "Not stored.")
	if !strings.Contains(text(m.Blocks), "at character") || !hasBlock(m, "when") {
		t.Errorf("the page does not say why:\n%s", text(m.Blocks))
	}
}

// Of a file there are no versions in Slack, and its history is somewhere else.
func TestVersionsOfAFileAreInItsRepository(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.config, access.ConfigView{PolicyFile: "/etc/stint/policy.yaml"})
	set(r.fake, &r.fake.onRevisions, func(context.Context, identity.SlackUserID, int, int) ([]access.RevisionSummary, int, error) {
		return nil, 0, nil
	})
	r.modalSays(r.configs("versions"), "history of the repository")
}
