package bot

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// fakeForm is what the form is answered with.
type fakeForm struct {
	decision policy.Decision // of everything that is not closed and has none of its own
	problem  error           // why nobody could decide
	// decisions are those of single entitlements, by Role@Account.
	decisions map[string]policy.Decision
	urgent    *policy.Terms // of emergencies; nil: there are none
	live      map[string]*access.Grant
	pending   map[string]*access.Request
	standing  map[string]bool
	themself  bool                // receivers could ask for what is refused
	used      *access.Emergencies // what an emergency finds used
	later     []access.Human      // who alone completes a part, once it escalates
	receivers []access.Human
	alias     map[string]string // what an account is called besides
	asked     []access.PreviewInput

	rolesWhy string
	notReady error                      // of Accounts: nobody can ask for anything
	closed   map[catalog.RoleARN]string // roles that nobody can ask for, and why
}

func at(e access.Entitlement) string {
	return string(e.Role) + "@" + string(e.Account) + string(e.Group)
}

func (f *fakeService) Accounts(_ context.Context, _ catalog.PersonID, query string, limit int) (access.AccountChoices, error) {
	f.count("Accounts")
	var c access.AccountChoices
	if err := get(f, &f.notReady); err != nil {
		return c, err
	}
	query = cmp.Or(get(f, &f.alias)[query], query)
	for _, a := range f.accounts {
		if strings.Contains(strings.ToLower(a.Name+" "+string(a.ID)), strings.ToLower(query)) {
			c.Total++
			if len(c.Accounts) < limit {
				c.Accounts = append(c.Accounts, a)
			}
		}
	}
	return c, nil
}

func (f *fakeService) Account(id catalog.AccountID) (catalog.Account, bool) {
	for _, a := range f.accounts {
		if a.ID == id {
			return a, true
		}
	}
	return catalog.Account{}, false
}

func (f *fakeService) Role(arn catalog.RoleARN) (catalog.Role, bool) {
	for _, r := range f.roles {
		if r.ARN == arn {
			return r, true
		}
	}
	return catalog.Role{}, false
}

func (f *fakeService) Roles(_ context.Context, q access.RoleQuery) (access.RoleChoices, error) {
	f.count("Roles")
	c := access.RoleChoices{Why: get(f, &f.rolesWhy)}
	for _, r := range f.roles {
		in := 0
		for _, a := range q.Accounts {
			if f.decide(access.RoleIn(a, r.ARN), false).Outcome == policy.Allowed {
				in++
			}
		}
		switch {
		case !strings.Contains(strings.ToLower(r.Name), strings.ToLower(q.Query)):
		case in == 0 && q.Query != "":
			c.Others = append(c.Others, r)
		case in > 0 && c.Why == "":
			c.Total++
			if len(c.Roles) < q.Limit {
				c.Roles, c.In = append(c.Roles, r), append(c.In, in)
			}
		}
	}
	return c, nil
}

// decide answers for one entitlement.
func (f *fakeService) decide(e access.Entitlement, emergency bool) policy.Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	if why := f.closed[e.Role]; why != "" {
		return policy.Decision{Outcome: policy.NotRequestable, Why: why}
	}
	d, ok := f.decisions[at(e)]
	if !ok {
		d = f.decision
	}
	if emergency && d.Outcome == policy.Allowed {
		if f.urgent == nil {
			return policy.Decision{Outcome: policy.NotRequestable, Why: "No rule lets you in at once"}
		}
		d.Terms = *f.urgent
	}
	return d
}

func (f *fakeService) Preview(_ context.Context, in access.PreviewInput) (access.Preview, error) {
	f.count("Preview")
	f.mu.Lock()
	f.asked = append(f.asked, in)
	f.mu.Unlock()
	var p access.Preview
	for _, e := range in.Entitlements {
		i := access.PreviewItem{ItemView: f.itemOf(e), Decision: f.decide(e, in.Emergency), Live: get(f, &f.live)[at(e)], Pending: get(f, &f.pending)[at(e)], Standing: get(f, &f.standing)[at(e)]}
		if get(f, &f.urgent) != nil && f.decide(e, true).Outcome == policy.Allowed {
			p.Emergency++
		}
		if i.Decision.Outcome != policy.Allowed {
			i.Themself = get(f, &f.themself) && in.Receiver != ""
			i.Problem = fault.New(fault.Forbidden, "fake.Preview", i.Decision.Why, "").In("role")
		} else {
			f.part(&p, &i)
		}
		p.Items = append(p.Items, i)
	}
	return p, nil
}

func (f *fakeService) part(p *access.Preview, i *access.PreviewItem) {
	n := slices.IndexFunc(p.Parts, func(part access.PreviewPart) bool {
		return reflect.DeepEqual(part.Decision.Terms, i.Decision.Terms)
	})
	if n < 0 {
		n = len(p.Parts)
		part := access.PreviewPart{Decision: i.Decision, Channel: identity.ChannelID(i.Decision.Terms.Channel), Problem: get(f, &f.problem), Later: get(f, &f.later)}
		if i.Decision.Terms.Emergency {
			part.Emergencies = get(f, &f.used)
		}
		if !i.Decision.Terms.Automatic {
			part.Approvers = f.approver
		}
		p.Parts = append(p.Parts, part)
	}
	p.Parts[n].Items = append(p.Parts[n].Items, i.ItemView)
	i.Problem = p.Parts[n].Problem
}

func (f *fakeService) AsksForOthers(catalog.PersonID) bool { return len(get(f, &f.receivers)) > 0 }

func (f *fakeService) Receivers(_ context.Context, _ catalog.PersonID, query string, limit int) (c access.ReceiverChoices, _ error) {
	for _, h := range get(f, &f.receivers) {
		if strings.Contains(strings.ToLower(h.Name), strings.ToLower(query)) && len(c.People) < limit {
			c.People, c.About, c.Total = append(c.People, h), append(c.About, strings.ToLower(h.Name)+"@example.com"), c.Total+1
		}
	}
	return c, nil
}

func (f *fakeService) Receiver(_ context.Context, _, receiver catalog.PersonID) (access.Human, error) {
	for _, h := range get(f, &f.receivers) {
		if h.Person == receiver {
			return h, nil
		}
	}
	return access.Human{}, fault.New(fault.Forbidden, "fake.Receiver", "No rule lets you ask for this person", "Choose somebody else.").In("for")
}
