package awssim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// GenerateOptions sizes a generated organization. A zero field takes its default.
type GenerateOptions struct {
	Accounts int // member accounts and the management account, default 12
	Roles    int // permission sets, default 10
	People   int // users, default 12
	Seed     uint64
	// ExternalID is the external id that the reader role's trust policy asks for.
	// Default DefaultExternalID.
	ExternalID string
	// ReaderRole is the name of the role in each member account that lists its
	// roles. Default DefaultReaderRole.
	ReaderRole string
	// DelegatedAdmin gives Identity Center a delegated administrator account.
	DelegatedAdmin bool
	// Region is Identity Center's home region, and says which partition everything is in:
	// "us-gov-…" GovCloud, "cn-…" China. Default eu-central-1.
	Region string
	// Created is when accounts joined and permission sets were made. Default 2024-03-01 UTC.
	Created time.Time
}

// What the reader role is called and asks for unless GenerateOptions says otherwise.
const (
	DefaultReaderRole = "OrganizationRoleReader"
	DefaultExternalID = "4f1c2b7e9d0a43c58e6f7a1b2c3d4e5f6071"
)

// Generate makes a realistic organization of any size. The first dozen of
// everything have names to remember; the same options make the same organization.
func Generate(o GenerateOptions) *Organization {
	o.defaults()
	g := &generator{o: o, r: rand.New(rand.NewPCG(o.Seed, 0x0a6)), ous: map[string]string{}}
	hex := randomHex(g.r, 16)
	g.org = &Organization{
		ID:                  "o-" + randomFrom(g.r, lowerDigits, 10),
		RootID:              "r-" + randomFrom(g.r, lowerDigits, 4),
		ManagementAccountID: "111111111111",
		InstanceARN:         g.arn("sso", "", "instance/ssoins-") + hex,
		IdentityStoreID:     "d-" + randomHex(g.r, 10),
		Region:              o.Region,
	}
	g.psPrefix = g.arn("sso", "", "permissionSet/ssoins-") + hex + "/ps-"
	g.accounts()
	g.sets()
	g.people()
	g.groups()
	g.standing()
	return g.org
}

func (o *GenerateOptions) defaults() {
	if o.Accounts < 1 {
		o.Accounts = 2 + len(namedAccounts)
	}
	if o.Roles < 1 {
		o.Roles = len(namedSets)
	}
	if o.People < 1 {
		o.People = len(namedPeople)
	}
	if o.ExternalID == "" {
		o.ExternalID = DefaultExternalID
	}
	if o.ReaderRole == "" {
		o.ReaderRole = DefaultReaderRole
	}
	if o.Region == "" {
		o.Region = "eu-central-1"
	}
	if o.Created.IsZero() {
		o.Created = time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)
	}
}

const lowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789"

type generator struct {
	o        GenerateOptions
	r        *rand.Rand
	org      *Organization
	ous      map[string]string // id by path of names
	psPrefix string
}

// ou returns the id of the OU at a path of names, making what is missing of it.
func (g *generator) ou(path string) string {
	if path == "/" || path == "" {
		return g.org.RootID
	}
	if id := g.ous[path]; id != "" {
		return id
	}
	cut := strings.LastIndexByte(path, '/')
	parent := g.ou(path[:cut])
	id := "ou-" + g.org.RootID[2:] + "-" + randomFrom(g.r, lowerDigits, 8)
	g.org.OUs = append(g.org.OUs, OU{ID: id, Name: path[cut+1:], ParentID: parent})
	g.ous[path] = id
	return id
}

