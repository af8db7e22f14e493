package sandbox

import "stint/sandbox/slacksim"

// role is one member of the cast: a person with a part to play.
type role struct {
	key, name, email, title, tz string
	// awsGroups are the Identity Center groups, userGroups the Slack user groups that the person is in.
	awsGroups, userGroups []string
	slackOnly             bool // no Identity Center user
	disabled              bool // the Identity Center user is disabled
	slack                 func(*slacksim.User)
}

// cast are the people offered first: enough for a story, and one for each way to be refused.
func cast() []role {
	return []role{
		{
			key: "alice", name: "Alice Moreau", email: "alice@example.com", title: "Data engineer · requester", tz: "Europe/Paris",
			awsGroups: []string{"engineering", "data-engineering"},
		},
		{
			key: "bob", name: "Bob Okafor", email: "bob@example.com", title: "SRE · approver", tz: "Africa/Lagos",
			awsGroups: []string{"engineering", "sre"}, userGroups: []string{"sre"},
		},
		{
			key: "carol", name: "Carol Lindqvist", email: "lead@example.com", title: "SRE lead · admin", tz: "Europe/Stockholm",
			awsGroups: []string{"engineering", "sre", "platform-admins"}, userGroups: []string{"sre", "platform"},
			slack: func(u *slacksim.User) { u.Admin = true },
		},
		{
			key: "dana", name: "Dana Reyes", email: "sec-lead@example.com", title: "Security lead · approver", tz: "America/New_York",
			awsGroups: []string{"security"}, userGroups: []string{"security"},
		},
		{
			key: "erin", name: "Erin Wolf", email: "erin@example.com", title: "Payments engineer · requester", tz: "Europe/Berlin",
			awsGroups: []string{"engineering", "payments-devs"},
		},
		{
			key: "frank", name: "Frank Achterberg", email: "frank@example.com", title: "Platform engineer · platform", tz: "Europe/Amsterdam",
			awsGroups: []string{"engineering", "platform-admins"}, userGroups: []string{"platform"},
		},
		{
			key: "grace", name: "Grace Tanaka", email: "grace@contractor.example.com", title: "Contractor · guest", tz: "Asia/Tokyo",
			slack: func(u *slacksim.User) { u.Restricted = true },
		},
		{
			key: "hana", name: "Hana Petrov", email: "hana@example.com", title: "New hire · not in AWS", tz: "Europe/Sofia",
			slackOnly: true,
		},
		{
			key: "ivan", name: "Ivan Castro", email: "ivan@example.com", title: "On leave · AWS disabled", tz: "America/Bogota",
			awsGroups: []string{"engineering"}, disabled: true,
		},
		{
			key: "judith", name: "Judith Marlowe", email: "judith@example.com", title: "Left in June · deactivated", tz: "Europe/London",
			awsGroups: []string{"sre"}, userGroups: []string{"sre"},
			slack: func(u *slacksim.User) { u.Deleted = true },
		},
		{
			key: "kim", name: "Kim Seaborn", email: "kim@partner.example.net", title: "Partner company · stranger", tz: "America/Los_Angeles",
			slackOnly: true,
			slack:     func(u *slacksim.User) { u.Stranger, u.TeamID = true, "T0PARTNER0" },
		},
		{
			key: "deploybot", name: "deploybot", title: "Another app · bot", slackOnly: true,
			slack: func(u *slacksim.User) { u.Bot = true },
		},
	}
}

// Cast maps the names by which tests and documents know the people to their Slack user ids.
type Cast struct {
	order []string
	id    map[string]string
}

// ID is the Slack user id of "alice" (asks), "bob" (sre), "carol" (sre lead, admin), "dana" (security), "erin"
// (payments), "frank" (platform), "grace" (guest), "hana" (not in AWS), "ivan" (disabled in AWS), "judith"
// (deactivated), "kim" (stranger) or "deploybot"; "" for others.
func (c Cast) ID(name string) string { return c.id[name] }

func (c Cast) ids() []string {
	list := make([]string, 0, len(c.order))
	for _, name := range c.order {
		list = append(list, c.id[name])
	}
	return list
}
