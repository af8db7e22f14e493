package storetest

import (
	"fmt"
	"testing"
	"time"

	"stint/access"
)

// Notices are found when they are due, in the order in which they were made.
func notices(t *testing.T, h Harness) {
	s := h.Open(t)
	notice := func(n, minutes int) access.Notice {
		return access.Notice{ID: access.NoticeID(fmt.Sprintf("N%06d", n)), Kind: access.NoticeCard, Key: "card/R1", NextAt: at(minutes)}
	}
	put := func(list ...access.Notice) {
		t.Helper()
		update(t, s, func(tx access.Tx) error {
			for _, n := range list {
				if err := tx.PutNotice(n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	due := func(minutes, limit int) []access.NoticeID {
		t.Helper()
		return ids(read(t, s, func(tx access.Tx) ([]access.Notice, error) { return tx.DueNotices(at(minutes), limit) }), noticeID)
	}
	next := func(after time.Time) time.Time {
		t.Helper()
		return read(t, s, func(tx access.Tx) (time.Time, error) { return tx.NextNoticeAfter(after) })
	}
	count := func() int { return read(t, s, access.Tx.Notices) }

	first, second, third := notice(1, 20), notice(2, 10), notice(3, 0)
	put(third, first, second)
	wantSame(t, "count", count(), 3)
	wantSame(t, "none yet", due(-1, 0), nil)
	wantSame(t, "one", due(0, 0), []access.NoticeID{third.ID})
	wantSame(t, "in order of id", due(20, 0), []access.NoticeID{first.ID, second.ID, third.ID})
	wantSame(t, "limited: the oldest, not the soonest", due(20, 2), []access.NoticeID{first.ID, second.ID})
	wantSame(t, "first of all", next(time.Time{}), at(0))
	wantSame(t, "strictly after", next(at(0)), at(10))
	wantSame(t, "a moment before", next(at(10).Add(-1)), at(10))
	wantSame(t, "none after the last", next(at(20)), time.Time{})

	// A notice that is put off is due then and no more before.
	third.NextAt, third.Attempts, third.LastError = at(30), 1, "rate limited"
	put(third)
	wantSame(t, "count", count(), 3)
	wantSame(t, "put off", due(29, 0), []access.NoticeID{first.ID, second.ID})
	wantSame(t, "put off, due", due(30, 0), []access.NoticeID{first.ID, second.ID, third.ID})
	wantSame(t, "next", next(time.Time{}), at(10))
	wantSame(t, "record", read(t, s, func(tx access.Tx) ([]access.Notice, error) { return tx.DueNotices(at(30), 0) })[2], third)

	// A delivered notice is gone; to say so twice changes nothing.
	for range 2 {
		update(t, s, func(tx access.Tx) error { return tx.DeleteNotice(second.ID) })
		wantSame(t, "count", count(), 2)
		wantSame(t, "delivered", due(60, 0), []access.NoticeID{first.ID, third.ID})
	}
	update(t, s, func(tx access.Tx) error {
		for _, id := range []access.NoticeID{first.ID, third.ID} {
			if err := tx.DeleteNotice(id); err != nil {
				return err
			}
		}
		return nil
	})
	wantSame(t, "count", count(), 0)
	wantSame(t, "nothing left", due(60, 0), nil)
	wantSame(t, "nothing left", next(time.Time{}), time.Time{})
}

// Messages are found by key and by what their key begins with.
func messages(t *testing.T, h Harness) {
	s := h.Open(t)
	keys := []string{"card/R1", "card/R1/C2", "card/R1/D3", "card/R10", "card/R2", "grant/G1"}
	update(t, s, func(tx access.Tx) error {
		for i := range keys {
			key := keys[len(keys)-1-i]
			if err := tx.PutMessage(access.Message{Key: key, Channel: "C1", TS: "1.0"}); err != nil {
				return err
			}
		}
		return tx.PutMessage(access.Message{Key: "card/R1", Channel: "C9", TS: "2.0", Hash: "h"}) // replaced, no version
	})
	list := func(prefix string) []string {
		return ids(read(t, s, func(tx access.Tx) ([]access.Message, error) { return tx.Messages(prefix) }),
			func(m access.Message) string { return m.Key })
	}
	wantSame(t, "all", list(""), keys)
	wantSame(t, "one kind", list("card/"), keys[:5])
	wantSame(t, "the copies", list("card/R1/"), keys[1:3])
	wantSame(t, "a key is its own prefix", list("card/R1"), keys[:4])
	wantSame(t, "none", list("card/R3"), nil)
	m := read(t, s, func(tx access.Tx) (access.Message, error) { return tx.Message("card/R1") })
	wantSame(t, "replaced", m, access.Message{Key: "card/R1", Channel: "C9", TS: "2.0", Hash: "h"})
}
