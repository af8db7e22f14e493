package policy

import "stint/access/catalog"

// RuleAnswer is what one rule says to a query.
type RuleAnswer struct {
	Rule    string `json:"rule"`
	Deny    bool   `json:"deny,omitempty"`
	Off     bool   `json:"off,omitempty"`
	Decides bool   `json:"decides,omitempty"`
	Why     string `json:"why"` // for people: why it decides, or why it does not
}

// Explanation is a Decision with the answer of every rule, in order: those below the
// deciding one too.
type Explanation struct {
	Decision Decision     `json:"decision"`
	Rules    []RuleAnswer `json:"rules"`
}

// Explain answers a query like Decide and says why each other rule did not decide.
func (p *Policy) Explain(c *catalog.Catalog, f Facts, q Query) Explanation { return Explanation{} }
