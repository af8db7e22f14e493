package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// formCase is one form of a world: what is chosen, and what it is answered with.
type formCase struct {
	fake *fakeService
	me   identity.SlackUserID
	in   filled
}

func (w world) allowed() policy.Decision {
	return policy.Decision{Outcome: policy.Allowed, Rule: w.rule, Terms: w.terms(), Certain: true}
}

// formCase is the form for the world's account and role.
func (w world) formCase() formCase {
	fake := newFake()
	fake.now, fake.admins, fake.approver, fake.decision = w.now, w.others, w.others, w.allowed()
	fake.accounts, fake.roles = []catalog.Account{w.item.Account}, []catalog.Role{w.item.Role}
	return formCase{fake: fake, me: w.asker.Slack, in: filled{
		accounts: []catalog.AccountID{w.item.Account.ID}, roles: []catalog.RoleARN{w.item.Role.ARN},
		roleBlock: roleBlock(w.item.Account.ID), duration: "3600",
	}}
}

// many is a form for forty accounts and two roles, which three rules decide, and one denies.
func (w world) many() formCase {
	c := w.formCase()
	c.in.accounts, c.fake.accounts = nil, nil
	second := w.item.Role
	second.ARN += "-b"
	c.fake.roles, c.in.roles = append(c.fake.roles, second), append(c.in.roles, second.ARN)
	automatic, other := w.allowed(), w.allowed()
	automatic.Terms.Automatic, automatic.Terms.Steps = true, nil
	other.Terms.MaxDuration, other.Terms.Channel = 90*time.Minute, "C0OTHER"
	c.fake.decisions = map[string]policy.Decision{}
	for i := range 40 {
		a := w.item.Account
		a.ID = catalog.AccountID(fmt.Sprintf("%012d", 100+i))
		a.Name = fmt.Sprintf("%02d-", i) + a.Name
		c.fake.accounts, c.in.accounts = append(c.fake.accounts, a), append(c.in.accounts, a.ID)
		switch {
		case i < 20:
			c.fake.decisions[at(access.RoleIn(a.ID, w.item.Role.ARN))] = automatic
		case i < 30:
			c.fake.decisions[at(access.RoleIn(a.ID, second.ARN))] = other
		case i < 35:
			c.fake.decisions[at(access.RoleIn(a.ID, second.ARN))] = policy.Decision{Outcome: policy.Denied, Rule: w.rule, Why: w.note}
		}
	}
	pending := w.request(access.Pending).Request
	c.fake.live, c.fake.pending = map[string]*access.Grant{}, map[string]*access.Request{}
	for i := range 6 {
		g := w.grant(access.PhaseActive, "")
		g.Grant.ID += access.GrantID(fmt.Sprint(i))
		c.fake.live[at(access.RoleIn(c.in.accounts[i], second.ARN))], c.fake.grants[g.Grant.ID] = &g.Grant, g
	}
	c.fake.pending[at(access.RoleIn(c.in.accounts[39], second.ARN))] = &pending
	c.in.roleBlock = rolesFor(c.in.accounts, "")
	return c
}

func (c formCase) draw() form {
	b := &Bot{service: c.fake, log: zerolog.Nop()}
	who := identity.Bound{Person: "p", Slack: c.me, Facts: identity.SlackFacts{TimeZone: "Europe/Berlin"}}
	return b.redraw(context.Background(), who, c.in)
}

// with changes a form.
func (c formCase) with(change func(*formCase)) slack.ModalViewRequest {
	change(&c)
	return c.draw().view()
}

