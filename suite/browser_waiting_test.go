package suite

import "testing"

// TestWaitingInTheBrowser is about what waits: a ticket that the rule wants, a request that is
// there already, one that goes to others because nobody decides it, one that is taken back,
// and one for what somebody has for good. Pictures go to $STINT_SCREENSHOTS.
func TestWaitingInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900, "--policy", examplePolicy(t))
	p.s.edit("    # escalate: { after: 1h, to: [security], channel: prod-approvals }\n",
		"    ticket: { pattern: \"CHG-[0-9]+\", hint: a change number }\n    escalate: { after: 1h, to: [security], channel: prod-approvals }\n")
	p.logSays("version=", 2)
	p.givesATicket()
	p.hasAskedAlready()
	p.seesItEscalate()
	p.takesItBack()
	p.hasItForGood()
	p.b.Quiet()
}

const waiting = "PowerUserAccess in staging-payments"

// formFor is the form for PowerUserAccess, filled but for the ticket.
func (p *stage) formFor(typed, account string) {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", typed, account)
	b.sees(".modal-body", "You can ask for 3 roles here")
	p.takes("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "Needs approval")
	b.sees(".modal-body", "change number")
	p.reasonIs(reason)
}

func (p *stage) givesATicket() {
	b := p.b
	p.formFor("staging-pay", "staging-payments")
	p.types("Its key", "later")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal-body", "does not take this ticket. Give a change number.")
	b.shoot("110-ticket-refused")
	p.types("Its key", "CHG-7")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	p.channel("aws-approvals")
	b.sees("#main .msg", "Ticket CHG-7")
	b.shoot("111-card-ticket")
}

func (p *stage) hasAskedAlready() {
	b := p.b
	p.formFor("staging-pay", "staging-payments")
	b.sees(".modal-body", "You have asked for this already")
	b.shoot("112-asked-already")
	p.types("Its key", "CHG-7")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal-body", "and it waits for a decision")
	b.click(".modal-foot .button", "Cancel")
	b.Until("!document.querySelector('#modal').open")
}

func (p *stage) seesItEscalate() {
	b := p.b
	p.s.post("/api/clock/advance", map[string]string{"by": "61m"})
	p.become("Dana", "Dana Reyes")
	p.channel("prod-approvals")
	b.sees("#main .msg", waiting)
	b.sees("#main .msg", "so it went to security too")
	b.shoot("113-escalated")
}

func (p *stage) takesItBack() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.messages()
	b.clickSpot(at(".button", "Cancel").in("#main .msg", waiting))
	b.sees("#main .msg", "Cancelled: "+waiting)
	b.shoot("114-cancelled")
	p.channel("aws-approvals")
	b.seesSpot(at(".b-text", "Cancelled by @Alice Moreau").in("#main .msg", waiting))
	b.Until(at("#main .msg .button", "Approve").all() + ".length === 0")
}

func (p *stage) hasItForGood() {
	b := p.b
	p.gives("USER", "alice@example.com", "PowerUserAccess", "staging-web")
	p.formFor("staging-web", "staging-web")
	p.types("Its key", "CHG-8")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	p.messages()
	b.sees("#main .msg", "Withdrawn")
	b.sees("#main .msg", "Use it as usual; Stint does not take it away.")
	b.shoot("115-standing")
	b.sees(".card.assignment", "PowerUserAccess in staging-web") // it is not Stint's to take away
}
