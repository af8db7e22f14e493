package access_test

import (
	"context"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// lending is basic, where two of sre must approve; dana, who decides nothing, is in a set of
// the policy, and alice may decide too.
func lending(count int) policy.Spec {
	spec := basic()
	spec.People["desk"] = policy.People{Users: []string{email(dana), email(alice)}}
	spec.Rules[1].Approval.Steps[0].Count = count
	return spec
}

func (h *house) delegate(by, to identity.SlackUserID) access.Delegation {
	h.t.Helper()
	d, err := h.svc.Delegate(context.Background(), by, access.DelegationInput{To: to, Until: time.Now().Add(24 * time.Hour), Note: "on leave"})
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// pendingAdmin is a request of a person for a role that must be approved, checked already.
func (h *house) pendingAdmin(user identity.SlackUserID) access.RequestID {
	h.t.Helper()
	r := h.submit(user, "Admin")
	pass(time.Minute)
	if v := h.view(r.ID); v.Request.State != access.Pending || v.Request.CheckedAt.IsZero() {
		h.t.Fatalf("it is %s", v.Request.State)
	}
	return r.ID
}

func (h *house) approve(user identity.SlackUserID, id access.RequestID) error {
	_, err := h.svc.Review(context.Background(), access.ReviewInput{Request: id, User: user, Verdict: access.Approve})
	return err
}

func TestDelegateVotesAsTheApprover(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, lending(1))
		id := h.pendingAdmin(alice)
		h.want(h.approve(dana, id), fault.Forbidden, "", "not among those who decide")
		h.delegate(bob, dana)
		stands := ""
		for _, a := range h.view(id).Approvers {
			if a.Slack == dana {
				stands = a.For
			}
		}
		if stands != name(bob) {
			t.Errorf("dana stands in for %q", stands)
		}
		if err := h.approve(dana, id); err != nil {
			t.Fatal(err)
		}
		v := h.view(id)
		if r := v.Request.Reviews[0]; v.Request.State != access.Approved || r.By.Slack != dana || r.For.Slack != bob {
			t.Errorf("%s by %+v", v.Request.State, v.Request.Reviews)
		}
		pass(time.Minute)
		if n := len(h.told.of(access.NoticeTell)); n < 2 {
			t.Errorf("both are told, and %d notices were sent", n)
		}
	})
}

func TestDelegateIsNoWayToOnesOwnRequest(t *testing.T) {
	for name, c := range map[string]struct{ asks, lends, votes identity.SlackUserID }{
		"asker delegates to somebody": {bob, bob, dana},
		"delegate asks":               {dana, bob, dana},
		"approver approves their own": {bob, carol, bob},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.mustApply(boot, lending(1))
				id := h.pendingAdmin(c.asks)
				to := dana
				if c.lends == carol {
					to = bob
				}
				h.delegate(c.lends, to)
				h.want(h.approve(c.votes, id), fault.Forbidden, "")
				if v := h.view(id); v.Request.State != access.Pending || len(v.Request.Reviews) > 0 {
					t.Errorf("it is %s, with %d reviews", v.Request.State, len(v.Request.Reviews))
				}
			})
		})
	}
}

func TestDelegatorWhoReceivesLendsNothing(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := lending(1)
		spec.Rules[1].OnBehalf = policy.List{Items: []string{"desk"}}
		h.mustApply(boot, spec)
		h.delegate(bob, dana)
		r, err := h.svc.Submit(context.Background(), access.Submission{
			FormKey: "for bob", User: alice, For: bob, Entitlements: []access.Entitlement{access.RoleIn(prod, arn("Admin"))}, Duration: time.Hour, Reason: "look",
		})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		h.want(h.approve(dana, r.ID), fault.Forbidden, "")
		if err := h.approve(carol, r.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestDelegatesAreNotPassedOn(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := lending(1)
		spec.People["leads"] = policy.People{Users: []string{email(dana)}}
		spec.Rules[0].Approval = policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"leads"}, Count: 1}}} // dana decides something of her own
		h.mustApply(boot, spec)
		h.delegate(bob, dana)
		h.delegate(dana, alice)
		id := h.pendingAdmin(carol)
		h.want(h.approve(alice, id), fault.Forbidden, "", "not among those who decide")
		if err := h.approve(dana, id); err != nil {
			t.Error(err)
		}
	})
}

