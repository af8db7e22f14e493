package page_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"

	"stint/sandbox/page/pagetest"
)

// hand presses or lets go of the mouse at the middle of an element.
func (b *browser) hand(kind input.DispatchMouseEventType, selector string) {
	b.t.Helper()
	type point struct{ X, Y float64 }
	at := js[point](b, fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect();
		return {X: r.x + r.width / 2, Y: r.y + r.height / 2};
	})()`, selector))
	b.Do(chromedp.MouseEvent(kind, at.X, at.Y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// homeWith publishes a Home tab with buttons and waits until Slack has it.
func (a *app) homeWith(t *testing.T, who, elements string) {
	t.Helper()
	id := a.sb.Cast().ID(who)
	published, err := a.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: id, View: slack.HomeTabViewRequest{
		Type: slack.VTHomeTab, Blocks: blocksOf(elements),
	}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.sb.Slack().As(id)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), pagetest.Patience)
	defer cancel()
	if err := a.sb.Slack().Until(ctx, func() bool { return p.Home().Hash == published.Hash }); err != nil {
		t.Fatal(err)
	}
}

// TestPressingWhatHasJustChanged presses a button while the app draws it anew: what means the same is pressed,
// and where nothing does, the page says so in words for everybody.
func TestPressingWhatHasJustChanged(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	b := browse(t, 1440, 900)
	b.open(sb, "carol")
	b.click(".side-row", "Stint")
	b.click(".app-tabs button", "Home")
	b.sees(".home h3", "Your access")
	const two = `[{"type":"actions","block_id":"%[1]s-7","elements":[{"type":"button","action_id":"deny","value":"7","text":{"type":"plain_text","text":"Deny seven"}}]},
		{"type":"actions","block_id":"%[1]s-8","elements":[{"type":"button","action_id":"deny","value":"8","text":{"type":"plain_text","text":"Deny eight"}}]}]`
	a.homeWith(t, "carol", fmt.Sprintf(two, "first"))
	b.sees(".home .button", "Deny seven")

	b.hand(chromedp.MousePressed, ".home .button")
	a.homeWith(t, "carol", fmt.Sprintf(two, "second"))
	b.hand(chromedp.MouseReleased, ".home .button")
	b.sees(".modal h2", "Deny")
	if n := js[int](b, `document.querySelectorAll('.toast').length`); n != 0 {
		t.Errorf("%d problems are told of a press that arrived", n)
	}
	b.click(".modal .icon-button", "")
	b.Until(`!document.querySelector('#modal').open && document.querySelector('.home [data-block=second-7]')`)

	b.hand(chromedp.MousePressed, ".home .button")
	a.homeWith(t, "carol", `[{"type":"section","text":{"type":"mrkdwn","text":"Nothing waits."}}]`)
	b.hand(chromedp.MouseReleased, ".home .button")
	b.sees(".toast", "This has just changed. Please look again.")
	b.sees(".home", "Nothing waits.")
	b.Picture("changed")
	// Not b.Quiet(): a browser tells of every 404.
}
