package trust

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"

	"stint/access/fault"
)

//go:embed template/connector.yaml.tmpl
var connectorTemplate string

//go:embed template/reader.yaml.tmpl
var readerTemplate string

// CloudFormation is one template: the connector's role with the policies of all
// features, the StackSet that brings the reader role into the member accounts, and the
// queue for events. The values of the installation are the defaults of its parameters,
// so that it can be deployed as it is, or with others.
func (in *Installation) CloudFormation() (string, error) {
	return in.render("CloudFormation", connectorTemplate, stack{in})
}

// ReaderStack is the template of the reader role for one member account, for who rolls
// it out in another way than by StackSet.
func (in *Installation) ReaderStack() (string, error) {
	return in.render("the reader role", readerTemplate, stack{in})
}

func (in *Installation) render(what, text string, data any) (string, error) {
	t, err := template.New(what).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "trust.render", "The template of "+what+" cannot be read.", "")
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return "", fault.Wrap(err, fault.Internal, "trust.render", "The template of "+what+" cannot be filled in.", "")
	}
	return b.String(), nil
}

// stack fills CloudFormation's intrinsic functions in. The tag's key is text: a key of a
// map cannot be a parameter there.
type stack struct{ *Installation }

// Document writes the policy of a feature, indented.
func (s stack) Document(f Feature, indent int) (string, error) {
	return block(build(of(f), s.TagKey, s), indent)
}

// TrustDocument says who may take on the connector's role.
func (s stack) TrustDocument(indent int) (string, error) {
	return block(trusting(s, "{principal}"), indent)
}

// ReaderDocument is what the reader role may do.
func (s stack) ReaderDocument(indent int) (string, error) {
	return block(build([]statement{reader()}, s.TagKey, s), indent)
}

// ReaderTrustDocument says who may take on the reader role.
func (s stack) ReaderTrustDocument(indent int) (string, error) {
	return block(trusting(s, "{connector}"), indent)
}

// ReaderStackText is the reader's template, indented, to stand inside another.
func (s stack) ReaderStackText(indent int) (string, error) {
	text, err := s.ReaderStack()
	return indented(text, indent), err
}

// List joins values for a parameter.
func (s stack) List(values []string, none string) string {
	if len(values) == 0 {
		return none
	}
	return strings.Join(values, ",")
}

// Delegated reports whether the role lives outside the management account.
func (s stack) Delegated() bool { return s.Account != s.Management }

func (s stack) text(pattern string) any {
	filled := strings.NewReplacer(
		"{partition}", "${AWS::Partition}", "{account}", "${AWS::AccountId}", "{member}", "${AWS::AccountId}", "{region}", "${AWS::Region}",
		"{management}", "${ManagementAccount}", "{organization}", "${OrganizationId}", "{instance}", "${InstanceId}", "{store}", "${IdentityStoreId}",
		"{principal}", "${Principal}", "{externalid}", "${ExternalId}", "{tagvalue}", "${TagValue}", "{connector}", "${ConnectorRoleArn}",
		"{role}", "${RoleName}", "{reader}", "${ReaderRoleName}", "{queue}", "${QueueName}", "{anchor}", "${AnchorGroupId}",
	).Replace(pattern)
	if filled == pattern {
		return pattern
	}
	return map[string]any{"Fn::Sub": filled}
}

// each turns "a,b" into an ARN each: joined with the pattern's beginning between the
// entries, and split again. A delimiter is text, so the partition is too.
func (s stack) each(pattern, list string) any {
	parameter := map[string]string{"accounts": "GrantableAccounts", "groups": "GroupIds", "denied": "DeniedAccounts"}[list]
	prefix := strings.ReplaceAll(strings.TrimSuffix(pattern, "{"+list+"}"), "{partition}", s.Partition)
	entries := map[string]any{"Fn::Join": []any{"," + prefix, map[string]any{"Ref": parameter}}}
	return map[string]any{"Fn::Split": []any{",", map[string]any{"Fn::Join": []any{"", []any{prefix, entries}}}}}
}

// block is YAML, indented to stand under a key.
func block(p Policy, indent int) (string, error) {
	b, err := yaml.MarshalWithOptions(p, yaml.IndentSequence(true))
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "trust.block", "A policy cannot be written as YAML.", "")
	}
	return indented(string(b), indent), nil
}

// indented indents every line that is not empty, and ends without a line break.
func indented(text string, by int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = strings.Repeat(" ", by) + line
		}
	}
	return strings.Join(lines, "\n")
}
