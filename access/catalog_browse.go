package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// CatalogKind is a kind of thing that the catalog holds.
type CatalogKind string

// The kinds.
const (
	KindAccount CatalogKind = "account"
	KindOU      CatalogKind = "ou"
	KindRole    CatalogKind = "role"
	KindPerson  CatalogKind = "person"
	KindGroup   CatalogKind = "group"
	KindIAMRole CatalogKind = "iam_role"
)

// CatalogEntry is one thing of the catalog as a list shows it.
type CatalogEntry struct {
	Kind CatalogKind `json:"kind"`
	ID   string      `json:"id"`
	Name string      `json:"name"`
	// Line says what tells it from others: "111111111111 · /Production".
	Line string `json:"line,omitempty"`
	// Trouble says why nothing can be asked for with it; "" when that is not so.
	Trouble string `json:"trouble,omitempty"`
}

// CatalogField is one fact about a thing. One of Value, Values, Text and At says it.
type CatalogField struct {
	Label  string    `json:"label"`
	Value  string    `json:"value,omitempty"`
	Values []string  `json:"values,omitempty"`
	Left   int       `json:"left,omitempty"` // how many are not in Values
	At     time.Time `json:"at,omitzero"`
	Text   string    `json:"text,omitempty"` // a document, in lines of its own
	// Slack is the Slack user that Value names, if it names one.
	Slack identity.SlackUserID `json:"slack,omitempty"`
}

// CatalogDetail is all that is known of one thing.
type CatalogDetail struct {
	CatalogEntry
	Fields []CatalogField `json:"fields"`
	// More are lists that belong to it: the accounts of an OU, the IAM roles of an account.
	More []CatalogMore `json:"more,omitempty"`
}

// CatalogMore is a list that belongs to a thing.
type CatalogMore struct {
	Kind  CatalogKind `json:"kind"`
	In    string      `json:"in"` // id of what it belongs to
	Count int         `json:"count"`
}

// CatalogFaces says what Slack knows of people; identity.Directory does.
type CatalogFaces interface {
	SlackOf(person catalog.PersonID) (identity.SlackUserID, bool)
	SlackUser(user identity.SlackUserID) (f identity.SlackFacts, known bool)
	Snapshot() *identity.Snapshot
}

// CatalogBrowser looks things up in a catalog, for people.
type CatalogBrowser struct {
	Catalog *catalog.Catalog // required
	Faces   CatalogFaces     // nil: nothing is known of Slack
	Sets    map[string]policy.People
	// IAMRoles finds what was read of an account; nil: nothing was.
	IAMRoles func(catalog.AccountID) (a catalog.AccountRoles, asOf time.Time, known bool)
	// NoIAMRoles says why they are not read.
	NoIAMRoles string
}

// shownValues bounds a list of values within a detail.
const shownValues = 40

// List lists what fits: by what was typed and, with in, what belongs to that: accounts of an
// OU (all below it too), IAM roles of an account.
func (b CatalogBrowser) List(kind CatalogKind, text, in string) ([]CatalogEntry, error) {
	c := b.Catalog
	switch kind {
	case KindAccount:
		in = b.unitPath(in)
		hits, _ := c.SearchAccounts(text, 0, func(a *catalog.Account) bool {
			return in == "" || in == "/" || a.OUPath == in || strings.HasPrefix(a.OUPath, in+"/")
		})
		return entriesOf(hits, accountEntry), nil
	case KindRole:
		hits, _ := c.SearchRoles(text, 0, nil)
		return entriesOf(hits, roleEntry), nil
	case KindOU:
		return fitting(b.units(), text), nil
	case KindPerson:
		var out []CatalogEntry
		for i := range c.People() {
			if p := &c.People()[i]; saysAny(text, p.Name, p.UserName, p.Email, string(p.ID)) {
				out = append(out, personEntry(p))
			}
		}
		return out, nil
	case KindGroup:
		var out []CatalogEntry
		for i := range c.Groups() {
			out = append(out, groupEntry(&c.Groups()[i]))
		}
		return fitting(out, text), nil
	case KindIAMRole:
		return b.iamRoles(catalog.AccountID(in), text)
	}
	return nil, fault.Newf(fault.Invalid, "access.CatalogBrowser", "", "the catalog has nothing of kind %q", string(kind))
}

