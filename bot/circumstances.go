package bot

import (
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// maxLost is how many of the entitlements that fell away a message names.
const maxLost = 3

// circumstances are what else there is to say of a request, a line each: what kind it is,
// when it is wanted, what it hangs together with, and what happened to it on the way.
func circumstances(v access.RequestView) []string {
	r := v.Request
	return append(emergencyLines(r), append(formLines(v), requestLines(r, v.Lost)...)...)
}

// formLines are what all requests of a form share.
func formLines(v access.RequestView) []string {
	r := v.Request
	var lines []string
	if !r.StartAt.IsZero() {
		lines = append(lines, ":calendar: *Wanted* from "+when(r.StartAt)+" until "+when(r.StartAt.Add(r.Duration))+", whenever it is approved.")
	}
	if r.Ticket != "" {
		line := ":ticket: *Ticket* `" + codeSpan(r.Ticket) + "`"
		if note := escName(r.TicketNote, 300); r.TicketNote != "" {
			line += ": " + note
		}
		lines = append(lines, line)
	}
	if link := messageLink(r.Link); link != "" {
		lines = append(lines, ":speech_balloon: Asked from "+link+".")
	}
	return lines
}

// requestLines are what happened to one request.
func requestLines(r access.Request, lost []access.ItemView) []string {
	var lines []string
	for _, rev := range r.Reviews {
		if rev.Verdict != access.Approve || rev.Duration == 0 && rev.StartAt.IsZero() {
			continue
		}
		var what []string
		if rev.Duration > 0 {
			what = append(what, "shortened it to "+length(rev.Duration))
		}
		if !rev.StartAt.IsZero() {
			what = append(what, "moved its start to "+when(rev.StartAt))
		}
		lines = append(lines, ":scissors: "+reviewer(rev)+" "+strings.Join(what, " and ")+".")
	}
	if c := r.Claim; c != nil && r.State == access.Pending {
		line := ":eyes: " + actor(c.By) + " looks at it, since " + when(c.At) + "."
		if c.From.Name != "" || c.From.Slack != "" {
			line = ":eyes: " + actor(c.From) + " handed it to " + actor(c.By) + ", " + when(c.At) + "."
		}
		lines = append(lines, line)
	}
	if line := escalationLine(r); line != "" {
		lines = append(lines, line)
	}
	return append(lines, lostLines(r, lost)...)
}

// lostLines say what fell away, and why.
func lostLines(r access.Request, lost []access.ItemView) []string {
	var lines []string
	for i, d := range r.Dropped {
		if i == maxLost {
			return append(lines, ":heavy_minus_sign: "+andMore(len(r.Dropped)-maxLost)+" were left out; Details says why.")
		}
		name := "An entitlement"
		if i < len(lost) {
			name = item(lost[i])
		}
		lines = append(lines, ":heavy_minus_sign: "+name+" was left out: "+sentence(cut(d.Why, 300)))
	}
	return lines
}

// smalls are lines in small print, in as few blocks as they fit.
func smalls(lines []string) []slack.Block {
	var blocks []slack.Block
	for len(lines) > 0 {
		text, n := lines[0], 1
		for n < len(lines) && len(text)+len(lines[n]) < maxSmall {
			text += "\n" + lines[n]
			n++
		}
		blocks, lines = append(blocks, small(text)), lines[n:]
	}
	return blocks
}

// reviewer is who gave a verdict, and for whom.
func reviewer(rev access.Review) string {
	if rev.For.Name == "" && rev.For.Slack == "" {
		return actor(rev.By)
	}
	return actor(rev.By) + " for " + actor(rev.For)
}

// approvers names those who approved, in order; "" for nobody.
func approvers(r access.Request) string {
	var words []string
	for _, rev := range r.Reviews {
		if rev.Verdict == access.Approve {
			words = append(words, reviewer(rev))
		}
	}
	switch n := len(words); {
	case n == 0:
		return ""
	case n > maxNames:
		return strings.Join(words[:maxNames], ", ") + " " + andMore(n-maxNames)
	}
	return list(words)
}

// slackMessage is what links to a message of Slack look like. Nothing else becomes a link:
// the words around it say that it is one.
var slackMessage = regexp.MustCompile(`^https://[a-z0-9-]+(\.[a-z0-9-]+)?\.slack\.com/archives/[A-Z0-9]+/p[0-9]+(\?[A-Za-z0-9_=&.-]*)?$`)

// messageLink is a link to the message that something was asked from; "" when it is none.
func messageLink(url string) string {
	if len(url) > 500 || !slackMessage.MatchString(url) {
		return ""
	}
	return "<" + escaper.Replace(url) + "|the message>"
}
