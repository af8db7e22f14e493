package page_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"stint/sandbox/page"
)

func TestLogKeepsTheLastLines(t *testing.T) {
	t.Parallel()
	l := page.NewLog(3)
	fmt.Fprint(l, "one\ntwo\nth")
	fmt.Fprint(l, "ree\nfour\nfi")
	texts := func(after uint64) string {
		var list []string
		for _, line := range l.Lines(after) {
			list = append(list, fmt.Sprint(line.Seq, line.Text))
		}
		return strings.Join(list, " ")
	}
	if got := texts(0); got != "2two 3three 4four" {
		t.Errorf("kept %s", got)
	}
	if got := texts(3); got != "4four" {
		t.Errorf("after 3: %s", got)
	}
	for i := range 100 {
		fmt.Fprintln(l, i)
	}
	if got := texts(0); got != "102 9710398 10499" && !strings.HasSuffix(got, "10499") {
		t.Errorf("kept %s", got)
	}
	fmt.Fprintln(l, strings.Repeat("x", 100_000))
	if n := len(l.Lines(104)[0].Text); n != 16<<10 {
		t.Errorf("a line of 100,000 is kept as %d", n)
	}
}

func TestLogFromManyGoroutines(t *testing.T) {
	t.Parallel()
	l := page.NewLog(10)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, next := l.Changes()
			fmt.Fprintln(l, "a line")
			<-next
			l.Lines(0)
		})
	}
	wg.Wait()
	if n, _ := l.Changes(); n != 20 {
		t.Errorf("%d lines were written", n)
	}
}

// TestLogFollowsItsEnd shows what was said last, by the clock that messages have, also after it was out of sight.
func TestLogFollowsItsEnd(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	say := func(from, to int) {
		for i := from; i < to; i++ {
			fmt.Fprintf(sb.Log(), "line %d\n", i)
		}
	}
	b := browse(t, 1400, 900)
	b.open(sb, "carol")
	b.click(".panel-tabs button", "Clock")
	b.click(".part .button", "15 min")
	b.click(".part .button", "15 min")
	b.click(".part .button", "1 h")
	b.Until(`[...document.querySelectorAll('.panel-tabs .badge')].some((n) => n.checkVisibility() && n.textContent === '+1 h 30')`)
	if rows := js[int](b, `new Set([...document.querySelectorAll('.steps .button')].map((n) => n.offsetTop)).size`); rows != 1 {
		t.Errorf("the steps of the clock stand in %d rows", rows)
	}
	b.Picture("clock-ahead")
	b.click(".part .button", "1 day")
	b.click(".part .button", "8 h")
	b.Until(`[...document.querySelectorAll('.panel-tabs .badge')].some((n) => n.checkVisibility() && n.textContent === '+1 d 9 h')`)
	if wide := js[bool](b, `[document.querySelector('.panel-tabs'), ...document.querySelectorAll('.panel-tabs button')].some((n) => n.scrollWidth > n.clientWidth)`); wide {
		t.Error("the tabs are too narrow for how far the clock is ahead")
	}
	say(0, 100)
	b.click(".panel-tabs button", "Log")
	const atEnd = `(() => {
		const log = document.querySelector('.log');
		return log.scrollTop > 0 && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
	})()`
	end := func(last string) {
		t.Helper()
		b.Until(fmt.Sprintf(`document.querySelector('.log').lastChild?.textContent.includes('line %s') && %s`, last, atEnd))
	}
	end("99")
	b.Until(`new Date([...document.querySelectorAll('.log time')].at(-1).dateTime) - Date.now() > 85 * 60000`)
	if _, err := a.api.AuthTestContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What passed before the clock was moved keeps its time.
	const wire = `[...document.querySelectorAll('.call.wire time')].map((n) => new Date(n.dateTime) - Date.now())`
	b.Until(wire + `.some((ahead) => ahead > 85 * 60000) && ` + wire + `.at(-1) < 60000`)
	b.sound("log")
	b.Picture("log-ahead")

	b.click(".panel-tabs button", "AWS")
	say(100, 150)
	b.click(".panel-tabs button", "Log")
	end("149")
	b.Do(chromedp.EmulateViewport(1400, 400))
	end("149")
	say(150, 200)
	end("199")
	// Who reads further up stays there.
	js[any](b, `document.querySelector('.log').scrollTop = 0`)
	js[bool](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	say(200, 210)
	b.Until(`document.querySelector('.log').lastChild?.textContent.includes('line 209') && document.querySelector('.log').scrollTop < 10`)
	b.Quiet()
}
