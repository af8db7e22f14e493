package trust

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the manifests anew")

// example is the installation that the manifests show.
func example(t *testing.T) *Installation {
	t.Helper()
	in, err := Installation{
		Account: "111122223333", Organization: "o-exampleorgid", InstanceARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef",
		IdentityStoreID: "d-1234567890", Region: "eu-central-1", Principal: "arn:aws:iam::444455556666:role/stint",
		ExternalID: "MakeYourOwnWithStintSetupAws000000000000",
		Groups:     []string{"0123456789-01234567-89ab-cdef-0123-456789abcdef"}, Units: []string{"r-exam"}, AnchorGroup: "0123456789-11234567-89ab-cdef-0123-456789abcdef", Features: Optional(),
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	return &in
}

// manifests is every file under manifests/aws.
func manifests(t *testing.T, in *Installation) map[string]string {
	t.Helper()
	files := map[string]string{
		"permissions.md": Explain(), "policies/trust.json": in.Trust().JSON(),
		"policies/reader.json": in.ReaderPolicy("*").JSON(), "policies/reader-trust.json": in.ReaderTrust().JSON(),
	}
	for _, f := range append([]Feature{Core}, Optional()...) {
		files["policies/"+string(f)+".json"] = in.Policy(f).JSON()
	}
	for name, write := range map[string]func() (string, error){"stint.yaml": in.CloudFormation, "reader.yaml": in.ReaderStack, "stint.tf": in.Terraform} {
		text, err := write()
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	return files
}

// What is shipped is what the table says.
func TestManifests(t *testing.T) {
	t.Parallel()
	const dir = "../../manifests/aws"
	want := manifests(t, example(t))
	for name, text := range want {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v; write it with -update", err)
		}
		if diff := cmp.Diff(text, string(got)); diff != "" {
			t.Errorf("%s: write it anew with -update: %s", name, diff)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err == nil && !d.IsDir() && want[filepath.ToSlash(name)] == "" {
			t.Errorf("%s is written by nobody", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// CloudFormation's intrinsic functions, as far as the template uses them, resolve to the
// policies themselves.
func TestCloudFormationIsThePolicies(t *testing.T) {
	t.Parallel()
	in := example(t)
	for name, in := range map[string]*Installation{"example": in, "narrow": narrow(t)} {
		text, err := in.CloudFormation()
		if err != nil {
			t.Fatal(err)
		}
		doc := parseYAML(t, text)
		values := parameters(doc)
		values["AWS::Partition"], values["AWS::AccountId"], values["AWS::Region"] = in.Partition, in.Account, in.Region
		document := func(resource, property string) any {
			return resolve(t, at(t, doc, "Resources", resource, "Properties", property), values)
		}
		for resource, want := range map[string]Policy{
			"CorePolicy": in.Policy(Core), "GroupsPolicy": in.Policy(Groups), "IamRolesPolicy": in.Policy(IAMRoles), "EventsPolicy": in.Policy(Events), "AnchorsPolicy": in.Policy(Anchors),
		} {
			if diff := cmp.Diff(generic(t, want), document(resource, "PolicyDocument")); diff != "" {
				t.Errorf("%s: %s: %s", name, resource, diff)
			}
		}
		if diff := cmp.Diff(generic(t, in.Trust()), document("ConnectorRole", "AssumeRolePolicyDocument")); diff != "" {
			t.Errorf("%s: trust: %s", name, diff)
		}

		// The StackSet carries the reader's template.
		inner := parseYAML(t, at(t, doc, "Resources", "ReaderRoles", "Properties", "TemplateBody").(string))
		alone, err := in.ReaderStack()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parseYAML(t, alone), inner); diff != "" {
			t.Errorf("%s: the reader's template in the StackSet: %s", name, diff)
		}
		values = parameters(inner)
		values["AWS::Partition"], values["AWS::AccountId"] = in.Partition, "777788889999"
		role := at(t, inner, "Resources", "ReaderRole", "Properties")
		if diff := cmp.Diff(generic(t, in.ReaderTrust()), resolve(t, at(t, role, "AssumeRolePolicyDocument"), values)); diff != "" {
			t.Errorf("%s: the reader's trust: %s", name, diff)
		}
		inline := at(t, role, "Policies").([]any)
		if diff := cmp.Diff(generic(t, in.ReaderPolicy("777788889999")), resolve(t, at(t, inline[0], "PolicyDocument"), values)); diff != "" || len(inline) != 1 {
			t.Errorf("%s: the reader's policy: %s", name, diff)
		}
	}
}

// narrow is an installation in China, in a delegated administrator, with everything named.
func narrow(t *testing.T) *Installation {
	t.Helper()
	in, err := Installation{
		Account: "222222222222", Management: "111111111111", Organization: "o-abcdefghij", Region: "cn-northwest-1",
		InstanceARN: "arn:aws-cn:sso:::instance/ssoins-1234567890abcdef", IdentityStoreID: "d-0987654321", ExternalID: NewExternalID(),
		Principal: "arn:aws-cn:iam::333333333333:user/bot", TagKey: "access", TagValue: "on request", Accounts: []string{"444444444444", "555555555555"},
		DeniedAccounts: []string{"666666666666"}, Groups: []string{"01234567-89ab-cdef-0123-456789abcdef", "11234567-89ab-cdef-0123-456789abcdef"},
		AnchorGroup: "21234567-89ab-cdef-0123-456789abcdef", Units: []string{"ou-abcd-12345678"}, RoleName: "Stint", ReaderRoleName: "StintReader", QueueName: "q", Features: Optional(),
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	return &in
}

// Terraform's interpolations resolve to the policies themselves.
func TestTerraformIsThePolicies(t *testing.T) {
	t.Parallel()
	heredoc := regexp.MustCompile(`(?s)<<-([A-Z]+)\n(.*?)\n  ([A-Z]+)\n`)
	variable := regexp.MustCompile(`(?s)variable "(\w+)" \{.*?default\s+= ([^\n]+)\n`)
	loop := regexp.MustCompile(`\$\{jsonencode\(\[for id in var\.(\w+) : "([^"]*)"\]\)\}`)
	for name, in := range map[string]*Installation{"example": example(t), "narrow": narrow(t)} {
		text, err := in.Terraform()
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]any{"local.partition": in.Partition, "local.account": in.Account, "local.region": in.Region}
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			var v any
			if err := json.Unmarshal([]byte(m[2]), &v); err != nil {
				t.Fatalf("variable %s: %v", m[1], err)
			}
			values["var."+m[1]] = v
		}
		fill := func(s string) string {
			for key, v := range values {
				if value, ok := v.(string); ok {
					s = strings.ReplaceAll(s, "${"+key+"}", value)
				}
			}
			return s
		}
		want := map[string]Policy{
			"TRUST": in.Trust(), "CORE": in.Policy(Core), "GROUPS": in.Policy(Groups), "ROLES": in.Policy(IAMRoles), "EVENTS": in.Policy(Events), "ANCHORS": in.Policy(Anchors),
		}
		for _, m := range heredoc.FindAllStringSubmatch(text, -1) {
			if m[1] != m[3] {
				t.Fatalf("%s: heredoc %s ends with %s", name, m[1], m[3])
			}
			body := loop.ReplaceAllStringFunc(m[2], func(s string) string {
				part := loop.FindStringSubmatch(s)
				var list []string
				for _, id := range values["var."+part[1]].([]any) {
					list = append(list, fill(strings.ReplaceAll(part[2], "${id}", id.(string))))
				}
				b, _ := json.Marshal(list)
				return string(b)
			})
			if m[1] == "READER" {
				alone, err := in.ReaderStack()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(parseYAML(t, alone), parseYAML(t, strings.ReplaceAll(body, "$${", "${"))); diff != "" {
					t.Errorf("%s: the reader's template: %s", name, diff)
				}
				continue
			}
			var got any
			if err := json.Unmarshal([]byte(fill(body)), &got); err != nil {
				t.Fatalf("%s: %s: %v\n%s", name, m[1], err, fill(body))
			}
			if diff := cmp.Diff(generic(t, want[m[1]]), got); diff != "" {
				t.Errorf("%s: %s: %s", name, m[1], diff)
			}
			delete(want, m[1])
		}
		if len(want) != 0 {
			t.Errorf("%s: not in the file: %v", name, want)
		}
	}
}

func generic(t *testing.T, p Policy) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(p.JSON()), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func parseYAML(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return v
}

func at(t *testing.T, v any, path ...string) any {
	t.Helper()
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok || m[key] == nil {
			t.Fatalf("no %v in the template", path)
		}
		v = m[key]
	}
	return v
}

func parameters(doc any) map[string]any {
	values := map[string]any{}
	for name, p := range doc.(map[string]any)["Parameters"].(map[string]any) {
		p := p.(map[string]any)
		values[name] = p["Default"]
		if p["Type"] == "CommaDelimitedList" {
			values[name] = strings.Split(p["Default"].(string), ",")
		}
	}
	return values
}

// resolve evaluates Ref, Fn::Sub, Fn::Join and Fn::Split.
func resolve(t *testing.T, v any, values map[string]any) any {
	t.Helper()
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = resolve(t, v[i], values)
		}
		return out
	case map[string]any:
		if name, ok := v["Ref"].(string); ok {
			var list []any
			for _, s := range values[name].([]string) {
				list = append(list, s)
			}
			return list
		}
		if pattern, ok := v["Fn::Sub"].(string); ok {
			for name, value := range values {
				if s, ok := value.(string); ok {
					pattern = strings.ReplaceAll(pattern, "${"+name+"}", s)
				}
			}
			if strings.Contains(pattern, "${") {
				t.Errorf("unknown in %s", pattern)
			}
			return pattern
		}
		if args, ok := v["Fn::Join"].([]any); ok {
			var parts []string
			for _, p := range resolve(t, args[1], values).([]any) {
				parts = append(parts, p.(string))
			}
			return strings.Join(parts, args[0].(string))
		}
		if args, ok := v["Fn::Split"].([]any); ok {
			var list []any
			for s := range strings.SplitSeq(resolve(t, args[1], values).(string), args[0].(string)) {
				list = append(list, s)
			}
			return list
		}
		out := map[string]any{}
		for key, inner := range v {
			out[key] = resolve(t, inner, values)
		}
		return out
	}
	return v
}
