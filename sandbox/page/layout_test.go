package page_test

import (
	"fmt"
	"strings"
	"testing"
)

// fits says that the composer's hint is read whole.
const fits = `(() => {
	const input = document.querySelector('#main .composer-input');
	const pen = document.createElement('canvas').getContext('2d');
	pen.font = getComputedStyle(input).font;
	return pen.measureText(input.placeholder).width <= input.clientWidth;
})()`

// TestCardBesideItsThread has room for the words of a card when a thread is open beside it.
func TestCardBesideItsThread(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	until := sb.Clock().Now().AddDate(0, 0, 1).Unix()
	a.post(t, strings.Replace(card(sb.Cast().ID("alice"), "PowerUserAccess", "prod-billing", "why", until, true), "*Account*", "*PowerUserAccess*", 1))
	for _, size := range []struct{ width, height int }{{1400, 900}, {1260, 900}, {480, 900}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := browse(t, size.width, size.height)
			b.open(sb, "bob")
			if size.width < 980 {
				b.click(".tabs button", "Channels")
			}
			b.click(".side-row", "aws-approvals")
			b.sees("#main .b-field", "PowerUserAccess")
			b.Picture(fmt.Sprintf("card-%d", size.width))
			whole := func(column string) {
				t.Helper()
				if lines := js[int](b, fmt.Sprintf(`[...document.querySelectorAll('%s .b-field strong')].find((n) => n.textContent === 'PowerUserAccess').getClientRects().length`, column)); lines != 1 {
					t.Errorf("%s: PowerUserAccess is broken over %d lines", column, lines)
				}
			}
			whole("#main")
			// Times read as they do within messages.
			b.Until(`/^\d{1,2}:\d\d [AP]M$/.test(document.querySelector('#main .msg-time').textContent)`)
			// The placeholder is said whole, or shorter.
			b.Until(fits)
			js[any](b, `document.querySelector('#main .msg-reply').click(), null`)
			b.sees(".thread .b-field", "PowerUserAccess")
			whole(".thread")
			if js[bool](b, `document.querySelector('#main').checkVisibility()`) {
				whole("#main")
				b.Until(fits)
			}
			b.sound("a thread")
			b.Picture(fmt.Sprintf("card-thread-%d", size.width))
			b.Quiet()
		})
	}
}
