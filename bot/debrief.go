package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// DebriefService is what looking back at emergencies asks for.
type DebriefService interface {
	Debrief(ctx context.Context, in access.DebriefInput) (access.RequestView, error)
	// Debriefs lists what is open, oldest first, for admins.
	Debriefs(ctx context.Context, user identity.SlackUserID) ([]access.RequestView, error)
}

// areaDebriefs is the look back at emergencies: the admins' list, and the form for whoever a
// rule names.
const areaDebriefs = "debriefs"

// The ids of Debriefs.
const (
	actJustified    = "stint.debriefs.justified" // value: request id
	actNotJustified = "stint.debriefs.not"       // value: request id
	actLookBack     = "stint.debriefs.ask"       // value: request id
	actOutcome      = "stint.debriefs.outcome"
	actDebriefNote  = "stint.debriefs.note"
	viewDebriefs    = "stint.debriefs"
	viewDebrief     = "stint.debriefs.form"

	blockOutcome     = "debriefs.outcome"
	blockDebriefNote = "debriefs.note"

	debriefTitle   = "Debrief"
	outcomeYes     = "yes"
	outcomeNo      = "no"
	debriefsListed = 20 // in the admins' list
	debriefsHome   = 5  // on a Home
)

// debriefMeta is which emergency a form is about, and what was pressed.
type debriefMeta struct {
	Request access.RequestID `json:"request"`
	Channel string           `json:"channel,omitempty"`
	TS      string           `json:"ts,omitempty"`
	Home    bool             `json:"home,omitempty"`
}

// debriefMessage asks to look back at an emergency, and later says what was found.
func debriefMessage(v access.RequestView) content {
	r := v.Request
	head := ":mag: *Please look back at an emergency:* " + emergencyOf(v)
	if !r.Debrief.Open() {
		head = ":mag: *" + verdictOf(r.Debrief) + ":* " + emergencyOf(v)
	}
	blocks := []slack.Block{section(head), quote(r.Reason, maxQuote)}
	if !r.Debrief.Open() {
		return message(head, append(blocks, section(capital(foundBy(r.Debrief))), quote(r.Debrief.Note, maxQuote), actions(detailsButton(v)))...)
	}
	ask := people(v.Debriefers) + ": *was it justified?* Please say so by " + when(r.Debrief.Due) + "; " + actor(r.Asker) + " reads it, and it stays on record."
	if len(v.Debriefers) == 0 {
		ask = "Nobody is known who could look back at it. The admins of Stint were told."
	}
	if !r.Debrief.OverdueAt.IsZero() {
		ask = ":bell: *Overdue* since " + when(r.Debrief.Due) + ". " + people(v.Debriefers) + ": please say whether it was justified. An admin of Stint may now, too."
	}
	if !r.FactsAt.IsZero() {
		blocks = append(blocks, small(":warning: Slack could not be asked who asks and receives. Stint went by what Slack had said "+when(r.FactsAt)+"."))
	}
	return message(head, append(blocks, section(ask), actions(debriefButtons(v)...))...)
}

// emergencyOf is what somebody let themselves in to.
func emergencyOf(v access.RequestView) string {
	r := v.Request
	who := actor(r.Asker)
	if r.Asker.Person != r.Receiver.Person {
		who += ", for " + actor(r.Receiver) + ","
	}
	return who + " took " + items(v, item) + " for " + length(r.Duration) + ", " + when(r.DecidedAt) + "."
}

func foundBy(d *access.Debrief) string {
	return "says " + actor(d.By) + ", " + when(d.ClosedAt) + ":"
}

func debriefButtons(v access.RequestView) []*slack.ButtonBlockElement {
	id, about := string(v.Request.ID), plainActor(v.Request.Asker)+"'s emergency in "+plainItem(firstItem(v))
	return []*slack.ButtonBlockElement{
		button(actJustified, id, "Justified…", "Justified: "+about+", asks for a note"),
		button(actNotJustified, id, "Not justified…", "Not justified: "+about+", asks for a note"),
		detailsButton(v),
	}
}

// lookBackButton opens the look back where there is little room.
func lookBackButton(v access.RequestView) *slack.ButtonBlockElement {
	return button(actLookBack, string(v.Request.ID), "Debrief…", "Look back at "+plainActor(v.Request.Asker)+"'s emergency in "+plainItem(firstItem(v)))
}

