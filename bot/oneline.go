package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// areaLine is a request on one line: /aws-access prod-billing ReadOnly 2h INC-123 disk is full.
const areaLine = "line"

// actLinePick asks for the one that was meant; value: line.
const actLinePick = "stint.line.pick"

// maxLineReason is how much of a reason fits into a button beside what it is for.
const maxLineReason = 1500

// line is a request on one line, once it is known what it is for.
type line struct {
	Account  catalog.AccountID `json:"a"`
	Role     catalog.RoleARN   `json:"r"`
	Duration time.Duration     `json:"d,omitempty"`
	Reason   string            `json:"w,omitempty"`
	Key      string            `json:"k"` // of the command: the same one again is the same request
}

func (l line) String() string {
	l.Reason = cut(l.Reason, maxLineReason)
	raw, _ := json.Marshal(l) // strings and a number
	return string(raw)
}

func readLine(s string) line {
	var l line
	_ = json.Unmarshal([]byte(s), &l) // an unreadable one names no account, and the form opens
	return l
}

// readOneLine takes a command apart: names first, then a duration, then the reason. Without a
// duration everything is names.
func readOneLine(text string) (a whyAsked, reason string) {
	text = clean(text)
	words := quotedWords(text)
	for at := 1; at < min(len(words), whyWords); at++ {
		d, err := parseDuration(words[at])
		if err != nil {
			continue
		}
		names := words[:at]
		if n := len(names); n > 2 && strings.EqualFold(names[n-1], "for") {
			names = names[:n-1]
		}
		return whyAsked{words: names, duration: d}, strings.Join(words[at+1:], " ")
	}
	return whyAsked{words: words[:min(len(words), whyWords)]}, ""
}

// oneLine answers a request on one line. What is not clear is asked back, and what is missing
// is asked for in the form: nothing is guessed.
func (b *Bot) oneLine(ctx context.Context, o origin, text string) {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	a, reason := readOneLine(text)
	if len(a.words) == 1 {
		b.accountOnly(ctx, o, who.Person, a, reason)
		return
	}
	hits, accounts, err := b.whyHits(ctx, who.Person, a)
	l := line{Duration: a.duration, Reason: reason, Key: lineKey(o.triggerID, text)}
	possible, _ := exactly(hits, func(h hit) bool { return h.open })
	switch {
	case err != nil:
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
	case len(hits) == 1 && (hits[0].typed || l.Duration == 0 || trimmed(reason) == ""):
		l.Account, l.Role = hits[0].account.ID, hits[0].role.ARN
		b.askLine(ctx, o, who.Person, l)
	case len(hits) > 0: // one that is spelled otherwise is asked back too: what is sent may be given at once
		b.answerLine(ctx, o, lineWhich(possible, l))
	case len(accounts) == 1:
		b.openFormWith(ctx, o, prefill{
			entitlements: []access.Entitlement{access.RoleIn(accounts[0].ID, "")}, duration: a.duration, reason: reason,
			note: ":mag: No role in " + escaper.Replace(accountName(accounts[0])) + " matches “" + escName(strings.Join(a.words, " "), nameWidth) + "”. Choose one from the list.",
		})
	default:
		head := ":mag: No account and role match “" + escName(strings.Join(a.words, " "), nameWidth) + "”."
		text := head + "\nWrite it like `" + commandAccess + " prod-billing ReadOnly 2h INC-123 disk is full`, names with spaces in quotation marks; or choose them from lists."
		b.answerLine(ctx, o, message(head, section(text), actions(button(actRequest, "new", "Choose from lists", "Open the request form"))))
	}
}

// accountOnly opens the form with the account that was named.
func (b *Bot) accountOnly(ctx context.Context, o origin, asker catalog.PersonID, a whyAsked, reason string) {
	found, err := b.service.Accounts(ctx, asker, a.words[0], whySearch)
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	named, _ := exactly(found.Accounts, func(x catalog.Account) bool {
		return strings.EqualFold(x.Name, a.words[0]) || string(x.ID) == a.words[0]
	})
	with := prefill{duration: a.duration, reason: reason}
	switch len(named) {
	case 0:
		b.help(ctx, o, a.words[0])
		return
	case 1:
		with.entitlements = []access.Entitlement{access.RoleIn(named[0].ID, "")}
	default:
		with.note = ":question: Several accounts match “" + escName(a.words[0], nameWidth) + "”. Choose from the list."
	}
	b.openFormWith(ctx, o, with)
}

