package suite

import "testing"

// TestGroupInTheBrowser asks for membership in the example's group as people do: what it
// brings is seen in the form, on the card and in the message; Bob approves, Alice is in it
// and gives it back. Pictures go to $STINT_SCREENSHOTS.
func TestGroupInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900, "--policy", examplePolicy(t))
	b := p.b
	p.logSays("catalog.brings", 1)
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access group")
	b.sees(".modal h2", "Request a group")
	b.shoot("90-group-empty")
	p.choose("Group", "database", "database-on-call")
	b.sees(".modal-body", "You get these roles")
	b.shows(".modal-body", "prod-payments", "staging-payments", "Needs approval", "sre")
	b.shoot("91-group-chosen")
	b.click(".modal .combo-input[aria-label='When']", "")
	b.click(".combo-option", "Pick a time")
	b.sees(".modal-body", "and it starts by itself")
	b.shoot("91-group-later")
	b.click(".modal .combo-input[aria-label='When']", "")
	b.click(".combo-option", "Now")
	b.gone(".modal-body", "and it starts by itself")
	p.reasonIs("The replica lags: look at what it is doing.")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal-body", "Sent.")
	b.shows(".modal-body", "membership in", "database-on-call")
	b.shoot("92-group-sent")
	p.closeModal()

	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	b.sees("#main .msg", "asks for membership in database-on-call")
	b.sees("#main .msg", "PowerUserAccess in staging-payments")
	b.shoot("93-group-card")
	b.clickSpot(at(".button", "Approve").in("#main .msg", "database-on-call"))
	b.sees("#main .msg", "Active")

	p.become("Alice", "Alice Moreau")
	p.messages()
	b.sees("#main .msg .button", "Open access portal")
	b.sees("#main .msg", "Brings ReadOnly")
	b.shoot("94-group-active")
	p.b.Quiet()
}
