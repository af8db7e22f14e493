package suite

import "testing"

// TestOwnAccessInTheBrowser asks on one line, from a message and again, lists, ends, marks,
// and sees who has access. Pictures go to $STINT_SCREENSHOTS.
func TestOwnAccessInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900)
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access staging-payments readonly 1h INC-7 the invoices are stuck")
	b.sees("#main .msg.ephemeral", "Sent. ReadOnly in staging-payments for 1 h")
	b.shoot("80-one-line")
	p.command("/aws-access staging power 1h INC-7 the invoices are stuck")
	b.sees("#main .msg.ephemeral", "Which one do you mean?")
	b.shoot("81-one-line-which")
	b.clickSpot(at(".button", "This one").in("#main .msg.ephemeral .block", "staging-payments"))
	b.sees("#main .msg.ephemeral", "Sent. PowerUserAccess in staging-payments for 1 h")
	p.home()
	b.sees("#main", "Active until")
	p.channel("general")
	p.command("/aws-access list")
	b.sees("#main .msg.ephemeral", "Your AWS access")
	b.sees("#main .msg.ephemeral", "Active until")
	b.shoot("82-list")
	p.command("/aws-access nosuchaccount")
	b.sees("#main .msg.ephemeral", "no account matches it")

	// From a message, whose link goes along.
	b.run("[...document.querySelectorAll('#main .msg-reply')].find((n) => n.textContent === 'Request access for this').click()")
	b.sees(".modal h2", "Request AWS access")
	b.shoot("83-form-from-message")
	b.click(".modal-foot .button", "Cancel")
	b.Until("!document.querySelector('#modal').open")

	p.command("/aws-access mine")
	b.sees(".modal h2", "My requests")
	b.sees(".modal-body", "PowerUserAccess")
	b.shoot("84-my-requests")
	b.clickSpot(at(".button", "Add to favourites").in(".modal .block", ""))
	b.sees(".modal-body", "Marked")
	p.closeModal()
	p.command("/aws-access again")
	b.sees(".modal-body", "The same as on")
	b.shoot("85-again")
	b.click(".modal-foot .button", "Cancel")
	b.Until("!document.querySelector('#modal').open")
	p.home()
	b.sees("#main", "Favourites")
	b.shoot("86-home")

	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/aws-access who")
	b.sees(".modal h2", "Who has access")
	b.sees(".modal-body", "Alice Moreau")
	b.shoot("87-who-has")
	p.closeModal()

	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access end staging-payments")
	b.sees("#main .msg.ephemeral", "Ended early")
	b.shoot("88-end")
	b.Quiet()
}
