package policy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"stint/access/policy"
)

// whole is a policy that says something of everything.
func whole() policy.Spec {
	spec := base(
		deny("never management", accounts(entry{ID: management})),
		anything("reads", roles("ReadOnlyAccess")),
		anything("admin", requesters("sre"), steps(step(1, "sre")), func(r *policy.RuleSpec) {
			r.MaxDuration = policy.Duration(2 * time.Hour)
			r.Reason = policy.ReasonSpec{Pattern: "INC-[0-9]+", Hint: "incident number"}
			r.Emergency = &policy.EmergencySpec{MaxDuration: policy.Duration(time.Hour)}
		}),
		anything("power", roles("Power*"), requesters("devs")),
	)
	spec.Channels = []policy.ChannelSpec{{Accounts: list(entry{OU: "/Production"}), Channel: "prod-approvals"}}
	spec.Expect = []policy.Expectation{{Person: "ann@example.com", May: "ReadOnlyAccess", In: "prod-payments"}}
	return spec
}

func clone(spec policy.Spec) policy.Spec {
	data, err := json.Marshal(spec)
	if err != nil {
		panic(err)
	}
	var out policy.Spec
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

func say(spec policy.Spec) string {
	data, err := json.MarshalIndent(spec, "", " ")
	if err != nil {
		panic(err)
	}
	return string(data)
}

// mutation is one change that somebody may make to whole.
type mutation struct {
	name  string // of what it changes: two of one name contradict one another
	apply func(*policy.Spec)
	title string // what Diff calls it
	kind  policy.ChangeKind
}

func find(spec *policy.Spec, name string) *policy.RuleSpec {
	i := slices.IndexFunc(spec.Rules, func(r policy.RuleSpec) bool { return r.Name == name })
	return &spec.Rules[i]
}

func ofRule(rule, field string, kind policy.ChangeKind, change func(r *policy.RuleSpec)) mutation {
	return mutation{rule + "." + field, func(s *policy.Spec) { change(find(s, rule)) }, "rule “" + rule + "”: " + field, kind}
}

// mutations are changes of which any two of different names go together. n makes the new
// value another one.
func mutations(n int) []mutation {
	hours := policy.Duration(time.Duration(n+3) * time.Hour)
	text := fmt.Sprintf("text %d", n)
	return []mutation{
		{"settings.time_zone", func(s *policy.Spec) { s.Settings.TimeZone = []string{"UTC", "Asia/Tokyo"}[n] }, "settings: time_zone", policy.Altered},
		{"settings.request_ttl", func(s *policy.Spec) { s.Settings.RequestTTL = hours }, "settings: request_ttl", policy.Added},
		{"settings.admins.users", func(s *policy.Spec) { s.Settings.Admins.Users = []string{text} }, "settings: admins.users", policy.Altered},
		{"settings.second_admin", func(s *policy.Spec) { s.Settings.SecondAdmin = true }, "settings: second_admin", policy.Added},
		{"channels", func(s *policy.Spec) { s.Channels[0].Channel = text }, "channels, entry 1", policy.Altered},
		{"people.sre", func(s *policy.Spec) { s.People["sre"] = policy.People{SlackUserGroups: []string{text}} }, "people set `sre`: slack_usergroups", policy.Altered},
		{"people.new", func(s *policy.Spec) { s.People["new"] = policy.People{Users: []string{text}} }, "people set `new`", policy.Added},
		{"people.oncall", func(s *policy.Spec) { delete(s.People, "oncall") }, "people set `oncall`", policy.Removed},
		ofRule("reads", "off", policy.Added, func(r *policy.RuleSpec) { r.Off = true }),
		ofRule("reads", "roles", policy.Altered, func(r *policy.RuleSpec) { r.Roles.Items = append(r.Roles.Items, text) }),
		ofRule("reads", "requesters", policy.Altered, func(r *policy.RuleSpec) { r.Requesters = policy.List{Items: []string{text}} }),
		ofRule("admin", "accounts", policy.Altered, func(r *policy.RuleSpec) { r.Accounts = list(entry{Name: text}) }),
		ofRule("admin", "approval", policy.Altered, func(r *policy.RuleSpec) { r.Approval.Steps = append(r.Approval.Steps, step(n+1, "both")) }),
		ofRule("admin", "max_duration", policy.Altered, func(r *policy.RuleSpec) { r.MaxDuration = hours }),
		ofRule("admin", "reason.hint", policy.Altered, func(r *policy.RuleSpec) { r.Reason.Hint = text }),
		ofRule("admin", "emergency.per_day", policy.Added, func(r *policy.RuleSpec) { r.Emergency.PerDay = n + 1 }),
		{"rule new", func(s *policy.Spec) { s.Rules = append(s.Rules, anything("new", when(text))) }, "rule “new”", policy.Added},
		{"rule power", func(s *policy.Spec) {
			s.Rules = slices.DeleteFunc(s.Rules, func(r policy.RuleSpec) bool { return r.Name == "power" })
		}, "rule “power”", policy.Removed},
		{"order", func(s *policy.Spec) {
			i := slices.IndexFunc(s.Rules, func(r policy.RuleSpec) bool { return r.Name == "never management" })
			r := s.Rules[i]
			s.Rules = slices.Delete(s.Rules, i, i+1)
			j := slices.IndexFunc(s.Rules, func(r policy.RuleSpec) bool { return r.Name == "admin" })
			s.Rules = slices.Insert(s.Rules, j+1, r)
		}, "rule “never management”", policy.Moved},
	}
}

func someMutations(n int, label string) *rapid.Generator[[]mutation] {
	return rapid.Custom(func(t *rapid.T) []mutation {
		all := rapid.Permutation(mutations(n)).Draw(t, label)
		return all[:rapid.IntRange(0, len(all)).Draw(t, label+" count")]
	})
}

func mutate(spec policy.Spec, all []mutation) policy.Spec {
	out := clone(spec)
	for _, m := range all {
		m.apply(&out)
	}
	return out
}
