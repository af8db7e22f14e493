package policyfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"

	"stint/access/policy"
)

// Format writes a policy as YAML. It reads back what it wrote and fails unless that is the
// same policy, because a rule must never change by being stored.
func Format(spec policy.Spec) ([]byte, error) {
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(spec); err != nil {
		return nil, fmt.Errorf("policyfile.Format: %w", err)
	}
	var ordered any
	if err := yaml.UnmarshalWithOptions(data.Bytes(), &ordered, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("policyfile.Format: %w", err)
	}
	out, err := yaml.MarshalWithOptions(ordered, yaml.Indent(2), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("policyfile.Format: %w", err)
	}
	back, problems := Parse("", out)
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("policyfile.Format: this policy cannot be written as YAML: %s", problems[0])
	case back.Spec.Version() != spec.Version():
		return nil, errors.New("policyfile.Format: this policy cannot be written as YAML without changing it")
	}
	return out, nil
}
