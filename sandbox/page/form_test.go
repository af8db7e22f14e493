package page_test

import (
	"fmt"
	"strings"
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

// TestStandingInAFieldWhileBlocksComeAndGo keeps focus, what is typed and the open list, whatever the app
// puts above the field or takes from there.
func TestStandingInAFieldWhileBlocksComeAndGo(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	b := browse(t, 1000, 800)
	b.open(sb, "alice")
	b.command("/aws-access")
	b.sees(".modal h2", "Request AWS access")
	b.Until(`document.activeElement.matches('.modal [role=combobox]')`)
	b.Keys("prod-w")
	b.sees(".combo-option", "prod-web")
	alice, err := sb.Slack().As(sb.Cast().ID("alice"))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := alice.Modal()
	said := func(id string) string {
		return fmt.Sprintf(`{"type":"context","block_id":%q,"elements":[{"type":"mrkdwn","text":"This is %s"}]},`, id, id)
	}
	field := form("")
	for _, above := range [][]string{{"one"}, {"two"}, {"three", "two"}, {"two", "three", "four"}, {"four"}, {}} {
		v := field
		for i := range above {
			v = strings.Replace(v, `"blocks":[`, `"blocks":[`+said(above[len(above)-1-i]), 1)
		}
		if _, err := a.api.UpdateViewContext(t.Context(), view(v), "", "", m.ID); err != nil {
			t.Fatal(err)
		}
		b.Until(fmt.Sprintf(`[...document.querySelectorAll('.modal .b-context')].map((n) => n.parentNode.dataset.block ?? n.dataset.block).join() === %q`, strings.Join(above, ",")))
		if now := js[string](b, `[document.activeElement.getAttribute('role'), document.activeElement.value, document.activeElement.getAttribute('aria-expanded')].join()`); now != "combobox,prod-w,true" {
			t.Errorf("with %v above the field, who stood in it stands in %s", above, now)
		}
	}
	// Made anew, in a block of another id and at another place, the field has focus still.
	moved := strings.NewReplacer(`"blocks":[`, `"blocks":[`+said("one"), `"block_id":"account"`, `"block_id":"account-2"`).Replace(field)
	if _, err := a.api.UpdateViewContext(t.Context(), view(moved), "", "", m.ID); err != nil {
		t.Fatal(err)
	}
	b.Until(`document.activeElement.matches('.modal [data-block=account-2] [role=combobox]')`)
	b.Quiet()
}
