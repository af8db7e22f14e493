package suite

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestAdminToolsInTheBrowser asks the policy, simulates, pauses, ends and links as people
// do. Pictures go to $STINT_SCREENSHOTS.
func TestAdminToolsInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900)
	p.asksWhy()
	p.asksWhyFromTheForm()
	p.explains()
	p.simulates()
	p.pausesAll()
	p.endsAll()
	p.seesWhoIsWho()
	p.b.Quiet()
}

// asksWhy is /aws-access why: in one line, asked back, and in a window.
func (p *stage) asksWhy() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access why prod-billing ReadOnly 2h")
	b.sees("#main .msg.ephemeral", "Yes, at once: You can have ReadOnly in prod-billing for 2 h")
	p.command("/aws-access why prod-billing administrator")
	b.sees("#main .msg.ephemeral", "No: You cannot have AdministratorAccess in prod-billing")
	b.shows("#main .msg.ephemeral", "you are not among its requesters", "Carol Lindqvist")
	b.shoot("61-why-no")
	p.command("/aws-access why staging power")
	b.sees("#main .msg.ephemeral", "Which one do you mean?")
	b.shoot("62-why-which")
	b.clickSpot(at(".button", "This one").in("#main .msg.ephemeral .block", "staging-payments"))
	b.sees("#main .msg.ephemeral", "You can ask for PowerUserAccess in staging-payments; it takes one approval from sre")
	p.command("/aws-access why")
	b.sees(".modal h2", "Why?")
	p.choose("Account", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for 2 roles here")
	p.choose("Role", "administrator", "AdministratorAccess")
	b.click(".modal-foot .button", "Why?")
	b.sees(".modal-body", "No: You cannot have AdministratorAccess in prod-billing")
	b.shoot("63-why-window")
	p.closeModal()
}

// asksWhyFromTheForm presses Why? where nothing can be asked for.
func (p *stage) asksWhyFromTheForm() {
	b := p.b
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for 2 roles here")
	p.takes("Roles", "administrator", "AdministratorAccess")
	b.sees(".modal-body", "You cannot ask for this")
	b.shoot("64-form-why")
	b.clickSpot(at(".button", "Why?").in(".modal .b-section", "You cannot ask for this"))
	b.sees(".modal-body", "Each rule, in order")
	b.click(".modal-foot .button", "Close")
	b.sees(".modal h2", "Request AWS access")
	b.click(".modal-foot .button", "Cancel")
	b.Until("!document.querySelector('#modal').open")
}

// explains is Carol, who asks about Alice.
func (p *stage) explains() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config explain")
	b.sees(".modal h2", "Explain access")
	p.choose("Person", "alice", "Alice Moreau")
	p.choose("Account", "staging-pay", "staging-payments")
	p.choose("Role", "power", "PowerUserAccess")
	b.click(".modal-foot .button", "Explain")
	b.sees(".modal-body", "can ask for PowerUserAccess in staging-payments; it takes one approval from sre")
	b.shoot("66-explain-answer")
	p.choose("Account", "prod-billing", "prod-billing")
	p.choose("Role", "administrator", "AdministratorAccess")
	b.click(".modal-foot .button", "Ask again")
	b.sees(".modal-body", "cannot have AdministratorAccess in prod-billing")
	b.shows(".modal-body", "they are not among its requesters")
	p.closeModal()
}

// setting edits one text of the settings in Carol's draft.
func (p *stage) setting(part, placeholder, value string) {
	b := p.b
	b.clickSpot(at(".button", "Edit").in(".modal .b-section", part))
	b.sees(".modal h2", part)
	p.types(placeholder, value)
	b.click(".modal-foot .button", "Save in my draft")
}

