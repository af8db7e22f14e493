package policy

import (
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
)

// escalation compiles when and to whom a rule's requests go when nobody decides them.
func (c *compiler) escalation(path string, s *RuleSpec, t Terms) *Escalation {
	in := s.Escalate
	if s.Approval.Automatic {
		c.problem(path, "remove it", "escalate has no meaning where nobody needs to approve")
		return nil
	}
	e := &Escalation{}
	switch {
	case in.After == 0:
		c.problem(path+".after", "write it like 30m", "escalate does not say after how long")
	case c.duration(path+".after", in.After):
		e.After = time.Duration(in.After)
		if e.After >= t.RequestTTL {
			c.warn(path+".after", "make it shorter than request_ttl",
				"a request lapses after %s, so it never escalates after %s", formatDuration(t.RequestTTL), in.After)
		}
	}
	switch {
	case len(in.To) == 0 && in.Channel == "":
		c.problem(path+".to", "list people sets, or name a channel", "escalate does not say to whom")
	case slices.Contains(in.To, all):
		c.problem(path+".to", "list people sets", "`all` cannot approve")
	default:
		e.To = c.setNames(path+".to", in.To)
	}
	if in.Channel != "" {
		e.Channel, _ = c.channel(path+".channel", in.Channel)
	}
	return e
}

// Escalated are the terms once a request has gone to those of its escalation too: they count
// as members of every step's sets.
func (t Terms) Escalated() Terms {
	if t.Escalation == nil || len(t.Escalation.To) == 0 {
		return t
	}
	steps := make([]Step, len(t.Steps))
	for i, s := range t.Steps {
		steps[i] = Step{From: slices.Clone(s.From), Count: s.Count}
		for _, name := range t.Escalation.To {
			if !slices.Contains(s.From, name) {
				steps[i].From = append(steps[i].From, name)
			}
		}
	}
	t.Steps = steps
	return t
}

// OnlyEscalated reports whether the people who could vote suffice for the terms only once
// the request has gone to those of its escalation too.
func (p *Policy) OnlyEscalated(f Facts, t Terms, exclude ...catalog.PersonID) bool {
	if t.Automatic || t.Escalation == nil || len(t.Steps) == 0 {
		return false
	}
	_, _, before := p.shortStep(f, t, exclude)
	_, _, after := p.shortStep(f, t.Escalated(), exclude)
	return !before && after
}

// describe is "escalates to leads after 30 min".
func (e *Escalation) describe() string {
	to := strings.Join(e.To, " and ")
	if to == "" {
		to = "another channel"
	}
	return "escalates to " + to + " after " + spell(e.After)
}

// compareEscalation says what became of who may decide too, and when.
func compareEscalation(before, after *Escalation) ease {
	switch {
	case before == nil && after == nil:
		return easeSame
	case before == nil:
		return escalationEases(len(after.To))
	case after == nil && len(before.To) > 0:
		return tightened
	case after == nil:
		return easeSame
	}
	e := easeOf(-int64(before.After), -int64(after.After))
	if len(before.To) == 0 || len(after.To) == 0 {
		e = easeSame // only a channel: nobody more can decide
	}
	more, less := everyItem(before.To, after.To), everyItem(after.To, before.To)
	switch {
	case more && less:
		return e
	case more:
		return e.with(eased)
	case less:
		return e.with(tightened)
	default:
		return incomparable
	}
}

func escalationEases(to int) ease {
	if to == 0 {
		return easeSame
	}
	return eased
}
