package bot

import (
	"context"
	"slices"
	"strings"

	"stint/access"
	"stint/access/identity"
)

// emergencyLines say on every message about an emergency what is special about it.
func emergencyLines(r access.Request) []string {
	if !r.Terms.Emergency {
		return nil
	}
	line := ":rotating_light: *An emergency:* given by the rule at once, nobody had to approve it. It is on record"
	if r.State == access.Approved {
		line += "; " + toldOf(r) + " were told"
	}
	lines := []string{line + "."}
	if !r.FactsAt.IsZero() {
		lines = append(lines, ":warning: *Slack could not be asked* who asks and receives. Stint went by what Slack had said "+when(r.FactsAt)+".")
	}
	if line := debriefLine(r); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// toldOf are those who hear of an emergency besides its own channel.
func toldOf(r access.Request) string {
	if r.Terms.Notify == "" || r.Terms.Notify == r.Terms.Channel {
		return "the admins of Stint"
	}
	return "the admins of Stint and " + channel(idChannel(r.Terms.Notify))
}

// debriefLine says how the look back at an emergency stands; "" when there is none to be.
func debriefLine(r access.Request) string {
	d := r.Debrief
	switch {
	case d == nil && r.State == access.Pending && len(r.Terms.DebriefBy) > 0:
		return ":mag: " + capital(lookers(r)) + " will look back at it."
	case d == nil:
		return ""
	case d.Open() && d.OverdueAt.IsZero():
		return ":mag: *Debrief:* " + lookers(r) + " says by " + when(d.Due) + " whether it was justified."
	case d.Open():
		return ":mag: *Debrief overdue* since " + when(d.Due) + ": " + lookers(r) + ", or an admin of Stint, says whether it was justified."
	}
	return ":mag: *" + verdictOf(d) + "*, says " + actor(d.By) + ", " + when(d.ClosedAt) + ": “" + escName(d.Note, 500) + "”"
}

// lookers are the sets of people of whom somebody looks back.
func lookers(r access.Request) string {
	names := make([]string, len(r.Terms.DebriefBy))
	for i, n := range r.Terms.DebriefBy {
		names[i] = escName(n, 40)
	}
	return "somebody of " + strings.Join(names, " or ")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func verdictOf(d *access.Debrief) string {
	if d.Justified {
		return "Justified"
	}
	return "Not justified"
}

// heldLine is pausedLine for a request: an emergency waits too, and says whom to call.
func heldLine(r access.Request, p access.Pause) string {
	line := pausedLine(p)
	if r.Terms.Emergency {
		line += "\n*Emergencies wait too.* If this one cannot, call " + actor(p.By) + " or another admin of Stint: they resume new access with `" + commandConfig + "`."
	}
	return line
}

// emergencyStory is how somebody let themselves in, in the thread.
func emergencyStory(n access.Notice, r access.Request) string {
	whom := "themselves"
	if r.Asker.Person != r.Receiver.Person {
		whom = actor(r.Receiver)
	}
	return ":rotating_light: *Emergency:* " + actor(r.Asker) + " let " + whom + " in, " + when(n.At) + ". Nobody had to approve it; " + toldOf(r) + " were told."
}

// loudCopy shows the card of an emergency in the channel that its rule names, too.
func (b *Bot) loudCopy(ctx context.Context, key string, vs []access.RequestView, home identity.ChannelID, existing []access.Message) error {
	var failed error
	for _, v := range vs {
		to := loudChannel(v.Request)
		there := slices.ContainsFunc(existing, func(m access.Message) bool { return m.Key == key+"/"+string(to) })
		if to == "" || there || b.members.shared(ctx, to) {
			continue
		}
		if err := b.copyOf(ctx, key+"/"+string(to), key, v.Request.ID, home, identity.SlackUserID(to)); err != nil {
			failed = err
		}
	}
	return failed
}

// loudChannel is the channel besides its own that gets the card of an emergency; "" for none.
func loudChannel(r access.Request) identity.ChannelID {
	if !r.Terms.Emergency || r.State != access.Approved || r.Terms.Notify == r.Terms.Channel {
		return ""
	}
	return identity.ChannelID(r.Terms.Notify)
}
