package access_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// all are both roles in prod and staging.
func all() []access.Entitlement {
	return []access.Entitlement{
		access.RoleIn(prod, arn("ReadOnly")), access.RoleIn(staging, arn("ReadOnly")),
		access.RoleIn(prod, arn("Admin")), access.RoleIn(staging, arn("Admin")),
	}
}

func (h *house) preview(in access.PreviewInput) access.Preview {
	h.t.Helper()
	p, err := h.svc.Preview(context.Background(), in)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// send asks for everything as alice.
func (h *house) send(form string, change func(*access.Submission), es ...access.Entitlement) (access.Request, error) {
	in := access.Submission{FormKey: form, User: alice, Entitlements: es, Duration: time.Hour, Reason: "the disk is full"}
	if change != nil {
		change(&in)
	}
	return h.svc.Submit(context.Background(), in)
}

// shape is a preview in a line: its parts by rule and size, and what is refused.
func shape(p access.Preview) string {
	s := ""
	for _, part := range p.Parts {
		s += fmt.Sprintf("%s:%d/%d ", part.Decision.Rule, len(part.Items), len(part.Approvers))
	}
	for _, i := range p.Items {
		if i.Refused() {
			s += fmt.Sprintf("-%s@%s ", i.Role.Name, i.Account.Name)
		}
	}
	return s
}

func TestPreviewOfSeveral(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		in := access.PreviewInput{Asker: person(alice), Entitlements: append(all(), all()...)}
		p := h.preview(in)
		if got := shape(p); got != "look:2/0 work:2/2 " {
			t.Errorf("preview: %s", got)
		}
		if len(p.Items) != 4 || p.Parts[1].Channel != "CAPPROVALS" || p.Emergency != 0 {
			t.Errorf("%d items, channel %s, %d emergencies", len(p.Items), p.Parts[1].Channel, p.Emergency)
		}
		first, err := h.send("f1", nil, all()...)
		if err != nil || len(first.Tied) != len(p.Parts) {
			t.Fatalf("the preview shows %d requests, and it becomes %v, %v", len(p.Parts), first.Tied, err)
		}
		pass(10 * time.Second)
		p = h.preview(in)
		for _, i := range p.Items {
			if look := i.Role.Name == "ReadOnly"; (i.Live != nil) != look || (i.Pending == nil) != look {
				t.Errorf("%s in %s: live %v, pending %v", i.Role.Name, i.Account.Name, i.Live, i.Pending)
			}
		}
		if got := shape(p); got != "look:2/0 work:2/2 -Admin@prod-billing -Admin@staging-billing " {
			t.Errorf("with some pending: %s", got)
		}
		if p := h.preview(access.PreviewInput{Asker: person(bob), Entitlements: all()}); p.Items[0].Live != nil || p.Items[2].Pending != nil {
			t.Error("bob is shown what is alice's")
		}
	})
}

// What the preview refuses, Submit refuses the whole form for; without it, it takes the rest.
func TestPreviewRefusesWhatSubmitRefuses(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := basic()
		spec.Rules = append([]policy.RuleSpec{{Name: "never in prod", Deny: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{{Name: "prod-*"}}}, Roles: policy.List{Items: []string{"Admin"}}}}, spec.Rules...)
		h.mustApply(boot, spec)
		p := h.preview(access.PreviewInput{Asker: person(alice), Entitlements: all()})
		if got := shape(p); got != "look:2/0 work:1/2 -Admin@prod-billing " {
			t.Errorf("preview: %s", got)
		}
		_, err := h.send("f1", nil, all()...)
		h.want(err, fault.Forbidden, "role", "Admin in prod-billing", "never in prod")
		rest := slices.DeleteFunc(all(), func(e access.Entitlement) bool { return e.Account == prod && e.Role == arn("Admin") })
		if _, err := h.send("f2", nil, rest...); err != nil {
			t.Errorf("the rest: %v", err)
		}
		for query, want := range map[string]string{"": "[Admin ReadOnly] [1 2] []", "adm": "[Admin] [1] []"} {
			c, err := h.svc.Roles(context.Background(), access.RoleQuery{Asker: person(alice), Accounts: []catalog.AccountID{prod, staging}, Query: query, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(namesOf(c.Roles), c.In, namesOf(c.Others)); got != want {
				t.Errorf("roles of %q: %s", query, got)
			}
		}
		c, err := h.svc.Roles(context.Background(), access.RoleQuery{Asker: person(alice), Accounts: []catalog.AccountID{prod}, Query: "adm", Limit: 10})
		if err != nil || fmt.Sprint(namesOf(c.Roles), namesOf(c.Others)) != "[] [Admin]" {
			t.Errorf("roles in prod: %+v %v", c, err)
		}
	})
}

