package bot

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// The ids of Drift.
const (
	viewDrift       = "stint.drift"
	viewDriftSnooze = "stint.drift.snooze"
	viewDriftIgnore = "stint.drift.ignore"
	viewDriftRemove = "stint.drift.remove"

	actDriftState   = "stint.drift.state" // + ":" + state; value: state
	actDriftPage    = "stint.drift.page"  // value: page
	actDriftText    = "stint.drift.text"
	actDriftScan    = "stint.drift.scan"
	actDriftRefresh = "stint.drift.refresh"
	actDriftSnooze  = "stint.drift.snooze" // value: finding id
	actDriftIgnore  = "stint.drift.ignore" // value: finding id
	actDriftWatch   = "stint.drift.watch"  // value: finding id
	actDriftRemove  = "stint.drift.remove" // value: finding id
	actDriftDay     = "stint.drift.day"

	blockDriftText = "drift.text"
	blockDriftDay  = "drift.day"
	blockDriftWhy  = "drift.why"

	driftTitle = "Access without Stint"
)

// driftMeta is where an admin is in the list.
type driftMeta struct {
	State access.FindingState `json:"s,omitempty"`
	Text  string              `json:"t,omitempty"`
	Page  int                 `json:"p,omitempty"`
}

func (m driftMeta) String() string {
	m.Text = searched(m.Text)
	raw, _ := json.Marshal(m) // strings and a number
	return string(raw)
}

// searched is what was searched for, bounded, and harmless in a log of the view.
func searched(text string) string {
	if text = name(text, 100); text == "—" {
		return ""
	}
	return text
}

func readDriftMeta(s string) driftMeta {
	var m driftMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page of what is open
	return m
}

func (m driftMeta) query() access.DriftQuery {
	return access.DriftQuery{State: m.State, Text: m.Text, Page: m.Page}
}

// driftView is a page of what nobody granted through Stint.
func driftView(v access.DriftView, m driftMeta, now time.Time) slack.ModalViewRequest {
	search := textField{
		block: blockDriftText, action: actDriftText, label: "Search", placeholder: "Account, role, person or group", value: m.Text, most: 100, optional: true,
	}
	blocks := []slack.Block{
		section("*What AWS holds and nobody granted through Stint.* Stint takes none of it away by itself."),
		section(driftScanLine(v, now)),
		driftFilter(v),
		search.input(),
		divider(),
	}
	if len(v.Rows) == 0 {
		blocks = append(blocks, small(driftNothing(v)))
	}
	if v.Query.State == access.FindingExpected && len(v.Rows) > 0 {
		blocks = append(blocks, small("These were there before Stint looked first, and are no news. They are only shown."))
	}
	blocks = append(blocks, driftManyButtons(v)...)
	for i, f := range v.Rows {
		if i > 0 {
			blocks = append(blocks, divider()) // the buttons of one must not touch the next
		}
		blocks = append(blocks, driftRow(f)...)
	}
	if v.Pages > 1 {
		blocks = append(blocks, pager(actDriftPage, v.Query.Page, v.Pages, 1, "findings"), small(thousands(v.Total)+" in all."))
	}
	view := modal(viewDrift, driftTitle, "Search", "Close", append(blocks, divider(), driftDoors(v)))
	view.PrivateMetadata = m.String()
	return view
}

// driftDoors are the buttons below the list.
func driftDoors(v access.DriftView) slack.Block {
	refresh := button(actDriftRefresh, "refresh", "Refresh", "Refresh this view")
	if v.State.Asked != nil || !v.Scans {
		return actions(refresh)
	}
	return actions(button(actDriftScan, "scan", "Scan now", "Read all assignments from AWS now"), refresh)
}

