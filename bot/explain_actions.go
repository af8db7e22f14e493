package bot

import (
	"context"
	"strconv"

	"github.com/slack-go/slack"
)

// openExplain opens the admins' question to the policy.
func (b *Bot) openExplain(ctx context.Context, o origin) {
	b.show(ctx, o, "Explain access", func(ctx context.Context) (slack.ModalViewRequest, error) {
		c, err := b.service.Config(ctx, o.user) // refuses who is no admin
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return explainForm{question: question{HasDraft: c.Draft != nil}}.view(), nil
	})
}

// explainPressed turns the pages of the rules.
func (b *Bot) explainPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	if actionOf(a.ActionID) != actExplainPage {
		return
	}
	q := readQuestion(ownMeta(o.meta))
	q.Page, _ = strconv.Atoi(a.Value)
	b.updateView(ctx, o, b.explainAgain(ctx, o, q))
}

// explainAgain asks and draws the answer above the form, or why there is none.
func (b *Bot) explainAgain(ctx context.Context, o origin, q question) slack.ModalViewRequest {
	v, err := b.service.Explain(ctx, o.user, q.input())
	if err != nil {
		return explainForm{question: q, banner: ":no_entry: " + b.sayAdmin(ctx, o.user, err).String()}.view()
	}
	return explainForm{question: q, answer: &v}.view()
}

// explainSubmitted is a question.
func (b *Bot) explainSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	q, errs := readExplain(c.View.State, readQuestion(ownMeta(o.meta)))
	if errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v := b.explainAgain(ctx, o, q)
		return outcome{view: &v}
	})
}

func (b *Bot) explainOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	return b.chooserOptions(ctx, o, c)
}
