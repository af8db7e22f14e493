package bot

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// The ids of delegations.
const (
	areaDelegate = "delegate"

	actDelegateOpen  = "stint.delegate.open"
	actDelegateEnd   = "stint.delegate.end" // value: delegation id
	actDelegateTo    = "stint.delegate.to"
	actDelegateUntil = "stint.delegate.until"
	actDelegateNote  = "stint.delegate.note"
	viewDelegate     = "stint.delegate"

	blockDelegateTo    = "delegate.to"
	blockDelegateUntil = "delegate.until"
	blockDelegateNote  = "delegate.note"

	delegateTitle   = "Stand-ins"
	maxDelegateNote = 300
	shownDelegation = 20
)

// delegateButton opens what Home says of stand-ins.
func delegateButton() *slack.ButtonBlockElement {
	return button(actDelegateOpen, "open", "Stand-ins…", "Let somebody decide requests for you until a date")
}

// openDelegate shows who stands in for whom, and a form for another.
func (b *Bot) openDelegate(ctx context.Context, o origin) {
	b.show(ctx, o, delegateTitle, func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawDelegate(ctx, o.user, "") })
}

func (b *Bot) drawDelegate(ctx context.Context, user identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	v, err := b.service.Delegations(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return delegateView(v, b.service.Now()), nil
}

func delegateView(v access.DelegationsView, now time.Time) slack.ModalViewRequest {
	var blocks []slack.Block
	for i, d := range v.Mine {
		if i == shownDelegation {
			blocks = append(blocks, small(andMore(len(v.Mine)-i)))
			break
		}
		blocks = append(blocks, delegationRow(d, v.Human.Person == d.By.Person, v.Human.Person == d.To.Person))
	}
	if v.Admin && len(v.Others) > 0 {
		blocks = append(blocks, divider(), section("*Of others*"))
		for i, d := range v.Others {
			if i == shownDelegation {
				blocks = append(blocks, small(andMore(len(v.Others)-i)))
				break
			}
			blocks = append(blocks, delegationRow(d, false, false))
		}
	}
	if !v.Decides {
		if len(v.Mine) == 0 {
			blocks = append([]slack.Block{section("You decide no requests, so nobody needs to stand in for you.")}, blocks...)
		}
		return modal(viewDelegate, delegateTitle, "", "Close", blocks)
	}
	if len(blocks) > 0 {
		blocks = append(blocks, divider())
	}
	to := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plain("Choose a person", maxPlaceholder), actDelegateTo)
	until := slack.NewDateTimePickerBlockElement(actDelegateUntil)
	until.InitialDateTime = now.Add(7 * 24 * time.Hour).Truncate(time.Hour).Unix()
	blocks = append(blocks,
		section("*Let somebody decide for you* while you are away. What they decide counts as yours. They cannot decide what you or they ask for, and cannot pass it on."),
		slack.NewInputBlock(blockDelegateTo, plain("Who stands in", maxLabel), plain("Somebody who is in one of the policy's sets of people.", maxHint), to),
		slack.NewInputBlock(blockDelegateUntil, plain("Until", maxLabel), plain("30 days ahead at most.", maxHint), until),
		textField{block: blockDelegateNote, action: actDelegateNote, label: "Note", placeholder: "On leave", hint: "They read it.", most: maxDelegateNote, optional: true}.input(),
	)
	return modal(viewDelegate, delegateTitle, "Let them decide", "Close", blocks)
}

// delegationRow is one delegation, with the button that ends it.
func delegationRow(d access.Delegation, mine, toMe bool) slack.Block {
	line := ":busts_in_silhouette: " + actor(d.To) + " decides for " + actor(d.By)
	switch {
	case mine:
		line = ":busts_in_silhouette: " + actor(d.To) + " decides for you"
	case toMe:
		line = ":busts_in_silhouette: You decide for " + actor(d.By)
	}
	line += " until " + when(d.Until) + "."
	if d.Note != "" {
		line += " " + escName(d.Note, maxDelegateNote)
	}
	end := button(actDelegateEnd, d.ID, "End", plainActor(d.To)+" decides no longer for "+plainActor(d.By))
	return sectionWith(line, confirmed(end, "End it now?", plainActor(d.To)+" then decides no longer for "+plainActor(d.By)+". Both are told.", "End", "Keep"))
}

