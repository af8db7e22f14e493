package trust

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed template/stint.tf.tmpl
var terraformTemplate string

// Terraform is the same as CloudFormation, as one Terraform file; the values of the
// installation are the defaults of its variables. The reader role is still brought into
// the member accounts by a StackSet, which reaches accounts that are made later too.
func (in *Installation) Terraform() (string, error) {
	return in.render("Terraform", terraformTemplate, module{in})
}

// module fills Terraform's expressions in. Policies stand in it as JSON with
// interpolations.
type module struct{ *Installation }

// Document writes the policy of a feature.
func (m module) Document(f Feature) (string, error) { return m.json(build(of(f), m.TagKey, m)) }

// TrustDocument says who may take on the connector's role.
func (m module) TrustDocument() (string, error) { return m.json(trusting(m, "{principal}")) }

// ReaderStackText is the CloudFormation template that the StackSet rolls out, with what
// Terraform would take for an interpolation escaped.
func (m module) ReaderStackText(indent int) (string, error) {
	text, err := m.ReaderStack()
	return indented(strings.ReplaceAll(text, "${", "$${"), indent), err
}

// Quote is a value or a list of them as Terraform reads it, which is as JSON does.
func (m module) Quote(v any) (string, error) {
	if list, ok := v.([]string); ok && list == nil {
		v = []string{}
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// expression marks JSON text that stands for an expression, not for a string.
const expression = "expression:"

func (m module) json(p Policy) (string, error) {
	text := p.JSON()
	for _, list := range lists() {
		variable := variableOf(list)
		pattern, err := json.Marshal(expression + list)
		if err != nil {
			return "", err
		}
		for _, s := range table() {
			if listOf(s.resources[0]) == list {
				element := strings.ReplaceAll(m.text(s.resources[0]).(string), "{"+list+"}", "${id}")
				text = strings.ReplaceAll(text, string(pattern), fmt.Sprintf(`${jsonencode([for id in %s : "%s"])}`, variable, element))
			}
		}
	}
	return indented(text, 4), nil
}

func variableOf(list string) string {
	return map[string]string{"accounts": "var.grantable_accounts", "groups": "var.group_ids", "denied": "var.denied_accounts"}[list]
}

func (m module) text(pattern string) any {
	return strings.NewReplacer(
		"{partition}", "${local.partition}", "{account}", "${local.account}", "{region}", "${local.region}", "{management}", "${var.management_account}",
		"{organization}", "${var.organization_id}", "{instance}", "${var.instance_id}", "{store}", "${var.identity_store_id}",
		"{principal}", "${var.principal}", "{externalid}", "${var.external_id}", "{tagvalue}", "${var.tag_value}",
		"{role}", "${var.role_name}", "{reader}", "${var.reader_role_name}", "{queue}", "${var.queue_name}", "{anchor}", "${var.anchor_group_id}",
	).Replace(pattern)
}

func (m module) each(_, list string) any { return expression + list }
