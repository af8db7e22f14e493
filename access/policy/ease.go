package policy

import "slices"

// ease says how one set of terms stands to another.
type ease uint8

const (
	easeSame ease = iota
	eased
	tightened
	incomparable // easier in one way and harder in another
)

func (e ease) with(other ease) ease {
	switch {
	case e == easeSame:
		return other
	case other == easeSame || e == other:
		return e
	default:
		return incomparable
	}
}

// easeOf is what became of the larger-is-easier number before.
func easeOf[T int | int64](before, after T) ease {
	switch {
	case after > before:
		return eased
	case after < before:
		return tightened
	default:
		return easeSame
	}
}

// compareTerms says what became of what a person must do for an access, and of how long
// they get it.
func compareTerms(before, after *Terms) ease {
	e := compareSteps(before, after).with(compareEscalation(before.Escalation, after.Escalation))
	e = e.with(easeOf(int64(before.MaxDuration), int64(after.MaxDuration)))
	e = e.with(easeOf(int64(before.MaxContinuous), int64(after.MaxContinuous)))
	e = e.with(easeOf(-before.Reason.MinLength, -after.Reason.MinLength))
	e = e.with(easeOfPattern(before.Reason.Pattern, after.Reason.Pattern))
	return e.with(compareTickets(before.Ticket, after.Ticket))
}

func easeOfPattern(before, after string) ease {
	switch {
	case after == before:
		return easeSame
	case after == "":
		return eased
	case before == "":
		return tightened
	default:
		return incomparable
	}
}

func compareTickets(before, after *TicketTerms) ease {
	must := func(t *TicketTerms) int { // how much is asked
		switch {
		case t == nil || t.Optional && !t.Check:
			return 0
		case t.Optional:
			return 1
		case !t.Check:
			return 2
		default:
			return 3
		}
	}
	e := easeOf(-must(before), -must(after))
	if before != nil && after != nil {
		e = e.with(easeOfPattern(before.Pattern, after.Pattern))
	}
	return e
}

func compareSteps(before, after *Terms) ease {
	switch less, more := asksNoMore(after, before), asksNoMore(before, after); {
	case less && more:
		return easeSame
	case less:
		return eased
	case more:
		return tightened
	default:
		return incomparable
	}
}

// asksNoMore reports whether whoever completes more completes less as well: each place of
// less has one of more to itself, which only people can take who may take that of less.
func asksNoMore(less, more *Terms) bool {
	switch {
	case less.Automatic:
		return true
	case more.Automatic || less.InOrder && !more.InOrder:
		return false
	}
	a, b := onePlaceEach(less.Steps), onePlaceEach(more.Steps)
	if less.InOrder {
		return inSequence(a, b)
	}
	fits := make([][]int, len(a))
	room := make([]int, len(b))
	for j := range b {
		room[j] = 1
	}
	for i := range a {
		for j := range b {
			if everyItem(b[j], a[i]) {
				fits[i] = append(fits[i], j)
			}
		}
	}
	seated := 0
	for _, people := range place(fits, room) {
		seated += len(people)
	}
	return seated == len(a)
}

func inSequence(a, b [][]string) bool {
	for _, from := range b {
		if len(a) > 0 && everyItem(from, a[0]) {
			a = a[1:]
		}
	}
	return len(a) == 0
}

// onePlaceEach lists for each place of some steps who may take it.
func onePlaceEach(steps []Step) [][]string {
	var out [][]string
	for _, s := range steps {
		out = append(out, slices.Repeat([][]string{s.From}, places(s))...)
	}
	return out
}
