package page_test

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

	"stint/sandbox"
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

// browser is Chromium with the page open.
type browser struct {
	t   *testing.T
	ctx context.Context
	dir string // of screenshots

	mu         sync.Mutex
	complaints []string
}

// browse starts Chromium, which must be there: a page that nobody has looked at is not tested.
func browse(t *testing.T, width, height int) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("the page is tested in a real browser: install Debian's package chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	alloc, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, closed := chromedp.NewContext(alloc)
	t.Cleanup(closed)
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, dir: os.Getenv("SCREENSHOTS")}
	if b.dir == "" {
		b.dir = t.TempDir()
	}
	b.do(chromedp.EmulateViewport(int64(width), int64(height)))
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
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.fail(err.Error())
	}
}

// fail ends the test with a picture of what there was.
func (b *browser) fail(why string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 5*time.Second)
	defer cancel()
	where := "no picture could be taken"
	if png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		where = filepath.Join(os.TempDir(), strings.ReplaceAll(b.t.Name(), "/", "-")+"-failed.png")
		_ = os.WriteFile(where, png, 0o644)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("%s\nthe browser said: %s\nthe page: %s", why, strings.Join(b.complaints, "\n"), where)
}

// open shows the page as somebody.
func (b *browser) open(sb *sandbox.Sandbox, who string) {
	b.t.Helper()
	b.do(chromedp.Navigate(sb.URL() + "/#" + sb.Cast().ID(who)))
	b.until(`document.documentElement.dataset.ready === 'true'`)
}

// js evaluates an expression.
func js[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail(fmt.Sprintf("%s: %v", expression, err))
	}
	return v
}

// until waits for a condition on the page.
func (b *browser) until(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+condition+")"))
	if err != nil {
		b.fail(fmt.Sprintf("waiting for %s: %v", condition, err))
	}
}

// sees waits until an element with this text is visible.
func (b *browser) sees(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((n) => n.checkVisibility() && n.textContent.includes(%q))`, selector, text))
}

// click clicks the first visible element with this text, as a mouse does, once it stands still.
func (b *browser) click(selector, text string) {
	b.t.Helper()
	b.sees(selector, text)
	type point struct{ X, Y float64 }
	at := js[point](b, fmt.Sprintf(`(async () => {
		const frame = () => new Promise(requestAnimationFrame);
		const find = () => [...document.querySelectorAll(%q)].find((n) => n.checkVisibility() && n.textContent.includes(%q));
		for (let before = null, i = 0; i < 300; i++) {
			const n = find();
			n?.scrollIntoView({block: 'nearest'});
			const r = n?.getBoundingClientRect();
			const at = r && {X: r.x + r.width / 2, Y: r.y + r.height / 2};
			const hit = at && document.elementFromPoint(at.X, at.Y);
			if (before && at && before.X === at.X && before.Y === at.Y && n.contains(hit)) return at;
			before = at;
			await frame();
		}
		throw new Error('it does not stand still, or something covers it');
	})()`, selector, text))
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// keys types.
func (b *browser) keys(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
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

func (b *browser) shoot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.fail(err.Error())
	}
	if len(png) < 5000 {
		b.t.Errorf("the screenshot %s is empty", name)
	}
	if err := os.WriteFile(filepath.Join(b.dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// quiet fails the test when the browser has complained: about the content security policy, an exception, a
// file that is missing.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the browser complains:\n%s", strings.Join(b.complaints, "\n"))
	}
}
