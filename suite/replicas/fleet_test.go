package replicas

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stint/access"
	"stint/examples"
	"stint/sandbox"
	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
	"stint/store/postgres"
)

// fleet is replicas as processes, and the simulators and the database that outlive them.
type fleet struct {
	box      *sandbox.Sandbox
	binary   string
	dir      string
	database string
	replicas []*replica
	store    *postgres.DB // of the test itself; nil until it reads
}

// replica is one machine: a process, or none at the moment, and its ways to the world.
type replica struct {
	f      *fleet
	number int
	listen string
	// The ways by which it reaches them.
	database, slack, aws *proxy

	mu    sync.Mutex
	cmd   *exec.Cmd
	log   *logged
	ended chan struct{}
}

// logged is what a process wrote.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newFleet(t *testing.T, n int) *fleet {
	t.Helper()
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Listen: "127.0.0.1:0", Accounts: 12, Roles: 10, People: 20, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	box.Slack().Set(func(s *slacksim.Switches) { s.RateLimits = false }) // a restart every few seconds is not what the limits are for
	if err := box.AWS().SetTuning(func(x *awssim.Tuning) {
		x.OperationMin, x.OperationMax = 100*time.Millisecond, 900*time.Millisecond
		x.OrganizationsRate, x.OrganizationsParent = 0, 0
	}); err != nil {
		t.Fatal(err)
	}
	f := &fleet{box: box, dir: t.TempDir(), database: schema(t)}
	if f.binary, err = binary(); err != nil {
		t.Fatal(err)
	}
	// The shortest access there is, so that some of it ends by itself while the replicas suffer.
	policy := strings.Replace(string(examples.Policy), "durations: [30m, 1h, 4h]", "durations: [5m, 30m]", 1)
	if policy == string(examples.Policy) {
		t.Fatal("the example's durations have changed")
	}
	if err := os.WriteFile(filepath.Join(f.dir, "policy.yaml"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r := &replica{
			f: f, number: i, listen: freeAddress(t),
			database: newProxy(t, host(t, f.database)), slack: newProxy(t, host(t, box.SlackAPIURL())), aws: newProxy(t, host(t, box.AWSEndpointURL())),
		}
		f.replicas = append(f.replicas, r)
	}
	return f
}

// binary builds the program, once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "stint")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "stint/cmd/stint").CombinedOutput(); err != nil {
		return path, fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func through(t *testing.T, address string, p *proxy) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.addr()
	return u.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs `stint serve` on the machine.
func (r *replica) start(t *testing.T) {
	t.Helper()
	f := r.f
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), f.binary, "serve")
	cmd.Env = []string{
		"HOME=" + f.dir, "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true",
		"STINT_DATABASE_URL=" + through(t, f.database, r.database), "STINT_POLICY=" + filepath.Join(f.dir, "policy.yaml"), "STINT_LISTEN=" + r.listen,
	}
	for _, s := range f.box.Connect() {
		switch s.Name {
		case "SLACK_API_URL":
			s.Value = through(t, s.Value, r.slack)
		case "AWS_ENDPOINT_URL":
			s.Value = through(t, s.Value, r.aws)
		}
		cmd.Env = append(cmd.Env, s.Name+"="+s.Value)
	}
	log := &logged{}
	cmd.Stderr = log
	// It does not outlive the test, even when that is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	r.mu.Lock()
	r.cmd, r.log, r.ended = cmd, log, ended
	r.mu.Unlock()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("replica %d, pid %d, its last words:\n%s", r.number, cmd.Process.Pid, tail(log.String(), 6000))
		}
	})
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func (r *replica) process() (cmd *exec.Cmd, ended chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cmd, r.ended
}

func (r *replica) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	cmd, ended := r.process()
	select {
	case <-ended:
		t.Fatalf("replica %d ended by itself:\n%s", r.number, tail(r.log.String(), 6000))
	default:
	}
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// kill ends it as a crash would.
func (r *replica) kill(t *testing.T) {
	t.Helper()
	r.signal(t, syscall.SIGKILL)
	_, ended := r.process()
	<-ended
}

// terminate asks it to end in good order, and wants exit code 0.
func (r *replica) terminate(t *testing.T) {
	t.Helper()
	r.signal(t, syscall.SIGTERM)
	cmd, ended := r.process()
	select {
	case <-ended:
	case <-time.After(45 * time.Second):
		t.Fatalf("SIGTERM did not end replica %d within 45 s:\n%s", r.number, tail(r.log.String(), 6000))
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("replica %d: exit code %d after SIGTERM:\n%s", r.number, code, tail(r.log.String(), 6000))
	}
}

// ask reads /readyz.
func (r *replica) ask(ctx context.Context) (ready, leads bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.listen+"/readyz", http.NoBody)
	if err != nil {
		return false, false
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return false, false
	}
	defer func() { _ = resp.Body.Close() }()
	var checks []access.Check
	if err := json.NewDecoder(resp.Body).Decode(&checks); err != nil {
		return false, false
	}
	for _, c := range checks {
		leads = leads || c.Name == "Replica" && strings.Contains(c.Detail, "leads: it alone")
	}
	return resp.StatusCode == http.StatusOK, leads
}

// until asks again every 100 ms, for two minutes at most.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not within two minutes: " + what)
		}
	}
}

func (r *replica) waitReady(t *testing.T) {
	t.Helper()
	until(t, fmt.Sprintf("replica %d is ready", r.number), func() bool { ready, _ := r.ask(t.Context()); return ready })
}

// leader is the replica that says it leads; -1 for none.
func (f *fleet) leader(ctx context.Context) int {
	for i, r := range f.replicas {
		if cmd, _ := r.process(); cmd == nil {
			continue
		}
		if _, leads := r.ask(ctx); leads {
			return i
		}
	}
	return -1
}
