package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// randomPolicy writes a policy of a few rules that often overlap and often contradict
// one another.
func randomPolicy(r *rand.Rand) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var b strings.Builder
	b.WriteString(`
settings:
  admins: { users: [carol@example.com] }
  email_domains: [example.com]
  channel: approvals
people:
  sre: { slack_usergroups: [sre] }
  security: { users: [dana@example.com] }
  two: { users: [bob@example.com, dana@example.com] }
rules:
`)
	for i := range 1 + r.IntN(5) {
		fmt.Fprintf(&b, "  - name: rule %d\n", i)
		if r.IntN(6) == 0 {
			b.WriteString("    off: true\n")
		}
		accounts := pick("all", `[{ name: prod-* }]`, `[{ name: "*-billing" }]`, `[{ id: "333333333333" }]`, `[{ name: "*", except: [{ name: staging-* }] }]`)
		roles := pick("all", "[ReadOnly]", "[AdministratorAccess]", "[Power*]", "[ReadOnly, Power*]")
		if r.IntN(4) == 0 {
			fmt.Fprintf(&b, "    deny: true\n    accounts: %s\n    roles: %s\n    requesters: %s\n", accounts, roles, pick("[sre]", "[security]", "[two]", "[sre, two]"))
			continue
		}
		fmt.Fprintf(&b, "    accounts: %s\n    roles: %s\n    requesters: %s\n    max_duration: %s\n", accounts, roles, pick("all", "[sre]", "[two]", "[security]"), pick("30m", "2h", "8h"))
		if r.IntN(4) == 0 {
			fmt.Fprintf(&b, "    when: %s\n", pick(`"'sre' in groups"`, "account.name.startsWith('prod')", "emergency", "now.weekday() < 8"))
		}
		fmt.Fprintf(&b, "    approval: %s\n", pick("automatic", "[{ from: [sre], count: 1 }]", "[{ from: [sre], count: 2 }]", "[{ from: [security], count: 1 }]", "[{ from: [sre, two], count: 2 }]", "[{ from: [sre], count: 1 }, { from: [two], count: 1 }]"))
	}
	return b.String()
}

