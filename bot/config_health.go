package bot

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// maxChecks bounds the lines of health; there are about ten.
const maxChecks = 12

// hubHealth is what is well, and what Stint knows: one line each.
func hubHealth(h hub) []slack.Block {
	var well []string
	for _, c := range h.Checks[:min(len(h.Checks), maxChecks)] {
		if c.OK {
			well = append(well, wellLine(c))
		}
	}
	blocks := []slack.Block{section("*Policy*\n" + policyInForce(h.ConfigView)), section("*Organization*\n" + organization(h.ConfigView))}
	if len(well) > 0 {
		blocks = append(blocks, section("*Health*\n"+strings.Join(well, "\n")))
	}
	return blocks
}

func wellLine(c access.Check) string {
	line := ":white_check_mark: *" + escName(c.Name, 40) + "* OK"
	if c.Detail != "" {
		line += ": " + escName(c.Detail, 200)
	}
	return line
}

func troubleLine(c access.Check, now time.Time) string {
	line := ":x: *" + escName(c.Name, 40) + "* not OK"
	if c.Detail != "" {
		line += ": " + escName(c.Detail, 400)
	}
	if !c.Since.IsZero() && now.After(c.Since) {
		line += " (for " + length(now.Sub(c.Since)) + ")"
	}
	if c.Hint != "" {
		line += "\n*What to do:* " + escName(c.Hint, 400)
	}
	return line
}

// policyInForce says which policy decides, since when, and where it is changed.
func policyInForce(c access.ConfigView) string {
	rules := plural(len(c.Rules), "rule")
	switch r := c.InForce; {
	case !c.Editable && c.PolicyVersion == "":
		return "None is in force. It is read from the file `" + pathSpan(c.PolicyFile) + "`."
	case !c.Editable:
		return rules + " of the file `" + pathSpan(c.PolicyFile) + "`, version `" + codeSpan(c.PolicyVersion) + "`, in force since " + when(c.PolicyAt) + ". It is changed there; here it is only shown."
	case r == nil:
		return "None is in force yet, so nobody can ask for access."
	default:
		return rules + ", *version " + thousands(int(r.Number)) + "* of " + actor(r.Author) + ", in force since " + when(r.At) + "."
	}
}

// organization says what was read from AWS, how old it is, and what is under way.
func organization(c access.ConfigView) string {
	line := "Last read from AWS " + when(c.CatalogAsOf) + "."
	if c.CatalogAsOf.IsZero() {
		line = "Not read from AWS yet."
	}
	if c.Syncing {
		line = reading(c.Progress)
	}
	line += "\n" + plural(c.Accounts, "account") + " · " + plural(c.Roles, "role") + " · " + peopleCount(c.People) + " · " + plural(c.Groups, "group") +
		"\n" + plural(c.Pending, "pending request") + " · " + thousands(c.Backlog) + " waiting for AWS · " + plural(c.Undelivered, "undelivered message")
	if c.Troubles > 0 {
		line += "\nStint is not sure who " + plural(c.Troubles, "Slack user") + " " + isAre(c.Troubles) + ": *People* shows why."
	}
	return line
}

// reading is how far a sync is.
func reading(p access.SyncProgress) string {
	line := ":hourglass_flowing_sand: *Reading from AWS…*"
	if p.Stage == "" {
		return line
	}
	return line + " " + escName(p.Stage, 40) + ", " + thousands(p.Done) + " done, " + plural(p.Calls, "call") + "."
}

func peopleCount(n int) string {
	if n == 1 {
		return "1 person"
	}
	return thousands(n) + " people"
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
