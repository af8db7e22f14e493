package bot

import (
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

// extension is a request that prolongs access which is live.
func (w world) extension() access.RequestView {
	v := w.request(access.Pending)
	v.Request.Extends = "01JGRANT"
	v.Prolongs = &access.Prolongs{Since: w.now, Until: w.now.Add(90 * time.Minute), Then: w.now.Add(3 * time.Hour)}
	return v
}

// extensions are all that is shown of more time for live access.
func (w world) extensions(out map[string]any) {
	g := w.grant(access.PhaseActive, "")
	g.Request.Ticket = w.note
	terms := w.terms()
	terms.MaxContinuous, terms.Ticket = 24*time.Hour, &policy.TicketTerms{Hint: w.note}
	x := access.Extension{
		Grant: g, Since: w.now, Latest: w.now.Add(24 * time.Hour), Terms: terms, Approvers: w.others,
		Durations: []time.Duration{30 * time.Minute, time.Hour, 4 * time.Hour, 22*time.Hour + 30*time.Minute},
	}
	paused := &access.Pause{By: w.asker, At: w.now, Reason: w.note}
	out["extend"], out["extend_paused"] = extendView(x, "", nil), extendView(x, "", paused)
	automatic := x
	automatic.Terms.Automatic, automatic.Terms.Ticket = true, nil
	for i := range 12 {
		automatic.Durations = append(automatic.Durations, time.Duration(23+i)*time.Hour)
	}
	out["extend_automatic"] = extendView(automatic, "", nil)
	none := x
	none.Problem = fault.New(fault.Conflict, "x", w.note, "")
	out["extend_nothing_left"] = extendView(none, sentence(w.note), nil)
	none.Latest, none.Problem = time.Time{}, fault.New(fault.Forbidden, "x", w.note, "")
	out["extend_refused"] = extendView(none, sentence(w.note), nil)
	waits := w.extension()
	none.Pending = &waits
	out["extend_waits"] = extendView(none, "", nil)

	out["extend_sent"] = extendedView(w.extension())
	given := w.extension()
	given.Request.Terms.Automatic = true
	out["extend_sent_automatic"] = extendedView(given)

	out["card_extension"], out["asker_extension"] = wire(card(w.extension(), nil)), wire(asker([]access.RequestView{w.extension()}, nil))
	late := w.extension()
	late.Prolongs = nil
	out["card_extension_late"] = wire(card(late, nil))

	asked := w.grant(access.PhaseActive, "")
	asked.Extension = "01JREQ"
	out["grant_extension_asked"], out["told_ending_asked"] = wire(grant(asked, nil)), wire(endingSoon(asked, w.now.Add(80*time.Minute)))
	longer := w.grant(access.PhaseActive, "")
	longer.Until = w.now.Add(3 * time.Hour)
	out["grant_extended"] = wire(grant(longer, nil))
	before := w.grant(access.PhaseEnded, access.EndExpired)
	before.Until, before.Prolonged = w.now.Add(3*time.Hour), true
	out["grant_ended_extended"] = wire(grant(before, nil))
}
