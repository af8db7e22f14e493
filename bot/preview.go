package bot

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// maxParts is how many parts of a form the preview tells apart.
const maxParts = 12

// redraw makes the form for what is chosen so far: terms, presets and preview.
func (b *Bot) redraw(ctx context.Context, who identity.Bound, in filled) form {
	f := form{filled: in, now: b.service.Now(), behalf: b.service.AsksForOthers(who.Person), groups: b.service.OffersGroups(), asked: len(in.entitlements())}
	if zone, err := time.LoadLocation(who.Facts.TimeZone); err == nil && who.Facts.TimeZone != "" {
		f.zone = zone
	}
	f.nextDay = nextMorning(f.now, f.zone)
	if f.start == startPick && f.picked.IsZero() {
		f.picked = firstPicked(f.now)
	}
	if in.receiver != "" {
		h, err := b.service.Receiver(ctx, who.Person, in.receiver)
		if err != nil {
			f.forWhom = &access.Human{Person: in.receiver, Name: cmp.Or(h.Name, string(in.receiver))}
			f.keepGroup(ctx, b, who)
			f.about = []slack.Block{section(":no_entry: *Not for " + escName(f.forWhom.Name, nameWidth) + ":* " + b.say(b.log, err).String())}
			f.keep(b)
			return f
		}
		f.forWhom = &h
	}
	if text := f.keep(b); text != "" {
		f.about = []slack.Block{section(text)}
		return f
	}
	switch {
	case f.ofGroup && f.group == "":
	case f.ofGroup:
		b.foresee(ctx, who, &f)
	case len(f.places) == 0:
	case len(in.roles) == 0:
		f.about = []slack.Block{b.offered(ctx, who.Person, f)}
	case f.asked > access.MaxEntitlements:
		f.about = []slack.Block{section(fmt.Sprintf(":no_entry: *That is too much for one form:* %s is %d in all; one form may ask for %d. Take some out, and send another form for the rest.", f.size(), f.asked, access.MaxEntitlements))}
	default:
		b.foresee(ctx, who, &f)
	}
	return f
}

// keep finds the accounts and roles that were chosen, and drops those that are gone. text
// says so when nothing is left of one of them.
func (f *form) keep(b *Bot) (text string) {
	for _, id := range f.accounts {
		if a, ok := b.service.Account(id); ok {
			f.places = append(f.places, a)
		}
	}
	for _, arn := range f.roles {
		if r, ok := b.service.Role(arn); ok {
			f.chosen = append(f.chosen, r)
		}
	}
	switch {
	case len(f.accounts) > 0 && len(f.places) == 0:
		text = ":no_entry: This account is no longer in the organization. Choose another."
	case len(f.roles) > 0 && len(f.chosen) == 0:
		text = ":no_entry: This role no longer exists. Choose another."
	}
	return text
}

// size is "2 roles in 3 accounts".
func (f form) size() string {
	return plural(len(f.roles), "role") + " in " + plural(len(f.accounts), "account")
}

// foresee asks what would come of the form, and draws it.
func (b *Bot) foresee(ctx context.Context, who identity.Bound, f *form) {
	p, err := b.service.Preview(ctx, f.question(who.Person))
	if err != nil {
		f.about = []slack.Block{section(":no_entry: " + b.say(b.log, err).String())}
		return
	}
	f.terms, f.urgent = termsOf(p.Parts), p.Emergency
	f.refused, f.leaving = refusedOf(p)
	if item, _, ok := p.One(); ok && f.ofGroup {
		f.joins = &item.ItemView
	}
	f.about = b.previewBlocks(ctx, *f, who.Slack, p)
}

// question is what the service is asked about the form.
func (f filled) question(asker catalog.PersonID) access.PreviewInput {
	return access.PreviewInput{Asker: asker, Receiver: f.receiver, Entitlements: f.entitlements(), Emergency: f.emergency, Ticket: strings.TrimSpace(f.ticket)}
}

// refusedOf counts what cannot be sent of several, and names exactly that; "" where nothing
// would be left, or nothing is refused.
func refusedOf(p access.Preview) (n int, which string) {
	var parts []string
	for _, i := range p.Items {
		if i.Refused() {
			parts = append(parts, string(i.Entitlement.Account), string(i.Entitlement.Role), string(i.Entitlement.Group))
			n++
		}
	}
	if n == 0 || n == len(p.Items) {
		return n, ""
	}
	return n, digest(parts...)
}

