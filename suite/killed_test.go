package suite

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/examples"
	"stint/sandbox"
	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
	"stint/store/bolt"
	"stint/suite/people"
)

// TestKilledProcess kills the built binary with SIGKILL at random moments while people ask
// for access and end it, starts it again on the same directory, and states after each kill
// what the file and AWS hold, and in the end that nobody kept anything.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	kills := 8
	if full() {
		kills = 120
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("%d kills, seed %d", kills, seed)
	h := newHouse(t)
	stopAsking := h.keepAsking(t, random.Uint64())
	states := map[access.AssignmentState]int{}
	for i := range kills {
		p := h.start(t)
		if i == 0 {
			h.waitReady(t, p)
		}
		moment := time.NewTimer(time.Duration(200+random.IntN(2300)) * time.Millisecond)
		select {
		case <-moment.C:
		case <-p.ended:
			t.Fatalf("it ended by itself:\n%s", p.log.String())
		}
		p.kill(t)
		h.inspect(t, states)
	}
	stopAsking()
	p := h.start(t)
	h.waitReady(t, p)
	h.endEverything(t, p)
	p.terminate(t)
	h.inspect(t, states)
	t.Logf("states of assignments at the kills: %v", states)
	for _, s := range []access.AssignmentState{access.Absent, access.Creating, access.Present, access.Deleting} {
		if full() && states[s] == 0 {
			t.Errorf("it was never killed while an assignment was %s", s)
		}
	}
	db, err := bolt.Open(h.path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := access.VerifyAudit(t.Context(), db); err != nil {
		t.Error("I6:", err)
	}
}

// house is a data directory, a binary and the simulators that outlive its processes.
type house struct {
	box    *sandbox.Sandbox
	binary string
	dir    string
	path   string
	listen string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Listen: "127.0.0.1:0", Accounts: 12, Roles: 10, People: 20, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	box.Slack().Set(func(s *slacksim.Switches) { s.RateLimits = false }) // a restart a second is not what the limits are for
	if err := box.AWS().SetTuning(func(x *awssim.Tuning) {
		x.OperationMin, x.OperationMax = 100*time.Millisecond, 700*time.Millisecond
		x.OrganizationsRate, x.OrganizationsParent = 0, 0
	}); err != nil {
		t.Fatal(err)
	}
	h := &house{box: box, dir: t.TempDir()}
	h.path = filepath.Join(h.dir, "stint.db")
	h.binary = browserBinary(t)
	if err := os.WriteFile(filepath.Join(h.dir, "policy.yaml"), examples.Policy, 0o600); err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.listen = l.Addr().String()
	_ = l.Close()
	return h
}

// served is one run of `stint serve`.
type served struct {
	cmd   *exec.Cmd
	log   bytes.Buffer
	ended chan struct{}
}

func (h *house) start(t *testing.T) *served {
	t.Helper()
	p := &served{ended: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), h.binary, "serve")
	p.cmd.Env = []string{
		"HOME=" + h.dir, "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true",
		"STINT_DATA_DIR=" + h.dir, "STINT_POLICY=" + filepath.Join(h.dir, "policy.yaml"), "STINT_LISTEN=" + h.listen,
	}
	for _, s := range h.box.Connect() {
		p.cmd.Env = append(p.cmd.Env, s.Name+"="+s.Value)
	}
	p.cmd.Stderr = &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	return p
}

func (p *served) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
}

// terminate asks it to end in good order, and wants exit code 0.
func (p *served) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Fatalf("SIGTERM did not end it within a minute:\n%s", p.log.String())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, p.log.String())
	}
}

// waitReady waits for /readyz to say so.
func (h *house) waitReady(t *testing.T, p *served) {
	t.Helper()
	poll(t, p, "ready", func() bool {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+h.listen+"/readyz", http.NoBody)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// poll asks again every 50 ms, for a minute at most.
func poll(t *testing.T, p *served, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(90 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-p.ended:
			t.Fatalf("ended while waiting: %s\n%s", what, p.log.String())
		case <-deadline:
			t.Fatalf("not within 90 s: %s\n%s", what, p.log.String())
		}
	}
}

// keepAsking lets three people ask for read-only access and end it again, whether or not
// anybody answers, until the returned function is called.
func (h *house) keepAsking(t *testing.T, seed uint64) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var group sync.WaitGroup
	for i, name := range []string{"alice", "bob", "erin"} {
		p, err := people.Act(h.box, name)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			accounts := []string{"prod-billing", "staging-payments", "prod-payments"}
			for n := 0; ctx.Err() == nil; n++ {
				bound, done := context.WithTimeout(ctx, 4*time.Second)
				patience := time.NewTicker(100 * time.Millisecond) // of a person whom nobody answers
				wait := func() {
					select {
					case <-bound.Done():
					case <-patience.C:
					}
				}
				if p.Ask(bound, accounts[random.IntN(len(accounts))], "ReadOnly", fmt.Sprintf("look at the logs, %d", n)) != nil {
					wait()
				} else {
					for bound.Err() == nil {
						if pressed, err := p.Press(bound, p.DM(), "stint.end"); pressed && err == nil {
							break
						}
						wait()
					}
				}
				patience.Stop()
				done()
			}
		})
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// inspect opens the file of a dead process and states I1 and I3.
func (h *house) inspect(t *testing.T, states map[access.AssignmentState]int) {
	t.Helper()
	db, err := bolt.Open(h.path, bolt.Options{})
	if err != nil {
		t.Fatal("the file after a kill:", err)
	}
	defer func() { _ = db.Close() }()
	err = db.View(t.Context(), func(tx access.Tx) error {
		all, err := tx.Assignments(access.AssignmentFilter{})
		if err != nil {
			return err
		}
		for _, a := range all {
			states[a.State]++
		}
		grants, err := tx.Grants(access.GrantFilter{})
		if err != nil {
			return err
		}
		for _, g := range grants {
			q, err := tx.Request(g.Request)
			if err != nil {
				return err
			}
			if err := grantHolds(g, q); err != nil {
				t.Error(err)
			}
		}
		for _, a := range h.box.AWS().Assignments(awsRequested()) {
			k := access.Key{Person: catalog.PersonID(a.PrincipalID), Account: catalog.AccountID(a.AccountID), Role: catalog.RoleARN(a.PermissionSetARN)}
			record, err := tx.Assignment(k)
			if err != nil {
				return err
			}
			if record.State == access.Absent {
				t.Errorf("I1: AWS holds %s, its record is absent", k)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// endEverything lets each person press End now until AWS holds nothing of ours.
func (h *house) endEverything(t *testing.T, p *served) {
	t.Helper()
	var all []*people.Someone
	for _, name := range []string{"alice", "bob", "erin"} {
		s, err := people.Act(h.box, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	poll(t, p, "AWS holds nothing of ours", func() bool {
		for _, s := range all {
			_, _ = s.Press(t.Context(), s.DM(), "stint.end") // none left, or not shown yet: again in a moment
		}
		return len(h.box.AWS().Assignments(awsRequested())) == 0 && len(h.box.AWS().InFlight()) == 0
	})
}
