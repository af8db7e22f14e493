package policy

import (
	"fmt"
	"strings"
)

// describe builds what a rule says for people.
func describe(s *RuleSpec, r *rule) text {
	t := text{
		summary:    summary(s, r),
		requesters: "you are not among its requesters" + inBrackets(s.Requesters),
		others:     " is not among its requesters" + inBrackets(s.Requesters),
		onBehalf:   "you may not ask for others under it" + inBrackets(s.OnBehalf),
	}
	if s.Deny {
		t.requesters = "it is not about you"
		t.others = "it is about neither you nor "
		t.denies = fmt.Sprintf("Rule “%s” forbids it.", s.Name)
		t.perhaps = fmt.Sprintf("Rule “%s” may forbid it: what it depends on cannot be read now.", s.Name)
		return t
	}
	most := spell(r.terms.MaxDuration)
	if s.Approval.Automatic {
		t.allows = fmt.Sprintf("Rule “%s” allows it without approval, for %s at most.", s.Name, most)
	} else {
		t.allows = fmt.Sprintf("Rule “%s” allows it with %s, for %s at most.",
			s.Name, describeSteps(r.terms.Steps, s.InOrder), most)
	}
	return t
}

func inBrackets(l List) string {
	if len(l.Items) == 0 {
		return ""
	}
	return " (" + strings.Join(l.Items, ", ") + ")"
}

// summary is the rule in one line.
func summary(s *RuleSpec, r *rule) string {
	var parts []string
	if !s.onlyGroups() {
		parts = append(parts, describeAccounts(s.Accounts), describeList(s.Roles, "all roles"))
	}
	if !s.Groups.IsZero() {
		parts = append(parts, "membership in "+describeList(s.Groups, "any group"))
	}
	parts = append(parts, describeList(s.Requesters, "everyone"))
	if s.When != "" {
		parts = append(parts, "when "+strings.Join(strings.Fields(s.When), " "))
	}
	if s.Deny {
		return strings.Join(append(parts, "denied"), " · ")
	}
	if len(s.OnBehalf.Items) > 0 {
		parts = append(parts, strings.Join(s.OnBehalf.Items, ", ")+" may ask for them")
	}
	if s.Approval.Automatic {
		parts = append(parts, automatic)
	} else {
		parts = append(parts, describeSteps(r.terms.Steps, s.InOrder))
	}
	if e := r.terms.Escalation; e != nil {
		parts = append(parts, e.describe())
	}
	parts = append(parts, "up to "+spell(r.terms.MaxDuration))
	if s.Emergency != nil {
		parts = append(parts, "emergency up to "+spell(r.emergency.terms.MaxDuration))
	}
	return strings.Join(parts, " · ")
}

func describeList(l List, everything string) string {
	if l.All || len(l.Items) == 0 {
		return everything
	}
	return strings.Join(l.Items, ", ")
}

func describeAccounts(a Accounts) string {
	if a.All || len(a.Entries) == 0 {
		return "all accounts"
	}
	return describeEntries(a.Entries)
}

func describeEntries(entries []AccountMatch) string {
	parts := make([]string, len(entries))
	for i := range entries {
		parts[i] = describeEntry(&entries[i])
	}
	return strings.Join(parts, ", ")
}

func describeEntry(m *AccountMatch) string {
	var parts []string
	for _, s := range []string{m.ID, m.Name, m.OU} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	for _, k := range sortedKeys(m.Tags) {
		parts = append(parts, k+"="+m.Tags[k])
	}
	s := strings.Join(parts, " & ")
	if len(m.Except) > 0 {
		s += " (not " + describeEntries(m.Except) + ")"
	}
	return s
}