// deliverDebrief keeps what asks for a look back up to date: in the thread of the card, and
// in a direct message to each who may.
func (b *Bot) deliverDebrief(ctx context.Context, n access.Notice) (string, error) {
	v, err := b.service.RequestView(ctx, n.Request)
	if gone(err) || err == nil && v.Request.Debrief == nil {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	root, known, err := b.service.Message(ctx, cardKey(v.Request.CardID()))
	if err == nil && !known {
		// The card's own notice gave way to a newer one further back; the thread needs it now.
		if _, err = b.deliverCard(ctx, access.Notice{Kind: access.NoticeCard, Request: n.Request}); err == nil {
			root, known, err = b.service.Message(ctx, cardKey(v.Request.CardID()))
		}
	}
	if err != nil {
		return "", err
	}
	key := debriefKey(n.Request)
	result := string(dropped)
	if known {
		result, err = b.debriefAt(ctx, key, v.Request.ID, string(root.Channel), root.TS)
		if channelGone(slackCode(err)) || slackCode(err) == "thread_not_found" {
			err = nil // the card's own delivery says so
		}
	}
	if copied := b.debriefCopies(ctx, key, v); err == nil {
		err = copied
	}
	return result, err
}

// debriefCopies asks those who may look back, and keeps up to date whom it asked. One that
// fails does not keep the others back.
func (b *Bot) debriefCopies(ctx context.Context, key string, v access.RequestView) error {
	existing, err := b.service.Messages(ctx, key+"/")
	if err != nil {
		return err
	}
	to := map[string]string{} // by key; "" edits only
	for _, m := range existing {
		to[m.Key] = ""
	}
	if v.Request.Debrief.Open() {
		for i, h := range v.Debriefers {
			if of := key + "/" + string(h.Slack); h.Slack != "" && i < maxCopies {
				to[of] = string(h.Slack)
			}
		}
	}
	var failed error
	for _, of := range sortedKeys(to) {
		if _, err := b.debriefAt(ctx, of, v.Request.ID, to[of], ""); err != nil {
			b.log.Warn().Err(err).Str("key", of).Msg("a debrief was not delivered")
			failed = err
		}
	}
	return b.worthRetrying(failed)
}

func (b *Bot) debriefAt(ctx context.Context, key string, id access.RequestID, to, thread string) (string, error) {
	return b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		v, err := b.service.RequestView(ctx, id)
		if err != nil {
			return draft{}, err
		}
		return draft{content: debriefMessage(v), to: to, thread: thread, post: true}, nil
	})
}

// debriefKey is the key of the message that asks for a look back, as the outbox names it.
func debriefKey(id access.RequestID) string { return string(access.NoticeDebrief) + "/" + string(id) }

// debriefReminder asks those who look back once more; no blocks when that is not true any more.
func debriefReminder(n access.Notice, v access.RequestView) content {
	d := v.Request.Debrief
	if !d.Open() || n.Number != d.Reminders {
		return content{}
	}
	line := ":bell: *Nobody has looked back yet* at the emergency of " + actor(v.Request.Asker) + " with " + items(v, item) + ". " + people(v.Debriefers) + ": please say by " + when(d.Due) + " whether it was justified."
	if !d.OverdueAt.IsZero() {
		line = ":bell: *The debrief is overdue:* nobody has looked back at the emergency of " + actor(v.Request.Asker) + " with " + items(v, item) + ". " + people(v.Debriefers) + ": please say whether it was justified. The admins of Stint were told, and may do so now."
	}
	return message(line, section(line), actions(debriefButtons(v)...))
}

// debriefStory is what somebody found, in the thread.
func debriefStory(v access.RequestView) content {
	d := v.Request.Debrief
	if d == nil || d.Open() {
		return content{}
	}
	line := ":mag: " + actor(d.By) + " looked back at the emergency: *" + strings.ToLower(verdictOf(d)) + "*."
	return message(line, section(line), quote(d.Note, maxQuote))
}

