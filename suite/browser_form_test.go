package suite

import (
	"fmt"

	"github.com/chromedp/chromedp/kb"
)

// visibleFirst is the first entry of the list that is open.
const visibleFirst = `[...document.querySelectorAll('.combo-option .combo-text')].find((n) => n.checkVisibility())?.textContent`

// chipsOf are the chips of a select of several in the modal.
func chipsOf(label string) string {
	return fmt.Sprintf("[...document.querySelector('.modal .combo-input[aria-label=%q]').closest('.combo').querySelectorAll('.chip')]", label)
}

// rolesDrawn does something to the accounts and waits until the roles are those of the
// others: their select takes the place of the one that was there.
func (p *stage) rolesDrawn(label string, act func()) {
	p.t.Helper()
	const roles = `document.querySelector('.modal .combo-input[aria-label="Roles"]').dataset.focus`
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
			p.b.run(chipsOf(label) + "[0].querySelector('button').click()")
			p.b.Until(fmt.Sprintf("%s.length === %d", chipsOf(label), left))
		})
	}
	p.also(label, typed, want)
}

// also adds what comes first to a select of several.
func (p *stage) also(label, typed, want string) {
	p.t.Helper()
	p.rolesDrawn(label, func() {
		p.search(label, typed, want)
		p.b.Until(fmt.Sprintf("%s === %q", visibleFirst, want))
		p.b.Keys(kb.Enter)
		p.b.Until(fmt.Sprintf("%s.some((n) => n.firstChild.textContent === %q)", chipsOf(label), want))
		p.b.Keys(kb.Escape)
	})
}
