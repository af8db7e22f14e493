package trust

import (
	"encoding/json"
	"slices"
	"strings"
)

// Policy is an IAM policy document.
type Policy struct {
	Version   string      `json:"Version" yaml:"Version"`
	Statement []Statement `json:"Statement" yaml:"Statement"`
}

// Statement is one statement. Resource and the values of conditions are text or lists of
// it, or what a template language fills in later.
type Statement struct {
	Sid       string                    `json:"Sid,omitempty" yaml:"Sid,omitempty"`
	Effect    string                    `json:"Effect" yaml:"Effect"`
	Principal map[string]any            `json:"Principal,omitempty" yaml:"Principal,omitempty"`
	Action    []string                  `json:"Action" yaml:"Action"`
	Resource  any                       `json:"Resource,omitempty" yaml:"Resource,omitempty"`
	Condition map[string]map[string]any `json:"Condition,omitempty" yaml:"Condition,omitempty"`
}

// JSON is the document as IAM takes it.
func (p Policy) JSON() string {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil { // it is made of text
		return ""
	}
	return string(b) + "\n"
}

// filler turns placeholders into what a format understands.
type filler interface {
	// text fills the scalars of a pattern.
	text(pattern string) any
	// each makes one resource of the pattern for every entry of the list.
	each(pattern, list string) any
}

// build writes the statements of a feature with a filler.
func build(statements []statement, tagKey string, f filler) Policy {
	p := Policy{Version: "2012-10-17"}
	for _, s := range statements {
		out := Statement{Sid: s.sid, Effect: "Allow"}
		if s.deny {
			out.Effect = "Deny"
		}
		for _, a := range s.actions {
			out.Action = append(out.Action, a.Action)
		}
		if list := listOf(s.resources[0]); list != "" {
			out.Resource = f.each(s.resources[0], list)
		} else {
			var resources []any
			for _, r := range s.resources {
				resources = append(resources, f.text(r))
			}
			out.Resource = resources
		}
		equals := map[string]any{}
		if s.byTag {
			equals["aws:ResourceTag/"+tagKey] = f.text("{tagvalue}")
		}
		if s.inOrganization {
			equals["aws:ResourceOrgID"] = f.text("{organization}")
		}
		if len(equals) > 0 {
			out.Condition = map[string]map[string]any{"StringEquals": equals}
		}
		p.Statement = append(p.Statement, out)
	}
	return p
}

// lists are the placeholders that stand for several values.
func lists() []string { return []string{"accounts", "groups", "denied"} }

func listOf(pattern string) string {
	for _, l := range lists() {
		if strings.Contains(pattern, "{"+l+"}") {
			return l
		}
	}
	return ""
}

// trusting says who may take on a role, and under which external id.
func trusting(f filler, who string) Policy {
	return Policy{Version: "2012-10-17", Statement: []Statement{{
		Effect: "Allow", Principal: map[string]any{"AWS": f.text(who)}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{"StringEquals": {"sts:ExternalId": f.text("{externalid}")}},
	}}}
}

func of(feature Feature) []statement {
	return slices.DeleteFunc(table(), func(s statement) bool { return s.feature != feature })
}

// Policy is what a feature needs, filled in.
func (in *Installation) Policy(f Feature) Policy { return build(of(f), in.TagKey, literal{in}) }

// Trust says who may take on the connector's role.
func (in *Installation) Trust() Policy { return trusting(literal{in}, "{principal}") }

// ReaderPolicy is what the reader role of a member account may do.
func (in *Installation) ReaderPolicy(member string) Policy {
	p := build([]statement{reader()}, in.TagKey, literal{in})
	p.Statement[0].Resource = []any{strings.ReplaceAll(literal{in}.fill(reader().resources[0]), "{member}", member)}
	return p
}

// ReaderTrust says who may take on the reader role: the connector's role.
func (in *Installation) ReaderTrust() Policy { return trusting(literal{in}, ownRole) }

// literal fills in the values themselves.
type literal struct{ in *Installation }

func (l literal) text(pattern string) any { return l.fill(pattern) }

func (l literal) fill(pattern string) string {
	in := l.in
	return strings.NewReplacer(
		"{partition}", in.Partition, "{account}", in.Account, "{management}", in.Management, "{organization}", in.Organization,
		"{instance}", in.Instance(), "{store}", in.IdentityStoreID, "{region}", in.Region,
		"{principal}", in.Principal, "{externalid}", in.ExternalID, "{tagvalue}", in.TagValue,
		"{role}", in.RoleName, "{reader}", in.ReaderRoleName, "{queue}", in.QueueName, "{anchor}", in.AnchorGroup,
	).Replace(pattern)
}

func (l literal) each(pattern, list string) any {
	values := l.values(list)
	resources := make([]any, 0, len(values))
	for _, v := range values {
		resources = append(resources, strings.ReplaceAll(l.fill(pattern), "{"+list+"}", v))
	}
	return resources
}

func (l literal) values(list string) []string {
	switch list {
	case "groups":
		return l.in.Groups
	case "denied":
		return l.in.DeniedAccounts
	}
	if len(l.in.Accounts) == 0 {
		return []string{"*"}
	}
	return l.in.Accounts
}
