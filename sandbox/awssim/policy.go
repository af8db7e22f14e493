package awssim

import (
	"encoding/json"
	"fmt"
	"strings"
)

// policy is an IAM policy document as far as the simulator reads it: Allow and
// Deny, Action or NotAction, Resource or NotResource, Principal in trust policies,
// and the string conditions. A condition that it does not know is refused when the
// policy is read, so that none is ever ignored. A nil policy allows everything.
type policy struct {
	Version   string
	Statement oneOrMany[statement]
}

type statement struct {
	Sid         string
	Effect      string
	Action      oneOrMany[string]
	NotAction   oneOrMany[string]
	Resource    oneOrMany[string]
	NotResource oneOrMany[string]
	Principal   principals
	Condition   map[string]map[string]oneOrMany[string]
}

// oneOrMany reads both "x" and ["x","y"], as IAM does everywhere.
type oneOrMany[T any] []T

func (o *oneOrMany[T]) UnmarshalJSON(b []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(b)), "[") {
		var many []T
		err := json.Unmarshal(b, &many)
		*o = many
		return err
	}
	var one T
	err := json.Unmarshal(b, &one)
	*o = []T{one}
	return err
}

// principals reads "*" and {"AWS": …, "Service": …, "Federated": …}.
type principals map[string]oneOrMany[string]

func (p *principals) UnmarshalJSON(b []byte) error {
	if string(b) == `"*"` {
		*p = principals{"AWS": {"*"}}
		return nil
	}
	m := map[string]oneOrMany[string]{}
	err := json.Unmarshal(b, &m)
	*p = m
	return err
}

var conditionOperators = map[string]func(pattern, value string) bool{
	"StringEquals":    func(p, v string) bool { return p == v },
	"StringNotEquals": func(p, v string) bool { return p != v },
	"StringLike":      wildcard,
	"StringNotLike":   func(p, v string) bool { return !wildcard(p, v) },
	"ArnEquals":       wildcard,
	"ArnLike":         wildcard,
}

// parsePolicy reads a document; an empty one is nil, which allows everything.
func parsePolicy(document string) (*policy, error) {
	if document == "" {
		return nil, nil
	}
	var p policy
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	for i, s := range p.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" {
			return nil, fmt.Errorf("policy: statement %d: effect %q: want Allow or Deny", i, s.Effect)
		}
		if len(s.Action) == 0 && len(s.NotAction) == 0 {
			return nil, fmt.Errorf("policy: statement %d has no Action", i)
		}
		for op := range s.Condition {
			if conditionOperators[strings.TrimSuffix(op, "IfExists")] == nil {
				return nil, fmt.Errorf("policy: statement %d: condition %s is not simulated", i, op)
			}
		}
	}
	return &p, nil
}

// verdict is what a policy says.
type verdict int

const (
	notAllowed verdict = iota // nothing allows it
	allowed
	denied // an explicit deny
)

// evaluate says what the policy makes of an action on a resource. keys are the
// condition keys, lower case. A trust policy passes the caller, others "".
func (p *policy) evaluate(action, resource string, keys map[string]string, caller *accessKey) verdict {
	if p == nil {
		return allowed
	}
	result := notAllowed
	for _, s := range p.Statement {
		if !s.matches(action, resource, keys, caller) {
			continue
		}
		if s.Effect == "Deny" {
			return denied
		}
		result = allowed
	}
	return result
}

func (s *statement) matches(action, resource string, keys map[string]string, caller *accessKey) bool {
	lower := strings.ToLower(action)
	some := func(patterns []string, value string, fold bool) bool {
		for _, p := range patterns {
			if fold {
				p = strings.ToLower(p)
			}
			if wildcard(p, value) {
				return true
			}
		}
		return false
	}
	if len(s.NotAction) > 0 && some(s.NotAction, lower, true) || len(s.NotAction) == 0 && !some(s.Action, lower, true) {
		return false
	}
	if caller != nil {
		if !s.Principal.include(caller) {
			return false
		}
	} else if len(s.NotResource) > 0 && some(s.NotResource, resource, false) ||
		len(s.NotResource) == 0 && !some(s.Resource, resource, false) {
		return false
	}
	for op, tests := range s.Condition {
		compare := conditionOperators[strings.TrimSuffix(op, "IfExists")]
		negated := strings.Contains(op, "Not")
		for key, want := range tests {
			value, present := keys[strings.ToLower(key)]
			if !present {
				if strings.HasSuffix(op, "IfExists") || negated {
					continue
				}
				return false
			}
			ok := negated // a negated test must hold for every value, others for one
			for _, w := range want {
				if negated {
					ok = ok && compare(w, value)
				} else {
					ok = ok || compare(w, value)
				}
			}
			if !ok {
				return false
			}
		}
	}
	return true
}

// include reports whether a trust policy's principal names the caller: itself, the
// role behind its session, or its whole account.
func (p principals) include(caller *accessKey) bool {
	for _, a := range p["AWS"] {
		switch a {
		case "*", caller.PrincipalARN, caller.accountID, caller.rootARN:
			return true
		}
		if caller.roleARN != "" && a == caller.roleARN {
			return true
		}
	}
	return false
}

// wildcard matches IAM's * and ?.
func wildcard(pattern, s string) bool {
	for pattern != "" {
		switch pattern[0] {
		case '*':
			for pattern != "" && pattern[0] == '*' {
				pattern = pattern[1:]
			}
			for i := len(s); i >= 0; i-- {
				if wildcard(pattern, s[i:]) {
					return true
				}
			}
			return false
		case '?':
			if s == "" {
				return false
			}
		default:
			if s == "" || s[0] != pattern[0] {
				return false
			}
		}
		pattern, s = pattern[1:], s[1:]
	}
	return s == ""
}
