package bot

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
	"stint/access/policy/policyfile"
)

const (
	// maxYAMLBlocks bounds how much of a version's text a window shows.
	maxYAMLBlocks = 8
	// yamlBlock is how much of it one block shows, in characters.
	yamlBlock = 2500
)

// versionsOfFile says where the history of a policy is that is not edited in Slack.
func versionsOfFile(path string) slack.ModalViewRequest {
	return modal(viewVersions, "Versions", "", "Close", []slack.Block{
		section(":page_facing_up: *The policy is a file*, `" + pathSpan(path) + "`. Stint keeps no versions of it: look at the history of the repository that it is kept in."),
	})
}

// versionsView lists the versions, newest first: who, when, why, and who agreed.
func versionsView(list []access.RevisionSummary, total int, m versionsMeta) slack.ModalViewRequest {
	var blocks []slack.Block
	if total == 0 {
		blocks = append(blocks, section("No policy was in force yet."))
	}
	for i, r := range list {
		if i > 0 {
			blocks = append(blocks, divider())
		}
		blocks = append(blocks, sectionWith(versionLine(r), button(actVersion, string(r.ID), "Open", "Open "+plainVersion(r))))
		if r.Reason != "" {
			blocks = append(blocks, quote(r.Reason, 300))
		}
	}
	if p := pager(actVersionsPage, m.Page, total, versionsPage, "versions"); p != nil {
		blocks = append(blocks, p)
	}
	v := modal(viewVersions, "Versions", "", "Close", blocks)
	raw, _ := json.Marshal(m) // a number
	v.PrivateMetadata = string(raw)
	return v
}

func plainVersion(r access.RevisionSummary) string {
	if r.Number > 0 {
		return "version " + thousands(int(r.Number))
	}
	return "the proposal of " + plainActor(r.Author)
}

// versionLine is one version: how it stands, what it is, who made it and who agreed.
func versionLine(r access.RevisionSummary) string {
	var head string
	switch r.State {
	case access.InForce:
		head = ":white_check_mark: *Version " + thousands(int(r.Number)) + "*, in force since " + when(r.At)
	case access.Replaced:
		head = "*Version " + thousands(int(r.Number)) + "*, " + when(r.At)
	case access.Proposed:
		head = ":hourglass_flowing_sand: *Proposed* " + when(r.At) + ", waits for another admin"
	case access.Refused:
		head = ":no_entry: *Refused* " + when(r.At) + " by " + actor(r.DecidedBy)
	default:
		head = ":leftwards_arrow_with_hook: *Taken back* " + when(r.At)
	}
	line := head + "\n" + actor(r.Author) + " · " + plural(r.Changes, "change")
	if r.BaseNumber > 0 {
		line += " to version " + thousands(int(r.BaseNumber))
	}
	if r.Restores > 0 {
		line += " · back to version " + thousands(int(r.Restores))
	}
	if r.Number > 0 && (r.DecidedBy.Person != "" || r.DecidedBy.Slack != "") {
		line += " · approved by " + actor(r.DecidedBy)
	}
	return line
}

// versionView is one version: what it changed, all of it, and the way back to it.
func versionView(r access.RevisionView, banner string) slack.ModalViewRequest {
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	blocks = append(blocks, section(versionLine(r.RevisionSummary)))
	if r.Reason != "" {
		blocks = append(blocks, quote(r.Reason, maxQuote))
	}
	if r.State == access.Refused && r.Note != "" {
		blocks = append(blocks, section("*Why it was refused*"), quote(r.Note, maxQuote))
	}
	if r.State == access.Replaced {
		blocks = append(blocks, actions(primary(button(actRollBack, string(r.ID), "Roll back to this", "Make a draft of "+plainVersion(r.RevisionSummary)+" and review it"))),
			small("Rolling back makes a draft. You see what it would change before it is applied."))
	}
	if len(r.Changes) > 0 {
		against := "*What it changed*"
		if r.State == access.Proposed {
			against = "*What it would change*"
		}
		if r.BaseNumber > 0 {
			against += " in version " + thousands(int(r.BaseNumber))
		}
		blocks = append(blocks, divider(), section(against))
		blocks = append(blocks, changeBlocks(r.Changes)...)
	}
	blocks = append(blocks, divider(), section("*All of it*"))
	blocks = append(blocks, yamlBlocks(r.Spec, r.Number)...)
	v := modal(viewVersion, versionTitle(r.RevisionSummary), "", "Back", blocks)
	v.PrivateMetadata = revisionMeta{ID: r.ID}.String()
	return v
}

func versionTitle(r access.RevisionSummary) string {
	if r.Number > 0 {
		return "Version " + thousands(int(r.Number))
	}
	return "Proposed change"
}

// yamlBlocks is a policy as a file would say it, as far as a window can hold it. number is
// its version, 0 before it was in force.
func yamlBlocks(spec policy.Spec, number uint64) []slack.Block {
	text, err := policyfile.Format(spec)
	if err != nil {
		return []slack.Block{small("It cannot be written as YAML: " + escName(err.Error(), 300))}
	}
	var blocks []slack.Block
	var part strings.Builder
	used := 0
	for _, line := range strings.SplitAfter(string(text), "\n") {
		if line == "" {
			continue
		}
		line = cut(line, yamlBlock)
		n := utf8.RuneCountInString(line)
		if used > 0 && used+n > yamlBlock {
			if len(blocks) == maxYAMLBlocks-1 {
				rest := "The rest is left out here."
				if number > 0 {
					rest += " All of it, where Stint runs: `stint policy export --revision " + strconv.FormatUint(number, 10) + "`"
				}
				return append(blocks, code(strings.TrimRight(part.String(), "\n")), small(rest))
			}
			blocks = append(blocks, code(strings.TrimRight(part.String(), "\n")))
			part.Reset()
			used = 0
		}
		part.WriteString(line)
		used += n
	}
	return append(blocks, code(strings.TrimRight(part.String(), "\n")))
}
