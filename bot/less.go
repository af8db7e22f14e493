package bot

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
)

// The ids of Approve for less.
const (
	viewLess     = "stint.more.less"
	actLessTime  = "stint.more.time"
	actLessStart = "stint.more.start"
	actLessWhy   = "stint.more.comment"

	blockLessTime  = "less.time"
	blockLessStart = "less.start"
	blockLessWhy   = "less.comment"

	lessTitle = "Approve for less"
)

// lessView approves a request for a shorter time, or for later; and with a comment.
func lessView(v access.RequestView, now time.Time) slack.ModalViewRequest {
	r := v.Request
	blocks := []slack.Block{
		section(actor(r.Receiver) + " asks for " + items(v, item) + " · " + length(r.Duration)),
		quote(r.Reason, maxQuote),
		lessTimes(r),
	}
	if r.Extends == "" {
		e := slack.NewDateTimePickerBlockElement(actLessStart)
		hint := "Leave it empty to let it start once it is approved."
		if !r.StartAt.IsZero() {
			e.InitialDateTime = r.StartAt.Unix()
			hint = "It can be moved later, not earlier."
		}
		blocks = append(blocks, slack.NewInputBlock(blockLessStart, plain("Starts later", maxLabel), plain(hint, maxHint), e).WithOptional(true))
	}
	blocks = append(blocks, textField{
		block: blockLessWhy, action: actLessWhy, label: "Comment", hint: plainActor(r.Asker) + " reads it, and it is kept on record.",
		placeholder: "Why for less", most: maxComment, lines: true, optional: true,
	}.input())
	if len(r.Terms.Steps) > 1 || len(r.Reviews) > 0 {
		blocks = append(blocks, small("It counts as your approval. The others then decide on the shorter time; approvals that are there already stand."))
	}
	return modal(viewLess, lessTitle, "Approve", "Back", blocks)
}

// lessTimes offers what was asked for and shorter times.
func lessTimes(r access.Request) slack.Block {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actLessTime)
	for i, d := range shorter(r) {
		label := length(d)
		if i == 0 {
			label += ", as asked"
		}
		o := slack.NewOptionBlockObject(strconv.FormatInt(int64(d/time.Second), 10), plain(label, maxOption), nil)
		e.Options = append(e.Options, o)
	}
	e.InitialOption = e.Options[min(1, len(e.Options)-1)]
	return slack.NewInputBlock(blockLessTime, plain("For how long", maxLabel), nil, e)
}

// shorter are the times that a request can be approved for, the one that was asked for first.
func shorter(r access.Request) []time.Duration {
	out := []time.Duration{r.Duration}
	usual := []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 24 * time.Hour}
	seen := map[time.Duration]bool{}
	for _, d := range append(usual, r.Terms.Durations...) {
		if d < r.Duration && d >= 5*time.Minute && !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	rest := out[1:]
	for i := range rest { // longest first; there are few
		for j := i + 1; j < len(rest); j++ {
			if rest[j] > rest[i] {
				rest[i], rest[j] = rest[j], rest[i]
			}
		}
	}
	return out[:min(len(out), maxOptions)]
}

// lessSent is the submitted form.
func (b *Bot) lessSent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m, ok := readPress(c.View.PrivateMetadata)
	if !ok {
		b.unreadable(ctx, env, o, lessTitle)
		return
	}
	in := access.ReviewInput{Request: m.Request, User: o.user, Verdict: access.Approve, Comment: trimmed(typedIn(c.View.State, blockLessWhy, actLessWhy))}
	seconds, err := strconv.ParseInt(chosenOption(c.View.State, blockLessTime, actLessTime).Value, 10, 64)
	errs := map[string]string{}
	if err != nil || seconds <= 0 || seconds > int64(366*24*time.Hour/time.Second) {
		errs[blockLessTime] = "Choose for how long."
	}
	if utf8.RuneCountInString(in.Comment) > maxComment {
		errs[blockLessWhy] = "Please say it in fewer words."
	}
	in.Duration = time.Duration(seconds) * time.Second
	if c.View.State != nil {
		if at := c.View.State.Values[blockLessStart][actLessStart].SelectedDateTime; at > 0 {
			in.StartAt = time.Unix(at, 0).UTC()
		}
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	fields := map[string]string{"duration": blockLessTime, "start": blockLessStart, "comment": blockLessWhy}
	b.sendAbout(ctx, env, o, lessTitle, m, fields, func(ctx context.Context) (slack.ModalViewRequest, error) {
		if v, err := b.service.RequestView(ctx, m.Request); err == nil { // what is as asked narrows nothing
			if in.Duration == v.Request.Duration {
				in.Duration = 0
			}
			if in.StartAt.Equal(v.Request.StartAt) {
				in.StartAt = time.Time{}
			}
		}
		v, err := b.service.Review(ctx, in)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return noteView(lessTitle, stateLine(v), narrowedNote(v)), nil
	})
}

func narrowedNote(v access.RequestView) string {
	said := "It is now for " + length(v.Request.Duration)
	if !v.Request.StartAt.IsZero() {
		said += ", from " + when(v.Request.StartAt)
	}
	return said + ". " + actor(v.Request.Asker) + " is told."
}

// narrowedLine says what a reviewer narrowed a request to; "" for nothing.
func narrowedLine(r access.Review) string {
	switch {
	case r.Duration > 0 && !r.StartAt.IsZero():
		return "for " + length(r.Duration) + " only, from " + when(r.StartAt)
	case r.Duration > 0:
		return "for " + length(r.Duration) + " only"
	case !r.StartAt.IsZero():
		return "from " + when(r.StartAt) + " on"
	}
	return ""
}