func (g *generator) accounts() {
	org := g.org
	org.Accounts = make([]Account, 0, g.o.Accounts)
	roles := g.memberRoles()
	add := func(id, name, ouPath string, tags map[string]string) {
		org.Accounts = append(org.Accounts, Account{
			ID: id, Name: name, Email: "aws+" + name + "@example.com", ParentID: g.ou(ouPath), Tags: tags,
			Joined: g.o.Created.AddDate(0, 0, len(org.Accounts)%700), Roles: roles,
		})
	}
	add(org.ManagementAccountID, "management", "/", map[string]string{"env": "management", "team": "platform"})
	org.Accounts[0].Roles = nil
	if len(org.Accounts) < g.o.Accounts {
		add("222222222222", "security-tooling", "/Security", map[string]string{"env": "prod", "team": "security"})
		if g.o.DelegatedAdmin {
			org.DelegatedAdminAccountID = "222222222222"
		}
	}
	for i, a := range namedAccounts {
		if len(org.Accounts) == g.o.Accounts {
			return
		}
		tags := map[string]string{"env": a.env, "team": a.team}
		if a.critical {
			tags["critical"] = "true"
		}
		add(fmt.Sprintf("%012d", 100000000001+i), a.name, a.ou, tags)
	}
	shared := map[string]map[string]string{} // tag sets are few, so their maps are shared
	for i := 0; len(org.Accounts) < g.o.Accounts; i++ {
		env := environments[i%len(environments)]
		team := accountTeams[i/len(environments)%len(accountTeams)]
		n := i / (len(environments) * len(accountTeams))
		name := fmt.Sprintf("%s-%s-%s", env.name, team, accountTiers[n%len(accountTiers)])
		if n >= len(accountTiers) {
			name = fmt.Sprintf("%s-%02d", name, n/len(accountTiers)+1)
		}
		tags := shared[env.name+team]
		if tags == nil {
			tags = map[string]string{"env": env.name, "team": team, "cost-center": fmt.Sprintf("cc-%03d", 100+i%700)}
			shared[env.name+team] = tags
		}
		// A stride that is coprime to the range spreads the ids without repeating one.
		id := 300000000000 + (i*611953)%600000000000
		add(fmt.Sprintf("%012d", id), name, env.ou+"/"+strings.ToUpper(team[:1])+team[1:], tags)
	}
}

