package bolt

import (
	"errors"
	"slices"
	"time"

	"stint/access"
)

func notices() table[access.Notice] {
	return table[access.Notice]{
		bucket: noticeBucket,
		what:   "notice",
		key:    func(n access.Notice) string { return string(n.ID) },
		index: func(n access.Notice) []entry {
			return []entry{{bucket: noticesByNext, key: encodeTime(n.NextAt) + string(n.ID)}}
		},
	}
}

func (t *tx) PutNotice(n access.Notice) error {
	return notices().put(t, "bolt.PutNotice", n)
}

// DeleteNotice of one that is not there changes nothing: it was delivered already.
func (t *tx) DeleteNotice(id access.NoticeID) error {
	return notices().remove(t, "bolt.DeleteNotice", string(id))
}

func (t *tx) DueNotices(until time.Time, limit int) ([]access.Notice, error) {
	var ids []string
	end := encodeTime(until)
	err := t.scan(noticesByNext, "", "", func(key string, _ []byte) (bool, error) {
		if len(key) <= timeLength {
			return false, damaged("bolt.DueNotices", noticesByNext, key, errors.New("too short"))
		}
		if key[:timeLength] > end {
			return false, nil
		}
		ids = append(ids, key[timeLength:])
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	if limit > 0 && len(ids) > limit {
		ids = ids[:limit]
	}
	var list []access.Notice
	for _, id := range ids {
		n, err := notices().get(t, "bolt.DueNotices", id)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func (t *tx) NextNoticeAfter(after time.Time) (time.Time, error) {
	return t.firstTime("bolt.NextNoticeAfter", noticesByNext, encodeTime(after.Add(1)))
}

func (t *tx) Notices() (int, error) {
	n := 0
	err := t.scan(noticesByNext, "", "", func(string, []byte) (bool, error) {
		n++
		return true, nil
	})
	return n, err
}
