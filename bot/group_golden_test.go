package bot

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy"
)

// group is membership in a group that brings n roles, each the world's item.
func (w world) group(n int) access.ItemView {
	it := access.ItemView{
		Entitlement: access.MemberOf("9067aaaaaa-01234567-89ab-cdef-0123-456789abcdef"),
		Group:       catalog.Group{ID: "9067aaaaaa-01234567-89ab-cdef-0123-456789abcdef", Name: w.name + "-readers", BringsAsOf: w.now},
		Role:        catalog.Role{SessionDuration: w.item.Role.SessionDuration},
	}
	if w.name == "hostile" {
		it.Group.Name = w.item.Role.Name
	}
	for i := range n {
		one := w.item
		if w.name == "honest" && i > 0 {
			one.Account.Name = fmt.Sprintf("prod-%d", i)
		}
		it.Group.Brings = append(it.Group.Brings, catalog.RoleIn{Account: one.Account.ID, Role: one.Role.ARN})
		if i < 30 {
			it.Brings = append(it.Brings, one)
		}
	}
	return it
}

// groupSurfaces are what is said of groups.
func (w world) groupSurfaces(b *Bot, out map[string]any) {
	view := func(n int, change func(*formCase)) any {
		c := w.formCase()
		c.fake.groups = []access.ItemView{w.group(n)}
		c.in = filled{ofGroup: true, group: w.group(n).Entitlement.Group, groupBlock: blockGroup, duration: "3600", reason: w.reason}
		change(&c)
		return c.draw().view()
	}
	out["group_form_beside"] = form{groups: true}.view()
	out["group_form_empty"] = view(0, func(c *formCase) { c.in.group = "" })
	out["group_form_approval"] = view(412, func(*formCase) {})
	out["group_form_automatic"] = view(2, func(c *formCase) {
		c.fake.decision.Terms.Automatic, c.fake.decision.Terms.Steps = true, nil
	})
	out["group_form_refused"] = view(0, func(c *formCase) { c.fake.decision = policy.Decision{Outcome: policy.NotRequestable, Why: w.note} })
	out["group_form_again"] = view(2, func(c *formCase) { c.in.duration, c.in.typed = otherDuration, w.note })
	// With everything that the form can have: for somebody else, later, with a ticket.
	full := func(c *formCase) {
		c.fake.receivers = []access.Human{{Person: "p-bo", Slack: "U0BO", Name: w.asker.Name}}
		c.in.receiver, c.in.start, c.in.ticket = "p-bo", startPick, w.note
		c.fake.decision.Terms.Ticket = &policy.TicketTerms{Pattern: "[A-Z]+-[0-9]+", Hint: w.set, Check: true}
		c.fake.urgent = w.urgent()
		live, pending := w.grant(access.PhaseActive, "").Grant, w.request(access.Pending).Request
		c.fake.live = map[string]*access.Grant{at(w.group(0).Entitlement): &live}
		c.fake.pending = map[string]*access.Request{at(w.group(0).Entitlement): &pending}
	}
	out["group_form_full"] = view(2, full)
	out["group_form_emergency"] = view(2, func(c *formCase) {
		full(c)
		c.in.emergency, c.fake.used = true, &access.Emergencies{Used: 1, PerDay: 3}
	})
	out["group_options"] = bounded([]*slack.OptionBlockObject{groupOption(w.group(1)), groupOption(w.group(412)), groupOption(w.group(0))}, 3)

	of := w
	of.item = w.group(7)
	pending := of.request(access.Pending)
	out["group_card"], out["group_asker"] = wire(card(pending, nil)), wire(asker([]access.RequestView{pending}, nil))
	several := of.request(access.Pending)
	several.Items = append(several.Items, w.item)
	out["group_card_beside_a_role"], out["group_details"] = wire(card(several, nil)), detailsView(access.RequestDetails{RequestView: several}, 0)
	out["group_sent"] = sentView(pending)
	out["group_active"] = wire(grant(of.grant(access.PhaseActive, ""), nil))
	ended := of.grant(access.PhaseEnded, access.EndExpired)
	ended.Remaining = []access.ItemView{w.item, w.group(1)}
	out["group_ended"] = wire(grant(ended, nil))
	role := w.grant(access.PhaseEnded, access.EndExpired)
	role.Remaining = []access.ItemView{w.item, w.group(1)}
	out["group_remains"] = wire(grant(role, nil))
	gone := of
	gone.item = access.ItemView{Entitlement: w.group(0).Entitlement, Group: catalog.Group{ID: w.group(0).Entitlement.Group}}
	out["group_gone"] = wire(grant(gone.grant(access.PhaseActive, ""), nil))
	h := access.HomeView{Active: []access.GrantView{of.grant(access.PhaseActive, "")}, Waiting: []access.RequestView{pending}}
	h.Active[0].Grant.End = w.now.Add(time.Hour)
	out["group_home"] = homeView(h, nil)
}
