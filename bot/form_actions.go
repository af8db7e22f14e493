package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// openForm opens the request form at once, or says why nobody can ask for anything yet.
// When it takes longer to learn who asks, the trigger is used for "One moment", and the
// form takes its place.
func (b *Bot) openForm(ctx context.Context, o origin) { b.openFormWith(ctx, o, prefill{}) }

// openFormWith opens the form with something in it already. What can no longer be asked for
// is shown all the same, with the reason why not.
func (b *Bot) openFormWith(ctx context.Context, o origin, with prefill) {
	b.show(ctx, o, "Request AWS access", func(ctx context.Context) (slack.ModalViewRequest, error) {
		who, err := b.service.Who(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if _, err := b.service.Accounts(ctx, who.Person, "", 1); err != nil {
			return slack.ModalViewRequest{}, err
		}
		f := b.redraw(ctx, who.Person, with.filled())
		f.banner = with.note
		return f.view(), nil
	})
}

// openView opens a modal. When Slack refuses, the person hears what to do next.
func (b *Bot) openView(ctx context.Context, o origin, v slack.ModalViewRequest) (viewID string, ok bool) {
	resp, err := b.api.OpenViewContext(ctx, o.triggerID, v)
	if err == nil {
		return resp.ID, true
	}
	b.notOpened(ctx, o, err)
	return "", false
}

// notOpened tells somebody for whom Slack opened no window.
func (b *Bot) notOpened(ctx context.Context, o origin, err error) {
	b.log.Warn().Err(err).Str("user", string(o.user)).Msg("view not opened")
	b.noteTrouble(err)
	hint := "Please try again."
	if o.responseURL != "" && o.ts == "" {
		hint = "Please run the command again."
	}
	s := said{title: "Not opened", text: "Slack did not let Stint open a window in time.", hint: hint}
	if wait, limited := retryAfter(err); limited {
		s.text, s.hint = "Slack is limiting Stint's requests right now.", "Please try again in "+length(wait)+"."
	}
	o.triggerID = "" // it is used up
	if o.home || o.responseURL == "" {
		if _, err := b.direct(ctx, o.user, message(s.String(), section(s.String()))); err != nil {
			b.log.Error().Err(err).Str("user", string(o.user)).Msg("a person could not be answered")
		}
		return
	}
	b.tell(ctx, o, s)
}

// formChanged redraws the form after something was chosen in it; never per keystroke.
func (b *Bot) formChanged(ctx context.Context, o origin, c slack.InteractionCallback) {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		s := b.say(b.userLog(o.user), err)
		b.updateView(ctx, o, noteView(s.title, ":no_entry: "+s.text, s.hint))
		return
	}
	in := readForm(c.View.State, readFormMeta(c.View.PrivateMetadata))
	b.updateView(ctx, o, b.redraw(ctx, who.Person, in).view())
}

// formSent submits the form. Slack does not verify what an external select sends: the
// service does, and its errors come back under the fields.
func (b *Bot) formSent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	in := readForm(c.View.State, readFormMeta(c.View.PrivateMetadata))
	if errs := in.missing(); errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.submit(ctx, o, in) })
}

