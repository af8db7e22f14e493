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
	// orderShown is how long a mass end that is done stays in the hub.
	orderShown = time.Hour
)

// openConfig opens the admins' view. Who is no admin hears who the admins are.
func (b *Bot) openConfig(ctx context.Context, o origin) {
	b.show(ctx, o, "Stint for admins", func(ctx context.Context) (slack.ModalViewRequest, error) {
		return b.drawConfig(ctx, o.user, "")
	})
}

// drawConfig draws the root: the hub, or the first run where no policy was ever in force.
func (b *Bot) drawConfig(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	h, err := b.readHub(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if h.FirstRun && h.Draft == nil && len(h.Proposed) == 0 {
		return setupView(h, setupForm{}), nil
	}
	return hubView(h, readConfigMeta(meta), ""), nil
}

func (b *Bot) readHub(ctx context.Context, user identity.SlackUserID) (hub, error) {
	c, err := b.service.Config(ctx, user)
	if err != nil {
		return hub{}, err
	}
	h := hub{ConfigView: c, now: b.service.Now()}
	for _, o := range c.Endings {
		if !o.DoneAt.IsZero() && h.now.Sub(o.DoneAt) > orderShown {
			continue
		}
		v, err := b.service.EndOrder(ctx, user, o.ID)
		if err != nil { // the hub shows what it can
			b.log.Warn().Err(err).Msg("an end order was not read")
			v = access.EndOrderView{Order: o}
		}
		h.orders = append(h.orders, v)
	}
	return h, nil
}

// configPressed is a press in the admins' view.
func (b *Bot) configPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	m := readConfigMeta(ownMeta(o.meta))
	said := ""
	switch actionOf(a.ActionID) {
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
	case actGoOn:
		if err := b.service.Resume(ctx, o.user); err != nil {
			said = ":no_entry: *Not resumed.* " + b.say(b.userLog(o.user), err).String()
		} else {
			said = ":white_check_mark: *Resumed.* Requests can be decided again, and what is approved is given."
		}
	case actAccept:
		if err := b.service.AcceptLoss(ctx, o.user, a.Value); err != nil {
			said = ":no_entry: *Not accepted.* " + b.say(b.userLog(o.user), err).String()
		} else {
			said = ":white_check_mark: *Accepted.* It is in force within a few seconds; all admins were told."
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
	h, err := b.readHub(ctx, o.user)
	if err != nil {
		b.updateView(ctx, o, refusedView(b.sayAdmin(ctx, o.user, err)))
		return false
	}
	b.updateView(ctx, o, hubView(h, m, said))
	return h.Syncing
}

// followSync keeps the view up to date while a sync runs.
func (b *Bot) followSync(ctx context.Context, o origin, m configMeta) {
	if !b.refreshConfig(ctx, o, m, ":hourglass_flowing_sand: Sync started.") {
		return
	}
	b.follow(o, func(ctx context.Context) bool { return b.refreshConfig(ctx, o, m, "") })
}
