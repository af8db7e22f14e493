package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// endings is the end of all access, from the first choice to the report.
func (w world) endings(out map[string]any) {
	person := endForm{kind: endPerson, scope: access.EndScope{Person: "p-ada"}, name: w.asker.Name, grants: 12, requests: 1}
	out["end_empty"] = endForm{}.view()
	out["end_choose"] = endForm{kind: endAccount, banner: ":no_entry: " + sentence(w.note)}.view()
	out["end_person"] = person.view()
	account := endForm{kind: endAccount, scope: access.EndScope{Account: w.item.Account.ID}, name: accountName(w.item.Account), paused: true}
	out["end_account"] = account.view()
	out["end_all"] = endForm{kind: endEverything, scope: access.EndScope{All: true}, grants: 1200, requests: 34}.view()
	out["end_held"] = endForm{kind: endHeld, scope: access.EndScope{Held: true}, held: 12}.view()

	order := access.EndOrderView{Name: w.asker.Name, Removing: 3, Order: access.EndOrder{
		ID: "01JEND", By: w.asker, Reason: w.reason, At: w.now, Total: 12, Ended: 7, Withdrawn: 1,
	}}
	out["end_going"] = endOrderView(order)
	order.Order.Ended, order.Order.DoneAt = 12, w.now
	for range 20 {
		g := w.grant(access.PhaseEnding, access.EndEarly)
		g.Assignment.LastError = w.note
		order.Stuck = append(order.Stuck, g)
	}
	out["end_stuck"] = endOrderView(order)
	order.Removing, order.Stuck = 0, nil
	out["end_done"] = endOrderView(order)
}

// ending lets the fake end access: one grant more each time that it is asked.
func (r *rig) ending(total int) {
	o := access.EndOrderView{Name: "Ada Asker", Order: access.EndOrder{ID: "01JEND", At: r.fake.now, Total: total}}
	set(r.fake, &r.fake.onCountLive, func(_ context.Context, _ identity.SlackUserID, s access.EndScope) (int, int, error) {
		if s.Account == dev {
			return 0, 0, fault.New(fault.NotFound, "fake", "That account is gone", "")
		}
		return total, 2, nil
	})
	set(r.fake, &r.fake.onEndAll, func(_ context.Context, user identity.SlackUserID, s access.EndScope, reason string) (access.EndOrderView, error) {
		r.fake.mu.Lock()
		defer r.fake.mu.Unlock()
		o.Order.Scope, o.Order.Reason, o.Order.By = s, reason, access.Actor{Slack: user}
		return o, nil
	})
	set(r.fake, &r.fake.onEndOrder, func(context.Context, identity.SlackUserID, string) (access.EndOrderView, error) {
		r.fake.mu.Lock()
		defer r.fake.mu.Unlock()
		if o.Order.Ended++; o.Order.Ended == total {
			o.Order.DoneAt = r.fake.now
		}
		return o, nil
	})
	r.chooses(map[access.ChoiceKind][]access.Choice{
		access.ChoosePersonID: {{Value: "p-ada", Label: "Ada Asker"}, {Value: "p-otto", Label: "Otto Outsider"}},
		access.ChooseAccount:  {{Value: prod, Label: "prod-billing"}, {Value: dev, Label: "dev-playground"}},
	})
}

// Choose, see what it ends, type the name, follow it to its report.
func TestEndAllOfAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.progress = 5 * time.Millisecond } })
	r.pausing()
	r.ending(3)
	sue := r.configs("end")
	r.modal(sue, viewEndAll)
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockEndKind] == "" {
		t.Errorf("errors: %+v", res)
	}
	r.fill(sue, blockEndKind, actEndKind, endPerson)
	r.until("the search", func() bool { m, _ := sue.Modal(); _, ok := m.Values[blockEndWho]; return ok })
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockEndWho] == "" {
		t.Errorf("errors: %+v", res)
	}
	r.choose(sue, blockEndWho, chooser(areaEnd, access.ChoosePersonID), "ada", "p-ada")
	r.modalSays(sue, "This ends *3 grants* of *Ada Asker* and takes back *2 requests*")
	typed := blockEndTyped + "/Ada Asker"
	r.fill(sue, typed, actEndTyped, "Ada")
	r.fill(sue, blockEndWhy, actAdminReason, "left the company")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[typed] != "That is not “Ada Asker”. Nothing was ended." || r.fake.counted("EndAll") != 0 {
		t.Errorf("errors: %+v", res)
	}
	r.fill(sue, typed, actEndTyped, " ada  asker ")
	r.fill(sue, blockEndAlso, actTicks, alsoPause)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(sue, "Done:* all access of *Ada Asker* is ended")
	if got := text(m.Blocks); !strings.Contains(got, "3 grants of 3") || !strings.Contains(got, "left the company") {
		t.Errorf("the report:\n%s", got)
	}
	if p := r.fake.Paused(); p == nil || p.Reason != "left the company" {
		t.Errorf("the pause: %+v", p)
	}
}

