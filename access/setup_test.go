package access_test

import (
	"slices"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

// form is a first run that is filled in.
func form() access.SetupInput {
	return access.SetupInput{
		AllAccounts: true, Roles: []string{"ReadOnly"}, Everyone: true, MaxDuration: 2 * time.Hour,
		Channel: "CAPPROVALS", Approvers: policy.People{SlackUserGroups: []string{"sre"}}, TimeZone: "Europe/Berlin",
	}
}

func TestSetupMakesADraftThatWorks(t *testing.T) {
	inHouse(t, func(h *house) {
		v, err := h.svc.Setup(ctx, boot, form())
		h.want(err, "", "")
		if policy.Refused(v.Draft.Problems) || v.NeedsSecond || v.LosesAdmins || h.svc.Policy() != nil {
			t.Fatalf("review %+v", v)
		}
		d := v.Draft.Revision
		if d.Spec.Settings.Channel != "approvals" || d.Spec.Settings.TimeZone != "Europe/Berlin" || d.Spec.Settings.EmailDomains[0] != "example.com" {
			t.Errorf("settings %+v", d.Spec.Settings)
		}
		// Once more, with another answer, is the same draft.
		in := form()
		in.AllAccounts, in.OUs, in.Everyone, in.Requesters = false, []string{"/Production"}, false, policy.People{Users: []string{email(alice)}}
		v, err = h.svc.Setup(ctx, boot, in)
		h.want(err, "", "")
		if v.Draft.Revision.ID != d.ID {
			t.Error("another draft")
		}
		_, err = h.svc.ApplyDraft(ctx, boot, v.Draft.Revision.Version, "first policy", false)
		h.want(err, "", "")
		pass(time.Minute)
		e, err := h.svc.Explain(ctx, alice, access.ExplainInput{Account: prod, Role: arn("ReadOnly")})
		if err != nil || e.Explanation.Decision.Outcome != policy.Allowed || e.Problem != "" || len(e.Approvers) != 2 {
			t.Errorf("alice in prod: %+v, %v", e, err)
		}
		e, err = h.svc.Explain(ctx, alice, access.ExplainInput{Account: staging, Role: arn("ReadOnly")})
		if err != nil || e.Explanation.Decision.Outcome != policy.NotRequestable {
			t.Errorf("alice in staging: %+v, %v", e, err)
		}
		_, err = h.svc.Setup(ctx, boot, form())
		h.want(err, fault.Conflict, "", "in force already")
	})
}

func TestSetupNamesTheField(t *testing.T) {
	inHouse(t, func(h *house) {
		for field, change := range map[string]func(*access.SetupInput){
			"accounts":      func(in *access.SetupInput) { in.AllAccounts = false },
			"roles":         func(in *access.SetupInput) { in.Roles = []string{"Nothing*"} },
			"requesters":    func(in *access.SetupInput) { in.Everyone = false },
			"approvers":     func(in *access.SetupInput) { in.Approvers = policy.People{} },
			"max_duration":  func(in *access.SetupInput) { in.MaxDuration = time.Second },
			"channel":       func(in *access.SetupInput) { in.Channel = "" },
			"email_domains": func(in *access.SetupInput) { in.EmailDomains = []string{"no domain"} },
			"time_zone":     func(in *access.SetupInput) { in.TimeZone = "Mars/Olympus" },
		} {
			in := form()
			change(&in)
			_, err := h.svc.Setup(ctx, boot, in)
			h.want(err, fault.Invalid, field)
		}
		in := form()
		in.AllAccounts, in.OUs = false, []string{"/Nowhere"}
		_, err := h.svc.Setup(ctx, boot, in)
		h.want(err, fault.Invalid, "accounts")
		in = form()
		in.Channel = "CUNKNOWN"
		_, err = h.svc.Setup(ctx, boot, in)
		h.want(err, fault.Invalid, "channel")
		in = form()
		in.Approvers = policy.People{SlackUserGroups: []string{"sry"}}
		_, err = h.svc.Setup(ctx, boot, in)
		h.want(err, fault.Invalid, "approvers", "Did you mean")
		if len(h.revisions()) != 0 {
			t.Error("a form that was refused left a draft")
		}
		_, err = h.svc.Setup(ctx, carol, form())
		h.want(err, fault.Unavailable, "")
	})
}

func TestExplain(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, denying("ReadOnly"))
		e, err := h.svc.Explain(ctx, alice, access.ExplainInput{Account: prod, Role: arn("Admin"), Duration: 9 * time.Hour})
		h.want(err, "", "")
		if d := e.Explanation.Decision; d.Rule != "work" || e.Problem == "" || e.Person.Person != person(alice) || len(e.Explanation.Rules) != 3 || e.Number != 1 {
			t.Errorf("too long: %+v", e)
		}
		e, err = h.svc.Explain(ctx, alice, access.ExplainInput{Account: prod, Role: arn("ReadOnly")})
		if err != nil || e.Explanation.Decision.Outcome != policy.Denied || len(e.Approvers) != 0 {
			t.Errorf("denied: %+v, %v", e, err)
		}
		_, err = h.svc.Explain(ctx, alice, access.ExplainInput{Person: person(bob), Account: prod, Role: arn("Admin")})
		h.want(err, fault.Forbidden, "")
		_, err = h.svc.Explain(ctx, alice, access.ExplainInput{Draft: true, Account: prod, Role: arn("Admin")})
		h.want(err, fault.Forbidden, "")
		_, err = h.svc.Explain(ctx, carol, access.ExplainInput{Draft: true, Account: prod, Role: arn("Admin")})
		h.want(err, fault.Conflict, "", "no draft")
		h.edit(carol, denying("Admin"))
		e, err = h.svc.Explain(ctx, carol, access.ExplainInput{Person: person(bob), Draft: true, Account: prod, Role: arn("Admin")})
		if err != nil || e.Explanation.Decision.Rule != "never Admin" || e.Person.Name != "bob" || e.Number != 0 {
			t.Errorf("by the draft: %+v, %v", e, err)
		}
		_, err = h.svc.Explain(ctx, carol, access.ExplainInput{Account: "999999999999", Role: arn("Admin")})
		h.want(err, fault.NotFound, "account")
		_, err = h.svc.Explain(ctx, carol, access.ExplainInput{Account: prod, Role: "none"})
		h.want(err, fault.NotFound, "role")
		_, err = h.svc.Explain(ctx, carol, access.ExplainInput{Person: "nobody", Account: prod, Role: arn("Admin")})
		h.want(err, fault.NotFound, "person")
	})
}

