package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"stint/access"
	"stint/access/identity"
	"stint/access/policy"
)

// policySpec is a policy that uses everything, in this world's words.
func (w world) policySpec() policy.Spec {
	full := fullRule()
	full.Name, full.When, full.Requesters.Items = w.rule, "now.weekday() < 6 && account.name != '"+w.set+"'", []string{w.set}
	full.Reason.Hint, full.Channel = w.note, w.set
	full.Approval.Steps[0].From = []string{w.set}
	full.Accounts.Entries = append(full.Accounts.Entries, policy.AccountMatch{Name: w.item.Account.Name, OU: w.item.Account.OUPath, Tags: w.item.Account.Tags})
	full.Roles.Items = append(full.Roles.Items, w.item.Role.Name)
	spec := policy.Spec{
		Settings: policy.SettingsSpec{Channel: w.set},
		People: map[string]policy.People{
			w.set:  {SlackUserGroups: []string{w.set}, Users: []string{"sam@example.com"}, IdentityCenterGroups: []string{w.rule}, SlackChannels: []string{"sec-private"}},
			"idle": {}, "security": {Users: []string{"sue@example.com"}},
		},
		Channels: []policy.ChannelSpec{
			{Accounts: policy.Accounts{Entries: []policy.AccountMatch{{OU: "/Production"}, {ID: string(w.item.Account.ID)}}}, Channel: "prod-approvals"},
			{Accounts: policy.Accounts{Entries: full.Accounts.Entries}, Channel: w.set},
		},
		Rules: []policy.RuleSpec{
			full,
			{Name: "never", Deny: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{{ID: string(w.item.Account.ID)}}}},
			{Name: "read-only", Accounts: policy.Accounts{All: true}, Roles: policy.List{All: true}, Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true}, Off: true},
		},
	}
	for i := range 37 {
		r := spec.Rules[2]
		r.Name = fmt.Sprintf("%d %s", i, w.rule)
		spec.Rules = append(spec.Rules, r)
	}
	return spec
}

// rules are the views of the rules' area.
func (w world) rules(b *Bot, out map[string]any) {
	spec := w.policySpec()
	rules := make([]access.RuleView, 0, len(spec.Rules))
	for _, r := range spec.Rules {
		rules = append(rules, access.RuleView{
			RuleSummary: policy.RuleSummary{Name: r.Name, Deny: r.Deny, Text: w.note}, Off: r.Off,
			RuleReach: policy.RuleReach{Accounts: 412, Roles: 1, People: 86, PeopleKnown: r.Deny},
		})
	}
	inForce := inHand{config: access.ConfigView{Editable: true, InForce: &access.RevisionSummary{Number: 4, At: w.now}}, spec: &spec, rules: rules}
	out["rules_in_force"] = rulesView(inForce, rulesMeta{})
	out["rules_last_page"] = rulesView(inForce, rulesMeta{Page: 9})
	broken := inForce
	broken.config.Draft = &access.RevisionSummary{Changes: 3}
	broken.draft = &access.DraftView{Revision: access.Revision{Version: 7, Spec: spec}, Rules: rules, Stale: &access.RevisionSummary{Number: 5}, Problems: []policy.Problem{
		{Path: "rules[0].when", Message: w.note, Hint: w.note},
		{Path: "rules[2]", Message: "this rule can never decide", Warning: true},
		{Path: "settings.channel", Message: w.note},
		{Path: "channels[1].channel", Message: w.note},
		{Path: "people." + w.set + ".slack_usergroups[0]", Message: w.note},
	}}
	out["rules_draft"] = rulesView(broken, rulesMeta{})
	out["rules_file"] = rulesView(inHand{config: access.ConfigView{PolicyFile: w.rule}, rules: rules[:2]}, rulesMeta{})
	out["rules_none"] = rulesView(inHand{config: access.ConfigView{Editable: true}}, rulesMeta{})
	out["channels_list"] = channelsView(broken, rulesMeta{Tab: tabChannels}, b.accountLabel)
	out["sets_list"] = setsView(broken, setsMeta{})
	out["rule_new"] = newRuleView()

	d := *broken.draft
	draftBot := *b
	fake := newFake()
	fake.accounts = b.service.(*fakeService).accounts
	fake.onDraft = func(context.Context, identity.SlackUserID) (access.DraftView, error) { return d, nil }
	draftBot.service = fake
	w.ruleEditors(&draftBot, d, out)

	ctx := context.Background()
	view := func(v any, err error) any {
		if err != nil {
			panic(err)
		}
		return v
	}
	out["rule_move"] = view(draftBot.moveView(ctx, "", refTo(spec.Rules, 1)))
	out["rule_delete"] = view(draftBot.deleteView(ctx, "", refTo(spec.Rules, 0)))
	out["channel_edit"] = view(draftBot.channelForm(channelMeta{Index: 1, Hash: hashOf(spec.Channels[1])}, d, nil, ""))
	out["channel_new"] = view(draftBot.channelForm(channelMeta{New: true}, d, nil, changedElsewhere))
	out["set_edit"] = view(draftBot.setForm(setMeta{Name: hashOf(w.set)}, d, nil, ""))
	out["set_new"] = view(draftBot.setForm(setMeta{}, d, nil, ""))
	out["set_in_use"] = view(draftBot.setGoneView(ctx, "", setMeta{Name: hashOf(w.set)}))
	out["set_delete"] = view(draftBot.setGoneView(ctx, "", setMeta{Name: hashOf("idle")}))
	var chips []string
	for _, n := range slices.Sorted(maps.Keys(spec.People)) {
		chips = append(chips, wordChip(n))
	}
	found := &offers{query: w.note}
	for _, c := range append(chips, chipEveryone, chipUserGroup+"sre", chipGroup+"Payments Devs", chipChannel+"sec", chipUser+"a@example.com") {
		found.typed(setChip(c, nil, spec.People))
	}
	out["options_sets"] = found.answer("set", "")
}

func (w world) ruleEditors(b *Bot, d access.DraftView, out map[string]any) {
	open := func(i, page int) *ruleEditor {
		e, err := b.openRule(ruleMeta{Rule: refTo(d.Revision.Spec.Rules, i), Page: page}, d)
		if err != nil {
			panic(err)
		}
		return e
	}
	for page, called := range []string{"what", "who", "terms", "when"} {
		out["rule_"+called] = open(0, page).view()
	}
	out["rule_deny_what"], out["rule_deny_who"] = open(1, pageWhat).view(), open(1, pageWho).view()
	out["rule_automatic"] = open(2, pageTerms).view()
	wrong := open(2, pageTerms)
	wrong.banner = ":no_entry: *Not stored.*\n" + errorLines(map[string]string{"max_duration": w.note})
	wrong.state = formState{"approval.mode": {modeSteps}, "step/0/from": {chipUserGroup + "sre"}, "max_duration": {cut(clean(w.reason), 40)}}
	out["rule_wrong"] = wrong.view()
	yaml := open(1, pageWhat)
	yaml.meta.YAML = true
	out["rule_yaml"] = yaml.view()
	long := open(0, pageWhat)
	long.meta.YAML, long.rule.When = true, string(make([]byte, 4000))
	out["rule_yaml_long"] = long.view()
	fresh, err := b.openRule(ruleMeta{New: "approved"}, d)
	if err != nil {
		panic(err)
	}
	out["rule_template"] = fresh.view()
}