func TestOnePersonIsOneVote(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, lending(2))
		h.delegate(bob, dana)
		h.delegate(carol, dana)
		id := h.pendingAdmin(alice)
		for range 2 { // for bob; then again, which changes nothing
			if err := h.approve(dana, id); err != nil {
				t.Fatal(err)
			}
		}
		if v := h.view(id); v.Request.State != access.Pending || len(v.Request.Reviews) != 1 {
			t.Fatalf("it is %s with %d reviews: one person decided for two", v.Request.State, len(v.Request.Reviews))
		}
		h.want(h.approve(bob, id), fault.Forbidden, "", "dana approved it for you already")
		if err := h.approve(carol, id); err != nil {
			t.Fatal(err)
		}
		if v := h.view(id); v.Request.State != access.Approved {
			t.Errorf("it is %s", v.Request.State)
		}
	})
}

func TestEndedDelegationLendsNothing(t *testing.T) {
	for name, end := range map[string]func(*house, access.Delegation){
		"by the approver": func(h *house, d access.Delegation) { h.end(bob, d) },
		"by the delegate": func(h *house, d access.Delegation) { h.end(dana, d) },
		"by an admin":     func(h *house, d access.Delegation) { h.end(boot, d) },
		"by its date":     func(*house, access.Delegation) { pass(25 * time.Hour) },
		"bob has left": func(h *house, _ access.Delegation) {
			h.out.change(func(o *outside) {
				for i := range o.data.People {
					if o.data.People[i].ID == person(bob) {
						o.data.People[i].Disabled = true
					}
				}
			})
			pass(2 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				spec := lending(1)
				spec.Settings.RequestTTL = policy.Duration(48 * time.Hour)
				h.mustApply(boot, spec)
				d := h.delegate(bob, dana)
				id := h.pendingAdmin(alice)
				end(h, d)
				h.want(h.approve(dana, id), fault.Forbidden, "")
				if v := h.view(id); v.Request.State != access.Pending {
					t.Errorf("it is %s", v.Request.State)
				}
			})
		})
	}
}

func (h *house) end(user identity.SlackUserID, d access.Delegation) {
	h.t.Helper()
	if err := h.svc.EndDelegation(context.Background(), user, d.ID); err != nil {
		h.t.Fatal(err)
	}
}

// A delegate's vote that was counted counts no more once the approver is gone.
func TestVoteOfWhoLeftCountsNoMore(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, lending(2))
		h.delegate(bob, dana)
		id := h.pendingAdmin(alice)
		if err := h.approve(dana, id); err != nil {
			t.Fatal(err)
		}
		h.out.change(func(o *outside) {
			for i := range o.data.People {
				if o.data.People[i].ID == person(bob) {
					o.data.People[i].Disabled = true
				}
			}
		})
		pass(2 * time.Minute)
		if err := h.approve(carol, id); err != nil {
			t.Fatal(err)
		}
		if v := h.view(id); v.Request.State != access.Pending {
			t.Errorf("it is %s with the vote of who left", v.Request.State)
		}
	})
}

func TestDelegateRefusals(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, lending(1))
		ctx, day := context.Background(), time.Now().Add(24*time.Hour)
		for _, c := range []struct {
			by, to identity.SlackUserID
			until  time.Time
			code   fault.Code
			field  string
		}{
			{bob, bob, day, fault.Invalid, "to"},
			{bob, "", day, fault.Invalid, "to"},
			{bob, dana, time.Now(), fault.Invalid, "until"},
			{bob, dana, time.Now().Add(31 * 24 * time.Hour), fault.Invalid, "until"},
			{bob, boot, day, fault.Forbidden, "to"}, // in no set
			{dana, alice, day, fault.Forbidden, ""}, // decides nothing
		} {
			_, err := h.svc.Delegate(ctx, c.by, access.DelegationInput{To: c.to, Until: c.until})
			h.want(err, c.code, c.field)
		}
		d := h.delegate(bob, dana)
		h.want(h.svc.EndDelegation(ctx, alice, d.ID), fault.Forbidden, "")
		again := h.delegate(bob, dana) // takes the place of the first
		v, err := h.svc.Delegations(ctx, dana)
		if err != nil || len(v.Mine) != 1 || v.Mine[0].ID != again.ID {
			t.Errorf("dana sees %+v, %v", v.Mine, err)
		}
		if v, _ = h.svc.Delegations(ctx, boot); len(v.Others) != 1 {
			t.Errorf("an admin sees %+v", v.Others)
		}
		if v, _ = h.svc.Delegations(ctx, alice); len(v.Mine)+len(v.Others) != 0 {
			t.Errorf("alice sees %+v", v)
		}
		pass(25 * time.Hour)
		h.want(h.svc.EndDelegation(ctx, bob, again.ID), fault.NotFound, "")
	})
}
