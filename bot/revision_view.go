package bot

import (
	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// revisionView shows what somebody proposes: why, what changes, what it would do, and the
// two verdicts to who may give one. banner is a line for the top.
func (b *Bot) revisionView(r access.RevisionView, user identity.SlackUserID, banner string) slack.ModalViewRequest {
	m := revisionMeta{ID: r.ID}
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	blocks = append(blocks, section(revisionHead(r)))
	if r.Reason != "" {
		blocks = append(blocks, quote(r.Reason, maxQuote))
	}
	if r.State != access.Proposed {
		blocks = append(blocks, section(revisionState(r, actor)))
	}
	blocks = append(blocks, divider(), section("*What changes*"))
	blocks = append(blocks, changeBlocks(r.Changes)...)
	if r.Impact != nil {
		blocks = append(blocks, impactBlocks(*r.Impact, b.service.Example)...)
	}
	blocks = append(blocks, reviewEnds(r.Ends, r.EndsTotal)...)

	submit := ""
	switch {
	case r.MayDecide:
		submit = "Approve"
		if r.EndsTotal > 0 {
			m.Ends = true
			e := slack.NewCheckboxGroupsBlockElement(actRevisionRead, endsOption(r.EndsTotal))
			blocks = append(blocks, slack.NewInputBlock(blockRevisionRead, plain("Acknowledge", maxLabel), nil, e))
		}
		blocks = append(blocks, divider(), actions(danger(button(actRefuse, string(r.ID), "Refuse…", "Refuse this change, asks why"))))
	case r.State == access.Proposed && r.Author.Slack == user:
		blocks = append(blocks, divider(), section("Another admin decides it."), actions(confirmed(
			button(actTakeBack, string(r.ID), "Take it back", "Take your proposal back"),
			"Take it back?", "What is in force stays as it is. It becomes your draft again.", "Take it back", "Leave it")))
	}
	v := modal(viewRevision, "Proposed change", submit, "Close", blocks)
	v.PrivateMetadata = m.String()
	return v
}

// revisionHead says who proposes what, and when.
func revisionHead(r access.RevisionView) string {
	what := plural(r.RevisionSummary.Changes, "change") + " of the policy"
	if r.Restores > 0 {
		what = "going back to version " + thousands(int(r.Restores)) + " of the policy"
	}
	return "*" + actor(r.Author) + " proposes " + what + "*"
}

// revisionState says in a sentence how a revision stands.
func revisionState(r access.RevisionView, who func(access.Actor) string) string {
	switch r.State {
	case access.Proposed:
		return ":hourglass_flowing_sand: *Waits for another admin*, since " + when(r.At) + "."
	case access.InForce:
		return ":white_check_mark: *In force* as version " + thousands(int(r.Number)) + approvedWith(r, who) + ", since " + when(r.At) + "."
	case access.Replaced:
		return ":white_circle: *Was in force* as version " + thousands(int(r.Number)) + approvedWith(r, who) + "; a newer one replaced it."
	case access.Refused:
		return ":no_entry: *Refused* by " + who(r.DecidedBy) + ", " + when(r.At) + "."
	case access.Discarded:
		return ":leftwards_arrow_with_hook: *Taken back* by " + who(r.Author) + ", " + when(r.At) + "."
	}
	return ":pencil2: *Being edited* by " + who(r.Author) + "."
}

func approvedWith(r access.RevisionView, who func(access.Actor) string) string {
	if r.DecidedBy.Person == "" && r.DecidedBy.Slack == "" {
		return ""
	}
	return ", approved by " + who(r.DecidedBy)
}
