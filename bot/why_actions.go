package bot

import (
	"context"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
)

// openWhy opens the question that anybody may ask about themselves.
func (b *Bot) openWhy(ctx context.Context, o origin) { b.askWhy(ctx, o, question{}) }

// askWhy opens the question, with its answer when it is complete.
func (b *Bot) askWhy(ctx context.Context, o origin, q question) {
	b.show(ctx, o, "Why?", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.whyView(ctx, o, q) })
}

// whyView draws the question as far as it is chosen, and asks it once account and role are.
func (b *Bot) whyView(ctx context.Context, o origin, q question) (slack.ModalViewRequest, error) {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	f := whyForm{question: q}
	account, known := b.service.Account(q.Account)
	if known {
		f.account = &account
	}
	switch {
	case q.Group == "" && (q.Account == "" || q.Role == "" && !known):
		return f.view(), nil
	case q.Group == "" && q.Role == "":
		f.about, _ = b.accountPreview(ctx, who.Person, account)
		return f.view(), nil
	}
	v, err := b.service.Explain(ctx, o.user, q.own())
	if err != nil {
		f.banner = ":no_entry: " + b.say(b.userLog(o.user), err).String()
		return f.view(), nil
	}
	f.answer, f.admins = &v, b.service.Admins(ctx)
	if q.Group == "" {
		f.account, f.role = &v.Item.Account, &v.Item.Role
	}
	return f.view(), nil
}

// whyAgain is whyView for a view that is there already.
func (b *Bot) whyAgain(ctx context.Context, o origin, q question) slack.ModalViewRequest {
	v, err := b.whyView(ctx, o, q)
	if err != nil {
		return refusedView(b.say(b.userLog(o.user), err))
	}
	return v
}

// own is the question about who asks it, whatever the button or the view says.
func (q question) own() access.ExplainInput {
	return access.ExplainInput{Account: q.Account, Role: q.Role, Group: q.Group, Duration: q.Duration}
}

// whyPressed is a choice or a press in the form, or on the answer to the command.
func (b *Bot) whyPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	switch actionOf(a.ActionID) {
	case actWhyAsk:
		b.askWhy(ctx, o, readQuestion(a.Value))
	case actWhyPick:
		q := readQuestion(a.Value)
		if err := b.privately(ctx, o.responseURL, b.whyAnswer(ctx, o.user, q), true); err != nil {
			b.log.Warn().Err(err).Msg("answer not sent")
		}
	case actWhyPage:
		q := readQuestion(ownMeta(o.meta))
		q.Page, _ = strconv.Atoi(a.Value)
		b.updateView(ctx, o, b.whyAgain(ctx, o, q))
	case actWhyAccount:
		q, _ := readWhy(c.View.State)
		q.Role = ""
		b.updateView(ctx, o, b.whyAgain(ctx, o, q))
	}
}

func (b *Bot) whySubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	q, errs := readWhy(c.View.State)
	if errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v := b.whyAgain(ctx, o, q)
		return outcome{view: &v}
	})
}

func (b *Bot) whyOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		return optionsAnswer{}, err
	}
	if c.ActionID == actWhyAccount {
		return b.accountOptions(ctx, who.Person, c.Value)
	}
	return b.roleOptions(ctx, who.Person, roleBlockAccount(c.BlockID), c.Value)
}
