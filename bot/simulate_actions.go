package bot

import (
	"context"
	"strconv"
	"time"

	"github.com/slack-go/slack"
)

// openSimulate opens what the admin's draft would change. It may take seconds; the window
// says so while they pass.
func (b *Bot) openSimulate(ctx context.Context, o origin) {
	b.simulate(ctx, o, simulateMeta{}, true)
}

// simulatePressed turns pages and filters.
func (b *Bot) simulatePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	m := readSimulateMeta(ownMeta(o.meta))
	switch actionOf(a.ActionID) {
	case actSimulatePage:
		m.Page, _ = strconv.Atoi(a.Value)
	case actSimulateShow:
		m = simulateMeta{Which: a.Value}
	default:
		return
	}
	b.simulate(ctx, o, m, false)
}

// simulate runs it and shows it, in a window of its own or in the one that was pressed.
func (b *Bot) simulate(ctx context.Context, o origin, m simulateMeta, open bool) {
	ready := async(func() drawn {
		v, err := b.drawSimulation(ctx, o, m)
		return drawn{v, err}
	})
	begun := time.Now()
	wait := time.NewTimer(b.openAfter)
	defer wait.Stop()
	for {
		select {
		case r := <-ready:
			d := r.get()
			switch {
			case d.err != nil && open:
				b.tell(ctx, o, b.sayAdmin(ctx, o.user, d.err))
				return
			case d.err != nil:
				d.view = refusedView(b.sayAdmin(ctx, o.user, d.err))
			}
			b.placed(ctx, o, d.view, open)
			return
		case <-wait.C:
			at, ok := b.placed(ctx, o, simulatingView(time.Since(begun)), open)
			if !ok {
				<-ready
				return
			}
			o, open = at, false
			wait.Reset(b.progress)
		}
	}
}

// placed shows a view in a window of its own, or in the place of the one that is there.
func (b *Bot) placed(ctx context.Context, o origin, v slack.ModalViewRequest, open bool) (at origin, ok bool) {
	if open {
		return b.pushView(ctx, o, v)
	}
	b.updateView(ctx, o, v)
	return o, true
}

func (b *Bot) drawSimulation(ctx context.Context, o origin, m simulateMeta) (slack.ModalViewRequest, error) {
	c, err := b.service.Config(ctx, o.user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if c.PolicyFile == "" && (c.Draft == nil || c.Draft.Changes == 0) {
		return noDraftView(), nil
	}
	v, err := b.service.Simulate(ctx, o.user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return simulateView(v, m, b.service.Example), nil
}
