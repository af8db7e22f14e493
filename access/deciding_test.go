package access_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// escalating is basic, where what sre do not decide in half an hour goes to dana too.
func escalatingSpec() policy.Spec {
	spec := basic()
	spec.People["leads"] = policy.People{Users: []string{email(dana)}}
	spec.Rules[1].Escalate = &policy.EscalateSpec{After: policy.Duration(30 * time.Minute), To: []string{"leads"}}
	return spec
}

func approversOf(v access.RequestView) (out []identity.SlackUserID) {
	for _, h := range v.Approvers {
		out = append(out, h.Slack)
	}
	slices.Sort(out)
	return out
}

func TestRequestEscalates(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, escalatingSpec())
		id := h.pendingAdmin(alice)
		if v := h.view(id); !slices.Equal(approversOf(v), []identity.SlackUserID{bob, carol}) || v.Request.EscalateAt.IsZero() {
			t.Fatalf("before: %v, at %s", approversOf(v), v.Request.EscalateAt)
		}
		h.want(h.approve(dana, id), fault.Forbidden, "")
		pass(31 * time.Minute)
		v := h.view(id)
		if !slices.Equal(approversOf(v), []identity.SlackUserID{bob, carol, dana}) || v.Request.EscalatedAt.IsZero() {
			t.Fatalf("after: %v, %s", approversOf(v), v.Request.EscalatedAt)
		}
		told := 0
		for _, n := range h.told.of(access.NoticeThread) {
			if n.Event == access.EventEscalated {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the thread was told %d times", told)
		}
		if err := h.approve(dana, id); err != nil {
			t.Fatal(err)
		}
		if v := h.view(id); v.Request.State != access.Approved {
			t.Errorf("it is %s", v.Request.State)
		}
	})
}

func TestRequestThatOnlyEscalationCanMeet(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := escalatingSpec()
		spec.Rules[1].Approval.Steps[0].Count = 2
		h.mustApply(boot, spec)
		p := h.preview(access.PreviewInput{Asker: person(bob), Entitlements: []access.Entitlement{access.RoleIn(prod, arn("Admin"))}})
		if later := p.Parts[0].Later; len(later) != 1 || later[0].Slack != dana || p.Parts[0].Problem != nil {
			t.Errorf("the form says that later can decide: %+v, %v", later, p.Parts[0].Problem)
		}
		id := h.pendingAdmin(bob) // of sre only carol is left
		if later := h.view(id).Later; len(later) != 1 || later[0].Slack != dana {
			t.Errorf("the card says that later can decide: %+v", later)
		}
		if err := h.approve(carol, id); err != nil {
			t.Fatal(err)
		}
		pass(31 * time.Minute)
		if later := h.view(id).Later; later != nil {
			t.Errorf("once it escalated: %+v", later)
		}
		if err := h.approve(dana, id); err != nil {
			t.Fatal(err)
		}
		if v := h.view(id); v.Request.State != access.Approved {
			t.Errorf("it is %s", v.Request.State)
		}
	})
}

// A policy that takes the escalation away since the submission narrows what was frozen.
func TestEscalationOfTodayCounts(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, escalatingSpec())
		id := h.pendingAdmin(alice)
		pass(31 * time.Minute)
		spec := escalatingSpec()
		spec.Rules[1].Escalate = nil
		h.mustApply(boot, spec)
		if err := h.approve(dana, id); err == nil && h.view(id).Request.State == access.Approved {
			t.Error("dana approved it, and by today's policy she may not")
		}
	})
}

func TestEscalationWaitsForAPause(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, escalatingSpec())
		id := h.pendingAdmin(alice)
		if _, err := h.svc.Pause(context.Background(), boot, "incident"); err != nil {
			t.Fatal(err)
		}
		pass(45 * time.Minute)
		if v := h.view(id); !v.Request.EscalatedAt.IsZero() {
			t.Error("it escalated while nobody could decide")
		}
		if err := h.svc.Resume(context.Background(), boot); err != nil {
			t.Fatal(err)
		}
		pass(6 * time.Minute)
		if v := h.view(id); v.Request.EscalatedAt.IsZero() {
			t.Error("it did not escalate after the pause")
		}
	})
}

