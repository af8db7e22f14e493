package policy

import (
	"slices"

	"stint/access/catalog"
)

// MayVote says whether the person is in any of the named sets. A set that the policy no
// longer has is empty.
func (p *Policy) MayVote(f Facts, setNames []string, person catalog.PersonID) Truth {
	t := False
	for _, name := range setNames {
		i, ok := p.setByName[name]
		if !ok {
			continue
		}
		if t = or(t, p.sets[i].has(f, person)); t == True {
			break
		}
	}
	return t
}

// Progress says how far the votes bring the terms, by today's members of the terms' sets:
// the largest one-to-one matching of voters to places. Nobody counts twice, and neither
// somebody in exclude nor somebody who is not certainly a member counts at all. Terms that
// ask for nothing are complete only when they are automatic.
func (p *Policy) Progress(f Facts, t Terms, votes []Vote, exclude ...catalog.PersonID) Progress {
	fits := p.voters(f, t, votes, exclude)
	taken := make([][]catalog.PersonID, len(t.Steps))
	if t.InOrder {
		takeInOrder(t.Steps, fits, taken)
	} else {
		takeTogether(t.Steps, fits, taken)
	}
	out := Progress{Complete: t.Automatic || len(t.Steps) > 0, Steps: make([]StepProgress, len(t.Steps))}
	for i, s := range t.Steps {
		missing := places(s) - len(taken[i])
		out.Steps[i] = StepProgress{Step: s, Taken: taken[i], Missing: missing}
		out.Complete = out.Complete && missing == 0
	}
	return out
}

// Complete says whether the votes complete the frozen terms and those of today alike, so
// that a change of policy can only narrow. The progress is of whichever is not complete.
func (p *Policy) Complete(f Facts, frozen, today Terms, votes []Vote, exclude ...catalog.PersonID) (bool, Progress) {
	progress := p.Progress(f, frozen, votes, exclude...)
	if !progress.Complete {
		return false, progress
	}
	if now := p.Progress(f, today, votes, exclude...); !now.Complete {
		return false, now
	}
	return true, progress
}

// Helps says whether a vote of the person now would bring the terms further. A vote that does
// not must not be taken: in order, a vote that came too early would never count.
func (p *Policy) Helps(f Facts, t Terms, votes []Vote, person catalog.PersonID, exclude ...catalog.PersonID) bool {
	count := func(pr Progress) (n int) {
		for _, s := range pr.Steps {
			n += len(s.Taken)
		}
		return n
	}
	with := append(slices.Clone(votes), Vote{Person: person})
	return count(p.Progress(f, t, with, exclude...)) > count(p.Progress(f, t, votes, exclude...))
}

// places is how many a step has. A step without a sensible count, which Compile does not
// make, has one that nobody fits.
func places(s Step) int { return max(s.Count, 1) }

// voter is a vote with the steps that it fits.
type voter struct {
	person catalog.PersonID
	steps  []int
}

// voters lists the votes that fit any step, in order; somebody who voted twice is in it twice.
func (p *Policy) voters(f Facts, t Terms, votes []Vote, exclude []catalog.PersonID) []voter {
	var out []voter
	for _, v := range votes {
		if v.Person == "" || slices.Contains(exclude, v.Person) {
			continue
		}
		n := voter{person: v.Person}
		for i, s := range t.Steps {
			if s.Count >= 1 && p.MayVote(f, s.From, v.Person) == True {
				n.steps = append(n.steps, i)
			}
		}
		if len(n.steps) > 0 {
			out = append(out, n)
		}
	}
	return out
}

func takeTogether(steps []Step, voters []voter, taken [][]catalog.PersonID) {
	var people []catalog.PersonID
	var fits [][]int
	for _, v := range voters {
		if !slices.Contains(people, v.person) {
			people, fits = append(people, v.person), append(fits, v.steps)
		}
	}
	room := make([]int, len(steps))
	for i, s := range steps {
		room[i] = places(s)
	}
	for i, seated := range place(fits, room) {
		for _, n := range seated {
			taken[i] = append(taken[i], people[n])
		}
	}
}

// takeInOrder gives each vote to the step that was open when it came. Since a vote counts
// only for a step whose predecessors were complete then, and a step that is complete as
// early as possible leaves the most votes to the next, this is the best matching too of
// people who vote once. Who counts for a step stays there, even if they vote again.
func takeInOrder(steps []Step, voters []voter, taken [][]catalog.PersonID) {
	open := 0
	counted := map[catalog.PersonID]bool{}
	for _, v := range voters {
		if open == len(steps) {
			return
		}
		if counted[v.person] || !slices.Contains(v.steps, open) {
			continue
		}
		counted[v.person] = true
		taken[open] = append(taken[open], v.person)
		if len(taken[open]) == places(steps[open]) {
			open++
		}
	}
}
