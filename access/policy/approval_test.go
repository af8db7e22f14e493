package policy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

func votes(people ...string) []policy.Vote {
	out := make([]policy.Vote, len(people))
	for i, p := range people {
		out[i] = policy.Vote{Person: catalog.PersonID(p), At: noon.Add(time.Duration(i) * time.Second)}
	}
	return out
}

func ids(people ...string) []catalog.PersonID {
	out := make([]catalog.PersonID, len(people))
	for i, p := range people {
		out[i] = catalog.PersonID(p)
	}
	return out
}

func terms(inOrder bool, s ...policy.Step) policy.Terms {
	return policy.Terms{Rule: "r", Steps: s, InOrder: inOrder}
}

// TestProgress: sre is ann and bob, security cat and dan, both ann and cat.
func TestProgress(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	for name, tc := range map[string]struct {
		terms   policy.Terms
		votes   []policy.Vote
		exclude []catalog.PersonID
		taken   [][]catalog.PersonID
		done    bool
	}{
		"automatic":           {policy.Terms{Automatic: true}, nil, nil, [][]catalog.PersonID{}, true},
		"no terms":            {policy.Terms{}, votes("ann"), nil, [][]catalog.PersonID{}, false},
		"nobody":              {terms(false, step(1, "sre")), nil, nil, [][]catalog.PersonID{nil}, false},
		"one":                 {terms(false, step(1, "sre")), votes("ann"), nil, [][]catalog.PersonID{{"ann"}}, true},
		"somebody else":       {terms(false, step(1, "sre")), votes("cat", "eve"), nil, [][]catalog.PersonID{nil}, false},
		"two of a step":       {terms(false, step(2, "sre")), votes("bob", "ann"), nil, [][]catalog.PersonID{{"bob", "ann"}}, true},
		"the same twice":      {terms(false, step(2, "sre")), votes("ann", "ann"), nil, [][]catalog.PersonID{{"ann"}}, false},
		"one too many":        {terms(false, step(1, "sre")), votes("bob", "ann"), nil, [][]catalog.PersonID{{"bob"}}, true},
		"the asker":           {terms(false, step(1, "sre")), votes("ann"), ids("ann"), [][]catalog.PersonID{nil}, false},
		"the receiver":        {terms(false, step(2, "sre")), votes("ann", "bob"), ids("cat", "bob"), [][]catalog.PersonID{{"ann"}}, false},
		"nobody has no id":    {terms(false, step(1, "sre")), votes(""), nil, [][]catalog.PersonID{nil}, false},
		"any of two sets":     {terms(false, step(2, "sre", "security")), votes("dan", "ann"), nil, [][]catalog.PersonID{{"dan", "ann"}}, true},
		"a set that is gone":  {terms(false, step(1, "former")), votes("ann"), nil, [][]catalog.PersonID{nil}, false},
		"a step without sets": {terms(false, policy.Step{Count: 1}), votes("ann"), nil, [][]catalog.PersonID{nil}, false},
		"a step of nothing":   {terms(false, step(0, "sre")), votes("ann"), nil, [][]catalog.PersonID{nil}, false},
		"one counts once": {
			terms(false, step(1, "sre"), step(1, "both")), votes("ann"), nil, [][]catalog.PersonID{{"ann"}, nil}, false,
		},
		"one moves for another": {
			terms(false, step(1, "sre"), step(1, "both")), votes("ann", "bob"), nil, [][]catalog.PersonID{{"bob"}, {"ann"}}, true,
		},
		"a chain of moves": {
			terms(false, step(1, "both"), step(1, "sre"), step(1, "security")), votes("ann", "cat", "bob"), nil,
			[][]catalog.PersonID{{"ann"}, {"bob"}, {"cat"}},
			true,
		},
		"in order":         {terms(true, step(1, "sre"), step(1, "security")), votes("ann", "cat"), nil, [][]catalog.PersonID{{"ann"}, {"cat"}}, true},
		"in order, early":  {terms(true, step(1, "sre"), step(1, "security")), votes("cat", "ann"), nil, [][]catalog.PersonID{{"ann"}, nil}, false},
		"in order, again":  {terms(true, step(1, "sre"), step(1, "security")), votes("cat", "ann", "cat"), nil, [][]catalog.PersonID{{"ann"}, {"cat"}}, true},
		"in order, second": {terms(true, step(2, "sre"), step(1, "both")), votes("ann", "cat", "bob", "cat"), nil, [][]catalog.PersonID{{"ann", "bob"}, {"cat"}}, true},
		"in order, one counts once": {
			terms(true, step(1, "sre"), step(1, "both")), votes("ann", "ann"), nil, [][]catalog.PersonID{{"ann"}, nil}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := p.Progress(w, tc.terms, tc.votes, tc.exclude...)
			taken, missing := make([][]catalog.PersonID, len(got.Steps)), 0
			for i, s := range got.Steps {
				taken[i], missing = s.Taken, missing+s.Missing
			}
			equal(t, tc.taken, taken)
			equal(t, tc.done, got.Complete)
			if len(got.Steps) > 0 {
				equal(t, tc.done, missing == 0)
			}
		})
	}
}

