package policy_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/access/policy"
)

// TestEvaluatorAgainstReference: on random policies, organizations and facts, Decide and
// Roles say what the slow evaluator says.
func TestEvaluatorAgainstReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		spec := randomPolicy(t)
		p, c := compileRandom(t, spec, w)
		ref := reference{spec, w}
		q := randomQuery(t, w)
		d := p.Decide(c, w, q)
		got := verdict{d.Outcome, d.Rule, d.Certain, len(d.Passed), d.Terms.Channel}
		if want := ref.decide(q); got != want {
			t.Fatalf("Decide says %+v, want %+v: %s", got, want, d.Why)
		}
		if d.Outcome == policy.Allowed {
			checkTerms(t, spec, d.Terms, q)
		}
		if q.Emergency {
			return // lists of roles are for ordinary requests
		}
		for _, r := range p.Roles(c, w, q.Asker, q.Receiver, q.Account, q.At) {
			q.Role = r.Role.ARN
			want := ref.decide(q)
			if r.Outcome != want.Outcome || r.Rule != want.Rule || r.Certain != want.Certain {
				t.Fatalf("Roles says %s %q for %s, want %+v", r.Outcome, r.Rule, r.Role.Name, want)
			}
		}
	})
}

func checkTerms(t *rapid.T, spec policy.Spec, terms policy.Terms, q policy.Query) {
	i := slices.IndexFunc(spec.Rules, func(r policy.RuleSpec) bool { return r.Name == terms.Rule })
	rule := spec.Rules[i]
	want := rule.Approval.Automatic || q.Emergency
	if terms.Automatic != want || terms.Emergency != q.Emergency || want != (len(terms.Steps) == 0) {
		t.Fatalf("terms %+v of rule %+v", terms, rule)
	}
	if len(terms.Durations) == 0 || terms.MaxContinuous < terms.MaxDuration || terms.RequestTTL <= 0 || terms.Reason.MinLength < 1 {
		t.Fatalf("terms %+v are not whole", terms)
	}
	if !slices.IsSorted(terms.Durations) || terms.Durations[len(terms.Durations)-1] > terms.MaxDuration {
		t.Fatalf("presets %v with at most %v", terms.Durations, terms.MaxDuration)
	}
}

// TestNothingOverridesADeny: wherever a deny that matches stands, and whatever else the
// policy says, the answer is denied.
func TestNothingOverridesADeny(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		spec := randomPolicy(t)
		q := randomQuery(t, w)
		d := randomRule(t, "the deny")
		d.Deny, d.Off = true, false
		stripToDeny(&d)
		if (reference{base(d), w}).matches(d, q) == no {
			d.Accounts, d.Roles, d.Requesters, d.When = policy.Accounts{}, policy.List{}, policy.List{}, ""
		}
		spec.Rules = slices.Insert(spec.Rules, rapid.IntRange(0, len(spec.Rules)).Draw(t, "place"), d)
		p, c := compileRandom(t, spec, w)
		if got := p.Decide(c, w, q); got.Outcome != policy.Denied {
			t.Fatalf("%s although rule %q denies: %s", got.Outcome, d.Name, got.Why)
		}
	})
}

// TestOrderAloneDecides: shuffled rules deny the same queries, and of the allows that match
// the first decides.
func TestOrderAloneDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		spec := randomPolicy(t)
		q := randomQuery(t, w)
		p, c := compileRandom(t, spec, w)
		before := p.Decide(c, w, q)

		ref := reference{spec, w}
		var matching []string
		spec.Rules = rapid.Permutation(spec.Rules).Draw(t, "shuffled")
		for _, r := range spec.Rules {
			if !r.Deny && !r.Off && ref.matches(r, q) == yes {
				matching = append(matching, r.Name)
			}
		}
		p, c = compileRandom(t, spec, w)
		after := p.Decide(c, w, q)
		if before.Outcome != after.Outcome {
			t.Fatalf("%s, and shuffled %s", before.Outcome, after.Outcome)
		}
		if after.Outcome == policy.Allowed && after.Rule != matching[0] {
			t.Fatalf("%q decides, but %v match in this order", after.Rule, matching)
		}
	})
}

// TestVersionAndLayout: the version depends on what a policy says.
func TestVersionIsOfTheContent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := randomPolicy(t), randomPolicy(t)
		if same := fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b); same && a.Version() != b.Version() {
			t.Fatal("the same policy has two versions")
		}
		was := a.Version()
		a.Rules = append(a.Rules, anything("one more"))
		if was == a.Version() || len(was) != 12 {
			t.Fatalf("version %q did not change", was)
		}
	})
}

