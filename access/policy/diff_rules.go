package policy

import (
	"fmt"
)

// ruleKey tells rules apart: by name, and where a name is there several times, which a
// draft may well have, by how many were called so before.
type ruleKey struct {
	name string
	nth  int
}

func ruleKeys(rules []RuleSpec) []ruleKey {
	count := map[string]int{}
	out := make([]ruleKey, len(rules))
	for i := range rules {
		out[i] = ruleKey{rules[i].Name, count[rules[i].Name]}
		count[rules[i].Name]++
	}
	return out
}

func ruleTitle(name string) string { return "rule “" + name + "”" }

func (d *differ) rules(before, after []RuleSpec) {
	old, now := ruleKeys(before), ruleKeys(after)
	pair := pairRules(before, after, old, now)
	taken := make([]bool, len(before))
	for _, i := range pair {
		if i >= 0 {
			taken[i] = true
		}
	}
	for i := range before {
		if !taken[i] {
			d.value(rulePath(i), ruleTitle(before[i].Name), raw(&before[i]), nil)
		}
	}
	moved := movedRules(pair)
	for j := range after {
		title := ruleTitle(after[j].Name)
		i := pair[j]
		if i < 0 {
			d.value(rulePath(j), title, nil, raw(&after[j]))
			continue
		}
		if moved[j] {
			d.add(Moved, rulePath(j), title, placeOf(i, len(before)), placeOf(j, len(after)))
		}
		d.fields(rulePath(j), title, raw(&before[i]), raw(&after[j]))
	}
}

func placeOf(i, of int) string { return fmt.Sprintf("place %d of %d", i+1, of) }

// pairRules finds for each rule of after the one of before that it was; -1 for none.
func pairRules(before, after []RuleSpec, old, now []ruleKey) []int {
	at := map[ruleKey]int{}
	for i, k := range old {
		at[k] = i
	}
	pair := make([]int, len(after))
	taken := map[int]bool{}
	for j, k := range now {
		i, ok := at[k]
		if !ok {
			i = -1
		}
		pair[j], taken[i] = i, true
	}
	// Renamed: what stands after the same rule, or at the same place, and differs in nothing else.
	for j := range after {
		if pair[j] >= 0 {
			continue
		}
		candidates := []int{j, 0}
		if j > 0 && pair[j-1] >= 0 {
			candidates[1] = pair[j-1] + 1
		}
		for _, i := range candidates {
			if i < len(before) && !taken[i] && sameButName(before[i], after[j]) {
				pair[j], taken[i] = i, true
				break
			}
		}
	}
	return pair
}

func sameButName(a, b RuleSpec) bool {
	a.Name, b.Name = "", ""
	return same(&a, &b)
}

// movedRules says which rules changed their place among the others: as few as explain it, so
// all but the longest run of rules that kept their order.
func movedRules(pair []int) []bool {
	longest := make([]int, len(pair)) // length of the longest run that ends here
	from := make([]int, len(pair))
	best := -1
	for j, i := range pair {
		if i < 0 {
			continue
		}
		longest[j], from[j] = 1, -1
		for k := range j {
			if pair[k] >= 0 && pair[k] < i && longest[k] >= longest[j] {
				longest[j], from[j] = longest[k]+1, k
			}
		}
		if best < 0 || longest[j] > longest[best] {
			best = j
		}
	}
	moved := make([]bool, len(pair))
	for j, i := range pair {
		moved[j] = i >= 0
	}
	for ; best >= 0; best = from[best] {
		moved[best] = false
	}
	return moved
}
