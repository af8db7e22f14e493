package suite

import (
	"fmt"

	"github.com/chromedp/chromedp/kb"
)

// An app answers what is chosen with another view, which may draw a field anew while it is
// filled: what was typed there is gone then, and people begin again. So do these.
const tries = 10

// combo is the field of a select in the modal.
func combo(label string) string { return fmt.Sprintf(".modal .combo-input[aria-label=%q]", label) }

// one is an expression for the element of a selector.
func one(selector string) string { return fmt.Sprintf("document.querySelector(%q)", selector) }

// visibleFirst is the first entry of the list that is open.
const visibleFirst = `[...document.querySelectorAll('.combo-option .combo-text')].find((n) => n.checkVisibility())?.textContent`

// search types into a select of the form and waits for an answer that fits what was typed.
func (p *stage) search(label, typed, want string) {
	p.t.Helper()
	p.find(label, typed, at(".combo-option .combo-text", want).all()+".length > 0")
}

// find types into a select and waits until the list is as it should be.
func (p *stage) find(label, typed, list string) {
	p.t.Helper()
	field := one(combo(label))
	open := field + "?.getAttribute('aria-expanded') === 'true' && document.activeElement === " + field
	for range tries {
		p.b.click(combo(label), "")
		p.b.run(field + "?.select()")
		p.b.Keys(typed)
		p.b.Until(fmt.Sprintf("!(%s) || %s?.value !== %q || (%s)", open, field, typed, list))
		if js[bool](p.b, fmt.Sprintf("Boolean(%s && %s.value === %q && (%s))", open, field, typed, list)) {
			return
		}
	}
	p.b.Fail(fmt.Sprintf("%q cannot be typed into %s", typed, label))
}

// choose searches and takes what comes first.
func (p *stage) choose(label, typed, want string) {
	p.t.Helper()
	field := one(combo(label))
	for range tries {
		p.find(label, typed, fmt.Sprintf("%s === %q", visibleFirst, want))
		p.b.Keys(kb.Enter)
		p.b.Until(field + "?.getAttribute('aria-expanded') !== 'true'")
		if js[bool](p.b, fmt.Sprintf("%s?.value === %q", field, want)) {
			return
		}
	}
	p.b.Fail(fmt.Sprintf("%q cannot be chosen for %s", want, label))
}

// chipsOf are the chips of a select of several in the modal.
func chipsOf(label string) string {
	return fmt.Sprintf("[...(%s?.closest('.combo').querySelectorAll('.chip') ?? [])]", one(combo(label)))
}

// adds leaves what is chosen in a select of several and adds what comes first.
func (p *stage) adds(label, typed, want string) {
	p.t.Helper()
	chosen := fmt.Sprintf("%s.some((n) => n.firstChild.textContent === %q)", chipsOf(label), want)
	for range tries {
		p.find(label, typed, fmt.Sprintf("%s === %q", visibleFirst, want))
		p.b.Keys(kb.Enter)
		p.b.Until(fmt.Sprintf("%s || %s?.getAttribute('aria-expanded') !== 'true'", chosen, one(combo(label))))
		if js[bool](p.b, chosen) {
			p.b.Keys(kb.Tab) // Escape, where the list has closed by itself, closes the form
			return
		}
	}
	p.b.Fail(fmt.Sprintf("%q cannot be added to %s", want, label))
}

// fills puts a text in place of what a text field of the modal holds.
func (p *stage) fills(selector, text string, put func(string)) {
	p.t.Helper()
	field := one(selector)
	for range tries {
		p.b.click(selector, "")
		p.b.run(field + "?.select()")
		put(text)
		if js[bool](p.b, fmt.Sprintf("%s?.value === %q", field, text)) {
			return
		}
	}
	p.b.Fail(fmt.Sprintf("%q cannot be put into %s", text, selector))
}

// types replaces what a text field of the modal holds.
func (p *stage) types(placeholder, text string) {
	p.t.Helper()
	p.fills(fmt.Sprintf(".modal .text-input[placeholder=%q]", placeholder), text, p.b.Keys)
}

// reasonIs pastes the reason over the one that is there.
func (p *stage) reasonIs(text string) {
	p.t.Helper()
	p.fills(".modal textarea", text, p.b.Paste)
}
