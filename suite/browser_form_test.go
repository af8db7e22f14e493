package suite

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// rolesDrawn does something to the accounts and waits until the roles are those of the
// others: their select takes the place of the one that was there.
func (p *stage) rolesDrawn(label string, act func()) {
	p.t.Helper()
	const roles = `document.querySelector('.modal .combo-input[aria-label="Roles"]')?.dataset.focus`
	before := ""
	if label == "Accounts" {
		before = js[string](p.b, roles)
	}
	act()
	if label == "Accounts" {
		p.b.Until(fmt.Sprintf("%s !== %q", roles, before))
	}
}

// takes makes what comes first the only choice of a select of several.
func (p *stage) takes(label, typed, want string) {
	p.t.Helper()
	for range js[int](p.b, chipsOf(label)+".length") {
		left := js[int](p.b, chipsOf(label)+".length") - 1
		p.rolesDrawn(label, func() {
			p.b.run(chipsOf(label) + "[0]?.querySelector('button').click()")
			p.b.Until(fmt.Sprintf("%s.length === %d", chipsOf(label), left))
		})
	}
	p.also(label, typed, want)
}

// also adds what comes first to a select of several.
func (p *stage) also(label, typed, want string) {
	p.t.Helper()
	p.rolesDrawn(label, func() {
		p.adds(label, typed, want)
	})
}

// TestFormInTheBrowser fills the form for much at once: forty accounts and three roles, of
// which some is refused, for somebody else, and for later. Pictures go to $STINT_SCREENSHOTS.
func TestFormInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900, "--policy", examplePolicy(t), "--accounts", "80")
	// The only one of the example's security must approve what is asked on behalf, and so
	// cannot ask for it: here the developers of payments may.
	p.s.edit("on_behalf: [security]", "on_behalf: [payments]")
	p.logSays("version=", 2)
	p.asksForSomebody()
	p.asksForLater()
	p.asksForForty()
	p.b.Quiet()
}

// picksMany picks what nobody would click forty times in a test, by the call that the page
// makes for each press.
func (p *stage) picksMany(who, action string, values []string) {
	p.t.Helper()
	element := map[string]any{"on": map[string]any{}, "block_id": "account", "action_id": action}
	element["query"] = ""
	p.s.post("/api/people/"+who+"/options", element)
	delete(element, "query")
	element["values"] = values
	p.s.post("/api/people/"+who+"/fill", element)
}

func (p *stage) asksForForty() {
	b := p.b
	type account struct{ ID, Name, OU string }
	var picked []string
	for _, a := range get[struct{ Accounts []account }](p.s, "/api/aws/accounts?limit=100").Accounts {
		if len(picked) < 40 {
			picked = append(picked, a.ID)
		}
	}
	p.become("Bob", "Bob Okafor")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.picksMany("bob@example.com", "stint.form.account", picked)
	b.sees(".modal-body", "in one of them at least")
	b.shoot("90-form-forty-accounts")
	p.search("Roles", "", "AdministratorAccess")
	b.sees(".combo-option .combo-more", " of 40")
	b.shoot("91-form-forty-roles")
	b.Keys(kb.Escape)
	p.also("Roles", "readonly", "ReadOnly")
	b.sees(".modal-body", "1 role in 40 accounts")
	p.also("Roles", "administrator", "AdministratorAccess")
	b.sees(".modal-body", "2 roles in 40 accounts")
	p.also("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "3 roles in 40 accounts, 120 in all")
	b.shows(".modal-body", "it becomes", "Given at once, no approval needed", "power user in staging", "production admin", "of 120 cannot be asked for", "never the management account", "No rule lets you request this there")
	b.shoot("92-form-forty")
	p.reasonIs("INC-4711: the certificates of all accounts must be replaced tonight.")
	b.click(".modal-foot .button", "Send")
	b.sees(".b-error", "Tick this to send the other")
	b.shoot("93-form-forty-refused")
	b.clickSpot(at(".modal label", "Leave out what cannot be asked for"))
	b.sees(".modal-body", "are left out")
	b.shoot("94-form-forty-left")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	b.shows(".modal-body", "is then decided for itself")
	b.shoot("95-form-forty-sent")
	p.closeModal()
}

// asksForSomebody is Erin, who may ask for those of sre, and for nobody else.
func (p *stage) asksForSomebody() {
	b := p.b
	p.become("Erin", "Erin Wolf")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	b.click(".modal .combo-input[aria-label='For']", "")
	b.sees(".combo-option .combo-text", "Carol Lindqvist")
	b.gone(".combo-option .combo-text", "Dana Reyes")
	b.shoot("96-form-for")
	b.Keys(kb.Escape)
	p.choose("For", "carol", "Carol Lindqvist")
	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for 1 role here")
	p.takes("Roles", "readonly", "ReadOnly") // which she asks for by herself
	b.sees(".modal-body", "You cannot ask for this for @Carol Lindqvist")
	b.shows(".modal-body", "No rule lets you request ReadOnly in prod-billing for Carol Lindqvist", "could ask for it without you")
	b.shoot("96-form-for-refused")
	b.click(".modal-foot .button", "Cancel")
	b.gone(".modal h2", "Request AWS access")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.choose("For", "carol", "Carol Lindqvist")
	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for 1 role here for @Carol Lindqvist")
	p.takes("Roles", "administrator", "AdministratorAccess")
	b.sees(".modal-body", "Needs approval")
	p.reasonIs("INC-4712: Carol drains the queue, and cannot type right now.")
	b.shoot("97-form-for-carol")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	b.shows(".modal-body", "for @Carol Lindqvist, who is told")
	b.shoot("98-form-for-sent")
	p.closeModal()
}

// asksForLater schedules.
func (p *stage) asksForLater() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "staging-web", "staging-web")
	b.sees(".modal-body", "roles here")
	p.takes("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "Needs approval")
	b.click(".modal .combo-input[aria-label='When']", "")
	b.click(".combo-option", "Tomorrow 09:00")
	b.sees(".modal-body", "and it starts by itself")
	b.click(".modal .combo-input[aria-label='When']", "")
	b.click(".combo-option", "Now")
	b.gone(".modal-body", "and it starts by itself")
	b.click(".modal .combo-input[aria-label='When']", "")
	b.click(".combo-option", "Pick a time")
	b.sees(".modal .b-label", "Start")
	b.sees(".modal-body", "and it starts by itself") // before anything is picked
	p.reasonIs("The release of tomorrow: watch the canary.")
	b.shoot("99-form-later")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
}
