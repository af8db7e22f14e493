package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/fault"
)

// said is an error as a person reads it.
type said struct {
	title string // of a modal
	text  string // what is wrong, mrkdwn
	hint  string // the next step, mrkdwn; "" when there is none
	field string // the form field it is about
}

// String is the error in one paragraph.
func (s said) String() string {
	if s.hint == "" {
		return s.text
	}
	return s.text + " " + s.hint
}

// say is the one place where an error becomes words for a person. What was not foreseen
// shows a reference that the operator finds in the log, and nothing else of it.
func (b *Bot) say(log zerolog.Logger, err error) said {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Internal || f.Message == "" && f.Code == "" {
		ref := reference()
		log.Error().Err(err).Str("reference", ref).Msg("unforeseen failure shown to a person")
		return said{
			title: "Something went wrong",
			text:  "Something went wrong on Stint's side.",
			hint:  "Please try again; if it happens again, give an admin the reference `" + ref + "`.",
		}
	}
	s := said{title: titleOf(f.Code), text: sentence(f.Message), hint: sentence(f.Hint), field: f.Field}
	if s.text == "" {
		s.text = defaultText(f.Code)
	}
	if f.Code == fault.Unavailable {
		log.Warn().Err(err).Msg("a person was told to try again")
		if s.hint == "" {
			s.hint = "Please try again in a minute. Nothing was changed."
		}
	} else {
		log.Debug().Err(err).Str("code", string(f.Code)).Msg("a person was refused")
	}
	return s
}

// sayWho is say for a refusal about a request: it mentions those who can decide it where
// the service names them.
func (b *Bot) sayWho(ctx context.Context, log zerolog.Logger, id access.RequestID, err error) said {
	s := b.say(log, err)
	if !fault.Is(err, fault.Forbidden) {
		return s
	}
	if v, err := b.service.RequestView(ctx, id); err == nil {
		s.hint = addressed(s.hint, v.Approvers)
	}
	return s
}

func titleOf(c fault.Code) string {
	switch c {
	case fault.Forbidden:
		return "Not possible for you"
	case fault.Unavailable:
		return "Not now"
	case fault.Conflict:
		return "Already changed"
	case fault.NotFound:
		return "Not found"
	case fault.Invalid:
		return "Please check"
	}
	return "Something went wrong"
}

func defaultText(c fault.Code) string {
	switch c {
	case fault.Forbidden:
		return "You may not do that."
	case fault.Unavailable:
		return "That cannot be checked right now."
	case fault.Conflict:
		return "It is in another state by now."
	case fault.NotFound:
		return "It no longer exists."
	case fault.Invalid:
		return "Something in it is not valid."
	}
	return "Something went wrong on Stint's side."
}

// sentence escapes a message and gives it a capital letter and a full stop, so that message and hint can
// stand one after the other.
func sentence(s string) string {
	s = strings.TrimSpace(esc(s))
	if s == "" {
		return ""
	}
	r := []rune(s)
	if r[0] >= 'a' && r[0] <= 'z' {
		r[0] -= 'a' - 'A'
	}
	s = string(r)
	if strings.ContainsAny(s[len(s)-1:], ".!?:") {
		return s
	}
	return s + "."
}

// unescaper turns said mrkdwn back into plain text, for errors under fields.
var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func (s said) plain() string { return unescaper.Replace(s.String()) }

// reference names one failure in a message and in the log: short enough to be read aloud.
func reference() string { return rand.Text()[:8] }