// previewBlocks say what will happen when the form is sent, or why nothing can happen and
// whom to ask.
func (b *Bot) previewBlocks(ctx context.Context, f form, asker identity.SlackUserID, p access.Preview) []slack.Block {
	var blocks []slack.Block
	if paused := b.service.Paused(); paused != nil && f.terms != nil {
		blocks = append(blocks, section(pausedLine(*paused)))
	}
	if p.Wait > 0 && f.terms != nil {
		blocks = append(blocks, section(queueLine(p.Wait)))
	}
	if item, part, ok := p.One(); ok {
		text := b.previewText(ctx, f, item, part)
		switch {
		case f.ofGroup && f.forWhom == nil && (item.Problem != nil || f.terms == nil):
			blocks = append(append(blocks, f.groupPart(item.ItemView)...), sectionWith(text, whyGroupButton(item.ItemView)))
		case f.ofGroup:
			blocks = append(append(blocks, f.groupPart(item.ItemView)...), section(text))
		case f.forWhom == nil && (item.Problem != nil || f.terms == nil):
			blocks = append(blocks, sectionWith(text, whyButton(item.Account, &item.Role)))
		default:
			blocks = append(blocks, section(text))
		}
	} else {
		blocks = append(blocks, b.several(ctx, f, p)...)
	}
	blocks = append(blocks, b.have(ctx, f, asker, p)...)
	if line := f.window(); line != "" {
		blocks = append(blocks, section(line))
	}
	if d := f.preset(); f.terms != nil && f.terms.longest > 0 && d > f.terms.longest {
		blocks = append(blocks, section(":point_up: "+length(d)+" is longer than this allows; “How long” was set to the longest."))
	}
	return blocks
}

// window says from when to when a scheduled access will be there.
func (f form) window() string {
	at := f.startsAt(f.now)
	if f.terms == nil || f.terms.emergency || at.IsZero() {
		return ""
	}
	if !at.After(f.now) {
		return ":point_up: The start that you picked has passed."
	}
	d, err := f.wanted()
	if err != nil {
		d = 0
	}
	if !f.other() {
		d = f.shown()
	}
	line := ":calendar: *From " + when(at) + "*"
	if d > 0 {
		line += " *until " + when(at.Add(d)) + "*"
	}
	line += ", and it starts by itself."
	if !f.terms.automatic {
		line += " Approved later than that, it starts then, and ends all the same."
	}
	return line
}

// previewText is the preview of one entitlement.
func (b *Bot) previewText(ctx context.Context, f form, i access.PreviewItem, p access.PreviewPart) string {
	var lines []string
	decided := i.Decision.Outcome == policy.Denied || i.Decision.Outcome == policy.NotRequestable
	switch {
	case decided:
		next := f.askWhom(b.service.Admins(ctx))
		if f.forWhom != nil && i.Themself {
			next = f.whom() + " could ask for it without you."
		}
		lines = append(lines, f.refusal(i), next)
	case i.Problem != nil && i.Decision.Outcome != policy.Allowed: // whatever the rules say
		lines = append(lines, ":no_entry: *Not possible"+f.forWhomWords()+":* "+b.say(b.log, i.Problem).String())
	case i.Problem != nil:
		lines = append(lines, ":no_entry: *Not possible right now"+f.forWhomWords()+".* "+b.say(b.log, i.Problem).String(), ruleLine(i.Decision))
		if fault.Is(i.Problem, fault.Forbidden) {
			lines = append(lines, f.askWhom(b.service.Admins(ctx)))
		}
	default:
		lines = append(lines, f.decidedHow(p)...)
	}
	if i.Decision.Outcome == policy.Allowed && i.Role.SessionDuration > 0 {
		lines = append(lines, "_A session opened before the end can go on for up to "+length(i.Role.SessionDuration)+" after it._")
	}
	return strings.Join(lines, "\n")
}

// decidedHow says how a part is decided, how long it lasts at most, and what it waits for.
func (f form) decidedHow(p access.PreviewPart) []string {
	t := p.Decision.Terms
	switch {
	case t.Emergency:
		lines := []string{":rotating_light: *Let in at once, as an emergency.* " + ruleLine(p.Decision), emergencyLine(t)}
		if line := f.usedLine(p.Emergencies); line != "" {
			lines = append(lines, line)
		}
		return lines
	case t.Automatic:
		told := "You get"
		if f.forWhom != nil {
			told = f.whom() + " gets"
		}
		return []string{
			":zap: *Given at once, no approval needed.* " + ruleLine(p.Decision),
			"At most " + length(t.MaxDuration) + ". " + told + " a direct message when the access is there, usually within a minute.",
		}
	}
	can := "Can approve: " + people(p.Approvers) + ", in " + channel(p.Channel) + "."
	if len(p.Later) > 0 {
		can = onlyLater(p.Approvers, p.Later, t, "after "+length(t.Escalation.After)) + " The card goes to " + channel(p.Channel) + "."
	}
	return []string{
		":raised_hand: *Needs approval:* " + escName(steps(t), 300) + ". " + ruleLine(p.Decision),
		can,
		"At most " + length(t.MaxDuration) + ". If nobody decides within " + length(t.RequestTTL) + ", the request lapses.",
	}
}