// Detail is all that is known of one thing; NotFound when it is gone.
func (b CatalogBrowser) Detail(kind CatalogKind, id string) (CatalogDetail, error) {
	c := b.Catalog
	switch kind {
	case KindAccount:
		if a, ok := c.Account(catalog.AccountID(id)); ok {
			return b.account(a), nil
		}
	case KindRole:
		if r, ok := c.Role(catalog.RoleARN(id)); ok {
			return roleDetail(r), nil
		}
	case KindPerson:
		if p, ok := c.Person(catalog.PersonID(id)); ok {
			return b.person(p), nil
		}
	case KindGroup:
		if g, ok := c.Group(catalog.GroupID(id)); ok {
			return b.group(g), nil
		}
	case KindOU:
		for _, u := range b.units() {
			if u.ID == id || u.Name == id {
				return b.unit(u), nil
			}
		}
	case KindIAMRole:
		account, name, _ := strings.Cut(id, "/")
		if a, asOf, known := b.iamRolesOf(catalog.AccountID(account)); known {
			for i := range a.Roles {
				if r := &a.Roles[i]; r.Name == name {
					return iamRoleDetail(r, asOf), nil
				}
			}
		}
	}
	return CatalogDetail{}, fault.New(fault.NotFound, "access.CatalogBrowser", "This is no longer part of the organization.", "Look for it anew.")
}

func entriesOf[T any](hits []*T, entry func(*T) CatalogEntry) []CatalogEntry {
	out := make([]CatalogEntry, len(hits))
	for i, h := range hits {
		out[i] = entry(h)
	}
	return out
}

// fitting keeps the entries whose name, id or line has what was typed in it.
func fitting(all []CatalogEntry, text string) []CatalogEntry {
	return slices.DeleteFunc(all, func(e CatalogEntry) bool { return !saysAny(text, e.Name, e.ID, e.Line) })
}

func saysAny(text string, in ...string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}

func accountEntry(a *catalog.Account) CatalogEntry {
	e := CatalogEntry{Kind: KindAccount, ID: string(a.ID), Name: a.Name, Line: string(a.ID) + " · " + a.OUPath, Trouble: a.Ungrantable}
	if a.State != catalog.AccountActive {
		e.Trouble = "The account is " + stateWord(a.State) + "."
	}
	return e
}

func stateWord(s catalog.AccountState) string {
	return strings.ReplaceAll(strings.ToLower(string(s)), "_", " ")
}

func (b CatalogBrowser) account(a *catalog.Account) CatalogDetail {
	d := CatalogDetail{CatalogEntry: accountEntry(a)}
	d.add("Account id", string(a.ID))
	d.add("State", stateWord(a.State))
	d.add("OU", a.OUPath)
	d.add("E-mail", a.Email)
	if a.ID == b.Catalog.ManagementAccount() {
		d.add("Special", "the organization's management account")
	}
	d.tags(a.Tags, a.TagsUnknown)
	d.add("Cannot be asked for", d.Trouble)
	switch found, asOf, known := b.iamRolesOf(a.ID); {
	case known && found.Problem != "":
		d.add("IAM roles", found.Problem)
		d.Fields = append(d.Fields, CatalogField{Label: "IAM roles tried", At: asOf})
	case known:
		d.add("IAM roles", counted(len(found.Roles), "role"))
		d.Fields = append(d.Fields, CatalogField{Label: "IAM roles read", At: asOf})
		if len(found.Roles) > 0 {
			d.More = append(d.More, CatalogMore{Kind: KindIAMRole, In: string(a.ID), Count: len(found.Roles)})
		}
	default:
		d.add("IAM roles", cmp.Or(b.NoIAMRoles, "Not read yet."))
	}
	return d
}

func roleEntry(r *catalog.Role) CatalogEntry {
	line := "sessions of " + spell(r.SessionDuration)
	if r.Description != "" {
		line += " · " + r.Description
	}
	return CatalogEntry{Kind: KindRole, ID: string(r.ARN), Name: r.Name, Line: line, Trouble: r.Ungrantable}
}

