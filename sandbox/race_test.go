//go:build race

package sandbox_test

// raceEnabled: the race detector makes everything several times slower.
const raceEnabled = true