// driftFilter are the states with how many there are of each; the chosen one stands out.
func driftFilter(v access.DriftView) slack.Block {
	n := v.State.Counts
	var all []*slack.ButtonBlockElement
	for _, one := range []struct {
		state access.FindingState
		label string
		n     int
	}{
		{access.FindingOpen, "Open", n.Open},
		{access.FindingSnoozed, "Snoozed", n.Snoozed},
		{access.FindingIgnored, "Ignored", n.Ignored},
		{access.FindingRemoving, "Being removed", n.Removing},
		{access.FindingExpected, "Expected", v.State.Expected},
	} {
		b := button(actDriftState+":"+string(one.state), string(one.state), one.label+" "+thousands(one.n), "Show "+strings.ToLower(one.label)+", "+thousands(one.n))
		if one.state == v.Query.State {
			primary(b)
		}
		all = append(all, b)
	}
	return actions(all...)
}

// driftScanLine says what the last scan was, and how far one is that runs.
func driftScanLine(v access.DriftView, now time.Time) string {
	d := v.State
	var lines []string
	switch scan := d.Scan; {
	case d.Asked == nil:
	case d.Problem != "":
		lines = append(lines, ":warning: *The scan does not get on:* "+sentence(d.Problem)+" It goes on "+when(d.RetryAt)+", where it stopped.")
	case scan.Total == 0:
		lines = append(lines, ":hourglass_flowing_sand: *Reading from AWS…* counting what there is to read.")
	default:
		line := ":hourglass_flowing_sand: *Reading from AWS…* " + thousands(scan.Done) + " of " + thousands(scan.Total) + " listings, " + plural(scan.Calls, "call") + "."
		if left := timeLeft(scan.Done, scan.Total, now.Sub(scan.Begun)); left > 0 {
			line += " About " + length(left) + " more."
		}
		lines = append(lines, line)
	}
	switch r := d.Last; {
	case r.Finished.IsZero() && d.Asked == nil:
		lines = append(lines, "AWS has not been searched yet. The first scan notes what is there as expected; later ones find what is new.")
	case !r.Finished.IsZero():
		line := "Last scan " + when(r.Finished) + ", in " + length(r.Finished.Sub(r.Begun)) + " with " + plural(r.Calls, "call") + ": " + plural(r.Rows, "assignment") + ", " + noneOr(r.Ours) + " of them Stint's own."
		if r.Groups > 0 {
			line += " Who is in " + plural(r.Groups, "group") + " that people can ask for was read too."
		}
		if r.Unreadable > 0 {
			line += "\n:warning: AWS did not let Stint read " + plural(r.Unreadable, "listing") + " of the management account."
		}
		if r.Unread > 0 {
			line += "\n:warning: AWS did not let Stint read who is in " + plural(r.Unread, "group") + "."
		}
		if r.Missing > 0 || r.Leftover > 0 {
			line += "\nOf Stint's own, not listed and looked at again: " + thousands(r.Missing) + "; being taken away: " + thousands(r.Leftover) + "."
		}
		if r.Doubted > 0 {
			line += "\n:warning: " + plural(r.Doubted, "assignment") + " that were there before were not found. That is so many that the next scan must agree."
		}
		if r.Left > 0 {
			line += "\n:warning: " + thousands(r.Left) + " more are new than can be kept. Decide about some; the next scan goes on with the rest."
		}
		if r.Orphans > 0 {
			line += "\n" + plural(r.Orphans, "assignment") + " of people and groups that are gone give nobody anything and are not shown."
		}
		lines = append(lines, line)
	}
	if v.Contested > 0 {
		lines = append(lines, ":warning: Given twice, by Stint and by somebody else in AWS: "+thousands(v.Contested)+". AWS keeps one assignment for both, and it goes when Stint's grant ends.")
	}
	if !v.Scans {
		lines = append(lines, "This Stint cannot search AWS.")
	}
	return strings.Join(lines, "\n")
}

func noneOr(n int) string {
	if n == 0 {
		return "none"
	}
	return thousands(n)
}

// timeLeft is how long the rest takes at the pace so far; 0 when that cannot be said yet.
func timeLeft(done, total int, since time.Duration) time.Duration {
	if done == 0 || done >= total || since < time.Second {
		return 0
	}
	return (since / time.Duration(done) * time.Duration(total-done)).Round(time.Second)
}

// driftNothing says why the list is empty.
func driftNothing(v access.DriftView) string {
	switch {
	case v.Query.Text != "":
		return "Nothing fits. Search for something else."
	case v.Query.State == access.FindingOpen && v.State.BaselineAt.IsZero():
		return "Nothing is known yet."
	case v.Query.State == access.FindingOpen:
		return "Nothing new. What was there before Stint looked first is under Expected."
	}
	return "None right now."
}

