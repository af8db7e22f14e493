package policy

// concerned finds the classes of people that any of some rules is for. Of many thousand, most
// rules are for few.
type concerned struct {
	byRule [][]int32 // classes by bit
	all    []int32
	seen   []int // by class: the question that it was last an answer to
	asked  int
	found  []int32
}

func newConcerned(people []class, words int) *concerned {
	c := &concerned{byRule: make([][]int32, 64*words), all: make([]int32, len(people)), seen: make([]int, len(people))}
	for q := range people {
		c.all[q] = int32(q)
		for w, bits := range people[q].bits {
			each(w, bits, func(i int) bool { c.byRule[i] = append(c.byRule[i], int32(q)); return true })
		}
	}
	return c
}

// by lists the classes that have any of the bits, and perhaps more. The list is good until the
// next question.
func (c *concerned) by(bits bitset) []int32 {
	c.asked++
	c.found = c.found[:0]
	many := false
	for w := range bits {
		each(w, bits[w], func(i int) bool {
			many = many || 2*len(c.byRule[i]) > len(c.all)
			for _, q := range c.byRule[i] {
				if many {
					break
				}
				if c.seen[q] != c.asked {
					c.seen[q] = c.asked
					c.found = append(c.found, q)
				}
			}
			return !many
		})
	}
	if many {
		return c.all
	}
	return c.found
}
