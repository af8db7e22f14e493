package catalog

// Account finds an account by its id.
func (c *Catalog) Account(id AccountID) (*Account, bool) {
	return at(c.data.Accounts, c.accounts, id)
}

// Role finds a role by its ARN.
func (c *Catalog) Role(arn RoleARN) (*Role, bool) { return at(c.data.Roles, c.roles, arn) }

// RoleByName finds a role by its exact name; not found when several share it.
func (c *Catalog) RoleByName(name string) (*Role, bool) { return at(c.data.Roles, c.roleNames, name) }

// Person finds a person by the Identity Center user id.
func (c *Catalog) Person(id PersonID) (*Person, bool) { return at(c.data.People, c.people, id) }

// PersonByEmail finds a person by e-mail, whatever its case; not found when several
// share it, which EmailShared tells.
func (c *Catalog) PersonByEmail(email string) (*Person, bool) {
	return at(c.data.People, c.emails, Email(email))
}

// EmailShared reports whether more than one person has the e-mail.
func (c *Catalog) EmailShared(email string) bool { return c.emails[Email(email)] == shared }

// Group finds a group by its id.
func (c *Catalog) Group(id GroupID) (*Group, bool) { return at(c.data.Groups, c.groups, id) }

// GroupByName finds a group by its exact name; not found when several share it.
func (c *Catalog) GroupByName(name string) (*Group, bool) {
	return at(c.data.Groups, c.groupNames, name)
}

func at[K comparable, T any](all []T, index map[K]int32, key K) (*T, bool) {
	i, ok := index[key]
	if !ok || i == shared {
		return nil, false
	}
	return &all[i], true
}

// Accounts lists all accounts by name. Read only, as every list here.
func (c *Catalog) Accounts() []Account { return c.data.Accounts }

// Roles lists all roles by name.
func (c *Catalog) Roles() []Role { return c.data.Roles }

// People lists all people by name.
func (c *Catalog) People() []Person { return c.data.People }

// Groups lists all groups by name.
func (c *Catalog) Groups() []Group { return c.data.Groups }

// OUPaths lists every OU that holds an account, directly or below, sorted; "/" is the root.
func (c *Catalog) OUPaths() []string { return c.ouPaths }

// Instance is the Identity Center instance.
func (c *Catalog) Instance() Instance { return c.data.Instance }

// ManagementAccount is the organization's management account.
func (c *Catalog) ManagementAccount() AccountID { return c.data.ManagementAccount }

// Counts says how large the catalog is.
func (c *Catalog) Counts() Counts { return c.data.Counts() }

// Counts says how much of each there is.
type Counts struct {
	Accounts, Roles, People, Groups int
}

// Counts says how much of each there is.
func (d *Data) Counts() Counts {
	return Counts{Accounts: len(d.Accounts), Roles: len(d.Roles), People: len(d.People), Groups: len(d.Groups)}
}
