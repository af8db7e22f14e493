package bolt

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"stint/access"
)

// crashPath names, in the environment of a helper process, the store that it writes to.
const crashPath = "STINT_TEST_CRASH_STORE"

// TestMain turns the test binary into the process that gets killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		os.Exit(writeUntilKilled(path))
	}
	os.Exit(m.Run())
}

// writeUntilKilled puts one number after the other and prints each once it is acknowledged.
func writeUntilKilled(path string) int {
	s, err := Open(path, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	next, err := stored(s)
	for ; err == nil; next++ {
		err = s.Update(context.Background(), func(tx access.Tx) error { return put(tx, next) })
		if err == nil {
			_, err = fmt.Println(next)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// stored counts what fillStore has put, and fails unless it is whole.
func stored(s *DB) (count int, err error) {
	err = s.View(context.Background(), func(tx access.Tx) error {
		list, err := tx.Grants(access.GrantFilter{})
		if err != nil {
			return err
		}
		count = len(list)
		last, err := tx.Meta("last")
		if err != nil {
			return err
		}
		if count > 0 && last != strconv.Itoa(count-1) {
			return fmt.Errorf("%d grants, but the last number is %s", count, last)
		}
		events, err := tx.Audit(0, 0)
		if err == nil && len(events) != count {
			err = fmt.Errorf("%d grants, %d events", count, len(events))
		}
		return err
	})
	return count, err
}

// A process that is killed while it writes leaves a whole store with all that it
// acknowledged, and at most one Update more. The next one goes on.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stint.db")
	for round := range 12 {
		acknowledged := killWhileWriting(t, path, 1+rand.IntN(25))
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		count, err := stored(s)
		if err != nil || count != acknowledged+1 && count != acknowledged+2 {
			t.Errorf("round %d: %d stored, %d was the last acknowledged: %v", round, count, acknowledged, err)
		}
		checkAndClose(t, s)
	}
}

// killWhileWriting lets a helper acknowledge some more numbers, kills it, and returns the last
// one that it acknowledged.
func killWhileWriting(t *testing.T, path string, more int) (last int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashPath+"="+path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last = -1
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Error(err)
		}
		// The helper goes on while the signal is on its way; read what it still says.
		if more--; more == 0 {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the helper ended by itself: %v: %s", err, &stderr)
	}
	return last
}

// A power failure may lose any of the pages that an Update wrote before it flushed them;
// what is left is the state before. Once the root is switched, it is the state after.
func TestPowerFailure(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "stint.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checkAndClose(t, s) })
	fillStore(t, s, 0, 30)
	page := os.Getpagesize()
	random := rand.New(rand.NewPCG(1, 2))
	last := 34
	if os.Getenv("STINT_FULL") != "" {
		last = 40
	}
	for n := 30; n < last; n++ {
		before := fileOf(t, s)
		fillStore(t, s, n, n+1)
		after := fileOf(t, s)
		before = append(before, make([]byte, len(after)-len(before))...)
		meta, data := changedPages(before, after, page)
		if len(meta) != 1 || len(data) == 0 {
			t.Fatalf("an update changed %d roots and %d pages", len(meta), len(data))
		}
		for range 4 {
			crashed := bytes.Clone(before)
			for _, p := range data {
				if random.IntN(2) == 0 {
					copy(crashed[p*page:(p+1)*page], after[p*page:])
				}
			}
			wantStored(t, crashed, n)
		}
		torn := bytes.Clone(after)
		noise(torn[meta[0]*page+16:meta[0]*page+80], uint32(n))
		wantStored(t, torn, n)
		wantStored(t, after, n+1)
	}
}

func fileOf(t *testing.T, s *DB) []byte {
	t.Helper()
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// changedPages are the numbers of the pages that differ, the two roots apart.
func changedPages(before, after []byte, page int) (meta, data []int) {
	for p := range len(after) / page {
		switch {
		case bytes.Equal(before[p*page:(p+1)*page], after[p*page:(p+1)*page]):
		case p < 2:
			meta = append(meta, p)
		default:
			data = append(data, p)
		}
	}
	return meta, data
}

// wantStored fails the test unless the file is a whole store with that many numbers.
func wantStored(t *testing.T, file []byte, want int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crashed.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if count, err := stored(s); err != nil || count != want {
		t.Errorf("%d stored, want %d: %v", count, want, err)
	}
	checkAndClose(t, s)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
