package policy

import (
	"encoding/binary"
	"math/bits"
)

// bitset holds one bit a rule.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) add(other bitset) {
	for i, w := range other {
		b[i] |= w
	}
}

func (b bitset) without(other bitset) {
	for i, w := range other {
		b[i] &^= w
	}
}

// appendTo writes the bits out, as a key.
func (b bitset) appendTo(key []byte) []byte {
	for _, w := range b {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return key
}

// each calls f for every bit of word w of a bitset, ascending, until f returns false.
func each(w int, word uint64, f func(i int) bool) bool {
	for word != 0 {
		i := bits.TrailingZeros64(word)
		word &^= 1 << i
		if !f(w*64 + i) {
			return false
		}
	}
	return true
}
