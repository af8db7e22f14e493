package page_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

// command sends a command.
func (b *browser) command(text string) {
	b.t.Helper()
	b.click(".composer-input", "")
	b.Keys(text)
	b.Keys(kb.Enter)
}

// TestFocusInAModalIsOnNoButtonOfIt keeps Enter from doing what nobody has read yet.
func TestFocusInAModalIsOnNoButtonOfIt(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	b := browse(t, 1000, 800)
	b.open(sb, "alice")
	b.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	b.Until(`document.activeElement.matches('.modal [role=combobox]')`)
	alice, err := sb.Slack().As(sb.Cast().ID("alice"))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := alice.Modal()
	// Where only buttons are left of the form, none has focus.
	ends := func(n int) string {
		return fmt.Sprintf(`{"type":"modal","title":{"type":"plain_text","text":"Running"},"blocks":[
			{"type":"section","block_id":"grant-%d","text":{"type":"mrkdwn","text":":white_circle: ReadOnly"},
			 "accessory":{"type":"button","action_id":"end","style":"danger","text":{"type":"plain_text","text":"End %d"}}}]}`, n, n)
	}
	for n := range 2 {
		if _, err := a.api.UpdateViewContext(t.Context(), view(ends(n)), "", "", m.ID); err != nil {
			t.Fatal(err)
		}
		b.sees(".modal .button", fmt.Sprintf("End %d", n))
		b.Until(`document.activeElement.matches('.modal-body')`)
		js[any](b, `document.querySelector('.modal-body .button').focus()`)
	}
	// A text font's ⚪ is a dot; the emoji is wanted.
	b.Until(`document.querySelector('.modal .emoji').textContent === '\u26aa\ufe0f'`)
	b.Quiet()
}

// TestPressingAnEntryWhileTheAppAnswers chooses that entry, whatever comes between pressing and letting go.
func TestPressingAnEntryWhileTheAppAnswers(t *testing.T) {
	t.Parallel()
	sb := world(t)
	hold := make(chan struct{})
	runApp(t, sb, func(a *app) { a.hold = hold })
	b := browse(t, 1000, 800)
	b.open(sb, "alice")
	b.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	b.Keys(kb.ArrowDown)
	b.sees(".combo-option", "management")
	b.Keys("prod-web") // the app does not answer yet, the old list is still there
	b.Until(`document.querySelector('.combo-list').getAttribute('aria-busy') === 'true'`)
	first := js[string](b, `document.querySelector('.combo-option .combo-text').textContent`)
	b.hand(input.DispatchMouseEventTypeMousePressed, ".combo-option")
	js[any](b, `window.answered = new Promise((done) => new PerformanceObserver((list) => list.getEntries().some((e) => e.name.includes('/options')) && done()).observe({type: 'resource'}))`)
	close(hold)
	js[any](b, `window.answered.then(() => new Promise(requestAnimationFrame)).then(() => null)`)
	b.hand(input.DispatchMouseEventTypeMouseReleased, ".combo-option")
	b.Until(fmt.Sprintf(`document.querySelector('.modal [role=combobox]').value === %q && document.activeElement.getAttribute('aria-expanded') === 'false'`, first))
	b.Quiet()
}