// missing are the fields without which there is nothing to submit.
func (f filled) missing() map[string]string {
	errs := map[string]string{}
	if f.account == "" {
		errs[blockAccount] = "Choose an account from the list."
	}
	if f.role == "" {
		errs[f.roleBlock] = "Choose a role from the list."
		if f.account != "" && roleBlockAccount(f.roleBlock) != f.account {
			errs[f.roleBlock] = "The account has changed: choose a role in it."
		}
	}
	if _, err := f.asked(); err != nil {
		errs[f.durationField()] = plainFault(err)
	}
	switch {
	case trimmed(f.reason) == "":
		errs[blockReason] = "Say what you need it for."
	case utf8.RuneCountInString(f.reason) > maxReason:
		errs[blockReason] = fmt.Sprintf("At most %d characters.", maxReason)
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

func (f filled) durationField() string {
	if f.duration == otherDuration {
		return blockOther
	}
	return f.durBlock
}

// formKey makes the same form sent again the same request: who, which window, what is in it.
func formKey(user identity.SlackUserID, viewID string, f filled, d time.Duration) string {
	h := sha256.New()
	for _, part := range []string{string(f.account), string(f.role), d.String(), trimmed(f.reason), f.link} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return string(user) + "/" + viewID + "/" + hex.EncodeToString(h.Sum(nil)[:16])
}

func (b *Bot) submit(ctx context.Context, o origin, in filled) outcome {
	d, _ := in.asked()
	r, err := b.service.Submit(ctx, access.Submission{
		FormKey:      formKey(o.user, o.viewID, in, d),
		User:         o.user,
		Entitlements: []access.Entitlement{{Account: in.account, Role: in.role}},
		Duration:     d,
		Reason:       trimmed(in.reason),
		Link:         in.link,
	})
	if err != nil {
		return b.notSent(ctx, o, in, err)
	}
	view, err := b.service.RequestView(ctx, r.ID)
	if err != nil { // it is stored all the same
		view = access.RequestView{Request: r}
	}
	sent := sentView(view)
	if p := b.service.Paused(); p != nil && view.Request.State == access.Pending {
		sent = headed(sent, pausedLine(*p))
	}
	return outcome{view: &sent}
}

// notSent puts a refusal under its field, or above the form when it is about none.
func (b *Bot) notSent(ctx context.Context, o origin, in filled, err error) outcome {
	s := b.say(b.userLog(o.user), err)
	again := func() slack.ModalViewRequest {
		f := form{}
		if who, err := b.service.Who(ctx, o.user); err == nil {
			f = b.redraw(ctx, who.Person, in)
		}
		f.reason, f.typed = in.reason, in.other
		f.banner = ":no_entry: *Not sent.* " + s.String()
		return f.view()
	}
	blocks := map[string]string{
		"account":  blockAccount,
		"role":     in.roleBlock,
		"duration": in.durationField(),
		"reason":   blockReason,
	}
	if block, ok := blocks[s.field]; ok {
		return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: again}
	}
	v := again()
	return outcome{view: &v}
}

// sentView takes the form's place once the request is stored: what happens next.
func sentView(v access.RequestView) slack.ModalViewRequest {
	r := v.Request
	blocks := []slack.Block{section(":white_check_mark: *Sent.* " + items(v, item) + " for " + length(r.Duration) + ".")}
	switch {
	case r.State == access.Pending && r.Terms.Automatic, r.State == access.Approved:
		blocks = append(blocks, section("*What happens next*\nNo approval is needed. Stint checks once more who you are, asks AWS, and sends you a direct message when the access is there, usually within a minute."))
	case r.State == access.Pending:
		next := "*What happens next*\n1. Stint checks who you are and posts a card in " + channel(identity.ChannelID(r.Terms.Channel)) + ".\n" +
			"2. It takes " + escName(steps(r.Terms), 300) + ". Can decide: " + people(v.Approvers) + ".\n" +
			"3. You get a direct message when it is decided, and another when the access is there.\n" +
			"If nobody decides by " + when(r.ExpiresAt) + ", the request lapses."
		blocks = append(blocks, section(next))
	default:
		blocks = append(blocks, section(stateLine(v)))
	}
	blocks = append(blocks, small("You find it in your direct messages with Stint and in its Home tab."))
	if r.State == access.Pending {
		blocks = append(blocks, actions(cancelButton(v)))
	}
	return modal(viewSent, "Request sent", "", "Close", blocks)
}

// plainFault is the text of an error that was made here, for a field.
func plainFault(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return cut(strings.TrimSpace(unescaper.Replace(sentence(f.Message)+" "+sentence(f.Hint))), maxErrorText)
	}
	return cut(err.Error(), maxErrorText)
}