// TestRequestableAgainstDecide: what is counted for all accounts at once is what deciding
// each role finds; with conditions it is at most too much.
func TestRequestableAgainstDecide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		w.data.Accounts[0].Ungrantable = rapid.SampledFrom([]string{"", "not ours"}).Draw(t, "ungrantable")
		spec := randomPolicy(t)
		plain := rapid.Bool().Draw(t, "without conditions")
		for i := range spec.Rules {
			if plain {
				spec.Rules[i].When = ""
			}
		}
		p, c := compileRandom(t, spec, w)
		q := randomQuery(t, w)
		q.Emergency = false
		for i, got := range p.Requestable(c, w, q.Asker, q.Receiver) {
			want := 0
			q.Account = c.Accounts()[i].ID
			for _, r := range c.Roles() {
				q.Role = r.ARN
				if c.Accounts()[i].Ungrantable == "" && p.Decide(c, w, q).Outcome == policy.Allowed {
					want++
				}
			}
			if got < want || plain && got != want {
				t.Fatalf("%d roles in %s, want %d", got, q.Account, want)
			}
		}
	})
}

func compileRandom(t *rapid.T, spec policy.Spec, w *world) (*policy.Policy, *catalog.Catalog) {
	p, problems := policy.Compile(spec, "", w)
	if p == nil {
		t.Fatalf("the policy does not compile: %v", problems)
	}
	c, err := catalog.New(w.data)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

var (
	people   = rapid.SampledFrom([]catalog.PersonID{"ann", "bob", "cat", "dan", "eve"})
	setNames = []string{"sre", "security", "both", "devs", "oncall", "ann"}
)

func randomWorld(t *rapid.T) *world {
	w := newWorld()
	for i := range w.data.Accounts {
		a := &w.data.Accounts[i]
		a.Name = rapid.SampledFrom([]string{"prod-a", "prod-b", "prod-a-sandbox", "staging-a"}).Draw(t, "name")
		a.OUPath = rapid.SampledFrom([]string{"/", "/Prod", "/Production", "/Production/Pay", "/Staging"}).Draw(t, "ou")
		a.TagsUnknown = rapid.IntRange(0, 3).Draw(t, "tags unknown") == 0
		a.Tags = rapid.MapOfN(rapid.SampledFrom([]string{"env", "team"}), rapid.SampledFrom([]string{"prod", "web"}), 0, 2).Draw(t, "tags")
	}
	for _, s := range slices.SortedFunc(maps.Keys(w.members), func(a, b policy.Source) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) }) {
		if rapid.IntRange(0, 4).Draw(t, s.ID+" is lost") == 0 && s.Kind != policy.SourceUserGroup {
			delete(w.members, s)
			continue
		}
		w.members[s] = rapid.SliceOfN(people, 0, 3).Draw(t, s.ID)
		w.unsure[s] = map[catalog.PersonID]bool{people.Draw(t, "unsure"): rapid.Bool().Draw(t, "is")}
	}
	return w
}

func randomQuery(t *rapid.T, w *world) policy.Query {
	q := policy.Query{
		Receiver:  people.Draw(t, "receiver"),
		Account:   rapid.SampledFrom(w.data.Accounts).Draw(t, "account").ID,
		Role:      rapid.SampledFrom(w.data.Roles).Draw(t, "role").ARN,
		At:        noon.Add(time.Duration(rapid.IntRange(0, 7*24).Draw(t, "hours")) * time.Hour),
		Emergency: rapid.IntRange(0, 3).Draw(t, "emergency") == 0,
	}
	q.Asker = q.Receiver
	if rapid.Bool().Draw(t, "on behalf") {
		q.Asker = people.Draw(t, "asker")
	}
	return q
}

func randomPolicy(t *rapid.T) policy.Spec {
	spec := base()
	for i := range rapid.IntRange(0, 6).Draw(t, "rules") {
		spec.Rules = append(spec.Rules, randomRule(t, fmt.Sprintf("rule %d", i)))
	}
	for range rapid.IntRange(0, 2).Draw(t, "channels") {
		spec.Channels = append(spec.Channels, policy.ChannelSpec{
			Accounts: policy.Accounts{Entries: randomEntries(t, 2)}, Channel: "prod-approvals",
		})
	}
	return spec
}

