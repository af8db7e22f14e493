package bot

import (
	"fmt"
	"unicode/utf8"

	"stint/access/policy"
)

// maxRuleName is what a policy takes as the name of a rule.
const maxRuleName = 100

// whatPage is about what a rule opens or closes: its name, accounts and roles.
func (e *ruleEditor) whatPage(s *sheet, r *policy.RuleSpec) {
	if s.text(textField{
		block: "name", label: "Name", value: e.rule.Name, most: maxRuleName,
		hint: "Decisions and cards name the rule.", placeholder: "production admin",
	}, "name") {
		s.part(func(in formState) map[string]string {
			r.Name = in.one("name")
			if utf8.RuneCountInString(r.Name) == 0 {
				return map[string]string{"name": "Give the rule a name."}
			}
			for i, other := range e.spec.Rules {
				if other.Name == r.Name && (e.meta.New != "" || i != e.meta.Rule.Index) {
					return map[string]string{"name": fmt.Sprintf("Rule %d has this name already.", i+1)}
				}
			}
			return nil
		})
	}
	if onlyGroups(e.rule) {
		s.say(small("This rule is about groups and about no role in any account. That is changed as YAML."))
		e.groupField(s, r)
		return
	}
	s.accountFields(e.rule.Accounts, e.rule.Deny, e.label, func(a policy.Accounts) { r.Accounts = a })
	s.roleFields(e.rule.Roles, e.rule.Deny, func(l policy.List) { r.Roles = l })
	if !e.rule.Groups.IsZero() { // few rules are; others get them as YAML
		e.groupField(s, r)
	}
}

// whoPage is about people: who may hold it, and who may ask for them. That of a deny is its last.
func (e *ruleEditor) whoPage(s *sheet, r *policy.RuleSpec) {
	label, every, hint := "Who may request it", "Everyone in Identity Center", "They receive the access. A group, a person or a channel that you choose becomes a set of people."
	if e.rule.Deny {
		label, every, hint = "Whom it stops", "Everyone", "Looked for both in who asks and in who would get it."
	}
	shown, _ := showList(e.rule.Requesters)
	if s.radio("requesters.mode", label, shown, []sheetChoice{{modeAll, every, ""}, {modeSome, "Only these", ""}}, "requesters") == modeSome {
		s.sets(setField{id: "requesters", label: "These people", hint: hint, chosen: e.rule.Requesters.Items, required: true, paths: []string{"requesters"}}, e.spec.People)
	}
	s.part(func(in formState) map[string]string {
		switch in.one("requesters.mode") {
		case modeAll:
			r.Requesters = policy.List{All: !e.rule.Deny}
		case modeSome:
			chips, drawn := in["requesters"]
			if !drawn {
				return nil // more than a list of Slack holds: it stays as it is
			}
			names, problem := e.sets.names("requesters", chips, e.rule.Requesters.Items)
			if problem == "" && len(names) == 0 {
				problem = "Choose at least one."
			}
			if problem != "" {
				return map[string]string{"requesters": problem}
			}
			r.Requesters = policy.List{Items: names}
		default:
			return map[string]string{"requesters.mode": "Choose one."}
		}
		return nil
	})
	if e.rule.Deny {
		e.whenField(s, r)
		e.offField(s, r)
		return
	}
	if s.sets(setField{
		id: "on_behalf", label: "Who else may ask for them", chosen: e.rule.OnBehalf.Items, paths: []string{"on_behalf"},
		hint: "They can ask for somebody above. Neither of the two can approve.",
	}, e.spec.People) {
		s.part(func(in formState) map[string]string {
			names, problem := e.sets.names("on_behalf", in["on_behalf"], e.rule.OnBehalf.Items)
			if problem != "" {
				return map[string]string{"on_behalf": problem}
			}
			r.OnBehalf = policy.List{Items: names}
			return nil
		})
	}
}

// whenPage is about when a rule holds, and what it gives in an emergency.
func (e *ruleEditor) whenPage(s *sheet, r *policy.RuleSpec) {
	e.whenField(s, r)
	e.emergencyFields(s, r)
	e.offField(s, r)
}

func (e *ruleEditor) whenField(s *sheet, r *policy.RuleSpec) {
	if s.text(textField{
		block: "when", label: "Only when (CEL)", value: e.rule.When, most: 1000, lines: true, optional: true,
		placeholder: `account.tags["env"] == "dev" && now.weekday() < 6`,
		hint:        "Known are person.id, person.name, person.email, person.user_name, groups, account.id, account.name, account.ou, account.tags, role, group, now, emergency, ticket. How long somebody asks for is not: the longest duration limits it.",
	}, "when") {
		s.part(func(in formState) map[string]string {
			r.When = in.one("when")
			return nil
		})
	}
}

func (e *ruleEditor) offField(s *sheet, r *policy.RuleSpec) {
	s.tick("off", "This rule", tick{value: "off", label: "Switched off", about: "it stays in the list, and decides nothing", on: e.rule.Off}, false)
	s.part(func(in formState) map[string]string {
		r.Off = in.one("off") != ""
		return nil
	})
}
