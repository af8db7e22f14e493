package suite

import (
	"testing"
)

// stagingAdmin is a rule beside the example's, so that one form needs two approvals.
const stagingAdmin = `  - name: admin in staging
    accounts: [{ ou: /Staging }, { tags: { env: staging } }]
    roles: [AdministratorAccess]
    requesters: all
    approval: [{ from: [security], count: 1 }]

`

// TestTiedRequestsInTheBrowser asks for six entitlements over three rules in one form:
// one part is given at once, one approved, one denied. Pictures go to $STINT_SCREENSHOTS.
func TestTiedRequestsInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 1000, "--policy", examplePolicy(t))
	p.s.edit("  - name: production admin\n", stagingAdmin+"  - name: production admin\n")
	p.logSays("version=", 2)
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "staging-pay", "staging-payments")
	p.also("Accounts", "staging-web", "staging-web")
	p.takes("Roles", "power", "PowerUserAccess")
	p.also("Roles", "administrator", "AdministratorAccess")
	p.also("Roles", "readonly", "ReadOnly")
	b.sees(".modal-body", "Needs approval")
	p.reasonIs(reason)
	b.shoot("100-form-tied")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()

	p.channel("aws-approvals")
	b.sees("#main .msg", "6 entitlements in 3 requests")
	b.shoot("101-card-tied")
	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	b.clickSpot(at(".button[aria-label^='Approve PowerUserAccess']", "").in("#main .msg", "6 entitlements"))
	b.seesSpot(at(".b-text", "Approved by @Bob Okafor").in("#main .msg", "6 entitlements"))
	p.become("Dana", "Dana Reyes")
	p.channel("aws-approvals")
	b.clickSpot(at(".button[aria-label^='Deny AdministratorAccess']", "").in("#main .msg", "6 entitlements"))
	b.sees(".modal h2", "Deny this request")
	p.reasonIs("Power user is enough for this; ask again if it is not. " + hostile)
	b.shoot("102-deny-one-of-several")
	b.click(".modal-foot .primary", "Deny")
	b.sees(".modal h2", "Denied")
	p.closeModal()
	b.seesSpot(at(".b-text", "Denied by @Dana Reyes").in("#main .msg", "6 entitlements"))
	b.seesSpot(at(".b-text", "Both active").in("#main .msg", "6 entitlements"))
	b.shoot("103-card-tied-decided")

	p.become("Alice", "Alice Moreau")
	p.messages()
	b.sees("#main .msg", "Decided: 6 entitlements in 3 requests")
	b.sees("#main .msg", "Active: all 2 entitlements")
	b.shoot("104-messages-tied")
	b.clickSpot(at(".button[aria-label^='Extend PowerUserAccess in staging-web']", "").in("#main .msg", "Active: all 2 entitlements"))
	b.sees(".modal h2", "Extend access")
	b.sees(".modal-body", "PowerUserAccess in staging-web: active until")
	b.shoot("105-extend-one-of-several")
	b.click(".modal-foot .button", "Cancel")
	p.b.Quiet()
}