// debriefTold tells who asked what was found.
func debriefTold(v access.RequestView) content {
	d := v.Request.Debrief
	if d == nil || d.Open() {
		return content{}
	}
	line := ":mag: " + actor(d.By) + " looked back at the emergency with " + items(v, item) + ", " + when(v.Request.DecidedAt) + ": *" + strings.ToLower(verdictOf(d)) + "*."
	next := "It stays on record."
	if !d.Justified {
		next = "It stays on record. If you see it otherwise, talk to " + actor(d.By) + "."
	}
	return message(line, section(line), quote(d.Note, maxQuote), section(next))
}

// debriefsPressed is a press on one of the buttons.
func (b *Bot) debriefsPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	outcome := ""
	switch actionOf(a.ActionID) {
	case actJustified:
		outcome = outcomeYes
	case actNotJustified:
		outcome = outcomeNo
	case actLookBack:
	default:
		return // a choice within the form
	}
	b.show(ctx, o, debriefTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
		v, err := b.service.RequestView(ctx, access.RequestID(a.Value))
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if v.Request.Debrief.Open() {
			return debriefView(v, outcome, o), nil
		}
		return debriefDone(v), nil
	})
}

// debriefView asks what somebody found; what they may is the service's to say, but who may
// surely not is told before anything is typed.
func debriefView(v access.RequestView, chosen string, o origin) slack.ModalViewRequest {
	r := v.Request
	own := o.user == r.Asker.Slack || o.user == r.Receiver.Slack
	named := slices.ContainsFunc(v.Debriefers, func(h access.Human) bool { return h.Slack == o.user })
	switch {
	case own:
		return noteView(debriefTitle, ":no_entry: You cannot look back at your own emergency.", "Can look back: "+people(v.Debriefers)+".")
	case !named && r.Debrief.OverdueAt.IsZero():
		return noteView(debriefTitle, ":no_entry: You are not among those who look back at this emergency.", "Can look back: "+people(v.Debriefers)+".")
	}
	e := slack.NewRadioButtonsBlockElement(actOutcome)
	for _, c := range []struct{ value, label, about string }{
		{outcomeYes, "Justified", "It could not wait, and what was done fits the reason"},
		{outcomeNo, "Not justified", "An approval could have been awaited, or something else was done"},
	} {
		option := slack.NewOptionBlockObject(c.value, plain(c.label, maxOption), plain(c.about, maxOption))
		e.Options = append(e.Options, option)
		if c.value == chosen {
			e.InitialOption = option
		}
	}
	view := modal(viewDebrief, debriefTitle, "Send", "Cancel", []slack.Block{
		section(capital(emergencyOf(v))),
		quote(r.Reason, maxQuote),
		slack.NewInputBlock(blockOutcome, plain("Was it justified?", maxLabel), nil, e),
		textField{
			block: blockDebriefNote, action: actDebriefNote, label: "What did you find?", hint: plainActor(r.Asker) + " gets this text, and it stays on record.",
			placeholder: "What happened, and what should be different next time", most: maxComment, lines: true,
		}.input(),
	})
	raw, _ := json.Marshal(debriefMeta{Request: r.ID, Channel: o.channel, TS: o.ts, Home: o.home}) // strings and a bool
	view.PrivateMetadata = string(raw)
	return view
}

// debriefDone says what was found already.
func debriefDone(v access.RequestView) slack.ModalViewRequest {
	d := v.Request.Debrief
	if d == nil {
		return noteView(debriefTitle, "There is nothing to look back at.")
	}
	view := noteView(debriefTitle, ":mag: *"+verdictOf(d)+"*, "+foundBy(d))
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, quote(d.Note, maxQuote))
	return view
}

