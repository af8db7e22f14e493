//go:build race

package suite

// raced says whether the race detector is in.
const raced = true
