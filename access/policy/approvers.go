package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
)

// Approvers lists everybody who could vote on the terms, each once, ordered by id. Whose
// membership is not known is not among them.
func (p *Policy) Approvers(f Facts, t Terms, exclude ...catalog.PersonID) []catalog.PersonID {
	found := map[catalog.PersonID]bool{}
	for _, s := range t.Steps {
		p.stepMembers(f, s, func(id catalog.PersonID) { found[id] = true })
	}
	out := make([]catalog.PersonID, 0, len(found))
	for id := range found {
		if id != "" && !slices.Contains(exclude, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (p *Policy) stepMembers(f Facts, s Step, add func(catalog.PersonID)) (known bool) {
	known = true
	for _, name := range s.From {
		if i, ok := p.setByName[name]; ok {
			known = p.sets[i].members(f, add) && known
		}
	}
	return known
}

// Feasible says whether the people who could vote suffice to fill every place of the terms.
// The error names the step that cannot be met; its code is Unavailable when that is
// only because members cannot be read, else Forbidden. Whom it escalates to suffices: then
// it waits for that, which OnlyEscalated tells.
func (p *Policy) Feasible(f Facts, t Terms, exclude ...catalog.PersonID) error {
	if t.Automatic {
		return nil
	}
	const op = "policy.Feasible"
	if len(t.Steps) == 0 {
		return fault.New(fault.Forbidden, op, "These terms name nobody who could approve.", "Ask an admin to mend the policy.")
	}
	step, unread, ok := p.shortStep(f, t, exclude)
	switch {
	case ok || p.OnlyEscalated(f, t, exclude...):
		return nil
	case unread:
		return fault.Newf(fault.Unavailable, op, "Try again in a few minutes.",
			"Who may approve this cannot be read now: rule “%s” wants %s.", t.Rule, describeStep(t.Steps[step.index]))
	default:
		return fault.Newf(fault.Forbidden, op, "Ask an admin to add people to "+quoteAll(t.Steps[step.index].From)+".",
			"Not enough people can approve this: rule “%s” wants %s, from people who neither ask nor receive nor count for another step, and %s.",
			t.Rule, describeStep(t.Steps[step.index]), short(step.missing))
	}
}

// stepShort is a step that cannot be met, and by how many people.
type stepShort struct{ index, missing int }

// shortStep finds the first step that everybody who could vote does not fill. It is ok when
// there is none; unread says that some members are not known.
func (p *Policy) shortStep(f Facts, t Terms, exclude []catalog.PersonID) (step stepShort, unread, ok bool) {
	fitting, unread := p.fitting(f, t, exclude)
	room := make([]int, len(t.Steps))
	for i, s := range t.Steps {
		room[i] = places(s)
	}
	for i, seated := range place(fitting, room) {
		if missing := room[i] - len(seated); missing > 0 {
			return stepShort{i, missing}, unread, false
		}
	}
	return stepShort{}, unread, true
}

func short(missing int) string {
	if missing == 1 {
		return "one is missing"
	}
	return fmt.Sprintf("%d are missing", missing)
}

// maxSteps is how many steps of an approval anybody can fit; Compile allows fewer.
const maxSteps = 64

// fitting lists, for as many people as could ever be needed, which steps they fit. People who
// fit the same steps are the same to a matching, so that of a set of thousands only as
// many are listed as there are places.
func (p *Policy) fitting(f Facts, t Terms, exclude []catalog.PersonID) (fits [][]int, unread bool) {
	total := 0
	steps := map[catalog.PersonID]uint64{}
	for i, s := range t.Steps[:min(len(t.Steps), maxSteps)] {
		if s.Count < 1 {
			continue
		}
		total += s.Count
		if !p.stepMembers(f, s, func(id catalog.PersonID) { steps[id] |= 1 << i }) {
			unread = true
		}
	}
	delete(steps, "")
	for _, id := range exclude {
		delete(steps, id)
	}
	alike := map[uint64]int{}
	for _, mask := range steps {
		alike[mask]++
	}
	// The order of a map must not decide which step is named.
	for _, mask := range slices.Sorted(maps.Keys(alike)) {
		var fit []int
		each(0, mask, func(i int) bool { fit = append(fit, i); return true })
		for range min(alike[mask], total) {
			fits = append(fits, fit)
		}
	}
	return fits, unread
}

// describeStep is "two approvals from sre or security".
func describeStep(s Step) string {
	if s.Count == 1 {
		return "one approval from " + strings.Join(s.From, " or ")
	}
	return spelled(s.Count) + " approvals from " + strings.Join(s.From, " or ")
}

// describeSteps is "one approval from sre and one from security", or "…, then …" in order.
func describeSteps(steps []Step, inOrder bool) string {
	parts := make([]string, len(steps))
	for i, s := range steps {
		if parts[i] = describeStep(s); i > 0 {
			parts[i] = spelled(s.Count) + " from " + strings.Join(s.From, " or ")
		}
	}
	if last := len(parts) - 1; !inOrder && last > 1 {
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	if inOrder {
		return strings.Join(parts, ", then ")
	}
	return strings.Join(parts, " and ")
}

// spelled is a number as a sentence has it: small ones as words.
func spelled(n int) string {
	words := [...]string{"no", "one", "two", "three", "four", "five", "six"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	return strings.Join(quoted, " or ")
}
