package bot

import (
	"context"
	"slices"
	"strings"

	"stint/access"
	"stint/access/identity"
	"stint/access/policy"
)

// escalationLine says on a card when others may decide too, or since when they may; "" when
// that changes nothing.
func escalationLine(r access.Request) string {
	e := r.Terms.Escalation
	switch {
	case e == nil:
		return ""
	case !r.EscalatedAt.IsZero() && len(e.To) > 0:
		return ":arrow_double_up: Nobody had decided it by " + when(r.EscalatedAt) + ", so it went to " + setsOf(e) + " too."
	case !r.EscalatedAt.IsZero():
		return ":arrow_double_up: Nobody had decided it by " + when(r.EscalatedAt) + ", so it went further."
	case r.State != access.Pending || r.EscalateAt.IsZero():
		return ""
	}
	return ":arrow_double_up: If nobody decides it, it goes " + where(e) + " " + when(r.EscalateAt) + "."
}

// canDecide says who can decide a request that waits, or who can once it has escalated.
func canDecide(v access.RequestView) string {
	r := v.Request
	if len(v.Later) == 0 || r.Terms.Escalation == nil {
		return "Can decide: " + people(v.Approvers) + "."
	}
	at := "after " + length(r.Terms.Escalation.After)
	if !r.EscalateAt.IsZero() {
		at = when(r.EscalateAt)
	}
	return onlyLater(v.Approvers, v.Later, r.Terms, at)
}

// onlyLater says that only those of its escalation complete it, and when they can; at is
// "after 30 min", or a moment.
func onlyLater(now, later []access.Human, t policy.Terms, at string) string {
	var sets []string
	for _, s := range t.Steps {
		for _, set := range s.From {
			if set = escName(set, 40); !slices.Contains(sets, set) {
				sets = append(sets, set)
			}
		}
	}
	line := "*Nobody in " + strings.Join(sets, " or ") + " can decide this now*"
	if len(now) > 0 {
		line = "*Too few in " + strings.Join(sets, " or ") + " can decide this now:* " + people(now)
	}
	return line + "; " + at + " it goes to " + setsOf(t.Escalation) + " too: " + people(later) + "."
}

// setsOf names to whom a request escalates.
func setsOf(e *policy.Escalation) string {
	words := make([]string, len(e.To))
	for i, set := range e.To {
		words[i] = escName(set, 40)
	}
	return list(words)
}

// where says to whom, and in which channel, a request escalates.
func where(e *policy.Escalation) string {
	switch {
	case len(e.To) == 0:
		return "to " + channel(idChannel(e.Channel)) + " as well"
	case e.Channel == "":
		return "to " + setsOf(e) + " too"
	}
	return "to " + setsOf(e) + " too, in " + channel(idChannel(e.Channel)) + ","
}

// escalatedStory asks those who may decide now.
func escalatedStory(v access.RequestView) string {
	r := v.Request
	if r.State != access.Pending || r.Terms.Escalation == nil {
		return ""
	}
	line := ":arrow_double_up: *Nobody has decided it* for " + length(r.Terms.Escalation.After) + "."
	if len(r.Terms.Escalation.To) > 0 {
		line += " From now on " + setsOf(r.Terms.Escalation) + " may decide it too."
	}
	if len(v.Approvers) > 0 {
		line += " " + people(v.Approvers) + ": please approve or deny it."
	}
	return line + " It lapses " + when(r.ExpiresAt) + "."
}

// escalationChannel is where an escalated card is shown too; "" for nowhere.
func escalationChannel(r access.Request) identity.ChannelID {
	e := r.Terms.Escalation
	if e == nil || r.EscalatedAt.IsZero() || e.Channel == r.Terms.Channel {
		return ""
	}
	return identity.ChannelID(e.Channel)
}

// escalatedCopy shows a card in the channels to which requests of it escalated too, once in each.
func (b *Bot) escalatedCopy(ctx context.Context, key string, vs []access.RequestView, home identity.ChannelID, existing []access.Message) error {
	var failed error
	for _, v := range vs {
		ch := escalationChannel(v.Request)
		there := slices.ContainsFunc(existing, func(m access.Message) bool { return m.Channel == ch })
		if ch == "" || ch == home || there || !decidable(v.Request) || b.members.shared(ctx, ch) {
			continue
		}
		if err := b.copyOf(ctx, key+"/"+string(ch), key, v.Request.ID, home, identity.SlackUserID(ch)); err != nil {
			failed = err
		}
	}
	return failed
}

// copyNote says why a copy of a card is where it is; to is a user or a channel.
func copyNote(vs []access.RequestView, to string, home identity.ChannelID) string {
	for _, v := range vs {
		switch c := v.Request.Claim; {
		case to != "" && to == string(escalationChannel(v.Request)):
			return "This is here too because nobody decided it in " + channel(home) + "."
		case to != "" && to == string(loudChannel(v.Request)):
			return "This is here too because it is an emergency; its own channel is " + channel(home) + "."
		case c != nil && c.From.Person != "" && to == string(c.By.Slack):
			return "You get this here because " + actor(c.From) + " handed it over to you."
		}
	}
	return "You get this here because you can decide it and are not in " + channel(home) + "."
}
