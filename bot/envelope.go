package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"stint/access/identity"
)

// envelope is one message of Slack and the way to acknowledge it.
type envelope struct {
	socket   *socket
	id       string
	kind     string
	received time.Time
	metrics  *metrics
	owed     *owed
	answered atomic.Bool
	settled  atomic.Bool // no longer counted in owed
}

// settle stops counting the envelope among those that Slack waits for.
func (e *envelope) settle() {
	if e.settled.CompareAndSwap(false, true) {
		e.owed.add(-1)
	}
}

// ack acknowledges without an answer, at once and without blocking.
func (e *envelope) ack() {
	if e.answered.CompareAndSwap(false, true) {
		e.socket.ack(e.id)
		e.metrics.acked(e.kind, e.received)
		e.settle()
	}
}

// reply acknowledges with an answer.
func (e *envelope) reply(ctx context.Context, payload any) error {
	if !e.answered.CompareAndSwap(false, true) {
		return nil
	}
	defer e.settle()
	err := e.socket.answer(ctx, e.id, payload)
	e.metrics.acked(e.kind, e.received)
	return err
}

// origin is where a person did something, and so where they are answered.
type origin struct {
	user        identity.SlackUserID
	channel     string // of the message or command; "" in a view
	ts          string // of the message; "" otherwise
	responseURL string
	triggerID   string
	viewID      string
	callback    string // of the view
	meta        string // the view's private metadata
	home        bool   // in the Home tab
}

func commandOrigin(c slack.SlashCommand) origin {
	return origin{user: identity.SlackUserID(c.UserID), channel: c.ChannelID, responseURL: c.ResponseURL, triggerID: c.TriggerID}
}

func callbackOrigin(c slack.InteractionCallback) origin {
	o := origin{
		user:        identity.SlackUserID(c.User.ID),
		channel:     c.Container.ChannelID,
		ts:          c.Container.MessageTs,
		responseURL: c.ResponseURL,
		triggerID:   c.TriggerID,
		viewID:      c.View.ID,
		callback:    c.View.CallbackID,
		meta:        c.View.PrivateMetadata,
		home:        c.View.Type == slack.VTHomeTab,
	}
	if o.channel == "" {
		o.channel = c.Channel.ID
	}
	return o
}

// receive takes an event from a socket: it parses, drops what it saw before and hands over.
// It runs on the socket's reader and never blocks.
func (b *Bot) receive(s *socket, e socketmode.Event) {
	if e.Type == socketmode.EventTypeErrorBadMessage {
		b.metrics.envelopes.WithLabelValues("unknown", "unreadable").Inc()
		return
	}
	if e.Request == nil || e.Request.EnvelopeID == "" {
		return
	}
	env := &envelope{socket: s, id: e.Request.EnvelopeID, received: time.Now(), metrics: b.metrics, owed: b.owed}
	b.owed.add(1)
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		env.kind = "command"
		b.hand(env, "command/"+data.UserID, commandOrigin(data), func(ctx context.Context, o origin) { b.command(ctx, env, o, data) })
	case slack.InteractionCallback:
		b.interaction(env, data)
	case slackevents.EventsAPIEvent:
		env.kind = "event"
		b.event(env, data)
	default:
		env.kind = "other"
		env.ack()
	}
}

func (b *Bot) interaction(env *envelope, c slack.InteractionCallback) {
	env.kind = string(c.Type)
	o := callbackOrigin(c)
	switch c.Type {
	case slack.InteractionTypeBlockActions:
		if len(c.ActionCallback.BlockActions) == 0 {
			env.ack()
			return
		}
		a := *c.ActionCallback.BlockActions[0]
		lane := "view/" + o.viewID
		if o.viewID == "" || o.home {
			lane = "record/" + firstOf(a.Value, a.SelectedOption.Value) // of a button, or of an entry of a menu
		}
		b.hand(env, lane, o, func(ctx context.Context, o origin) { b.action(ctx, o, a, c) })
	case slack.InteractionTypeBlockSuggestion:
		// No lane: what it needs is in the envelope, and an answer that waits is an answer lost.
		b.answering(env, "", o, func(ctx context.Context, o origin) { b.suggestion(ctx, env, o, c) })
	case slack.InteractionTypeViewSubmission:
		b.answering(env, "view/"+o.viewID, o, func(ctx context.Context, o origin) { b.submission(ctx, env, o, c) })
	case slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction:
		b.hand(env, "command/"+c.User.ID, o, func(ctx context.Context, o origin) { b.shortcut(ctx, o, c) })
	case slack.InteractionTypeViewClosed:
		b.hand(env, "view/"+o.viewID, o, func(ctx context.Context, o origin) { b.closed(ctx, o, c) })
	default:
		env.ack()
		b.metrics.envelopes.WithLabelValues(env.kind, "ignored").Inc()
	}
}

