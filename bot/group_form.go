package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
)

// GroupService is what the form for membership in a group asks.
type GroupService interface {
	// OffersGroups reports whether any rule lets people ask for membership in a group.
	OffersGroups() bool
	Groups(ctx context.Context, asker catalog.PersonID, query string, limit int) (access.GroupChoices, error)
}

// areaGroup is membership in an Identity Center group; the word after /aws-access too.
const areaGroup = "group"

// The ids of the form.
const (
	viewGroup      = "stint.group"
	groupTitle     = "Request a group"
	actGroupPick   = "stint.group.pick"
	actGroupTime   = "stint.group.time"
	actGroupOther  = "stint.group.other"
	actGroupWhy    = "stint.group.why"
	actGroupTicket = "stint.group.ticket"

	blockGroup       = "group"
	blockGroupTime   = "group.time" // + "/" + presets
	blockGroupOther  = "group.other"
	blockGroupWhy    = "group.why"
	blockGroupTicket = "group.ticket"
)

// groupLines is how much of what a group brings the form names, and groupNames a message.
const (
	groupLines = 20
	groupNames = 5
)

// groupButton opens the form for membership in a group.
func groupButton() *slack.ButtonBlockElement {
	return button(openArea(areaGroup), "", "Request a group…", "Request membership in an Identity Center group")
}

// groupForm is everything that the form shows. The zero value is the form as it opens.
type groupForm struct {
	groupFilled
	banner string              // mrkdwn, above everything; "" for none
	chosen *access.PreviewItem // what is chosen, as it would fare; nil for nothing
	why    string              // what it would lead to; mrkdwn
	terms  *formTerms          // nil while it cannot be asked for
}

// view draws the form. Blocks keep their ids, and so what was typed.
func (f groupForm) view() slack.ModalViewRequest {
	var blocks []slack.Block
	if f.banner != "" {
		blocks = append(blocks, section(f.banner), divider())
	}
	var initial *slack.OptionBlockObject
	if f.chosen != nil {
		initial = groupOption(f.chosen.ItemView)
	}
	blocks = append(blocks, slack.NewInputBlock(blockGroup, plain("Group", maxLabel), nil,
		externalSelect(actGroupPick, "Search by name, or by what it brings", initial)).WithDispatchAction(true))
	if f.chosen == nil {
		blocks = append(blocks, section("*Choose a group*, and this shows which roles it brings in which accounts, who decides, and how long you can be in it. Nothing is sent before you press Send."))
	} else {
		blocks = append(blocks, groupPart(f.chosen.ItemView)...)
		blocks = append(blocks, section(f.why))
	}
	blocks = append(blocks, f.timeInput())
	if f.duration == otherDuration {
		blocks = append(blocks, textField{
			block: blockGroupOther, action: actGroupOther, label: "Your own duration", hint: "For example " + durationExamples + ".", placeholder: "1h30m", value: f.other, most: 30,
		}.input())
	}
	hint := "The people who decide see this, and it is kept on record."
	if t := f.terms; t != nil {
		hint = strings.Join(t.reasons, "") + hint
		if t.least > 1 {
			hint = "At least " + strconv.Itoa(t.least) + " characters. " + hint
		}
		if t.ticket != nil {
			blocks = append(blocks, textField{
				block: blockGroupTicket, action: actGroupTicket, label: "Ticket", hint: cmp.Or(t.ticket.hint, "The rule asks for it."), value: f.ticket, most: maxTicket, optional: t.ticket.optional,
			}.input())
		}
	}
	blocks = append(blocks, textField{
		block: blockGroupWhy, action: actGroupWhy, label: "Reason", hint: hint, placeholder: "What you need it for", value: f.reason, most: maxReason, lines: true,
	}.input())
	return modal(viewGroup, groupTitle, "Send", "Cancel", blocks)
}

// groupPart says which accounts and roles a group brings.
func groupPart(it access.ItemView) []slack.Block {
	if len(it.Group.Brings) == 0 {
		return []slack.Block{section(brings(it, groupLines))}
	}
	lines := []string{"*You get these roles* for as long as you are in *" + bold(groupName(it)) + "*:"}
	for i, b := range it.Brings {
		if i == groupLines {
			break
		}
		lines = append(lines, "• "+item(b)+"  `"+escName(string(b.Entitlement.Account), 20)+"`")
	}
	if more := len(it.Group.Brings) - (len(lines) - 1); more > 0 {
		lines = append(lines, "• "+andMore(more))
	}
	return packed(lines)
}

