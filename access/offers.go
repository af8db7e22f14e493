package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
)

// maxOthers is how many roles that are not for somebody are named beside those that are.
const maxOthers = 5

// AccountChoices are the accounts that fit what was typed so far.
type AccountChoices struct {
	Accounts []catalog.Account // best first; the asker's recent ones first when nothing was typed
	Recent   int               // how many of Accounts, from the front, are recents
	Total    int               // how many fit in all
}

// RoleQuery asks which roles somebody may ask for.
type RoleQuery struct {
	Asker    catalog.PersonID
	Receiver catalog.PersonID // who shall have it; "" for who asks
	Accounts []catalog.AccountID
	Query    string
	Limit    int
}

// RoleChoices are the roles a person may ask for in one of the accounts at least.
type RoleChoices struct {
	Roles []catalog.Role
	In    []int // for each of Roles: in how many of the accounts
	Total int
	// Others are up to five roles that match what was typed and that this person may not
	// ask for in any of the accounts. They are not in Total.
	Others []catalog.Role
	// Why says, when Total is 0 without a query, why nothing can be asked for here and
	// whom to ask.
	Why string
}

// ReceiverChoices are the people for whom somebody may ask, by name.
type ReceiverChoices struct {
	People []Human
	About  []string // for each of People: the address, "" when there is none
	Total  int
}

// Accounts finds accounts by name, id, OU and tag; with nothing typed, the ones this
// person asked for lately come first.
func (s *Service) Accounts(ctx context.Context, asker catalog.PersonID, query string, limit int) (AccountChoices, error) {
	w, err := s.ready()
	if err != nil {
		return AccountChoices{}, err
	}
	active := func(a *catalog.Account) bool { return a.State == catalog.AccountActive }
	hits, total := w.catalog.SearchAccounts(query, limit, active)
	out := AccountChoices{Total: total}
	if query == "" {
		recent, err := s.recentAccounts(ctx, asker)
		if err != nil {
			return out, err
		}
		for _, id := range recent {
			if a, ok := w.catalog.Account(id); ok && active(a) && len(out.Accounts) < limit {
				out.Accounts = append(out.Accounts, *a)
			}
		}
		out.Recent = len(out.Accounts)
	}
	for _, a := range hits {
		if len(out.Accounts) == limit {
			break
		}
		if !slices.ContainsFunc(out.Accounts[:out.Recent], func(r catalog.Account) bool { return r.ID == a.ID }) {
			out.Accounts = append(out.Accounts, *a)
		}
	}
	return out, nil
}

// recentAccounts are the last accounts that a person asked for, newest first.
func (s *Service) recentAccounts(ctx context.Context, person catalog.PersonID) ([]catalog.AccountID, error) {
	var out []catalog.AccountID
	err := s.Store.View(ctx, func(tx Tx) error {
		requests, err := tx.Requests(RequestFilter{Person: person, Limit: 30})
		for _, r := range requests {
			for _, e := range r.Entitlements {
				if e.Account != "" && len(out) < 5 && !slices.Contains(out, e.Account) {
					out = append(out, e.Account)
				}
			}
		}
		return err
	})
	return out, err
}

// Account finds an account by its id.
func (s *Service) Account(id catalog.AccountID) (catalog.Account, bool) {
	c := s.Catalog()
	if c == nil {
		return catalog.Account{}, false
	}
	a, ok := c.Account(id)
	if !ok {
		return catalog.Account{}, false
	}
	return *a, true
}

// Role finds a role by its ARN.
func (s *Service) Role(arn catalog.RoleARN) (catalog.Role, bool) {
	c := s.Catalog()
	if c == nil {
		return catalog.Role{}, false
	}
	r, ok := c.Role(arn)
	if !ok {
		return catalog.Role{}, false
	}
	return *r, true
}

// Roles finds the roles that may be asked for in one of the accounts at least.
func (s *Service) Roles(ctx context.Context, q RoleQuery) (RoleChoices, error) {
	w, err := s.ready()
	if err != nil {
		return RoleChoices{}, err
	}
	var accounts []*catalog.Account
	for _, id := range q.Accounts {
		a, ok := w.catalog.Account(id)
		if !ok {
			return RoleChoices{}, fault.New(fault.NotFound, "access.Roles", "This account is no longer part of the organization.", "Choose another one.").In("account")
		}
		accounts = append(accounts, a)
	}
	grantable := slices.DeleteFunc(slices.Clone(accounts), func(a *catalog.Account) bool { return a.State != catalog.AccountActive || a.Ungrantable != "" })
	open := w.policy.Open(w.catalog, s.Directory.Snapshot(), q.Asker, cmp.Or(q.Receiver, q.Asker), ids(grantable), s.Now())
	in := make(map[catalog.RoleARN]int)
	for i, roles := 0, w.catalog.Roles(); i < len(roles); i++ {
		if open.In[i] > 0 {
			in[roles[i].ARN] = open.In[i]
		}
	}
	hits, total := w.catalog.SearchRoles(q.Query, q.Limit, func(r *catalog.Role) bool { return in[r.ARN] > 0 })
	out := RoleChoices{Total: total}
	for _, r := range hits {
		out.Roles, out.In = append(out.Roles, *r), append(out.In, in[r.ARN])
	}
	if q.Query != "" {
		others, _ := w.catalog.SearchRoles(q.Query, maxOthers, func(r *catalog.Role) bool { return in[r.ARN] == 0 })
		for _, r := range others {
			out.Others = append(out.Others, *r)
		}
	}
	if len(in) == 0 && len(accounts) > 0 {
		out.Why = noRoles(accounts, open.Forbids, s.otherName(q.Asker, q.Receiver)) + s.askAdmins(ctx)
	}
	return out, nil
}

