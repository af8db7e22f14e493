package access

import (
	"context"
	"fmt"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// catalogPage is how many entries a page of the catalog has.
const catalogPage = 10

// CatalogQuery selects entries of the catalog.
type CatalogQuery struct {
	Kind CatalogKind
	Text string
	In   string // what they belong to: an OU for accounts, an account for IAM roles
	Page int    // from 0
}

// CatalogPage is a page of entries.
type CatalogPage struct {
	Entries []CatalogEntry
	Total   int
	Page    int
	Pages   int
	InName  string       // what they belong to, by name
	Asked   CatalogQuery // as it was understood
}

// CatalogPart is one part of the catalog: how much there is, how old it is, how far it is
// being read.
type CatalogPart struct {
	Kind  CatalogKind // "" for a part that cannot be listed by itself
	Name  string
	Count int
	AsOf  time.Time // of its oldest piece; zero: never read
	Note  string    // what is missing, or why; "" for nothing
	OK    bool
}

// CatalogOverview is what the catalog holds.
type CatalogOverview struct {
	Parts    []CatalogPart
	Syncing  bool
	Progress SyncProgress
	Problem  string // why the last sync failed; "" when it did not
	// IAMRoles is set where the IAM roles of member accounts are read; ReadIAMRolesNow does.
	IAMRoles bool
}

// browser is the catalog in force, for people; Unavailable before the first sync.
func (s *Service) browser(ctx context.Context) (CatalogBrowser, error) {
	w := s.world.Load()
	if w.catalog == nil {
		return CatalogBrowser{}, fault.New(fault.Unavailable, "access.browser", "The AWS organization was not read yet.", "Try again in a minute.")
	}
	b := CatalogBrowser{
		Catalog: w.catalog, Faces: s.Directory,
		IAMRoles: func(id catalog.AccountID) (catalog.AccountRoles, time.Time, bool) { return s.IAMRolesOf(ctx, id) },
	}
	if s.IAMRoles.Reader == nil {
		b.NoIAMRoles, _ = s.iamStatus(ctx)
	}
	if w.policy != nil {
		b.Sets = namedSets(w.policy.Spec())
	}
	return b, nil
}

// namedSets are the sets of a policy, and its admins.
func namedSets(spec policy.Spec) map[string]policy.People {
	out := map[string]policy.People{"the admins": spec.Settings.Admins}
	for name, set := range spec.People {
		out[name] = set
	}
	return out
}

// CatalogList lists a page of the catalog, for admins.
func (s *Service) CatalogList(ctx context.Context, user identity.SlackUserID, q CatalogQuery) (CatalogPage, error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return CatalogPage{}, err
	}
	b, err := s.browser(ctx)
	if err != nil {
		return CatalogPage{}, err
	}
	all, err := b.List(q.Kind, q.Text, q.In)
	if err != nil {
		return CatalogPage{}, err
	}
	p := CatalogPage{Total: len(all), Pages: max(1, (len(all)+catalogPage-1)/catalogPage), InName: b.unitPath(q.In), Asked: q}
	p.Page = min(max(q.Page, 0), p.Pages-1)
	p.Entries = all[min(p.Page*catalogPage, len(all)):min((p.Page+1)*catalogPage, len(all))]
	if a, ok := b.Catalog.Account(catalog.AccountID(q.In)); ok {
		p.InName = a.Name
	}
	return p, nil
}

// CatalogShow is all that is known of one thing, for admins; NotFound when it is gone.
func (s *Service) CatalogShow(ctx context.Context, user identity.SlackUserID, kind CatalogKind, id string) (CatalogDetail, error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return CatalogDetail{}, err
	}
	b, err := s.browser(ctx)
	if err != nil {
		return CatalogDetail{}, err
	}
	return b.Detail(kind, id)
}

// CatalogParts says what the catalog holds and how old each part is, for admins.
func (s *Service) CatalogParts(ctx context.Context, user identity.SlackUserID) (CatalogOverview, error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return CatalogOverview{}, err
	}
	var v CatalogOverview
	v.Syncing, v.Progress, v.Problem = s.sync.state()
	c := s.Catalog()
	if c == nil {
		return v, nil
	}
	n, asOf := c.Counts(), c.AsOf()
	v.Parts = append(v.Parts,
		CatalogPart{Kind: KindAccount, Name: "Accounts", Count: n.Accounts, AsOf: asOf, OK: true, Note: cannotBeAsked(c.Accounts(), func(a *catalog.Account) bool { return accountEntry(a).Trouble != "" })},
		CatalogPart{Kind: KindOU, Name: "OUs", Count: len(c.OUPaths()), AsOf: asOf, OK: true},
		rolesPart(c), CatalogPart{Kind: KindPerson, Name: "People", Count: n.People, AsOf: asOf, OK: true, Note: disabledPeople(c)}, groupsPart(c))
	v.IAMRoles = s.IAMRoles.Reader != nil
	words, ok := s.iamStatus(ctx)
	v.Parts = append(v.Parts, CatalogPart{Name: "IAM roles", Note: words, OK: ok})
	return v, nil
}

func cannotBeAsked[T any](all []T, is func(*T) bool) string {
	n := 0
	for i := range all {
		if is(&all[i]) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Of these, %d cannot be asked for; each says why.", n)
}

func disabledPeople(c *catalog.Catalog) string {
	n := 0
	for i := range c.People() {
		if c.People()[i].Disabled {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of these disabled.", n)
}

// rolesPart also says how old the details are that are refreshed in turn.
func rolesPart(c *catalog.Catalog) CatalogPart {
	p := CatalogPart{Kind: KindRole, Name: "Roles", Count: len(c.Roles()), AsOf: c.AsOf(), OK: true, Note: cannotBeAsked(c.Roles(), func(r *catalog.Role) bool { return r.Ungrantable != "" })}
	unread := 0
	for i := range c.Roles() {
		if !c.Roles()[i].DetailsRead() {
			unread++
		}
	}
	if unread > 0 {
		if p.Note != "" {
			p.Note += " "
		}
		p.Note += fmt.Sprintf("Tags and policies of %d are still to be read.", unread)
	}
	return p
}

// groupsPart counts the groups whose members are read: those that a rule or set names.
func groupsPart(c *catalog.Catalog) CatalogPart {
	p := CatalogPart{Kind: KindGroup, Name: "Groups", Count: len(c.Groups()), AsOf: c.AsOf(), OK: true}
	read := 0
	for i := range c.Groups() {
		if !c.Groups()[i].MembersAsOf.IsZero() {
			read++
		}
	}
	p.Note = "Members are read only of those that rules or sets name."
	if read > 0 {
		p.Note = fmt.Sprintf("Members are read of those that rules or sets name, %d now.", read)
	}
	return p
}
