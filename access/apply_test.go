package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

func TestApplyPutsInForceAndTellsTheAdmins(t *testing.T) {
	inHouse(t, func(h *house) {
		v := h.mustApply(boot, basic())
		if v.State != access.InForce || v.Number != 1 || v.Author.Person != person(boot) {
			t.Errorf("applied %+v", v.RevisionSummary)
		}
		if p := h.svc.Policy(); p == nil || p.Version() != basic().Version() {
			t.Fatal("the policy that decides is another one")
		}
		h.mustApply(carol, denying("Admin"))
		if got := h.revisions(access.InForce); len(got) != 1 || got[0].Number != 2 || got[0].Author.Person != person(carol) || got[0].Reason != "because" {
			t.Errorf("in force %+v", got)
		}
		if got := h.revisions(access.Replaced); len(got) != 1 || got[0].Number != 1 || got[0].EndedAt.IsZero() {
			t.Errorf("replaced %+v", got)
		}
		list, total, err := h.svc.Revisions(ctx, carol, 1, 5)
		if err != nil || total != 2 || len(list) != 1 || list[0].Number != 1 {
			t.Errorf("the second page: %+v of %d, %v", list, total, err)
		}
		notices := h.told.of(access.NoticeAdmins)
		if len(notices) != 2 || notices[1].Text != "carol put version 2 of the policy in force (1 change): because" {
			t.Errorf("told the admins %+v", notices)
		}
		c, err := h.svc.Config(ctx, carol)
		if err != nil || c.FirstRun || c.InForce == nil || c.InForce.Number != 2 || len(c.Rules) != 3 || c.Draft != nil {
			t.Errorf("config %+v, %v", c, err)
		}
	})
}

func TestApplyAsksForAReasonAndAChange(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		d := h.edit(carol, denying("Admin"))
		_, err := h.svc.ApplyDraft(ctx, carol, d.Revision.Version, " ", false)
		h.want(err, fault.Invalid, "reason")
		_, err = h.svc.ApplyDraft(ctx, carol, d.Revision.Version, strings.Repeat("x", 2001), false)
		h.want(err, fault.Invalid, "reason")
		_, err = h.svc.ApplyDraft(ctx, carol, d.Revision.Version-1, "because", false)
		h.want(err, fault.Conflict, "")
		_, err = h.svc.ApplyDraft(ctx, alice, d.Revision.Version, "because", false)
		h.want(err, fault.Forbidden, "")
		_, err = h.apply(dana, basic())
		h.want(err, fault.Invalid, "", "in force already")
		if h.revisions(access.InForce)[0].Number != 1 {
			t.Error("something came into force")
		}
	})
}

func TestOfTwoWhoApplyAtOnceOneWins(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		a, b := h.edit(carol, denying("Admin")), h.edit(dana, denying("ReadOnly"))
		var errA, errB error
		var group sync.WaitGroup
		group.Go(func() { _, errA = h.svc.ApplyDraft(ctx, carol, a.Revision.Version, "mine", false) })
		group.Go(func() { _, errB = h.svc.ApplyDraft(ctx, dana, b.Revision.Version, "mine", false) })
		group.Wait()
		if (errA == nil) == (errB == nil) {
			t.Fatalf("%v and %v, want one of each", errA, errB)
		}
		lost := errors.Join(errA, errB)
		if !strings.Contains(lost.Error(), "in force since this was begun") {
			t.Errorf("the other hears: %v", lost)
		}
		got := h.revisions(access.InForce)
		if len(got) != 1 || got[0].Spec.Version() != h.svc.Policy().Version() {
			t.Errorf("stored %+v, decided by %s", got, h.svc.Policy().Version())
		}
	})
}

func TestNobodyIsLockedOut(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		spec := basic()
		spec.Settings.Admins = policy.People{SlackUserGroups: []string{"empty"}}
		h.out.change(func(o *outside) { o.groups["SEMPTY"] = nil })
		time.Sleep(time.Minute)
		_, err := h.apply(carol, spec)
		h.want(err, "", "") // boot is one whatever the policy says
		// But not where the policy could not tell who boot is.
		spec.Settings.EmailDomains = []string{"elsewhere.org"}
		_, err = h.apply(boot, spec)
		h.want(err, fault.Invalid, "admins")
		d, err := h.svc.ReviewDraft(ctx, boot)
		if err != nil || !d.LosesAdmins {
			t.Errorf("the review does not say so: %+v, %v", d.LosesAdmins, err)
		}
		// Nor when boot has left since the draft was begun.
		left := h.edit(boot, basic())
		h.out.change(func(o *outside) {
			for i := range o.data.People {
				o.data.People[i].Disabled = o.data.People[i].ID == person(boot)
			}
		})
		time.Sleep(2 * time.Minute)
		_, err = h.svc.ApplyDraft(ctx, boot, left.Revision.Version, "because", false)
		h.want(err, fault.Forbidden, "")
	})
}

