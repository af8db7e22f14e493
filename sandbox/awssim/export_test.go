package awssim

import "testing"

// EvaluatePolicy says "allow", "deny" or "no".
func EvaluatePolicy(t *testing.T, document, action, resource string, keys map[string]string) string {
	t.Helper()
	p, err := parsePolicy(document)
	if err != nil {
		t.Fatal(err)
	}
	return map[verdict]string{allowed: "allow", denied: "deny", notAllowed: "no"}[p.evaluate(action, resource, keys, nil)]
}
