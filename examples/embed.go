// Package examples holds the policy that the sandbox starts with and that new
// installations copy. It is a package so that the binary carries it.
package examples

import _ "embed"

// Policy is policy.yaml.
//
//go:embed policy.yaml
var Policy []byte