func TestTheLastAdminStays(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		h.out.change(func(o *outside) {
			for i := range o.data.People {
				o.data.People[i].Disabled = o.data.People[i].ID == person(boot)
			}
		})
		h.want(h.svc.Sync(ctx), "", "")
		pass(time.Second)
		spec := basic()
		spec.Settings.Admins = policy.People{IdentityCenterGroups: []string{"payments-devs"}} // bob; known, and enough
		_, err := h.apply(carol, spec)
		h.want(err, "", "")
		_, err = h.svc.Draft(ctx, carol)
		h.want(err, fault.Forbidden, "", "bob")
		spec.Settings.Admins = policy.People{}
		_, err = h.apply(bob, spec)
		h.want(err, fault.Invalid, "admins", "Nobody would be an admin")
	})
}

func TestWhatAPolicyDeniesEnds(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		r := h.submit(alice, "ReadOnly")
		pending := h.submit(alice, "Admin")
		pass(30 * time.Second)
		if g := h.view(r.ID).Grants[0]; g.Phase != access.PhaseActive {
			t.Fatalf("before: %+v", g)
		}
		spec := denying("ReadOnly")
		spec.Rules[2].Approval.Steps = append(spec.Rules[2].Approval.Steps, policy.Step{From: []string{"security"}, Count: 1})
		spec.People["security"] = policy.People{Users: []string{email(dana)}}
		d := h.edit(carol, spec)
		v, err := h.svc.ReviewDraft(ctx, carol)
		h.want(err, "", "")
		if v.EndsTotal != 1 || v.EndsLive != 1 || len(v.Ends) != 1 || v.Ends[0].Request.ID != r.ID {
			t.Errorf("the review lists as ended %+v", v.Ends)
		}
		if v.TouchedTotal != 1 || v.Touched[0].Request.Request.ID != pending.ID || v.Touched[0].What != "would also need 1 of security" {
			t.Errorf("the review lists as touched %+v", v.Touched)
		}
		if len(v.Changes) == 0 || v.NeedsSecond || v.LosesAdmins {
			t.Errorf("review %+v", v)
		}
		_, err = h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, "", "")
		if g := h.view(r.ID).Grants[0].Grant; g.State != access.Ended || g.EndReason != access.EndDenied {
			t.Errorf("after: %+v", g)
		}
		pass(30 * time.Second)
		if h.out.held[access.Key{Person: person(alice), Account: prod, Role: arn("ReadOnly")}] {
			t.Error("AWS holds it still")
		}
	})
}

func TestManyEndsMustBeMeant(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		for _, u := range []int{0, 1, 2} {
			who := []string{"UALICE", "UBOB", "UDANA"}[u]
			for _, account := range []string{string(prod), string(staging)} {
				_, err := h.svc.Submit(ctx, submission(who, account))
				h.want(err, "", "")
			}
		}
		pass(time.Minute)
		d := h.edit(carol, denying("ReadOnly"))
		_, err := h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, fault.Invalid, "ends", "6 live grants")
		if h.svc.Policy().Version() != basic().Version() {
			t.Error("it is in force all the same")
		}
		_, err = h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", true)
		h.want(err, "", "")
		var live []access.Grant
		h.want(h.store.View(ctx, func(tx access.Tx) (err error) {
			live, err = tx.Grants(access.GrantFilter{States: []access.GrantState{access.Live}})
			return err
		}), "", "")
		if len(live) != 0 {
			t.Errorf("%d grants are live still", len(live))
		}
	})
}

// troubled is a store that can be told what to do with the next updates.
type troubled struct {
	access.Store
	mu    sync.Mutex
	fails bool // nothing is stored
	lies  bool // it is stored, and the answer is lost
}

func (f *troubled) set(fails, lies bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails, f.lies = fails, lies
}

func (f *troubled) Update(ctx context.Context, fn func(access.Tx) error) error {
	f.mu.Lock()
	fails, lies := f.fails, f.lies
	f.mu.Unlock()
	gone := fault.New(fault.Unavailable, "troubled", "the disk is gone", "")
	if fails {
		return gone
	}
	err := f.Store.Update(ctx, fn)
	if err == nil && lies {
		err = gone
	}
	return err
}

