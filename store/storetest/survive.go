package storetest

import (
	"math"
	"reflect"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
)

// Every field of every record comes back, times to the nanosecond and in UTC.
func recordsSurviveWhole(t *testing.T, h Harness) {
	s := h.Open(t)
	want := newAlbum(t)
	update(t, s, want.put)
	s = h.Reopen(t, s)
	got := read(t, s, want.get)
	wantSame(t, "records", got, want)
	wantPlainTimes(t, reflect.ValueOf(got))
}

// What the caller does with its record afterwards changes nothing in the store.
func recordsAreCopies(t *testing.T, h Harness) {
	s := h.Open(t)
	want := own(newAlbum(t))
	mine := own(want)
	zone := time.FixedZone("mine", 3600)
	mine.Request.Reviews[0].At = mine.Request.Reviews[0].At.In(zone)
	blob := []byte("blob")
	update(t, s, func(tx access.Tx) error {
		if err := mine.put(tx); err != nil {
			return err
		}
		if err := tx.PutBlob("b", blob); err != nil {
			return err
		}
		if mine.Request.Reviews[0].At.Location() != zone {
			t.Errorf("the store changed the caller's record")
		}
		mine.Request.Reviews[0].Comment, mine.Request.Grants[0], mine.Event.After[0], blob[0] = "changed", "changed", ' ', 'X'
		mine.Revision.Spec.Rules[0].Name = "changed"
		return nil
	})
	for range 2 { // once to read and spoil, once to see whether that reached the store
		got := read(t, s, want.get)
		wantSame(t, "records", got, want)
		got.Request.Reviews[0].Comment, got.Request.Grants[0], got.Event.After[0] = "changed", "changed", ' '
		got.Revision.Spec.Rules[0].Name = "changed"
		b := read(t, s, func(tx access.Tx) ([]byte, error) { return tx.Blob("b") })
		wantSame(t, "blob", string(b), "blob")
		b[0] = 'X'
	}
}

// What is not there is NotFound, or the zero that the contract names.
func missing(t *testing.T, h Harness) {
	s := h.Open(t)
	view(t, s, func(tx access.Tx) error {
		_, err := tx.Request("R1")
		wantCode(t, err, fault.NotFound)
		_, err = tx.RequestByForm("form")
		wantCode(t, err, fault.NotFound)
		_, err = tx.RequestByForm("")
		wantCode(t, err, fault.NotFound)
		_, err = tx.Grant("G1")
		wantCode(t, err, fault.NotFound)
		_, err = tx.Message("card/R1")
		wantCode(t, err, fault.NotFound)
		_, err = tx.Pin("U1")
		wantCode(t, err, fault.NotFound)
		_, err = tx.PinOf("person-1")
		wantCode(t, err, fault.NotFound)
		_, err = tx.Revision("V1")
		wantCode(t, err, fault.NotFound)
		a, err := tx.Assignment(keyOf(1, 2, 3))
		wantCode(t, err, "")
		wantSame(t, "assignment", a, access.Assignment{Key: keyOf(1, 2, 3), State: access.Absent})
		return nil
	})
	view(t, s, func(tx access.Tx) error {
		dump, err := everything(tx)
		wantSame(t, "a new store", dump, contents{})
		return err
	})
}

// A version is exactly one more than the stored one, from 1 on.
func versions(t *testing.T, h Harness) {
	s := h.Open(t)
	puts := map[string]func(tx access.Tx, version uint64) error{
		"request": func(tx access.Tx, v uint64) error {
			r := requestOf(1, 1, 0)
			r.Version, r.Reason = v, "changed"
			return tx.PutRequest(r)
		},
		"grant": func(tx access.Tx, v uint64) error {
			g := grantOf(1, keyOf(1, 1, 1), 0)
			g.Version = v
			return tx.PutGrant(g)
		},
		"assignment": func(tx access.Tx, v uint64) error {
			return tx.PutAssignment(access.Assignment{Key: keyOf(1, 1, 1), State: access.Creating, Version: v})
		},
		"revision": func(tx access.Tx, v uint64) error {
			r := revisionOf(1)
			r.Version = v
			return tx.PutRevision(r)
		},
	}
	for name, put := range puts {
		for _, step := range []struct {
			version uint64
			want    fault.Code
		}{
			{0, fault.Conflict},
			{2, fault.Conflict},
			{math.MaxUint64, fault.Conflict},
			{1, ""},
			{1, fault.Conflict},
			{0, fault.Conflict},
			{3, fault.Conflict},
			{2, ""},
			{2, fault.Conflict},
			{3, ""},
		} {
			err := s.Update(t.Context(), func(tx access.Tx) error { return put(tx, step.version) })
			if fault.CodeOf(err) != step.want {
				t.Errorf("%s: version %d: code %q, want %q", name, step.version, fault.CodeOf(err), step.want)
			}
		}
	}
	view(t, s, func(tx access.Tx) error {
		r, err := tx.Request("R000001")
		wantSame(t, "version", r.Version, uint64(3))
		return err
	})
}

// Records without a whole name are refused as Invalid.
func names(t *testing.T, h Harness) {
	s := h.Open(t)
	request := requestOf(1, 1, 0)
	request.ID = ""
	grant := grantOf(1, keyOf(1, 1, 1), 0)
	grant.ID = ""
	halfKey := grantOf(2, access.Key{Person: "p", Account: "a"}, 0)
	bothKeys := keyOf(1, 1, 1)
	bothKeys.Group = "g"
	both := grantOf(3, bothKeys, 0)
	// An account of this name would be written as a group's key is.
	mistaken := access.Assignment{Version: 1, Key: access.Key{Person: "p", Account: "group", Role: "r"}}
	for name, put := range map[string]func(access.Tx) error{
		"request":   func(tx access.Tx) error { return tx.PutRequest(request) },
		"grant":     func(tx access.Tx) error { return tx.PutGrant(grant) },
		"grant key": func(tx access.Tx) error { return tx.PutGrant(halfKey) },
		"two keys":  func(tx access.Tx) error { return tx.PutGrant(both) },
		"nobody": func(tx access.Tx) error {
			return tx.PutAssignment(access.Assignment{Version: 1, Key: access.Key{Group: "g"}})
		},
		"mistaken":   func(tx access.Tx) error { return tx.PutAssignment(mistaken) },
		"assignment": func(tx access.Tx) error { return tx.PutAssignment(access.Assignment{Version: 1}) },
		"notice":     func(tx access.Tx) error { return tx.PutNotice(access.Notice{NextAt: noon}) },
		"message":    func(tx access.Tx) error { return tx.PutMessage(access.Message{TS: "1"}) },
		"meta":       func(tx access.Tx) error { return tx.PutMeta("", "x") },
		"blob":       func(tx access.Tx) error { return tx.PutBlob("", []byte("x")) },
	} {
		if err := s.Update(t.Context(), put); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s without a name: %v", name, err)
		}
	}
}
