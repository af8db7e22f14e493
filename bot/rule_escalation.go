package bot

import "stint/access/policy"

// escalationFields say who may decide too when nobody has for a time.
func (e *ruleEditor) escalationFields(s *sheet, r *policy.RuleSpec) {
	var was policy.EscalateSpec
	if e.rule.Escalate != nil {
		was = *e.rule.Escalate
	}
	on := s.tick("escalate", "When nobody decides", tick{
		value: "on", label: "Ask others too after a while", about: "they then count in every step", on: e.rule.Escalate != nil,
	}, true, "escalate")
	if on {
		s.text(textField{block: "escalate.after", label: "After", value: showDuration(was.After), placeholder: "30m", most: 40}, "escalate.after")
		s.sets(setField{id: "escalate.to", label: "Who may decide too", chosen: was.To, paths: []string{"escalate.to"}}, e.spec.People)
		s.searchOne(sheetSearch{
			id: "escalate.channel", action: actRuleChannel, label: "Show it in this channel too", chosen: escalationChips(was.Channel), placeholder: "Search channels",
			option: channelChip(was.Channel),
		}, "escalate.channel")
	}
	s.part(func(in formState) map[string]string {
		if in.one("escalate") == "" {
			r.Escalate = nil
			return nil
		}
		m, errs := e.readEscalation(in, was)
		if len(errs) > 0 {
			return errs
		}
		r.Escalate = &m
		return nil
	})
}

func escalationChips(channel string) []string {
	if channel == "" {
		return nil
	}
	return []string{wordChip(channel)}
}

func (e *ruleEditor) readEscalation(in formState, was policy.EscalateSpec) (policy.EscalateSpec, map[string]string) {
	m, errs := was, map[string]string{}
	after, err := readDuration(in.one("escalate.after"))
	switch {
	case err != nil:
		errs["escalate.after"] = plainFault(err)
	case after == 0:
		errs["escalate.after"] = "Say after how long: 30m."
	}
	m.After = after
	if chips, drawn := in["escalate.to"]; drawn {
		names, problem := e.sets.names("escalate.to", chips, was.To)
		if problem != "" {
			errs["escalate.to"] = problem
		}
		m.To = names
	}
	words, problem := wordsOf(in["escalate.channel"], []string{was.Channel})
	if problem != "" {
		errs["escalate.channel"] = problem
	}
	m.Channel = ""
	if len(words) > 0 {
		m.Channel = words[0]
	}
	if len(m.To) == 0 && m.Channel == "" && errs["escalate.to"] == "" {
		errs["escalate.to"] = "Choose who may decide too, or a channel."
	}
	return m, errs
}
