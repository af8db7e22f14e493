package bot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy"
)

func (w world) human(i int) access.Actor {
	h := w.others[i]
	return access.Actor{Person: h.Person, Slack: h.Slack, Name: h.Name}
}

func (w world) revision(s access.RevisionState) access.RevisionSummary {
	r := access.RevisionSummary{
		ID: "01JREV", Version: 7, State: s, BaseNumber: 4, Author: w.human(0), Reason: w.comment, At: w.now, Changes: 3,
	}
	if s == access.InForce || s == access.Replaced {
		r.Number, r.DecidedBy = 5, w.human(1)
	}
	if s == access.Refused {
		r.DecidedBy, r.Note = w.human(1), w.note
	}
	return r
}

func (w world) changes(n int) []policy.Change {
	var out []policy.Change
	long := strings.Repeat("- "+w.note+"\n", 12)
	for i := range n {
		switch i % 4 {
		case 0:
			out = append(out, policy.Change{Kind: policy.Altered, Path: "rules[2].max_duration", Title: "rule “" + w.rule + "”: max_duration", Before: "2h", After: "4h"})
		case 1:
			out = append(out, policy.Change{Kind: policy.Added, Path: "rules[3]", Title: "rule “" + w.rule + "”", After: "name: " + w.rule + "\naccounts: all\nroles: [ReadOnly]\n" + long})
		case 2:
			out = append(out, policy.Change{Kind: policy.Altered, Path: "people.sre", Title: "people set “" + w.set + "”", Before: "users:\n  - a@example.com\n  - b@example.com\n", After: "users:\n  - a@example.com\n  - c@example.com\n"})
		case 3:
			out = append(out, policy.Change{Kind: policy.Moved, Path: "rules[0]", Title: "rule “" + w.rule + "”", Before: "3", After: "1"})
		}
	}
	return out
}

func (w world) impact() policy.Impact {
	shift := func(n int) policy.Shift {
		s := policy.Shift{Pairs: int64(n) * 1000, Entitlements: n, People: n / 2}
		for range 5 {
			s.Examples = append(s.Examples, policy.Example{Person: "p-ada", Account: w.item.Account.ID, Role: w.item.Role.ARN, Before: w.rule, After: w.rule + "2"})
		}
		return s
	}
	return policy.Impact{
		Before: policy.Opening{Pairs: 18232, Entitlements: 212, Accounts: 14, Roles: 9, People: 86},
		After:  policy.Opening{Pairs: 20000, Entitlements: 224, Accounts: 15, Roles: 9, People: 86, AtMost: true},
		Gained: shift(12), Lost: shift(1), Eased: shift(2000), Tightened: shift(3),
	}
}

func (w world) review(changes int) access.DraftReview {
	r := access.DraftReview{
		Draft:   access.DraftView{Revision: access.Revision{ID: "01JREV", Version: 7, State: access.Editing, Base: "01JBASE", Author: w.human(0)}},
		Changes: w.changes(changes), Impact: w.impact(),
	}
	for range changes {
		r.Warnings = append(r.Warnings, policy.Problem{Path: "rules[1]", Message: w.note, Hint: w.comment, Warning: true})
		r.Ends = append(r.Ends, w.grant(access.PhaseActive, ""))
		r.Touched = append(r.Touched, access.TouchedRequest{Request: w.request(access.Pending), What: w.note})
	}
	r.EndsTotal, r.TouchedTotal = len(r.Ends)*3, len(r.Touched)*2
	return r
}

func (w world) revisionOf(s access.RevisionState, may bool) access.RevisionView {
	impact := w.impact()
	v := access.RevisionView{RevisionSummary: w.revision(s), Changes: w.changes(6), MayDecide: may}
	v.Spec = policy.Spec{Rules: []policy.RuleSpec{{Name: w.rule, Accounts: policy.Accounts{All: true}, Roles: policy.List{All: true}, Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true}}}}
	if s == access.Proposed {
		v.Impact, v.Ends = &impact, []access.GrantView{w.grant(access.PhaseActive, "")}
		v.EndsTotal = 1
	}
	return v
}

// adminViews are what only admins see: the root of /jit-config and what is about versions.
func (w world) adminViews(b *Bot, out map[string]any) {
	w.hubs(out)
	w.setups(b, out)
	w.reviews(b, out)
	w.revisions(b, out)
	w.catalogs(out)
}

