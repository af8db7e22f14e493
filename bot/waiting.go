package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
)

// The ids of deciding several at once.
const (
	areaWaiting = "waiting"
	areaApprove = "approve" // all of a card
	areaDeny    = "deny"

	actWaitingOpen = "stint.waiting.open"
	actWaitingPick = "stint.waiting.pick"
	actWaitingWhat = "stint.waiting.verdict"
	actWaitingWhy  = "stint.waiting.why"
	viewWaiting    = "stint.waiting"

	blockWaitingPick = "waiting.pick"
	blockWaitingWhat = "waiting.verdict"
	blockWaitingWhy  = "waiting.why"

	waitingTitle = "Waiting for you"
	perTicks     = 10 // checkboxes of one input
	shownWaiting = 40
)

// waitingButton decides several at once, where several wait; nil else.
func waitingButton(h access.HomeView) *slack.ButtonBlockElement {
	if len(h.Waiting) < 2 {
		return nil
	}
	return button(actWaitingOpen, "open", "Decide several…", "Approve or deny several requests at once")
}

// openWaiting lists what waits for who pressed, oldest first, to be ticked.
func (b *Bot) openWaiting(ctx context.Context, o origin) {
	b.show(ctx, o, waitingTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
		h, err := b.service.Home(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return waitingView(h.Waiting, false, access.Approve, pressMeta{Home: o.home}), nil
	})
}

// waitingPressed is a press within the form, where nothing happens before it is sent.
func (b *Bot) waitingPressed(context.Context, origin, slack.BlockAction, slack.InteractionCallback) {}

// waitingView offers to decide several requests under one comment; all are ticked at first
// where they are one card's.
func waitingView(waiting []access.RequestView, ticked bool, verdict access.Verdict, m pressMeta) slack.ModalViewRequest {
	if len(waiting) == 0 {
		return modal(viewNote, waitingTitle, "", "Close", []slack.Block{section("Nothing waits for your decision any more.")})
	}
	blocks := []slack.Block{small("Oldest first. Each is decided on its own: one that cannot be decided does not keep the others back.")}
	shown := waiting[:min(len(waiting), shownWaiting)]
	for from := 0; from < len(shown); from += perTicks {
		e := slack.NewCheckboxGroupsBlockElement(actWaitingPick)
		for _, v := range shown[from:min(from+perTicks, len(shown))] {
			r := v.Request
			o := slack.NewOptionBlockObject(string(r.ID), plain(plainActor(r.Receiver)+": "+items(v, plainItem), maxOption), plain(length(r.Duration)+" · "+name(r.Reason, maxOption), maxOption))
			e.Options = append(e.Options, o)
			if ticked {
				e.InitialOptions = append(e.InitialOptions, o)
			}
		}
		label := "Requests"
		if len(shown) > perTicks {
			label += " " + strconv.Itoa(from+1) + " to " + strconv.Itoa(min(from+perTicks, len(shown)))
		}
		blocks = append(blocks, slack.NewInputBlock(waitingBlock(from), plain(label, maxLabel), nil, e).WithOptional(true))
	}
	if len(waiting) > len(shown) {
		blocks = append(blocks, small(andMore(len(waiting)-len(shown))+"; decide these first."))
	}
	what := slack.NewRadioButtonsBlockElement(actWaitingWhat,
		slack.NewOptionBlockObject(string(access.Approve), plain("Approve", maxOption), nil),
		slack.NewOptionBlockObject(string(access.Deny), plain("Deny", maxOption), nil))
	what.InitialOption = what.Options[0]
	if verdict == access.Deny {
		what.InitialOption = what.Options[1]
	}
	blocks = append(blocks,
		slack.NewInputBlock(blockWaitingWhat, plain("What do you decide?", maxLabel), nil, what),
		textField{
			block: blockWaitingWhy, action: actWaitingWhy, label: "Comment", hint: "Needed to deny. Those who asked read it, and it is kept on record.",
			placeholder: "For all that are ticked", most: maxComment, lines: true, optional: true,
		}.input())
	v := modal(viewWaiting, waitingTitle, "Decide", "Back", blocks)
	raw, _ := json.Marshal(m) // strings and a bool
	v.PrivateMetadata = string(raw)
	return v
}

func waitingBlock(from int) string { return blockWaitingPick + "/" + strconv.Itoa(from) }

// onCard are the pending requests of a card, in order.
func (b *Bot) onCard(ctx context.Context, card access.RequestID) ([]access.RequestView, error) {
	vs, err := b.service.CardView(ctx, card)
	return slices.DeleteFunc(vs, func(v access.RequestView) bool { return !decidable(v.Request) }), err
}

