package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"stint/examples"
)

// greeting collects what the sandbox prints and tells when its last line is there.
type greeting struct {
	mu    sync.Mutex
	text  bytes.Buffer
	whole chan struct{}
}

func (g *greeting) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := strings.Contains(g.text.String(), "Ctrl-C")
	n, err := g.text.Write(p)
	if !before && strings.Contains(g.text.String(), "Ctrl-C") {
		close(g.whole)
	}
	return n, err
}

// TestSandboxSaysWhereThePolicyIs starts each of its modes as people do.
func TestSandboxSaysWhereThePolicyIs(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(file, examples.Policy, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"edited":    {nil, "The policy is edited in Slack: act as Carol, the admin, and type /jit-config."},
		"file":      {[]string{"--policy", file}, "The policy is " + file + ": edit it, it is read again at once."},
		"first run": {[]string{"--first-run"}, "There is no policy yet. Act as Carol, the admin, and type /jit-config there to set one up."},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			ctx, end := context.WithCancel(t.Context())
			defer end()
			out := &greeting{whole: make(chan struct{})}
			code := make(chan int, 1)
			go func() {
				code <- run(ctx, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, c.flags...), streams{out, out})
			}()
			select {
			case <-out.whole:
			case got := <-code:
				t.Fatalf("it ended by itself with code %d: %s", got, out.text.String())
			}
			end()
			if got := <-code; got != 0 {
				t.Errorf("it ended with code %d", got)
			}
			if said := out.text.String(); !strings.Contains(said, c.want) {
				t.Errorf("it says\n%s\nand not\n%s", said, c.want)
			}
		})
	}
}
