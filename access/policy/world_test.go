package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

// noon is a Monday noon in Berlin.
var noon = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// world is a small organization and workspace to test with: it resolves names and knows
// members.
type world struct {
	data     catalog.Data
	channels map[string]policy.ChannelInfo
	// members by source; a source that is missing is not known.
	members map[policy.Source][]catalog.PersonID
	// unsure are memberships that are not known although the source is.
	unsure map[policy.Source]map[catalog.PersonID]bool
}

var (
	_ policy.Names = (*world)(nil)
	_ policy.Facts = (*world)(nil)
)

func account(id, name, ou string, tags ...string) catalog.Account {
	a := catalog.Account{ID: catalog.AccountID(id), Name: name, OUPath: ou, State: catalog.AccountActive}
	for _, t := range tags {
		k, v, _ := strings.Cut(t, "=")
		if a.Tags == nil {
			a.Tags = map[string]string{}
		}
		a.Tags[k] = v
	}
	return a
}

const (
	management = "111111111111"
	payments   = "222222222222"
	scratch    = "333333333333"
	staging    = "444444444444"
	tagless    = "555555555555" // its tags cannot be read
)

// newWorld has five accounts, four roles, five people, and a user group for each of sre
// (ann, bob), security (cat, dan) and both (ann, cat).
func newWorld() *world {
	blind := account(tagless, "prod-blind", "/Production")
	blind.TagsUnknown = true
	w := &world{
		data: catalog.Data{
			ManagementAccount: management,
			Accounts: []catalog.Account{
				account(management, "management", "/", "env=management"),
				account(payments, "prod-payments", "/Production/Payments", "env=prod", "team=payments"),
				account(scratch, "prod-sandbox", "/Production/Payments", "env=prod"),
				account(staging, "staging-web", "/Staging", "env=staging", "team=web"),
				blind,
			},
		},
		channels: map[string]policy.ChannelInfo{
			"approvals":      {ID: "C1", Joined: true},
			"prod-approvals": {ID: "C2", Joined: true},
			"oncall":         {ID: "C3", Private: true, Joined: true},
			"unjoined":       {ID: "C4", Private: true},
			"shared":         {ID: "C5", Private: true, Shared: true, Joined: true},
			"old":            {ID: "C6", Private: true, Archived: true, Joined: true},
		},
		members: map[policy.Source][]catalog.PersonID{
			userGroup("sre"):      {"ann", "bob"},
			userGroup("security"): {"cat", "dan"},
			userGroup("both"):     {"ann", "cat"},
			{Kind: policy.SourceGroup, ID: "g-payments-devs"}: {"eve"},
			{Kind: policy.SourceChannel, ID: "C3"}:            {"bob"},
		},
		unsure: map[policy.Source]map[catalog.PersonID]bool{},
	}
	for _, name := range []string{"ReadOnlyAccess", "ViewOnlyAccess", "PowerUserAccess", "AdministratorAccess"} {
		w.data.Roles = append(w.data.Roles, catalog.Role{ARN: arn(name), Name: name, SessionDuration: time.Hour})
	}
	for _, id := range []string{"ann", "bob", "cat", "dan", "eve"} {
		w.data.People = append(w.data.People, catalog.Person{
			ID: catalog.PersonID(id), UserName: id, Name: strings.ToUpper(id[:1]) + id[1:], Email: id + "@example.com",
		})
	}
	return w
}

func arn(role string) catalog.RoleARN {
	return catalog.RoleARN("arn:aws:sso:::permissionSet/ssoins-1/" + role)
}

func userGroup(handle string) policy.Source {
	return policy.Source{Kind: policy.SourceUserGroup, ID: "S-" + handle}
}

func (w *world) catalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New(w.data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) PersonByEmail(email string) (catalog.PersonID, bool) {
	id, domain, _ := strings.Cut(email, "@")
	known := slices.ContainsFunc(w.data.People, func(p catalog.Person) bool { return string(p.ID) == id })
	return catalog.PersonID(id), known && domain == "example.com"
}

