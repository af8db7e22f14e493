package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access"
)

// openEndAll opens End all access.
func (b *Bot) openEndAll(ctx context.Context, o origin) { b.openEnd(ctx, o, "") }

// openEnd opens it with a kind chosen; "" for none.
func (b *Bot) openEnd(ctx context.Context, o origin, kind string) {
	b.show(ctx, o, endAllTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
		c, err := b.service.Config(ctx, o.user) // refuses who is no admin
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return b.counted(ctx, o, endForm{kind: kind, scope: scopeOf(kind, ""), held: c.Held}).view(), nil
	})
}

// endAllPressed is a choice in the form, or Refresh.
func (b *Bot) endAllPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	switch actionOf(a.ActionID) {
	case actEndRefresh:
		if b.drawEnd(ctx, o, a.Value) {
			b.followEnd(o, a.Value)
		}
	case actEndHeld:
		b.openEnd(ctx, o, endHeld)
	case actEndShow:
		b.showEnd(ctx, o, a.Value)
	default:
		f := readEndForm(c.View.State, readEndMeta(ownMeta(o.meta)))
		b.updateView(ctx, o, b.counted(ctx, o, f).view())
	}
}

// counted says in numbers what the form would end.
func (b *Bot) counted(ctx context.Context, o origin, f endForm) endForm {
	f.paused = b.service.Paused() != nil
	if a, ok := b.service.Account(f.scope.Account); ok {
		f.name = accountName(a)
	}
	if !f.chosen() || f.scope.Held {
		return f
	}
	var err error
	if f.grants, f.requests, err = b.service.CountLive(ctx, o.user, f.scope); err != nil {
		return endForm{kind: f.kind, paused: f.paused, held: f.held, banner: ":no_entry: " + b.sayAdmin(ctx, o.user, err).String()}
	}
	return f
}

// endAllSubmitted orders the end.
func (b *Bot) endAllSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	if c.View.CallbackID != viewEndAll {
		b.onlyRead(ctx, env, o, c)
		return
	}
	state := c.View.State
	f := readEndForm(state, readEndMeta(ownMeta(o.meta)))
	if a, ok := b.service.Account(f.scope.Account); ok {
		f.name = accountName(a)
	}
	reason, errs := readEnd(state, f)
	if errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	pause := ticked(state, blockEndAlso, actTicks, alsoPause)
	var ordered access.EndOrderView
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v, order := b.endAll(ctx, o, f, reason, pause)
		ordered = order
		return outcome{view: &v, changed: true}
	})
	if ordered.Order.ID != "" && going(ordered) {
		b.followEnd(o, ordered.Order.ID)
	}
}

// readEnd reads the confirmation of a complete choice, or what is missing, by block.
func readEnd(state *slack.ViewState, f endForm) (reason string, errs map[string]string) {
	switch {
	case f.kind == "":
		return "", map[string]string{blockEndKind: "Choose which access is to end."}
	case f.kind == endPerson && !f.chosen():
		return "", map[string]string{blockEndWho: "Choose a person from the list."}
	case f.kind == endAccount && !f.chosen():
		return "", map[string]string{blockEndWhere: "Choose an account from the list."}
	}
	errs = map[string]string{}
	reason, problem := readReason(state, blockEndWhy)
	if problem != "" {
		errs[blockEndWhy] = problem
	}
	typedBlock := cut(blockEndTyped+"/"+f.word(), maxID)
	if !f.typedRight(typedIn(state, typedBlock, actEndTyped)) {
		errs[typedBlock] = cut("That is not “"+f.word()+"”. Nothing was ended.", maxErrorText)
	}
	if len(errs) == 0 {
		errs = nil
	}
	return reason, errs
}

// endAll pauses, when that is wanted, and gives the order. The pause comes first: nothing
// new may start behind the end.
func (b *Bot) endAll(ctx context.Context, o origin, f endForm, reason string, pause bool) (v slack.ModalViewRequest, ordered access.EndOrderView) {
	again := func(banner string) slack.ModalViewRequest {
		f := b.counted(ctx, o, f)
		f.banner = banner
		return f.view()
	}
	if pause {
		if _, err := b.service.Pause(ctx, o.user, reason); err != nil {
			return again(":no_entry: *Not paused, and nothing was ended.* " + b.sayAdmin(ctx, o.user, err).String()), access.EndOrderView{}
		}
	}
	end := func() (access.EndOrderView, error) { return b.service.EndAll(ctx, o.user, f.scope, reason) }
	if f.scope.Held {
		end = func() (access.EndOrderView, error) { return b.service.EndHeld(ctx, o.user, reason) }
	}
	done, err := end()
	if err != nil {
		said := "*Nothing was ended.* "
		if pause {
			said = "*New access is paused, but nothing was ended.* "
		}
		return again(":no_entry: " + said + b.sayAdmin(ctx, o.user, err).String()), access.EndOrderView{}
	}
	return endOrderView(done), done
}

// showEnd opens how far an order is.
func (b *Bot) showEnd(ctx context.Context, o origin, id string) {
	v, err := b.service.EndOrder(ctx, o.user, id)
	if err != nil {
		b.tell(ctx, o, b.sayAdmin(ctx, o.user, err))
		return
	}
	if at, ok := b.pushView(ctx, o, endOrderView(v)); ok && going(v) {
		b.followEnd(at, id)
	}
}

// going reports whether an order is not through yet.
func going(v access.EndOrderView) bool { return v.Order.DoneAt.IsZero() || v.Removing > 0 }

// drawEnd draws the report anew, and reports whether there is more to come.
func (b *Bot) drawEnd(ctx context.Context, o origin, id string) (more bool) {
	v, err := b.service.EndOrder(ctx, o.user, id)
	if err != nil {
		b.updateView(ctx, o, refusedView(b.sayAdmin(ctx, o.user, err)))
		return false
	}
	b.updateView(ctx, o, endOrderView(v))
	if !going(v) {
		b.redrawUnder(ctx, o, "")
	}
	return going(v)
}

// followEnd keeps the report up to date until all is ended and taken away.
func (b *Bot) followEnd(o origin, id string) {
	b.follow(o, func(ctx context.Context) bool { return b.drawEnd(ctx, o, id) })
}

func (b *Bot) endAllOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	return b.chooserOptions(ctx, o, c)
}
