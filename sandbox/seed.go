package sandbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
)

// Cast are the people by name.
func (s *Sandbox) Cast() Cast { return s.cast }

// seed makes the organization and the workspace, with the same people in both.
func (s *Sandbox) seed(o Options) error {
	org := awssim.Generate(awssim.GenerateOptions{Accounts: o.Accounts, Roles: o.Roles, People: o.People + generatedCast, Seed: o.Seed})
	enlist(org, o)
	offerGroup(org)
	var err error
	if s.aws, err = awssim.New(awssim.Config{Now: s.clock.Now, Seed: o.Seed, Organization: org}); err != nil {
		return err
	}
	if s.queue, err = s.aws.AddQueue(awssim.QueueOptions{Name: "stint-events"}); err != nil {
		return err
	}
	// Zero is a seed here; to the workspace it would mean to choose one.
	s.slack = slacksim.New(slacksim.Config{Now: s.clock.Now, Seed: o.Seed + 1, AppName: o.AppName, TeamName: "Example"})
	if err := s.furnish(o, org); err != nil {
		s.slack.Close()
		return err
	}
	return nil
}

// generatedCast is how many users the generator gives parts of its own; they make room for ours.
const generatedCast = 12

// enlist puts the cast at the head of the organization's users, in the place of as many generated ones, and
// into its groups.
func enlist(org *awssim.Organization, o Options) {
	r := rand.New(rand.NewPCG(o.Seed, 0xca57))
	var users []awssim.User
	members := map[string][]string{}
	for _, p := range cast() {
		if p.slackOnly {
			continue
		}
		given, family, _ := strings.Cut(p.name, " ")
		id := uuid(r)
		users = append(users, awssim.User{
			ID: id, UserName: p.email, GivenName: given, FamilyName: family, DisplayName: p.name, Email: p.email,
			Title: p.title, Disabled: p.disabled,
		})
		for _, g := range p.awsGroups {
			members[g] = append(members[g], id)
		}
	}
	gone := map[string]bool{}
	for _, u := range org.Users[:min(generatedCast, len(org.Users))] {
		gone[u.ID] = true
	}
	rest := org.Users[len(gone):]
	if room := max(0, o.People-len(users)); len(rest) > room {
		for _, u := range rest[room:] {
			gone[u.ID] = true
		}
		rest = rest[:room]
	}
	org.Users = append(users, rest...)
	org.Memberships = slices.DeleteFunc(org.Memberships, func(m awssim.Membership) bool { return gone[m.UserID] })
	for i := range org.Groups {
		g := &org.Groups[i]
		if g.DisplayName == "payments-engineering" {
			g.DisplayName = "payments-devs"
		}
		for _, id := range members[g.DisplayName] {
			org.Memberships = append(org.Memberships, awssim.Membership{GroupID: g.ID, UserID: id})
		}
	}
}

// offerGroup adds a group that nobody is in and that people can ask for: it opens the databases
// of production and of staging.
func offerGroup(org *awssim.Organization) {
	group := awssim.Group{ID: "9067c0ffee-0da7aba5-e0ca-4110-a11e-d00000000001", DisplayName: "database-on-call", Description: "Looks after the databases"}
	org.Groups = append(org.Groups, group)
	set := map[string]string{}
	for _, s := range org.PermissionSets {
		set[s.Name] = s.ARN
	}
	for _, a := range org.Accounts {
		arn := set[map[string]string{"prod-billing": "ReadOnly", "prod-payments": "PowerUserAccess", "staging-payments": "PowerUserAccess"}[a.Name]]
		if arn != "" {
			org.Assignments = append(org.Assignments, awssim.Assignment{AccountID: a.ID, PermissionSetARN: arn, PrincipalType: awssim.PrincipalGroup, PrincipalID: group.ID})
		}
	}
}

func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// furnish fills the workspace: the cast, everybody else whom AWS knows, user groups, channels, commands.
func (s *Sandbox) furnish(o Options, org *awssim.Organization) error {
	yes := true
	s.cast = Cast{id: map[string]string{}}
	userGroups := map[string][]string{}
	known := map[string]bool{}
	for _, p := range cast() {
		u := slacksim.User{RealName: p.name, Email: p.email, Title: p.title, TZ: p.tz, EmailConfirmed: &yes}
		if p.slack != nil {
			p.slack(&u)
		}
		u, err := s.slack.AddUser(u)
		if err != nil {
			return err
		}
		s.cast.order = append(s.cast.order, p.key)
		s.cast.id[p.key], known[p.email] = u.ID, true
		for _, g := range p.userGroups {
			userGroups[g] = append(userGroups[g], u.ID)
		}
	}
	for _, a := range org.Users {
		if known[a.Email] {
			continue
		}
		handle, _, _ := strings.Cut(a.UserName, "@")
		if _, err := s.slack.AddUser(slacksim.User{Name: handle, RealName: a.DisplayName, Email: a.Email, Title: a.Title, TZ: "UTC", EmailConfirmed: &yes}); err != nil {
			return err
		}
	}
	for _, g := range []slacksim.UserGroup{
		{Handle: "sre", Name: "Site Reliability Engineering", Description: "Keeps production up"},
		{Handle: "security", Name: "Security", Description: "Approves what is sensitive"},
		{Handle: "platform", Name: "Platform", Description: "Looks after the bot"},
	} {
		g.Members = userGroups[g.Handle]
		if _, err := s.slack.AddUserGroup(g); err != nil {
			return err
		}
	}
	for _, c := range o.Commands {
		if err := s.slack.RegisterCommand(c); err != nil {
			return err
		}
	}
	for _, c := range o.Shortcuts {
		if err := s.slack.RegisterShortcut(c); err != nil {
			return err
		}
	}
	return s.channels()
}

func (s *Sandbox) channels() error {
	who := func(names ...string) []string {
		ids := make([]string, 0, len(names))
		for _, n := range names {
			ids = append(ids, s.cast.ID(n))
		}
		return ids
	}
	staff := who("alice", "bob", "carol", "dana", "erin", "frank", "hana", "ivan")
	for _, c := range []slacksim.Channel{
		{Name: "general", Topic: "Company-wide", Members: append(slices.Clone(staff), s.cast.ID("grace")), BotMember: true},
		{Name: "aws-approvals", Topic: "Requests for AWS access", Members: staff, BotMember: true},
		{Name: "prod-approvals", Topic: "Requests for production", Members: staff, BotMember: true},
		{Name: "payments", Topic: "Build and run payments", Members: who("alice", "bob", "erin", "grace")},
		{Name: "platform-leads", Kind: slacksim.ChannelPrivate, Topic: "Leads only", Members: who("carol", "frank", "dana"), BotMember: true},
		{Name: "incident-2023-11", Topic: "Closed", Members: who("alice", "bob", "carol"), Archived: true},
		{Name: "shared-partner", Topic: "With our partner", Members: who("carol", "erin", "kim"), BotMember: true, ExtShared: true},
	} {
		if _, err := s.slack.AddChannel(c); err != nil {
			return err
		}
	}
	return s.greet()
}

// greet says in #general what can be done here.
func (s *Sandbox) greet() error {
	carol, err := s.slack.As(s.cast.ID("carol"))
	if err != nil {
		return err
	}
	for _, c := range carol.Sidebar().Channels {
		if c.Name != "general" {
			continue
		}
		_, err := carol.Post(context.Background(), c.ID,
			"Welcome! Nobody keeps standing access to AWS here. When you need some, ask for it with `/aws-access`; it ends by itself.", "")
		return err
	}
	return nil
}
