package suite

import (
	"testing"
)

// TestPolicyInTheBrowser begins without a policy, as whoever installs Stint does: the guided
// first run; and with one: a change that a second admin must approve, and the way back to
// an earlier version. Pictures go to $STINT_SCREENSHOTS.
func TestPolicyInTheBrowser(t *testing.T) {
	t.Parallel()
	binary := browserBinary(t)
	t.Run("first run", func(t *testing.T) {
		t.Parallel()
		p := openStage(t, binary, 1400, 900, "--first-run")
		p.cannotAskYet()
		p.setsUp()
		p.asksUnderTheFirstPolicy()
		p.b.Quiet()
	})
	t.Run("second admin", func(t *testing.T) {
		t.Parallel()
		p := openStage(t, binary, 1400, 900)
		p.wantsASecondAdmin()
		p.proposes()
		p.approves()
		p.rollsBack()
		p.b.Quiet()
	})
}

// leave closes the whole stack of windows.
func (p *stage) leave() {
	p.t.Helper()
	p.b.run("document.querySelector('.modal-head [aria-label=Close]').click()")
	p.b.Until("!document.querySelector('#modal').open")
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
	p.adds("Organizational units", "prod", "/Production")
	p.adds("Who approves?", "sre", "@sre")
	b.shoot("42-setup-filled")
	p.choose("Where are requests shown to those who decide?", "aws-app", "aws-approvals")
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
	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "roles here")
	p.takes("Roles", "read", "ReadOnly")
	b.sees(".modal-body", "Needs approval")
}

// edits opens a part of the settings.
func (p *stage) edits(part string) {
	p.t.Helper()
	p.command("/jit-config settings")
	p.b.sees(".modal h2", "Settings")
	p.b.clickSpot(at(".button", "Edit").in(".modal .b-section", part))
	p.b.sees(".modal h2", part)
}

// reviews goes from the settings to the review of the draft.
func (p *stage) reviews() {
	p.t.Helper()
	p.b.click(".modal-foot .button", "Save in my draft")
	p.b.sees(".modal-body", "These are the settings of your draft")
	p.b.click(".modal .button", "Review and apply")
	p.b.sees(".modal h2", "Review and apply")
	p.b.sees(".modal-body", "to what is in force")
}

// wantsASecondAdmin is a change that Carol applies alone, the last of that kind.
func (p *stage) wantsASecondAdmin() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.edits("Admins")
	b.click(".modal .choice", "Wait for a second admin")
	p.reviews()
	b.shoot("50-review")
	p.reasonIs("Two pairs of eyes, as the auditors ask.")
	b.click(".modal-foot .button", "Apply")
	b.sees(".modal h2", "In force")
	b.shoot("51-in-force")
	p.leave()
}

// proposes is a change that another admin must approve.
func (p *stage) proposes() {
	b := p.b
	p.edits("Requests and access")
	b.shoot("52-settings-requests")
	p.types("8h", "6h")
	p.reviews()
	b.sees(".modal-body", "Another admin must approve it")
	b.shoot("53-review-proposal")
	p.reasonIs("Nobody works longer than six hours at a stretch.")
	b.click(".modal-foot .button", "Propose")
	b.sees(".modal h2", "Proposed")
	b.shows(".modal-body", "Frank Achterberg")
	b.shoot("54-proposed")
	p.leave()
	p.command("/jit-config")
	b.sees(".modal-body", "You proposed")
	b.shoot("55-hub-own-proposal")
	b.click(".modal .button", "Show")
	b.sees(".modal-body", "Another admin decides it")
	b.shoot("56-own-proposal")
	p.leave()
}

// approves is the second admin's part, from the message to what is in force.
func (p *stage) approves() {
	b := p.b
	p.become("Frank", "Frank Achterberg")
	p.channel("general")
	p.command("/jit-config")
	b.sees(".modal-body", "proposes 1 change of the policy")
	b.shoot("57-hub-proposal")
	p.leave()
	p.messages()
	b.sees("#main .msg", "proposes 1 change of the policy")
	b.shoot("57-card")
	b.click("#main .msg .button", "Review")
	b.sees(".modal h2", "Proposed change")
	b.sees(".modal-body", "What changes")
	b.shoot("58-decides")
	b.click(".modal .button", "Refuse")
	b.sees(".modal h2", "Refuse this change")
	b.shoot("59-refuses")
	b.click(".modal-foot .button", "Back")
	b.sees(".modal h2", "Proposed change")
	b.click(".modal-foot .button", "Approve")
	b.sees(".modal h2", "In force")
	b.shoot("60-approved")
	p.leave()
	b.seesSpot(at(".b-text", "In force as version 3, approved by").in("#main .msg", "proposes 1 change"))
	b.shoot("61-card-approved")
}

// rollsBack looks at the versions and goes back to the first one, as a proposal.
func (p *stage) rollsBack() {
	b := p.b
	p.channel("general")
	p.command("/jit-config versions")
	b.sees(".modal h2", "Versions")
	b.shows(".modal-body", "Version 3", "Version 2", "Version 1", "Nobody works longer")
	b.shoot("62-versions")
	b.clickSpot(at(".button", "Open").in(".modal .b-section", "Version 1"))
	b.sees(".modal-body", "All of it")
	b.shoot("63-version")
	b.click(".modal .button", "Roll back to this")
	b.sees(".modal h2", "Review and apply")
	b.sees(".modal-body", "2 changes")
	b.shoot("64-roll-back")
	p.reasonIs("Back to where we began.")
	b.click(".modal-foot .button", "Propose")
	b.sees(".modal h2", "Proposed")
	b.shoot("65-roll-back-proposed")
}
