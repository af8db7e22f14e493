package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// MaxInlineText bounds how much of an inline policy a catalog keeps, in bytes: what one block
// of a Slack message holds, which is all of most. 3500 permission sets then take 10 MB at most.
const MaxInlineText = 3000

// InlinePolicy is the policy that is written into a permission set itself, beside those
// that are attached to it.
type InlinePolicy struct {
	// Text is the document without its white space, up to MaxInlineText bytes; Size is how
	// long the whole is. Both are empty where a role has no such policy.
	Text string `json:"text,omitempty"`
	Size int    `json:"size,omitempty"`
	// Services are those whose actions it allows, as in IAM ("s3"), sorted; "*" is all.
	Services []string `json:"services,omitempty"`
	// AnyAction is set when an action that it allows holds a wildcard, AnyResource when it
	// allows something on every resource.
	AnyAction   bool `json:"any_action,omitempty"`
	AnyResource bool `json:"any_resource,omitempty"`
	// Unclear is set when it is no policy that can be made out; its text still shows.
	Unclear bool `json:"unclear,omitempty"`
}

// Empty reports whether the role has no policy of its own.
func (p *InlinePolicy) Empty() bool { return p.Size == 0 }

// Cut reports whether Text is not all of it.
func (p *InlinePolicy) Cut() bool { return len(p.Text) < p.Size }

// shownServices is how many services Words names.
const shownServices = 12

// Words says for people what it allows: "allows actions of kms, s3, some on every resource".
func (p *InlinePolicy) Words() string {
	switch {
	case p.Empty():
		return "none"
	case p.Unclear:
		return "one that cannot be made out"
	case len(p.Services) == 0:
		return "allows nothing, only denies"
	}
	words := "allows actions of " + strings.Join(p.Services[:min(len(p.Services), shownServices)], ", ")
	switch {
	case p.Services[0] == "*":
		words = "allows actions of every service"
	case len(p.Services) > shownServices:
		words += fmt.Sprintf(" and %d more services", len(p.Services)-shownServices)
	}
	if p.AnyAction && p.Services[0] != "*" {
		words += ", some by wildcard"
	}
	if p.AnyResource {
		words += ", some on every resource"
	}
	return words
}

// Lines is its text to be read: a line for each part, where all of it was kept and that makes
// it no longer than MaxInlineText.
func (p *InlinePolicy) Lines() string {
	var b bytes.Buffer
	if p.Cut() || json.Indent(&b, []byte(p.Text), "", "  ") != nil || b.Len() > MaxInlineText {
		return p.Text
	}
	return b.String()
}
