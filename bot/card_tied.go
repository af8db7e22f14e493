package bot

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// Slack refuses a message of about 13,000 characters over all blocks, and one of 50 blocks.
// Room is left for what a delivery adds.
const (
	maxCardChars  = 12_000
	maxCardBlocks = maxMessageBlocks - 4
	maxShown      = 10 // requests that a card draws in full
)

// cardOf is the card of all requests that share it, as reader sees it: in the channel ("")
// all of them, in a copy what its reader may decide.
func cardOf(vs []access.RequestView, p *access.Pause, reader identity.SlackUserID) content {
	if len(vs) == 1 {
		return card(vs[0], p)
	}
	mine := vs
	if reader != "" {
		mine = nil
		for _, v := range vs {
			if concerns(v, reader) {
				mine = append(mine, v)
			}
		}
	}
	var c content
	for detail := fullDetail; detail >= 0; detail-- {
		if c = tiedCard(vs, mine, p, detail); textLength(c.blocks) <= maxCardChars {
			break
		}
	}
	return c
}

// concerns reports whether a request is among those that a reader may decide or decided.
func concerns(v access.RequestView, reader identity.SlackUserID) bool {
	for _, h := range v.Deciders {
		if h.Slack == reader {
			return true
		}
	}
	return decides(v, reader)
}

// How much a card says of each of its requests; less where it would be too long.
const (
	fullDetail = 4
	withRule   = 2 // and whose word counts
)

func tiedCard(vs, mine []access.RequestView, p *access.Pause, detail int) content {
	r := vs[0].Request
	head := asks(asAll(vs)) + "*" + entitlements(vs) + "* in " + plural(len(vs), "request") + " · " + length(r.Duration)
	blocks := []slack.Block{section(head)}
	blocks = append(blocks, reasonBlocks(r)...)
	blocks = append(blocks, smalls(append(formLines(vs[0]), "Each request is decided for itself. Asked "+when(r.SubmittedAt)+"."))...)
	if p != nil && anyHeld(vs) {
		blocks = append(blocks, section(pausedLine(*p)))
	}
	blocks = append(blocks, allButtons(mine)...)
	shown, rest := foremost(mine, maxShown)
	for i, v := range shown {
		part := append([]slack.Block{divider()}, cardPart(v, detail)...)
		if len(blocks)+len(part) > maxCardBlocks-1 {
			rest = append(rest, shown[i:]...)
			break
		}
		blocks = append(blocks, part...)
	}
	if len(rest) > 0 {
		blocks = append(blocks, small(andMore(len(rest))+": "+standings(rest)+". What waits for you is on the Home tab too."))
	}
	if n := len(vs) - len(mine); n > 0 {
		blocks = append(blocks, small(plural(n, "more request")+" of the same form "+isAre(n)+" for others to decide: "+standings(others(vs, mine))+"."))
	}
	return message(plainStates(vs)+": "+head, blocks...)
}

// asAll is the first request, automatic only if all are.
func asAll(vs []access.RequestView) access.Request {
	r := vs[0].Request
	for _, v := range vs {
		r.Terms.Automatic = r.Terms.Automatic && v.Request.Terms.Automatic
	}
	return r
}

func anyHeld(vs []access.RequestView) bool {
	for _, v := range vs {
		if v.Request.State == access.Pending || v.Request.State == access.Approved && held(v.Grants) {
			return true
		}
	}
	return false
}

// foremost are at most n requests, in order; those that wait for a decision have precedence.
func foremost(vs []access.RequestView, n int) (shown, rest []access.RequestView) {
	waiting := 0
	for _, v := range vs {
		if v.Request.State == access.Pending {
			waiting++
		}
	}
	decided := max(n-waiting, 0)
	for _, v := range vs {
		pending := v.Request.State == access.Pending
		if len(shown) == n || !pending && decided == 0 {
			rest = append(rest, v)
			continue
		}
		if !pending {
			decided--
		}
		shown = append(shown, v)
	}
	return shown, rest
}

// others are the requests of vs that are not in mine.
func others(vs, mine []access.RequestView) []access.RequestView {
	in := map[access.RequestID]bool{}
	for _, v := range mine {
		in[v.Request.ID] = true
	}
	var out []access.RequestView
	for _, v := range vs {
		if !in[v.Request.ID] {
			out = append(out, v)
		}
	}
	return out
}

// cardPart is one request on the card of several.
func cardPart(v access.RequestView, detail int) []slack.Block {
	r := v.Request
	names := [...]int{0, 1, 1, 2, maxNames}[detail]
	text := someItems(v, names) + "\n"
	if detail >= withRule {
		text += cardState(v) + "\n" + termsLine(r)
	} else {
		text += "*" + plainState(v) + "*"
	}
	if v.PolicyGone != "" && r.State == access.Pending {
		text += "\n:warning: Today's policy would no longer allow it: " + sentence(cut(v.PolicyGone, 200))
	}
	return append(append([]slack.Block{section(text)}, further(v, detail)...), cardButtons(v))
}

// further is what else there is to say of one of several requests, where there is room.
func further(v access.RequestView, detail int) []slack.Block {
	if detail < fullDetail {
		return nil
	}
	var blocks []slack.Block
	if c := lastReview(v.Request, access.Deny).Comment; c != "" && v.Request.State == access.Denied {
		blocks = append(blocks, quote(c, 150))
	}
	return append(blocks, smalls(requestLines(v.Request, v.Lost))...)
}

// standings counts requests by how they stand: "2 to decide, 1 denied".
func standings(vs []access.RequestView) string {
	count := map[string]int{}
	for _, v := range vs {
		count[plainState(v)]++
	}
	var words []string
	for _, w := range []string{"To decide", "Approved", "Denied", "Cancelled", "Lapsed", "Withdrawn"} {
		if n := count[w]; n > 0 {
			words = append(words, thousands(n)+" "+strings.ToLower(w))
		}
	}
	return list(words)
}

// plainStates is the state of several in a few words, for notifications.
func plainStates(vs []access.RequestView) string {
	word := plainState(vs[0])
	for _, v := range vs {
		if plainState(v) != word {
			return standings(vs)
		}
	}
	return word
}

// textLength is how many characters Slack counts in a message's blocks.
func textLength(blocks []slack.Block) int {
	raw, err := json.Marshal(blocks)
	if err != nil {
		return 0
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return 0
	}
	return countText(v)
}

func countText(v any) (n int) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			n += countText(x)
		}
	case map[string]any:
		for k, x := range v {
			if s, ok := x.(string); ok && k == "text" {
				n += utf8.RuneCountInString(s)
				continue
			}
			n += countText(x)
		}
	}
	return n
}
