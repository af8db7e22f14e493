package bot

import "stint/access/policy"

const (
	ticketNone     = "none"
	ticketOptional = "optional"
	ticketRequired = "required"
)

// ticketFields are about the ticket that a request names.
func (e *ruleEditor) ticketFields(s *sheet, r *policy.RuleSpec) {
	var was policy.TicketSpec
	shown := ticketNone
	if t := e.rule.Ticket; t != nil {
		was, shown = *t, ticketRequired
		if t.Optional {
			shown = ticketOptional
		}
	}
	asked := s.radio("ticket.asked", "Ticket", shown, []sheetChoice{
		{ticketNone, "None", "the form does not ask for one"},
		{ticketOptional, "May be named", "it is shown to who decides"},
		{ticketRequired, "Must be named", "except in an emergency"},
	}, "ticket")
	pattern, hint := false, false
	if asked != ticketNone {
		pattern = s.text(textField{
			block: "ticket.pattern", label: "A ticket looks like", value: was.Pattern, most: 500, optional: true,
			placeholder: "CHG-[0-9]+", hint: "A regular expression (RE2) of the whole ticket.",
		}, "ticket.pattern")
		hint = s.text(textField{
			block: "ticket.hint", label: "What ticket, in words", value: was.Hint, most: 200, optional: true,
			placeholder: "change number", hint: "The label of the field in the form.",
		}, "ticket.hint")
		s.tick("ticket.check", "Check", tick{value: "check", label: "Ask the ticket service whether it is good", about: "before anything is posted or granted; needs STINT_TICKET_URL", on: was.Check}, false, "ticket.check")
	}
	s.part(func(in formState) map[string]string {
		t := was
		switch in.one("ticket.asked") {
		case ticketRequired:
			t.Optional = false
		case ticketOptional:
			t.Optional = true
		default:
			r.Ticket = nil
			return nil
		}
		if pattern {
			t.Pattern = in.one("ticket.pattern")
		}
		if hint {
			t.Hint = in.one("ticket.hint")
		}
		t.Check = in.one("ticket.check") != ""
		r.Ticket = &t
		return nil
	})
}
