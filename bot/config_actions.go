package bot

import (
	"context"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

const (
	// progressEvery is how often a sync's progress is shown; views.update has 100 a minute.
	progressEvery = 2 * time.Second
	// progressFor is how long a window is kept up to date; Refresh goes on from there.
	progressFor = 50 * time.Second
)

// openConfig opens the admins' view. Who is no admin hears who the admins are.
func (b *Bot) openConfig(ctx context.Context, o origin) {
	c, err := b.service.Config(ctx, o.user)
	if err != nil {
		s := b.say(b.userLog(o.user), err)
		if s.hint == "" {
			s.hint = askWhom(b.service.Admins(ctx))
		}
		b.tell(ctx, o, s)
		return
	}
	b.openView(ctx, o, configView(c, configMeta{}, "", b.service.Now()))
}

// drawConfig draws the view that openConfig opens.
func (b *Bot) drawConfig(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	c, err := b.service.Config(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return configView(c, readConfigMeta(meta), "", b.service.Now()), nil
}

// configPressed is a press in the admins' view.
func (b *Bot) configPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	m := readConfigMeta(ownMeta(o.meta))
	said := ""
	switch actionOf(a.ActionID) {
	case actRules:
		m.Rules, _ = strconv.Atoi(a.Value)
	case actLive:
		m.Live, _ = strconv.Atoi(a.Value)
	case actEndLive:
		g, err := b.service.EndGrant(ctx, access.GrantID(a.Value), o.user)
		if err != nil {
			log := b.userLog(o.user).With().Str("grant_id", a.Value).Logger()
			said = ":no_entry: *Not ended.* " + b.say(log, err).String()
		} else {
			said = ":white_check_mark: " + item(g.Item) + " of " + actor(g.Grant.Holder) + " was ended. AWS takes it away within a minute; the holder is told."
		}
	case actSync:
		if err := b.service.SyncNow(ctx, o.user); err != nil {
			said = ":no_entry: *Not started.* " + b.say(b.userLog(o.user), err).String()
			break
		}
		b.followSync(ctx, o, m)
		return
	}
	b.refreshConfig(ctx, o, m, said)
}

// refreshConfig redraws the view; it reports whether a sync is running.
func (b *Bot) refreshConfig(ctx context.Context, o origin, m configMeta, said string) (syncing bool) {
	c, err := b.service.Config(ctx, o.user)
	if err != nil {
		s := b.say(b.userLog(o.user), err)
		b.updateView(ctx, o, noteView(s.title, ":no_entry: "+s.text, s.hint))
		return false
	}
	b.updateView(ctx, o, configView(c, m, said, b.service.Now()))
	return c.Syncing
}

// followSync keeps the view up to date while a sync runs. It runs on a lane of its own, so
// that other presses in the view do not wait for it.
func (b *Bot) followSync(ctx context.Context, o origin, m configMeta) {
	if !b.refreshConfig(ctx, o, m, ":hourglass_flowing_sand: Sync started.") {
		return
	}
	b.jobs.submit("follow/"+o.viewID, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, progressFor)
		defer cancel()
		defer b.recoveredQuietly("follow")
		for pause(ctx, b.progress) {
			select {
			case <-b.ending:
				return
			default:
			}
			if !b.refreshConfig(ctx, o, m, "") {
				return
			}
		}
	})
}