func TestSimulateDecidesThePastByTheDraft(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		h.submit(alice, "Admin")
		h.stop()
		time.Sleep(100 * 24 * time.Hour)
		h.start()
		look, work := h.submit(alice, "ReadOnly"), h.submit(bob, "Admin")
		pass(time.Minute)
		_, err := h.svc.Simulate(ctx, carol)
		h.want(err, fault.Conflict, "", "no draft")
		h.edit(carol, denying("ReadOnly"))
		v, err := h.svc.Simulate(ctx, carol)
		h.want(err, "", "")
		if v.Requests != 2 || v.Left != 0 || len(v.Differences) != 1 || v.Differences[0].Request.Request.ID != look.ID || !v.Differences[0].Harder {
			t.Errorf("of %s and %s: %+v", look.ID, work.ID, v)
		}
	})
}

func TestChoices(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		for _, c := range []struct {
			kind   access.ChoiceKind
			query  string
			value  string
			detail string
		}{
			{access.ChooseAccount, "billing prod", string(prod), string(prod) + " · /Production/Payments"},
			{access.ChooseOU, "prod", "/Production", "1 account"},
			{access.ChooseOU, "/", "/", "3 accounts"},
			{access.ChooseTag, "env", "env=prod", "1 account"},
			{access.ChooseRole, "read", "ReadOnly", "for ReadOnly"},
			{access.ChooseRoleARN, "read", string(arn("ReadOnly")), "for ReadOnly"},
			{access.ChoosePerson, "ALI", email(alice), email(alice)},
			{access.ChoosePersonID, "alice@", string(person(alice)), email(alice)},
			{access.ChooseUserGroup, "@sr", "sre", ""},
			{access.ChooseGroup, "pay dev", "payments-devs", ""},
			{access.ChooseChannel, "secr", "secret", "private"},
		} {
			got, err := h.svc.Choices(ctx, carol, c.kind, c.query, 10)
			if err != nil || len(got.Choices) == 0 || got.Choices[0].Value != c.value || c.detail != "" && got.Choices[0].Detail != c.detail {
				t.Errorf("%s %q: %+v, %v", c.kind, c.query, got, err)
			}
			none, err := h.svc.Choices(ctx, carol, c.kind, "zzz qqq", 10)
			if err != nil || none.Total != 0 {
				t.Errorf("%s: %+v, %v", c.kind, none, err)
			}
		}
		got, err := h.svc.Choices(ctx, carol, access.ChoosePerson, "", 2)
		if err != nil || len(got.Choices) != 2 || got.Total != 5 {
			t.Errorf("two of all people: %+v, %v", got, err)
		}
		_, err = h.svc.Choices(ctx, alice, access.ChooseAccount, "", 10)
		h.want(err, fault.Forbidden, "")
		_, err = h.svc.Choices(ctx, carol, "colour", "", 10)
		h.want(err, fault.Invalid, "")
		// While Slack is away the last lists are better than none.
		h.out.change(func(o *outside) { o.away = true })
		time.Sleep(10 * time.Minute)
		got, err = h.svc.Choices(ctx, carol, access.ChooseUserGroup, "", 10)
		if err != nil || !slices.ContainsFunc(got.Choices, func(c access.Choice) bool { return c.Value == "sre" }) {
			t.Errorf("while Slack is away: %+v, %v", got, err)
		}
	})
}