func roleDetail(r *catalog.Role) CatalogDetail {
	d := CatalogDetail{CatalogEntry: roleEntry(r)}
	d.add("Description", r.Description)
	d.add("Sessions last", spell(r.SessionDuration))
	if r.DetailsAsOf.IsZero() {
		d.add("Tags and policies", "Not read yet.")
	} else {
		d.tags(r.Tags, r.TagsUnknown)
		d.list("Policies", r.Policies)
		d.inline(r.Inline)
		d.list("AWS does not let Stint's role", r.Refused)
		d.Fields = append(d.Fields, CatalogField{Label: "Tags and policies read", At: r.DetailsAsOf})
	}
	d.add("Cannot be asked for", r.Ungrantable)
	d.add("ARN", string(r.ARN))
	return d
}

// inline says what the policy allows that is written into a role.
func (d *CatalogDetail) inline(p *catalog.InlinePolicy) {
	const label = "Policy of its own"
	if p == nil {
		d.add(label, "Not read yet.")
		return
	}
	if p.Empty() {
		return
	}
	d.add(label, p.Words())
	text := CatalogField{Label: "Its text", Text: p.Lines()}
	if p.Cut() {
		text.Label = fmt.Sprintf("Its text, the first %d of %d bytes", len(p.Text), p.Size)
	}
	d.Fields = append(d.Fields, text)
}

func personEntry(p *catalog.Person) CatalogEntry {
	e := CatalogEntry{Kind: KindPerson, ID: string(p.ID), Name: cmp.Or(p.Name, p.UserName, string(p.ID)), Line: cmp.Or(p.Email, p.UserName)}
	if p.Disabled {
		e.Trouble = "Disabled in Identity Center."
	}
	return e
}

func (b CatalogBrowser) person(p *catalog.Person) CatalogDetail {
	d := CatalogDetail{CatalogEntry: personEntry(p)}
	d.add("E-mail", cmp.Or(p.Email, "none that is unambiguous"))
	d.add("User name", p.UserName)
	status := "active"
	if p.Disabled {
		status = "disabled"
	}
	d.add("Identity Center", status)
	if b.Faces != nil {
		slack := CatalogField{Label: "Slack user", Value: "none that is known"}
		if u, ok := b.Faces.SlackOf(p.ID); ok {
			f, _ := b.Faces.SlackUser(u)
			slack.Value, slack.Slack = identity.SlackName(f), u
			if f.Deleted || f.Unknown {
				slack.Value += ", deactivated"
			}
		}
		d.Fields = append(d.Fields, slack)
	}
	var groups []string
	for i := range b.Catalog.Groups() {
		if g := &b.Catalog.Groups()[i]; slices.Contains(g.Members, p.ID) {
			groups = append(groups, g.Name)
		}
	}
	d.list("In these groups, of those that a rule names", groups)
	d.add("Person id", string(p.ID))
	return d
}

func groupEntry(g *catalog.Group) CatalogEntry {
	line := "members not read: no rule names it"
	if !g.MembersAsOf.IsZero() {
		line = counted(len(g.Members), "member")
	}
	return CatalogEntry{Kind: KindGroup, ID: string(g.ID), Name: g.Name, Line: line, Trouble: g.Ungrantable}
}

