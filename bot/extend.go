package bot

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// ExtendService is what extensions ask for.
type ExtendService interface {
	// Extension is what may be asked for access that is live, or why nothing can.
	Extension(ctx context.Context, user identity.SlackUserID, id access.GrantID) (access.Extension, error)
}

// areaExtend is more time for access that is live.
const areaExtend = "extend"

// The ids of Extend.
const (
	actExtend    = "stint.extend" // value: grant id
	viewExtend   = "stint.extend"
	extendTitle  = "Extend access"
	actMoreTime  = "stint.extend.time"
	actExtendWhy = "stint.extend.why"
	actExtendFor = "stint.extend.ticket"

	blockMoreTime  = "extend.time"
	blockExtendWhy = "extend.why"
	blockExtendFor = "extend.ticket"
)

// maxPresets is how many choices radio buttons may have.
const maxPresets = 10

// extendButton asks for more time for access that is live.
func extendButton(g access.GrantView) *slack.ButtonBlockElement {
	return button(actExtend, string(g.Grant.ID), "Extend…", "Extend "+plainItem(g.Item)+" of "+plainActor(g.Grant.Holder))
}

// mayExtend reports whether it makes sense to offer more time.
func mayExtend(g access.GrantView) bool {
	return g.Phase == access.PhaseActive && g.Extension == ""
}

// extendMeta is which access a form prolongs.
type extendMeta struct {
	Grant access.GrantID `json:"grant"`
}

// openExtend asks for how much longer, and why.
func (b *Bot) openExtend(ctx context.Context, o origin, id access.GrantID) {
	b.show(ctx, o, extendTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
		x, err := b.service.Extension(ctx, o.user, id)
		if err != nil {
			if fault.Is(err, fault.Conflict) && o.viewID == "" {
				b.repairGrant(ctx, o, id) // the message offered what is over
			}
			return slack.ModalViewRequest{}, err
		}
		problem := ""
		if x.Problem != nil {
			problem = b.say(b.userLog(o.user), x.Problem).String()
		}
		return extendView(x, problem, b.service.Paused()), nil
	})
}

func (b *Bot) extendPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	if actionOf(a.ActionID) != actExtend {
		return // a choice within the form
	}
	b.openExtend(ctx, o, access.GrantID(a.Value))
}

// extendView is the form, or why there is none.
func extendView(x access.Extension, problem string, p *access.Pause) slack.ModalViewRequest {
	g := x.Grant
	head := ":large_green_circle: " + item(g.Item) + ": active until " + when(g.Grant.End) + "."
	switch {
	case x.Pending != nil:
		blocks := []slack.Block{section(head), section(":hourglass_flowing_sand: *More was already asked for*, " + when(x.Pending.Request.SubmittedAt) + ": " + length(x.Pending.Request.Duration) + ".\n" + stateLine(*x.Pending))}
		return modal(viewNote, extendTitle, "", "Close", append(blocks, actions(cancelButton(*x.Pending), detailsButton(*x.Pending))))
	case x.Problem != nil:
		blocks := []slack.Block{section(head), section(":no_entry: *It cannot be extended.* " + problem)}
		if !x.Latest.IsZero() && fault.Is(x.Problem, fault.Conflict) {
			blocks[1] = section(":no_entry: *It cannot be extended:* the rule “" + escName(x.Terms.Rule, nameWidth) + "” allows " + length(x.Terms.MaxContinuous) +
				" without a break, and this access has been there since " + when(x.Since) + ".")
			blocks = append(blocks, section("It ends "+when(g.Grant.End)+". From then on you can ask for it again with `"+commandAccess+"`."))
		}
		return modal(viewNote, extendTitle, "", "Close", blocks)
	}
	blocks := []slack.Block{section(head)}
	if p != nil {
		blocks = append(blocks, section(pausedLine(*p)))
	}
	blocks = append(blocks, timeInput(x), reasonAgain(x))
	if t := x.Terms.Ticket; t != nil {
		hint := "The rule asks for it."
		if t.Hint != "" {
			hint = "Wanted: " + name(t.Hint, 200) + "."
		}
		blocks = append(blocks, textField{
			block: blockExtendFor, action: actExtendFor, label: "Ticket", hint: hint, value: g.Request.Ticket, most: 200, optional: t.Optional,
		}.input())
	}
	next := ":raised_hand: *Needs approval:* " + escName(steps(x.Terms), 300) + ". Can approve: " + people(x.Approvers) + ", in " + channel(idChannel(x.Terms.Channel)) + "."
	goesOn := "Once that is approved, the access you have goes on without a gap; until then it ends " + when(g.Grant.End) + " as it is."
	if x.Terms.Automatic {
		next = ":zap: *Given at once, no approval needed.*"
		goesOn = "The access you have goes on without a gap."
	}
	next += " Rule “" + escName(x.Terms.Rule, nameWidth) + "” decides."
	blocks = append(blocks, section(next),
		small(goesOn+" The rule allows "+length(x.Terms.MaxContinuous)+" without a break: until "+when(x.Latest)+"."))
	v := modal(viewExtend, extendTitle, "Send", "Cancel", blocks)
	raw, _ := json.Marshal(extendMeta{g.Grant.ID}) // a string
	v.PrivateMetadata = string(raw)
	return v
}