// Another choice clears what was typed, so that a confirmation is never of something else.
func TestEndAllConfirmsWhatIsChosen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ending(3)
	sue := r.configs("end")
	r.modal(sue, viewEndAll)
	r.fill(sue, blockEndKind, actEndKind, endPerson)
	r.until("the search", func() bool { m, _ := sue.Modal(); _, ok := m.Values[blockEndWho]; return ok })
	r.choose(sue, blockEndWho, chooser(areaEnd, access.ChoosePersonID), "ada", "p-ada")
	r.modalSays(sue, "of *Ada Asker*")
	r.fill(sue, blockEndTyped+"/Ada Asker", actEndTyped, "Ada Asker")
	r.fill(sue, blockEndWhy, actAdminReason, "because")
	r.choose(sue, blockEndWho, chooser(areaEnd, access.ChoosePersonID), "otto", "p-otto")
	r.modalSays(sue, "of *Otto Outsider*")
	r.fill(sue, blockEndKind, actEndKind, endEverything)
	m := r.modalSays(sue, "of *everybody*")
	if !strings.Contains(text(m.Blocks), "Type “END ALL” to confirm") {
		t.Errorf("it asks for something else:\n%s", text(m.Blocks))
	}
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.OK || r.fake.counted("EndAll") != 0 {
		t.Errorf("an old confirmation counted: %+v", res)
	}
	r.fill(sue, blockEndKind, actEndKind, endAccount)
	r.until("the search", func() bool { m, _ := sue.Modal(); _, ok := m.Values[blockEndWhere]; return ok })
	r.choose(sue, blockEndWhere, chooser(areaEnd, access.ChooseAccount), "dev", dev)
	r.modalSays(sue, "That account is gone.")
}

// A pause that fails keeps the end from being ordered; a failed end is said.
func TestEndAllFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ending(1)
	refuse := fault.New(fault.Unavailable, "fake", "The store cannot be written", "Try again.")
	set(r.fake, &r.fake.onPause, func(context.Context, identity.SlackUserID, string) (access.Pause, error) {
		return access.Pause{}, refuse
	})
	sue := r.configs("end")
	r.modal(sue, viewEndAll)
	r.fill(sue, blockEndKind, actEndKind, endEverything)
	r.modalSays(sue, "of *everybody*")
	m, _ := sue.Modal()
	if got := m.Values[blockEndAlso][actTicks]["selected_options"]; len(got.([]any)) != 1 {
		t.Errorf("the end of everything does not propose a pause: %v", got)
	}
	r.fill(sue, blockEndTyped+"/"+endAllWord, actEndTyped, "end all")
	r.fill(sue, blockEndWhy, actAdminReason, "intrusion")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Not paused, and nothing was ended.* The store cannot be written.")
	if r.fake.counted("EndAll") != 0 {
		t.Error("it was ended without the pause")
	}
	set(r.fake, &r.fake.onEndAll, func(context.Context, identity.SlackUserID, access.EndScope, string) (access.EndOrderView, error) {
		return access.EndOrderView{}, refuse
	})
	r.fill(sue, blockEndAlso, actTicks)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m = r.modalSays(sue, "*Nothing was ended.* The store cannot be written.")
	if !hasAction(m.Blocks, actEndTyped) {
		t.Error("the form is gone")
	}
}

// What waits because the policy would end so much is ended on an admin's word, from the hub.
func TestEndHeld(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ending(1)
	r.fake.config.Held = 12
	set(r.fake, &r.fake.onEndHeld, func(context.Context, identity.SlackUserID, string) (access.EndOrderView, error) {
		return access.EndOrderView{Name: "what is no longer allowed", Order: access.EndOrder{ID: "01JHELD", DoneAt: r.fake.now, Ended: 12, Total: 12}}, nil
	})
	sue := r.configs("")
	r.modalSays(sue, "12 grants and requests would be ended")
	r.pressIn(sue, actEndHeld)
	r.modalSays(sue, "This ends *12 grants* that today's policy")
	r.fill(sue, blockEndTyped+"/"+endHeldWord, actEndTyped, "end held")
	r.fill(sue, blockEndWhy, actAdminReason, "they left the team")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "12 grants of 12")
	if r.fake.counted("EndHeld") != 1 || r.fake.counted("EndAll") != 0 {
		t.Error("something else was ended")
	}
}
