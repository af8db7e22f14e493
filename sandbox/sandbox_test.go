package sandbox_test

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"stint/sandbox"
)

func start(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	s, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestStartsWithinASecondWhateverTheSize counts the processor's time, because a machine that does other things
// makes every wall clock slow. It runs alone, before the parallel tests.
func TestStartsWithinASecondWhateverTheSize(t *testing.T) {
	began, used := time.Now(), processorTime(t)
	s := start(t, sandbox.Options{Accounts: 10_000, Roles: 500, People: 30_000})
	took := processorTime(t) - used
	t.Logf("up after %s of processor time, %s by the wall", took, time.Since(began))
	limit := time.Second
	if raceEnabled {
		limit = 10 * time.Second
	}
	if took > limit {
		t.Errorf("took %s of processor time, want at most %s", took, limit)
	}
	org := s.AWS().Snapshot()
	if len(org.Accounts) != 10_000 || len(org.PermissionSets) != 500 || len(org.Users) != 30_000 {
		t.Errorf("%d accounts, %d roles, %d people", len(org.Accounts), len(org.PermissionSets), len(org.Users))
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTheSamePeopleAreInBoth(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{People: 100})
	inSlack := map[string]bool{}
	for _, u := range s.Slack().Users() {
		inSlack[u.Email] = true
	}
	names := map[string]string{}
	for _, u := range s.AWS().Snapshot().Users {
		names[u.Email] = u.ID
		if !inSlack[u.Email] {
			t.Errorf("%s is in AWS only", u.Email)
		}
	}
	if len(names) != 100 {
		t.Errorf("%d people in AWS, want 100", len(names))
	}
	for name, inAWS := range map[string]bool{"alice@example.com": true, "lead@example.com": true, "sec-lead@example.com": true, "hana@example.com": false, "kim@partner.example.net": false} {
		if _, ok := names[name]; ok != inAWS {
			t.Errorf("%s in AWS: %t, want %t", name, ok, inAWS)
		}
	}
	for _, c := range []string{"alice", "bob", "carol", "dana", "erin"} {
		if s.Cast().ID(c) == "" {
			t.Errorf("%s has no part", c)
		}
	}
}

func TestTheSameSeedMakesTheSameWorld(t *testing.T) {
	t.Parallel()
	a, b := start(t, sandbox.Options{Seed: 7}), start(t, sandbox.Options{Seed: 7})
	if a.BotToken() != b.BotToken() || a.AWSSecretAccessKey() != b.AWSSecretAccessKey() || a.Cast().ID("alice") != b.Cast().ID("alice") {
		t.Error("two sandboxes of one seed differ")
	}
}

func TestListenRefusals(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "is taken",
		"0.0.0.0:0":           "not on this machine alone",
		"example.com:80":      "not on this machine alone",
		"7070":                "cannot be read",
	} {
		s, err := sandbox.Start(t.Context(), sandbox.Options{Listen: address})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("listen on %s: %v, want an error that says %q", address, err, want)
		}
	}
}
