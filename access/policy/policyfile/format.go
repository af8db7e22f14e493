package policyfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/goccy/go-yaml"

	"stint/access/policy"
)

// Format writes a policy as YAML. It reads back what it wrote and fails unless that is the
// same policy, because a rule must never change by being stored.
func Format(spec policy.Spec) ([]byte, error) {
	out, err := write(spec)
	if err != nil {
		return nil, fmt.Errorf("policyfile.Format: %w", err)
	}
	back, problems := Parse("", out)
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("policyfile.Format: this policy cannot be written as YAML: %s", problems[0])
	case !same(back.Spec, spec):
		return nil, errors.New("policyfile.Format: this policy cannot be written as YAML without changing it")
	}
	return out, nil
}

// write is a part of a policy as YAML, in the order of its fields.
func write(v any) ([]byte, error) {
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	var ordered any
	if err := yaml.UnmarshalWithOptions(data.Bytes(), &ordered, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	out, err := yaml.MarshalWithOptions(safe(ordered), yaml.Indent(2), yaml.IndentSequence(true))
	// The library quotes the key, as older YAML takes it for a boolean; no text has a line to
	// itself that could be mistaken for it.
	return offKey.ReplaceAll(out, []byte("${1}off: true")), err
}

var offKey = regexp.MustCompile(`(?m)^( *)"off": true$`)

// same compares what two parts of a policy say, tests included.
func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// quoted is text that is written between double quotes.
type quoted string

// MarshalYAML writes the quotes.
func (q quoted) MarshalYAML() ([]byte, error) { return []byte(strconv.Quote(string(q))), nil }

// safe quotes every text that is not plain. The library knows most, but not all, of what
// YAML reads as something else than text.
func safe(v any) any {
	switch v := v.(type) {
	case string:
		if !policy.PlainYAML(v) {
			return quoted(v)
		}
	case []any:
		for i := range v {
			v[i] = safe(v[i])
		}
	case yaml.MapSlice:
		for i := range v {
			v[i].Value = safe(v[i].Value)
		}
	}
	return v
}
