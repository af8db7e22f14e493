package bot

import (
	"stint/access/policy"
)

// emergencyFields let people in at once, on stricter terms.
func (e *ruleEditor) emergencyFields(s *sheet, r *policy.RuleSpec) {
	var was policy.EmergencySpec
	if e.rule.Emergency != nil {
		was = *e.rule.Emergency
	}
	on := s.tick("emergency", "Emergency", tick{
		value: "on", label: "May be used in an emergency", about: "access at once without approval, to be looked at afterwards", on: e.rule.Emergency != nil,
	}, true, "emergency")
	if on {
		e.emergencyTerms(s, was)
	}
	s.part(func(in formState) map[string]string {
		if in.one("emergency") == "" {
			r.Emergency = nil
			return nil
		}
		m, errs := e.readEmergency(in, was)
		if len(errs) > 0 {
			return errs
		}
		r.Emergency = &m
		return nil
	})
}

func (e *ruleEditor) emergencyTerms(s *sheet, was policy.EmergencySpec) {
	s.text(textField{block: "emergency.max", label: "Longest in an emergency", value: showDuration(was.MaxDuration), placeholder: "1h", most: 40}, "emergency.max_duration")
	s.sets(setField{
		id: "emergency.requesters", label: "Who may", chosen: was.Requesters.Items, everyone: true, all: was.Requesters.All,
		hint: "Leave it empty for those of the rule.", paths: []string{"emergency.requesters"},
	}, e.spec.People)
	s.text(textField{block: "emergency.reason", label: "Shortest reason, in characters", value: showCount(was.MinReason), placeholder: "40", most: 5, optional: true}, "emergency.min_reason")
	s.text(textField{block: "emergency.per_day", label: "Uses for each person and day", value: showCount(was.PerDay), placeholder: "no limit", most: 5, optional: true}, "emergency.per_day")
	s.emergencyChannel(was.Notify)
	s.sets(setField{
		id: "emergency.by", label: "Who looks at it afterwards", chosen: was.DebriefBy, paths: []string{"emergency.debrief_by"},
	}, e.spec.People)
	s.text(textField{block: "emergency.within", label: "Within", value: showDuration(was.DebriefWithin), placeholder: "24h", most: 40, optional: true}, "emergency.debrief_within")
}

// emergencyChannel is where an emergency is told.
func (s *sheet) emergencyChannel(was string) {
	var chosen []string
	if was != "" {
		chosen = []string{wordChip(was)}
	}
	s.searchOne(sheetSearch{
		id: "emergency.notify", action: actRuleChannel, label: "Tell this channel", chosen: chosen, placeholder: "Search channels",
		option: channelChip(was),
	}, "emergency.notify")
}

func (e *ruleEditor) readEmergency(in formState, was policy.EmergencySpec) (policy.EmergencySpec, map[string]string) {
	m, errs := was, map[string]string{}
	duration := func(id string, to *policy.Duration) {
		d, err := readDuration(in.one(id))
		if err != nil {
			errs[id] = plainFault(err)
		}
		*to = d
	}
	count := func(id string, to *int) {
		n, ok := readCount(in.one(id))
		if !ok {
			errs[id] = "Write a number."
		}
		*to = n
	}
	duration("emergency.max", &m.MaxDuration)
	if m.MaxDuration == 0 && errs["emergency.max"] == "" {
		errs["emergency.max"] = "An emergency must be short: 1h."
	}
	duration("emergency.within", &m.DebriefWithin)
	count("emergency.reason", &m.MinReason)
	count("emergency.per_day", &m.PerDay)
	if chips, drawn := in["emergency.requesters"]; drawn {
		l, problem := e.everyoneOr(chips, was.Requesters.Items)
		if problem != "" {
			errs["emergency.requesters"] = problem
		}
		m.Requesters = l
	}
	if chips, drawn := in["emergency.by"]; drawn {
		names, problem := e.sets.names("emergency.by", chips, was.DebriefBy)
		if problem != "" {
			errs["emergency.by"] = problem
		}
		m.DebriefBy = names
	}
	words, problem := wordsOf(in["emergency.notify"], []string{was.Notify})
	if problem != "" {
		errs["emergency.notify"] = problem
	}
	m.Notify = ""
	if len(words) > 0 {
		m.Notify = words[0]
	}
	return m, errs
}

// everyoneOr reads a select in which everyone can be chosen instead of sets.
func (e *ruleEditor) everyoneOr(chips, was []string) (policy.List, string) {
	for _, c := range chips {
		if c != chipEveryone {
			continue
		}
		if len(chips) > 1 {
			return policy.List{}, "Choose either everyone or sets."
		}
		return policy.List{All: true}, ""
	}
	names, problem := e.sets.names("emergency.requesters", chips, was)
	return policy.List{Items: names}, problem
}
