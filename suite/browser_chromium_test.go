package suite

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long something may take to be seen. It bounds a failure, not the test.
const patience = 45 * time.Second

// browser is Chromium with the sandbox's page open, used as people use it: by what is
// seen, with mouse and keyboard. Every wait is for something on the page.
type browser struct {
	t      *testing.T
	ctx    context.Context
	dir    string // of pictures
	width  int
	height int

	pictures bool // of every surface in four looks

	mu         sync.Mutex
	complaints []string
}

// browse starts Chromium, which must be there: what nobody has looked at is not tested.
func browse(t *testing.T, width, height int) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test looks at the page in a real browser: install Debian's package chromium (`make test` does)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	alloc, end := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(end)
	ctx, closed := chromedp.NewContext(alloc)
	t.Cleanup(closed)
	b := &browser{t: t, ctx: ctx, dir: os.Getenv("STINT_SCREENSHOTS"), width: width, height: height}
	b.pictures = b.dir != "" || full()
	if b.dir == "" {
		b.dir = t.TempDir()
	} else if err := os.MkdirAll(b.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// The first use starts Chromium, which lives as long as that use's context.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.complaints = append(b.complaints, m.String())
			b.mu.Unlock()
		}
	}()
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail(err.Error())
	}
}

// fail ends the test with a picture of what there was.
func (b *browser) fail(why string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 10*time.Second)
	defer cancel()
	where := "no picture could be taken"
	if png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		where = filepath.Join(os.TempDir(), strings.ReplaceAll(b.t.Name(), "/", "-")+"-failed.png")
		_ = os.WriteFile(where, png, 0o600)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("%s\nthe browser said: %s\nthe page: %s", why, strings.Join(b.complaints, "\n"), where)
}

// js evaluates an expression.
func js[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail(fmt.Sprintf("%s: %v", expression, err))
	}
	return v
}

// run does something that has no result.
func (b *browser) run(statement string) {
	b.t.Helper()
	js[bool](b, "(() => { "+statement+"; return true; })()")
}

// until waits for a condition on the page.
func (b *browser) until(condition string) { b.t.Helper(); b.untilWithin(patience, condition) }

func (b *browser) untilWithin(bound time.Duration, condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+condition+")", chromedp.WithPollingTimeout(bound))); err != nil {
		b.fail(fmt.Sprintf("waiting for %s: %v", condition, err))
	}
}

// eventually waits for what only the sandbox's API tells.
func (b *browser) eventually(what string, condition func() bool) {
	b.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			b.fail("not within " + patience.String() + ": " + what)
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

func (b *browser) seesSpot(s spot) { b.t.Helper(); b.until(s.all() + ".length > 0") }

func (b *browser) gone(selector, text string) {
	b.t.Helper()
	b.until(at(selector, text).all() + ".length === 0")
}

// shows fails unless the text is there now, for what must come together with what was waited for.
func (b *browser) shows(selector string, texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !js[bool](b, at(selector, text).all()+".length > 0") {
			b.fail(fmt.Sprintf("%q is not on %s: %s", text, selector, js[string](b, fmt.Sprintf("[...document.querySelectorAll(%q)].map((n) => n.textContent).join('\\n---\\n')", selector))))
		}
	}
}

func (b *browser) click(selector, text string) { b.t.Helper(); b.clickSpot(at(selector, text)) }

// clickSpot clicks as a mouse does, once the element stands still and nothing covers it.
func (b *browser) clickSpot(s spot) {
	b.t.Helper()
	b.seesSpot(s)
	type point struct{ X, Y float64 }
	p := js[point](b, fmt.Sprintf(`(async () => {
		const frame = () => new Promise(requestAnimationFrame);
		for (let before = null, i = 0; i < 600; i++) {
			const n = %s[0];
			n?.scrollIntoView({block: 'nearest'});
			const r = n?.getBoundingClientRect();
			const at = r && {X: r.x + r.width / 2, Y: r.y + r.height / 2};
			const hit = at && document.elementFromPoint(at.X, at.Y);
			if (before && at && before.X === at.X && before.Y === at.Y && n.contains(hit)) return at;
			before = at;
			await frame();
		}
		throw new Error('it does not stand still, or something covers it');
	})()`, s.all()))
	b.do(chromedp.MouseClickXY(p.X, p.Y))
}

// keys types.
func (b *browser) keys(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

func (b *browser) size(width int) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(int64(width), int64(b.height)))
}

func (b *browser) scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		b.fail(err.Error())
	}
}

// narrow is the width of a half-closed window, where the page shows one part at a time.
const narrow = 480

// shoot looks at a surface, wide and narrow, and takes pictures of it in light and dark where
// somebody wants them: most of the time of a walk goes into pictures. A narrow window shows
// one part of the page; tab names it, Chat when left out.
func (b *browser) shoot(name string, tab ...string) {
	b.t.Helper()
	for _, width := range []int{b.width, narrow} {
		b.size(width)
		shape := "wide"
		if width == narrow {
			shape = "narrow"
			if len(tab) > 0 {
				b.click(".tabs button", tab[0])
			}
			if over := js[int](b, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				b.t.Errorf("%s, %d px wide: the page is %d px wider than the window", name, width, over)
			}
		}
		if !b.pictures {
			continue
		}
		for _, scheme := range []string{"dark", "light"} {
			b.scheme(scheme)
			b.picture(name + "-" + shape + "-" + scheme)
		}
	}
	if len(tab) > 0 {
		b.click(".tabs button", "Chat")
	}
	b.size(b.width)
}

// picture keeps what the window shows.
func (b *browser) picture(name string) {
	b.t.Helper()
	js[bool](b, "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))")
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.fail(err.Error())
	}
	if len(png) < 5000 {
		b.t.Errorf("the picture %s is empty", name)
	}
	if err := os.WriteFile(filepath.Join(b.dir, name+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// quiet fails the test when the browser has complained: about an exception, the content
// security policy, a file that is missing.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the browser complains:\n%s", strings.Join(b.complaints, "\n"))
	}
}