func (w world) forms(_ *Bot, out map[string]any) {
	one := w.formCase
	out["form_empty"] = form{}.view()
	out["form_account"] = one().with(func(c *formCase) { c.in.roles = nil })
	prefilled := prefill{
		entitlements: []access.Entitlement{w.item.Entitlement}, duration: 45 * time.Minute, reason: w.reason,
		link: "https://example.slack.com/archives/C0PROD/p1772614800000100",
	}
	c := one()
	c.in = prefilled.filled()
	f := c.draw()
	f.banner = "What you asked for before is in the form."
	out["form_prefilled"] = f.view()
	pending, live := w.request(access.Pending).Request, w.grant(access.PhaseActive, "")
	out["form_approval"] = one().with(func(c *formCase) {
		c.fake.live, c.fake.grants[live.Grant.ID] = map[string]*access.Grant{at(w.item.Entitlement): &live.Grant}, live
		c.fake.pending = map[string]*access.Request{at(w.item.Entitlement): &pending}
	})
	out["form_standing"] = one().with(func(c *formCase) { c.fake.standing = map[string]bool{at(w.item.Entitlement): true} })
	out["form_automatic"] = one().with(func(c *formCase) {
		c.fake.decision.Terms.Automatic, c.fake.decision.Terms.Steps = true, nil
	})
	out["form_denied"] = one().with(func(c *formCase) {
		c.fake.decision = policy.Decision{Outcome: policy.Denied, Rule: w.rule, Why: w.note}
	})
	out["form_not_requestable"] = one().with(func(c *formCase) {
		c.fake.decision = policy.Decision{Outcome: policy.NotRequestable, Why: w.note, Passed: slices.Repeat([]policy.Passed{{Rule: w.rule, Why: "you are not among its requesters"}}, 7)}
	})
	out["form_problem"] = one().with(func(c *formCase) { c.fake.problem = fault.New(fault.Forbidden, "x", w.note, "Ask an admin.") })
	out["form_ungrantable"] = one().with(func(c *formCase) { c.fake.decision = policy.Decision{Why: w.note} })
	out["form_again"] = w.formAgain()
	w.severalForms(out)
	w.formOptions(out)
	w.sentForms(out)
	out["deny"] = denyView(w.request(access.Pending), origin{channel: "C0PROD", ts: "1.2"})
}

// formAgain is the form as it comes back with a refusal and all that was typed.
func (w world) formAgain() any {
	c := w.formCase()
	c.in.duration, c.in.typed, c.in.reason, c.in.ticket = otherDuration, w.note, w.reason, w.note
	c.fake.decision.Terms.Ticket = &policy.TicketTerms{Pattern: "[A-Z]+-[0-9]+", Hint: w.set, Check: true}
	f := c.draw()
	f.banner = ":no_entry: *Not sent.* " + sentence(w.note)
	return f.view()
}

func (w world) severalForms(out map[string]any) {
	out["form_many"] = w.many().draw().view()
	c := w.many()
	c.in.leave = c.draw().leaving
	out["form_many_left"] = c.draw().view()
	out["form_many_offered"] = w.many().with(func(c *formCase) { c.in.roles = nil })
	out["form_too_many"] = w.many().with(func(c *formCase) {
		for i := range 3 {
			r := w.item.Role
			r.ARN += catalog.RoleARN(fmt.Sprint("-more-", i))
			c.fake.roles, c.in.roles = append(c.fake.roles, r), append(c.in.roles, r.ARN)
		}
	})
	behalf := func(c *formCase) {
		c.fake.receivers = []access.Human{{Person: "p-bo", Slack: "U0BO", Name: w.asker.Name}}
		c.in.receiver = "p-bo"
		c.in.roleBlock = rolesFor(c.in.accounts, c.in.receiver)
	}
	out["form_behalf"] = w.formCase().with(func(c *formCase) {
		live := w.grant(access.PhaseActive, "").Grant
		c.fake.live = map[string]*access.Grant{at(w.item.Entitlement): &live}
		behalf(c)
	})
	out["form_behalf_refused"] = w.formCase().with(func(c *formCase) { behalf(c); c.in.receiver = "p-else" })
	out["form_scheduled"] = w.formCase().with(func(c *formCase) {
		c.in.start, c.in.picked = startPick, w.now.Add(26*time.Hour)
	})
	urgent := w.urgent()
	out["form_emergency_offered"] = w.formCase().with(func(c *formCase) { c.fake.urgent = urgent })
	out["form_emergency"] = w.formCase().with(func(c *formCase) {
		c.fake.urgent, c.in.emergency, c.in.start = urgent, true, startHour
		c.fake.used = &access.Emergencies{Used: 1, PerDay: 3}
	})
	out["form_emergency_last"] = w.formCase().with(func(c *formCase) {
		c.fake.urgent, c.in.emergency = urgent, true
		behalf(c)
		c.fake.used = &access.Emergencies{Used: 2, PerDay: 3, Next: w.now.Add(5 * time.Hour)}
	})
	w.othersForms(out, behalf)
}

