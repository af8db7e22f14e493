// Package pagetest shows the sandbox's page to tests as people see it: in Chromium, used by
// mouse and keyboard. A test package has one browser, and every test a window of its own,
// which shares nothing with the others but the process: to start one costs seconds.
package pagetest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Chromium is the browser of a test package. The first window starts it; Stop ends it.
type Chromium struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

// start must find Chromium: a page that nobody has looked at is not tested.
func (c *Chromium) start() {
	// The shell is the same browser without windows of its own, whose tabs and toolbars cost a
	// third of the time though nobody sees them.
	path, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		path, err = exec.LookPath("chromium")
	}
	if err != nil {
		c.err = errors.New("the page is tested in a real browser: install Debian's package chromium-headless-shell, or chromium (`make test` does)")
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	alloc, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closed := chromedp.NewContext(alloc)
	c.ctx, c.end = ctx, func() { closed(); free() }
	// The browser lives as long as the context of its first use, which has no deadline therefore.
	if err := chromedp.Do(ctx); err != nil {
		c.end()
		c.err = fmt.Errorf("chromium does not start: %w", err)
	}
}

// Stop ends the browser, when there is one. No window may be open.
func (c *Chromium) Stop() {
	c.once.Do(func() { c.err = errors.New("the browser has ended") })
	if c.err == nil {
		c.end()
		c.err = errors.New("the browser has ended")
	}
}

// Main runs the tests of a package and then stops the browser, so that whoever looks for
// leaks afterwards finds none of its goroutines.
func (c *Chromium) Main(m *testing.M) interface{ Run() int } { return tests{m, c} }

type tests struct {
	m *testing.M
	c *Chromium
}

func (t tests) Run() int {
	defer t.c.Stop()
	return t.m.Run()
}
