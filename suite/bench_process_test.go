package suite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stint/examples"
)

// orgSize is how large a simulated organization is.
type orgSize struct{ accounts, roles, people int }

func (s orgSize) String() string { return fmt.Sprintf("%dx%dx%d", s.accounts, s.roles, s.people) }

func (s orgSize) args() []string {
	return []string{"--accounts", strconv.Itoa(s.accounts), "--roles", strconv.Itoa(s.roles), "--people", strconv.Itoa(s.people)}
}

var (
	smallOrg = orgSize{24, 12, 40} // what `stint sandbox` starts with
	usualOrg = orgSize{1000, 100, 1000}
	largeOrg = orgSize{10_000, 500, 30_000}
)

// BenchmarkStart measures from starting the built binary until the address is printed and
// answers.
func BenchmarkStart(b *testing.B) {
	binary := buildStint(b)
	for name, args := range map[string][]string{
		"sandbox/" + smallOrg.String():    smallOrg.args(),
		"simulators/" + largeOrg.String(): append(largeOrg.args(), "--no-bot"),
	} {
		b.Run(name, func(b *testing.B) {
			var up samples
			for b.Loop() {
				begin := time.Now()
				p := startStint(b, binary, nil, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, args...)...)
				p.fetch(b, p.word(b, "http://"), "/")
				up.add(time.Since(begin))
				p.end(b)
			}
			up.report(b, "up")
		})
	}
}

// BenchmarkMemory measures the anonymous memory of `stint serve`, with Slack and AWS
// simulated by another process: after the first sync and after a minute of light use.
func BenchmarkMemory(b *testing.B) {
	binary := buildStint(b)
	for _, size := range []orgSize{usualOrg, largeOrg} {
		b.Run(size.String(), func(b *testing.B) {
			world := startStint(b, binary, nil, append([]string{"sandbox", "--no-bot", "--listen", "127.0.0.1:0"}, size.args()...)...)
			page := world.word(b, "http://")
			world.word(b, "AWS_REGION=")
			dir := b.TempDir()
			policy := filepath.Join(dir, "policy.yaml")
			if err := os.WriteFile(policy, examples.Policy, 0o600); err != nil {
				b.Fatal(err)
			}
			env := append(world.exports(), "STINT_DATA_DIR="+dir, "STINT_POLICY="+policy, "STINT_LISTEN=127.0.0.1:0")
			begin := time.Now()
			stint := startStint(b, binary, env, "serve")
			var listening struct{ Address string }
			if err := json.Unmarshal([]byte(stint.line(b, `"address"`)), &listening); err != nil {
				b.Fatal(err)
			}
			stint.waitReady(b, "http://"+listening.Address+"/readyz")
			b.ReportMetric(time.Since(begin).Seconds(), "sync-s")
			synced := stint.anonymous(b)
			times := newPageUser(b, page).minute()
			b.ReportMetric(mebibytes(synced), "synced-MiB")
			b.ReportMetric(mebibytes(stint.anonymous(b)), "used-MiB")
			b.ReportMetric(mebibytes(stint.peak()), "peak-MiB")
			times.report(b, "keystroke")
			stint.end(b)
			world.end(b)
		})
	}
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

func buildStint(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "stint")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-o", binary, "stint/cmd/stint")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// benchProcess is a running stint whose output can be waited for.
type benchProcess struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu    sync.Mutex
	lines []string
	more  chan struct{}
	high  int64
}

func startStint(b *testing.B, binary string, env []string, args ...string) *benchProcess {
	b.Helper()
	p := &benchProcess{ended: make(chan struct{}), more: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(b.Context()), binary, args...)
	p.cmd.Env = append(os.Environ(), env...)
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		s := bufio.NewScanner(r)
		for s.Scan() {
			p.mu.Lock()
			p.lines = append(p.lines, s.Text())
			close(p.more)
			p.more = make(chan struct{})
			p.mu.Unlock()
		}
	}()
	go func() {
		_ = p.cmd.Wait()
		_ = w.Close()
		close(p.ended)
	}()
	go p.watch()
	b.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// watch keeps the highest anonymous memory.
func (p *benchProcess) watch() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
		}
		if n, err := rssAnon(p.cmd.Process.Pid); err == nil {
			p.mu.Lock()
			p.high = max(p.high, n)
			p.mu.Unlock()
		}
	}
}

func (p *benchProcess) peak() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.high
}

func (p *benchProcess) anonymous(b *testing.B) int64 {
	b.Helper()
	n, err := rssAnon(p.cmd.Process.Pid)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// rssAnon is what a process holds in memory that no file backs, in bytes.
func rssAnon(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("process %d: no RssAnon: this benchmark needs Linux", pid)
}

// line waits for the first line of output that contains what.
func (p *benchProcess) line(b *testing.B, what string) string {
	b.Helper()
	deadline := time.After(time.Minute)
	for {
		p.mu.Lock()
		lines, more := p.lines, p.more
		p.mu.Unlock()
		for _, l := range lines {
			if strings.Contains(l, what) {
				return l
			}
		}
		select {
		case <-more:
		case <-p.ended:
			b.Fatalf("it ended:\n%s", strings.Join(lines, "\n"))
		case <-deadline:
			b.Fatalf("no %q within a minute:\n%s", what, strings.Join(lines, "\n"))
		}
	}
}

// word waits for the first word of output that begins with prefix.
func (p *benchProcess) word(b *testing.B, prefix string) string {
	b.Helper()
	for w := range strings.FieldsSeq(p.line(b, prefix)) {
		if strings.HasPrefix(w, prefix) {
			return w
		}
	}
	b.Fatalf("no word begins with %q", prefix)
	return ""
}

// exports are the variables that the simulators printed.
func (p *benchProcess) exports() (env []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), "export "); ok {
			env = append(env, v)
		}
	}
	return env
}

