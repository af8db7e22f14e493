package access_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// guarded is basic where another admin must approve each change.
func guarded() policy.Spec {
	spec := basic()
	spec.Settings.SecondAdmin = true
	return spec
}

func (h *house) propose(user identity.SlackUserID, spec policy.Spec) access.RevisionView {
	h.t.Helper()
	v, err := h.apply(user, spec)
	if err != nil || v.State != access.Proposed {
		h.t.Fatalf("proposed %+v, %v", v.RevisionSummary, err)
	}
	pass(time.Second)
	return v
}

func TestAnotherAdminApproves(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, guarded())
		spec := denying("Admin") // without second_admin: it cannot be switched off by the same change
		v := h.propose(carol, spec)
		if h.svc.Policy().Version() != guarded().Version() {
			t.Fatal("a proposal decides")
		}
		var to []identity.SlackUserID
		for _, n := range h.told.of(access.NoticeRevision) {
			if n.Revision != v.ID {
				t.Errorf("a card of %s", n.Revision)
			}
			to = append(to, n.To)
		}
		slices.Sort(to)
		if !slices.Equal(to, []identity.SlackUserID{boot, dana}) {
			t.Errorf("cards went to %v", to)
		}
		_, err := h.svc.DecideRevision(ctx, carol, v.ID, true, "")
		h.want(err, fault.Forbidden, "", "yourself")
		_, err = h.svc.DecideRevision(ctx, alice, v.ID, true, "")
		h.want(err, fault.Forbidden, "")
		c, err := h.svc.Config(ctx, dana)
		if err != nil || len(c.Proposed) != 1 || c.Proposed[0].ID != v.ID || c.InForce.Number != 1 {
			t.Errorf("config %+v, %v", c.Proposed, err)
		}
		seen, err := h.svc.Revision(ctx, dana, v.ID)
		h.want(err, "", "")
		if !seen.MayDecide || len(seen.Changes) == 0 || seen.Impact == nil || seen.Reason != "because" {
			t.Errorf("dana sees %+v", seen)
		}
		if own, err := h.svc.Revision(ctx, carol, v.ID); err != nil || own.MayDecide {
			t.Errorf("carol may decide what she proposed: %v", err)
		}
		got, err := h.svc.DecideRevision(ctx, dana, v.ID, true, "fine")
		h.want(err, "", "")
		if got.State != access.InForce || got.Number != 2 || got.DecidedBy.Person != person(dana) || got.Note != "fine" {
			t.Errorf("approved %+v", got.RevisionSummary)
		}
		if h.svc.Policy().Version() != spec.Version() {
			t.Error("it does not decide")
		}
		_, err = h.svc.DecideRevision(ctx, dana, v.ID, true, "fine") // the same press again
		h.want(err, "", "")
		_, err = h.svc.DecideRevision(ctx, dana, v.ID, false, "no, after all")
		h.want(err, fault.Conflict, "", "version 2")
		pass(time.Second)
		if n := h.told.of(access.NoticeAdmins); !strings.Contains(n[len(n)-1].Text, "carol put version 2 of the policy in force, approved by dana") {
			t.Errorf("told %q", n[len(n)-1].Text)
		}
	})
}

func TestAnotherAdminRefuses(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, guarded())
		v := h.propose(carol, denying("Admin"))
		_, err := h.svc.DecideRevision(ctx, dana, v.ID, false, " ")
		h.want(err, fault.Invalid, "note")
		got, err := h.svc.DecideRevision(ctx, dana, v.ID, false, "too early")
		h.want(err, "", "")
		if got.State != access.Refused || h.svc.Policy().Version() != guarded().Version() {
			t.Errorf("refused %+v", got.RevisionSummary)
		}
		_, err = h.svc.DecideRevision(ctx, boot, v.ID, true, "")
		h.want(err, fault.Conflict, "", "dana refused")
		// What was refused can be taken up again.
		d, err := h.svc.RollBack(ctx, carol, v.ID)
		h.want(err, "", "")
		if d.Revision.Spec.Version() != denying("Admin").Version() || d.Revision.Restores != 0 {
			t.Errorf("taken up %+v", d.Revision)
		}
	})
}

func TestAuthorTakesBack(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, guarded())
		v := h.propose(carol, denying("Admin"))
		other := h.edit(carol, denying("ReadOnly"))
		_, err := h.svc.DecideRevision(ctx, carol, v.ID, false, "")
		h.want(err, fault.Conflict, "", "another draft")
		h.want(h.svc.DiscardDraft(ctx, carol), "", "")
		got, err := h.svc.DecideRevision(ctx, carol, v.ID, false, "")
		h.want(err, "", "")
		d, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		if got.State != access.Discarded || d.Revision.ID == other.Revision.ID || d.Revision.Spec.Version() != denying("Admin").Version() {
			t.Errorf("taken back %+v, draft %+v", got.RevisionSummary, d.Revision)
		}
		_, err = h.svc.DecideRevision(ctx, dana, v.ID, true, "")
		h.want(err, fault.Conflict, "", "took this change back")
	})
}