// The process ends between the transaction that puts a policy in force and the swap: the
// next one decides by what is stored, and ends what that denies.
func TestACrashAfterTheTransactionIsHealedAtTheStart(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		r := h.submit(alice, "ReadOnly")
		pass(30 * time.Second)
		h.stop()
		// What the transaction leaves behind: what an import writes.
		_, err := access.ImportPolicy(ctx, h.store, denying("ReadOnly"), access.Actor{Name: "root"}, "from a file", time.Now())
		h.want(err, "", "")
		h.start()
		if h.svc.Policy().Version() != denying("ReadOnly").Version() {
			t.Error("the older policy decides")
		}
		if g := h.view(r.ID).Grants[0].Grant; g.EndReason != access.EndDenied {
			t.Errorf("it did not end: %+v", g)
		}
	})
}

// Between transaction and swap nothing is granted by the older policy: the stored version
// is not the one that decides.
func TestNothingIsGrantedByAnOlderPolicy(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		r := h.submit(alice, "Admin")
		pass(10 * time.Second)
		h.want(h.store.Update(ctx, func(tx access.Tx) error { return tx.PutMeta("policy/version", "newer") }), "", "")
		_, err := h.svc.Review(ctx, access.ReviewInput{Request: r.ID, User: bob, Verdict: access.Approve})
		h.want(err, fault.Unavailable, "", "changed just now")
		if v := h.view(r.ID); v.Request.State != access.Pending {
			t.Errorf("it was granted: %+v", v.Request)
		}
		h.want(h.store.Update(ctx, func(tx access.Tx) error { return tx.PutMeta("policy/version", basic().Version()) }), "", "")
		_, err = h.svc.Review(ctx, access.ReviewInput{Request: r.ID, User: bob, Verdict: access.Approve})
		h.want(err, "", "")
	})
}

func TestWhatCannotBeStoredDoesNotComeIntoForce(t *testing.T) {
	var f *troubled
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		d := h.edit(carol, denying("Admin"))
		f.set(true, false)
		_, err := h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, fault.Unavailable, "", "the disk is gone")
		if h.svc.Policy().Version() != basic().Version() {
			t.Error("it is in force all the same")
		}
		f.set(false, false)
	}, func(h *house) {
		f = &troubled{Store: h.store}
		h.store = f
	})
}

// Nobody knows whether it was stored, but the store: what is there decides.
func TestALostAnswerOfTheStoreIsLookedUp(t *testing.T) {
	var f *troubled
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		r := h.submit(alice, "ReadOnly")
		pass(30 * time.Second)
		d := h.edit(carol, denying("ReadOnly"))
		f.set(false, true)
		_, err := h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, fault.Unavailable, "", "the disk is gone")
		f.set(false, false)
		pass(time.Minute)
		if h.svc.Policy().Version() != denying("ReadOnly").Version() {
			t.Error("the older policy decides")
		}
		if g := h.view(r.ID).Grants[0].Grant; g.EndReason != access.EndDenied {
			t.Errorf("it did not end: %+v", g)
		}
	}, func(h *house) {
		f = &troubled{Store: h.store}
		h.store = f
	})
}

// Two processes on one store: what one puts in force the other decides by, and ends what
// it denies, without being asked for anything.
func TestAnotherProcessFollows(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		r := h.submit(alice, "ReadOnly")
		pass(30 * time.Second)
		other := &house{t: t, store: h.store, out: h.out, told: h.told}
		other.start() // leads from now on
		h.mustApply(carol, denying("ReadOnly"))
		if other.svc.Policy().Version() != denying("ReadOnly").Version() {
			t.Error("the other process decides by the older policy")
		}
		if g := other.view(r.ID).Grants[0].Grant; g.EndReason != access.EndDenied {
			t.Errorf("it did not end: %+v", g)
		}
		other.stop()
	})
}