func (p *benchProcess) fetch(b *testing.B, base, path string) {
	b.Helper()
	resp, err := http.Get(base + path) //nolint:noctx // a benchmark's own process
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatalf("%s answers %s", base+path, resp.Status)
	}
}

// waitReady waits until the process says that Slack, catalog, policy and store are there.
func (p *benchProcess) waitReady(b *testing.B, url string) {
	b.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Minute); ; <-tick.C {
		resp, err := http.Get(url) //nolint:noctx // a benchmark's own process
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.ended:
			p.line(b, "\x00") // says how it ended
		default:
		}
		if time.Now().After(deadline) {
			p.mu.Lock()
			defer p.mu.Unlock()
			b.Fatalf("not ready after five minutes:\n%s", strings.Join(p.lines, "\n"))
		}
	}
}

// end terminates it and waits until it has ended.
func (p *benchProcess) end(b *testing.B) {
	b.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		b.Fatal("it did not end")
	}
}

// pageUser uses the product through the sandbox's page, as a script does.
type pageUser struct {
	b           *testing.B
	base, token string
}

func newPageUser(b *testing.B, base string) *pageUser {
	b.Helper()
	u := &pageUser{b: b, base: base}
	var session struct{ Token string }
	u.call(http.MethodGet, "/api/session", nil, &session)
	u.token = session.Token
	return u
}

func (u *pageUser) call(method, path string, body, into any) {
	u.b.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		u.b.Fatal(err)
	}
	req, err := http.NewRequestWithContext(u.b.Context(), method, u.base+path, bytes.NewReader(raw))
	if err != nil {
		u.b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Sandbox-Token", u.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		u.b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 400 {
		u.b.Fatalf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		u.b.Fatalf("%s %s: %v", method, path, err)
	}
}

// minute is a minute of light use by several people: a form a second, typed letter by
// letter, every third one sent, and a look at Home. It returns the times of the keystrokes.
func (u *pageUser) minute() (times samples) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	people := []string{"alice", "bob", "erin"}
	words := []string{"prod-payments", "staging-web", "dev-search", "sandbox-shared", "prod-data", "dev-mobile-core"}
	for n := range 60 {
		times = append(times, u.form(people[n%len(people)]+"@example.com", words[n%len(words)], n%3 == 0)...)
		<-second.C
	}
	return times
}

// form fills the request form as a person, and sends it or lets it be.
func (u *pageUser) form(person, account string, send bool) (times samples) {
	me := "/api/people/" + person
	u.call(http.MethodPost, me+"/home", struct{}{}, nil)
	u.call(http.MethodPost, me+"/command", map[string]string{"text": "/aws-access"}, nil)
	block := u.block(me, "account")
	var value string
	for n := 1; n <= len(account); n++ {
		var took time.Duration
		if value, took = u.options(me, block, "stint.form.account", account[:n]); took > 0 {
			times.add(took)
		}
	}
	u.fill(me, block, "stint.form.account", value)
	block = u.block(me, "role/")
	value, _ = u.options(me, block, "stint.form.role", "ReadOnly")
	if value == "" || value == "-" || !send {
		u.call(http.MethodPost, me+"/modal/dismiss", struct{}{}, nil)
		return times
	}
	u.fill(me, block, "stint.form.role", value)
	u.fill(me, u.block(me, "reason"), "stint.form.reason", "INC-1 the disk is full")
	u.call(http.MethodPost, me+"/modal/submit", struct{}{}, nil)
	u.call(http.MethodPost, me+"/modal/dismiss", struct{}{}, nil)
	return times
}

func (u *pageUser) fill(me, block, action, value string) {
	u.call(http.MethodPost, me+"/fill", map[string]any{"block_id": block, "action_id": action, "values": []string{value}}, nil)
}

// options types into a select and returns its first answer and how long that took.
func (u *pageUser) options(me, block, action, query string) (value string, took time.Duration) {
	var answer struct {
		Options []struct{ Value string }
		Result  struct{ Took time.Duration }
	}
	u.call(http.MethodPost, me+"/options", map[string]any{"block_id": block, "action_id": action, "query": query}, &answer)
	if len(answer.Options) > 0 {
		value = answer.Options[0].Value
	}
	return value, answer.Result.Took
}

// block waits for a block of the modal whose id begins with prefix.
func (u *pageUser) block(me, prefix string) string {
	u.b.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
		var open struct {
			Modal struct {
				Blocks []map[string]any
			}
		}
		u.call(http.MethodGet, me+"/modal", struct{}{}, &open)
		for _, block := range open.Modal.Blocks {
			if id, _ := block["block_id"].(string); strings.HasPrefix(id, prefix) && id != "role/" {
				return id
			}
		}
		if time.Now().After(deadline) {
			u.b.Fatalf("%s sees no block %s", me, prefix)
		}
	}
}
