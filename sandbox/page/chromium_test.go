package page_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"stint/sandbox"
	"stint/sandbox/page/pagetest"
	"stint/sandbox/slacksim"
)

// world is a sandbox in which an app can run.
func world(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.Start(context.Background(), sandbox.Options{
		Listen: "127.0.0.1:0", Seed: 3,
		Commands: append(sandbox.DefaultCommands(),
			slacksim.Command{Name: "/gallery", Description: "Every element once"},
			slacksim.Command{Name: "/echo", Description: "Says it back", Usage: "[words]"},
			slacksim.Command{Name: "/silent", Description: "Never answers"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	return sb
}

// browser is a window with the page in it.
type browser struct {
	*pagetest.Window
	t *testing.T
}

func browse(t *testing.T, width, height int) *browser {
	t.Helper()
	return &browser{chromium.Window(t, width, height), t}
}

// open shows the page as somebody.
func (b *browser) open(sb *sandbox.Sandbox, who string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(sb.URL() + "/#" + sb.Cast().ID(who)))
	b.Until(`document.documentElement.dataset.ready === 'true'`)
}

func js[T any](b *browser, expression string) T {
	b.t.Helper()
	return pagetest.JS[T](b.Window, expression)
}

// with is an expression for the visible elements with a text.
func with(selector, text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((n) => n.checkVisibility() && n.textContent.includes(%q))`, selector, text)
}

func (b *browser) sees(selector, text string) {
	b.t.Helper()
	b.Until(with(selector, text) + ".length > 0")
}

func (b *browser) click(selector, text string) { b.t.Helper(); b.ClickFirst(with(selector, text)) }

// goes clicks what leads to another person or place and waits for the composer of there: what
// is typed into the one before it is lost with that.
func (b *browser) goes(selector, text string) {
	b.t.Helper()
	js[bool](b, `[...document.querySelectorAll('#main .composer-place > *')].every((n) => n.dataset.before = true)`)
	b.click(selector, text)
	b.Until(`document.querySelector('#main .composer-place > :not([data-before])')`)
}
