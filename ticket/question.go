package ticket

import (
	"time"

	"stint/access"
)

// Question is the body of a question.
type Question struct {
	Ticket          string     `json:"ticket"`
	Request         string     `json:"request"`
	Asker           Person     `json:"asker"`
	Receiver        Person     `json:"receiver"`
	Items           []Item     `json:"items"`
	DurationSeconds int64      `json:"duration_seconds"`
	StartAt         *time.Time `json:"start_at,omitempty"` // not there: once it is approved
	Rule            string     `json:"rule"`
	SubmittedAt     time.Time  `json:"submitted_at"`
}

// Person is who asks, or receives.
type Person struct {
	ID    string `json:"id"` // of Identity Center
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// Item is a role in an account, or a group.
type Item struct {
	AccountID string `json:"account_id,omitempty"`
	Account   string `json:"account,omitempty"`
	Role      string `json:"role,omitempty"`
	Group     string `json:"group,omitempty"`
}

func questionOf(q access.TicketQuestion) Question {
	out := Question{
		Ticket: q.Ticket, Request: string(q.Request),
		Asker:           Person{string(q.Asker.Person), q.Asker.Name, q.Emails[0]},
		Receiver:        Person{string(q.Receiver.Person), q.Receiver.Name, q.Emails[1]},
		DurationSeconds: int64(q.Duration / time.Second), Rule: q.Rule, SubmittedAt: q.Submitted.UTC(),
	}
	if !q.StartAt.IsZero() {
		at := q.StartAt.UTC()
		out.StartAt = &at
	}
	for _, it := range q.Items {
		if it.Entitlement.IsGroup() {
			out.Items = append(out.Items, Item{Group: string(it.Entitlement.Group)})
			continue
		}
		out.Items = append(out.Items, Item{AccountID: string(it.Entitlement.Account), Account: it.Account.Name, Role: it.Role.Name})
	}
	return out
}
