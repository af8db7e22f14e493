package bot

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access/fault"
	"stint/access/identity"
)

// Slack shows a stack of three views at most. Admins see the hub (or, named after the
// command, an area) first, an area above it, and an editor or a confirmation above that,
// whose further pages take its place. What is sent up there closes or turns into its
// result, and what lies under it is drawn anew.

// maxDepth is how many views a stack holds.
const maxDepth = 3

// maxMeta is Slack's limit of a view's private metadata, in characters.
const maxMeta = 3000

// under is the view under another, with all that it takes to draw it anew. It stands in
// the second line of the upper one's private metadata; the first is the upper one's own.
type under struct {
	View string `json:"view"`
	Area string `json:"area"`
	Meta string `json:"meta,omitempty"` // both its lines
}

// ownMeta is what a view itself put into its private metadata.
func ownMeta(meta string) string {
	own, _, _ := strings.Cut(meta, "\n")
	return own
}

func underneath(meta string) (u under, ok bool) {
	_, line, ok := strings.Cut(meta, "\n")
	if !ok || json.Unmarshal([]byte(line), &u) != nil || u.View == "" {
		return under{}, false
	}
	return u, true
}

// onTopOf is own with what lies under the view. What does not fit is left out: then
// nothing is drawn anew, which the next press mends.
func onTopOf(own string, u under) string {
	line, err := json.Marshal(u)
	if err != nil || len(own)+len(line)+1 > maxMeta {
		return own
	}
	return own + "\n" + string(line)
}

// depth is how many views there are up to the one with this metadata.
func depth(meta string) int {
	n := 1
	for u, ok := underneath(meta); ok; u, ok = underneath(u.Meta) {
		n++
	}
	return n
}

// keepUnder keeps, over an update, what is known of the view under the updated one.
func keepUnder(v slack.ModalViewRequest, meta string) slack.ModalViewRequest {
	if strings.Contains(v.PrivateMetadata, "\n") {
		return v
	}
	if _, line, ok := strings.Cut(meta, "\n"); ok && len(v.PrivateMetadata)+1+len(line) <= maxMeta {
		v.PrivateMetadata += "\n" + line
	}
	return v
}

// drawn is a view, or why there is none.
type drawn struct {
	view slack.ModalViewRequest
	err  error
}

// show draws a view and shows it above the one that was pressed, or as the first after a
// command or a press elsewhere. A trigger lasts three seconds: when drawing takes longer
// than a moment, "Working…" takes the place until it is done. Above the third view there
// is no room: there it takes the place of what was pressed.
func (b *Bot) show(ctx context.Context, o origin, title string, draw func(context.Context) (slack.ModalViewRequest, error)) {
	ready := async(func() drawn {
		v, err := draw(ctx)
		return drawn{v, err}
	})
	timer := time.NewTimer(b.openAfter)
	defer timer.Stop()
	select {
	case r := <-ready:
		if d := r.get(); d.err != nil {
			b.tell(ctx, o, b.sayAdmin(ctx, o.user, d.err))
		} else {
			b.pushView(ctx, o, d.view)
		}
	case <-timer.C:
		o, ok := b.pushView(ctx, o, noteView(title, ":hourglass_flowing_sand: One moment…"))
		d := (<-ready).get()
		if !ok {
			return
		}
		if d.err != nil {
			d.view = refusedView(b.sayAdmin(ctx, o.user, d.err))
		}
		b.updateView(ctx, o, d.view)
	}
}

// pushView shows a view above the one that was pressed, and returns where it now is.
func (b *Bot) pushView(ctx context.Context, o origin, v slack.ModalViewRequest) (at origin, ok bool) {
	at = o
	switch {
	case o.viewID == "" || o.home:
		at.viewID, ok = b.openView(ctx, o, v)
		at.home, at.callback, at.meta = false, v.CallbackID, v.PrivateMetadata
		return at, ok
	case depth(o.meta) >= maxDepth:
		b.updateView(ctx, o, v)
		return o, true
	}
	v.PrivateMetadata = onTopOf(v.PrivateMetadata, under{View: o.viewID, Area: areaOf(o.callback), Meta: o.meta})
	resp, err := b.api.PushViewContext(ctx, o.triggerID, v)
	if err != nil {
		b.notOpened(ctx, o, err)
		return o, false
	}
	at.viewID, at.callback, at.meta = resp.ID, v.CallbackID, v.PrivateMetadata
	return at, true
}

// redrawUnder draws the views under one anew, the nearest first, because something was
// changed above. said is a line for the top of the nearest; "" for none.
func (b *Bot) redrawUnder(ctx context.Context, o origin, said string) {
	for u, ok := underneath(o.meta); ok; u, ok = underneath(u.Meta) {
		draw := b.areas[u.Area].draw
		if draw == nil {
			continue
		}
		v, err := draw(ctx, o.user, ownMeta(u.Meta))
		if err != nil {
			v = refusedView(b.sayAdmin(ctx, o.user, err))
		} else if said != "" {
			v = headed(v, said)
			said = ""
		}
		b.updateView(ctx, origin{user: o.user, viewID: u.View, meta: u.Meta}, v)
	}
}

// redrawPart draws the pressed view of an area anew; said as in redrawUnder.
func (b *Bot) redrawPart(ctx context.Context, o origin, draw func(context.Context, identity.SlackUserID, string) (slack.ModalViewRequest, error), own, said string) {
	v, err := draw(ctx, o.user, own)
	switch {
	case err != nil:
		v = refusedView(b.sayAdmin(ctx, o.user, err))
	case said != "":
		v = headed(v, said)
	}
	b.updateView(ctx, o, v)
}

// headed puts a line about what was just done on top of a view.
func headed(v slack.ModalViewRequest, line string) slack.ModalViewRequest {
	blocks := append([]slack.Block{section(line), divider()}, v.Blocks.BlockSet...)
	v.Blocks.BlockSet = blocks[:min(len(blocks), maxModalBlocks)]
	return v
}

// refusedView takes the place of a view that cannot be shown.
func refusedView(s said) slack.ModalViewRequest {
	return noteView(s.title, ":no_entry: "+s.text, s.hint)
}

// sayAdmin is say, and mentions the admins to whom only they can help.
func (b *Bot) sayAdmin(ctx context.Context, user identity.SlackUserID, err error) said {
	s := b.say(b.userLog(user), err)
	if !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Unavailable) {
		return s
	}
	admins := b.service.Admins(ctx)
	if s.hint == "" && fault.Is(err, fault.Forbidden) {
		s.hint = askWhom(admins)
	}
	s.text, s.hint = addressed(s.text, admins), addressed(s.hint, admins)
	return s
}
