package suite

import (
	"fmt"
	"testing"
	"time"

	"stint/sandbox/page/pagetest"
)

// browser is a window with the sandbox's page open, used as people use it: by what is seen,
// with mouse and keyboard. Every wait is for something on the page.
type browser struct {
	*pagetest.Window
	t      *testing.T
	width  int
	height int
}

func browse(t *testing.T, width, height int) *browser {
	t.Helper()
	return &browser{chromium.Window(t, width, height), t, width, height}
}

func js[T any](b *browser, expression string) T {
	b.t.Helper()
	return pagetest.JS[T](b.Window, expression)
}

// run does something that has no result.
func (b *browser) run(statement string) {
	b.t.Helper()
	js[bool](b, "(() => { "+statement+"; return true; })()")
}

// eventually waits for what only the sandbox's API tells.
func (b *browser) eventually(what string, condition func() bool) {
	b.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(pagetest.Patience)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			b.Fail("not within " + pagetest.Patience.String() + ": " + what)
		}
	}
}

// spot is something on the page: an element with a text, and perhaps within another one
// with a text, as a button is within a message.
type spot struct{ selector, text, within, about string }

func (s spot) in(within, about string) spot {
	s.within, s.about = within, about
	return s
}

// at is an element with a text.
func at(selector, text string) spot { return spot{selector: selector, text: text} }

// all is an expression for the visible elements that a spot names, the last message first.
func (s spot) all() string {
	with := func(text string) string { // no-break spaces are spaces to who reads
		return fmt.Sprintf(`.filter((n) => n.checkVisibility() && n.textContent.replaceAll('\u00a0', ' ').includes(%q))`, text)
	}
	if s.within == "" {
		return fmt.Sprintf("[...document.querySelectorAll(%q)]", s.selector) + with(s.text)
	}
	return fmt.Sprintf("[...document.querySelectorAll(%q)].reverse()", s.within) + with(s.about) +
		fmt.Sprintf(".flatMap((w) => [...w.querySelectorAll(%q)]%s)", s.selector, with(s.text))
}

func (b *browser) sees(selector, text string) { b.t.Helper(); b.seesSpot(at(selector, text)) }

func (b *browser) seesSpot(s spot) { b.t.Helper(); b.Until(s.all() + ".length > 0") }

func (b *browser) gone(selector, text string) {
	b.t.Helper()
	b.Until(at(selector, text).all() + ".length === 0")
}

// shows sees several texts.
func (b *browser) shows(selector string, texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.sees(selector, text)
	}
}

func (b *browser) click(selector, text string) { b.t.Helper(); b.clickSpot(at(selector, text)) }

func (b *browser) clickSpot(s spot) { b.t.Helper(); b.ClickFirst(s.all()) }

// narrow is the width of a half-closed window, where the page shows one part at a time.
const narrow = 480

// shoot looks at a surface, wide and narrow, and takes pictures of it in light and dark where
// somebody wants them: most of the time of a walk goes into pictures. A narrow window shows
// one part of the page; tab names it, Chat when left out.
func (b *browser) shoot(name string, tab ...string) {
	b.t.Helper()
	for _, width := range []int{b.width, narrow} {
		b.Resize(width, b.height)
		shape := "wide"
		if width == narrow {
			shape = "narrow"
			if len(tab) > 0 {
				b.click(".tabs button", tab[0])
			}
			b.Until(fmt.Sprintf("innerWidth === %d && document.documentElement.scrollWidth <= innerWidth", width)) // no wider than the window
		}
		if !b.Pictures() {
			continue
		}
		for _, scheme := range []string{"dark", "light"} {
			b.Scheme(scheme)
			b.Picture(name + "-" + shape + "-" + scheme)
		}
	}
	if len(tab) > 0 {
		b.click(".tabs button", "Chat")
	}
	b.Resize(b.width, b.height)
}
