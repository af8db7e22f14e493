package policy

import "slices"

// class are accounts, roles or people that no rule tells apart.
type class struct {
	bits    bitset // the rules that match as far as this class decides
	members []int32
}

// classify groups n things by their bits; keep says which of them count. Classes stand in
// the order of their first members.
func classify(n, words int, keep func(i int) bool, bits func(i int, out bitset)) []class {
	var out []class
	known := map[string]int{}
	scratch := make(bitset, words)
	key := make([]byte, 0, 8*words)
	for i := range n {
		if !keep(i) {
			continue
		}
		clear(scratch)
		bits(i, scratch)
		key = scratch.appendTo(key[:0])
		at, ok := known[string(key)]
		if !ok {
			at = len(out)
			known[string(key)] = at
			out = append(out, class{bits: slices.Clone(scratch)})
		}
		out[at].members = append(out[at].members, int32(i))
	}
	return out
}
