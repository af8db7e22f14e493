package mrkdwn_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stint/sandbox/slacksim/mrkdwn"
)

// Any text can be parsed; no link leads to a scheme that runs something; escaped text stays text.
func TestAnyText(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(rapid.SampledFrom([]string{
		"*", "_", "~", "`", "```", "<", ">", "|", "!", "@", "#", "&lt;", "&amp;", ":", ":x:", "\n", "&gt;", "<@U1>", "<!date^1^{date}|",
		"<!date^1^{date}^javascript:x|f>", "<javascript:x|l>",
		"javascript:", "https://", "http://a", "!channel", " ", "a",
	}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), "")
		for _, s := range mrkdwn.Parse(text, false, anyReader()) {
			if s.URL != "" && !strings.HasPrefix(s.URL, "http") {
				t.Fatalf("%q links to %q", text, s.URL)
			}
		}
		_ = mrkdwn.Plain(text, true)
		for _, s := range mrkdwn.Parse(mrkdwn.Escape(text), true, anyReader()) {
			switch s.Kind {
			case mrkdwn.KindUser, mrkdwn.KindChannel, mrkdwn.KindGroup, mrkdwn.KindSpecial, mrkdwn.KindDate, mrkdwn.KindLink:
				t.Fatalf("escaped %q made a %s: %+v", text, s.Kind, s)
			}
		}
	})
}

func anyReader() mrkdwn.Reader { return mrkdwn.Reader{Names: names{"U1": "Ann"}} }
