package bot

import (
	"strings"
	"unicode/utf8"
)

// Slack's limits, in characters unless said otherwise. What exceeds one is refused whole
// (a message that is never posted) or dropped without a word (a socket reply), so every
// text is cut to its limit where it is put into a block.
const (
	maxText          = 3000 // section text, plain_text_input
	maxField         = 2000
	maxHeader        = 150
	maxButton        = 75
	maxOption        = 75 // text and description of an option, each
	maxOptionValue   = 150
	maxPlaceholder   = 150
	maxLabel         = 2000
	maxHint          = 2000
	maxSmall         = 2000 // a text in a context block
	maxTitle         = 24   // title, submit and close of a view
	maxConfirmTitle  = 100
	maxConfirmText   = 300
	maxConfirmButton = 30
	maxLabelForA11y  = 75
	maxErrorText     = 150 // under a field; longer ones push the form out of sight
	maxID            = 255

	maxFields        = 10
	maxOptions       = 100
	maxModalBlocks   = 100
	maxHomeBlocks    = 100
	maxMessageBlocks = 50
	// maxFallback is the limit of chat.update's text; nobody reads a longer notification.
	maxFallback = 3000

	// maxReply is, in bytes, when a socket reply stops growing. At 20 KiB Slack drops it
	// silently; the envelope and its framing need room as well.
	maxReply = 18 << 10

	// maxQuote is how much of a reason a message shows; Details shows all of it.
	maxQuote = 1200
	// maxNames is how many people a line names before it counts the rest.
	maxNames = 4
)

// ellipsis ends a text that was cut.
const ellipsis = "…"

// cut shortens s to at most n characters, on a rune boundary, the last being an ellipsis
// when something was left out. Bytes that are no UTF-8 become U+FFFD first: Slack refuses them.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	kept := 0
	for i := range s {
		if kept == n-1 {
			return strings.TrimRight(s[:i], " \n\t") + ellipsis
		}
		kept++
	}
	return s
}

// cutMarkup is cut for mrkdwn: it never ends inside an escape (&amp;) or inside <…>, where the rest of the
// message would become part of it.
func cutMarkup(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	kept, safe := 0, 0
	inLink, inEscape := false, false
	for i, r := range s {
		if kept > n-1 {
			break
		}
		if !inLink && !inEscape {
			safe = i
		}
		switch r {
		case '<':
			inLink = true
		case '>':
			inLink = false
		case '&':
			inEscape = true
		case ';':
			inEscape = false
		}
		kept++
	}
	return strings.TrimRight(s[:safe], " \n\t") + ellipsis
}
