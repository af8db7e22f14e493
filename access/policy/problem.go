package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is something wrong, or doubtful, in a policy.
type Problem struct {
	Path    string `json:"path"`             // "rules[2].accounts[0].ou"
	File    string `json:"file,omitempty"`   // "" unless from a file
	Line    int    `json:"line,omitempty"`   // from 1; 0 unless from a file
	Column  int    `json:"column,omitempty"` // from 1; 0 unless from a file
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Warning bool   `json:"warning,omitempty"` // it does not keep the policy from being loaded
}

// String is the problem as a compiler would print it: "policy.yaml:12:5: message (hint)".
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.Line > 0:
		if p.File != "" {
			b.WriteString(p.File + ":")
		}
		fmt.Fprintf(&b, "%d:%d: ", p.Line, p.Column)
	case p.Path != "":
		b.WriteString(p.Path + ": ")
	}
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Refused reports whether any of the problems keeps the policy from being loaded.
func Refused(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

// didYouMean is a hint from suggestions; "" for none.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	return "did you mean " + strings.Join(quoted, " or ") + "?"
}
