package bot

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// How much the admins' view shows at once; a view holds 100 blocks.
const (
	rulesPage = 12
	livePage  = 12
	maxChecks = 12
)

// configMeta is where an admin is in the lists.
type configMeta struct {
	Rules int `json:"rules,omitempty"` // page
	Live  int `json:"live,omitempty"`  // page
}

func (m configMeta) String() string {
	raw, _ := json.Marshal(m) // two numbers
	return string(raw)
}

func readConfigMeta(s string) configMeta {
	var m configMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page
	return m
}

// configView is what admins see: health, live access, sync, rules. What somebody ends in
// the night stands before what only grows. said is a line at the
// top about what was just done; "" for none.
func configView(c access.ConfigView, m configMeta, said string, now time.Time) slack.ModalViewRequest {
	var blocks []slack.Block
	if said != "" {
		blocks = append(blocks, section(said), divider())
	}
	blocks = append(blocks, configHealth(c.Checks, now)...)

	from, to, page := pageOf(len(c.Live), m.Live, livePage)
	m.Live = page
	blocks = append(blocks, divider(), section(fmt.Sprintf("*Live access* (%s)", thousands(len(c.Live)))))
	if len(c.Live) == 0 {
		blocks = append(blocks, small("None right now."))
	}
	for _, g := range c.Live[from:to] {
		blocks = append(blocks, liveLine(g))
	}
	if p := pager(actLive, m.Live, len(c.Live), livePage, "live access"); p != nil {
		blocks = append(blocks, p)
	}

	blocks = append(blocks, configSync(c)...)
	blocks = append(blocks, configPolicy(c)...)

	from, to, page = pageOf(len(c.Rules), m.Rules, rulesPage)
	m.Rules = page
	blocks = append(blocks, divider(), section("*Rules in force* ("+plural(len(c.Rules), "rule")+", a deny that matches wins, else the first that matches)"))
	for i := from; i < to; i++ {
		blocks = append(blocks, section(ruleText(i+1, c.Rules[i])))
	}
	if p := pager(actRules, m.Rules, len(c.Rules), rulesPage, "rules"); p != nil {
		blocks = append(blocks, p)
	}
	v := modal(viewConfig, "Stint: config", "", "Close", blocks)
	v.PrivateMetadata = m.String()
	return v
}

// configHealth shows each trouble by itself, first, and what is well in one block.
func configHealth(checks []access.Check, now time.Time) []slack.Block {
	blocks := []slack.Block{section("*Health*")}
	var well []string
	for _, c := range checks[:min(len(checks), maxChecks)] {
		if c.OK {
			well = append(well, checkLine(c, now))
			continue
		}
		blocks = append(blocks, section(checkLine(c, now)))
	}
	if len(well) > 0 {
		blocks = append(blocks, section(strings.Join(well, "\n")))
	}
	return blocks
}

func checkLine(c access.Check, now time.Time) string {
	line, width := ":white_check_mark: *"+escName(c.Name, 40)+"* OK", 200
	if !c.OK {
		line, width = ":x: *"+escName(c.Name, 40)+"* not OK", 400
	}
	if c.Detail != "" {
		line += ": " + escName(c.Detail, width)
	}
	if !c.OK && !c.Since.IsZero() && now.After(c.Since) {
		line += " (for " + length(now.Sub(c.Since)) + ")"
	}
	if !c.OK && c.Hint != "" {
		line += "\n*What to do:* " + escName(c.Hint, 400)
	}
	return line
}

func configSync(c access.ConfigView) []slack.Block {
	line := "Last read from AWS " + when(c.CatalogAsOf) + "."
	if c.CatalogAsOf.IsZero() {
		line = "Not read from AWS yet."
	}
	if c.Syncing {
		line = ":hourglass_flowing_sand: *Reading from AWS…* " + escName(c.Progress.Stage, 40) + ", " + thousands(c.Progress.Done) + " done, " + plural(c.Progress.Calls, "call") + "."
	}
	if c.LastSyncError != "" {
		line += "\n:x: The last attempt failed: " + escName(c.LastSyncError, 400)
	}
	counts := plural(c.Accounts, "account") + " · " + plural(c.Roles, "role") + " · " + peopleCount(c.People) + " · " + plural(c.Groups, "group") + "\n" +
		plural(c.Pending, "pending request") + " · " + thousands(c.Backlog) + " waiting for AWS · " + thousands(c.Undelivered) + " undelivered"
	if c.Stuck > 0 {
		counts += "\n:rotating_light: *" + thousands(c.Stuck) + " stuck:* AWS has not taken them away for more than five minutes. Stint keeps trying."
	}
	sync := button(actSync, "sync", "Sync now", "Read accounts, roles and people from AWS now")
	if !c.Syncing {
		primary(sync)
	}
	return []slack.Block{
		divider(), section("*Organization*\n" + line + "\n" + counts),
		actions(sync, button(actRefresh, "refresh", "Refresh", "Refresh this view")),
	}
}

func peopleCount(n int) string {
	if n == 1 {
		return "1 person"
	}
	return thousands(n) + " people"
}

func configPolicy(c access.ConfigView) []slack.Block {
	line := "*Policy*\n`" + pathSpan(c.PolicyFile) + "`, version `" + codeSpan(c.PolicyVersion) + "`"
	if !c.PolicyAt.IsZero() {
		line += ", in force since " + when(c.PolicyAt)
	}
	blocks := []slack.Block{divider(), section(line)}
	if c.PolicyProblem != "" {
		blocks = append(blocks, section(":x: *The newest file was refused; the policy before it stays in force.*"), code(cut(c.PolicyProblem, 1500)))
	}
	return blocks
}

func ruleText(n int, r access.RuleView) string {
	icon := ":white_check_mark: allow"
	if r.Deny {
		icon = ":no_entry: deny"
	}
	return fmt.Sprintf("%d. *%s*  %s\n%s\n_matches %s and %s today_", n, bold(name(r.Name, nameWidth)), icon,
		escName(r.Text, 600), plural(r.Accounts, "account"), plural(r.Roles, "role"))
}

func liveLine(g access.GrantView) slack.Block {
	text := actor(g.Grant.Holder) + ": " + item(g.Item) + "\n" + grantLine(g)
	if g.Phase == access.PhaseEnding || g.Phase == access.PhaseEnded {
		return section(text)
	}
	b := endButton(g, actEndLive)
	b.Text = plain("End", maxButton)
	return sectionWith(text, b)
}

// pageOf bounds a page number and says which entries it shows.
func pageOf(total, page, size int) (from, to, p int) {
	last := max(0, (total-1)/size)
	p = min(max(page, 0), last)
	return p * size, min(total, (p+1)*size), p
}

// pager is the buttons to the neighbouring pages; nil when there is only one.
func pager(action string, page, total, size int, what string) slack.Block {
	last := (total - 1) / size
	if total <= size {
		return nil
	}
	var bs []*slack.ButtonBlockElement
	if page > 0 {
		bs = append(bs, button(action+":prev", strconv.Itoa(page-1), "‹ Previous", "Previous page of "+what))
	}
	if page < last {
		bs = append(bs, button(action+":next", strconv.Itoa(page+1), fmt.Sprintf("Next (page %d of %d) ›", page+2, last+1), "Next page of "+what))
	}
	return actions(bs...)
}