func TestUnknownMembersDoNotVote(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	delete(w.members, userGroup("sre"))
	one := terms(false, step(1, "sre"))
	equal(t, policy.Unknown, p.MayVote(w, one.Steps[0].From, "ann"))
	equal(t, false, p.Progress(w, one, votes("ann")).Complete)
	equal(t, true, fault.Is(p.Feasible(w, one), fault.Unavailable))
	equal(t, []catalog.PersonID{}, p.Approvers(w, one))
	equal(t, policy.True, p.MayVote(w, []string{"sre", "both"}, "ann"))
	equal(t, policy.Unknown, p.MayVote(w, []string{"sre", "both"}, "bob"))
	equal(t, policy.False, p.MayVote(w, []string{"both"}, "bob"))
	equal(t, policy.False, p.MayVote(w, []string{"former"}, "bob"))
}

func TestApprovers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	wants := terms(false, step(1, "sre"), step(1, "both", "ann"))
	equal(t, ids("ann", "bob", "cat"), p.Approvers(w, wants))
	equal(t, ids("bob", "cat"), p.Approvers(w, wants, "ann", "eve"))
	equal(t, []catalog.PersonID{}, p.Approvers(w, policy.Terms{Automatic: true}))
}

func TestFeasibleNamesTheStep(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	equal(t, nil, p.Feasible(w, terms(false, step(1, "sre"), step(1, "both")), "bob"))
	err := p.Feasible(w, terms(false, step(2, "sre"), step(1, "both")), "cat")
	equal(t, "policy.Feasible: Not enough people can approve this: rule “r” wants one approval from both, from people who neither ask nor receive "+
		"nor count for another step, and one is missing. (Ask an admin to add people to `both`.)", fmt.Sprint(err))
	equal(t, fault.Forbidden, fault.CodeOf(err))
	equal(t, fault.Forbidden, fault.CodeOf(p.Feasible(w, policy.Terms{})))
	equal(t, fault.Forbidden, fault.CodeOf(p.Feasible(w, terms(false, step(1, "former")))))
	equal(t, nil, p.Feasible(w, policy.Terms{Automatic: true}))
}

// TestComplete: a change of policy can only narrow what a request gets.
func TestComplete(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	sre, both, auto := terms(false, step(1, "sre")), terms(false, step(1, "sre"), step(1, "security")), policy.Terms{Automatic: true}
	for name, tc := range map[string]struct {
		frozen, today policy.Terms
		votes         []policy.Vote
		done          bool
		steps         int // of the progress that is told
	}{
		"the same":       {sre, sre, votes("ann"), true, 1},
		"not yet":        {sre, auto, nil, false, 1},
		"stricter today": {sre, both, votes("ann"), false, 2},
		"stricter, and complete": {
			sre, both, votes("ann", "cat"), true, 1,
		},
		"looser today":        {both, sre, votes("ann"), false, 2},
		"automatic then":      {auto, sre, nil, false, 1},
		"nothing today":       {sre, policy.Terms{}, votes("ann"), false, 0},
		"automatic, as today": {auto, auto, nil, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done, progress := p.Complete(w, tc.frozen, tc.today, tc.votes)
			equal(t, tc.done, done)
			equal(t, tc.steps, len(progress.Steps))
		})
	}
}

func TestHelps(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	together, inOrder := terms(false, step(1, "sre"), step(1, "security")), terms(true, step(1, "sre"), step(1, "security"))
	equal(t, true, p.Helps(w, together, nil, "cat"))
	equal(t, false, p.Helps(w, together, nil, "cat", "cat"))
	equal(t, false, p.Helps(w, together, votes("ann"), "bob"))
	equal(t, true, p.Helps(w, together, votes("ann"), "cat"))
	equal(t, false, p.Helps(w, inOrder, nil, "cat"))
	equal(t, true, p.Helps(w, inOrder, votes("ann"), "cat"))
	equal(t, false, p.Helps(w, inOrder, votes("ann"), "ann"))
}

