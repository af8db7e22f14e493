package suite

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestPolicyInTheBrowser begins without a policy, as whoever installs Stint does: the guided
// first run, a change that a second admin must approve, and the way back to an earlier
// version. Pictures go to $STINT_SCREENSHOTS.
func TestPolicyInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900, "--first-run")
	p.cannotAskYet()
	p.setsUp()
	p.asksUnderTheFirstPolicy()
	p.b.quiet()
}

// cannotAskYet is /aws-access before there is a policy.
func (p *stage) cannotAskYet() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees("#main .msg.ephemeral", "Stint is not set up yet")
	b.shows("#main .msg.ephemeral", "Carol Lindqvist")
	b.shoot("40-not-set-up")
}

// pickOne takes the first of what a select of several offers for what was typed.
func (p *stage) pickOne(label, typed, want string) {
	p.t.Helper()
	p.search(label, typed, want)
	p.b.until(fmt.Sprintf("[...document.querySelectorAll('.combo-option .combo-text')].find((n) => n.checkVisibility())?.textContent === %q", want))
	p.b.keys(kb.Enter)
	p.b.sees(".modal .chip", want)
	p.b.keys(kb.Escape)
}

// setsUp is the guided first run, by Carol.
func (p *stage) setsUp() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config")
	b.sees(".modal h2", "Set up Stint")
	b.shows(".modal-body", "24 accounts", "Which accounts?", "Who approves?")
	b.shoot("41-setup")
	b.click(".modal-foot .button", "Continue")
	b.sees(".b-error", "")
	b.click(".modal .choice", "Those of some organizational units")
	b.sees(".modal .b-label", "Organizational units")
	p.pickOne("Organizational units", "prod", "/Production")
	p.pickOne("Who approves?", "sre", "@sre")
	b.shoot("42-setup-filled")
	p.search("Where are requests shown to those who decide?", "aws-app", "aws-approvals")
	b.keys(kb.Enter)
	b.until("document.querySelector(`.modal .combo-input[aria-label='Where are requests shown to those who decide?']`).value === 'aws-approvals'")
	b.run("document.querySelector('.modal-body').scrollTo(0, 1e6)")
	b.shoot("43-setup-filled-below")
	b.click(".modal-foot .button", "Continue")
	b.sees(".modal h2", "Review and apply")
	b.sees(".modal-body", "This opens")
	b.shoot("44-setup-review")
	b.click(".modal-foot .button", "Apply")
	b.sees(".b-error", "")
	b.click(".modal .choice", "I have read what this opens")
	p.reasonIs("The first policy: production by approval of the SREs.")
	b.shoot("45-setup-acknowledged")
	b.click(".modal-foot .button", "Apply")
	b.sees(".modal h2", "In force")
	b.shows(".modal-body", "Version 1 is in force", "You can now ask for AWS access in Slack")
	b.shoot("46-setup-in-force")
	p.closeModal()
	p.command("/jit-config")
	b.sees(".modal h2", "Stint for admins")
	b.shoot("47-hub")
	p.closeModal()
}

// asksUnderTheFirstPolicy sees that the policy decides.
func (p *stage) asksUnderTheFirstPolicy() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.choose("Account", "prod-billing", "prod-billing")
	b.sees(".modal-body", "roles here")
	p.choose("Role", "read", "ReadOnly")
	b.sees(".modal-body", "Needs approval")
}