// simulates edits the settings and sees what the draft would change.
func (p *stage) simulates() {
	b := p.b
	p.command("/jit-config simulate")
	b.sees(".modal-body", "You have no draft that changes anything")
	p.closeModal()
	p.command("/jit-config settings")
	b.sees(".modal h2", "Settings")
	b.shows(".modal-body", "lead@example.com", "Slack group @platform", "#aws-approvals", "Europe/Berlin")
	b.shoot("67-settings")
	b.clickSpot(at(".button", "Edit").in(".modal .b-section", "Admins"))
	b.sees(".modal h2", "Admins")
	b.sees(".modal-body", "Whoever can edit one of these can make themself an admin")
	b.shoot("68-settings-admins")
	b.click(".modal-foot .button", "Back")
	b.sees(".modal h2", "Settings")
	p.setting("Recognizing people", "Europe/Berlin", "Mars/Base")
	b.sees(".b-error", "There is no time zone")
	b.click(".modal-foot .button", "Back")
	b.sees(".modal h2", "Settings")
	p.setting("Requests and access", "8h", "2h")
	b.sees(".b-error", "longer than “Longest”")
	p.types("30m, 1h, 4h", "30m, 1h")
	b.click(".modal-foot .button", "Save in my draft")
	b.sees(".modal-body", "Saved in your draft.")
	b.sees(".modal-body", "These are the settings of your draft")
	b.shoot("70-settings-saved")
	p.closeModal()
	p.command("/jit-config simulate")
	b.sees(".modal-body", "What people can ask for")
	b.shoot("71-simulate")
	p.closeModal()
}

// pausesAll holds new access, and lets it go on.
func (p *stage) pausesAll() {
	b := p.b
	p.command("/jit-config pause")
	b.sees(".modal h2", "Pause new access")
	p.reasonIs("Possible intrusion in prod-billing: nothing new before we know more.")
	b.shoot("72-pause")
	b.click(".modal-foot .button", "Pause")
	b.sees(".modal-body", "New access is paused by @Carol Lindqvist")
	b.shoot("73-paused")
	p.closeModal()

	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "staging-pay", "staging-payments")
	b.sees(".modal-body", "roles here")
	p.takes("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "New access is paused by @Carol Lindqvist")
	b.shoot("74-form-paused")
	p.reasonIs(reason)
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	p.channel("aws-approvals")
	b.seesSpot(at(".b-text", "New access is paused").in("#main .msg", powerUser))
	b.shoot("75-card-paused")
	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	b.clickSpot(at(".button", "Approve").in("#main .msg", powerUser))
	b.sees("#main .msg.ephemeral", "paused")
	p.home()
	b.sees(".home", "New access is paused")
	b.shoot("77-home-paused")

	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config pause")
	b.sees(".modal-body", "New access is paused by @Carol Lindqvist")
	b.click(".modal .button", "Resume")
	b.click("#confirm .button", "Resume")
	b.sees(".modal-body", "New access is no longer paused")
	p.closeModal()
	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	b.clickSpot(at(".button", "Approve").in("#main .msg", powerUser))
	b.seesSpot(at(".b-text", "Active until").in("#main .msg", powerUser))
}

// endsAll ends all that Alice has.
func (p *stage) endsAll() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config end")
	b.sees(".modal h2", "End all access")
	b.click(".modal .choice", "Of one person")
	b.sees(".modal .b-label", "Person")
	p.choose("Person", "alice", "Alice Moreau")
	b.sees(".modal-body", "This ends 1 grant of Alice Moreau")
	p.reasonIs("Her laptop was stolen.")
	p.types("Alice Moreau", "Alice")
	b.click(".modal-foot .button", "End access")
	b.sees(".b-error", "That is not “Alice Moreau”")
	b.shoot("80-end-error")
	p.types("Alice Moreau", "alice moreau")
	b.Keys(kb.Enter)
	b.sees(".modal-body", "Done: all access of Alice Moreau is ended")
	b.shows(".modal-body", "1 grant of 1", "Her laptop was stolen.")
	b.shoot("81-end-done")
	b.gone(".card.assignment", powerUser)
	p.closeModal()
}

// seesWhoIsWho finds the people who are nobody yet.
func (p *stage) seesWhoIsWho() {
	b := p.b
	p.become("Hana", "Hana Petrov")
	p.channel("general")
	p.command("/aws-access")
	b.sees("#main .msg.ephemeral", "Identity Center")
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config people")
	b.sees(".modal h2", "Who is who")
	b.sees(".modal-body", "@Alice Moreau")
	b.click(".modal .button", "Unlinked")
	b.sees(".modal-body", "Unlinked: @")
	b.shoot("83-people-unlinked")
	b.click(".modal .button", "Link…")
	b.sees(".modal h2", "Link somebody")
	b.click(".modal-foot .button", "Link")
	b.sees(".b-error", "")
	p.choose("Person", "alan chen", "Alan Chen")
	p.reasonIs("Seen in person; her account in AWS has her old name.")
	b.shoot("84-link")
	b.click(".modal-foot .button", "Link")
	b.sees(".modal-body", "@Hana Petrov is Alan Chen from now on")
	b.shoot("85-linked")
	p.closeModal()
}
