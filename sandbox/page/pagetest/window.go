package pagetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Patience is how long something may take to be seen. It bounds a hang, and measures nothing:
// on a machine that does much else all of this takes many times as long.
const Patience = 90 * time.Second

// look is the pause between two looks at what is waited for. chromedp looks at every frame
// otherwise, for which Chromium must make frames of a page that stands still.
const look = 25 * time.Millisecond

// Window is a window of the browser with nobody else's cookies. Its methods end the test,
// with a picture of what there was, when the browser cannot do what they say.
type Window struct {
	t        *testing.T
	ctx      context.Context
	pictures string // the directory for them; empty: nobody wants any

	mu         sync.Mutex
	complaints []string
}

// Window opens a window of this size, in pixels, which is closed with the test. Pictures
// are kept where $STINT_SCREENSHOTS says; the long suites take them in any case.
func (c *Chromium) Window(t *testing.T, width, height int) *Window {
	t.Helper()
	if c.once.Do(c.start); c.err != nil {
		t.Fatal(c.err)
	}
	ctx, closed := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closed)
	w := &Window{t: t, ctx: ctx, pictures: os.Getenv("STINT_SCREENSHOTS")}
	if w.pictures == "" && os.Getenv("STINT_FULL") != "" {
		w.pictures = t.TempDir()
	}
	if w.pictures != "" {
		if err := os.MkdirAll(w.pictures, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := chromedp.Do(ctx); err != nil { // opens it
		t.Fatalf("chromium opens no window: %v", err)
	}
	w.Resize(width, height)
	// Each window behaves as the one that somebody looks at.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		w.Fail(err.Error())
	}
	// chromedp asks for each request and each piece of an answer. Nobody here reads of them,
	// and telling costs the browser half of its time.
	if _, err := chromedp.Call(ctx, network.Disable, cdp.Empty{}); err != nil {
		w.Fail(err.Error())
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if gone(m) {
				continue
			}
			w.mu.Lock()
			w.complaints = append(w.complaints, m.String())
			w.mu.Unlock()
		}
	}()
	return w
}

// gone reports whether the browser says that something was not found for a call of the page.
// Whoever presses what is drawn anew at that moment is told so by the page itself.
func gone(m chromedp.ConsoleMessage) bool {
	return strings.Contains(m.URL, "/api/") && strings.Contains(m.Text, "status of 404")
}

// Do does what chromedp knows.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.Fail(err.Error())
	}
}

// Fail ends the test with a picture of what there was.
func (w *Window) Fail(why string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 10*time.Second)
	defer cancel()
	where := "no picture could be taken"
	if png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		where = filepath.Join(os.TempDir(), strings.ReplaceAll(w.t.Name(), "/", "-")+"-failed.png")
		_ = os.WriteFile(where, png, 0o600)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t.Fatalf("%s\nthe browser said: %s\nthe page: %s", why, strings.Join(w.complaints, "\n"), where)
}

// JS evaluates an expression, and waits when it is a promise.
func JS[T any](w *Window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		w.Fail(fmt.Sprintf("%s: %v", expression, err))
	}
	return v
}

// Until waits for a condition on the page. What cannot be asked yet, as a property of what is
// not there, is not so yet.
func (w *Window) Until(condition string) { w.t.Helper(); w.UntilWithin(Patience, condition) }

// UntilWithin waits so long at most.
func (w *Window) UntilWithin(bound time.Duration, condition string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, bound)
	defer cancel()
	asked := "(() => { try { return Boolean(" + condition + "); } catch { return false; } })()"
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](asked, chromedp.WithPollingInterval(look), chromedp.WithPollingTimeout(bound))); err != nil {
		w.Fail(fmt.Sprintf("waiting for %s: %v", condition, err))
	}
}

// ClickFirst clicks the first of the elements that an expression lists, as a mouse does:
// once it stands still and nothing covers it. Where it was moved away between looking and
// pressing, the click went elsewhere: then it is clicked again, as people do.
func (w *Window) ClickFirst(elements string) {
	w.t.Helper()
	for range clicks {
		w.Until(elements + ".length > 0")
		type point struct{ X, Y float64 }
		p := JS[point](w, fmt.Sprintf(`(async () => {
			const frame = () => new Promise(requestAnimationFrame);
			for (let before = null, since = Date.now(); Date.now() - since < %d;) {
				const n = %s[0];
				n?.scrollIntoView({block: 'nearest'});
				const r = n?.getBoundingClientRect();
				const at = r && {X: r.x + r.width / 2, Y: r.y + r.height / 2};
				const hit = at && document.elementFromPoint(at.X, at.Y);
				if (before && at && before.X === at.X && before.Y === at.Y && n.contains(hit)) {
					window.pagetestHit = false;
					window.addEventListener('pointerdown', (ev) => window.pagetestHit = Boolean(%s[0]?.contains(ev.target)), {capture: true, once: true});
					return at;
				}
				before = at;
				await frame();
			}
			throw new Error('it does not stand still, or something covers it');
		})()`, (Patience-time.Second).Milliseconds(), elements, elements))
		w.Do(chromedp.MouseClickXY(p.X, p.Y))
		if JS[bool](w, "window.pagetestHit !== false") { // a click may lead to another page, which knows nothing of it
			return
		}
	}
	w.Fail(fmt.Sprintf("%d clicks all went beside it: %s", clicks, elements))
}

// clicks is how often a click may go beside what it was meant for.
const clicks = 5

// Keys types.
func (w *Window) Keys(keys string) {
	w.t.Helper()
	w.Do(chromedp.KeyEvent(keys))
}

// Paste puts in a text as the clipboard does, at once.
func (w *Window) Paste(text string) {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		w.Fail(err.Error())
	}
}

// Resize makes the window this wide and high, in pixels.
func (w *Window) Resize(width, height int) {
	w.t.Helper()
	w.Do(chromedp.EmulateViewport(int64(width), int64(height)))
}

// Scheme is the person's choice of colors: light or dark.
func (w *Window) Scheme(name string) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		w.Fail(err.Error())
	}
}

// Pictures reports whether somebody wants pictures. Taking them is most of a walk's time.
func (w *Window) Pictures() bool { return w.pictures != "" }

// Picture keeps what the window shows, where pictures are wanted.
func (w *Window) Picture(name string) {
	w.t.Helper()
	if !w.Pictures() {
		return
	}
	JS[bool](w, "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))")
	ctx, cancel := context.WithTimeout(w.ctx, Patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.Fail(err.Error())
	}
	if len(png) < 5000 {
		w.t.Errorf("the picture %s is empty", name)
	}
	if err := os.WriteFile(filepath.Join(w.pictures, name+".png"), png, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Quiet fails the test when the browser has complained: about an exception, the content
// security policy, a file that is missing.
func (w *Window) Quiet() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.complaints) > 0 {
		w.t.Errorf("the browser complains:\n%s", strings.Join(w.complaints, "\n"))
	}
}
