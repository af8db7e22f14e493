package access

import (
	"cmp"
	"context"
	"time"
	"unicode/utf8"

	"stint/access/fault"
)

// TicketQuestion is what the ticket service is asked about: the ticket, and what it is to
// stand for.
type TicketQuestion struct {
	Ticket    string
	Request   RequestID
	Asker     Human
	Receiver  Human
	Items     []ItemView
	Duration  time.Duration
	StartAt   time.Time // zero: once approved
	Rule      string
	Emails    [2]string // of asker and receiver in Identity Center; "" when there is none
	Submitted time.Time
}

// TicketAnswer is what the ticket service says.
type TicketAnswer struct {
	Good bool
	Note string // for people: the ticket's title, or why it is not good; "" when it says nothing
}

// TicketChecker asks the ticket service; package ticket is one. An error means that it
// could not be asked, or that its answer makes no sense.
type TicketChecker interface {
	Check(ctx context.Context, q TicketQuestion) (TicketAnswer, error)
}

// maxTicketNote is how many characters of the service's note are kept.
const maxTicketNote = 500

// checkTicket asks the ticket service where the rule wants that. refusal is for people, ""
// when the ticket is good or not to be asked about; err when the service cannot be asked.
func (s *Service) checkTicket(ctx context.Context, r Request) (note, refusal string, err error) {
	if t := r.Terms.Ticket; t == nil || !t.Check || r.Ticket == "" {
		return "", "", nil
	}
	if s.Tickets == nil {
		return "", "", noTickets("access.checkTicket")
	}
	q := TicketQuestion{
		Ticket: r.Ticket, Request: r.ID, Asker: s.human(r.Asker.Person), Receiver: s.human(r.Receiver.Person),
		Duration: r.Duration, StartAt: r.StartAt, Rule: r.Terms.Rule, Submitted: r.SubmittedAt,
	}
	if c := s.Catalog(); c != nil {
		for i, person := range []Actor{r.Asker, r.Receiver} {
			if p, ok := c.Person(person.Person); ok {
				q.Emails[i] = p.Email
			}
		}
	}
	for _, e := range r.Entitlements {
		q.Items = append(q.Items, s.item(e))
	}
	answer, err := s.Tickets.Check(ctx, q)
	if err != nil {
		return "", "", fault.Wrap(err, fault.Unavailable, "access.checkTicket", "The ticket service cannot be asked about "+r.Ticket+".", "Try again in a few minutes, or tell an admin of Stint.")
	}
	note = cutRunes(answer.Note, maxTicketNote)
	if !answer.Good {
		return "", "The ticket service does not accept " + r.Ticket + ": " + cmp.Or(note, "it gave no reason."), nil
	}
	return note, "", nil
}

func noTickets(op string) error {
	return fault.New(fault.Unavailable, op, "The rule wants the ticket checked, and no ticket service is set up.", "An admin sets STINT_TICKET_URL and STINT_TICKET_KEY, or takes the check out of the rule.").In("ticket")
}

// cutRunes is at most n characters of a text, made valid.
func cutRunes(text string, n int) string {
	if utf8.ValidString(text) && utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)
	return string(runes[:min(len(runes), n)])
}
