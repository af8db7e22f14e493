package suite

import "testing"

// TestExtensionAndEmergencyInTheBrowser lets people have live access for longer, and let
// themselves in where it cannot wait. Pictures go to $STINT_SCREENSHOTS.
func TestExtensionAndEmergencyInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900, "--policy", examplePolicy(t))
	p.extends()
	p.letsThemselvesIn()
	p.looksBack()
	p.b.Quiet()
}

const readOnly = "ReadOnly in prod-billing"

// extends is Alice, who needs what she has for longer.
func (p *stage) extends() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for 2 roles here")
	p.takes("Roles", "readonly", "ReadOnly")
	b.sees(".modal-body", "Given at once")
	p.reasonIs("Compare the invoices of October.")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	b.sees(".card.assignment", readOnly)
	p.messages()
	b.clickSpot(at(".button", "Extend…").in("#main .msg", "Active: "+readOnly))
	b.sees(".modal h2", "Extend access")
	b.shows(".modal-body", "active until", "1 h more", "until", "Given at once, no approval needed", "goes on without a gap")
	b.shoot("80-extend")
	b.clickSpot(at(".modal label", "1 h more"))
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Extension sent")
	b.shoot("81-extend-sent")
	p.closeModal()
	b.Until(at("#main .msg", "Active: "+readOnly).all() + ".length === 2") // what there is, and what was added, with one end
	b.shoot("82-extended")
}

// letsThemselvesIn is Bob in an emergency.
func (p *stage) letsThemselvesIn() {
	b := p.b
	p.become("Bob", "Bob Okafor")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for")
	p.takes("Roles", "administrator", "AdministratorAccess")
	b.sees(".modal-body", "Needs approval")
	b.clickSpot(at(".modal label", "This is an emergency"))
	b.sees(".modal-body", "At least 40 characters")
	b.shows(".modal-body", "You have used 0 of 3 emergencies that this rule allows in 24 hours; this is number 1.")
	p.reasonIs("Payments fail everywhere since 14:02, the queue must be drained by hand now.")
	b.shoot("83-emergency-form")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	b.sees(".card.assignment", "AdministratorAccess in prod-billing")
	p.messages()
	b.sees("#main .msg", "Active: AdministratorAccess in prod-billing")
	b.shows("#main .msg", "It is on record", "#aws-approvals were told", "whether it was justified")
	b.shoot("84-emergency-message")
	p.channel("prod-approvals")
	b.sees("#main .msg", "Emergency: @Bob Okafor takes AdministratorAccess in prod-billing")
	b.clickSpot(at(".msg-thread", "replies").in("#main .msg", "Emergency:"))
	b.sees("#thread .msg", "let themselves in")
	b.sees("#thread .msg", "Please look back at an emergency")
	b.shoot("85-emergency-card")
	p.channel("aws-approvals")
	b.sees("#main .msg", "This is here too because it is an emergency")
}

// looksBack is the admins' list, and somebody of security who says what they found.
func (p *stage) looksBack() {
	b := p.b
	p.become("Frank", "Frank Achterberg")
	p.channel("general")
	p.command("/jit-config")
	b.sees(".modal-body", "1 emergency waits for somebody to look back")
	b.clickSpot(at(".button", "Debriefs").in(".modal .b-section", "1 emergency"))
	b.sees(".modal h2", "Debriefs")
	b.sees(".modal-body", "Bob Okafor took AdministratorAccess in prod-billing")
	b.shoot("86-debriefs")
	p.closeTop()
	b.sees(".modal h2", "Stint for admins")
	p.closeModal()
	p.become("Dana", "Dana Reyes")
	p.home()
	b.sees(".home", "Emergencies for you to look back at")
	b.shoot("87-home-debrief")
	p.messages()
	b.clickSpot(at(".button", "Not justified…").in("#main .msg", "Please look back at an emergency"))
	b.sees(".modal h2", "Debrief")
	p.fills(".modal textarea", "Reading the queue would have been enough to see what was stuck.", b.Keys)
	b.shoot("88-debrief")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal-body", "It is on record")
	p.closeModal()
	b.sees("#main .msg", "Not justified:")
	b.shoot("89-debrief-done")
	p.become("Bob", "Bob Okafor")
	p.messages()
	b.sees("#main .msg", "looked back at the emergency")
	b.shoot("90-debrief-told")
}