// hand is for what needs no answer: it is acknowledged as soon as it is taken. What was
// seen before is only acknowledged again: Slack did not get the first one. (A command's
// handler acknowledges itself, because help is its answer.)
func (b *Bot) hand(env *envelope, lane string, o origin, work func(context.Context, origin)) {
	if !b.seen.first(env.id, env.received) {
		b.metrics.envelopes.WithLabelValues(env.kind, "duplicate").Inc()
		env.ack()
		return
	}
	if !b.answering(env, lane, o, work) {
		b.seen.forget(env.id) // Slack's retry is welcome
		return
	}
	if env.kind != "command" {
		env.ack()
	}
}

// answering works and leaves the acknowledgement to the work. Nothing is remembered: the
// same envelope again wants the same answer again. It reports whether the work was taken;
// if not, the envelope stays unacknowledged, which Slack shows to who waits.
func (b *Bot) answering(env *envelope, lane string, o origin, work func(context.Context, origin)) bool {
	taken := b.jobs.submit(lane, func(ctx context.Context) {
		defer env.settle() // answered or not, nothing more comes of it
		ctx, cancel := context.WithTimeout(ctx, workWithin)
		defer cancel()
		defer b.recovered(ctx, env, o)
		work(ctx, o)
	})
	outcome := "handled"
	if !taken {
		env.settle()
		outcome = "dropped"
		b.log.Error().Str("type", env.kind).Msg("too much to do: envelope left to Slack's retry")
	}
	b.metrics.envelopes.WithLabelValues(env.kind, outcome).Inc()
	return taken
}

// recovered keeps a defect in one handler from ending the process, and gives the person
// and the log the same reference.
func (b *Bot) recovered(ctx context.Context, env *envelope, o origin) {
	r := recover()
	if r == nil {
		return
	}
	ref := reference()
	b.metrics.panics.Inc()
	b.metrics.envelopes.WithLabelValues(env.kind, "panic").Inc()
	b.log.Error().Str("type", env.kind).Str("reference", ref).Str("panic", fmt.Sprint(r)).Bytes("stack", debug.Stack()).Msg("handler panicked")
	s := said{
		title: "Something went wrong",
		text:  "Something went wrong on Stint's side.",
		hint:  "Please try again; if it happens again, give an admin the reference `" + ref + "`.",
	}
	switch env.kind {
	case string(slack.InteractionTypeViewSubmission):
		v := noteView(s.title, s.text, s.hint)
		_ = env.reply(ctx, slack.NewUpdateViewSubmissionResponse(&v))
	case string(slack.InteractionTypeBlockSuggestion):
		_ = env.reply(ctx, optionsAnswer{Options: []*slack.OptionBlockObject{}})
	case "event", string(slack.InteractionTypeViewClosed):
		env.ack()
	default:
		env.ack()
		b.tell(ctx, o, s)
	}
}

// recoveredQuietly is recovered for work that nobody waits for.
func (b *Bot) recoveredQuietly(kind string) {
	if r := recover(); r != nil {
		b.metrics.panics.Inc()
		b.log.Error().Str("type", kind).Str("reference", reference()).Str("panic", fmt.Sprint(r)).Bytes("stack", debug.Stack()).Msg("handler panicked")
	}
}

// event takes an event of the Events API.
func (b *Bot) event(env *envelope, e slackevents.EventsAPIEvent) {
	lane, work := "", func(context.Context, origin) {}
	o := origin{}
	switch in := e.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		if in.Tab != "home" {
			break
		}
		o.user = identity.SlackUserID(in.User)
		lane = "home/" + in.User
		work = func(ctx context.Context, o origin) { b.publishNow(ctx, o.user) }
	default:
		if c, ok := change(e); ok {
			work = func(context.Context, origin) {
				if c.Channel != "" {
					b.members.forget(c.Channel)
				}
				b.changed(c)
			}
		}
	}
	b.hand(env, lane, o, work)
}

// change reads from an event whose facts are out of date. It decodes only ids, from the
// event as Slack sent it: some of these have other types in the library on other paths.
func change(e slackevents.EventsAPIEvent) (Change, bool) {
	cb, ok := e.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok || cb.InnerEvent == nil {
		return Change{}, false
	}
	var in struct {
		Type      string          `json:"type"`
		User      json.RawMessage `json:"user"`
		SubteamID string          `json:"subteam_id"`
		Subteam   struct {
			ID string `json:"id"`
		} `json:"subteam"`
		Channel json.RawMessage `json:"channel"`
	}
	if json.Unmarshal(*cb.InnerEvent, &in) != nil {
		return Change{}, false
	}
	switch in.Type {
	case "user_change":
		id := idOf(in.User)
		return Change{User: identity.SlackUserID(id)}, id != ""
	case "subteam_members_changed":
		return Change{UserGroup: identity.UserGroupID(in.SubteamID)}, in.SubteamID != ""
	case "subteam_updated", "subteam_created":
		return Change{UserGroup: identity.UserGroupID(in.Subteam.ID)}, in.Subteam.ID != ""
	case "member_joined_channel", "member_left_channel":
		id := idOf(in.Channel)
		return Change{Channel: identity.ChannelID(id)}, id != ""
	}
	return Change{}, false
}

// idOf reads an id that is given as itself or as an object that has it.
func idOf(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var object struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &object)
	return object.ID
}
