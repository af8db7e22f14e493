package policy

import "time"

// defaultDebrief is when somebody must have looked back at an emergency, if the rule names
// people for it and no time.
const defaultDebrief = 24 * time.Hour

// emergency compiles how a rule lets people in at once.
func (c *compiler) emergency(path string, s *EmergencySpec, r *rule) *emergency {
	e := &emergency{requesters: r.requesters}
	if !s.Requesters.IsZero() {
		if !s.Requesters.All && len(s.Requesters.Items) == 0 {
			c.problem(path+".requesters", "leave it out for those of the rule", "requesters is empty")
		}
		e.requesters = c.who(path+".requesters", s.Requesters)
	}
	most := r.terms.MaxDuration
	if s.MaxDuration == 0 {
		c.problem(path+".max_duration", "an emergency must be short: 1h", "max_duration is missing")
	} else if c.duration(path+".max_duration", s.MaxDuration) {
		most = time.Duration(s.MaxDuration)
	}
	if s.MinReason < 0 || s.MinReason > maxMinReason {
		c.problem(path+".min_reason", "", "min_reason must be between 1 and %d", maxMinReason)
	}
	if s.PerDay < 0 {
		c.problem(path+".per_day", "leave it out for no limit", "per_day is negative")
	}
	// Nobody approves an emergency, so it cannot be prolonged as one either, and what the rule
	// asks of an ordinary reason (a number that may not exist yet) gives way to a longer text.
	e.terms = Terms{
		Rule: r.terms.Rule, PolicyVersion: r.terms.PolicyVersion, Automatic: true, Emergency: true,
		Durations: upTo(r.terms.Durations, most), MaxDuration: most, MaxContinuous: most,
		RequestTTL: r.terms.RequestTTL, Reason: ReasonTerms{MinLength: max(s.MinReason, 1)},
		PerDay: max(s.PerDay, 0),
	}
	if s.Notify != "" {
		e.terms.Notify, _ = c.channel(path+".notify", s.Notify)
	}
	e.terms.DebriefBy, e.terms.DebriefWithin = c.debrief(path, s)
	return e
}

// debrief is who looks back at an emergency, and within what time of its end.
func (c *compiler) debrief(path string, s *EmergencySpec) (by []string, within time.Duration) {
	by = c.setNames(path+".debrief_by", s.DebriefBy)
	switch {
	case s.DebriefWithin != 0 && !c.duration(path+".debrief_within", s.DebriefWithin):
		return by, 0
	case s.DebriefWithin != 0 && len(s.DebriefBy) == 0:
		c.problem(path+".debrief_by", "name people sets, or remove debrief_within", "debrief_within says until when somebody looks back, and nobody is named who does")
		return nil, 0
	case len(by) == 0:
		return nil, 0
	case s.DebriefWithin != 0:
		return by, time.Duration(s.DebriefWithin)
	}
	return by, defaultDebrief
}
