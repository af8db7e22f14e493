package awssim

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

func (c *Cloud) uuid() string          { return randomUUID(c.rand) }
func (c *Cloud) hex(digits int) string { return randomHex(c.rand, digits) }

// randomUUID makes a version 4 UUID out of r.
func randomUUID(r *rand.Rand) string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], r.Uint64())
	binary.LittleEndian.PutUint64(b[8:], r.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[:8], b[:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

func randomHex(r *rand.Rand, digits int) string { return randomFrom(r, "0123456789abcdef", digits) }

func randomFrom(r *rand.Rand, alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(out)
}
