package policy_test

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/catalog"
	"stint/access/policy"
)

// reference is a slow evaluator that follows the text of the design word by word, over
// the Spec itself. It has no index, no cache, no ids but those of the world.
type reference struct {
	spec policy.Spec
	w    *world
}

// degree is how true something is: 0 not, 1 perhaps, 2 certainly. All of some things are as
// true as the least of them, any of them as true as the most.
type degree int

const (
	no degree = iota
	perhaps
	yes
)

func sure(b bool) degree {
	if b {
		return yes
	}
	return no
}

type verdict struct {
	Outcome policy.Outcome
	Rule    string
	Certain bool
	Passed  int
	Channel string
}

func (r reference) decide(q policy.Query) verdict {
	rules := r.spec.Rules
	for _, least := range []degree{yes, perhaps} {
		for i, rule := range rules {
			if rule.Deny && !rule.Off && r.matches(rule, q) >= least {
				return verdict{policy.Denied, rule.Name, least == yes, i, ""}
			}
		}
	}
	doubt := false
	for i, rule := range rules {
		if rule.Deny || rule.Off {
			continue
		}
		switch r.matches(rule, q) {
		case yes:
			return verdict{policy.Allowed, rule.Name, true, i, r.channel(rule, q)}
		case perhaps:
			doubt = true
		}
	}
	return verdict{policy.NotRequestable, "", !doubt, len(rules), ""}
}

func (r reference) matches(rule policy.RuleSpec, q policy.Query) degree {
	account := *r.account(q.Account)
	selected := min(r.accounts(rule.Accounts, account, rule.Deny), r.role(rule.Roles, r.roleName(q.Role), rule.Deny))
	if rule.Deny {
		about := func(person catalog.PersonID) degree {
			return min(r.anyOf(rule.Requesters, person, true), r.condition(rule.When, person, account, q))
		}
		return min(selected, max(about(q.Asker), about(q.Receiver)))
	}
	who := rule.Requesters
	if q.Emergency {
		if rule.Emergency == nil {
			return no
		}
		if !rule.Emergency.Requesters.IsZero() {
			who = rule.Emergency.Requesters
		}
	}
	d := min(selected, r.anyOf(who, q.Receiver, false), r.condition(rule.When, q.Receiver, account, q))
	if q.Asker != q.Receiver {
		d = min(d, r.anyOf(rule.OnBehalf, q.Asker, false))
	}
	return d
}

func (r reference) account(id catalog.AccountID) *catalog.Account {
	i := slices.IndexFunc(r.w.data.Accounts, func(a catalog.Account) bool { return a.ID == id })
	return &r.w.data.Accounts[i]
}

func (r reference) roleName(arn catalog.RoleARN) string {
	i := slices.IndexFunc(r.w.data.Roles, func(x catalog.Role) bool { return x.ARN == arn })
	return r.w.data.Roles[i].Name
}

func (r reference) accounts(s policy.Accounts, a catalog.Account, missingIsAny bool) degree {
	if s.All || missingIsAny && s.IsZero() {
		return yes
	}
	return r.entries(s.Entries, a)
}

func (r reference) entries(entries []policy.AccountMatch, a catalog.Account) degree {
	d := no
	for _, e := range entries {
		d = max(d, r.entry(e, a))
	}
	return d
}

func (r reference) entry(e policy.AccountMatch, a catalog.Account) degree {
	d := yes
	if e.ID != "" {
		d = min(d, sure(e.ID == string(a.ID)))
	}
	if e.Name != "" {
		d = min(d, sure(globMatch(e.Name, a.Name)))
	}
	if e.OU != "" {
		want, have := strings.Split(strings.Trim(e.OU, "/"), "/"), strings.Split(strings.Trim(a.OUPath, "/"), "/")
		if e.OU != "/" {
			d = min(d, sure(len(have) >= len(want) && slices.Equal(want, have[:len(want)])))
		}
	}
	for k, v := range e.Tags {
		have, ok := a.Tags[k]
		switch {
		case a.TagsUnknown:
			d = min(d, perhaps)
		default:
			d = min(d, sure(ok && globMatch(v, have)))
		}
	}
	return min(d, yes-r.entries(e.Except, a))
}