func namesOf(roles []catalog.Role) []string {
	out := make([]string, 0, len(roles))
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}

func TestPreviewOfAnEmergency(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := basic()
		spec.Rules[1].Emergency = &policy.EmergencySpec{MaxDuration: policy.Duration(30 * time.Minute), MinReason: 20, PerDay: 2}
		h.mustApply(boot, spec)
		in := access.PreviewInput{Asker: person(alice), Entitlements: all()}
		if p := h.preview(in); p.Emergency != 2 || p.Parts[1].Decision.Terms.Emergency {
			t.Errorf("%d of it could be an emergency; terms %+v", p.Emergency, p.Parts[1].Decision.Terms)
		}
		in.Emergency = true
		p := h.preview(in)
		if got := shape(p); got != "work:2/0 -ReadOnly@prod-billing -ReadOnly@staging-billing " || p.Emergency != 2 {
			t.Errorf("as an emergency: %s, %d", got, p.Emergency)
		}
		if terms := p.Parts[0].Decision.Terms; !terms.Emergency || terms.MaxDuration != 30*time.Minute || terms.PerDay != 2 {
			t.Errorf("terms %+v", terms)
		}
		began := time.Now()
		for used, e := range all()[2:] {
			left := h.preview(in).Parts[0].Emergencies
			if left == nil || left.Used != used || left.PerDay != 2 || left.All() {
				t.Fatalf("after %d: %+v", used, left)
			}
			if last := used == 1; last != !left.Next.IsZero() || last && !left.Next.Equal(began.Add(24*time.Hour)) {
				t.Errorf("after %d the next one is possible at %s", used, left.Next)
			}
			if _, err := h.send(fmt.Sprint("f", used), func(s *access.Submission) {
				s.Emergency, s.Duration, s.Reason = true, 30*time.Minute, "the whole shop is down"
			}, e); err != nil {
				t.Fatal(err)
			}
			pass(time.Hour)
		}
		// What Submit would refuse for the cap, the preview refuses.
		p = h.preview(in)
		if left := p.Parts[0].Emergencies; !left.All() || !left.Next.Equal(began.Add(24*time.Hour)) {
			t.Errorf("%+v", left)
		}
		h.want(p.Items[2].Problem, fault.Conflict, "emergency", "allows 2 emergencies a person in 24 hours, and all are used.")
		_, err := h.send("f9", func(s *access.Submission) {
			s.Emergency, s.Duration, s.Reason = true, 30*time.Minute, "the whole shop is down"
		}, all()[2])
		h.want(err, fault.Conflict, "emergency", "all are used")
		if p := h.preview(access.PreviewInput{Asker: person(bob), Entitlements: in.Entitlements, Emergency: true}); p.Parts[0].Emergencies.Used != 0 {
			t.Error("bob is told of what alice used")
		}
		pass(22 * time.Hour)
		if p := h.preview(in); p.Parts[0].Problem != nil || p.Parts[0].Emergencies.Used != 1 {
			t.Errorf("a day later: %+v", p.Parts[0])
		}
	})
}

