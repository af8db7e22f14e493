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
		granted, refused := 0, 0
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
		}
		if granted == 0 || refused == 0 {
			t.Errorf("%d were granted and %d refused: the policies prove nothing", granted, refused)
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