func (b CatalogBrowser) group(g *catalog.Group) CatalogDetail {
	d := CatalogDetail{CatalogEntry: groupEntry(g)}
	members, asOf := g.Members, g.MembersAsOf
	if b.Faces != nil {
		source := policy.Source{Kind: policy.SourceGroup, ID: string(g.ID)}
		if at := b.Faces.Snapshot().AsOf(source); at.After(asOf) {
			members, _ = b.Faces.Snapshot().Members(source)
			asOf = at
		}
	}
	if asOf.IsZero() {
		d.add("Members", "Not read: no rule or set names this group.")
	} else {
		names := make([]string, 0, len(members))
		for _, m := range members {
			name := string(m)
			if p, ok := b.Catalog.Person(m); ok {
				name = cmp.Or(p.Name, p.UserName, name)
			}
			names = append(names, name)
		}
		slices.Sort(names)
		d.add("Members", counted(len(names), "person"))
		d.list("They are", names)
		d.Fields = append(d.Fields, CatalogField{Label: "Members read", At: asOf})
	}
	var sets []string
	for name, set := range b.Sets {
		if slices.Contains(set.IdentityCenterGroups, g.Name) {
			sets = append(sets, name)
		}
	}
	slices.Sort(sets)
	d.list("Used by these sets of people", sets)
	var brings []string
	for _, r := range g.Brings {
		account, role := string(r.Account), string(r.Role)
		if a, ok := b.Catalog.Account(r.Account); ok {
			account = a.Name
		}
		if x, ok := b.Catalog.Role(r.Role); ok {
			role = x.Name
		}
		brings = append(brings, role+" in "+account)
	}
	d.list("Brings", brings)
	d.add("Cannot be asked for", g.Ungrantable)
	d.add("Group id", string(g.ID))
	return d
}

func (b CatalogBrowser) iamRolesOf(account catalog.AccountID) (a catalog.AccountRoles, asOf time.Time, known bool) {
	if b.IAMRoles == nil {
		return a, asOf, false
	}
	return b.IAMRoles(account)
}

func (b CatalogBrowser) iamRoles(account catalog.AccountID, text string) ([]CatalogEntry, error) {
	a, _, known := b.iamRolesOf(account)
	switch {
	case account == "":
		return nil, fault.New(fault.Invalid, "access.CatalogBrowser", "IAM roles are listed by account.", "Choose an account first.")
	case !known:
		return nil, fault.New(fault.NotFound, "access.CatalogBrowser", "The IAM roles of this account were not read.", cmp.Or(b.NoIAMRoles, "They are read once a day."))
	case a.Problem != "":
		return nil, fault.New(fault.Unavailable, "access.CatalogBrowser", a.Problem, "")
	}
	var out []CatalogEntry
	for i := range a.Roles {
		r := &a.Roles[i]
		if e := iamRoleEntry(r); saysAny(text, r.Name, r.Path, r.Description, strings.Join(r.Trusts, " ")) {
			out = append(out, e)
		}
	}
	return out, nil
}

func iamRoleEntry(r *catalog.IAMRole) CatalogEntry {
	line := "nobody that is readable may take it on"
	if len(r.Trusts) > 0 {
		line = "for " + strings.Join(r.Trusts[:min(len(r.Trusts), 3)], ", ")
		if n := len(r.Trusts) - 3; n > 0 {
			line += fmt.Sprintf(" and %d more", n)
		}
	}
	return CatalogEntry{Kind: KindIAMRole, ID: string(r.Account) + "/" + r.Name, Name: r.Name, Line: line}
}

func iamRoleDetail(r *catalog.IAMRole, asOf time.Time) CatalogDetail {
	d := CatalogDetail{CatalogEntry: iamRoleEntry(r)}
	d.add("Account id", string(r.Account))
	d.add("Path", cmp.Or(r.Path, "/"))
	d.add("Description", r.Description)
	d.list("May be taken on by", r.Trusts)
	d.add("Note", "Listed for information: Stint grants permission sets, not IAM roles.")
	d.Fields = append(d.Fields, CatalogField{Label: "Read", At: asOf})
	return d
}

func (d *CatalogDetail) add(label, value string) {
	if value != "" {
		d.Fields = append(d.Fields, CatalogField{Label: label, Value: value})
	}
}

func (d *CatalogDetail) list(label string, values []string) {
	if len(values) == 0 {
		return
	}
	f := CatalogField{Label: label, Values: values[:min(len(values), shownValues)]}
	f.Left = len(values) - len(f.Values)
	d.Fields = append(d.Fields, f)
}

func (d *CatalogDetail) tags(tags map[string]string, unknown bool) {
	if unknown {
		d.add("Tags", "They could not be read, so rules that go by tags do not let it in.")
		return
	}
	list := make([]string, 0, len(tags))
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, k+"="+tags[k])
	}
	if len(list) == 0 {
		d.add("Tags", "none")
	}
	d.list("Tags", list)
}
