package suite

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// findsAnyAccount searches a large organization by typing names and ids, the first and the
// last of them, and asks with a reason that fits no line. At its full size, as large as AWS
// allows, the first reading alone takes minutes: AWS answers ten calls a second.
func findsAnyAccount(t *testing.T, binary string) {
	accounts, roles, people := 1000, 60, 300
	if full() {
		accounts, roles, people = 10_000, 500, 3000
	}
	p := openStage(t, binary, 1400, 900, "--accounts", strconv.Itoa(accounts), "--roles", strconv.Itoa(roles), "--people", strconv.Itoa(people))
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	p.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	p.search("Accounts", "", "")
	b.sees(".combo-option", "keep typing")
	b.seesSpot(at(".combo-option", map[bool]string{false: "of 1,000", true: "of 10,000"}[full()]))
	type account struct{ ID, Name, OU string }
	all := get[struct{ Accounts []account }](p.s, "/api/aws/accounts?limit=10000").Accounts
	if len(all) != accounts {
		t.Fatalf("AWS lists %d accounts", len(all))
	}
	for _, i := range []int{0, accounts / 7, accounts / 2, accounts - 1} {
		a := all[i]
		p.search("Accounts", a.Name, a.Name)
		b.Until(fmt.Sprintf("%s === %q", visibleFirst, a.Name))
		p.search("Accounts", a.ID, a.Name)
		b.Until(fmt.Sprintf("document.querySelectorAll('.combo-option').length === 1 && document.querySelector('.combo-option').textContent.includes(%q)", a.ID))
	}
	b.shoot("30-big-search")
	b.Keys(kb.Enter)
	b.sees(".modal-body", "You can ask for")
	b.Keys(kb.Tab)
	p.search("Roles", "readonly", "ReadOnly")
	b.shoot("31-big-roles")
	b.Keys(kb.Enter)
	b.sees(".modal-body", "Given at once")
	b.Keys(kb.Tab)
	p.reasonIs(strings.Repeat("Donaudampfschifffahrtsgesellschaft ", 8) + strings.Repeat("x", 300))
	b.shoot("32-big-reason")
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	p.channel("aws-approvals")
	b.sees("#main .msg", "Donaudampfschifffahrtsgesellschaft")
	b.sees("#main .msg", "Active until")
	b.shoot("33-big-card")
	b.Quiet()
}