// approveAllPressed approves what is pending on a card.
func (b *Bot) approveAllPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	card := access.RequestID(a.Value)
	b.learnCard(ctx, card, o)
	pending, err := b.onCard(ctx, card)
	if err == nil && len(pending) == 0 {
		err = &fault.Error{Code: fault.Conflict, Op: "bot.approveAll", Message: "Everything on this card is decided already"}
	}
	if err != nil {
		b.refusePress(ctx, o, card, err)
		return
	}
	var ids []access.RequestID
	for _, v := range pending {
		ids = append(ids, v.Request.ID)
	}
	out, err := b.service.ReviewAll(ctx, o.user, ids, access.Approve, "")
	if err != nil {
		b.refusePress(ctx, o, card, err)
		return
	}
	if lines, failed := b.outcomes(ctx, o, out, pending); failed > 0 {
		b.tell(ctx, o, said{title: waitingTitle, text: lines})
	}
	b.repair(ctx, o, card)
}

// denyAllPressed asks why, for all that is pending on a card.
func (b *Bot) denyAllPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	card := access.RequestID(a.Value)
	b.learnCard(ctx, card, o)
	pending, err := b.onCard(ctx, card)
	if err != nil {
		b.refusePress(ctx, o, card, err)
		return
	}
	b.pushView(ctx, o, waitingView(pending, true, access.Deny, pressMeta{Request: card, Channel: o.channel, TS: o.ts, Home: o.home}))
}

// waitingSubmitted is the submitted form.
func (b *Bot) waitingSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	if c.View.CallbackID != viewWaiting {
		b.onlyRead(ctx, env, o, c)
		return
	}
	var ids []access.RequestID
	for from := 0; from < shownWaiting; from += perTicks {
		for _, id := range chosenIn(c.View.State, waitingBlock(from), actWaitingPick) {
			ids = append(ids, access.RequestID(id))
		}
	}
	verdict := access.Verdict(chosenOption(c.View.State, blockWaitingWhat, actWaitingWhat).Value)
	why := trimmed(typedIn(c.View.State, blockWaitingWhy, actWaitingWhy))
	errs := map[string]string{}
	if len(ids) == 0 {
		errs[waitingBlock(0)] = "Tick at least one."
	}
	if verdict != access.Approve && verdict != access.Deny {
		errs[blockWaitingWhat] = "Choose one."
	}
	switch {
	case verdict == access.Deny && why == "":
		errs[blockWaitingWhy] = "Say why, so that they know what to change."
	case utf8.RuneCountInString(why) > maxComment:
		errs[blockWaitingWhy] = "Please say it in fewer words."
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	var m pressMeta
	_ = json.Unmarshal([]byte(ownMeta(c.View.PrivateMetadata)), &m) // where the press was; nothing depends on it
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		out, err := b.service.ReviewAll(ctx, o.user, ids, verdict, why)
		if err != nil {
			s := b.say(b.userLog(o.user), err)
			note := noteView(s.title, ":no_entry: "+s.text, s.hint)
			return outcome{view: &note}
		}
		lines, _ := b.outcomes(ctx, o, out, nil)
		note := noteView(waitingTitle, lines)
		return outcome{view: &note}
	})
	switch {
	case m.Home:
		b.publishNow(ctx, o.user)
	case m.Request != "":
		b.repair(ctx, m.pressed(o.user), m.Request)
	}
}

// outcomes says in a line each what became of requests that were decided together.
func (b *Bot) outcomes(ctx context.Context, o origin, out []access.ReviewOutcome, known []access.RequestView) (lines string, failed int) {
	for _, r := range out {
		v := r.View
		if i := slices.IndexFunc(known, func(k access.RequestView) bool { return k.Request.ID == r.Request }); len(v.Items) == 0 && i >= 0 {
			v = known[i]
		}
		what := actor(v.Request.Receiver) + ": " + items(v, item)
		if r.Err != nil {
			failed++
			s := b.sayWho(ctx, b.userLog(o.user).With().Str("request_id", string(r.Request)).Logger(), r.Request, r.Err)
			lines += ":no_entry: " + what + " – " + s.text + "\n"
			continue
		}
		word := ":white_check_mark: approved"
		switch {
		case v.Request.State == access.Denied:
			word = ":no_entry_sign: denied"
		case v.Request.State == access.Pending:
			word = ":ballot_box_with_check: approved by you; others must approve it too"
		case v.Request.State != access.Approved:
			word = ":information_source: " + string(v.Request.State)
		}
		lines += what + " – " + word + "\n"
	}
	return cutMarkup(lines, maxText), failed
}
