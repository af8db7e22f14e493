package suite

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestDecidingInTheBrowser does what those who decide do besides Approve and Deny. Pictures
// go to $STINT_SCREENSHOTS.
func TestDecidingInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900)
	p.asksFor("staging-pay", "staging-payments", reason)
	p.asksFor("staging-web", "staging-web", canary)
	p.claimsAndHandsOver()
	p.repliesBothWays()
	p.readsDetails()
	p.letsSomebodyStandIn()
	p.approvesForLess()
	p.decidesSeveral()
	p.b.Quiet()
}

// asksFor is Alice, who asks for a role that must be approved.
func (p *stage) asksFor(typed, account, why string) {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", typed, account)
	b.sees(".modal-body", "You can ask for 3 roles here")
	p.takes("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "Needs approval")
	p.reasonIs(why)
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	p.channel("aws-approvals")
	b.sees("#main .msg", "PowerUserAccess in "+account)
}

// more opens the menu of a card and takes an entry.
func (p *stage) more(card, entry string) {
	p.t.Helper()
	p.b.clickSpot(at(".overflow .icon-button", "").in("#main .msg", card))
	p.b.click(".menu:popover-open button", entry)
}

// claimsAndHandsOver is Bob, who looks at it first, and Carol, to whom he gives it.
func (p *stage) claimsAndHandsOver() {
	b := p.b
	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	p.more(powerUser, "I am on it")
	b.seesSpot(at(".b-context", "@Bob Okafor looks at it").in("#main .msg", powerUser))
	b.clickSpot(at(".overflow .icon-button", "").in("#main .msg", powerUser))
	b.sees(".menu:popover-open button", "Take over, or let go")
	b.shoot("90-card-menu")
	b.click(".menu:popover-open button", "Hand over…")
	b.sees(".modal h2", "Hand over")
	p.choose("To whom", "carol", "Carol Lindqvist")
	b.shoot("91-hand-over")
	b.click(".modal-foot .button", "Hand over")
	b.sees(".modal-body", "Handed over to @Carol Lindqvist")
	p.closeModal()
	b.seesSpot(at(".b-context", "@Bob Okafor handed it to @Carol Lindqvist").in("#main .msg", powerUser))
	p.become("Carol", "Carol Lindqvist")
	p.messages()
	b.sees("#main .msg", "handed this over to you")
	b.shoot("92-handed-over")
}

// repliesBothWays is Carol, who asks back, and Alice, who answers.
func (p *stage) repliesBothWays() {
	b := p.b
	p.more(powerUser, "Reply…")
	b.sees(".modal h2", "Reply")
	p.reasonIs("Which queue? " + hostile)
	b.shoot("93-reply")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal-body", "Sent.")
	p.closeModal()
	p.become("Alice", "Alice Moreau")
	p.messages()
	b.sees("#main .msg", "replied about your request")
	b.shows("#main .msg", "Which queue? <img src=x onerror=alert(1)> <!channel> *not bold*")
	b.shoot("94-reply-arrived")
	b.click("#main .msg .button", "Reply…")
	b.sees(".modal h2", "Reply")
	p.reasonIs("The ledger's.")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal-body", "Sent.")
	p.closeModal()
}

// readsDetails is Bob, who looks at everything there is.
func (p *stage) readsDetails() {
	b := p.b
	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	p.more(powerUser, "Details")
	b.sees(".modal h2", "Request details")
	b.shows(".modal-body", "power user in staging", "has not asked for anything there before", "The ledger's.", "Which queue?", "A session lasts up to")
	b.shoot("95-details")
	p.closeModal()
}

// letsSomebodyStandIn is Bob, who goes on leave; Dana decides for him.
func (p *stage) letsSomebodyStandIn() {
	b := p.b
	p.channel("general")
	p.command("/aws-access delegate")
	b.sees(".modal h2", "Stand-ins")
	p.choose("Who stands in", "dana", "Dana Reyes")
	b.shoot("96-stand-in")
	b.click(".modal-foot .button", "Let them decide")
	b.sees(".modal-body", "@Dana Reyes decides for you until")
	p.closeModal()
	p.home()
	b.shows(".home", "@Dana Reyes decides for you until")
	b.shoot("97-home-stand-in")
	p.become("Dana", "Dana Reyes")
	p.messages()
	b.sees("#main .msg", "You decide requests for @Bob Okafor")
	b.shoot("98-stand-in-told")
}

// approvesForLess is Carol, who gives half an hour of one.
func (p *stage) approvesForLess() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.messages()
	p.more(powerUser, "Approve shorter or later…")
	b.sees(".modal h2", "Approve for less")
	b.shoot("99-less")
	p.search("For how long", "15", "15 min")
	b.Keys(kb.Enter)
	b.Until(`/^15.min$/.test(document.querySelector('.modal .combo-input[aria-label="For how long"]').value)`)
	p.reasonIs("A quarter of an hour is enough to restart it.")
	b.click(".modal-foot .button", "Approve")
	b.sees(".modal-body", "It is now for 15 min")
	p.closeModal()
	b.seesSpot(at(".b-text", "Approved by @Carol Lindqvist").in("#main .msg", powerUser))
}

// decidesSeveral is Dana, who decides for Bob what is left and what came since.
func (p *stage) decidesSeveral() {
	b := p.b
	p.asksFor("staging-bill", "staging-billing", "Look why the nightly import is late.")
	p.become("Dana", "Dana Reyes")
	p.home()
	b.sees(".home", "Waiting for your decision")
	b.click(".home .button", "Decide several…")
	b.sees(".modal h2", "Waiting for you")
	b.click(".modal .choice", "PowerUserAccess in staging-web")
	b.click(".modal .choice", "PowerUserAccess in staging-billing")
	p.reasonIs("Both as agreed in the stand-up.")
	b.shoot("100-decide-several")
	b.click(".modal-foot .button", "Decide")
	b.sees(".modal-body", "approved")
	b.shoot("101-decided-several")
	p.closeModal()
	p.channel("aws-approvals")
	b.seesSpot(at(".b-text", "Approved by @Dana Reyes for @Bob Okafor").in("#main .msg", "PowerUserAccess in staging-web"))
	b.shoot("102-approved-for-somebody")
}