func TestClaimAndHandOver(t *testing.T) {
	inHouse(t, func(h *house) {
		ctx := context.Background()
		h.mustApply(boot, basic())
		id := h.pendingAdmin(alice)
		claimer := func() identity.SlackUserID {
			if c := h.view(id).Request.Claim; c != nil {
				return c.By.Slack
			}
			return ""
		}
		_, err := h.svc.Claim(ctx, dana, id)
		h.want(err, fault.Forbidden, "", "not among those")
		_, err = h.svc.Claim(ctx, alice, id)
		h.want(err, fault.Forbidden, "", "asked for")
		for _, who := range []identity.SlackUserID{bob, bob, carol} { // again, and taken over
			if _, err := h.svc.Claim(ctx, who, id); err != nil || claimer() != who {
				t.Fatalf("%s claims it: %q, %v", who, claimer(), err)
			}
		}
		if _, err := h.svc.Unclaim(ctx, bob, id); err != nil || claimer() != carol {
			t.Errorf("bob let go of carol's claim: %q, %v", claimer(), err)
		}
		_, err = h.svc.HandOver(ctx, carol, id, dana)
		h.want(err, fault.Invalid, "to", "could not decide")
		_, err = h.svc.HandOver(ctx, carol, id, carol)
		h.want(err, fault.Invalid, "to")
		_, err = h.svc.HandOver(ctx, dana, id, bob)
		h.want(err, fault.Forbidden, "")
		if _, err := h.svc.HandOver(ctx, carol, id, bob); err != nil || claimer() != bob || h.view(id).Request.Claim.From.Slack != carol {
			t.Errorf("carol handed it to bob: %q, %v", claimer(), err)
		}
		pass(time.Minute)
		if !slices.ContainsFunc(h.told.of(access.NoticeTell), func(n access.Notice) bool { return n.To == bob && n.Event == access.EventHanded }) {
			t.Error("bob got no direct message")
		}
		if _, err := h.svc.Unclaim(ctx, bob, id); err != nil || claimer() != "" {
			t.Errorf("bob let go: %q, %v", claimer(), err)
		}
		if _, err := h.svc.Claim(ctx, bob, id); err != nil {
			t.Fatal(err)
		}
		if err := h.approve(carol, id); err != nil || h.view(id).Request.State != access.Approved { // a claim keeps nobody
			t.Fatalf("bob's claim keeps carol from deciding: %v", err)
		}
		_, err = h.svc.Claim(ctx, bob, id)
		h.want(err, fault.Conflict, "", "already approved")
	})
}

func TestReplies(t *testing.T) {
	inHouse(t, func(h *house) {
		ctx := context.Background()
		h.mustApply(boot, basic())
		id := h.pendingAdmin(alice)
		said := func(user identity.SlackUserID, text string) error {
			_, err := h.svc.Reply(ctx, user, id, text)
			return err
		}
		h.want(said(bob, " \n"), fault.Invalid, "text")
		h.want(said(bob, strings.Repeat("a", 1001)), fault.Invalid, "text")
		h.want(said(dana, "hello"), fault.Forbidden, "")
		if err := said(bob, "Which disk?"); err != nil {
			t.Fatal(err)
		}
		if err := said(alice, "The one of <billing>"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if got := h.view(id).Request.Replies; len(got) != 2 || got[1].Text != "The one of <billing>" || got[0].By.Slack != bob {
			t.Errorf("kept: %+v", got)
		}
		thread, direct := 0, 0
		for _, n := range append(h.told.of(access.NoticeThread), h.told.of(access.NoticeTell)...) {
			switch {
			case n.Event != access.EventReplied:
			case n.Kind == access.NoticeThread:
				thread++
			case n.To == alice:
				direct++
			}
		}
		if thread != 2 || direct != 2 {
			t.Errorf("told the thread %d times and alice %d times", thread, direct)
		}
		for range 4 {
			if err := said(bob, "And?"); err != nil {
				t.Fatal(err)
			}
		}
		h.want(said(bob, "And?"), fault.Conflict, "", "Wait a few minutes")
		pass(11 * time.Minute)
		if err := said(bob, "Now?"); err != nil {
			t.Error(err)
		}
		if err := h.approve(bob, id); err != nil {
			t.Fatal(err)
		}
		if err := said(alice, "Thanks"); err != nil {
			t.Error(err)
		}
		pass(25 * time.Hour)
		h.want(said(alice, "Thanks"), fault.Conflict, "", "over for more than a day")
	})
}

func TestReviewAll(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		mine, one, two := h.pendingAdmin(bob), h.pendingAdmin(alice), h.pendingAdmin(dana)
		out, err := h.svc.ReviewAll(context.Background(), bob, []access.RequestID{one, mine, two, one, "none"}, access.Approve, "all fine")
		if err != nil || len(out) != 4 {
			t.Fatalf("%+v, %v", out, err)
		}
		for i, want := range []fault.Code{"", fault.Forbidden, "", fault.NotFound} {
			if fault.CodeOf(out[i].Err) != want {
				t.Errorf("%d: %v, want %q", i, out[i].Err, want)
			}
		}
		for id, want := range map[access.RequestID]access.RequestState{one: access.Approved, two: access.Approved, mine: access.Pending} {
			if v := h.view(id); v.Request.State != want {
				t.Errorf("it is %s, want %s", v.Request.State, want)
			}
		}
		_, err = h.svc.ReviewAll(context.Background(), bob, []access.RequestID{mine}, access.Deny, "")
		h.want(err, fault.Invalid, "comment")
		_, err = h.svc.ReviewAll(context.Background(), bob, nil, access.Deny, "no")
		h.want(err, fault.Invalid, "requests")
	})
}

func TestDetailsKnowThePast(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		ctx := context.Background()
		denied := h.pendingAdmin(alice)
		if _, err := h.svc.Review(ctx, access.ReviewInput{Request: denied, User: bob, Verdict: access.Deny, Comment: "no"}); err != nil {
			t.Fatal(err)
		}
		h.submit(alice, "ReadOnly")
		if _, err := h.svc.Submit(ctx, submission(string(alice), string(staging))); err != nil { // elsewhere
			t.Fatal(err)
		}
		h.pendingAdmin(dana) // somebody else's
		id := h.pendingAdmin(alice)
		d, err := h.svc.Details(ctx, bob, id)
		if err != nil {
			t.Fatal(err)
		}
		if p := d.Past; p.Requests != 2 || p.Denied != 1 || p.Approved != 1 || p.Live != 1 || len(p.Newest) != 2 {
			t.Errorf("%+v", p)
		}
	})
}
