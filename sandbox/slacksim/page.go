package slacksim

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// paged cuts a list by the arguments cursor and limit, and gives the metadata with the next cursor. most is the
// largest limit taken; def the one without a limit, where 0 gives all.
func paged[T any](c *call, all []T, def, most int) ([]T, map[string]any, *apiError) {
	limit := def
	if c.args.has("limit") && c.args.str("limit") != "" {
		n, err := strconv.Atoi(c.args.str("limit"))
		if err != nil || n < 0 || n > most {
			return nil, nil, refuse("invalid_limit")
		}
		if n > 0 {
			limit = n
		}
	}
	from := 0
	if cursor := c.args.str("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		at, ok := strings.CutPrefix(string(raw), "from:")
		n, bad := strconv.Atoi(at)
		if err != nil || !ok || bad != nil || n < 0 || n > len(all) {
			return nil, nil, refuse("invalid_cursor")
		}
		from = n
	}
	to := len(all)
	if limit > 0 {
		to = min(to, from+limit)
	}
	next := ""
	if to < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte("from:" + strconv.Itoa(to)))
	}
	return all[from:to], map[string]any{"next_cursor": next}, nil
}
