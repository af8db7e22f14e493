//go:build !race

package awsconn

const raceEnabled = false
