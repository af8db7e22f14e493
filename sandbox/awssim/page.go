package awssim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// page is how much of a list a call wants, and where to go on.
type page struct {
	scope string // operation and parameters that the token belongs to
	token string
	size  int
}

// A page token holds the place in the list, signed together with what was asked:
// it means one thing, goes on after the same entry whatever else came or went,
// and is refused with any other question.
func (c *Cloud) pageToken(scope string, after uint64) string {
	b := binary.BigEndian.AppendUint64(nil, after)
	mac := hmac.New(sha256.New, c.tokenKey[:])
	mac.Write([]byte(scope))
	mac.Write(b)
	return base64.URLEncoding.EncodeToString(append(b, mac.Sum(nil)[:22]...))
}

func (c *Cloud) readToken(scope, token string) (after uint64, ok bool) {
	b, err := base64.URLEncoding.DecodeString(token)
	if err != nil || len(b) != 30 {
		return 0, false
	}
	after = binary.BigEndian.Uint64(b)
	return after, hmac.Equal([]byte(token), []byte(c.pageToken(scope, after)))
}

// paginate cuts a page out of items, which are in the order of their keys. next is
// empty on the last page. ok is false when the token is not one of ours for this list.
func paginate[T any](c *Cloud, rq *request, pg page, items []T, key func(T) uint64) (out []T, next string, ok bool) {
	start := 0
	if pg.token != "" {
		after, valid := c.readToken(pg.scope, pg.token)
		if !valid {
			return nil, "", false
		}
		start, _ = slices.BinarySearchFunc(items, after, func(item T, after uint64) int { return compareSeq(key(item), after+1) })
	}
	out = items[start:]
	size := pg.size
	if f := c.strike(rq.action, rq.accountID, FaultShortPage); f != nil {
		size = max(1, size/3)
		if f.even(pg.scope) && len(out) > 0 { // AWS may even return an empty page with a token
			size = 0
		}
	}
	if len(out) > size {
		var after uint64
		switch {
		case size > 0:
			after = key(out[size-1])
		case start > 0:
			after = key(items[start-1])
		}
		out, next = out[:size], c.pageToken(pg.scope, after)
	}
	if c.strike(rq.action, rq.accountID, FaultRepeatedToken) != nil {
		if next = pg.token; next == "" {
			next = c.pageToken(pg.scope, 0)
		}
	}
	return out, next, true
}
