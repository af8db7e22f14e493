package awsconn

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"stint/access/catalog"
)

// inlinePolicy reads the policy that is written into a role; "" when there is none.
func (c *Connector) inlinePolicy(ctx context.Context, here *place, arn string) (string, error) {
	k := &call{service: c.services.sso, op: "GetInlinePolicyForPermissionSet", priority: priorityPass}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.GetInlinePolicyForPermissionSetOutput, error) {
		return here.sso.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &here.instance.ARN, PermissionSetArn: &arn})
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.InlinePolicy), nil
}

// inlineStatement is what of a statement says what it allows.
type inlineStatement struct {
	Effect                string
	Action, NotAction     oneOrMore
	Resource, NotResource oneOrMore
}

// oneOrMore is text or a list of it, as IAM takes both.
type oneOrMore []string

func (l *oneOrMore) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*l = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(l))
}

// readInline makes out what an inline policy allows, for people who decide. What it denies
// is not weighed: the summary never says less than the policy allows.
func readInline(text string) *catalog.InlinePolicy {
	if strings.TrimSpace(text) == "" {
		return &catalog.InlinePolicy{}
	}
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(text)) == nil {
		text = compact.String()
	}
	p := &catalog.InlinePolicy{Text: head(text, catalog.MaxInlineText), Size: len(text)}
	var doc struct{ Statement json.RawMessage }
	var statements []inlineStatement
	if json.Unmarshal([]byte(text), &doc) != nil || len(doc.Statement) == 0 {
		p.Unclear = true
		return p
	}
	if json.Unmarshal(doc.Statement, &statements) != nil {
		statements = make([]inlineStatement, 1)
		if json.Unmarshal(doc.Statement, &statements[0]) != nil {
			p.Unclear = true
			return p
		}
	}
	services := map[string]bool{}
	for _, s := range statements {
		if s.Effect != "Allow" {
			continue
		}
		if len(s.NotAction) > 0 { // all but these
			services["*"], p.AnyAction = true, true
		}
		for _, action := range s.Action {
			service, _, _ := strings.Cut(action, ":")
			if strings.ContainsAny(service, "*?") {
				service = "*"
			}
			services[strings.ToLower(service)] = true
			p.AnyAction = p.AnyAction || strings.ContainsAny(action, "*?")
		}
		p.AnyResource = p.AnyResource || len(s.NotResource) > 0 || slices.ContainsFunc(s.Resource, everyResource)
	}
	if services["*"] {
		services = map[string]bool{"*": true}
	}
	p.Services = slices.Sorted(maps.Keys(services))
	return p
}

// everyResource reports whether a resource stands for all there are, of a service at least:
// "*", "arn:aws:s3:::*".
func everyResource(r string) bool {
	parts := strings.SplitN(r, ":", 6)
	return len(parts) < 6 && strings.ContainsAny(r, "*?") || len(parts) == 6 && strings.Trim(parts[5], "*") == ""
}

// head is the beginning of s, at most n bytes of whole runes.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