func (f groupForm) timeInput() slack.Block {
	times := form{filled: f.times(), terms: f.terms}
	presets, longest := times.presets()
	var options []*slack.OptionBlockObject
	var initial *slack.OptionBlockObject
	block := blockGroupTime + "/"
	for _, d := range presets {
		o := slack.NewOptionBlockObject(strconv.FormatInt(int64(d/time.Second), 10), plain(length(d), maxOption), nil)
		if d == times.shown() {
			initial = o
		}
		options = append(options, o)
		block += strconv.FormatInt(int64(d/time.Minute), 10) + "-"
	}
	other := slack.NewOptionBlockObject(otherDuration, plain("Other…", maxOption), nil)
	options = append(options, other)
	if f.duration == otherDuration {
		initial = other
	}
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actGroupTime, options...)
	s.InitialOption = initial
	var hint *slack.TextBlockObject
	if longest > 0 {
		hint = plain("At most "+length(longest)+". It counts from when you are in the group.", maxHint)
	}
	return slack.NewInputBlock(cut(block, maxID), plain("How long", maxLabel), hint, s).WithDispatchAction(true)
}

func groupOption(it access.ItemView) *slack.OptionBlockObject {
	about := "Brings no role now"
	if n := len(it.Group.Brings); n > 0 && len(it.Brings) > 0 {
		about = plainItem(it.Brings[0])
		if n > 1 {
			about = name(about, maxOption-20) + " " + andMore(n-1)
		}
	}
	return slack.NewOptionBlockObject(cut(string(it.Entitlement.Group), maxOptionValue), plain(groupName(it), maxOption), plain(about, maxOption))
}

// groupFilled is what somebody has chosen and typed.
type groupFilled struct {
	group          catalog.GroupID
	duration       string // the preset's value
	durationBlock  string
	other          string
	reason, ticket string
}

func readGroupForm(state *slack.ViewState) groupFilled {
	in := groupFilled{durationBlock: blockGroupTime}
	if state == nil {
		return in
	}
	for block, byAction := range state.Values {
		for id, v := range byAction {
			switch id {
			case actGroupPick:
				in.group = catalog.GroupID(choice(v))
			case actGroupTime:
				in.duration, in.durationBlock = choice(v), block
			case actGroupOther:
				in.other = v.Value
			case actGroupWhy:
				in.reason = v.Value
			case actGroupTicket:
				in.ticket = v.Value
			}
		}
	}
	return in
}

// times are the parts of a request form that say for how long.
func (in groupFilled) times() filled { return filled{duration: in.duration, typed: in.other} }

// asked is how long it was asked for.
func (in groupFilled) asked() (time.Duration, error) { return in.times().wanted() }

func (in groupFilled) durationField() string {
	if in.duration == otherDuration {
		return blockGroupOther
	}
	return in.durationBlock
}

// openGroup opens the form, or says why nobody can ask for a group.
func (b *Bot) openGroup(ctx context.Context, o origin) { b.openGroupWith(ctx, o, groupFilled{}, "") }

// openGroupWith is openGroup with what is chosen already, and a note above the form.
func (b *Bot) openGroupWith(ctx context.Context, o origin, in groupFilled, note string) {
	b.show(ctx, o, groupTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
		who, err := b.service.Who(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		found, err := b.service.Groups(ctx, who.Person, "", 1)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if found.Total == 0 {
			return slack.ModalViewRequest{}, fault.New(fault.Forbidden, "bot.openGroup", sentence(found.Why), "Roles in accounts are asked for with `"+commandAccess+"`.")
		}
		f := b.drawGroup(ctx, o, in)
		f.banner = cmp.Or(f.banner, note)
		return f.view(), nil
	})
}

