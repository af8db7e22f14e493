package replicas

import (
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"

	"stint/access"
	"stint/access/fault"
)

// The model is one key, for one client at a time, as a person would keep it on a sheet of
// paper: who waits, who voted, which access is open. It knows nothing of stores.

// line is one request on the sheet.
type line struct {
	id    access.RequestID
	form  string
	state access.RequestState
	votes voters
	nays  voters         // who denied it
	grant access.GrantID // "" until somebody has read it
	over  bool
}

// sheet is all requests of one key.
type sheet []line

// places that the rules of the test want filled: one, or one of each.
func complete(k int, v voters) bool {
	if keys[k].both {
		return v&3 != 0 && v&4 != 0
	}
	return v&3 != 0
}

// helps reports whether a vote fills a place that is still free.
func helps(k int, v, vote voters) bool {
	switch {
	case vote&3 != 0:
		return v&3 == 0
	case vote == 4:
		return keys[k].both && v&4 == 0
	}
	return false
}

var sheets = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, len(keys))
		for _, o := range history {
			k := keyOf(o.Input)
			parts[k] = append(parts[k], o)
		}
		return parts
	},
	Init: func() any { return sheet(nil) },
	Step: func(state, input, output any) (bool, any) {
		s := slices.Clone(state.(sheet))
		ok := s.step(input, output.(answer))
		return ok, s
	},
	Equal:             func(a, b any) bool { return slices.Equal(a.(sheet), b.(sheet)) },
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}

func keyOf(input any) int {
	switch in := input.(type) {
	case submitted:
		return in.key
	case reviewed:
		return in.key
	case ended:
		return in.key
	}
	return input.(read).key
}

// step reports whether the answer is right, and does what was done.
func (s *sheet) step(input any, out answer) bool {
	switch in := input.(type) {
	case submitted:
		return s.submit(in, out)
	case reviewed:
		i := s.find(in.request)
		return i >= 0 && (*s)[i].review(in, out)
	case ended:
		return s.end(in, out)
	case read:
		i := s.find(in.request)
		return i >= 0 && (*s)[i].read(out)
	}
	return false
}

func (s *sheet) find(id access.RequestID) int {
	return slices.IndexFunc(*s, func(l line) bool { return l.id == id })
}

func (s *sheet) submit(in submitted, out answer) bool {
	if i := slices.IndexFunc(*s, func(l line) bool { return l.form == in.form }); i >= 0 {
		return out.code == "" && out.request == (*s)[i].id
	}
	if slices.ContainsFunc(*s, func(l line) bool { return l.state == access.Pending }) {
		return out.code == fault.Conflict
	}
	if out.code != "" || s.find(out.request) >= 0 {
		return false
	}
	*s = append(*s, line{id: out.request, form: in.form, state: access.Pending})
	return true
}

func (l *line) review(in reviewed, out answer) bool {
	vote := voterBits[in.who]
	if in.verdict == access.Approve && l.votes&vote != 0 || in.verdict == access.Deny && l.nays&vote != 0 {
		return out.code == "" // the same again
	}
	if out.code == fault.Unavailable { // not checked yet, or the policy was being changed: no vote
		return l.state == access.Pending
	}
	if l.state != access.Pending {
		return out.code == fault.Conflict
	}
	switch {
	case in.who == keys[in.key].who, vote == 0, vote == 4 && !keys[in.key].both:
		return out.code == fault.Forbidden
	case in.verdict == access.Deny:
		l.state, l.nays = access.Denied, vote
	case !helps(in.key, l.votes, vote):
		return out.code == fault.Forbidden
	default:
		l.votes |= vote
		if complete(in.key, l.votes) {
			l.state = access.Approved
		}
	}
	return out.code == ""
}

// end ends every open grant of the key.
func (s *sheet) end(in ended, out answer) bool {
	if in.who != keys[in.key].who && in.who != carol {
		return out.code == fault.Forbidden
	}
	for i := range *s {
		if (*s)[i].state == access.Approved {
			(*s)[i].over = true
		}
	}
	return out.code == ""
}

func (l *line) read(out answer) bool {
	saw := out.saw
	if out.code != "" || saw.state != l.state || saw.votes != l.votes || saw.over != l.over || (saw.grant != "") != (l.state == access.Approved) {
		return false
	}
	if l.grant == "" {
		l.grant = saw.grant
	}
	return saw.grant == l.grant
}