func (w *world) GroupByName(name string) (catalog.GroupID, bool, []string) {
	if name == "payments-devs" {
		return "g-payments-devs", true, nil
	}
	for _, g := range w.data.Groups {
		if g.Name == name {
			return g.ID, true, nil
		}
	}
	return "", false, catalog.Nearest(name, slices.Values([]string{"payments-devs", "database-admins"}))
}

func (w *world) UserGroupByHandle(handle string) (string, bool, []string) {
	if _, ok := w.members[userGroup(handle)]; ok {
		return "S-" + handle, true, nil
	}
	return "", false, catalog.Nearest(handle, slices.Values([]string{"sre", "security", "both"}))
}

func (w *world) ChannelByName(name string) (policy.ChannelInfo, bool, []string) {
	info, ok := w.channels[name]
	if ok {
		return info, true, nil
	}
	return info, false, catalog.Nearest(name, func(yield func(string) bool) {
		for n := range w.channels {
			if !yield(n) {
				return
			}
		}
	})
}

func (w *world) Accounts() []catalog.Account { return w.data.Accounts }
func (w *world) Roles() []catalog.Role       { return w.data.Roles }
func (w *world) Groups() []catalog.Group     { return w.data.Groups }

func (w *world) In(s policy.Source, p catalog.PersonID) policy.Truth {
	people, known := w.Members(s)
	switch {
	case !known || w.unsure[s][p]:
		return policy.Unknown
	case slices.Contains(people, p):
		return policy.True
	default:
		return policy.False
	}
}

func (w *world) Members(s policy.Source) ([]catalog.PersonID, bool) {
	people, known := w.members[s]
	if !known && s.Kind == policy.SourcePerson {
		return []catalog.PersonID{catalog.PersonID(s.ID)}, true
	}
	return people, known
}

// base is a policy with settings and sets but without rules.
func base(rules ...policy.RuleSpec) policy.Spec {
	return policy.Spec{
		Settings: policy.SettingsSpec{
			Admins:       policy.People{Users: []string{"eve@example.com"}},
			EmailDomains: []string{"example.com"},
			TimeZone:     "Europe/Berlin",
			Channel:      "approvals",
		},
		People: map[string]policy.People{
			"sre":      {SlackUserGroups: []string{"sre"}},
			"security": {SlackUserGroups: []string{"security"}},
			"both":     {SlackUserGroups: []string{"both"}},
			"devs":     {IdentityCenterGroups: []string{"payments-devs"}},
			"oncall":   {SlackChannels: []string{"oncall"}},
			"ann":      {Users: []string{"ann@example.com"}},
		},
		Rules: rules,
	}
}

// anything is an allow of everything to everybody, automatically, changed by the options.
func anything(name string, change ...func(*policy.RuleSpec)) policy.RuleSpec {
	r := policy.RuleSpec{
		Name: name, Accounts: policy.Accounts{All: true}, Roles: policy.List{All: true},
		Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func deny(name string, change ...func(*policy.RuleSpec)) policy.RuleSpec {
	r := policy.RuleSpec{Name: name, Deny: true}
	for _, c := range change {
		c(&r)
	}
	return r
}

func accounts(entries ...policy.AccountMatch) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.Accounts = policy.Accounts{Entries: entries} }
}

func roles(names ...string) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.Roles = policy.List{Items: names} }
}

func requesters(sets ...string) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.Requesters = policy.List{Items: sets} }
}

func onBehalf(sets ...string) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.OnBehalf = policy.List{Items: sets} }
}

func when(condition string) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.When = condition }
}

func steps(s ...policy.Step) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.Approval = policy.ApprovalSpec{Steps: s} }
}

func step(count int, from ...string) policy.Step { return policy.Step{From: from, Count: count} }

func compile(t testing.TB, spec policy.Spec, names policy.Names) *policy.Policy {
	t.Helper()
	p, problems := policy.Compile(spec, "", names)
	if p == nil {
		t.Fatalf("the policy does not compile: %v", problems)
	}
	return p
}

// ask is a query of a person for themselves.
func ask(person, account, role string) policy.Query {
	return policy.Query{
		Asker: catalog.PersonID(person), Receiver: catalog.PersonID(person),
		Account: catalog.AccountID(account), Role: arn(role), At: noon,
	}
}