// emergencyLine says what an emergency brings with it.
func emergencyLine(t policy.Terms) string {
	line := "At most " + length(t.MaxDuration) + "."
	told := []string{channel(identity.ChannelID(t.Channel))}
	if t.Notify != "" && t.Notify != t.Channel {
		told = append(told, channel(identity.ChannelID(t.Notify)))
	}
	line += " Told at once: " + list(append(told, "the admins")) + "."
	if t.Reason.MinLength > 1 {
		line += " The reason needs at least " + plural(t.Reason.MinLength, "character") + "."
	}
	if t.DebriefWithin > 0 {
		line += " Afterwards, within " + length(t.DebriefWithin) + ", somebody from " + escName(strings.Join(t.DebriefBy, " or "), 200) + " looks back at whether it was justified."
	}
	return line
}

// usedLine says how many emergencies are used, and what comes after this one; "" without a limit.
func (f form) usedLine(e *access.Emergencies) string {
	if e == nil {
		return ""
	}
	who := "You have"
	if f.forWhom != nil {
		who = "You and " + f.whom() + " have"
	}
	line := "*" + who + " used " + strconv.Itoa(e.Used) + " of " + strconv.Itoa(e.PerDay) + "* emergencies that this rule allows in 24 hours; this is number " + strconv.Itoa(e.Used+1)
	if e.Used+1 < e.PerDay {
		return line + "."
	}
	return line + ", the last one. The next is possible " + when(e.Next) + "; until then somebody has to approve."
}

// refusal says what the policy has against it.
func (f form) refusal(i access.PreviewItem) string {
	d := i.Decision
	title := "*You cannot ask for this:* "
	switch {
	case f.forWhom != nil && i.Themself:
		title = "*You cannot ask for this for " + f.whom() + ":* "
	case f.forWhom != nil:
		title = "*" + f.whom() + " cannot have this:* "
	case d.Outcome == policy.Denied:
		title = "*Not possible:* "
	}
	text := ":no_entry: " + title + sentence(d.Why)
	if d.Outcome == policy.Denied {
		if !strings.Contains(d.Why, d.Rule) {
			text += " " + ruleLine(d)
		}
		return text
	}
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

// askWhom says whom to ask about what cannot be asked for.
func (f form) askWhom(admins []access.Human) string {
	if f.forWhom == nil {
		return askWhom(admins)
	}
	if len(admins) == 0 {
		return "If " + f.whom() + " needs it, ask whoever runs Stint."
	}
	return "If " + f.whom() + " needs it, ask " + people(admins) + "."
}

// offered says what the chosen accounts offer before a role is chosen.
func (b *Bot) offered(ctx context.Context, asker catalog.PersonID, f form) slack.Block {
	if len(f.places) == 1 && f.receiver == "" {
		text, nothing := b.accountPreview(ctx, asker, f.places[0])
		if nothing {
			return sectionWith(text, whyButton(f.places[0], nil))
		}
		return section(text)
	}
	names := make([]string, 0, maxNames+1)
	for _, a := range f.places[:min(len(f.places), maxNames)] {
		names = append(names, "*"+bold(accountName(a))+"*")
	}
	title := list(names)
	if more := len(f.places) - maxNames; more > 0 {
		title = strings.Join(names, ", ") + " " + andMore(more)
	}
	roles, err := b.service.Roles(ctx, access.RoleQuery{Asker: asker, Receiver: f.receiver, Accounts: f.accounts, Limit: 1})
	switch {
	case err != nil:
		return section(title + "\n:no_entry: " + b.say(b.log, err).String())
	case roles.Total == 0:
		return section(title + "\n:no_entry: *You can ask for nothing here" + f.forWhomWords() + ":* " + addressed(sentence(roles.Why), b.service.Admins(ctx)))
	}
	where := "in one of them at least"
	if len(f.places) == 1 {
		where = "here"
	}
	return section(title + "\nYou can ask for " + plural(roles.Total, "role") + " " + where + f.forWhomWords() + ". Choose one to see who decides.")
}

// accountPreview says what an account offers before a role is chosen, and whether that is
// nothing.
func (b *Bot) accountPreview(ctx context.Context, asker catalog.PersonID, a catalog.Account) (text string, nothing bool) {
	title := "*" + bold(accountName(a)) + "*  `" + escName(string(a.ID), 20) + "`  " + escName(a.OUPath, nameWidth)
	roles, err := b.service.Roles(ctx, access.RoleQuery{Asker: asker, Accounts: []catalog.AccountID{a.ID}, Limit: 1})
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
