package policy

import "slices"

// place gives people to steps, one to one: person i may take a place of the steps in
// fits[i], and step s has room[s] places. The matching is as large as any can be; of those it
// is one that seats earlier people first. taken[s] lists the people of step s, ascending.
//
// It is the augmenting-path algorithm: a person who finds no free place may push somebody
// who fits elsewhere out of theirs. Nobody who once has a place loses it, only moves.
func place(fits [][]int, room []int) (taken [][]int) {
	taken = make([][]int, len(room))
	seen := make([]bool, len(room))
	var seat func(person int) bool
	seat = func(person int) bool {
		for _, s := range fits[person] {
			if seen[s] {
				continue
			}
			seen[s] = true
			if len(taken[s]) < room[s] {
				taken[s] = append(taken[s], person)
				return true
			}
			for k, other := range taken[s] {
				if seat(other) {
					taken[s][k] = person
					return true
				}
			}
		}
		return false
	}
	for person := range fits {
		clear(seen)
		seat(person)
	}
	for _, people := range taken {
		slices.Sort(people)
	}
	return taken
}
