package awssim

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

var (
	reOrganizationID  = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	reRootID          = regexp.MustCompile(`^r-[0-9a-z]{4,32}$`)
	reOUID            = regexp.MustCompile(`^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`)
	reAccountID       = regexp.MustCompile(`^\d{12}$`)
	reInstanceARN     = regexp.MustCompile(`^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$`)
	reSetARN          = regexp.MustCompile(`^arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16}$`)
	reIdentityStoreID = regexp.MustCompile(`^(d-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)
	reResourceID      = regexp.MustCompile(`^([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`)
	reSetName         = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)
)

// load fills the empty state from the seed. It refuses what AWS could not hold.
func (c *Cloud) load(org *Organization) error {
	for _, check := range []struct {
		re          *regexp.Regexp
		name, value string
	}{
		{reOrganizationID, "ID", org.ID},
		{reRootID, "RootID", org.RootID},
		{reAccountID, "ManagementAccountID", org.ManagementAccountID},
		{reInstanceARN, "InstanceARN", org.InstanceARN},
		{reIdentityStoreID, "IdentityStoreID", org.IdentityStoreID},
	} {
		if !check.re.MatchString(check.value) {
			return fmt.Errorf("organization: %s %q does not match %s", check.name, check.value, check.re)
		}
	}
	region := org.Region
	if region == "" {
		region = "eu-central-1"
	}
	c.state = state{
		ids: IDs{
			OrganizationID: org.ID, RootID: org.RootID, ManagementAccountID: org.ManagementAccountID,
			DelegatedAdminAccountID: org.DelegatedAdminAccountID, InstanceARN: org.InstanceARN,
			IdentityStoreID: org.IdentityStoreID, Region: region, Partition: strings.Split(org.InstanceARN, ":")[1], PortalHost: org.IdentityStoreID + ".awsapps.com",
		},
		ouByID:      map[string]*ou{},
		account:     make(map[string]*account, len(org.Accounts)),
		setByARN:    make(map[string]*permissionSet, len(org.PermissionSets)),
		userByID:    make(map[string]*user, len(org.Users)),
		userByName:  make(map[string]*user, len(org.Users)),
		userByEmail: make(map[string]*user, len(org.Users)),
		groupByID:   make(map[string]*group, len(org.Groups)),
		groupByName: make(map[string]*group, len(org.Groups)),
		memberships: make(map[string]*membership, len(org.Memberships)),
		assignments: make(map[Assignment]*assignment, len(org.Assignments)),
		byAccount:   make(map[accountSet][]*assignment, len(org.Assignments)),
		byPrincipal: map[string][]*assignment{},
		opByID:      map[string]*operation{},
		provisions:  map[string]*provision{},
		endedAt:     map[Assignment]time.Time{},
	}
	now := c.cfg.Now()
	for _, step := range []func(*Organization, time.Time) error{c.loadAccounts, c.loadIdentityCenter, c.loadIdentityStore, c.loadAssignments} {
		if err := step(org, now); err != nil {
			return err
		}
	}
	for _, id := range []string{org.ManagementAccountID, org.DelegatedAdminAccountID} {
		if id != "" && c.state.account[id] == nil {
			return fmt.Errorf("organization: account %s is named but not among Accounts", id)
		}
	}
	return c.loadPrincipals(org)
}

func (c *Cloud) loadAccounts(org *Organization, _ time.Time) error {
	s := &c.state
	s.root = &ou{OU: OU{ID: org.RootID, Name: "Root"}, seq: c.nextSeq()}
	s.ouByID[org.RootID] = s.root
	for _, o := range org.OUs {
		parent := s.ouByID[o.ParentID]
		switch {
		case !reOUID.MatchString(o.ID):
			return fmt.Errorf("organization: OU id %q does not match %s", o.ID, reOUID)
		case s.ouByID[o.ID] != nil:
			return fmt.Errorf("organization: OU %s is there twice", o.ID)
		case parent == nil:
			return fmt.Errorf("organization: OU %s: parent %q is unknown, or comes after it", o.ID, o.ParentID)
		}
		n := &ou{OU: o, seq: c.nextSeq(), parent: parent}
		parent.children = append(parent.children, n)
		s.ouByID[o.ID] = n
		s.ous = append(s.ous, n)
	}
	var checked []IAMRole
	block := make([]account, len(org.Accounts))
	for i, a := range org.Accounts {
		parent := s.ouByID[a.ParentID]
		switch {
		case !reAccountID.MatchString(a.ID):
			return fmt.Errorf("organization: account id %q: want 12 digits", a.ID)
		case s.account[a.ID] != nil:
			return fmt.Errorf("organization: account %s is there twice", a.ID)
		case parent == nil:
			return fmt.Errorf("organization: account %s: parent %q is unknown", a.ID, a.ParentID)
		}
		if a.State == "" {
			a.State = AccountActive
		}
		if !sameRoles(checked, a.Roles) { // generated accounts share their roles
			if err := checkRoles(a); err != nil {
				return fmt.Errorf("organization: %w", err)
			}
			checked = a.Roles
		}
		n := &block[i]
		*n = account{Account: a, seq: c.nextSeq(), parent: parent}
		parent.accounts = append(parent.accounts, n)
		s.account[a.ID] = n
		s.accounts = append(s.accounts, n)
	}
	return nil
}

// sameRoles reports whether two slices are one.
func sameRoles(a, b []IAMRole) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// checkRoles refuses roles whose documents could not be evaluated later.
func checkRoles(a Account) error {
	seen := map[string]bool{}
	for _, r := range a.Roles {
		if !ruleRoleName.re.MatchString(r.Name) || seen[r.Name] {
			return fmt.Errorf("account %s: role name %q is bad or taken", a.ID, r.Name)
		}
		seen[r.Name] = true
		for what, document := range map[string]string{"trust": r.Trust, "permissions": r.Policy} {
			if _, err := parsePolicy(document); err != nil {
				return fmt.Errorf("account %s: role %s: %s: %w", a.ID, r.Name, what, err)
			}
		}
	}
	return nil
}

func (c *Cloud) loadIdentityCenter(org *Organization, now time.Time) error {
	s := &c.state
	for _, p := range org.PermissionSets {
		switch {
		case !reSetARN.MatchString(p.ARN):
			return fmt.Errorf("organization: permission set ARN %q does not match %s", p.ARN, reSetARN)
		case !reSetName.MatchString(p.Name):
			return fmt.Errorf("organization: permission set %s: name %q does not match %s", p.ARN, p.Name, reSetName)
		case s.setByARN[p.ARN] != nil:
			return fmt.Errorf("organization: permission set %s is there twice", p.ARN)
		}
		if p.SessionDuration == 0 {
			p.SessionDuration = time.Hour
		}
		if p.SessionDuration < time.Hour || p.SessionDuration > 12*time.Hour {
			return fmt.Errorf("organization: permission set %s: session duration %s: want 1h to 12h", p.Name, p.SessionDuration)
		}
		if p.Created.IsZero() {
			p.Created = now.AddDate(-1, 0, 0)
		}
		n := &permissionSet{PermissionSet: p, seq: c.nextSeq()}
		s.sets = append(s.sets, n)
		s.setByARN[p.ARN] = n
	}
	return nil
}

func (c *Cloud) loadIdentityStore(org *Organization, now time.Time) error {
	s := &c.state
	since := now.AddDate(-1, 0, 0)
	users := make([]user, len(org.Users))
	for i, u := range org.Users {
		switch {
		case !reResourceID.MatchString(u.ID):
			return fmt.Errorf("organization: user id %q does not match %s", u.ID, reResourceID)
		case s.userByID[u.ID] != nil:
			return fmt.Errorf("organization: user %s is there twice", u.ID)
		case u.UserName == "" || s.userByName[strings.ToLower(u.UserName)] != nil:
			return fmt.Errorf("organization: user %s: user name %q is empty or taken", u.ID, u.UserName)
		}
		n := &users[i]
		*n = user{User: u, seq: c.nextSeq(), created: since, updated: since}
		s.users = append(s.users, n)
		s.userByID[u.ID] = n
		s.userByName[strings.ToLower(u.UserName)] = n
		if u.Email != "" {
			s.userByEmail[strings.ToLower(u.Email)] = n
		}
	}
	for _, g := range org.Groups {
		name := strings.ToLower(g.DisplayName)
		switch {
		case !reResourceID.MatchString(g.ID):
			return fmt.Errorf("organization: group id %q does not match %s", g.ID, reResourceID)
		case s.groupByID[g.ID] != nil:
			return fmt.Errorf("organization: group %s is there twice", g.ID)
		case name == "" || s.groupByName[name] != nil:
			return fmt.Errorf("organization: group %s: display name %q is empty or taken", g.ID, g.DisplayName)
		}
		n := &group{Group: g, seq: c.nextSeq(), created: since, members: map[string]*membership{}}
		s.groups = append(s.groups, n)
		s.groupByID[g.ID] = n
		s.groupByName[name] = n
	}
	for _, m := range org.Memberships {
		n, err := c.addMembership(m, since, since)
		if err != nil {
			return fmt.Errorf("organization: %w", err)
		}
		n.first = true
	}
	return nil
}

func (c *Cloud) loadAssignments(org *Organization, now time.Time) error {
	s := &c.state
	for _, a := range org.Assignments {
		switch {
		case s.account[a.AccountID] == nil:
			return fmt.Errorf("organization: assignment in unknown account %q", a.AccountID)
		case s.setByARN[a.PermissionSetARN] == nil:
			return fmt.Errorf("organization: assignment of unknown permission set %q", a.PermissionSetARN)
		case a.PrincipalType == PrincipalUser && s.userByID[a.PrincipalID] == nil,
			a.PrincipalType == PrincipalGroup && s.groupByID[a.PrincipalID] == nil,
			a.PrincipalType != PrincipalUser && a.PrincipalType != PrincipalGroup:
			return fmt.Errorf("organization: assignment of unknown %s %q", a.PrincipalType, a.PrincipalID)
		}
		since := now.AddDate(0, -6, 0)
		c.assign(a, since, since, "")
	}
	return nil
}
