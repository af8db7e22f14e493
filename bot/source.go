package bot

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"stint/access/fault"
	"stint/access/identity"
)

// pageSize is how many entries a list call asks for; Slack allows fewer than 1,000.
const pageSize = 999

// maxPages stops a list whose cursor never ends.
const maxPages = 200

// slackUser is the part of users.info that decides who somebody is. The library's type
// turns an absent is_email_confirmed into false; here absent stays nil.
type slackUser struct {
	ID                string `json:"id"`
	TeamID            string `json:"team_id"`
	Name              string `json:"name"`
	RealName          string `json:"real_name"`
	Deleted           bool   `json:"deleted"`
	IsBot             bool   `json:"is_bot"`
	IsRestricted      bool   `json:"is_restricted"`
	IsUltraRestricted bool   `json:"is_ultra_restricted"`
	IsStranger        bool   `json:"is_stranger"`
	IsEmailConfirmed  *bool  `json:"is_email_confirmed"`
	TZ                string `json:"tz"`
	Profile           struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
		Email       string `json:"email"`
	} `json:"profile"`
	EnterpriseUser struct {
		EnterpriseID string `json:"enterprise_id"`
	} `json:"enterprise_user"`
}

var (
	_ identity.SlackSource = (*Workspace)(nil)
	_ identity.SlackRoll   = (*Workspace)(nil)
)

// User reads what Slack says of one user now. NotFound when there is none.
func (w *Workspace) User(ctx context.Context, id identity.SlackUserID) (identity.SlackFacts, error) {
	const op = "slack users.info"
	asOf := w.now()
	var answer struct {
		User slackUser `json:"user"`
	}
	err := w.raw(ctx, "users.info", url.Values{"user": {string(id)}}, &answer)
	switch slackCode(err) {
	case "user_not_found", "user_not_visible", "users_not_found":
		return identity.SlackFacts{}, &fault.Error{Code: fault.NotFound, Op: op, Message: "Slack knows no such user here", Hint: "Use an account of this workspace.", Err: err}
	}
	if err != nil {
		return identity.SlackFacts{}, unavailable(op, err)
	}
	u := answer.User
	return identity.SlackFacts{
		ID:             identity.SlackUserID(u.ID),
		TeamID:         u.TeamID,
		EnterpriseID:   u.EnterpriseUser.EnterpriseID,
		Name:           firstOf(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name),
		Email:          u.Profile.Email,
		EmailConfirmed: u.IsEmailConfirmed,
		Deleted:        u.Deleted,
		Bot:            u.IsBot || u.ID == "USLACKBOT", // Slackbot itself does not say is_bot
		Guest:          u.IsRestricted || u.IsUltraRestricted,
		Stranger:       u.IsStranger,
		TimeZone:       u.TZ,
		AsOf:           asOf,
	}, nil
}

// Roll lists everybody who is or was in the workspace. Slack allows about twenty pages a
// minute.
func (w *Workspace) Roll(ctx context.Context) ([]identity.SlackFacts, error) {
	const op = "slack users.list"
	var all []identity.SlackFacts
	cursor := ""
	for range maxPages {
		var answer struct {
			Members  []slackUser `json:"members"`
			Metadata struct {
				Next string `json:"next_cursor"`
			} `json:"response_metadata"`
		}
		err := patiently(ctx, func() error {
			return w.raw(ctx, "users.list", url.Values{"limit": {strconv.Itoa(pageSize)}, "cursor": {cursor}}, &answer)
		})
		if err != nil {
			return nil, unavailable(op, err)
		}
		for _, u := range answer.Members {
			all = append(all, identity.SlackFacts{ID: identity.SlackUserID(u.ID), Deleted: u.Deleted})
		}
		if cursor = answer.Metadata.Next; cursor == "" {
			return all, nil
		}
	}
	return nil, &fault.Error{Code: fault.Unavailable, Op: op, Message: "Slack's list of users does not end"}
}

// UserByEmail finds the user with an e-mail address. NotFound when there is none.
func (w *Workspace) UserByEmail(ctx context.Context, email string) (identity.SlackUserID, error) {
	const op = "slack users.lookupByEmail"
	var answer struct {
		User slackUser `json:"user"`
	}
	err := w.raw(ctx, "users.lookupByEmail", url.Values{"email": {email}}, &answer)
	if slackCode(err) == "users_not_found" {
		return "", &fault.Error{Code: fault.NotFound, Op: op, Message: "Slack knows nobody with this address", Err: err}
	}
	if err != nil {
		return "", unavailable(op, err)
	}
	return identity.SlackUserID(answer.User.ID), nil
}

