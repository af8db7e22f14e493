package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"stint/access/catalog"
)

func (c *compiler) rule(path string, s *RuleSpec) rule {
	r := rule{name: s.Name, deny: s.Deny, off: s.Off}
	switch {
	case strings.TrimSpace(s.Name) == "":
		c.problem(path+".name", "decisions and cards name the rule", "the rule has no name")
	case utf8.RuneCountInString(s.Name) > maxNameRunes:
		c.problem(path+".name", "", "the name is longer than %d characters", maxNameRunes)
	case strings.ContainsFunc(s.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		c.problem(path+".name", "", "the name holds control characters")
	}
	r.accounts, r.roles, r.requesters = c.selectors(path, s)
	r.groups = c.groups(path+".groups", s)
	if s.When != "" {
		r.when = c.condition(path+".when", s.When)
		if s.onlyGroups() && !s.Deny && r.when != nil && r.when.needs&(needAccount|needRole) != 0 {
			c.warn(path+".when", "speak of group, which is its name", "this rule is about groups, which have no account and no role, so its condition never holds")
		}
	}
	if s.Off && s.Deny {
		c.warn(path+".off", "remove the rule, or remove off", "this deny is switched off and protects nothing")
	}
	if s.Deny {
		c.onlyDeny(path, s)
	} else {
		c.allow(path, s, &r)
	}
	r.text = describe(s, &r)
	return r
}

// selectors compiles the three parts that an allow must state; one with groups may leave out
// accounts and roles. In a deny, one that was left out means any, unless it is about groups
// alone; an empty one is refused in both.
func (c *compiler) selectors(path string, s *RuleSpec) (a accountMatcher, r roleMatcher, w who) {
	missing := func(key, hint string, left, empty bool) bool {
		switch {
		case left && !s.Deny && (key == "requesters" || !s.onlyGroups()):
			c.problem(path+"."+key, hint, "an allow must state %s", key)
		case empty && !left:
			c.problem(path+"."+key, hint, "%s is empty", key)
		}
		return left || empty
	}
	a.all, r.all, w.all = s.Deny && !s.onlyGroups(), s.Deny && !s.onlyGroups(), s.Deny
	if !missing("accounts", "say `all`, or list entries", s.Accounts.IsZero(), !s.Accounts.All && len(s.Accounts.Entries) == 0) {
		a = c.accounts(path+".accounts", s.Accounts)
	}
	if !missing("roles", "say `all`, or list names of permission sets", s.Roles.IsZero(), !s.Roles.All && len(s.Roles.Items) == 0) {
		r = c.roleMatcher(path+".roles", s.Roles)
	}
	if !missing("requesters", "say `all`, or list people sets", s.Requesters.IsZero(), !s.Requesters.All && len(s.Requesters.Items) == 0) {
		w = c.who(path+".requesters", s.Requesters)
	}
	return a, r, w
}

// onlyDeny refuses what has no meaning in a deny.
func (c *compiler) onlyDeny(path string, s *RuleSpec) {
	for _, f := range []struct {
		key string
		set bool
	}{
		{"on_behalf", !s.OnBehalf.IsZero()},
		{"durations", s.Durations != nil},
		{"max_duration", s.MaxDuration != 0},
		{"max_continuous", s.MaxContinuous != 0},
		{"request_ttl", s.RequestTTL != 0},
		{"channel", s.Channel != ""},
		{"reason", s.Reason != ReasonSpec{}},
		{"ticket", s.Ticket != nil},
		{"approval", !s.Approval.IsZero()},
		{"in_order", s.InOrder},
		{"escalate", s.Escalate != nil},
		{"emergency", s.Emergency != nil},
	} {
		if !f.set {
			continue
		}
		hint := "remove it"
		if f.key == "on_behalf" {
			hint = "requesters of a deny are looked for both in who asks and in who receives"
		}
		c.problem(path+"."+f.key, hint, "%s has no meaning in a deny", f.key)
	}
}

func (c *compiler) allow(path string, s *RuleSpec, r *rule) {
	settings := c.p.settings
	r.onBehalf = c.who(path+".on_behalf", s.OnBehalf)
	if s.OnBehalf.All {
		c.problem(path+".on_behalf", "list people sets", "on_behalf cannot be `all`: anybody could ask for anybody")
	}
	if s.Channel != "" {
		r.channel, _ = c.channel(path+".channel", s.Channel)
	}
	most := c.durationOr(path+".max_duration", s.MaxDuration, settings.MaxDuration)
	t := Terms{
		Rule: s.Name, PolicyVersion: c.p.version,
		MaxDuration:   most,
		MaxContinuous: c.durationOr(path+".max_continuous", s.MaxContinuous, settings.MaxContinuous),
		RequestTTL:    c.durationOr(path+".request_ttl", s.RequestTTL, settings.RequestTTL),
		Reason:        c.reason(path+".reason", s.Reason),
		Ticket:        c.ticket(path+".ticket", s.Ticket),
		InOrder:       s.InOrder,
	}
	if t.MaxContinuous < most && (s.MaxDuration != 0 || s.MaxContinuous != 0) {
		at := path + ".max_duration"
		if s.MaxContinuous != 0 {
			at = path + ".max_continuous"
		}
		c.problem(at, "raise max_continuous, or lower max_duration",
			"max_duration %s is longer than max_continuous, which is %s", formatDuration(most), formatDuration(t.MaxContinuous))
	}
	if s.Durations != nil {
		t.Durations = c.presets(path+".durations", s.Durations, most)
	}
	if len(t.Durations) == 0 {
		t.Durations = upTo(settings.Durations, most)
	}
	t.Automatic, t.Steps = c.approval(path, s)
	if s.Escalate != nil {
		t.Escalation = c.escalation(path+".escalate", s, t)
	}
	r.terms = t
	if s.Emergency != nil {
		r.emergency = c.emergency(path+".emergency", s.Emergency, r)
	}
}

func (c *compiler) reason(path string, s ReasonSpec) ReasonTerms {
	t := ReasonTerms{Pattern: s.Pattern, Hint: s.Hint, MinLength: max(s.MinLength, 1)}
	if s.MinLength < 0 || s.MinLength > maxMinReason {
		c.problem(path+".min_length", "", "min_length must be between 1 and %d", maxMinReason)
	}
	if s.Pattern == "" {
		return t
	}
	if _, err := regexp.Compile(s.Pattern); err != nil {
		c.problem(path+".pattern", "", "%v", err)
	}
	if s.Hint == "" {
		c.warn(path, "add hint: incident number, or whatever the pattern wants", "nobody can know what a reason must look like")
	}
	return t
}

func (c *compiler) ticket(path string, s *TicketSpec) *TicketTerms {
	if s == nil {
		return nil
	}
	if s.Pattern != "" {
		if _, err := regexp.Compile("^(?:" + s.Pattern + ")$"); err != nil {
			c.problem(path+".pattern", "", "%v", err)
		}
		if s.Hint == "" {
			c.warn(path, "add hint: change number, or whatever the pattern wants", "nobody can know what a ticket must look like")
		}
	}
	return &TicketTerms{Pattern: s.Pattern, Hint: s.Hint, Optional: s.Optional, Check: s.Check}
}

func (c *compiler) approval(path string, s *RuleSpec) (automatic bool, steps []Step) {
	switch {
	case s.Approval.IsZero():
		c.problem(path+".approval", "say `automatic`, or list steps like { from: [sre], count: 1 }", "an allow must state approval")
	case s.Approval.Automatic:
		automatic = true
	case len(s.Approval.Steps) == 0:
		c.problem(path+".approval", "say `automatic` if nobody needs to approve", "approval is empty")
	case len(s.Approval.Steps) > maxApproval:
		c.problem(path+".approval", "", "more than %d steps", maxApproval)
	}
	if s.InOrder && s.Approval.Automatic {
		c.problem(path+".in_order", "remove it", "in_order has no meaning without steps")
	}
	for i, in := range s.Approval.Steps {
		at := fmt.Sprintf("%s.approval[%d]", path, i)
		if len(in.From) == 0 {
			c.problem(at+".from", "list people sets", "from is missing: nobody could approve")
		}
		if in.Count < 1 || in.Count > maxStepCount {
			c.problem(at+".count", "", "count must be between 1 and %d", maxStepCount)
		}
		if slices.Contains(in.From, all) {
			c.problem(at+".from", "list people sets", "`all` cannot approve")
			continue
		}
		steps = append(steps, Step{From: c.setNames(at+".from", in.From), Count: in.Count})
	}
	return automatic, steps
}

func (c *compiler) condition(path, source string) *condition {
	if cond, ok := c.conditions[source]; ok {
		return cond // rules that share a condition share what it was compiled to
	}
	isSet := func(name string) bool { _, ok := c.p.setByName[name]; return ok }
	cond, err := compileCondition(source, isSet)
	if err == nil {
		c.conditions[source] = cond
		return cond
	}
	hint := ""
	var unknown *unknownGroupError
	switch {
	case errors.As(err, &unknown):
		hint = didYouMean(catalog.Nearest(unknown.name, slices.Values(sortedKeys(c.spec.People))))
	case strings.Contains(source, "duration"):
		hint = "a condition never speaks of the duration: max_duration limits it"
	case strings.Contains(err.Error(), "undeclared") && !strings.Contains(err.Error(), "did you mean"):
		names := make([]string, len(conditionNames))
		for i, n := range conditionNames {
			names[i] = n.name
		}
		hint = "known are " + strings.Join(names, ", ") + " and now.weekday()"
	}
	c.problem(path, hint, "%v", err)
	return nil
}
