package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// found is an assignment that nobody granted, in a state.
func (w world) found(s access.FindingState, group bool) access.FindingView {
	a := catalog.Assignment{Account: w.item.Account.ID, Role: w.item.Role.ARN, Person: w.asker.Person}
	v := access.FindingView{RowView: access.RowView{Assignment: a, Item: w.item, Who: w.asker.Name, WhoDetail: "ada@example.com"}, State: s}
	if group {
		v.Assignment.Person, v.Assignment.Group, v.Who, v.WhoDetail = "", "g-1", w.set, "a group of 12"
	}
	v.Finding = access.Finding{ID: access.FindingOf(v.Assignment), Assignment: v.Assignment, FoundAt: w.now}
	switch s {
	case access.FindingSnoozed:
		v.Finding.Snoozed = &access.Snooze{By: w.human(0), At: w.now, Until: w.now.Add(72 * time.Hour)}
	case access.FindingIgnored:
		v.Finding.Ignored = &access.Ignored{By: w.human(0), At: w.now, Reason: w.reason}
	case access.FindingRemoving:
		v.Finding.Removal = &access.Removal{By: w.human(1), At: w.now, Reason: w.reason, Attempts: 2, NextAt: w.now.Add(time.Minute), Problem: w.note}
	}
	return v
}

// foundMember is a membership that nobody granted.
func (w world) foundMember(s access.FindingState) access.FindingView {
	v := w.found(s, false)
	v.Assignment = catalog.Assignment{Person: w.asker.Person, Group: w.group(3).Group.ID}
	v.Item = w.group(3)
	v.Finding.ID, v.Finding.Assignment = access.FindingOf(v.Assignment), v.Assignment
	return v
}

func (w world) driftPage(s access.FindingState) access.DriftView {
	v := access.DriftView{
		Query: access.DriftQuery{State: s, Page: 1}, Pages: 7, Total: 52, Scans: true, Contested: 2,
		State: access.DriftState{
			BaselineAt: w.now, Counts: access.DriftCounts{Open: 52, Snoozed: 3, Ignored: 120, Removing: 1}, Expected: 48211,
			Last: access.DriftReport{
				Begun: w.now.Add(-40 * time.Minute), Finished: w.now, Calls: 21500, Unreadable: 2, Rows: 48300, Ours: 37, Missing: 1, Leftover: 2, Orphans: 12, Doubted: 9000, Left: 1200,
			},
		},
	}
	for i := range 8 {
		f := w.found(s, i%2 == 1)
		f.Finding.ID += access.FindingID(rune('a' + i)) // each its own block
		switch i {
		case 2:
			former := w.grant(access.PhaseEnded, access.EndExpired).Grant
			f.Former, f.Finding.By = &former, w.note
			f.Finding.AgainAt, f.Finding.AgainBy = w.now, w.note
		case 3:
			f.Kept = w.note
		case 4:
			f.Finding.Refused = w.note
		case 6:
			f = w.foundMember(s)
		}
		v.Rows = append(v.Rows, f)
	}
	return v
}

func (w world) drifts(out map[string]any) {
	for _, s := range []access.FindingState{access.FindingOpen, access.FindingSnoozed, access.FindingIgnored, access.FindingRemoving, access.FindingExpected} {
		v := w.driftPage(s)
		out["drift_"+string(s)] = driftView(v, driftMeta{State: s, Page: 1, Text: w.asker.Name}, w.now)
	}
	never := access.DriftView{Query: access.DriftQuery{State: access.FindingOpen}, Pages: 1, Scans: true}
	out["drift_never"] = driftView(never, driftMeta{}, w.now)
	running := w.driftPage(access.FindingOpen)
	running.Rows, running.Pages, running.Total = nil, 1, 0
	running.State.Asked = &access.DriftAsk{By: w.human(0), At: w.now}
	running.State.Scan = catalog.Scan{Begun: w.now.Add(-10 * time.Minute), Done: 5000, Total: 20_000, Calls: 5200}
	out["drift_running"] = driftView(running, driftMeta{}, w.now)
	running.State.Problem, running.State.RetryAt = w.note, w.now.Add(time.Minute)
	out["drift_broken_off"] = driftView(running, driftMeta{}, w.now)
	w.driftsMany(out)
	f := w.found(access.FindingOpen, false)
	out["drift_snooze"] = snoozeView(f, "2026-03-11", "")
	out["drift_ignore"] = ignoreView(f, "")
	out["drift_remove"] = removeView(f, "")
	out["drift_remove_group"] = removeView(w.found(access.FindingOpen, true), ":no_entry: "+sentence(w.note))
}