// urgent are the terms of an emergency.
func (w world) urgent() *policy.Terms {
	return &policy.Terms{
		Rule: w.rule, Automatic: true, Emergency: true, Durations: []time.Duration{30 * time.Minute}, MaxDuration: time.Hour, RequestTTL: 8 * time.Hour,
		Reason: policy.ReasonTerms{MinLength: 40}, Channel: "C0PROD", PerDay: 3, Notify: "C0ALERT", DebriefBy: []string{w.set}, DebriefWithin: 24 * time.Hour,
	}
}

// othersForms are what is refused to somebody else, or given to them, and what only those of
// an escalation can decide.
func (w world) othersForms(out map[string]any, behalf func(*formCase)) {
	refused := policy.Decision{Outcome: policy.NotRequestable, Why: w.note, Passed: []policy.Passed{{Rule: w.rule, Why: w.note}}}
	out["form_behalf_nothing"] = w.formCase().with(func(c *formCase) {
		behalf(c)
		c.in.roles, c.fake.rolesWhy = nil, w.note
	})
	out["form_behalf_not_requestable"] = w.formCase().with(func(c *formCase) { behalf(c); c.fake.decision = refused })
	out["form_behalf_themself"] = w.formCase().with(func(c *formCase) { behalf(c); c.fake.decision, c.fake.themself = refused, true })
	out["form_behalf_denied"] = w.formCase().with(func(c *formCase) {
		behalf(c)
		c.fake.decision = policy.Decision{Outcome: policy.Denied, Rule: w.rule, Why: w.note}
	})
	out["form_behalf_automatic"] = w.formCase().with(func(c *formCase) {
		behalf(c)
		c.fake.decision.Terms.Automatic, c.fake.decision.Terms.Steps = true, nil
	})
	later := func(c *formCase) {
		c.fake.later, c.fake.approver = w.others, nil
		c.fake.decision.Terms.Escalation = &policy.Escalation{After: 30 * time.Minute, To: []string{w.set}}
	}
	out["form_only_escalated"] = w.formCase().with(later)
	out["form_too_few_now"] = w.formCase().with(func(c *formCase) { later(c); c.fake.approver = w.others[:1] })
	v := w.request(access.Pending)
	v.Later, v.Approvers = w.others, nil
	v.Request.Terms.Escalation = &policy.Escalation{After: 30 * time.Minute, To: []string{w.set}}
	out["sent_only_escalated"] = sentView(v)
	v.Request.CheckedAt, v.Request.EscalateAt = w.now, w.now.Add(30*time.Minute)
	out["asker_only_escalated"] = wire(asker([]access.RequestView{v}, nil))
}

func (w world) formOptions(out map[string]any) {
	var accounts, roles []*slack.OptionBlockObject
	for range 100 {
		accounts, roles = append(accounts, accountOption(w.item.Account, true)), append(roles, roleOptionIn(w.item.Role, "in 12 of 40"))
	}
	out["options_accounts"] = bounded(accounts, 412)
	out["options_roles"] = bounded(roles[:3], 3)
	out["options_others"] = withOthers(bounded(roles[:1], 1), []*slack.OptionBlockObject{otherRoleOption(w.item.Role, ""), otherRoleOption(w.item.Role, w.asker.Name)})
	out["options_unmatched"] = optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("role", w.note, "Try fewer letters, or another account.")}}
	out["options_none"] = optionsAnswer{Options: []*slack.OptionBlockObject{saying("You can ask for nothing here", w.note)}}
	out["options_receivers"] = bounded([]*slack.OptionBlockObject{meOption(), receiverOption(access.Human{Person: "p-bo", Name: w.asker.Name}, w.set)}, 2)
}

func (w world) sentForms(out map[string]any) {
	out["sent"] = sentView(w.request(access.Pending))
	auto := w.request(access.Pending)
	auto.Request.Terms.Automatic = true
	out["sent_automatic"] = sentView(auto)
	later := w.request(access.Pending)
	later.Request.StartAt, later.Request.Receiver = w.now.Add(24*time.Hour), access.Actor{Person: "p-bo", Slack: "U0BO", Name: "Bo"}
	out["sent_behalf"] = sentView(later)
	var several []access.RequestView
	for i := range 25 {
		v := w.request(access.Pending)
		v.Request.ID += access.RequestID(fmt.Sprint(i))
		v.Items = slices.Repeat(v.Items, 7)
		v.Request.Terms.Automatic = i%2 == 0
		several = append(several, v)
	}
	out["sent_several"] = sentView(several...)
}
