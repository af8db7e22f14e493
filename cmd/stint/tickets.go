package main

import (
	"stint/access"
	"stint/ticket"
)

// tickets is how the company's ticket service is reached; without an address none is.
type tickets struct {
	TicketURL     string `name:"ticket-url" env:"STINT_TICKET_URL" help:"Address of the service that says whether a ticket is good, where a rule wants it checked." placeholder:"URL"`
	TicketKey     string `name:"ticket-key" env:"STINT_TICKET_KEY" help:"Key that questions to it are signed with, at least 32 characters. Better in the environment than on the command line."`
	TicketPrivate bool   `name:"ticket-private" env:"STINT_TICKET_PRIVATE" help:"The ticket service is at an address that is not public."`
}

// ticketClient is the ticket service; nil when there is none.
func (t *tickets) ticketClient(clock access.Clock) (*ticket.Client, error) {
	if t.TicketURL == "" {
		return nil, nil
	}
	return ticket.New(ticket.Options{URL: t.TicketURL, Key: t.TicketKey, Private: t.TicketPrivate, Now: clock.Now})
}

// wrong lists what is missing or wrong.
func (t *tickets) wrong() (wrong settingsError) {
	if t.TicketURL == "" && t.TicketKey != "" {
		wrong.add("STINT_TICKET_KEY is set, but STINT_TICKET_URL is not. Set the address too, or neither.")
	}
	if _, err := t.ticketClient(wallClock{}); err != nil {
		wrong.add("%v.", err)
	}
	return wrong
}
