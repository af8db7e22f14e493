package bot

import (
	"slices"
	"strconv"
	"time"

	"stint/access"
	"stint/access/policy"
)

// formTerms are the terms of all parts of a form together: what it sends must suit each.
type formTerms struct {
	durations []time.Duration
	longest   time.Duration
	emergency bool
	automatic bool     // every part is
	reasons   []string // what the reason must contain, one for each that wants something
	least     int      // characters of the reason
	ticket    *formTicket
}

// formTicket is how a ticket is asked for.
type formTicket struct {
	hint     string
	optional bool // no part needs one
}

// termsOf joins the terms of the parts that can be sent; nil when there are none.
func termsOf(parts []access.PreviewPart) *formTerms {
	var out *formTerms
	for _, p := range parts {
		if p.Problem != nil {
			continue
		}
		if out == nil {
			out = &formTerms{automatic: true}
		}
		out.add(p.Decision.Terms)
	}
	return out
}

func (f *formTerms) add(t policy.Terms) {
	if f.longest == 0 || t.MaxDuration > 0 && t.MaxDuration < f.longest {
		f.longest, f.durations = t.MaxDuration, t.Durations
	}
	f.emergency = f.emergency || t.Emergency
	f.automatic = f.automatic && t.Automatic
	f.least = max(f.least, t.Reason.MinLength)
	want := ""
	switch {
	case t.Reason.Hint != "":
		want = "Must contain: " + name(t.Reason.Hint, 200) + ". "
	case t.Reason.Pattern != "":
		want = "Must match " + name(t.Reason.Pattern, 200) + ". "
	}
	if want != "" && !slices.Contains(f.reasons, want) {
		f.reasons = append(f.reasons, want)
	}
	if t.Ticket != nil {
		f.addTicket(*t.Ticket)
	}
}

func (f *formTerms) addTicket(t policy.TicketTerms) {
	want := ""
	switch {
	case t.Hint != "":
		want = "Must be: " + name(t.Hint, 200) + ". "
	case t.Pattern != "":
		want = "Must match " + name(t.Pattern, 200) + ". "
	}
	switch {
	case f.ticket == nil:
		f.ticket = &formTicket{hint: want, optional: t.Optional}
	case f.ticket.hint != want:
		f.ticket.hint += want
		fallthrough
	default:
		f.ticket.optional = f.ticket.optional && t.Optional
	}
	if t.Check {
		checked := "It is looked up before anything is given."
		f.ticket.hint = cutSuffix(f.ticket.hint, checked) + checked
	}
}

func cutSuffix(s, end string) string {
	if len(s) >= len(end) && s[len(s)-len(end):] == end {
		return s[:len(s)-len(end)]
	}
	return s
}

// reasonHint says what a reason must be.
func (f *formTerms) reasonHint() string {
	hint := ""
	if f.least > 1 {
		hint = "At least " + strconv.Itoa(f.least) + " characters. "
	}
	for i, r := range f.reasons {
		if i == maxNames {
			break
		}
		hint += r
	}
	return hint
}