// delegatePressed ends a delegation, or opens the form.
func (b *Bot) delegatePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	if actionOf(a.ActionID) != actDelegateEnd {
		return
	}
	err := b.service.EndDelegation(ctx, o.user, a.Value)
	switch {
	case o.viewID == "" || o.home:
		if err != nil {
			b.tell(ctx, o, b.say(b.userLog(o.user), err))
		}
		if o.home {
			b.publishNow(ctx, o.user)
		}
	case err != nil:
		b.redrawPart(ctx, o, b.drawDelegate, "", ":no_entry: "+b.say(b.userLog(o.user), err).String())
	default:
		b.redrawPart(ctx, o, b.drawDelegate, "", ":white_check_mark: Ended. Both are told.")
	}
}

// delegateSubmitted is the submitted form.
func (b *Bot) delegateSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	in := access.DelegationInput{Note: trimmed(typedIn(c.View.State, blockDelegateNote, actDelegateNote))}
	if c.View.State != nil {
		in.To = identity.SlackUserID(c.View.State.Values[blockDelegateTo][actDelegateTo].SelectedUser)
		if at := c.View.State.Values[blockDelegateUntil][actDelegateUntil].SelectedDateTime; at > 0 {
			in.Until = time.Unix(at, 0).UTC()
		}
	}
	errs := map[string]string{}
	if in.To == "" {
		errs[blockDelegateTo] = "Choose a person."
	}
	if in.Until.IsZero() {
		errs[blockDelegateUntil] = "Choose until when."
	}
	if utf8.RuneCountInString(in.Note) > maxDelegateNote {
		errs[blockDelegateNote] = "Please say it in fewer words."
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		d, err := b.service.Delegate(ctx, o.user, in)
		if err != nil {
			s := b.say(b.userLog(o.user), err)
			note := noteView(delegateTitle, ":no_entry: "+s.text, s.hint)
			blocks := map[string]string{"to": blockDelegateTo, "until": blockDelegateUntil, "note": blockDelegateNote}
			if block, ok := blocks[s.field]; ok {
				return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: func() slack.ModalViewRequest { return note }}
			}
			return outcome{view: &note}
		}
		note := noteView(delegateTitle, ":white_check_mark: "+actor(d.To)+" decides for you until "+when(d.Until)+".", "Both of you are told. You can end it here or in your Home tab at any time.")
		return outcome{view: &note}
	})
}

// homeDelegations is what Home says of stand-ins; nothing when there are none.
func homeDelegations(h access.HomeView) []slack.Block {
	var blocks []slack.Block
	for i, d := range h.Delegations {
		if i == 3 {
			blocks = append(blocks, small(andMore(len(h.Delegations)-i)))
			break
		}
		blocks = append(blocks, delegationRow(d, h.Human.Person == d.By.Person, h.Human.Person == d.To.Person))
	}
	return blocks
}

// delegationTold tells both sides that a delegation began or ended.
func delegationTold(n access.Notice) content {
	d := n.Delegation
	by, to := n.To == d.By.Slack, n.To == d.To.Slack
	var line string
	switch {
	case n.Event == access.EventDelegationOver && by:
		line = actor(d.To) + " decides no longer for you: ended by " + actor(n.By) + "."
	case n.Event == access.EventDelegationOver:
		line = "You decide no longer for " + actor(d.By) + ": ended by " + actor(n.By) + "."
	case by:
		line = actor(d.To) + " decides requests for you until " + when(d.Until) + ". What they decide counts as yours."
	case to:
		line = "You decide requests for " + actor(d.By) + " until " + when(d.Until) + ". What you decide counts as theirs. You cannot decide what either of you asks for."
	}
	line = ":busts_in_silhouette: " + line
	blocks := []slack.Block{section(line)}
	if d.Note != "" && n.Event == access.EventDelegated {
		blocks = append(blocks, quote(d.Note, maxDelegateNote))
	}
	if n.Event == access.EventDelegated {
		end := button(actDelegateEnd, d.ID, "End", plainActor(d.To)+" decides no longer for "+plainActor(d.By))
		blocks = append(blocks, actions(confirmed(end, "End it now?", plainActor(d.To)+" then decides no longer for "+plainActor(d.By)+". Both are told.", "End", "Keep")))
	}
	return message(line, blocks...)
}
