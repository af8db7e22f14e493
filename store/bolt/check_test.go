package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// change rewrites one stored value.
func change[R any](name bucketName, key string, edit func(*R)) func(*bbolt.Tx) error {
	return func(btx *bbolt.Tx) error {
		b := btx.Bucket([]byte(name))
		var r R
		if err := json.Unmarshal(b.Get([]byte(key)), &r); err != nil {
			return fmt.Errorf("%s %q: %w", name, key, err)
		}
		edit(&r)
		value, err := record.Encode("test", r)
		if err != nil {
			return err
		}
		return b.Put([]byte(key), value)
	}
}

func set(name bucketName, key, value string) func(*bbolt.Tx) error {
	return func(btx *bbolt.Tx) error { return btx.Bucket([]byte(name)).Put([]byte(key), []byte(value)) }
}

// drop removes a key that must be there.
func drop(name bucketName, key string) func(*bbolt.Tx) error {
	return func(btx *bbolt.Tx) error {
		b := btx.Bucket([]byte(name))
		if b.Get([]byte(key)) == nil {
			return fmt.Errorf("%s has no %q", name, key)
		}
		return b.Delete([]byte(key))
	}
}

// dropFirst removes the first entry of an index.
func dropFirst(name bucketName) func(*bbolt.Tx) error {
	return func(btx *bbolt.Tx) error {
		b := btx.Bucket([]byte(name))
		k, _ := b.Cursor().First()
		if k == nil {
			return fmt.Errorf("%s is empty", name)
		}
		return b.Delete(k)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	g, r := pendingGrant(2), pendingGrant(2).Request
	grantKey, requestKey := string(g.ID), string(r)
	type damage struct {
		edit func(*bbolt.Tx) error
		want []string // each must be reported
	}
	damages := map[string]damage{
		"unreadable grant":      {set(grantBucket, grantKey, "{"), []string{"grants", grantKey}},
		"grant removed":         {drop(grantBucket, grantKey), []string{"grants.state: no record", "grants.key: no record", "grants.person: no record", "grants.request: no record", "due: no record"}},
		"grant changed":         {change(grantBucket, grantKey, func(g *access.Grant) { g.State = access.Ended }), []string{"grants.state: no entry", "grants.state: no record", "due: no record"}},
		"grant due later":       {change(grantBucket, grantKey, func(g *access.Grant) { g.Start = g.Start.Add(1) }), []string{"due: no entry", "due: no record"}},
		"grant under other key": {change(grantBucket, grantKey, func(g *access.Grant) { g.ID = "other" }), []string{"calls itself \"other\""}},
		"grant of version 0":    {change(grantBucket, grantKey, func(g *access.Grant) { g.Version = 0 }), []string{"has version 0"}},
		"request of version 0":  {change(requestBucket, requestKey, func(r *access.Request) { r.Version = 0 }), []string{"has version 0"}},
		"two requests, one form": {
			change(requestBucket, requestKey, func(r *access.Request) { r.FormKey = "form-1" }),
			[]string{"requests.form: the entry \"form-1\"", "requests.form: no record"},
		},
		"assignment not stuck":  {change(assignmentBucket, g.Key.String(), func(a *access.Assignment) { a.Stuck = false }), []string{"assignments.stuck: no record"}},
		"assignment of version": {change(assignmentBucket, g.Key.String(), func(a *access.Assignment) { a.Version = 0 }), []string{"has version 0"}},
		"wrong key in due":      {set(dueBucket, encodeTime(g.Start)+"g"+grantKey, "a/b/c"), []string{"due: the entry", "a/b/c"}},
		"entry too many":        {set(grantsByState, join("live", grantKey), ""), []string{"grants.state: no record"}},
		"due entry too many":    {set(dueBucket, encodeTime(noon)+"rX", ""), []string{"due: no record"}},
		"notice removed":        {dropFirst(noticeBucket), []string{"notices.next: no record"}},
		"pins not one to one": {
			set(pinBucket, "U77", `{"slack":"U77","person":"p2","email":"","at":"2026-03-01T12:00:00Z"}`),
			[]string{"pins.person: the entry \"p2\""},
		},
		"revision of version 0": {change(revisionBucket, "01KV"+fmt.Sprintf("%022d", 2), func(r *access.Revision) { r.Version = 0 }), []string{"has version 0"}},
		"revision in force": {
			change(revisionBucket, "01KV"+fmt.Sprintf("%022d", 2), func(r *access.Revision) { r.State = access.InForce }),
			[]string{"revisions.state: no entry", "revisions.state: no record"},
		},
		"pin removed":        {drop(pinBucket, "U2"), []string{"pins.person: no record"}},
		"message moved":      {set(messageBucket, "card/99", `{"key":"card/98"}`), []string{"messages", "calls itself"}},
		"event removed":      {drop(auditBucket, seqKey(2)), []string{"events 2 to 2 are missing", "event 3 follows"}},
		"first event gone":   {drop(auditBucket, seqKey(1)), []string{"events 1 to 1 are missing"}},
		"last event gone":    {drop(auditBucket, seqKey(5)), []string{"the head is event 5, the last one is 4"}},
		"event unreadable":   {set(auditBucket, seqKey(3), "x"), []string{"audit"}},
		"event renumbered":   {change(auditBucket, seqKey(3), func(e *access.AuditEvent) { e.Seq = 9 }), []string{"calls itself"}},
		"event key too long": {set(auditBucket, seqKey(3)+"x", "{}"), []string{"is no number"}},
		"hash changed":       {change(auditBucket, seqKey(3), func(e *access.AuditEvent) { e.Hash = "x" }), []string{"event 4 follows the hash"}},
		"hash removed":       {change(auditBucket, seqKey(3), func(e *access.AuditEvent) { e.Hash = "" }), []string{"event 3 has no hash"}},
		"head's hash":        {set(chainBucket, headKey, `{"seq":5,"hash":"x"}`), []string{"the head says that event 5"}},
		"head moved back":    {set(chainBucket, headKey, `{"seq":3,"hash":"hash-3"}`), []string{"event 4 is chained, the head is 3"}},
		"head unreadable":    {set(chainBucket, headKey, `[`), []string{"chain"}},
		"bucket missing":     {func(btx *bbolt.Tx) error { return btx.DeleteBucket([]byte(grantsByKey)) }, []string{"bucket grants.key is missing"}},
		"bucket too many": {func(btx *bbolt.Tx) error {
			_, err := btx.CreateBucket([]byte("stranger"))
			return err
		}, []string{`bucket "stranger" is not of Stint`}},
	}
	for _, index := range indexes() {
		damages["entry missing in "+string(index)] = damage{dropFirst(index), []string{string(index) + ": no entry"}}
	}
	for name, d := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "stint.db")
			s, err := Open(path, Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			fillStore(t, s, 0, 5)
			if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
				t.Fatalf("before the damage: %v", err)
			}
			editFile(t, path, d.edit)
			s, err = Open(path, Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Check(t.Context())
			if !fault.Is(err, fault.Internal) {
				t.Errorf("check: %v", err)
			}
			for _, want := range d.want {
				if !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("check does not say %q: %v", want, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// All problems are listed, not only the first.
func TestCheckListsAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stint.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	fillStore(t, s, 0, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	editFile(t, path, func(btx *bbolt.Tx) error {
		return errors.Join(dropFirst(grantsByKey)(btx), dropFirst(dueBucket)(btx), set(pinBucket, "U1", "{")(btx))
	})
	s, err = Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(s.Check(t.Context()), s.Close())
	for _, want := range []string{"problems found: 4.", "grants.key: no entry", "due: no entry", "pins", "pins.person: no record"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("check does not say %q: %v", want, err)
		}
	}
}

// Whatever page is damaged, and however, Open or Check says so or the page holds nothing;
// the process lives.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	whole, used := storeFile(t)
	page := os.Getpagesize()
	ways := map[string]func(p []byte){
		"zeros":  func(p []byte) { clear(p) },
		"noise":  func(p []byte) { noise(p[8:], 11) }, // its own number stays
		"body":   func(p []byte) { noise(p[16:], 13) },
		"number": func(p []byte) { p[0] ^= 1 },
	}
	step := 5 * page // opening and checking costs; every page with STINT_FULL=1
	if os.Getenv("STINT_FULL") != "" {
		step = page
	}
	for name, spoil := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "stint.db")
			found, tried := 0, 0
			for at := 0; at < used; at += step {
				tried++
				b := append([]byte(nil), whole[:used]...)
				spoil(b[at : at+page])
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				s, err := Open(path, Options{NoSync: true})
				if err == nil {
					err = s.Check(context.Background())
					if cerr := s.Close(); cerr != nil {
						t.Error(cerr)
					}
				}
				if err != nil {
					found++
				}
				if fault.Is(err, fault.Unavailable) {
					t.Errorf("page %d: %v, want it called damaged", at/page, err)
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("damage was noticed in %d of %d pages; the others are free or hold a blob", found, tried)
			if found < tried/2 {
				t.Errorf("only %d of %d damaged pages were found", found, tried)
			}
		})
	}
}

func TestCheckStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	fillStore(t, s, 0, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("check: %v", err)
	}
}
