package bot

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stint/access"
)

func TestAddressed(t *testing.T) {
	t.Parallel()
	hs := []access.Human{
		{Slack: "U2", Name: "Bob"}, {Slack: "U1", Name: "Bob Okafor"}, {Slack: "U3", Name: "U1"}, {Name: "Carol"}, {Slack: "U4"}, {Slack: "U5", Name: "R&D"},
	}
	for in, want := range map[string]string{
		"These people can: Bob Okafor, Carol.": "These people can: <@U1>, Carol.",
		"These people can: Bob Okafor, Bob.":   "These people can: <@U1>, <@U2>.",
		"These people can: Bob, Bob Okafor.":   "These people can: <@U2>, <@U1>.",
		"Bobby cannot, nor can Bob.":           "Bobby cannot, nor can <@U2>.",
		"Ask Bob Okafor, who runs Stint here.": "Ask <@U1>, who runs Stint here.",
		"Ask R&amp;D.":                         "Ask <@U5>.",
		"Nobody can decide it right now.":      "Nobody can decide it right now.",
		"":                                     "",
	} {
		if got := addressed(in, hs); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// Whatever people are called, a text keeps its escapes and holds no markup but mentions.
func TestAddressedTypedNames(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[<>&@; aU1lt]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		var hs []access.Human
		for _, n := range rapid.SliceOfN(word, 0, 4).Draw(t, "names") {
			hs = append(hs, access.Human{Slack: "U1", Name: n})
		}
		got := addressed(sentence(word.Draw(t, "text")+" "+word.Draw(t, "more")), hs)
		rest := strings.ReplaceAll(got, "<@U1>", "")
		if strings.ContainsAny(rest, "<>") {
			t.Fatalf("markup: %q", got)
		}
		for _, part := range strings.Split(rest, "&")[1:] {
			if !strings.HasPrefix(part, "amp;") && !strings.HasPrefix(part, "lt;") && !strings.HasPrefix(part, "gt;") {
				t.Fatalf("a bare &: %q", got)
			}
		}
	})
}
