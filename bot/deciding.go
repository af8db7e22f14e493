package bot

import (
	"context"
	"encoding/json"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// DecidingService is what those who decide ask for besides Review.
type DecidingService interface {
	Details(ctx context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestDetails, error)
	Claim(ctx context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestView, error)
	Unclaim(ctx context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestView, error)
	HandOver(ctx context.Context, user identity.SlackUserID, id access.RequestID, to identity.SlackUserID) (access.RequestView, error)
	Reply(ctx context.Context, user identity.SlackUserID, id access.RequestID, text string) (access.RequestView, error)
	ReviewAll(ctx context.Context, user identity.SlackUserID, ids []access.RequestID, verdict access.Verdict, comment string) ([]access.ReviewOutcome, error)

	Delegate(ctx context.Context, user identity.SlackUserID, in access.DelegationInput) (access.Delegation, error)
	EndDelegation(ctx context.Context, user identity.SlackUserID, id string) error
	Delegations(ctx context.Context, user identity.SlackUserID) (access.DelegationsView, error)
}

// pressMeta is what a form about a request carries: which, and what was pressed.
type pressMeta struct {
	Request access.RequestID `json:"request"`
	Channel string           `json:"channel,omitempty"`
	TS      string           `json:"ts,omitempty"`
	Home    bool             `json:"home,omitempty"`
}

// carrying puts into a form which request it is about, and what was pressed.
func carrying(v slack.ModalViewRequest, id access.RequestID, o origin) slack.ModalViewRequest {
	raw, _ := json.Marshal(pressMeta{Request: id, Channel: o.channel, TS: o.ts, Home: o.home}) // strings and a bool
	v.PrivateMetadata = string(raw)
	return v
}

func readPress(meta string) (pressMeta, bool) {
	var m pressMeta
	err := json.Unmarshal([]byte(ownMeta(meta)), &m)
	return m, err == nil && m.Request != ""
}

// pressed is where the press was that opened the form.
func (m pressMeta) pressed(user identity.SlackUserID) origin {
	return origin{user: user, channel: m.Channel, ts: m.TS, home: m.Home}
}

// openAbout opens a form about a request that still waits for a decision.
func (b *Bot) openAbout(ctx context.Context, o origin, id access.RequestID, draw func(access.RequestView) slack.ModalViewRequest) {
	b.learnCard(ctx, id, o)
	v, err := b.service.RequestView(ctx, id)
	if err == nil && v.Request.State != access.Pending {
		err = alreadyOver(v)
	}
	if err != nil {
		b.refusePress(ctx, o, id, err)
		return
	}
	b.pushView(ctx, o, carrying(draw(v), id, o))
}

// sendAbout runs what a form about a request wants, shows what came of it, and brings up to
// date what was pressed. fields are the blocks of the form by the fields of errors.
func (b *Bot) sendAbout(ctx context.Context, env *envelope, o origin, title string, m pressMeta, fields map[string]string, do func(context.Context) (slack.ModalViewRequest, error)) {
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		done, err := do(ctx)
		if err == nil {
			return outcome{view: &done}
		}
		s := b.sayWho(ctx, b.userLog(o.user).With().Str("request_id", string(m.Request)).Logger(), m.Request, err)
		note := noteView(s.title, ":no_entry: "+s.text, s.hint)
		note.Title = plain(title, maxTitle)
		if block, ok := fields[s.field]; ok {
			return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: func() slack.ModalViewRequest { return note }}
		}
		return outcome{view: &note}
	})
	b.repair(ctx, m.pressed(o.user), m.Request)
}

// unreadable answers a form whose request is not known.
func (b *Bot) unreadable(ctx context.Context, env *envelope, o origin, title string) {
	v := noteView(title, "Stint could not read this form. Please open it again.")
	b.answerNow(ctx, env, o, outcome{view: &v})
}