func TestAPolicyThatNoLongerCompiles(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := basic()
		spec.People["sre"] = policy.People{SlackUserGroups: []string{"sre"}, IdentityCenterGroups: []string{"payments-devs"}}
		h.mustApply(boot, spec)
		// The group is gone: its name is bound, so the policy stays what it was.
		h.out.change(func(o *outside) { o.data.Groups = nil })
		h.want(h.svc.Sync(ctx), "", "")
		pass(time.Minute)
		if h.svc.Policy() == nil || h.svc.PolicyProblem() != "" {
			t.Fatalf("after a group is gone: %s", h.svc.PolicyProblem())
		}
		// The name means another group: the old meaning stays in force, and alarms.
		h.out.change(func(o *outside) { o.groups["SOTHER"], o.channels[0].ID = nil, "COTHER" })
		time.Sleep(2 * time.Minute)
		h.want(h.svc.Sync(ctx), "", "")
		pass(time.Minute)
		if p := h.svc.Policy(); p == nil || p.Settings().Channel != "CAPPROVALS" {
			t.Fatal("the last good policy is not in force any more")
		}
		if h.svc.PolicyProblem() == "" {
			t.Error("nobody is told")
		}
		n := h.told.of(access.NoticeAdmins)
		if len(n) == 0 || !strings.Contains(n[len(n)-1].Text, "the old policy stays in force") {
			t.Errorf("the admins heard %+v", n)
		}
		// A process that starts now has nothing to decide by, and boot can mend it.
		h.restart()
		_, err := h.svc.Submit(ctx, submission("UALICE", string(prod)))
		h.want(err, fault.Unavailable, "")
		spec.Settings.Channel = "secret"
		_, err = h.apply(boot, spec)
		h.want(err, "", "")
		_, err = h.svc.Submit(ctx, submission("UALICE", string(prod)))
		h.want(err, "", "")
	})
}

func TestTamperedRevisionsAreFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, store: newModel(), out: newOutside(), told: &told{}}
		h.start()
		h.mustApply(boot, basic())
		h.mustApply(carol, denying("Admin"))
		h.edit(dana, basic())
		pass(time.Minute)
		h.stop()
		if err := access.VerifyAudit(ctx, h.store); err != nil {
			t.Fatal(err)
		}
		var events []access.AuditEvent
		h.want(h.store.View(ctx, func(tx access.Tx) (err error) {
			events, err = tx.Audit(0, 0)
			return err
		}), "", "")
		replayed, err := access.Replay(events)
		if err != nil || len(replayed.Revisions) != 2 {
			t.Fatalf("replayed %d revisions, %v", len(replayed.Revisions), err)
		}
		// A line that says something else.
		for i, e := range events {
			if !strings.HasPrefix(e.Record, "revision/") {
				continue
			}
			changed := append([]access.AuditEvent(nil), events...)
			changed[i].After = json.RawMessage(strings.Replace(string(e.After), "because", "never", 1))
			if _, err := access.Replay(changed); err == nil {
				t.Errorf("line %d (%s) was changed unnoticed", e.Seq, e.Action)
			}
		}
		// A record that says something else than its line.
		in := h.revisions(access.InForce)[0]
		in.Spec.Rules, in.Version = in.Spec.Rules[1:], in.Version+1
		h.want(h.store.Update(ctx, func(tx access.Tx) error { return tx.PutRevision(in) }), "", "")
		if err := access.VerifyAudit(ctx, h.store); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "policy revision") {
			t.Errorf("a changed policy: %v", err)
		}
	})
}

func TestARevisionSlippedInIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, store: newModel(), out: newOutside(), told: &told{}}
		h.start()
		h.mustApply(boot, basic())
		h.stop()
		h.want(h.store.Update(ctx, func(tx access.Tx) error {
			return tx.PutRevision(access.Revision{ID: "ZZZ", Version: 1, State: access.InForce, Number: 2, Spec: denying("Admin")})
		}), "", "")
		if err := access.VerifyAudit(ctx, h.store); !fault.Is(err, fault.Conflict) {
			t.Errorf("a policy without a line: %v", err)
		}
	})
}

func TestImport(t *testing.T) {
	inHouse(t, func(h *house) {
		h.stop()
		by := access.Actor{Name: "root@build"}
		_, err := access.ImportPolicy(ctx, h.store, basic(), by, "", time.Now())
		h.want(err, fault.Invalid, "reason")
		first, err := access.ImportPolicy(ctx, h.store, basic(), by, "moved out of its file", time.Now())
		h.want(err, "", "")
		again, err := access.ImportPolicy(ctx, h.store, basic(), by, "once more", time.Now())
		h.want(err, "", "")
		if first.ID != again.ID || first.Number != 1 || first.State != access.InForce {
			t.Errorf("imported %+v, then %+v", first, again)
		}
		h.start()
		if p := h.svc.Policy(); p == nil || p.Version() != basic().Version() {
			t.Fatal("an imported policy does not decide")
		}
		h.mustApply(carol, denying("Admin"))
		if got := h.revisions(access.InForce)[0]; got.Number != 2 || got.Base != first.ID {
			t.Errorf("in force %+v", got)
		}
	})
}
