package suite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"stint/examples"
	"stint/sandbox/page/pagetest"
)

// sandboxRun is the built binary as `stint sandbox`.
type sandboxRun struct {
	t      *testing.T
	url    string
	policy string // the file that it printed; "" when the policy is edited in Slack
	token  string
}

// built is the binary that the tests of this package run: linking it costs seconds, so one
// test builds it for all of them, and TestMain deletes it.
var built sharedBinary

type sharedBinary struct {
	once sync.Once
	dir  string
	err  error
}

func (b *sharedBinary) remove() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

func browserBinary(t *testing.T) (binary string) {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "stint-suite-"); built.err != nil {
			return
		}
		// Not a test's context: its end must not end the build for the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute)
		defer cancel()
		build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(built.dir, "stint"), "stint/cmd/stint")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "stint")
}

var (
	printedURL    = regexp.MustCompile(`Open (http://\S+) in a browser`)
	printedPolicy = regexp.MustCompile(`The policy is (.+): edit it`)
)

// startSandbox starts it and reads from its output what a person would read there.
func startSandbox(t *testing.T, binary string, flags ...string) *sandboxRun {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir()) // what it leaves behind is deleted with the test
	var said lockedBuffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	lines := make(chan string, 16)
	go func() {
		defer close(ended)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			select {
			case lines <- scan.Text():
			default:
			}
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(pagetest.Patience):
			t.Error("Ctrl-C did not end the sandbox within " + pagetest.Patience.String())
			_ = cmd.Process.Kill()
			<-ended
			return
		}
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the sandbox ended with code %d after Ctrl-C: %s", code, said.String())
		}
	})
	s := &sandboxRun{t: t}
	deadline := time.After(pagetest.Patience)
	for printed := false; !printed; {
		select {
		case line := <-lines:
			if m := printedURL.FindStringSubmatch(line); m != nil {
				s.url = m[1]
				t.Logf("the address was printed after %v", time.Since(begun).Round(time.Millisecond))
			}
			if m := printedPolicy.FindStringSubmatch(line); m != nil {
				s.policy = m[1]
			}
			printed = strings.HasPrefix(line, "Ctrl-C ends it")
		case <-ended:
			t.Fatalf("the sandbox ended by itself: %s", said.String())
		case <-deadline:
			t.Fatalf("the sandbox printed no end of its greeting: %s", said.String())
		}
	}
	if s.url == "" {
		t.Fatalf("the sandbox printed no address: %s", said.String())
	}
	s.token = get[struct{ Token string }](s, "/api/session").Token
	return s
}

// examplePolicy is the example's policy in a file of its own.
func examplePolicy(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, examples.Policy, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// get reads by one of the page's documented calls.
func get[T any](s *sandboxRun, path string) (v T) {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	s.call(q, &v)
	return v
}

// set changes how the simulators behave, by the call that the page's Faults tab uses.
func (s *sandboxRun) set(path string, values map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(map[string]any{"values": values})
	if err != nil {
		s.t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Sandbox-Token", s.token)
	s.call(q, nil)
}

func (s *sandboxRun) call(q *http.Request, v any) {
	s.t.Helper()
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %s %v", q.URL.Path, resp.Status, raw, err)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(raw, v); err != nil {
		s.t.Fatalf("%s: %v", q.URL.Path, err)
	}
}

// edit changes the policy file, as an editor saves it.
func (s *sandboxRun) edit(before, after string) {
	s.t.Helper()
	raw, err := os.ReadFile(s.policy)
	if err != nil {
		s.t.Fatal(err)
	}
	if n := strings.Count(string(raw), before); n != 1 {
		s.t.Fatalf("the policy holds %q %d times", before, n)
	}
	if err := os.WriteFile(s.policy, []byte(strings.Replace(string(raw), before, after, 1)), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// read is a person's view of a conversation: the texts of its messages with everything in them.
func (s *sandboxRun) read(email, channel string) []shownMessage {
	s.t.Helper()
	return get[struct{ Messages []shownMessage }](s, "/api/people/"+url.PathEscape(email)+"/conversations/"+url.PathEscape(channel)).Messages
}

type shownMessage struct {
	Text    string
	Blocks  json.RawMessage
	Replies []shownMessage
}

// lockedBuffer is what a process has said, readable while it speaks.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