func TestPreviewOnBehalf(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := basic()
		spec.People["leads"] = policy.People{Users: []string{email(dana)}}
		spec.Rules[1].Requesters, spec.Rules[1].OnBehalf = policy.List{Items: []string{"sre"}}, policy.List{Items: []string{"leads"}}
		h.mustApply(boot, spec)
		ctx := context.Background()
		if h.svc.AsksForOthers(person(alice)) || !h.svc.AsksForOthers(person(dana)) {
			t.Error("who may ask for others is mixed up")
		}
		c, err := h.svc.Receivers(ctx, person(dana), "", 10)
		if err != nil || c.Total != 2 || c.People[0].Slack != bob || c.People[1].Slack != carol || c.About[0] != email(bob) {
			t.Errorf("receivers: %+v %v", c, err)
		}
		if c, _ := h.svc.Receivers(ctx, person(dana), "ARO", 10); c.Total != 1 || c.People[0].Slack != carol {
			t.Errorf("receivers like aro: %+v", c)
		}
		if c, _ := h.svc.Receivers(ctx, person(alice), "", 10); c.Total != 0 {
			t.Errorf("alice may ask for %+v", c)
		}
		_, err = h.svc.Receiver(ctx, person(dana), person(alice))
		h.want(err, fault.Forbidden, "for", "No rule lets you ask for this person")
		to, err := h.svc.Receiver(ctx, person(dana), person(bob))
		if err != nil || to.Slack != bob {
			t.Fatalf("bob: %+v %v", to, err)
		}

		own := h.preview(access.PreviewInput{Asker: person(dana), Entitlements: all()})
		if got := shape(own); got != "look:2/0 -Admin@prod-billing -Admin@staging-billing " {
			t.Errorf("for herself: %s", got)
		}
		p := h.preview(access.PreviewInput{Asker: person(dana), Receiver: person(bob), Entitlements: all()})
		if got := shape(p); got != "work:2/1 -ReadOnly@prod-billing -ReadOnly@staging-billing " {
			t.Errorf("for bob: %s", got)
		}
		for _, i := range p.Items {
			if look := i.Role.Name == "ReadOnly"; look != i.Themself {
				t.Errorf("%s: could bob ask himself: %v", i.Role.Name, i.Themself)
			}
		}
		// Whatever is refused names who would receive it.
		const refused = "No rule lets you request ReadOnly in prod-billing for bob; rule “look” comes closest: you may not ask for others under it."
		if why := p.Items[0].Decision.Why; why != refused {
			t.Errorf("why not for bob: %s", why)
		}
		_, err = h.send("f0", func(s *access.Submission) { s.User, s.For = dana, to.Slack }, all()[0])
		h.want(err, fault.Forbidden, "role", refused)
		p = h.preview(access.PreviewInput{Asker: person(dana), Receiver: person(alice), Entitlements: all()[2:3]})
		if why := p.Items[0].Decision.Why; p.Items[0].Themself || why != "No rule lets you request Admin in prod-billing for alice; rule “work” comes closest: alice is not among its requesters (sre)." {
			t.Errorf("why not for alice: %s", why)
		}
		roles, err := h.svc.Roles(ctx, access.RoleQuery{Asker: person(dana), Receiver: person(alice), Accounts: []catalog.AccountID{prod}, Limit: 10})
		if err != nil || !strings.HasPrefix(roles.Why, "No rule lets you request anything in prod-billing for alice.") {
			t.Errorf("roles for alice: %+v %v", roles, err)
		}

		r, err := h.send("f1", func(s *access.Submission) { s.User, s.For = dana, to.Slack }, all()[2:]...)
		if err != nil || r.Receiver.Person != person(bob) || r.Asker.Person != person(dana) {
			t.Fatalf("%+v %v", r, err)
		}
		pass(10 * time.Second)
		if p := h.preview(access.PreviewInput{Asker: person(bob), Entitlements: all()[2:]}); p.Items[0].Pending == nil {
			t.Error("bob is not shown what was asked for on his behalf")
		}
		_, err = h.send("f2", func(s *access.Submission) { s.User = bob }, all()[2])
		h.want(err, fault.Conflict, "role", "This was already asked for, and", "dana asked for it")
		_, err = h.send("f3", func(s *access.Submission) { s.User, s.For = dana, to.Slack }, all()[2])
		h.want(err, fault.Conflict, "role", "This was already asked for, for bob, and it waits", "cancel it there")
	})
}

// Somebody who never used Stint is found by their address; whom Slack does not have, it says.
func TestReceiverWhomSlackDoesNotHave(t *testing.T) {
	inHouse(t, func(h *house) {
		spec := basic()
		spec.People["leads"] = policy.People{Users: []string{email(dana)}}
		spec.Rules[1].OnBehalf = policy.List{Items: []string{"leads"}}
		h.mustApply(boot, spec)
		_, err := h.svc.Receiver(context.Background(), person(dana), person(alice))
		h.want(err, fault.Forbidden, "for", "Nobody in Slack has the address alice@example.com")
		h.out.change(func(o *outside) { o.away = true })
		pass(time.Hour)
		if _, err := h.svc.Receiver(context.Background(), person(dana), person(alice)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("while Slack is away: %v", err)
		}
		h.out.change(func(o *outside) { o.away = false })
		if _, err := h.svc.Who(context.Background(), alice); err != nil {
			t.Fatal(err)
		}
		if to, err := h.svc.Receiver(context.Background(), person(dana), person(alice)); err != nil || to.Slack != identity.SlackUserID("UALICE") {
			t.Errorf("once she is known: %+v %v", to, err)
		}
	})
}