// TestMatchingAgainstBruteForce: random sets, steps and votes; the matching is as good as
// the best of all ways to give votes to places.
func TestMatchingAgainstBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, p, tm := randomApproval(t)
		person := rapid.SampledFrom([]string{"ann", "bob", "cat", "dan", "eve"})
		voting := rapid.SliceOfN(person, 0, 6)
		if tm.InOrder { // a vote that counts stays: only who votes once is free to be counted elsewhere
			voting = rapid.SliceOfNDistinct(person, 0, 5, rapid.ID[string])
		}
		voted := votes(voting.Draw(t, "votes")...)
		exclude := ids(rapid.SliceOfN(person, 0, 2).Draw(t, "exclude")...)

		got := p.Progress(w, tm, voted, exclude...)
		seated := map[catalog.PersonID]bool{}
		count := 0
		for i, s := range got.Steps {
			if s.Missing != tm.Steps[i].Count-len(s.Taken) || s.Missing < 0 {
				t.Fatalf("step %d: %d missing with %v of %d", i, s.Missing, s.Taken, tm.Steps[i].Count)
			}
			for _, id := range s.Taken {
				if seated[id] || slices.Contains(exclude, id) || p.MayVote(w, tm.Steps[i].From, id) != policy.True {
					t.Fatalf("step %d must not count %s: %v", i, id, got)
				}
				seated[id] = true
				count++
			}
		}
		best, total := bestMatching(w, p, tm, voted, exclude), 0
		for _, s := range tm.Steps {
			total += s.Count
		}
		if tm.InOrder {
			// The best way in order fills the steps as far as they come, one after the other.
			if got.Complete != (best == total) {
				t.Fatalf("complete is %v, but the best is %d of %d", got.Complete, best, total)
			}
			return
		}
		if count != best || got.Complete != (best == total) {
			t.Fatalf("%d of %d places, but the best is %d", count, total, best)
		}
	})
}

// TestFeasibleAgainstBruteForce: feasible is what everybody who could vote would complete.
func TestFeasibleAgainstBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, p, tm := randomApproval(t)
		tm.InOrder = false
		exclude := ids(rapid.SliceOfN(rapid.SampledFrom([]string{"ann", "bob", "cat", "dan", "eve"}), 0, 2).Draw(t, "exclude")...)
		everybody := votes("ann", "bob", "cat", "dan", "eve")
		total := 0
		for _, s := range tm.Steps {
			total += s.Count
		}
		err := p.Feasible(w, tm, exclude...)
		if feasible := bestMatching(w, p, tm, everybody, exclude) == total; feasible != (err == nil) {
			t.Fatalf("feasible is %v, Feasible says %v", feasible, err)
		}
		for _, id := range p.Approvers(w, tm, exclude...) {
			if !slices.ContainsFunc(tm.Steps, func(s policy.Step) bool { return p.MayVote(w, s.From, id) == policy.True }) || slices.Contains(exclude, id) {
				t.Fatalf("%s is no approver", id)
			}
		}
	})
}

func randomApproval(t *rapid.T) (*world, *policy.Policy, policy.Terms) {
	w := newWorld()
	person := rapid.SampledFrom([]catalog.PersonID{"ann", "bob", "cat", "dan", "eve"})
	sets := []string{"sre", "security", "both"}
	for _, name := range sets {
		w.members[userGroup(name)] = rapid.SliceOfN(person, 0, 4).Draw(t, name)
	}
	p, problems := policy.Compile(base(), "", w)
	if p == nil {
		t.Fatalf("%v", problems)
	}
	tm := policy.Terms{InOrder: rapid.Bool().Draw(t, "in order")}
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		tm.Steps = append(tm.Steps, policy.Step{
			From:  rapid.SliceOfNDistinct(rapid.SampledFrom(sets), 1, 2, rapid.ID[string]).Draw(t, "from"),
			Count: rapid.IntRange(1, 2).Draw(t, "count"),
		})
	}
	return w, p, tm
}

// bestMatching tries every way to give votes to steps: each vote to one step or to none,
// each person once, no step over its count and, in order, no vote to a step before the
// steps before it are full. It returns the most places that any way fills.
func bestMatching(f policy.Facts, p *policy.Policy, t policy.Terms, voted []policy.Vote, exclude []catalog.PersonID) int {
	room := make([]int, len(t.Steps))
	for i, s := range t.Steps {
		room[i] = s.Count
	}
	used := map[catalog.PersonID]bool{}
	var try func(vote int) int
	try = func(vote int) int {
		if vote == len(voted) {
			return 0
		}
		best := try(vote + 1)
		id := voted[vote].Person
		if used[id] || slices.Contains(exclude, id) {
			return best
		}
		used[id] = true
		for i := range t.Steps {
			open := room[i] > 0 && p.MayVote(f, t.Steps[i].From, id) == policy.True
			if t.InOrder && slices.ContainsFunc(room[:i], func(n int) bool { return n > 0 }) {
				open = false
			}
			if open {
				room[i]--
				best = max(best, 1+try(vote+1))
				room[i]++
			}
		}
		used[id] = false
		return best
	}
	return try(0)
}

// TestNamedPersonWhoCannotAct: somebody who is named by e-mail counts as long as the facts
// say that they can act, like the members of any other source.
func TestNamedPersonWhoCannotAct(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(), w)
	named := policy.Source{Kind: policy.SourcePerson, ID: "eve"}
	w.members[named] = nil // disabled in Identity Center
	equal(t, policy.False, p.IsAdmin(w, "eve"))
	delete(w.members, named)
	equal(t, policy.True, p.IsAdmin(w, "eve"))
}
