package policyfile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/access/policy"
	"stint/access/policy/policyfile"
)

var update = flag.Bool("update", false, "write the golden files")

// TestLoadGolden reads what is said about each file of testdata, places included.
func TestLoadGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, problems := policyfile.Load("policy.yaml", data, names{})
			if (p == nil) != policy.Refused(problems) {
				t.Errorf("a policy: %v", p != nil)
			}
			var got strings.Builder
			for _, problem := range problems {
				got.WriteString(problem.String() + "\n")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("difference (-want +got):\n%s", diff)
			}
		})
	}
}

// TestExample: the policy that people copy loads without a warning.
func TestExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../examples/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policyfile.Load("policy.yaml", data, names{})
	if p == nil || len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	if n := len(p.Rules()); n != 6 {
		t.Errorf("%d rules", n)
	}
}

// TestLoadLarge: a thousand rules are no problem, and a file full of mistakes is not told of
// each of them.
func TestLoadLarge(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("settings: { email_domains: [example.com], channel: aws-approvals }\nrules:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - { name: %d reads everything, accounts: [{ ou: /Staging, except: [{ name: staging-%d }] }], roles: [ReadOnly, ViewOnlyAccess, PowerUserAccess], "+
			"requesters: all, reason: { min_length: 10, hint: what it is needed for and for whom it is needed }, approval: automatic }\n", i, i)
	}
	p, problems := policyfile.Load("policy.yaml", []byte(text.String()), names{})
	if p == nil || len(p.Rules()) != 1000 {
		t.Fatalf("%v", problems)
	}
	for text, warning := range map[string]bool{"  - { name: a, in: b }\n": false, "  - { person: a, may: b, in: c }\n": true} {
		data := "settings: { email_domains: [example.com], channel: aws-approvals }\nrules: []\nexpect:\n" + strings.Repeat(text, 300)
		p, problems = policyfile.Load("policy.yaml", []byte(data), names{})
		if last := problems[len(problems)-1]; len(problems) != 100 || !strings.HasPrefix(last.Message, "and ") || last.Warning != warning || (p != nil) != warning {
			t.Errorf("%d problems, the last is %+v, a policy %v", len(problems), last, p != nil)
		}
	}
}

func TestLoadTooLarge(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"bytes":  "# " + strings.Repeat("x", 2<<20),
		"depth":  "rules: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"except": "rules: [{ accounts: [" + strings.Repeat("{ except: [", 60) + strings.Repeat("] }", 60) + "] }]",
		"laughs": laughs(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p, problems := policyfile.Load("policy.yaml", []byte(data), names{}); p != nil || !policy.Refused(problems) || len(problems) > 50 {
				t.Errorf("%d problems", len(problems))
			}
		})
	}
}

// laughs names lists of lists of lists, each ten times the one before.
func laughs() string {
	var b strings.Builder
	b.WriteString("settings: &a0 { email_domains: [x] }\nchannels:\n")
	for i := range 8 {
		b.WriteString("  - accounts: &a" + string(rune('1'+i)) + "\n")
		for range 10 {
			if i == 0 {
				b.WriteString("      - { ou: / }\n")
			} else {
				b.WriteString("      - { except: *a" + string(rune('0'+i)) + " }\n")
			}
		}
		b.WriteString("    channel: aws-approvals\n")
	}
	return b.String()
}
