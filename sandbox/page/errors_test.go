package page_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestErrorUnderAField comes below the hint, goes with the first key, leaves no hole, and comes again when the
// form is submitted as it was.
func TestErrorUnderAField(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	a.post(t, card(sb.Cast().ID("alice"), "ReadOnly", "prod-billing", "why", sb.Clock().Now().AddDate(0, 0, 1).Unix(), true))
	b := browse(t, 480, 800)
	b.open(sb, "bob")
	b.click(".tabs button", "Channels")
	b.click(".side-row", "aws-approvals")
	b.click(".msg .button", "Deny")
	b.sees(".modal h2", "Deny")
	before := js[float64](b, `document.querySelector('.modal-body').offsetHeight`)
	b.click(".modal-foot .button", "Deny")
	b.sees(".b-error", "Please complete this required field.")
	b.Scheme("dark")
	b.Picture("error-dark")
	b.Scheme("light")

	// wrong types and says what the field looks like before anybody can have heard of it.
	wrong := func(text string) bool {
		t.Helper()
		return js[bool](b, `(() => {
			const field = document.querySelector('.modal .text-input');
			for (const text of [`+text+`]) {
				field.value = text;
				field.dispatchEvent(new Event('input', {bubbles: true}));
			}
			return field.closest('.b-input').classList.contains('wrong') || field.hasAttribute('aria-invalid');
		})()`)
	}
	if wrong(`'n', ''`) {
		t.Error("the message stays while the field is filled")
	}
	b.click(".modal-foot .button", "Deny")
	b.sees(".b-input.wrong .b-error", "Please complete this required field.")
	b.Until(`document.activeElement.matches('.text-input')`)

	if wrong(`'not now'`) {
		t.Error("the message stays while the field is filled")
	}
	if !js[bool](b, `document.querySelector('.b-error').offsetHeight > 0`) {
		t.Error("the buttons jump while somebody types")
	}
	b.Picture("error-answered")
	b.Keys(kb.Tab)
	b.Until(`document.querySelector('.b-error').offsetHeight === 0`)
	if after := js[float64](b, `document.querySelector('.modal-body').offsetHeight`); after != before {
		t.Errorf("the form is %v px tall, before the message it was %v", after, before)
	}
	b.click(".modal-foot .button", "Deny")
	b.Until(`!document.querySelector('#modal').open`)
	b.Quiet()
}
