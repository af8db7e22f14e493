package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
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
	view := func(n int, p access.PreviewPart, problem error) any {
		chosen := access.PreviewItem{ItemView: w.group(n), Decision: p.Decision, Problem: problem}
		f := groupForm{chosen: &chosen, groupFilled: groupFilled{reason: w.reason, duration: "3600"}}
		f.why = b.previewText(context.Background(), b.log, chosen, p)
		if problem == nil {
			f.terms = termsOf([]access.PreviewPart{p})
		}
		return f.view()
	}
	allowed := policy.Decision{Outcome: policy.Allowed, Rule: w.rule, Terms: w.terms(), Certain: true}
	out["group_form_beside"] = form{groups: true}.view()
	out["group_form_empty"] = groupForm{}.view()
	out["group_form_approval"] = view(412, access.PreviewPart{Decision: allowed, Approvers: w.others, Channel: "C0PROD"}, nil)
	automatic := allowed
	automatic.Terms.Automatic, automatic.Terms.Steps = true, nil
	out["group_form_automatic"] = view(2, access.PreviewPart{Decision: automatic}, nil)
	refused := policy.Decision{Outcome: policy.NotRequestable, Why: w.note}
	out["group_form_refused"] = view(0, access.PreviewPart{Decision: refused}, fault.New(fault.Forbidden, "x", w.note, ""))
	again := groupForm{banner: ":no_entry: *Not sent.* " + sentence(w.note), groupFilled: groupFilled{duration: otherDuration, other: w.note, reason: w.reason}}
	out["group_form_again"] = again.view()
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
