//go:build race

package awsconn

// raceEnabled: the race detector makes everything several times slower.
const raceEnabled = true
