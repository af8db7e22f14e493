package suite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// findsAnyAccount searches an organization as large as AWS allows, by typing: names, ids and
// parts of them, and takes one of the last with a very long reason.
func findsAnyAccount(t *testing.T, binary string) {
	p := openStage(t, binary, 1400, 900, "--accounts", "10000", "--roles", "500", "--people", "3000")
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.search("Account", "", "")
	b.sees(".combo-option", "of 10,000, keep typing")
	type account struct{ ID, Name, OU string }
	all := get[struct{ Accounts []account }](p.s, "/api/aws/accounts?limit=10000").Accounts
	if len(all) != 10_000 {
		t.Fatalf("AWS lists %d accounts", len(all))
	}
	for _, i := range []int{0, 137, 4999, 7777, 9999} {
		a := all[i]
		p.search("Account", a.Name, a.Name)
		b.until(fmt.Sprintf("document.querySelector('.combo-option .combo-text').textContent === %q", a.Name))
		p.search("Account", a.ID, a.Name)
		b.until(fmt.Sprintf("document.querySelectorAll('.combo-option').length === 1 && document.querySelector('.combo-option').textContent.includes(%q)", a.ID))
	}
	b.shoot("30-big-search")
	b.keys(kb.Enter)
	b.sees(".modal-body", "You can ask for")
	p.search("Role", "readonly", "ReadOnly")
	b.shoot("31-big-roles")
	b.keys(kb.Enter)
	b.sees(".modal-body", "Given at once")
	p.reasonIs(strings.Repeat("Donaudampfschifffahrtsgesellschaft ", 8) + strings.Repeat("x", 300))
	b.shoot("32-big-reason")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	p.channel("aws-approvals")
	b.sees("#main .msg", "Donaudampfschifffahrtsgesellschaft")
	b.sees("#main .msg", "Active until")
	b.shoot("33-big-card")
	b.quiet()
}