// TestFormSubmitReviewAndStartAgree: under random policies, what the form offers is taken
// when it is sent, what is refused was not offered, those whom the card names can complete
// it, and what is approved starts; explain says the same as all of them.
func TestFormSubmitReviewAndStartAgree(t *testing.T) {
	t.Parallel()
	policies, asks := 20, 3
	if full() {
		policies, asks = 150, 8
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	live(t, func(t *testing.T, r *rig) {
		random := rand.New(rand.NewPCG(seed, 1))
		granted, refused, several := 0, 0, 0
		for n := range policies {
			text := randomPolicy(random)
			if err := r.load(context.Background(), text); err != nil {
				if strings.Contains(err.Error(), "policy:") {
					continue // contradicts itself: that is another test
				}
				t.Fatal(err)
			}
			pass(2 * time.Second)
			for m := range asks {
				c := candidate{
					r: r, user: []identity.SlackUserID{alice, bob, carol, dana}[random.IntN(4)],
					account: []catalog.AccountID{prod, staging}[random.IntN(2)],
					role:    []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"}[random.IntN(3)],
					form:    fmt.Sprintf("f%d-%d", n, m),
				}
				if err := c.agree(); err != nil {
					t.Errorf("%s asks for %s in %s: %v\n%s", c.user, c.role, c.account, err, text)
					return
				}
				if c.got {
					granted++
				} else {
					refused++
				}
			}
			c := candidate{r: r, user: []identity.SlackUserID{alice, bob, carol, dana}[random.IntN(4)], form: fmt.Sprintf("f%d-several", n)}
			if err := c.severalAgree(); err != nil {
				t.Errorf("%s asks for everything: %v\n%s", c.user, err, text)
				return
			}
			if c.got {
				several++
			}
		}
		if granted == 0 || refused == 0 || several == 0 {
			t.Errorf("%d were granted and %d refused, %d of several: the policies prove nothing", granted, refused, several)
		}
	})
}

// candidate is one person, account and role under the policy in force.
type candidate struct {
	r       *rig
	user    identity.SlackUserID
	account catalog.AccountID
	role    string
	form    string
	got     bool // it was granted in the end
}

func (c *candidate) agree() error {
	ctx := context.Background()
	who, err := c.r.svc.Who(ctx, c.user)
	if err != nil {
		return err
	}
	arn := roleARN(c.role)
	roles, err := rolesOf(ctx, c.r.svc, who.Person, c.account)
	if err != nil {
		return err
	}
	listed := slices.ContainsFunc(roles.Roles, func(r catalog.Role) bool { return r.ARN == arn })
	preview, err := previewOf(ctx, c.r.svc, who.Person, c.account, arn)
	if err != nil {
		return err
	}
	allowed := preview.Decision.Outcome == policy.Allowed
	if listed != allowed {
		return fmt.Errorf("the list offers it: %v, the preview says %s", listed, preview.Decision.Outcome)
	}
	offered := allowed && preview.Problem == nil
	explained, err := c.r.svc.Explain(ctx, c.user, access.ExplainInput{Account: c.account, Role: arn, Duration: 20 * time.Minute})
	if err != nil {
		return err
	}
	if d := explained.Explanation.Decision; d.Outcome != preview.Decision.Outcome || d.Rule != preview.Decision.Rule || (d.Outcome == policy.Allowed && explained.Problem == "") != offered {
		return fmt.Errorf("explain says %s by %q (%q), the form %s by %q (%w)", d.Outcome, d.Rule, explained.Problem, preview.Decision.Outcome, preview.Decision.Rule, preview.Problem)
	}
	req, err := c.r.submit(c.user, c.account, c.role, 20*time.Minute, c.form)
	if !offered {
		if fault.CodeOf(err) != fault.Forbidden {
			return fmt.Errorf("not offered, and when it is sent all the same: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("offered, and when it is sent: %w", err)
	}
	pass(4 * time.Second)
	if err := c.approveIt(req.ID); err != nil {
		return err
	}
	pass(12 * time.Second)
	v := c.r.view(req.ID)
	if v.Request.State != access.Approved || v.Grants[0].Phase != access.PhaseActive {
		return fmt.Errorf("approved by all whom the card named, and it is %s %q, %+v", v.Request.State, v.Request.Outcome, v.Grants)
	}
	c.got = true
	if _, err := c.r.svc.EndGrant(ctx, v.Grants[0].Grant.ID, c.user); err != nil {
		return err
	}
	pass(70 * time.Second) // until listings agree that it is gone
	return nil
}

// approveIt presses Approve as whom the card names first, until nobody is needed any more.
func (c *candidate) approveIt(id access.RequestID) error {
	for range 5 {
		v := c.r.view(id)
		if v.Request.State != access.Pending {
			return nil
		}
		if len(v.Approvers) == 0 {
			return fmt.Errorf("the form said that it can be approved, and the card names nobody")
		}
		if strings.EqualFold("U"+v.Approvers[0].Name, string(c.user)) {
			return fmt.Errorf("the card names who asks")
		}
		first := identity.SlackUserID("U" + strings.ToUpper(v.Approvers[0].Name)) // Stint may not know it before they act
		if err := c.r.approve(first, id); err != nil {
			return fmt.Errorf("the card names %s, and the press: %w", v.Approvers[0].Name, err)
		}
		pass(time.Second)
	}
	return fmt.Errorf("five approvals were not enough")
}

// severalAgree asks for three roles in two accounts in one form: the preview refuses what it
// refuses of each by itself, the roles are counted in as many accounts, the form is taken
// whole or not at all, it becomes the requests that the preview showed, and each can be
// approved by whom its card names.
func (c *candidate) severalAgree() error {
	ctx := context.Background()
	who, err := c.r.svc.Who(ctx, c.user)
	if err != nil {
		return err
	}
	in := access.PreviewInput{Asker: who.Person}
	accounts := []catalog.AccountID{prod, staging}
	roles, err := c.r.svc.Roles(ctx, access.RoleQuery{Asker: who.Person, Accounts: accounts, Limit: 100})
	if err != nil {
		return err
	}
	offered := map[catalog.RoleARN]int{}
	for i, r := range roles.Roles {
		offered[r.ARN] = roles.In[i]
	}
	for _, role := range []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"} {
		for _, a := range accounts {
			in.Entitlements = append(in.Entitlements, access.RoleIn(a, roleARN(role)))
		}
	}
	p, err := c.r.svc.Preview(ctx, in)
	if err != nil {
		return err
	}
	var rest []access.Entitlement
	for _, i := range p.Items {
		alone, err := previewOf(ctx, c.r.svc, who.Person, i.Entitlement.Account, i.Entitlement.Role)
		if err != nil || alone.Refused() != i.Refused() || alone.Decision.Outcome != i.Decision.Outcome {
			return fmt.Errorf("%v alone is refused: %v, among others: %v (%w)", i.Entitlement, alone.Refused(), i.Refused(), err)
		}
		if i.Decision.Outcome == policy.Allowed {
			offered[i.Entitlement.Role]--
		}
		if !i.Refused() {
			rest = append(rest, i.Entitlement)
		}
	}
	for role, n := range offered {
		if n != 0 {
			return fmt.Errorf("%s is counted in %d accounts too many", role, n)
		}
	}
	s := access.Submission{FormKey: c.form, User: c.user, Entitlements: in.Entitlements, Duration: 20 * time.Minute, Reason: "INC-1 the disk is full"}
	if len(rest) < len(p.Items) {
		if _, err := c.r.svc.Submit(ctx, s); fault.CodeOf(err) != fault.Forbidden {
			return fmt.Errorf("not all of it is offered, and when it is sent all the same: %w", err)
		}
	}
	if s.Entitlements = rest; len(rest) == 0 {
		return nil
	}
	first, err := c.r.svc.Submit(ctx, s)
	if err != nil {
		return fmt.Errorf("what is offered, and when it is sent: %w", err)
	}
	return c.becomes(first, p)
}

// becomes compares what a form became with what its preview showed, and approves all of it.
func (c *candidate) becomes(first access.Request, p access.Preview) error {
	var parts []access.PreviewPart
	for _, part := range p.Parts {
		if part.Problem == nil {
			parts = append(parts, part)
		}
	}
	ids := first.Tied
	if len(ids) == 0 {
		ids = []access.RequestID{first.ID}
	}
	if len(ids) != len(parts) {
		return fmt.Errorf("it became %d requests, the preview showed %d", len(ids), len(parts))
	}
	pass(4 * time.Second)
	for n, id := range ids {
		v := c.r.view(id)
		if v.Request.Terms.Rule != parts[n].Decision.Rule || len(v.Items) != len(parts[n].Items) {
			return fmt.Errorf("request %d: rule %q for %d, the preview showed %q for %d", n, v.Request.Terms.Rule, len(v.Items), parts[n].Decision.Rule, len(parts[n].Items))
		}
		if err := c.approveIt(id); err != nil {
			return fmt.Errorf("request %d: %w", n, err)
		}
	}
	pass(time.Minute) // AWS takes one after the other within an account
	for _, id := range ids {
		v := c.r.view(id)
		if v.Request.State != access.Approved {
			return fmt.Errorf("approved by all whom the card named, and it is %s %q", v.Request.State, v.Request.Outcome)
		}
		for _, g := range v.Grants {
			if g.Phase != access.PhaseActive {
				return fmt.Errorf("%v is %s %q", g.Grant.Key, g.Phase, g.Grant.EndNote)
			}
			if _, err := c.r.svc.EndGrant(context.Background(), g.Grant.ID, c.user); err != nil {
				return err
			}
		}
	}
	c.got = true
	pass(70 * time.Second) // until listings agree that it is gone
	return nil
}
