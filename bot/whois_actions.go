package bot

import (
	"context"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// openPeople opens Who is who.
func (b *Bot) openPeople(ctx context.Context, o origin) {
	b.show(ctx, o, peopleTitle, func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawPeople(ctx, o.user, "") })
}

func (b *Bot) drawPeople(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	m := readPeopleMeta(meta)
	v, err := b.service.People(ctx, user, m.query())
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	m.Page = v.Page
	return peopleView(v, m), nil
}

// peoplePressed filters, turns pages and opens the two forms.
func (b *Bot) peoplePressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	m := readPeopleMeta(ownMeta(o.meta))
	switch actionOf(a.ActionID) {
	case actPeopleState:
		m.State, m.Page = identity.LinkState(a.Value), 0
		m.Text = trimmed(typedIn(c.View.State, blockPeopleText, actPeopleText))
	case actPeoplePage:
		m.Page, _ = strconv.Atoi(a.Value)
	case actLink:
		b.show(ctx, o, "Link somebody", func(ctx context.Context) (slack.ModalViewRequest, error) {
			l, err := b.linkOf(ctx, o.user, identity.SlackUserID(a.Value))
			return linkView(l, nil, ""), err
		})
		return
	case actUnlink:
		b.show(ctx, o, "Unlink somebody", func(ctx context.Context) (slack.ModalViewRequest, error) {
			l, err := b.linkOf(ctx, o.user, identity.SlackUserID(a.Value))
			return unlinkView(l, ""), err
		})
		return
	}
	b.redrawPart(ctx, o, b.drawPeople, m.String(), "")
}

// linkOf is what is known of one Slack user.
func (b *Bot) linkOf(ctx context.Context, user, about identity.SlackUserID) (access.LinkView, error) {
	v, err := b.service.People(ctx, user, access.PeopleQuery{Text: string(about)})
	if err != nil {
		return access.LinkView{}, err
	}
	for _, l := range v.Links {
		if l.Slack == about {
			return l, nil
		}
	}
	return access.LinkView{}, fault.New(fault.NotFound, "bot.linkOf", "Nothing is known of this Slack user any more.", "Search for them again.")
}

// peopleSubmitted is a search, a link or an unlink.
func (b *Bot) peopleSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	switch c.View.CallbackID {
	case viewLink:
		b.linkSubmitted(ctx, env, o, c)
	case viewUnlink:
		b.unlinkSubmitted(ctx, env, o, c)
	default:
		m := readPeopleMeta(ownMeta(o.meta))
		m.Text, m.Page = trimmed(typedIn(c.View.State, blockPeopleText, actPeopleText)), 0
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
			v, err := b.drawPeople(ctx, o.user, m.String())
			if err != nil {
				v = refusedView(b.sayAdmin(ctx, o.user, err))
			}
			return outcome{view: &v}
		})
	}
}

func (b *Bot) linkSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	about := identity.SlackUserID(ownMeta(o.meta))
	chosen, reason, errs := readLink(c.View.State)
	if errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		l, err := b.service.Link(ctx, o.user, about, personOf(chosen), reason)
		if err != nil {
			return b.notLinked(ctx, o, err, func(banner string) slack.ModalViewRequest {
				l, _ := b.linkOf(ctx, o.user, about) // a zero one is drawn without its names
				l.Slack = about
				return linkView(l, optionFor(chosen.Value, label(chosen)), banner)
			})
		}
		said := ":white_check_mark: " + mention(about, l.Facts.Name) + " is *" + bold(name(firstOf(l.PersonName, label(chosen)), nameWidth)) + "* from now on. All admins were told."
		v := noteView("Linked", said)
		return outcome{done: &v, said: said}
	})
}

func (b *Bot) unlinkSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	about := identity.SlackUserID(ownMeta(o.meta))
	reason, problem := readReason(c.View.State, blockLinkWhy)
	if problem != "" {
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockLinkWhy: problem}})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		if err := b.service.Unlink(ctx, o.user, about, reason); err != nil {
			return b.notLinked(ctx, o, err, func(banner string) slack.ModalViewRequest {
				l, _ := b.linkOf(ctx, o.user, about)
				l.Slack = about
				return unlinkView(l, banner)
			})
		}
		said := ":white_check_mark: " + mention(about, "") + " was unlinked, and is identified anew by their e-mail. All admins were told."
		v := noteView("Unlinked", said)
		return outcome{done: &v, said: said}
	})
}

// notLinked puts a refusal under its field, or above the form.
func (b *Bot) notLinked(ctx context.Context, o origin, err error, again func(banner string) slack.ModalViewRequest) outcome {
	s := b.sayAdmin(ctx, o.user, err)
	late := func() slack.ModalViewRequest { return again(":no_entry: *Nothing was changed.* " + s.String()) }
	blocks := map[string]string{"person": blockLinkPerson, "reason": blockLinkWhy}
	if block, ok := blocks[s.field]; ok {
		return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: late}
	}
	v := late()
	return outcome{view: &v}
}

func (b *Bot) peopleOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	return b.chooserOptions(ctx, o, c)
}