// driftRow is one assignment, and what can be done about it.
func driftRow(f access.FindingView) []slack.Block {
	id, about := string(f.Finding.ID), driftWhoPlain(f.RowView)
	text := strings.TrimSuffix(driftAbout(f.RowView)+"\n"+driftSince(f), "\n")
	remove := button(actDriftRemove, id, "Remove…", "Remove "+about+"; asks first") // the form that follows is the warning
	buttons := func(bs ...*slack.ButtonBlockElement) []slack.Block {
		if f.Kept == "" {
			bs = append(bs, remove)
		}
		return []slack.Block{section(text), actions(bs...)}
	}
	switch f.State {
	case access.FindingOpen:
		return buttons(
			button(actDriftSnooze, id, "Snooze…", "Hide "+about+" until a day"),
			button(actDriftIgnore, id, "Ignore…", "Say why "+about+" is as it should be"))
	case access.FindingSnoozed:
		return buttons(button(actDriftWatch, id, "Show again", "Show "+about+" again"))
	case access.FindingIgnored:
		return buttons(button(actDriftWatch, id, "Stop ignoring", "Stop ignoring "+about))
	}
	return []slack.Block{section(text)}
}

// driftHead names who has what.
func driftHead(r access.RowView) string {
	who := "*" + bold(name(r.Who, nameWidth)) + "*"
	if r.WhoDetail != "" {
		who += " (" + escName(r.WhoDetail, nameWidth) + ")"
	}
	return who + " has " + item(r.Item)
}

// driftAbout is driftHead, with what the membership brings where it is one.
func driftAbout(r access.RowView) string {
	if !r.Assignment.IsMembership() {
		return driftHead(r)
	}
	return driftHead(r) + "\n" + bringsLine(r.Item, maxNames)
}

// driftWhoPlain is driftHead for texts without markup.
func driftWhoPlain(r access.RowView) string { return name(r.Who, 40) + ", " + plainItem(r.Item) }

// driftSince says since when it is known, and what was decided about it.
func driftSince(f access.FindingView) string {
	x := f.Finding
	var lines []string
	if f.State != access.FindingExpected {
		line := "Found " + when(x.FoundAt)
		if x.By != "" {
			line += ", given by " + escName(x.By, nameWidth)
		}
		lines = append(lines, line+".")
	}
	if !x.AgainAt.IsZero() {
		line := "Given again " + when(x.AgainAt)
		if x.AgainBy != "" {
			line += " by " + escName(x.AgainBy, nameWidth)
		}
		lines = append(lines, line+".")
	}
	if g := f.Former; g != nil && g.State == access.Ended {
		lines = append(lines, "Stint granted the same once, until "+when(endedAt(access.GrantView{Grant: *g}))+"; AWS took it away then.")
	}
	if s := x.Snoozed; s != nil && f.State == access.FindingSnoozed {
		lines = append(lines, ":zzz: Hidden until "+when(s.Until)+" by "+actor(s.By)+".")
	}
	if i := x.Ignored; i != nil {
		lines = append(lines, "Ignored by "+actor(i.By)+", "+when(i.At)+": "+escName(i.Reason, 300))
	}
	if r := x.Removal; r != nil {
		line := ":hourglass_flowing_sand: Being removed, as " + actor(r.By) + " ordered " + when(r.At) + ": " + escName(r.Reason, 300)
		if r.Problem != "" {
			line += "\n:warning: " + cutMarkup(sentence(r.Problem), 400) + " Stint tries again " + when(r.NextAt) + "."
		}
		lines = append(lines, line)
	}
	if x.Refused != "" {
		lines = append(lines, ":warning: It could not be removed: "+cutMarkup(sentence(x.Refused), 400))
	}
	if f.Kept != "" && f.State == access.FindingOpen && x.Refused == "" {
		lines = append(lines, cutMarkup(sentence(f.Kept), 400))
	}
	return strings.Join(lines, "\n")
}