func TestStaleProposalIsNotApproved(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, guarded())
		a, b := h.propose(carol, denying("Admin")), h.propose(dana, denying("ReadOnly"))
		var errA, errB error
		var group sync.WaitGroup
		group.Go(func() { _, errA = h.svc.DecideRevision(ctx, boot, a.ID, true, "") })
		group.Go(func() { _, errB = h.svc.DecideRevision(ctx, boot, b.ID, true, "") })
		group.Wait()
		if (errA == nil) == (errB == nil) || !strings.Contains(errors.Join(errA, errB).Error(), "in force since this was begun") {
			t.Fatalf("%v and %v, want one of each", errA, errB)
		}
		if got := h.revisions(access.InForce); len(got) != 1 || got[0].Number != 2 {
			t.Errorf("in force %+v", got)
		}
	})
}

func TestDraftsAreTheirAuthorsOwn(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, guarded())
		d := h.edit(carol, denying("Admin"))
		_, err := h.svc.Revision(ctx, dana, d.Revision.ID)
		h.want(err, fault.NotFound, "")
		_, err = h.svc.DecideRevision(ctx, dana, d.Revision.ID, true, "")
		h.want(err, fault.Conflict, "", "not proposed")
		_, err = h.svc.RollBack(ctx, dana, d.Revision.ID)
		h.want(err, fault.Conflict, "")
		c, err := h.svc.Config(ctx, dana)
		if err != nil || c.Draft != nil {
			t.Errorf("dana sees the draft of carol: %+v, %v", c.Draft, err)
		}
	})
}

func TestSecondAdminMustExist(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := guarded()
		spec.Settings.Admins = policy.People{Users: []string{email(boot)}}
		_, err := h.apply(boot, spec)
		h.want(err, fault.Invalid, "second_admin")
		spec.Settings.Admins = policy.People{Users: []string{email(carol)}}
		h.mustApply(boot, spec)
		// boot leaves: carol is alone, and is told rather than left waiting.
		h.out.change(func(o *outside) {
			for i := range o.data.People {
				o.data.People[i].Disabled = o.data.People[i].ID == person(boot)
			}
		})
		h.want(h.svc.Sync(ctx), "", "")
		pass(time.Second)
		other := basic()
		d := h.edit(carol, other)
		v, err := h.svc.ReviewDraft(ctx, carol)
		if err != nil || !v.NeedsSecond || !v.Alone {
			t.Errorf("review %+v, %v", v, err)
		}
		_, err = h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, fault.Conflict, "", "there is no other admin")
	})
}

func TestAnAdminWhoIsNoneAnyMoreDecidesNothing(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, guarded())
		v := h.propose(carol, denying("Admin"))
		h.out.change(func(o *outside) { o.groups["SADMINS"] = nil }) // dana was one by it
		time.Sleep(2 * time.Minute)
		_, err := h.svc.DecideRevision(ctx, dana, v.ID, true, "")
		h.want(err, fault.Forbidden, "")
		h.out.change(func(o *outside) { o.away = true })
		time.Sleep(2 * time.Minute)
		_, err = h.svc.DecideRevision(ctx, boot, v.ID, true, "")
		h.want(err, fault.Unavailable, "")
		if h.svc.Policy().Version() != guarded().Version() {
			t.Error("it is in force")
		}
	})
}

func TestRollBack(t *testing.T) {
	inHouse(t, func(h *house) {
		first := h.mustApply(boot, basic())
		second := h.mustApply(carol, denying("Admin"))
		_, err := h.svc.RollBack(ctx, carol, second.ID)
		h.want(err, fault.Conflict, "", "earlier version")
		h.edit(carol, denying("ReadOnly"))
		_, err = h.svc.RollBack(ctx, carol, first.ID)
		h.want(err, fault.Conflict, "", "draft with changes")
		h.want(h.svc.DiscardDraft(ctx, carol), "", "")
		d, err := h.svc.RollBack(ctx, carol, first.ID)
		h.want(err, "", "")
		again, err := h.svc.RollBack(ctx, carol, first.ID)
		h.want(err, "", "")
		if d.Revision.Restores != 1 || again.Revision.ID != d.Revision.ID || h.svc.Policy().Version() != denying("Admin").Version() {
			t.Errorf("rolled back to %+v", d.Revision)
		}
		v, err := h.svc.ApplyDraft(ctx, carol, again.Revision.Version, "it was better", false)
		h.want(err, "", "")
		if v.Number != 3 || v.Restores != 1 || h.svc.Policy().Version() != basic().Version() {
			t.Errorf("in force %+v", v.RevisionSummary)
		}
		pass(time.Second)
		if n := h.told.of(access.NoticeAdmins); !strings.Contains(n[len(n)-1].Text, "it goes back to version 1") {
			t.Errorf("told %q", n[len(n)-1].Text)
		}
	})
}
