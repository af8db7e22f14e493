package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// clean makes typed text harmless to look at: characters that reorder what stands around
// them, that cannot be seen, or that control a terminal are taken out; line breaks and
// tabs stay. It does not escape: plain_text and rich_text take its result as it is.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case r == '\u200d' || r == '\u200c':
			return r // joiners belong to emoji and to several scripts
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1 // bidirectional controls, zero-width marks, tags, soft hyphens
		case unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return '\n'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// name is a typed name for one line of at most n characters: clean, without line breaks,
// and set apart from what stands around it when it is written from right to left, so that
// it cannot move a neighbour. An empty name shows as a dash.
func name(s string, n int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if s == "" {
		return "—"
	}
	if strings.ContainsFunc(s, rightToLeft) {
		return "\u2068" + cut(s, n-2) + "\u2069"
	}
	return cut(s, n)
}

// rightToLeft reports whether r makes the text around it run from right to left.
func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko,
		unicode.Adlam, unicode.Mandaic, unicode.Samaritan)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// esc is typed text of several lines for mrkdwn. Slack escapes nothing in blocks.
func esc(s string) string { return escaper.Replace(clean(s)) }

// escName is name for mrkdwn, cut to n characters before it is escaped.
func escName(s string, n int) string { return escaper.Replace(name(s, n)) }

// nameWidth is how much of an account's or role's name a line shows.
const nameWidth = 80

// channel links a conversation; Slack shows its name to those who may know it.
func channel(id identity.ChannelID) string {
	if id == "" {
		return "the approvals channel"
	}
	return "<#" + string(id) + ">"
}

// when is a moment in the reader's own time zone; who reads it elsewhere sees UTC.
func when(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} at {time}|%s>", t.Unix(), t.UTC().Format("Jan 2, 15:04 UTC"))
}

// noBreak stands where a line must not end: "1 h 30 min" is read as one.
const noBreak = "\u00a0"

// length is a duration as people say it: "45 min", "2 h", "1 h 30 min", "3 d"; it never
// breaks over two lines.
func length(d time.Duration) string {
	if d < time.Minute {
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + noBreak + "s"
	}
	d = d.Round(time.Minute)
	days, rest := d/(24*time.Hour), d%(24*time.Hour)
	hours, minutes := rest/time.Hour, rest%time.Hour/time.Minute
	var parts []string
	if days > 0 {
		parts = append(parts, fmt.Sprintf("%d"+noBreak+"d", days))
	}
	if hours > 0 {
		parts = append(parts, fmt.Sprintf("%d"+noBreak+"h", hours))
	}
	if minutes > 0 {
		parts = append(parts, fmt.Sprintf("%d"+noBreak+"min", minutes))
	}
	return strings.Join(parts, noBreak)
}

// plural counts things: "1 account", "412 accounts".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + one + "s"
}

// andMore ends a list that leaves some out.
func andMore(n int) string { return "and " + thousands(n) + " more" }

// thousands writes 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// accountName is an account as a line names it; the id stands in for a missing name.
func accountName(a catalog.Account) string {
	if a.Name == "" {
		return string(a.ID)
	}
	return name(a.Name, nameWidth)
}

// roleName is a role as a line names it; a role that left the catalog shows the end of its ARN.
func roleName(r catalog.Role) string {
	if r.Name != "" {
		return name(r.Name, nameWidth)
	}
	arn := string(r.ARN)
	return name(arn[strings.LastIndex(arn, "/")+1:], nameWidth)
}

// item is a role in an account, or membership in a group, for mrkdwn.
func item(i access.ItemView) string {
	if i.Entitlement.IsGroup() {
		return "membership in *" + bold(groupName(i)) + "*"
	}
	return "*" + bold(roleName(i.Role)) + "* in *" + bold(accountName(i.Account)) + "*"
}

// bold prepares a name to stand between asterisks: its own would end the emphasis.
func bold(s string) string { return escaper.Replace(strings.ReplaceAll(s, "*", "∗")) }

// plainItem is item for plain_text.
func plainItem(i access.ItemView) string {
	if i.Entitlement.IsGroup() {
		return "membership in " + groupName(i)
	}
	return roleName(i.Role) + " in " + accountName(i.Account)
}

// items names what a request is for.
func items(v access.RequestView, one func(access.ItemView) string) string {
	if len(v.Items) == 0 {
		return "access"
	}
	words := make([]string, 0, maxNames+1)
	for i, it := range v.Items {
		if i == maxNames {
			return strings.Join(words, ", ") + " and " + strconv.Itoa(len(v.Items)-maxNames) + " more"
		}
		words = append(words, one(it))
	}
	return list(words)
}

// steps says in words what an approval takes: "one approval from sre", "one approval from
// sre, then two from security".
func steps(t policy.Terms) string {
	if t.Automatic {
		return "no approval needed"
	}
	words := make([]string, 0, len(t.Steps))
	for i, s := range t.Steps {
		if i == 0 {
			words = append(words, approvals(s.Count)+" "+fromSets(s))
			continue
		}
		words = append(words, spelled(s.Count)+" "+fromSets(s))
	}
	line := list(words)
	if t.InOrder {
		line = strings.Join(words, ", then ")
	}
	return line + escalationWords(t.Escalation)
}

// escalationWords says who may decide too, and when: "; after 30 min also from leads".
func escalationWords(e *policy.Escalation) string {
	if e == nil || len(e.To) == 0 {
		return ""
	}
	return "; after " + length(e.After) + " also " + fromSets(policy.Step{From: e.To})
}

// fromSets names the sets of people that a step takes its approvals from.
func fromSets(s policy.Step) string {
	names := make([]string, len(s.From))
	for i, f := range s.From {
		names[i] = name(f, 40)
	}
	return "from " + strings.Join(names, " or ")
}

// approvals counts approvals in words: "one approval", "two approvals".
func approvals(n int) string {
	if n == 1 {
		return "one approval"
	}
	return spelled(n) + " approvals"
}

// spelled is a number as a sentence has it: small ones as words.
func spelled(n int) string {
	words := [...]string{"no", "one", "two", "three", "four", "five", "six"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return thousands(n)
}
