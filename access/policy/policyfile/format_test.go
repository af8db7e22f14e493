package policyfile_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"stint/access/policy"
	"stint/access/policy/policyfile"
)

func TestFormatKeepsTheExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../examples/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, problems := policyfile.Parse("policy.yaml", data)
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	out, err := policyfile.Format(before.Spec)
	if err != nil {
		t.Fatal(err)
	}
	after, problems := policyfile.Parse("policy.yaml", out)
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, out)
	}
	if diff := cmp.Diff(before.Spec, after.Spec); diff != "" {
		t.Errorf("difference (-before +after):\n%s", diff)
	}
}

// TestFormatRoundTrip: whatever text a policy holds, what is written reads back the same.
func TestFormatRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := anySpec(t)
		out, err := policyfile.Format(spec)
		if err != nil {
			t.Fatalf("%v", err)
		}
		back, problems := policyfile.Parse("", out)
		if len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, out)
		}
		if diff := cmp.Diff(spec, back.Spec, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("difference (-before +after):\n%s\n%s", diff, out)
		}
		for _, rule := range spec.Rules {
			out, err := policyfile.FormatRule(rule)
			if err != nil {
				t.Fatalf("%v", err)
			}
			if back, problems := policyfile.ParseRule(out); len(problems) > 0 || !cmp.Equal(rule, back, cmpopts.EquateEmpty()) {
				t.Fatalf("%v\n%s", problems, out)
			}
		}
	})
}

// FuzzLoad looks for a file that makes the reader panic, hang or contradict itself.
func FuzzLoad(f *testing.F) {
	seeds := []string{"", "rules: []", "a: &a [*a]", "rules: [{name: x, deny: true}]", "settings: {durations: [1h, 30m]}", "--- \n---\n", "? a\n: b", "<<: {a: b}", "rules: !!seq []", "\t", "\xff", "people: {x: {users: [1]}}"}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	if data, err := os.ReadFile("../../../examples/policy.yaml"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, problems := policyfile.Load("policy.yaml", data, names{})
		if (p == nil) != policy.Refused(problems) {
			t.Fatalf("a policy %v with problems %v", p != nil, problems)
		}
		if p == nil {
			return
		}
		file, _ := policyfile.Parse("policy.yaml", data)
		if file.Spec.Version() != p.Version() {
			t.Fatal("the version is not that of the spec")
		}
	})
}
