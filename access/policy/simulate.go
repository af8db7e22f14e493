package policy

import (
	"time"

	"stint/access/catalog"
)

// Trial is one ask of the past, to be decided again.
type Trial struct {
	Query    Query
	Duration time.Duration
	Reason   string
}

// Difference is a Trial that two policies decide differently.
type Difference struct {
	Index  int // of the trial
	Before Decision
	After  Decision
	// What is the difference in a few words: "no longer requestable", "now needs 2 of sre",
	// "now automatic", "shortened to 1 h", "the reason lacks: incident number".
	What string
	// Harder is false when After asks for less than Before.
	Harder bool
}

// Simulate decides the trials by both policies, with the catalog and the facts of today and
// the time of each trial, and lists those that come out differently.
func Simulate(before, after *Policy, c *catalog.Catalog, f Facts, trials []Trial) []Difference {
	return nil
}