// memberRoles are the roles of every member account; the slice is shared, and
// EditAccount copies before it changes.
func (g *generator) memberRoles() []IAMRole {
	mgmt := g.arn("iam", g.org.ManagementAccountID, "root")
	return []IAMRole{
		{
			Name: g.o.ReaderRole, Description: "Lists roles for access requests",
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["` + mgmt +
				`","` + g.arn("iam", "222222222222", "root") + `"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + g.o.ExternalID + `"}}}]}`,
			Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListRoles","iam:GetRole","iam:ListRoleTags"],"Resource":"*"}]}`,
		},
		{
			Name: "OrganizationAccountAccessRole", Description: "Made with the account",
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + mgmt + `"},"Action":"sts:AssumeRole"}]}`,
		},
		{
			Name: "deploy", Path: "/ci/", Description: "Deploys from the pipeline", Tags: map[string]string{"owner": "platform"},
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + g.arn("iam", "222222222222", "oidc-provider/token.actions.example.com") + `"},"Action":"sts:AssumeRoleWithWebIdentity"}]}`,
		},
		{
			Name: "AWSServiceRoleForOrganizations", Path: "/aws-service-role/organizations.amazonaws.com/",
			Description: "Service-linked role used by AWS Organizations",
			Trust:       `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"organizations.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
		},
	}
}

func (g *generator) sets() {
	for i, s := range namedSets {
		if i == g.o.Roles {
			return
		}
		var policies []string
		for _, p := range s.policies {
			policies = append(policies, g.arn("iam", "aws", "policy/"+p))
		}
		var tags map[string]string
		if s.jit {
			tags = map[string]string{"jit": "true"}
		}
		inline := ""
		if s.inline != "" {
			inline = `{"Version":"2012-10-17","Statement":[` + s.inline + `]}`
		}
		g.org.PermissionSets = append(g.org.PermissionSets, PermissionSet{
			ARN: g.psPrefix + randomHex(g.r, 16), Name: s.name, Description: s.description, InlinePolicy: inline,
			SessionDuration: time.Duration(s.hours) * time.Hour, ManagedPolicies: policies, Tags: tags, Created: g.o.Created,
		})
	}
	tags := map[string]string{"jit": "true"}
	for i := 0; len(g.org.PermissionSets) < g.o.Roles; i++ {
		subject, level := setSubjects[i%len(setSubjects)], setLevels[i/len(setSubjects)%len(setLevels)]
		name := subject + level
		if n := i / (len(setSubjects) * len(setLevels)); n > 0 {
			name = fmt.Sprintf("%s-%d", name, n+1)
		}
		g.org.PermissionSets = append(g.org.PermissionSets, PermissionSet{
			ARN: g.psPrefix + randomHex(g.r, 16), Name: name, Description: level + " access to " + subject,
			SessionDuration: time.Duration(1+i%12) * time.Hour, Tags: tags, Created: g.o.Created,
		})
	}
}

func (g *generator) people() {
	g.org.Users = make([]User, 0, g.o.People)
	taken := make(map[string]int, g.o.People)
	add := func(given, family, title string) {
		name := strings.ToLower(given + "." + family)
		taken[name]++
		if n := taken[name]; n > 1 {
			name = fmt.Sprintf("%s%d", name, n)
		}
		name += "@example.com"
		g.org.Users = append(g.org.Users, User{
			ID: randomUUID(g.r), UserName: name, GivenName: given, FamilyName: family,
			DisplayName: given + " " + family, Email: name, Title: title,
		})
	}
	for i, p := range namedPeople {
		if i == g.o.People {
			return
		}
		add(p.given, p.family, p.title)
	}
	for i := 0; len(g.org.Users) < g.o.People; i++ {
		add(givenNames[g.r.IntN(len(givenNames))], familyNames[g.r.IntN(len(familyNames))], jobTitles[i%len(jobTitles)])
	}
}

func (g *generator) groups() {
	org := g.org
	join := func(group, person int) {
		org.Memberships = append(org.Memberships, Membership{
			ID: randomUUID(g.r), GroupID: org.Groups[group].ID, UserID: org.Users[person].ID,
		})
	}
	for _, n := range namedGroups {
		org.Groups = append(org.Groups, Group{ID: randomUUID(g.r), DisplayName: n.name, Description: n.description})
		for _, p := range n.people {
			if p < len(org.Users) {
				join(len(org.Groups)-1, p)
			}
		}
	}
	// Everybody beyond the cast is in engineering and in one team of about forty.
	const team, engineering = 40, 7
	for p := len(namedPeople); p < len(org.Users); p++ {
		n := p - len(namedPeople)
		if n%team == 0 {
			name := fmt.Sprintf("team-%s-%03d", accountTeams[n/team%len(accountTeams)], n/team+1)
			org.Groups = append(org.Groups, Group{ID: randomUUID(g.r), DisplayName: name})
		}
		join(len(org.Groups)-1, p)
		if n%3 == 0 {
			join(engineering, p)
		}
	}
}

// standing gives groups what they always have: auditors read everywhere, platform
// administrators run the management account, engineering has its sandboxes.
func (g *generator) standing() {
	org := g.org
	give := func(account, set string, group int) {
		org.Assignments = append(org.Assignments, Assignment{
			AccountID: account, PermissionSetARN: set, PrincipalType: PrincipalGroup, PrincipalID: org.Groups[group].ID,
		})
	}
	set := func(name string) string {
		for _, p := range org.PermissionSets {
			if p.Name == name {
				return p.ARN
			}
		}
		return ""
	}
	view, power, orgAdmin := set("ViewOnlyAccess"), set("PowerUserAccess"), set("OrganizationAdmin")
	const platformAdmins, engineering, auditors = 0, 7, 8
	for _, a := range org.Accounts {
		switch {
		case a.ID == org.ManagementAccountID:
			if orgAdmin != "" {
				give(a.ID, orgAdmin, platformAdmins)
			}
			continue
		case view != "":
			give(a.ID, view, auditors)
		}
		if power != "" && strings.HasPrefix(a.Name, "sandbox-") {
			give(a.ID, power, engineering)
		}
	}
}