// askLine asks for what a line names. What the rule wants besides is asked for in the form,
// and the form says what one has of it already.
func (b *Bot) askLine(ctx context.Context, o origin, asker catalog.PersonID, l line) {
	e := access.RoleIn(l.Account, l.Role)
	with := prefill{entitlements: []access.Entitlement{e}, duration: l.Duration, reason: l.Reason}
	if l.Duration == 0 || trimmed(l.Reason) == "" {
		b.openFormWith(ctx, o, with)
		return
	}
	if p, err := b.service.Preview(ctx, access.PreviewInput{Asker: asker, Entitlements: with.entitlements}); err == nil {
		if it, _, ok := p.One(); ok && (it.Live != nil || it.Pending != nil) {
			with.note = ":point_up: *Not sent yet:* look below at what you have of it already."
			b.openFormWith(ctx, o, with)
			return
		}
	}
	ticket := ""
	if v, err := b.service.Explain(ctx, o.user, access.ExplainInput{Account: l.Account, Role: l.Role}); err == nil {
		ticket = ticketIn(l.Reason, v.Explanation.Decision.Terms.Ticket)
	}
	r, err := b.service.Submit(ctx, access.Submission{
		FormKey: string(o.user) + "/line/" + l.Key, User: o.user, Entitlements: with.entitlements,
		Duration: l.Duration, Reason: trimmed(l.Reason), Ticket: ticket,
	})
	if err != nil {
		s := b.say(b.userLog(o.user), err)
		if fault.CodeOf(err) == fault.Invalid {
			with.ticket, with.note = ticket, ":no_entry: *Not sent yet.* "+s.String()
			b.openFormWith(ctx, o, with)
			return
		}
		text := ":no_entry: *Not sent.* " + s.String()
		b.answerLine(ctx, o, message(text, section(text), actions(button(actRequest, "new", "Open the form", "Open the request form"))))
		return
	}
	v, err := b.service.RequestView(ctx, r.ID)
	if err != nil { // it is stored all the same
		v = access.RequestView{Request: r}
	}
	b.answerLine(ctx, o, lineSent(v, b.service.Paused()))
}

// lineSent says that a request on one line is on its way.
func lineSent(v access.RequestView, p *access.Pause) content {
	head := ":white_check_mark: *Sent.* " + items(v, item) + " for " + length(v.Request.Duration) + "."
	blocks := []slack.Block{section(head), section(stateLine(v))}
	if p != nil && v.Request.State == access.Pending {
		blocks = append(blocks, section(pausedLine(*p)))
	}
	return message(head, append(blocks, small("Stint tells you in a direct message how it goes on."))...)
}

// ticketIn is the ticket that a reason begins with or holds, where the rule wants one.
func ticketIn(reason string, t *policy.TicketTerms) string {
	if t == nil {
		return ""
	}
	words := strings.Fields(reason)
	if t.Pattern == "" {
		if t.Optional || len(words) == 0 {
			return ""
		}
		return words[0]
	}
	re, err := regexp.Compile("^(?:" + t.Pattern + ")$")
	if err != nil {
		return ""
	}
	for _, w := range words {
		if re.MatchString(w) {
			return w
		}
	}
	return ""
}

// lineWhich asks back which of several was meant.
func lineWhich(hits []hit, l line) content {
	head := ":question: *Which one do you mean?* Nothing was sent."
	if len(hits) == 1 {
		head = ":question: *Do you mean this one?* Nothing was sent."
	}
	blocks := []slack.Block{section(head)}
	for i, h := range hits[:min(len(hits), whyChoices)] {
		it := access.ItemView{Account: h.account, Role: h.role, Entitlement: access.RoleIn(h.account.ID, h.role.ARN)}
		l.Account, l.Role = h.account.ID, h.role.ARN
		blocks = append(blocks, sectionWith(item(it)+"\n"+whereabouts(it),
			button(actLinePick+":"+strconv.Itoa(i), l.String(), "This one", "Ask for "+plainItem(it))))
	}
	if more := len(hits) - whyChoices; more > 0 {
		blocks = append(blocks, small("More fit: write more of the names, or choose them with `"+commandAccess+"`."))
	}
	return message(head, blocks...)
}

// linePressed goes on with what was meant.
func (b *Bot) linePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	l := readLine(a.Value)
	if l.Account == "" {
		b.openForm(ctx, o)
		return
	}
	o.ts = "pressed" // the answer takes the place of the question
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	b.askLine(ctx, o, who.Person, l)
}

// lineKey is what makes a command that comes twice one request.
func lineKey(trigger, text string) string {
	h := sha256.Sum256([]byte(fmt.Sprintf("%d:%s%s", len(trigger), trigger, text)))
	return hex.EncodeToString(h[:16])
}

// answerLine answers where it was asked, for who asked alone; after a press it takes the
// place of what was pressed.
func (b *Bot) answerLine(ctx context.Context, o origin, c content) {
	if err := b.privately(ctx, o.responseURL, c, o.ts != ""); err != nil {
		b.log.Warn().Err(err).Str("user", string(o.user)).Msg("answer not sent")
	}
}
