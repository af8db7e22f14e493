package replicas

import (
	"slices"
	"time"
)

// span is a stretch of time, from included, to not.
type span struct{ from, to time.Time }

func (s span) length() time.Duration { return max(0, s.to.Sub(s.from)) }

// spans is a set of moments: sorted stretches that do not touch.
type spans []span

// union puts stretches in order and joins those that touch.
func union(list ...span) (out spans) {
	list = slices.DeleteFunc(slices.Clone(list), func(s span) bool { return !s.from.Before(s.to) })
	slices.SortFunc(list, func(a, b span) int { return a.from.Compare(b.from) })
	for _, s := range list {
		if n := len(out); n > 0 && !s.from.After(out[n-1].to) {
			if s.to.After(out[n-1].to) {
				out[n-1].to = s.to
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// without is what of a is not in b.
func (a spans) without(b spans) (out spans) {
	for _, s := range a {
		for _, cut := range b {
			if !cut.to.After(s.from) || !cut.from.Before(s.to) {
				continue
			}
			if s.from.Before(cut.from) {
				out = append(out, span{s.from, cut.from})
			}
			s.from = cut.to
		}
		if s.from.Before(s.to) {
			out = append(out, s)
		}
	}
	return out
}

func (a spans) holds(t time.Time) bool {
	return slices.ContainsFunc(a, func(s span) bool { return !t.Before(s.from) && t.Before(s.to) })
}

func (a spans) length() (sum time.Duration) {
	for _, s := range a {
		sum += s.length()
	}
	return sum
}