func (w world) hubs(out map[string]any) {
	c := access.ConfigView{
		Checks: []access.Check{
			{Name: "Slack", OK: true, Detail: "connected, 2 connections"},
			{Name: "AWS", Detail: w.note, Hint: w.note, Since: w.now.Add(-90 * time.Minute)},
		},
		CatalogAsOf: w.now, LastSyncError: w.note, Accounts: 10_000, Roles: 500, People: 30_000, Groups: 12, Troubles: 3,
		Pending: 3, Backlog: 2, Stuck: 1, Undelivered: 4, Editable: true,
		Paused: &access.Pause{By: w.asker, At: w.now, Reason: w.reason}, Drift: access.DriftSummary{Counts: access.DriftCounts{Open: 1412}},
	}
	for i := range 40 {
		c.Rules = append(c.Rules, access.RuleView{RuleSummary: policy.RuleSummary{Name: w.rule, Text: w.note, Deny: i == 0}})
		live := w.grant(access.PhaseActive, "")
		live.Grant.ID += access.GrantID(fmt.Sprint(i))
		c.Live = append(c.Live, live)
	}
	inForce, draft := w.revision(access.InForce), w.revision(access.Editing)
	c.InForce, c.Draft = &inForce, &draft
	for i := range 7 {
		p := w.revision(access.Proposed)
		p.ID += access.RevisionID(fmt.Sprint(i))
		c.Proposed = append(c.Proposed, p)
	}
	h := hub{ConfigView: c, now: w.now}
	for i := range 3 {
		order := access.EndOrder{ID: fmt.Sprint("01JORDER", i), By: w.human(0), At: w.now, Total: 40, Ended: 12}
		if i == 2 {
			order.Ended, order.DoneAt = 40, w.now
		}
		h.orders = append(h.orders, access.EndOrderView{Order: order, Name: w.item.Account.Name, Removing: i * 5, Stuck: make([]access.GrantView, i)})
	}
	h.Held = 9
	h.Queue = &access.Backlog{Running: 10, Slots: 10, Revokes: 9_800, Grants: 12, Emergencies: 1, Oldest: w.now.Add(-150 * time.Second), Drain: 41 * time.Minute, Pace: 0.6}
	h.Loss = &access.CatalogLoss{ID: "01JLOSS", At: w.now, Losses: []catalog.Loss{{What: "accounts", Lost: 2400, Of: 10_000}, {What: "people", Lost: 12, Of: 40}}}
	out["hub_busy"] = hubView(h, configMeta{Live: 99}, ":white_check_mark: done")
	calm := access.ConfigView{
		Checks:      []access.Check{{Name: "Slack", OK: true, Detail: "connected, 2 connections"}, {Name: "AWS", OK: true}},
		CatalogAsOf: w.now, Accounts: 14, Roles: 9, People: 86, Groups: 4, Editable: true, InForce: &inForce, Rules: c.Rules[:3],
	}
	out["hub_calm"] = hubView(hub{ConfigView: calm, now: w.now}, configMeta{}, "")
	first := calm
	first.FirstRun, first.InForce, first.Rules, first.Draft = true, nil, nil, &draft
	out["hub_first"] = hubView(hub{ConfigView: first, now: w.now}, configMeta{}, "")
	file := calm
	file.Editable, file.InForce, file.PolicyFile, file.PolicyVersion, file.PolicyAt, file.PolicyProblem = false, nil, w.rule, "3f2a9c", w.now, w.note
	file.Syncing, file.Progress = true, access.SyncProgress{Stage: "tags", Done: 412, Calls: 7}
	out["hub_file"] = hubView(hub{ConfigView: file, now: w.now}, configMeta{}, "")
}