// finds lets the fake hold two findings that can be decided.
func (r *rig) finds() (queries chan access.DriftQuery) {
	queries = make(chan access.DriftQuery, 32)
	w := honest()
	all := []access.FindingView{w.found(access.FindingOpen, false), w.found(access.FindingOpen, true)}
	decide := func(id access.FindingID, s access.FindingState) (access.FindingView, error) {
		list := slices.Clone(get(r.fake, &all))
		for i, f := range list {
			if f.Finding.ID == id {
				list[i] = w.found(s, f.Assignment.Group != "")
				set(r.fake, &all, list)
				return list[i], nil
			}
		}
		return access.FindingView{}, fault.New(fault.NotFound, "fake", "AWS no longer holds this assignment, so there is nothing to decide.", "")
	}
	set(r.fake, &r.fake.onDrift, func(_ context.Context, _ identity.SlackUserID, q access.DriftQuery) (access.DriftView, error) {
		queries <- q
		if q.State == "" {
			q.State = access.FindingOpen
		}
		v := access.DriftView{Query: q, Pages: 3, Scans: true, State: access.DriftState{Counts: access.DriftCounts{Open: 2}}}
		for _, f := range get(r.fake, &all) {
			if f.State == q.State {
				v.Rows = append(v.Rows, f)
			}
		}
		return v, nil
	})
	set(r.fake, &r.fake.onFinding, func(_ context.Context, _ identity.SlackUserID, id access.FindingID) (access.FindingView, error) {
		for _, f := range get(r.fake, &all) {
			if f.Finding.ID == id {
				return f, nil
			}
		}
		return access.FindingView{}, notSet("Finding")
	})
	set(r.fake, &r.fake.onSnoozeFinding, func(_ context.Context, _ identity.SlackUserID, id access.FindingID, day string) (access.FindingView, error) {
		if day < "2026" {
			return access.FindingView{}, fault.New(fault.Invalid, "fake", "Choose a day to come.", "").In("until")
		}
		return decide(id, access.FindingSnoozed)
	})
	set(r.fake, &r.fake.onIgnoreFinding, func(_ context.Context, _ identity.SlackUserID, id access.FindingID, _ string) (access.FindingView, error) {
		return decide(id, access.FindingIgnored)
	})
	set(r.fake, &r.fake.onWatchFinding, func(_ context.Context, _ identity.SlackUserID, id access.FindingID) (access.FindingView, error) {
		return decide(id, access.FindingOpen)
	})
	set(r.fake, &r.fake.onRemoveFinding, func(_ context.Context, _ identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error) {
		if reason == "ours" {
			return access.FindingView{}, fault.New(fault.Conflict, "fake", "This is access that Stint granted.", "End it under Live access.")
		}
		return decide(id, access.FindingRemoving)
	})
	return queries
}

// Filter, search and pages: each asks for what the window then shows.
func TestDriftList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	queries := r.finds()
	sue := r.configs("drift")
	r.modal(sue, viewDrift)
	next := func(want access.DriftQuery) {
		t.Helper()
		if got := <-queries; got != want {
			t.Errorf("asked %+v, not %+v", got, want)
		}
	}
	next(access.DriftQuery{})
	r.fill(sue, blockDriftText, actDriftText, " ada billing ")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	next(access.DriftQuery{State: access.FindingOpen, Text: "ada billing"})
	r.pressIn(sue, actDriftState+":"+string(access.FindingIgnored))
	next(access.DriftQuery{State: access.FindingIgnored, Text: "ada billing"})
	r.modalSays(sue, "Nothing fits.")
	r.pressIn(sue, actDriftPage+":next")
	next(access.DriftQuery{State: access.FindingIgnored, Text: "ada billing", Page: 1})
}

// Each form: what it needs, and back to a list that says what was done.
func TestDriftDecisions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.finds()
	sue := r.configs("drift")
	m := r.modal(sue, viewDrift)
	press := func(action string) {
		t.Helper()
		_, err := sue.Press(r.ctx, slacksim.Element{On: slacksim.OnModal(), BlockID: pressed(t, slacksim.OnModal(), m.Blocks, action).BlockID, ActionID: action}, "")
		r.must(err)
	}
	press(actDriftIgnore)
	r.modal(sue, viewDriftIgnore)
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockDriftWhy] == "" {
		t.Errorf("ignored without a reason: %+v", res)
	}
	r.fill(sue, blockDriftWhy, actAdminReason, "made by Terraform")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	if m = r.modalSays(sue, "ignored from now on"); m.CallbackID != viewDrift {
		t.Errorf("what shows is %s", m.CallbackID)
	}
	press(actDriftRemove)
	form := r.modal(sue, viewDriftRemove)
	if !strings.Contains(text(form.Blocks), "Everybody in the group sre* loses *AdministratorAccess* in *prod-billing*") {
		t.Errorf("it does not say who loses what: %s", text(form.Blocks))
	}
	r.fill(sue, blockDriftWhy, actAdminReason, "ours")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	if m := r.modalSays(sue, "Nothing was changed.* This is access that Stint granted."); m.CallbackID != viewDriftRemove {
		t.Errorf("what shows is %s", m.CallbackID)
	}
	r.fill(sue, blockDriftWhy, actAdminReason, "nobody knows why")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m = r.modalSays(sue, "being removed. The admins are told")
	r.pressIn(sue, actDriftState+":"+string(access.FindingIgnored))
	r.modalSays(sue, "Stop ignoring")
	r.pressIn(sue, actDriftWatch)
	r.modalSays(sue, "shown as open again")
}

// The day of a snooze has a proposal; one that is over is refused under its field.
func TestDriftSnoozeForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.finds()
	sue := r.configs("drift")
	m := r.modal(sue, viewDrift)
	_, err := sue.Press(r.ctx, slacksim.Element{On: slacksim.OnModal(), BlockID: pressed(t, slacksim.OnModal(), m.Blocks, actDriftSnooze).BlockID, ActionID: actDriftSnooze}, "")
	r.must(err)
	r.modal(sue, viewDriftSnooze)
	r.fill(sue, blockDriftDay, actDriftDay, "2020-01-01")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockDriftDay] != "Choose a day to come." {
		t.Errorf("errors: %+v", res)
	}
	r.fill(sue, blockDriftDay, actDriftDay, "2099-01-01")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "hidden until")
}
