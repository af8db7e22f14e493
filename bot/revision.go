package bot

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

const (
	viewRevision = "stint.revision"
	viewRefuse   = "stint.revision.refusal"

	actRefuse       = "stint.revision.refuse"   // value: revision id; asks why
	actTakeBack     = "stint.revision.takeback" // value: revision id
	actRevisionRead = "stint.revision.read"

	blockRevisionRead = "revision_read"
	blockRefuseWhy    = "revision_why"
)

// revisionMeta is what a view about one revision carries.
type revisionMeta struct {
	ID   access.RevisionID `json:"id"`
	Ends bool              `json:"ends,omitempty"` // ends access, to be acknowledged
}

func (m revisionMeta) String() string {
	raw, _ := json.Marshal(m) // a string and a bool
	return string(raw)
}

func readRevisionMeta(s string) revisionMeta {
	var m revisionMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one names no revision: not found
	return m
}

// revisionPressed opens what is proposed, or refuses it, or takes it back.
func (b *Bot) revisionPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	id := access.RevisionID(a.Value)
	switch actionOf(a.ActionID) {
	case actReview:
		b.reviewRevision(ctx, o, id)
	case actRefuse:
		v := modal(viewRefuse, "Refuse this change", "Refuse", "Back", []slack.Block{
			section("What is in force stays as it is. The author gets your reason."),
			reasonField(blockRefuseWhy, "The author gets this text, and it is kept on record."),
		})
		v.PrivateMetadata = revisionMeta{ID: id}.String()
		b.pushView(ctx, o, v)
	case actTakeBack:
		if _, err := b.service.DecideRevision(ctx, o.user, id, false, ""); err != nil {
			b.updateView(ctx, o, refusedView(b.sayAdmin(ctx, o.user, err)))
			return
		}
		b.updateView(ctx, o, noteView("Taken back", ":leftwards_arrow_with_hook: *Taken back.* It is your draft again. What is in force stays as it is."))
		b.redrawUnder(ctx, o, "")
	}
}

// reviewRevision shows a proposal to who may decide it. A press on a card that is out of
// date, or on one's own, is explained where it was made.
func (b *Bot) reviewRevision(ctx context.Context, o origin, id access.RevisionID) {
	if o.viewID == "" {
		b.learn(ctx, revisionKey(id, o.user), o)
	}
	b.show(ctx, o, "Proposed change", func(ctx context.Context) (slack.ModalViewRequest, error) {
		r, err := b.service.Revision(ctx, o.user, id)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if o.ts != "" && !r.MayDecide {
			b.repairRevision(ctx, o, id)
			return slack.ModalViewRequest{}, cannotDecide(r, o.user)
		}
		return b.revisionView(r, o.user, ""), nil
	})
}

// cannotDecide says why a press on Review does nothing.
func cannotDecide(r access.RevisionView, user identity.SlackUserID) error {
	const op = "bot.reviewRevision"
	switch {
	case r.State == access.Proposed && r.Author.Slack == user:
		return fault.New(fault.Forbidden, op, "You proposed this yourself, so another admin decides.", "You can take it back in "+commandConfig+".")
	case r.State == access.Proposed:
		return fault.New(fault.Forbidden, op, "You cannot decide this change.", "")
	}
	return fault.New(fault.Conflict, op, unescaper.Replace(revisionState(r, plainActor)), "Nothing was changed.")
}

// drawRevision draws the view of one revision anew.
func (b *Bot) drawRevision(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	r, err := b.service.Revision(ctx, user, readRevisionMeta(meta).ID)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return b.revisionView(r, user, ""), nil
}

// revisionSubmitted approves what was reviewed, or refuses it with a reason.
func (b *Bot) revisionSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m := readRevisionMeta(ownMeta(o.meta))
	switch c.View.CallbackID {
	case viewRevision:
		if m.Ends && !slices.Contains(chosenIn(c.View.State, blockRevisionRead, actRevisionRead), tickEnds) {
			b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockRevisionRead: "Tick it to go on."}})
			return
		}
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
			v := b.decide(ctx, o, m.ID, true, "")
			return outcome{view: &v, changed: true}
		})
	case viewRefuse:
		note, problem := readReason(c.View.State, blockRefuseWhy)
		if problem != "" {
			b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockRefuseWhy: problem}})
			return
		}
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
			v := b.decide(ctx, o, m.ID, false, note)
			return outcome{view: &v, changed: true}
		})
	default:
		b.onlyRead(ctx, env, o, c)
	}
}

func (b *Bot) decide(ctx context.Context, o origin, id access.RevisionID, approve bool, note string) slack.ModalViewRequest {
	r, err := b.service.DecideRevision(ctx, o.user, id, approve, note)
	if err != nil {
		s := b.sayAdmin(ctx, o.user, err)
		if now, again := b.service.Revision(ctx, o.user, id); again == nil {
			return b.revisionView(now, o.user, ":no_entry: *Nothing was decided.* "+s.String())
		}
		return refusedView(s)
	}
	if !approve {
		return noteView("Refused", ":no_entry: *Refused.* What is in force stays as it is.", actor(r.Author)+" gets your reason.")
	}
	return noteView("In force", ":white_check_mark: *Version "+thousands(int(r.Number))+" is in force*, since "+when(r.At)+".", actor(r.Author)+" is told.")
}

// repairRevision draws the pressed card anew.
func (b *Bot) repairRevision(ctx context.Context, o origin, id access.RevisionID) {
	b.redrawPressed(ctx, o, []string{revisionKey(id, o.user)}, func(ctx context.Context, _ string) (content, error) {
		r, err := b.service.Revision(ctx, o.user, id)
		if err != nil {
			return content{}, err
		}
		return revisionCard(r), nil
	})
}
