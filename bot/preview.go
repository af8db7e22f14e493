package bot

import (
	"context"
	"strings"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// previewText says what will happen when the form is sent, or why nothing can happen and
// whom to ask.
func (b *Bot) previewText(ctx context.Context, log zerolog.Logger, p access.Preview) string {
	var lines []string
	decided := p.Decision.Outcome == policy.Denied || p.Decision.Outcome == policy.NotRequestable
	switch {
	case decided:
		lines = append(lines, refused(p.Decision), askWhom(b.service.Admins(ctx)))
	case p.Problem != nil && p.Decision.Outcome != policy.Allowed: // whatever the rules say
		lines = append(lines, ":no_entry: *Not possible:* "+b.say(log, p.Problem).String())
	case p.Problem != nil:
		lines = append(lines, ":no_entry: *Not possible right now.* "+b.say(log, p.Problem).String(), ruleLine(p.Decision))
		if fault.Is(p.Problem, fault.Forbidden) {
			lines = append(lines, askWhom(b.service.Admins(ctx)))
		}
	case p.Decision.Terms.Automatic:
		lines = append(lines,
			":zap: *Given at once, no approval needed.* "+ruleLine(p.Decision),
			"At most "+length(p.Decision.Terms.MaxDuration)+". You get a direct message when the access is there, usually within a minute.")
	default:
		t := p.Decision.Terms
		lines = append(lines,
			":raised_hand: *Needs approval:* "+escName(steps(t), 300)+". "+ruleLine(p.Decision),
			"Can approve: "+people(p.Approvers)+", in "+channel(p.Channel)+".",
			"At most "+length(t.MaxDuration)+". If nobody decides within "+length(t.RequestTTL)+", the request lapses.")
	}
	if p.Live != nil {
		lines = append(lines, ":large_green_circle: *You have this already*, until "+when(p.Live.End)+". You can ask again to have it for longer.")
	}
	if p.Pending != nil {
		lines = append(lines, ":hourglass_flowing_sand: *You have asked for this already*, "+when(p.Pending.SubmittedAt)+"; it still waits for a decision.")
	}
	if p.Decision.Outcome == policy.Allowed && p.Role.SessionDuration > 0 {
		lines = append(lines, "_A session opened before the end can go on for up to "+length(p.Role.SessionDuration)+" after it._")
	}
	return strings.Join(lines, "\n")
}

func refused(d policy.Decision) string {
	if d.Outcome == policy.Denied {
		text := ":no_entry: *Not possible:* " + sentence(d.Why)
		if !strings.Contains(d.Why, d.Rule) {
			text += " " + ruleLine(d)
		}
		return text
	}
	text := ":no_entry: *You cannot ask for this:* " + sentence(d.Why)
	var passed []policy.Passed
	for _, p := range d.Passed {
		if !strings.Contains(d.Why, p.Rule) { // the closest is named already
			passed = append(passed, p)
		}
	}
	if len(passed) == 0 {
		return text
	}
	var why []string
	for i, p := range passed {
		if i == maxNames {
			why = append(why, "• and "+plural(len(passed)-maxNames, "more rule"))
			break
		}
		why = append(why, "• “"+escName(p.Rule, nameWidth)+"”: "+escName(p.Why, 150))
	}
	return text + "\n" + strings.Join(why, "\n")
}

func ruleLine(d policy.Decision) string {
	if d.Rule == "" {
		return ""
	}
	return "Rule “" + escName(d.Rule, nameWidth) + "” decides."
}

func askWhom(admins []access.Human) string {
	if len(admins) == 0 {
		return "If you need it, ask whoever runs Stint."
	}
	return "If you need it, ask " + people(admins) + "."
}

// redraw makes the form for what is chosen so far: terms, presets and preview of account
// and role.
func (b *Bot) redraw(ctx context.Context, asker catalog.PersonID, in filled) form {
	f := form{other: in.duration == otherDuration, typed: in.other, reason: in.reason, link: in.link}
	if d, err := in.asked(); err == nil && !f.other {
		f.chosen = d
	}
	if in.account == "" {
		return f
	}
	account, ok := b.service.Account(in.account)
	if !ok {
		f.preview = ":no_entry: This account is no longer in the organization. Choose another."
		return f
	}
	f.account = &account
	if in.role == "" {
		f.preview, f.why = b.accountPreview(ctx, asker, account)
		return f
	}
	p, err := b.service.Preview(ctx, asker, in.account, in.role)
	if err != nil {
		f.preview = ":no_entry: " + b.say(b.log, err).String()
		return f
	}
	f.role = &p.Role
	if p.Decision.Outcome == policy.Allowed {
		f.terms = &p.Decision.Terms
	}
	f.preview = b.previewText(ctx, b.log, p)
	if paused := b.service.Paused(); paused != nil && p.Problem == nil && p.Decision.Outcome == policy.Allowed {
		f.preview = pausedLine(*paused) + "\n" + f.preview
	}
	f.why = f.terms == nil || p.Problem != nil
	if f.terms != nil && f.chosen > f.terms.MaxDuration && f.terms.MaxDuration > 0 {
		f.preview += "\n:point_up: " + length(f.chosen) + " is longer than this role allows; “How long” was set to the longest."
	}
	return f
}

// accountPreview says what an account offers before a role is chosen, and whether that is
// nothing.
func (b *Bot) accountPreview(ctx context.Context, asker catalog.PersonID, a catalog.Account) (text string, nothing bool) {
	title := "*" + bold(accountName(a)) + "*  `" + escName(string(a.ID), 20) + "`  " + escName(a.OUPath, nameWidth)
	roles, err := b.service.Roles(ctx, asker, a.ID, "", 1)
	switch {
	case err != nil:
		return title + "\n:no_entry: " + b.say(b.log, err).String(), false
	case a.Ungrantable != "":
		return title + "\n:no_entry: *Stint cannot give access here:* " + sentence(a.Ungrantable) + " " + askWhom(b.service.Admins(ctx)), false
	case roles.Total == 0:
		why := addressed(sentence(roles.Why), b.service.Admins(ctx))
		if why == "" {
			why = "No rule lets you ask for a role here. " + askWhom(b.service.Admins(ctx))
		}
		return title + "\n:no_entry: *You can ask for nothing here:* " + why, true
	}
	return title + "\nYou can ask for " + plural(roles.Total, "role") + " here. Choose one to see who decides.", false
}
