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

// takes makes what comes first the only choice of a select of several.
func (p *stage) takes(label, typed, want string) {
	p.t.Helper()
	for range js[int](p.b, chipsOf(label)+".length") {
		left := js[int](p.b, chipsOf(label)+".length") - 1
		p.b.run(chipsOf(label) + "[0].querySelector('button').click()")
		p.b.Until(fmt.Sprintf("%s.length === %d", chipsOf(label), left))
	}
	p.also(label, typed, want)
}

// also adds what comes first to a select of several. Other accounts have other roles, whose
// select takes the place of the one that was there.
func (p *stage) also(label, typed, want string) {
	p.t.Helper()
	const roles = `document.querySelector('.modal .combo-input[aria-label="Roles"]').dataset.focus`
	if label == "Accounts" {
		before := js[string](p.b, roles)
		defer func() { p.b.Until(fmt.Sprintf("%s !== %q", roles, before)) }()
	}
	p.search(label, typed, want)
	p.b.Until(fmt.Sprintf("%s === %q", visibleFirst, want))
	p.b.Keys(kb.Enter)
	p.b.Until(fmt.Sprintf("%s.some((n) => n.firstChild.textContent === %q)", chipsOf(label), want))
	p.b.Keys(kb.Escape)
}