// drawGroup draws the form for what is chosen so far.
func (b *Bot) drawGroup(ctx context.Context, o origin, in groupFilled) groupForm {
	f := groupForm{groupFilled: in}
	if in.group == "" {
		return f
	}
	who, err := b.service.Who(ctx, o.user)
	var p access.Preview
	if err == nil {
		p, err = b.service.Preview(ctx, access.PreviewInput{Asker: who.Person, Entitlements: []access.Entitlement{access.MemberOf(in.group)}, Ticket: trimmed(in.ticket)})
	}
	if err != nil {
		f.banner = ":no_entry: " + b.say(b.userLog(o.user), err).String()
		return f
	}
	if chosen, part, ok := p.One(); ok {
		f.chosen, f.terms = &chosen, termsOf(p.Parts)
		f.why = b.previewText(ctx, b.log, chosen, part)
	}
	if paused := b.service.Paused(); paused != nil && f.terms != nil {
		f.why = pausedLine(*paused) + "\n" + f.why
	}
	return f
}

func (b *Bot) groupPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	if id := actionOf(a.ActionID); id == actGroupPick || id == actGroupTime {
		b.updateView(ctx, o, b.drawGroup(ctx, o, readGroupForm(c.View.State)).view())
	}
}

func (b *Bot) groupOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		return optionsAnswer{}, err
	}
	found, err := b.service.Groups(ctx, who.Person, c.Value, maxOptions)
	if err != nil {
		return optionsAnswer{}, err
	}
	options := make([]*slack.OptionBlockObject, 0, len(found.Groups))
	for _, it := range found.Groups {
		options = append(options, groupOption(it))
	}
	switch {
	case len(options) == 0 && c.Value != "":
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("group", c.Value, "Names are searched, and the accounts and roles that groups bring.")}}, nil
	case len(options) == 0:
		return optionsAnswer{Options: []*slack.OptionBlockObject{saying("You can ask for no group", found.Why)}}, nil
	}
	return bounded(options, found.Total), nil
}

func (b *Bot) groupSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	in := readGroupForm(c.View.State)
	errs := map[string]string{}
	if in.group == "" {
		errs[blockGroup] = "Choose a group from the list."
	}
	if _, err := in.asked(); err != nil {
		errs[in.durationField()] = plainFault(err)
	}
	switch {
	case trimmed(in.reason) == "":
		errs[blockGroupWhy] = "Say what you need it for."
	case utf8.RuneCountInString(in.reason) > maxReason:
		errs[blockGroupWhy] = fmt.Sprintf("At most %d characters.", maxReason)
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.submitGroup(ctx, o, in) })
}

func (b *Bot) submitGroup(ctx context.Context, o origin, in groupFilled) outcome {
	d, _ := in.asked()
	h := sha256.New()
	for _, part := range []string{string(in.group), d.String(), trimmed(in.reason), trimmed(in.ticket)} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	r, err := b.service.Submit(ctx, access.Submission{
		FormKey: string(o.user) + "/" + o.viewID + "/" + hex.EncodeToString(h.Sum(nil)[:16]), User: o.user,
		Entitlements: []access.Entitlement{access.MemberOf(in.group)}, Duration: d, Reason: trimmed(in.reason), Ticket: trimmed(in.ticket),
	})
	if err != nil {
		return b.groupNotSent(ctx, o, in, err)
	}
	vs := b.sentForm(ctx, r)
	sent := sentView(vs...)
	if p := b.service.Paused(); p != nil && vs[0].Request.State == access.Pending {
		sent = headed(sent, pausedLine(*p))
	}
	return outcome{view: &sent}
}

// groupNotSent puts a refusal under its field, or above the form when it is about none.
func (b *Bot) groupNotSent(ctx context.Context, o origin, in groupFilled, err error) outcome {
	s := b.say(b.userLog(o.user), err)
	again := func() slack.ModalViewRequest {
		f := b.drawGroup(ctx, o, in)
		f.banner = ":no_entry: *Not sent.* " + s.String()
		return f.view()
	}
	fields := map[string]string{"group": blockGroup, "role": blockGroup, "duration": in.durationField(), "reason": blockGroupWhy, "ticket": blockGroupTicket}
	if block, ok := fields[s.field]; ok {
		return outcome{errors: map[string]string{block: cut(strings.TrimSpace(s.plain()), maxErrorText)}, late: again}
	}
	v := again()
	return outcome{view: &v}
}