// timeInput offers how much longer; each choice says until when.
func timeInput(x access.Extension) slack.Block {
	e := slack.NewRadioButtonsBlockElement(actMoreTime)
	ds := x.Durations
	if len(ds) > maxPresets { // the last is all that is left
		ds = append(ds[:maxPresets-1:maxPresets-1], ds[len(ds)-1])
	}
	for i, d := range ds {
		label := length(d) + " more"
		if i == len(ds)-1 {
			label += " (the longest)"
		}
		e.Options = append(e.Options, slack.NewOptionBlockObject(strconv.FormatInt(int64(d/time.Second), 10),
			plain(label, maxOption), markup("until "+when(x.Grant.Grant.End.Add(d)), maxOption)))
	}
	e.InitialOption = e.Options[0]
	return slack.NewInputBlock(blockMoreTime, plain("How much longer", maxLabel), nil, e)
}

// reasonAgain is why it is needed for longer; most often for the same reason.
func reasonAgain(x access.Extension) slack.Block {
	hint := "Say what still has to be done. The people who decide see this, and it is kept on record."
	r := x.Terms.Reason
	switch {
	case r.Hint != "":
		hint = "Must contain: " + name(r.Hint, 200) + ". " + hint
	case r.Pattern != "":
		hint = "Must match " + name(r.Pattern, 200) + ". " + hint
	}
	return textField{
		block: blockExtendWhy, action: actExtendWhy, label: "Reason", hint: hint, placeholder: "What you still need it for",
		value: x.Grant.Request.Reason, most: maxReason, lines: true,
	}.input()
}

// extendSent is the submitted form.
func (b *Bot) extendSent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	var meta extendMeta
	if err := json.Unmarshal([]byte(ownMeta(c.View.PrivateMetadata)), &meta); err != nil || meta.Grant == "" {
		v := noteView(extendTitle, "Stint could not read this form. Please press Extend again.")
		b.answerNow(ctx, env, o, outcome{view: &v})
		return
	}
	seconds, _ := strconv.ParseInt(chosenOption(c.View.State, blockMoreTime, actMoreTime).Value, 10, 64)
	reason := trimmed(typedIn(c.View.State, blockExtendWhy, actExtendWhy))
	errs := map[string]string{}
	if seconds <= 0 || seconds > int64(366*24*time.Hour/time.Second) {
		errs[blockMoreTime] = "Choose how much longer."
	}
	if reason == "" {
		errs[blockExtendWhy] = "Say what you still need it for."
	}
	if utf8.RuneCountInString(reason) > maxReason {
		errs[blockExtendWhy] = "Please say it in fewer words."
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	in := access.Submission{
		FormKey: string(o.user) + "/" + o.viewID + "/extend/" + string(meta.Grant), User: o.user, Extends: meta.Grant,
		Duration: time.Duration(seconds) * time.Second, Reason: reason, Ticket: trimmed(typedIn(c.View.State, blockExtendFor, actExtendFor)),
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.extend(ctx, o, in) })
}

func (b *Bot) extend(ctx context.Context, o origin, in access.Submission) outcome {
	r, err := b.service.Submit(ctx, in)
	if err != nil {
		s := b.say(b.userLog(o.user).With().Str("grant_id", string(in.Extends)).Logger(), err)
		note := noteView(extendTitle, ":no_entry: *Not sent.* "+s.text, s.hint)
		fields := map[string]string{"duration": blockMoreTime, "reason": blockExtendWhy, "ticket": blockExtendFor}
		if block, ok := fields[s.field]; ok {
			return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: func() slack.ModalViewRequest { return note }}
		}
		return outcome{view: &note}
	}
	v, err := b.service.RequestView(ctx, r.ID)
	if err != nil { // it is stored all the same
		v = access.RequestView{Request: r}
	}
	sent := extendedView(v)
	if p := b.service.Paused(); p != nil && v.Request.State == access.Pending {
		sent = headed(sent, pausedLine(*p))
	}
	return outcome{view: &sent}
}

// extendedView takes the form's place: what happens next.
func extendedView(v access.RequestView) slack.ModalViewRequest {
	r := v.Request
	blocks := []slack.Block{section(":white_check_mark: *Sent.* " + items(v, item) + ", " + length(r.Duration) + " more.")}
	switch {
	case r.Terms.Automatic:
		blocks = append(blocks, section("No approval is needed. Stint checks once more who you are; the message about your access then says the new end."))
	case r.State == access.Pending:
		blocks = append(blocks, section("Stint checks who you are and posts a card in "+channel(idChannel(r.Terms.Channel))+". It takes "+escName(steps(r.Terms), 300)+
			". "+canDecide(v)+"\nOnce it is approved, your access goes on without a gap."+prolongsNote(v)))
	default:
		blocks = append(blocks, section(stateLine(v)))
	}
	if r.State == access.Pending {
		blocks = append(blocks, actions(cancelButton(v)))
	}
	return modal(viewSent, "Extension sent", "", "Close", blocks)
}

func prolongsNote(v access.RequestView) string {
	if v.Prolongs == nil {
		return ""
	}
	return " It would end " + when(v.Prolongs.Then) + " instead of " + when(v.Prolongs.Until) + "."
}

// prolongsLine says on a card what a pending extension is about; "" for other requests.
func prolongsLine(v access.RequestView) string {
	switch {
	case v.Request.Extends == "" || v.Request.State != access.Pending:
		return ""
	case v.Prolongs == nil:
		return ":fast_forward: *This was to extend access that has ended meanwhile.* Approved, it begins anew."
	}
	p := v.Prolongs
	return ":fast_forward: *This extends access that is active* since " + when(p.Since) + ", until " + when(p.Until) + ". Approved, it ends " + when(p.Then) + "."
}

// until is when access ends, with what was added to it: there is one end.
func until(g access.GrantView) time.Time {
	if g.Until.After(g.Grant.End) {
		return g.Until
	}
	return g.Grant.End
}

// askedFor is how long a request is for: an extension is for so much more.
func askedFor(r access.Request) string {
	if r.Extends == "" {
		return length(r.Duration)
	}
	return length(r.Duration) + " more"
}
