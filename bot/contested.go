package bot

import (
	"github.com/slack-go/slack"

	"stint/access"
)

// contestedLine says that somebody gave in AWS what Stint granted, what that means, and what
// to do; "" when nobody did.
func contestedLine(g access.GrantView) string {
	if !contested(g) {
		return ""
	}
	goes := "it goes when Stint's grant ends. If it is meant to stay, give it again in AWS after that."
	if g.Phase == access.PhaseEnding {
		goes = "it goes now. If it is meant to stay, give it again in AWS once it is gone."
	}
	return ":warning: *Given in AWS too*" + contestedBy(g) + ". AWS keeps one assignment for both: " + goes
}

func contested(g access.GrantView) bool {
	switch g.Phase {
	case access.PhaseStarting, access.PhaseActive, access.PhaseEnding:
		return g.Assignment.Contested
	}
	return false
}

// contestedBy is who gave it and when, as far as AWS said so.
func contestedBy(g access.GrantView) string {
	s := ""
	if by := g.Assignment.ContestedBy; by != "" {
		s = ", by " + escName(by, nameWidth)
	}
	if at := g.Assignment.ContestedAt; !at.IsZero() {
		s += ", " + when(at)
	}
	return s
}

// withContested adds to a line about a grant that it is contested.
func withContested(line string, g access.GrantView) string {
	if s := contestedLine(g); s != "" {
		return line + "\n" + s
	}
	return line
}

// contestedOf counts those of several that are contested.
func contestedOf(gs []access.GrantView) (n int) {
	for _, g := range gs {
		if contested(g) {
			n++
		}
	}
	return n
}

// homeContested is what Home says to admins of grants that somebody else gave too.
func homeContested(h access.HomeView) []slack.Block {
	if h.ContestedCount == 0 {
		return nil
	}
	blocks := []slack.Block{section("*Given by Stint and in AWS*")}
	for _, g := range h.Contested {
		blocks = append(blocks, section(actor(g.Grant.Holder)+": "+item(g.Item)+"\n"+grantLine(g)))
	}
	if more := h.ContestedCount - len(h.Contested); more > 0 {
		blocks = append(blocks, small(andMore(more)+"; Who has access shows all of them."))
	}
	return append(blocks, divider())
}
