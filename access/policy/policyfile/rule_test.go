package policyfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/access/policy"
	"stint/access/policy/policyfile"
)

func TestParseRule(t *testing.T) {
	t.Parallel()
	const rule = "name: reads\naccounts: [{ ou: /Staging }]\nroles: [ReadOnly*]\nrequesters: all\napproval: automatic\n"
	want := policy.RuleSpec{
		Name: "reads", Accounts: policy.Accounts{Entries: []policy.AccountMatch{{OU: "/Staging"}}},
		Roles: policy.List{Items: []string{"ReadOnly*"}}, Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true},
	}
	for name, text := range map[string]string{
		"alone":         rule,
		"from a file":   "  - " + strings.ReplaceAll(strings.TrimSpace(rule), "\n", "\n    ") + "\n",
		"in one line":   "{ name: reads, accounts: [{ ou: /Staging }], roles: [ReadOnly*], requesters: all, approval: automatic }",
		"and in groups": strings.Replace(rule, "requesters", "groups: [on-call, \"db-*\"]\nrequesters", 1),
		"with remarks":  "# ours\n" + rule + "# the end\n",
	} {
		got, problems := policyfile.ParseRule([]byte(text))
		want := want
		if name == "and in groups" {
			want.Groups = policy.List{Items: []string{"on-call", "db-*"}}
			if out, err := policyfile.FormatRule(want); err != nil || !strings.Contains(string(out), "groups:\n  - on-call\n  - db-*\n") {
				t.Errorf("%s: written as\n%s\n%v", name, out, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v, difference (-want +got):\n%s", name, problems, diff)
		}
	}
	for text, want := range map[string]string{
		"":                                   `1:1: there is no rule (start with name: and a name)`,
		"# nothing":                          `1:1: there is no rule (start with name: and a name)`,
		"- name: a\n- name: b":               `1:1: write one rule, and not a list of several`,
		"reads":                              `1:1: this must be keys with values, and is text`,
		"rules: []":                          `1:1: there is no key ` + "`rules` here (did you mean `roles`?)",
		"name: a\naccounts: [{ uo: /P }]":    `2:14: there is no key ` + "`uo` here (did you mean `ou`?)",
		"name: a\nmax_duration: 2 hours":     `2:15: "2 hours" is no duration (write it like 30m, 1h or 2d)`,
		"name: a\n\troles: all":              "2:1: this is not YAML: found character '\t' that cannot start any token (YAML is indented with spaces, not tabs)",
		"name: " + strings.Repeat("x", 17e3): `the rule is larger than 16 KiB`,
	} {
		_, problems := policyfile.ParseRule([]byte(text))
		if len(problems) != 1 || problems[0].String() != want {
			t.Errorf("%.40q: %v, want %s", text, problems, want)
		}
	}
	_, problems := policyfile.ParseRule([]byte("accounts: [{ ou: / }, { id: 1 }]\napproval: [{ from: [sre], count: x }]"))
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Path)
	}
	if diff := cmp.Diff([]string{"accounts[1].id", "approval[0].count"}, paths); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}

func TestFormatRule(t *testing.T) {
	t.Parallel()
	rule := policy.RuleSpec{
		Name: "night: # 1", Off: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{{Name: "*-sandbox", Tags: map[string]string{"env": "yes"}}}},
		Roles: policy.List{Items: []string{"null"}}, Requesters: policy.List{All: true}, When: "now.getHours() < 6",
		Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 2}}},
	}
	out, err := policyfile.FormatRule(rule)
	if err != nil {
		t.Fatal(err)
	}
	const want = `name: "night: # 1"
off: true
accounts:
  - name: "*-sandbox"
    tags:
      env: "yes"
roles:
  - "null"
requesters: all
when: "now.getHours() < 6"
approval:
  - from:
      - sre
    count: 2
`
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	if _, err := policyfile.FormatRule(policy.RuleSpec{Name: "a\xff"}); err == nil {
		t.Error("a name that is no text was written")
	}
}

// FuzzParseRule looks for a text that makes the reader panic, hang or contradict itself: what
// was read without a problem can be written and reads back the same.
func FuzzParseRule(f *testing.F) {
	for _, s := range []string{
		"", "name: x\ndeny: true", "- name: x\n", "name: &a x\nwhen: *a", "{name: x, accounts: all, roles: [a*], requesters: all, approval: automatic}",
		"name: x\naccounts: [{ou: /, tags: {a: b}, except: [{id: '1'}]}]", "name: |\n  a\n  b\nmax_duration: 1h30m", "[[[[", "? x\n: y", "name: !!str 1", "---\n...\n---",
		"name: x\nemergency: {max_duration: 1h, debrief_by: [a]}", "\xff", "name: \"\\u2028\"",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rule, problems := policyfile.ParseRule(data)
		for _, p := range problems {
			if p.Message == "" || p.Warning || p.Line < 0 || p.Column < 0 {
				t.Fatalf("%+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		out, err := policyfile.FormatRule(rule)
		if err != nil {
			t.Fatalf("%v\n%+v", err, rule)
		}
		back, problems := policyfile.ParseRule(out)
		if diff := cmp.Diff(rule, back); diff != "" || len(problems) > 0 {
			t.Fatalf("%v, difference (-read +written):\n%s\n%s", problems, diff, out)
		}
	})
}