// debriefsSubmitted is the form.
func (b *Bot) debriefsSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	if c.View.CallbackID != viewDebrief {
		b.onlyRead(ctx, env, o, c)
		return
	}
	var meta debriefMeta
	if err := json.Unmarshal([]byte(ownMeta(c.View.PrivateMetadata)), &meta); err != nil || meta.Request == "" {
		v := noteView(debriefTitle, "Stint could not read this form. Please press the button again.")
		b.answerNow(ctx, env, o, outcome{view: &v})
		return
	}
	chosen := chosenOption(c.View.State, blockOutcome, actOutcome).Value
	note := trimmed(typedIn(c.View.State, blockDebriefNote, actDebriefNote))
	errs := map[string]string{}
	if chosen != outcomeYes && chosen != outcomeNo {
		errs[blockOutcome] = "Choose one of the two."
	}
	if note == "" {
		errs[blockDebriefNote] = "Say what you found: it stays on record."
	}
	if utf8.RuneCountInString(note) > maxComment {
		errs[blockDebriefNote] = "Please say it in fewer words."
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v, err := b.service.Debrief(ctx, access.DebriefInput{Request: meta.Request, User: o.user, Justified: chosen == outcomeYes, Note: note})
		if err != nil {
			s := b.say(b.userLog(o.user).With().Str("request_id", string(meta.Request)).Logger(), err)
			s.hint = addressed(s.hint, v.Debriefers)
			refused := noteView(debriefTitle, ":no_entry: *Not stored.* "+s.text, s.hint)
			return outcome{view: &refused}
		}
		done := debriefDone(v)
		done.Blocks.BlockSet = append(done.Blocks.BlockSet, small("It is on record, and "+actor(v.Request.Asker)+" was told."))
		return outcome{view: &done, changed: true}
	})
	if meta.Home {
		b.publishNow(ctx, o.user)
	}
}

// openDebriefs opens the admins' list.
func (b *Bot) openDebriefs(ctx context.Context, o origin) {
	b.show(ctx, o, "Debriefs", func(ctx context.Context) (slack.ModalViewRequest, error) {
		return b.drawDebriefs(ctx, o.user, "")
	})
}

func (b *Bot) drawDebriefs(ctx context.Context, user identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	list, err := b.service.Debriefs(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return debriefsView(list), nil
}

// debriefsView lists the emergencies at which nobody has looked back yet.
func debriefsView(list []access.RequestView) slack.ModalViewRequest {
	blocks := []slack.Block{section("*Emergencies at which nobody has looked back yet*")}
	if len(list) == 0 {
		blocks = append(blocks, small("None. Each emergency whose rule names somebody to look back is listed here until that is done."))
	}
	for i, v := range list {
		if i == debriefsListed {
			blocks = append(blocks, small(andMore(len(list)-debriefsListed)))
			break
		}
		line := "Due " + when(v.Request.Debrief.Due) + ". Can look back: " + people(v.Debriefers) + "."
		if !v.Request.Debrief.OverdueAt.IsZero() {
			line = ":bell: *Overdue* since " + when(v.Request.Debrief.Due) + ". Can look back: " + people(v.Debriefers) + ", and any admin who did not ask for it."
		}
		blocks = append(blocks, sectionWith(capital(emergencyOf(v))+"\n"+line, lookBackButton(v)), quote(v.Request.Reason, 300))
	}
	return modal(viewDebriefs, "Debriefs", "", "Close", blocks)
}

// hubDebriefs says that emergencies wait for a look back; nothing when none does.
func hubDebriefs(h hub) []slack.Block {
	if h.Debriefs == 0 {
		return nil
	}
	text := ":mag: *" + emergencies(h.Debriefs) + "* " + waitFor(h.Debriefs) + " for somebody to look back."
	if h.Overdue > 0 {
		text += " :bell: *" + thousands(h.Overdue) + " overdue.*"
	}
	return []slack.Block{sectionWith(text, button(openArea(areaDebriefs), areaDebriefs, "Debriefs", "Emergencies at which nobody has looked back yet"))}
}

func emergencies(n int) string {
	if n == 1 {
		return "1 emergency"
	}
	return thousands(n) + " emergencies"
}

func waitFor(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

// homeDebriefs are the emergencies that this person is to look back at, oldest first.
func homeDebriefs(h access.HomeView) []slack.Block {
	if len(h.Debriefs) == 0 {
		return nil
	}
	blocks := []slack.Block{section("*Emergencies for you to look back at*")}
	for i, v := range h.Debriefs {
		if i == debriefsHome {
			blocks = append(blocks, small(andMore(len(h.Debriefs)-debriefsHome)))
			break
		}
		due := "Was it justified? Please say so by " + when(v.Request.Debrief.Due) + "."
		if !v.Request.Debrief.OverdueAt.IsZero() {
			due = ":bell: *Overdue* since " + when(v.Request.Debrief.Due) + ". Was it justified?"
		}
		blocks = append(blocks, section(capital(emergencyOf(v))+"\n"+due), quote(v.Request.Reason, 300), actions(debriefButtons(v)...))
	}
	return append(blocks, divider())
}