func globMatch(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	_, n := utf8.DecodeRuneInString(s)
	switch pattern[0] {
	case '*':
		return globMatch(pattern[1:], s) || s != "" && globMatch(pattern, s[n:])
	case '?':
		return s != "" && globMatch(pattern[1:], s[n:])
	default:
		return s != "" && s[0] == pattern[0] && globMatch(pattern[1:], s[1:])
	}
}

func (r reference) role(l policy.List, name string, missingIsAny bool) degree {
	if l.All || missingIsAny && l.IsZero() {
		return yes
	}
	return sure(slices.ContainsFunc(l.Items, func(p string) bool { return globMatch(p, name) }))
}

func (r reference) anyOf(l policy.List, person catalog.PersonID, missingIsAny bool) degree {
	if l.All || missingIsAny && l.IsZero() {
		return yes
	}
	d := no
	for _, name := range l.Items {
		d = max(d, r.member(name, person))
	}
	return d
}

func (r reference) member(name string, person catalog.PersonID) degree {
	d := no
	in := func(kind policy.SourceKind, id string) {
		switch r.w.In(policy.Source{Kind: kind, ID: id}, person) {
		case policy.True:
			d = max(d, yes)
		case policy.Unknown:
			d = max(d, perhaps)
		}
	}
	set := r.spec.People[name]
	for _, u := range set.Users {
		d = max(d, sure(u == string(person)+"@example.com"))
	}
	for _, g := range set.SlackUserGroups {
		in(policy.SourceUserGroup, "S-"+g)
	}
	for _, g := range set.IdentityCenterGroups {
		in(policy.SourceGroup, "g-"+g)
	}
	for _, c := range set.SlackChannels {
		in(policy.SourceChannel, r.w.channels[c].ID)
	}
	return d
}

// conditions are those that the random policies use, with what they mean.
var conditions = map[string]func(r reference, person catalog.PersonID, a catalog.Account, q policy.Query) degree{
	"": func(reference, catalog.PersonID, catalog.Account, policy.Query) degree { return yes },
	`role == "PowerUserAccess"`: func(r reference, _ catalog.PersonID, _ catalog.Account, q policy.Query) degree {
		return sure(r.roleName(q.Role) == "PowerUserAccess")
	},
	`"sre" in groups`: func(r reference, p catalog.PersonID, _ catalog.Account, _ policy.Query) degree {
		return r.member("sre", p)
	},
	`!("both" in groups) || role.startsWith("Read")`: func(r reference, p catalog.PersonID, _ catalog.Account, q policy.Query) degree {
		return max(yes-r.member("both", p), sure(strings.HasPrefix(r.roleName(q.Role), "Read")))
	},
	`account.tags.env == "prod"`: func(_ reference, _ catalog.PersonID, a catalog.Account, _ policy.Query) degree {
		if _, ok := a.Tags["env"]; a.TagsUnknown || !ok {
			return perhaps
		}
		return sure(a.Tags["env"] == "prod")
	},
	"now.weekday() < 6": func(_ reference, _ catalog.PersonID, _ catalog.Account, q policy.Query) degree {
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			panic(err)
		}
		day := q.At.In(berlin).Weekday()
		return sure(day != time.Saturday && day != time.Sunday)
	},
	`person.email == "ann@example.com"`: func(_ reference, p catalog.PersonID, _ catalog.Account, _ policy.Query) degree {
		return sure(p == "ann")
	},
	"emergency": func(_ reference, _ catalog.PersonID, _ catalog.Account, q policy.Query) degree {
		return sure(q.Emergency)
	},
}

func (r reference) condition(text string, person catalog.PersonID, a catalog.Account, q policy.Query) degree {
	return conditions[text](r, person, a, q)
}

func (r reference) channel(rule policy.RuleSpec, q policy.Query) string {
	name := r.spec.Settings.Channel
	for _, c := range slices.Backward(r.spec.Channels) {
		if r.accounts(c.Accounts, *r.account(q.Account), false) == yes {
			name = c.Channel
		}
	}
	if rule.Channel != "" {
		name = rule.Channel
	}
	return r.w.channels[name].ID
}
