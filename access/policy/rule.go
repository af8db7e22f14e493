package policy

// RuleSummary is a rule in one line, for lists.
type RuleSummary struct {
	Name string
	Deny bool
	Off  bool   // switched off: it decides nothing
	Text string // "all accounts · ReadOnly*, ViewOnly* · everyone · automatic"
}