func randomRule(t *rapid.T, name string) policy.RuleSpec {
	r := policy.RuleSpec{
		Name: name, Deny: rapid.IntRange(0, 4).Draw(t, "deny") == 0, Off: rapid.IntRange(0, 5).Draw(t, "off") == 0,
		Accounts:   policy.Accounts{All: true},
		Roles:      policy.List{All: true},
		Requesters: randomSets(t, "requesters"),
		When:       rapid.SampledFrom(slices.Sorted(maps.Keys(conditions))).Draw(t, "when"),
	}
	if rapid.Bool().Draw(t, "some accounts") {
		r.Accounts = policy.Accounts{Entries: randomEntries(t, 2)}
	}
	if rapid.Bool().Draw(t, "some roles") {
		r.Roles = policy.List{Items: rapid.SliceOfN(rapid.SampledFrom([]string{"Read*", "*Access", "PowerUserAccess", "*Only*", "?ower*"}), 1, 2).Draw(t, "roles")}
	}
	if rapid.Bool().Draw(t, "for others") {
		r.OnBehalf = policy.List{Items: []string{rapid.SampledFrom(setNames).Draw(t, "on behalf")}}
	}
	if rapid.Bool().Draw(t, "automatic") {
		r.Approval = policy.ApprovalSpec{Automatic: true}
	} else {
		r.Approval = policy.ApprovalSpec{Steps: []policy.Step{step(1, rapid.SampledFrom(setNames).Draw(t, "from"))}}
	}
	if rapid.Bool().Draw(t, "own terms") {
		r.MaxDuration = policy.Duration(time.Duration(rapid.IntRange(1, 20).Draw(t, "max")) * time.Hour)
		r.Channel = "oncall"
	}
	if rapid.Bool().Draw(t, "emergencies") {
		r.Emergency = &policy.EmergencySpec{MaxDuration: policy.Duration(time.Hour)}
		if rapid.Bool().Draw(t, "of some") {
			r.Emergency.Requesters = randomSets(t, "emergency requesters")
		}
	}
	stripToDeny(&r)
	return r
}

// stripToDeny removes from a deny what only an allow may have, and leaves out what means all.
func stripToDeny(r *policy.RuleSpec) {
	if !r.Deny {
		return
	}
	*r = policy.RuleSpec{Name: r.Name, Off: r.Off, Deny: true, Accounts: r.Accounts, Roles: r.Roles, Requesters: r.Requesters, When: r.When}
	if r.Accounts.All {
		r.Accounts = policy.Accounts{}
	}
	if r.Requesters.All {
		r.Requesters = policy.List{}
	}
}

func randomSets(t *rapid.T, label string) policy.List {
	if rapid.Bool().Draw(t, label+" all") {
		return policy.List{All: true}
	}
	return policy.List{Items: rapid.SliceOfN(rapid.SampledFrom(setNames), 1, 3).Draw(t, label)}
}

func randomEntries(t *rapid.T, depth int) []policy.AccountMatch {
	entries := make([]policy.AccountMatch, rapid.IntRange(1, 2).Draw(t, "entries"))
	for i := range entries {
		e := &entries[i]
		for first := true; first || e.ID+e.Name+e.OU == "" && len(e.Tags) == 0; first = false {
			if rapid.IntRange(0, 3).Draw(t, "id") == 0 {
				e.ID = rapid.SampledFrom([]string{management, payments, tagless}).Draw(t, "id")
			}
			if rapid.IntRange(0, 2).Draw(t, "name") == 0 {
				e.Name = rapid.SampledFrom([]string{"prod-*", "*-sandbox", "*a*", "prod-?", "staging-a"}).Draw(t, "name")
			}
			if rapid.IntRange(0, 2).Draw(t, "ou") == 0 {
				e.OU = rapid.SampledFrom([]string{"/", "/Prod", "/Production", "/Staging"}).Draw(t, "ou")
			}
			if rapid.IntRange(0, 2).Draw(t, "tags") == 0 {
				e.Tags = rapid.MapOfN(rapid.SampledFrom([]string{"env", "team"}), rapid.SampledFrom([]string{"prod", "w*", "*"}), 1, 2).Draw(t, "tags")
			}
		}
		if depth > 0 && rapid.IntRange(0, 2).Draw(t, "except") == 0 {
			e.Except = randomEntries(t, depth-1)
		}
	}
	return entries
}
