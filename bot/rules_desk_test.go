package bot

import (
	"context"
	"strings"
	"sync"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// desk is the policy behind the rules' area in a test: one in force, and one draft. What it
// says of a draft is what the real compiler says.
type desk struct {
	mu      sync.Mutex
	inForce policy.Spec
	draft   *access.Revision
	edits   int
	slow    chan struct{} // when set, CheckSpec waits for it
}

// newDesk puts a policy in force and gives the fake service a desk.
func (r *rig) newDesk(spec policy.Spec) *desk {
	d := &desk{inForce: spec}
	f := r.fake
	set(f, &f.config, access.ConfigView{Editable: true, InForce: &access.RevisionSummary{ID: "01IN", Number: 4, At: f.now}, Rules: ruleViews(spec)})
	set(f, &f.onRevision, func(context.Context, identity.SlackUserID, access.RevisionID) (access.RevisionView, error) {
		return access.RevisionView{Spec: d.inForce}, nil
	})
	set(f, &f.onDraft, func(context.Context, identity.SlackUserID) (access.DraftView, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.draft == nil {
			d.draft = &access.Revision{ID: "01DR", Version: 1, Spec: d.inForce}
			f.mu.Lock()
			f.config.Draft = &access.RevisionSummary{ID: "01DR"}
			f.mu.Unlock()
		}
		return d.view(), nil
	})
	set(f, &f.onEditDraft, func(_ context.Context, _ identity.SlackUserID, version uint64, spec policy.Spec) (access.DraftView, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.draft == nil || version != d.draft.Version {
			return access.DraftView{}, fault.New(fault.Conflict, "desk.EditDraft", "The draft changed in another window", "")
		}
		d.draft.Version++
		d.draft.Spec = spec
		d.edits++
		f.mu.Lock()
		f.config.Draft = &access.RevisionSummary{ID: "01DR", Changes: d.edits}
		f.mu.Unlock()
		return d.view(), nil
	})
	set(f, &f.onCheckSpec, func(ctx context.Context, _ identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error) {
		if d.slow != nil {
			select {
			case <-d.slow:
			case <-ctx.Done():
			}
		}
		return problemsOf(spec), nil
	})
	r.chooses(map[access.ChoiceKind][]access.Choice{
		access.ChooseOU:        {{Value: "/Production", Label: "/Production", Detail: "212 accounts"}, {Value: "/Development", Label: "/Development"}},
		access.ChooseAccount:   {{Value: prod, Label: "prod-billing", Detail: prod + " · /Production"}},
		access.ChooseTag:       {{Value: "env=prod", Label: "env=prod", Detail: "200 accounts"}},
		access.ChooseRole:      {{Value: "AdministratorAccess", Label: "AdministratorAccess"}, {Value: "ReadOnly", Label: "ReadOnly"}},
		access.ChooseUserGroup: {{Value: "sre", Label: "sre", Detail: "12 members"}, {Value: "oncall", Label: "oncall"}},
		access.ChooseGroup:     {{Value: "Payments Devs", Label: "Payments Devs"}},
		access.ChoosePerson:    {{Value: "sam@example.com", Label: "Sam Sre", Detail: "sam@example.com"}},
		access.ChooseChannel:   {{Value: "prod-approvals", Label: "prod-approvals", Detail: "private"}},
	})
	return d
}

func (d *desk) view() access.DraftView {
	return access.DraftView{Revision: *d.draft, Problems: problemsOf(d.draft.Spec), Rules: ruleViews(d.draft.Spec)}
}

// edited is how often the draft was stored.
func (d *desk) edited() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.edits
}

// spec is what the draft says now.
func (d *desk) spec() policy.Spec {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.draft == nil {
		return d.inForce
	}
	return d.draft.Spec
}

func ruleViews(spec policy.Spec) []access.RuleView {
	var out []access.RuleView
	for _, r := range spec.Rules {
		out = append(out, access.RuleView{
			RuleSummary: policy.RuleSummary{Name: r.Name, Deny: r.Deny, Text: "all accounts · ReadOnly* · everyone"}, Off: r.Off,
			RuleReach: policy.RuleReach{Accounts: 212, Roles: 3, People: 86, PeopleKnown: true},
		})
	}
	return out
}

// places are names that a test's policy may use: everything is there.
type places struct{}

func problemsOf(spec policy.Spec) []policy.Problem {
	_, problems := policy.Compile(spec, "", places{})
	return problems
}

func (places) PersonByEmail(email string) (catalog.PersonID, bool) {
	return catalog.PersonID(email), strings.HasSuffix(email, "@example.com")
}

func (places) GroupByName(n string) (catalog.GroupID, bool, []string) {
	return catalog.GroupID(n), true, nil
}
func (places) Groups() []catalog.Group { return nil }

func (places) UserGroupByHandle(h string) (string, bool, []string) { return h, true, nil }
func (places) ChannelByName(n string) (policy.ChannelInfo, bool, []string) {
	return policy.ChannelInfo{ID: n, Private: true, Joined: true}, true, nil
}
func (places) Accounts() []catalog.Account { return nil }
func (places) Roles() []catalog.Role       { return nil }

func deskSpec() policy.Spec {
	return policy.Spec{
		Settings: policy.SettingsSpec{Channel: "aws-approvals", EmailDomains: []string{"example.com"}, Admins: policy.People{Users: []string{"sue@example.com"}}},
		People:   map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}, "security": {Users: []string{"sue@example.com"}}, "idle": {Users: []string{"otto@example.com"}}},
		Channels: []policy.ChannelSpec{{Accounts: policy.Accounts{Entries: []policy.AccountMatch{{OU: "/Production"}}}, Channel: "prod-approvals"}},
		Rules: []policy.RuleSpec{
			{Name: "never the management account", Deny: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{{ID: "222222222222"}}}},
			{Name: "read-only", Accounts: policy.Accounts{All: true}, Roles: policy.List{Items: []string{"ReadOnly*"}}, Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true}},
			fullRule(),
		},
	}
}

// menu chooses an entry of the menu of the nth rule, channel or set in the list.
func (r *rig) menu(p *slacksim.Person, action string, nth int, what string) {
	r.t.Helper()
	m, _ := p.Modal()
	for _, f := range blockkit.Elements(m.Blocks) {
		if f.ActionID != action {
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		for _, o := range f.Element["options"].([]any) {
			value := o.(map[string]any)["value"].(string)
			if !strings.HasPrefix(value, what+"/") {
				continue
			}
			res, err := p.Press(r.ctx, slacksim.Element{On: slacksim.OnModal(), BlockID: f.BlockID, ActionID: action}, value)
			r.must(err)
			if !res.OK {
				r.t.Fatalf("%s: %+v", what, res)
			}
			return
		}
	}
	r.t.Fatalf("no menu %s with %s in:\n%s", action, what, text(m.Blocks))
}

// send submits the modal on top and fails when Slack or a field refuses.
func (r *rig) send(p *slacksim.Person) {
	r.t.Helper()
	res, err := p.Submit(r.ctx)
	r.must(err)
	if !res.OK || len(res.Errors) > 0 {
		r.t.Fatalf("submit: %+v", res)
	}
}

// chooseAll opens a select of several for a query and leaves these values chosen.
func (r *rig) chooseAll(p *slacksim.Person, block, action, query string, values ...string) {
	r.t.Helper()
	_, res, err := p.Options(r.ctx, el(block, action), query)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("options of %s: %+v", block, res)
	}
	r.fill(p, block, action, values...)
}
