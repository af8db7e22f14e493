package policyfile_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	text := rapid.OneOf(
		rapid.StringMatching(`[ -~]{1,20}`),
		rapid.SampledFrom([]string{
			"111111111111", "012", "true", "null", "~", "- x", "a: b", "#", "*", "&a", "!x", "%", "@", "`", "'", `"`, "1e3", "0x1f", ".inf", "2026-01-01",
			"a\nb", "a\n\n  b\n", "ä ö 語", " x ", "x:", "[a]", "{a}", "|", ">", "yes", "no", "y", "=", "\\", "---", "...", "?", "12:30:00",
		}),
	)
	key := rapid.StringMatching(`[\w.:/=+@-]([\w.:/=+@ -]{0,8}[\w.:/=+@-])?`) // what AWS allows in the key of a tag
	texts := rapid.SliceOfN(text, 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		rule := policy.RuleSpec{
			Name: text.Draw(t, "name"),
			Accounts: policy.Accounts{Entries: []policy.AccountMatch{{
				Name: text.Draw(t, "account"), Tags: rapid.MapOfN(key, text, 1, 3).Draw(t, "tags"),
			}}},
			Roles:      policy.List{Items: texts.Draw(t, "roles")},
			Requesters: policy.List{All: true},
			When:       text.Draw(t, "when"),
			Durations:  []policy.Duration{policy.Duration(time.Duration(rapid.IntRange(1, 1e6).Draw(t, "seconds")) * time.Second)},
			Approval:   policy.ApprovalSpec{Steps: []policy.Step{{From: texts.Draw(t, "from"), Count: rapid.IntRange(-2, 5).Draw(t, "count")}}},
			Reason:     policy.ReasonSpec{Pattern: text.Draw(t, "pattern")},
		}
		spec := policy.Spec{
			People: map[string]policy.People{rapid.StringMatching(`[A-Za-z0-9_-]{1,9}`).Draw(t, "set"): {Users: texts.Draw(t, "users")}},
			Rules:  []policy.RuleSpec{rule, {Name: text.Draw(t, "deny"), Deny: true}},
		}
		out, err := policyfile.Format(spec)
		if err != nil {
			t.Fatalf("%v", err)
		}
		back, problems := policyfile.Parse("", out)
		if len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, out)
		}
		if diff := cmp.Diff(spec, back.Spec); diff != "" {
			t.Fatalf("difference (-before +after):\n%s\n%s", diff, out)
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