func ids(accounts []*catalog.Account) []catalog.AccountID {
	out := make([]catalog.AccountID, len(accounts))
	for i, a := range accounts {
		out[i] = a.ID
	}
	return out
}

// otherName is the name of whom somebody asks for; "" for themself.
func (s *Service) otherName(asker, receiver catalog.PersonID) string {
	if receiver == "" || receiver == asker {
		return ""
	}
	return s.human(receiver).Name
}

// noRoles says why nothing can be asked for; rule forbids it all, "" for none that does, and
// other is whom it is for, "" for who asks.
func noRoles(accounts []*catalog.Account, rule, other string) string {
	where := accounts[0].Name
	if len(accounts) > 1 {
		where = "any of these accounts"
	} else if accounts[0].Ungrantable != "" {
		return accounts[0].Ungrantable
	}
	if rule != "" {
		return fmt.Sprintf("Rule “%s” forbids every role in %s.", rule, where)
	}
	if other != "" {
		where += " for " + other
	}
	return fmt.Sprintf("No rule lets you request anything in %s.", where)
}

// askAdmins says whom to ask, or nothing when nobody is known.
func (s *Service) askAdmins(ctx context.Context) string {
	admins := s.Admins(ctx)
	if len(admins) == 0 {
		return ""
	}
	var names []string
	for _, a := range admins[:min(len(admins), 3)] {
		names = append(names, a.Name)
	}
	if len(names) == 1 {
		return " Ask " + names[0] + ", who runs Stint here."
	}
	return " Ask " + strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1] + ", who run Stint here."
}

// Receivers finds the people for whom somebody may ask besides themself, by name and
// address; nobody where no rule lets them.
func (s *Service) Receivers(_ context.Context, asker catalog.PersonID, query string, limit int) (ReceiverChoices, error) {
	w, err := s.ready()
	if err != nil {
		return ReceiverChoices{}, err
	}
	may := w.policy.Receivers(s.Directory.Snapshot(), asker)
	if may == nil {
		return ReceiverChoices{}, nil
	}
	type hit struct {
		key    string
		person *catalog.Person
	}
	words := strings.Fields(strings.ToLower(query))
	var hits []hit
	for i, people := 0, w.catalog.People(); i < len(people); i++ {
		if p := &people[i]; !p.Disabled && named(p, words) && may(p.ID) {
			hits = append(hits, hit{strings.ToLower(cmp.Or(p.Name, p.UserName, string(p.ID))), p})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.person.ID, b.person.ID)) })
	out := ReceiverChoices{Total: len(hits)}
	for _, h := range hits[:min(len(hits), limit)] {
		out.People, out.About = append(out.People, s.human(h.person.ID)), append(out.About, h.person.Email)
	}
	return out, nil
}

// named reports whether every word occurs in what a person is called.
func named(p *catalog.Person, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(p.Name + "\n" + p.UserName + "\n" + p.Email)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// AsksForOthers reports whether any rule lets somebody ask for others.
func (s *Service) AsksForOthers(asker catalog.PersonID) bool {
	w, err := s.ready()
	return err == nil && w.policy.Receivers(s.Directory.Snapshot(), asker) != nil
}

// Receiver is a person for whom the asker may ask, with their Slack user, for which Slack may
// have to be asked. Errors: Forbidden with Field "for" when no rule lets the asker or when
// nobody in Slack is that person, Unavailable when Slack cannot be asked.
func (s *Service) Receiver(ctx context.Context, asker, receiver catalog.PersonID) (Human, error) {
	const op = "access.Receiver"
	w, err := s.ready()
	if err != nil {
		return Human{}, err
	}
	may := w.policy.Receivers(s.Directory.Snapshot(), asker)
	if _, known := w.catalog.Person(receiver); !known || may == nil || !may(receiver) {
		return Human{}, fault.New(fault.Forbidden, op, "No rule lets you ask for this person.", "Choose somebody else, or have them ask.").In("for")
	}
	h := s.human(receiver)
	if h.Slack == "" {
		h.Slack, err = s.Directory.Meet(ctx, receiver, formAge)
		if fault.Is(err, fault.NotFound) {
			return h, fault.New(fault.Forbidden, op, said(err), hintOf(err)).In("for")
		}
	}
	return h, err
}

func hintOf(err error) string {
	e := new(fault.Error)
	if !asFault(err, &e) {
		return ""
	}
	return e.Hint
}