func (w world) setups(b *Bot, out map[string]any) {
	h := hub{now: w.now, ConfigView: access.ConfigView{
		Editable: true, FirstRun: true, CatalogAsOf: w.now, Accounts: 14, Roles: 9, People: 86,
		Checks: []access.Check{{Name: "Slack", OK: true, Detail: "connected"}, {Name: "Policy", Detail: "none in force"}, {Name: "AWS", Detail: w.note, Hint: w.note}},
	}}
	out["setup_empty"] = setupView(h, setupForm{})
	option := func(s string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject("x:"+cut(clean(s), 100), plain(name(s, maxOption), maxOption), nil)
	}
	out["setup_filled"] = setupView(h, setupForm{
		banner: ":no_entry: " + sentence(w.note), someAccounts: true, somePeople: true, longest: time.Hour, channel: "C0PROD",
		ous: []*slack.OptionBlockObject{option(w.item.Account.OUPath)}, roles: []*slack.OptionBlockObject{option(w.item.Role.Name)},
		requesters: []*slack.OptionBlockObject{option(w.set)}, deciders: []*slack.OptionBlockObject{option(w.set)},
	})
	h.CatalogAsOf = time.Time{}
	out["setup_unread"] = setupView(h, setupForm{})
	first := w.review(0)
	first.Draft.Revision.Base = ""
	for range 6 {
		first.Draft.Rules = append(first.Draft.Rules, access.RuleView{RuleSummary: policy.RuleSummary{Name: w.rule, Text: w.note}})
	}
	first.Draft.Revision.Spec.People = map[string]policy.People{
		"approvers": {SlackUserGroups: []string{w.set}, IdentityCenterGroups: []string{w.set}, Users: make([]string, 20)}, w.set: {SlackChannels: []string{w.set}},
	}
	first.Warnings = []policy.Problem{{Message: w.note, Warning: true}}
	out["setup_review"] = b.reviewView(first, true, "")
	out["setup_applied"] = appliedView(access.RevisionView{RevisionSummary: w.revision(access.InForce)}, true, nil)
}

func (w world) reviews(b *Bot, out map[string]any) {
	full := w.review(40)
	stale := w.revision(access.InForce)
	full.Draft.Stale, full.NeedsSecond, full.LosesAdmins = &stale, true, true
	out["draft_full"] = b.reviewView(full, false, ":no_entry: "+sentence(w.note))
	small := w.review(2)
	groups := w.review(1)
	groups.Impact.After.Groups, groups.Impact.Gained.Groups, groups.Impact.Lost.Groups = 2, 2, groups.Impact.Lost.Entitlements
	out["draft_groups"] = b.reviewView(groups, false, "")
	small.Impact = policy.Impact{Before: w.impact().Before, After: w.impact().Before}
	small.Warnings, small.EndsTotal, small.TouchedTotal = nil, 0, 0
	out["draft_small"] = b.reviewView(small, false, "")
	alone := w.review(1)
	alone.NeedsSecond, alone.Alone = true, true
	out["draft_alone"] = b.reviewView(alone, false, "")
	out["draft_same"] = b.reviewView(w.review(0), false, "")
	refused := w.review(1)
	for range 20 {
		refused.Draft.Problems = append(refused.Draft.Problems, policy.Problem{Message: w.note, Hint: w.comment})
	}
	out["draft_refused"] = b.reviewView(refused, false, "")
	out["draft_applied"] = appliedView(access.RevisionView{RevisionSummary: w.revision(access.InForce)}, false, nil)
	out["draft_proposed"] = appliedView(access.RevisionView{RevisionSummary: w.revision(access.Proposed)}, false, w.others)
}

func (w world) revisions(b *Bot, out map[string]any) {
	for _, s := range []access.RevisionState{access.Proposed, access.InForce, access.Replaced, access.Refused, access.Discarded} {
		out["revision_"+string(s)] = b.revisionView(w.revisionOf(s, s == access.Proposed), "U0OTHER", "")
		out["revision_card_"+string(s)] = wire(revisionCard(w.revisionOf(s, s == access.Proposed)))
		out["version_"+string(s)] = versionView(w.revisionOf(s, false), ":no_entry: "+sentence(w.note))
	}
	mine := w.revisionOf(access.Proposed, false)
	mine.Author.Slack = "U0SAM"
	out["revision_mine"] = b.revisionView(mine, "U0SAM", ":no_entry: "+sentence(w.note))
	long := w.revisionOf(access.InForce, false)
	for i := range 400 {
		rule := long.Spec.Rules[0]
		rule.Name = fmt.Sprint("rule ", i)
		long.Spec.Rules = append(long.Spec.Rules, rule)
	}
	out["version_long"] = versionView(long, "")
	var list []access.RevisionSummary
	for i, s := range []access.RevisionState{access.Proposed, access.InForce, access.Replaced, access.Refused, access.Discarded, access.Replaced, access.Replaced, access.Replaced} {
		r := w.revision(s)
		r.ID += access.RevisionID(fmt.Sprint(i))
		r.Restores = uint64(i % 2)
		list = append(list, r)
	}
	out["versions"] = versionsView(list, 30, versionsMeta{Page: 1})
	out["versions_none"] = versionsView(nil, 0, versionsMeta{})
}