// UserGroups lists the user groups with their members, disabled groups included.
func (w *Workspace) UserGroups(ctx context.Context) ([]identity.UserGroupFacts, error) {
	asOf := w.now()
	groups, err := w.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeDisabled(true), slack.GetUserGroupsOptionIncludeUsers(true))
	switch slackCode(err) {
	case "paid_teams_only", "paid_only", "plan_upgrade_required":
		return nil, nil // this workspace's plan has no user groups
	}
	if err != nil {
		return nil, unavailable("slack usergroups.list", err)
	}
	facts := make([]identity.UserGroupFacts, 0, len(groups))
	for _, g := range groups {
		f := identity.UserGroupFacts{
			ID:      identity.UserGroupID(g.ID),
			Handle:  g.Handle,
			Name:    g.Name,
			Deleted: g.DateDelete != 0,
		}
		// A count without the list means that Slack left the members out, not that there are none.
		if len(g.Users) > 0 || g.UserCount == 0 {
			f.Members, f.AsOf = slackUsers(g.Users), asOf
		}
		facts = append(facts, f)
	}
	return facts, nil
}

// UserGroupMembers reads the members of one user group. NotFound when there is no such group.
func (w *Workspace) UserGroupMembers(ctx context.Context, id identity.UserGroupID) ([]identity.SlackUserID, error) {
	const op = "slack usergroups.users.list"
	users, err := w.api.GetUserGroupMembersContext(ctx, string(id))
	switch slackCode(err) {
	case "no_such_subteam", "subteam_not_found":
		return nil, &fault.Error{Code: fault.NotFound, Op: op, Message: "Slack knows no such user group", Err: err}
	}
	if err != nil {
		return nil, unavailable(op, err)
	}
	return slackUsers(users), nil
}

// Channels lists the channels that the bot can see, archived ones included, without their
// members.
func (w *Workspace) Channels(ctx context.Context) ([]identity.ChannelFacts, error) {
	asOf := w.now()
	var facts []identity.ChannelFacts
	cursor := ""
	for range maxPages {
		var page []slack.Channel
		var next string
		err := patiently(ctx, func() (err error) {
			page, next, err = w.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
				Cursor: cursor, Limit: pageSize, Types: []string{"public_channel", "private_channel"},
			})
			return err
		})
		if err != nil {
			return nil, unavailable("slack conversations.list", err)
		}
		for _, c := range page {
			facts = append(facts, channelFacts(c, asOf))
		}
		if next == "" {
			break
		}
		cursor = next
	}
	return facts, nil
}

// Channel reads one channel with its members. NotFound when the bot cannot see it.
func (w *Workspace) Channel(ctx context.Context, id identity.ChannelID) (identity.ChannelFacts, error) {
	const op = "slack conversations.info"
	asOf := w.now()
	c, err := w.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: string(id)})
	if slackCode(err) == "channel_not_found" {
		return identity.ChannelFacts{}, &fault.Error{Code: fault.NotFound, Op: op, Message: "Slack knows no such channel, or Stint is not in it", Hint: "Invite Stint to the channel.", Err: err}
	}
	if err != nil {
		return identity.ChannelFacts{}, unavailable(op, err)
	}
	facts := channelFacts(*c, asOf)
	cursor := ""
	for range maxPages {
		var page []string
		var next string
		err := patiently(ctx, func() (err error) {
			page, next, err = w.api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{
				ChannelID: string(id), Cursor: cursor, Limit: pageSize,
			})
			return err
		})
		if err != nil {
			return identity.ChannelFacts{}, unavailable("slack conversations.members", err)
		}
		facts.Members = append(facts.Members, slackUsers(page)...)
		if next == "" {
			break
		}
		cursor = next
	}
	return facts, nil
}

// Home says which workspace, and on Enterprise Grid which organization, the token belongs to.
func (w *Workspace) Home(ctx context.Context) (teamID, enterpriseID string, err error) {
	answer, err := w.api.AuthTestContext(ctx)
	if err != nil {
		return "", "", unavailable("slack auth.test", err)
	}
	return answer.TeamID, answer.EnterpriseID, nil
}

func channelFacts(c slack.Channel, asOf time.Time) identity.ChannelFacts {
	return identity.ChannelFacts{
		ID:       identity.ChannelID(c.ID),
		Name:     c.Name,
		Private:  c.IsPrivate || c.IsGroup,
		Archived: c.IsArchived,
		Shared:   c.IsExtShared || c.IsPendingExtShared || c.IsShared && !c.IsOrgShared,
		Joined:   c.IsMember,
		AsOf:     asOf,
	}
}

func slackUsers(ids []string) []identity.SlackUserID {
	users := make([]identity.SlackUserID, len(ids))
	for i, id := range ids {
		users[i] = identity.SlackUserID(id)
	}
	slices.Sort(users)
	return users
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// patiently repeats a read of one page while Slack asks for a short pause, so that a long
// list does not begin again at its first page.
func patiently(ctx context.Context, read func() error) error {
	const pauses, longest = 3, 30 * time.Second
	for i := 0; ; i++ {
		err := read()
		wait, limited := retryAfter(err)
		if !limited || i == pauses || wait > longest {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return err
		}
		if !pause(ctx, wait) {
			return ctx.Err()
		}
	}
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
