package bot

import (
	"fmt"

	"github.com/slack-go/slack"

	"stint/access"
)

// detailsView is all there is to know about a request, whole reason included.
func detailsView(v access.RequestView) slack.ModalViewRequest {
	r := v.Request
	blocks := []slack.Block{
		section(actor(r.Receiver) + ": " + items(v, item) + " · " + length(r.Duration)),
		section(cardState(v)),
	}
	blocks = append(blocks, itemFields(v)...)
	for _, it := range v.Items {
		if tags := tagLine(it); tags != "" {
			blocks = append(blocks, small(tags))
		}
	}
	blocks = append(blocks, section("*Reason*"))
	blocks = append(blocks, wholeQuote(r.Reason)...)
	blocks = append(blocks, divider(), fields(
		field{"Rule", escName(r.Terms.Rule, nameWidth)},
		field{"Takes", escName(steps(r.Terms), 300)},
		field{"Longest", length(r.Terms.MaxDuration)},
		field{"Asked by", actor(r.Asker) + ", " + when(r.SubmittedAt)},
		field{"Decided in", channel(idChannel(r.Terms.Channel))},
		field{"Policy version", "`" + escName(r.Terms.PolicyVersion, 40) + "`"},
	))
	for i, rev := range r.Reviews {
		if i == 20 {
			blocks = append(blocks, small("and "+plural(len(r.Reviews)-20, "more review")))
			break
		}
		word := ":ballot_box_with_check: approved"
		if rev.Verdict == access.Deny {
			word = ":no_entry: denied"
		}
		blocks = append(blocks, section(fmt.Sprintf("%s %s, %s", actor(rev.By), word, when(rev.At))))
		if rev.Comment != "" {
			blocks = append(blocks, quote(rev.Comment, maxQuote))
		}
	}
	blocks = append(blocks, small("Request `"+escName(string(r.ID), 40)+"`"))
	return modal(viewDetails, "Request details", "", "Close", blocks)
}

// wholeQuote is a text of any length over as many blocks as it takes, within reason.
func wholeQuote(s string) []slack.Block {
	runes := []rune(clean(s))
	const part, parts = 2500, 8
	var blocks []slack.Block
	for len(runes) > part && len(blocks) < parts-1 {
		blocks = append(blocks, quote(string(runes[:part]), maxText))
		runes = runes[part:]
	}
	return append(blocks, quote(string(runes), maxText))
}

func tagLine(it access.ItemView) string {
	if it.Account.TagsUnknown {
		return "Tags could not be read."
	}
	line := ""
	for i, k := range sortedKeys(it.Account.Tags) {
		if i == 8 {
			line += " and " + fmt.Sprint(len(it.Account.Tags)-8) + " more"
			break
		}
		line += "`" + codeSpan(k+"="+it.Account.Tags[k]) + "` "
	}
	return line
}
