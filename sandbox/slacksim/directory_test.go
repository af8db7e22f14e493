package slacksim_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"stint/sandbox/slacksim"
)

func TestUsersInfo(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) { c.Enterprise = true })
	api := r.api()
	u, err := api.GetUserInfoContext(r.ctx, r.bob.ID)
	must(t, err)
	if u.TZ != "America/New_York" || u.TZOffset != -5*3600 || u.Profile.Email != "bob@example.com" || u.Profile.DisplayName != "bobby" ||
		u.TeamID != r.TeamID() || u.Enterprise.EnterpriseID != r.EnterpriseID() || u.IsAdmin {
		t.Errorf("bob: %+v", u)
	}
	// Absent is not false: the field is left out where nothing is known.
	for user, want := range map[string]any{r.ann.ID: true, r.bob.ID: false, r.guest.ID: nil} {
		if got := at(r.form("users.info", map[string]string{"user": user}), "user", "is_email_confirmed"); got != want {
			t.Errorf("is_email_confirmed of %s: %v, want %v", user, got, want)
		}
	}
	for id, check := range map[string]func(*slack.User) bool{
		r.ann.ID:   func(u *slack.User) bool { return u.IsAdmin },
		r.guest.ID: func(u *slack.User) bool { return u.IsRestricted && u.IsUltraRestricted },
		r.gone.ID:  func(u *slack.User) bool { return u.Deleted && u.TZ == "" },
		r.other.ID: func(u *slack.User) bool {
			return u.IsStranger && u.TeamID == "T0ELSEWHERE" && u.Enterprise.EnterpriseID == ""
		},
		r.BotUserID(): func(u *slack.User) bool { return u.IsBot && u.Profile.BotID == r.BotID() && u.Profile.Email == "" },
		"USLACKBOT":   func(u *slack.User) bool { return !u.IsBot },
	} {
		u, err := api.GetUserInfoContext(r.ctx, id)
		must(t, err)
		if !check(u) {
			t.Errorf("%s: %+v", id, u)
		}
	}
	if _, err = api.GetUserInfoContext(r.ctx, "U0NOPE"); fmt.Sprint(err) != "user_not_found" {
		t.Errorf("unknown: %v", err)
	}
	u, err = api.GetUserByEmailContext(r.ctx, "ANN@example.com")
	must(t, err)
	if u.ID != r.ann.ID {
		t.Errorf("by e-mail: %s", u.ID)
	}
	for _, mail := range []string{"nobody@example.com", "gia@example.com", ""} {
		if out := r.form("users.lookupByEmail", map[string]string{"email": mail}); out["error"] != "users_not_found" {
			t.Errorf("%q: %v", mail, out)
		}
	}
	if p, err := api.GetUserPresenceContext(r.ctx, r.bob.ID); err != nil || p.Presence != "active" {
		t.Errorf("presence: %v %v", p, err)
	}
}

func TestPopulationIsChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, do := range map[string]func() error{
		"id twice":        func() error { _, err := r.AddUser(slacksim.User{ID: r.bob.ID, Name: "x"}); return err },
		"e-mail twice":    func() error { _, err := r.AddUser(slacksim.User{Name: "x", Email: "BOB@example.com"}); return err },
		"zone":            func() error { _, err := r.AddUser(slacksim.User{Name: "x", TZ: "Mars/Olympus"}); return err },
		"unknown user":    func() error { return r.UpdateUser("U0NOPE", func(*slacksim.User) {}) },
		"channel name":    func() error { _, err := r.AddChannel(slacksim.Channel{Name: "general"}); return err },
		"no channel name": func() error { _, err := r.AddChannel(slacksim.Channel{}); return err },
		"member": func() error {
			_, err := r.AddChannel(slacksim.Channel{Name: "n", Members: []string{"U0NOPE"}})
			return err
		},
		"a dm": func() error {
			_, err := r.AddChannel(slacksim.Channel{Name: "n", Kind: slacksim.ChannelDM})
			return err
		},
		"unknown channel": func() error { return r.UpdateChannel("C0NOPE", func(*slacksim.Channel) {}) },
		"group handle":    func() error { _, err := r.AddUserGroup(slacksim.UserGroup{}); return err },
		"group member": func() error {
			_, err := r.AddUserGroup(slacksim.UserGroup{Handle: "g", Members: []string{"U0NOPE"}})
			return err
		},
		"command without slash": func() error { return r.RegisterCommand(slacksim.Command{Name: "ask"}) },
		"command with space":    func() error { return r.RegisterCommand(slacksim.Command{Name: "/a b"}) },
		"shortcut":              func() error { return r.RegisterShortcut(slacksim.Shortcut{}) },
		"act as a bot":          func() error { _, err := r.As(r.BotUserID()); return err },
		"act as nobody":         func() error { _, err := r.As("U0NOPE"); return err },
		"act as who is gone":    func() error { _, err := r.As(r.gone.ID); return err },
	} {
		if do() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestConversations(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) {
		c.Scopes = append(slacksim.DefaultScopes(), "channels:join", "im:read")
	})
	api := r.api()
	info := func(id string) *slack.Channel {
		c, err := api.GetConversationInfoContext(r.ctx, &slack.GetConversationInfoInput{ChannelID: id, IncludeNumMembers: true})
		must(t, err)
		return c
	}
	if c := info(r.general.ID); c.Name != "general" || !c.IsMember || c.IsPrivate || c.NumMembers != 3 || c.IsArchived {
		t.Errorf("general: %+v", c)
	}
	if c := info(r.private.ID); !c.IsPrivate || !c.IsGroup {
		t.Errorf("private: %+v", c)
	}
	if c := info(r.shared.ID); !c.IsExtShared || !c.IsShared {
		t.Errorf("shared: %+v", c)
	}
	if c := info(r.archived.ID); !c.IsArchived {
		t.Errorf("archived: %+v", c)
	}
	for _, tc := range []struct {
		method, want string
		args         map[string]string
	}{
		{"conversations.info", "channel_not_found", map[string]string{"channel": "C0NOPE"}},
		{"conversations.info", "channel_not_found", map[string]string{"channel": r.secret.ID}},
		{"conversations.info", "invalid_arguments", nil},
		{"conversations.members", "channel_not_found", map[string]string{"channel": r.secret.ID}},
		{"conversations.list", "invalid_types", map[string]string{"types": "secret"}},
		{"conversations.list", "invalid_limit", map[string]string{"limit": "1001"}},
		{"conversations.list", "invalid_limit", map[string]string{"limit": "many"}},
		{"conversations.list", "invalid_cursor", map[string]string{"cursor": "x"}},
		{"conversations.join", "channel_not_found", map[string]string{"channel": r.secret.ID}},
		{"conversations.join", "is_archived", map[string]string{"channel": r.archived.ID}},
		{"conversations.join", "method_not_supported_for_channel_type", map[string]string{"channel": r.private.ID}},
		{"conversations.open", "users_list_not_supplied", nil},
		{"conversations.open", "user_not_found", map[string]string{"users": "U0NOPE"}},
		{"conversations.open", "user_disabled", map[string]string{"users": r.gone.ID}},
		{"conversations.open", "cannot_dm_bot", map[string]string{"users": r.BotUserID()}},
		{"conversations.open", "channel_not_found", map[string]string{"channel": r.general.ID}},
	} {
		if out := r.form(tc.method, tc.args); out["error"] != tc.want {
			t.Errorf("%s %v: %v, want %s", tc.method, tc.args, out["error"], tc.want)
		}
	}
	// Paging: every channel once, in order, the secret one not at all.
	var names []string
	for cursor := ""; ; {
		page, next, err := api.GetConversationsContext(r.ctx, &slack.GetConversationsParameters{
			Types: []string{"public_channel", "private_channel"}, Limit: 2, Cursor: cursor, ExcludeArchived: true,
		})
		must(t, err)
		if len(page) > 2 {
			t.Errorf("%d channels on a page of 2", len(page))
		}
		for _, c := range page {
			names = append(names, c.Name)
		}
		if cursor = next; next == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"general", "approvals", "unjoined", "partners"}, names); diff != "" {
		t.Error(diff)
	}
	members, _, err := api.GetUsersInConversationContext(r.ctx, &slack.GetUsersInConversationParameters{ChannelID: r.private.ID})
	must(t, err)
	if diff := cmp.Diff([]string{r.ann.ID, r.bob.ID, r.BotUserID()}, members); diff != "" {
		t.Error(diff)
	}
	_, _, _, err = api.JoinConversationContext(r.ctx, r.unjoined.ID)
	must(t, err)
	if !info(r.unjoined.ID).IsMember {
		t.Error("not joined")
	}
	dm, _, already, err := api.OpenConversationContext(r.ctx, &slack.OpenConversationParameters{Users: []string{r.bob.ID}})
	must(t, err)
	again, _, second, err := api.OpenConversationContext(r.ctx, &slack.OpenConversationParameters{Users: []string{r.bob.ID}})
	must(t, err)
	if dm.ID != again.ID || already || !second {
		t.Errorf("opened %s, then %s (%v, %v)", dm.ID, again.ID, already, second)
	}
	if c := info(dm.ID); !c.IsIM || c.User != r.bob.ID {
		t.Errorf("dm: %+v", c)
	}
}

func TestUserGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g, err := r.AddUserGroup(slacksim.UserGroup{Handle: "sre", Name: "SRE", Members: []string{r.ann.ID, r.bob.ID}})
	must(t, err)
	off, err := r.AddUserGroup(slacksim.UserGroup{Handle: "old", Disabled: true})
	must(t, err)
	if _, err = r.AddUserGroup(slacksim.UserGroup{Handle: "sre"}); err == nil {
		t.Error("the same handle twice")
	}
	api := r.api()
	groups, err := api.GetUserGroupsContext(r.ctx, slack.GetUserGroupsOptionIncludeUsers(true), slack.GetUserGroupsOptionIncludeCount(true))
	must(t, err)
	if len(groups) != 1 || groups[0].Handle != "sre" || groups[0].UserCount != 2 || !slices.Equal(groups[0].Users, []string{r.ann.ID, r.bob.ID}) {
		t.Errorf("groups: %+v", groups)
	}
	groups, err = api.GetUserGroupsContext(r.ctx, slack.GetUserGroupsOptionIncludeDisabled(true))
	must(t, err)
	if len(groups) != 2 || groups[0].Users != nil {
		t.Errorf("with disabled ones, without users: %+v", groups)
	}
	members, err := api.GetUserGroupMembersContext(r.ctx, g.ID)
	must(t, err)
	if !slices.Equal(members, []string{r.ann.ID, r.bob.ID}) {
		t.Errorf("members: %v", members)
	}
	for _, id := range []string{"S0NOPE", off.ID} {
		if _, err = api.GetUserGroupMembersContext(r.ctx, id); fmt.Sprint(err) != "no_such_subteam" {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// Ten thousand members: pages as asked for, each member once.
func TestManyUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 10_000
	ids := make([]string, n)
	for i := range n {
		u, err := r.AddUser(slacksim.User{Name: "u" + strconv.Itoa(i), Email: "u" + strconv.Itoa(i) + "@example.com", TZ: "Europe/Berlin"})
		must(t, err)
		ids[i] = u.ID
	}
	_, err := r.AddChannel(slacksim.Channel{Name: "everybody", BotMember: true, Members: ids})
	must(t, err)
	_, err = r.AddUserGroup(slacksim.UserGroup{Handle: "everybody", Members: ids})
	must(t, err)
	users, err := r.api().GetUsersContext(r.ctx, slack.GetUsersOptionLimit(1000))
	must(t, err)
	seen := map[string]bool{}
	for _, u := range users {
		seen[u.ID] = true
	}
	if len(seen) != len(r.Users()) || len(users) != len(seen) {
		t.Errorf("%d users, %d of them different, want %d", len(users), len(seen), len(r.Users()))
	}
	u, err := r.api().GetUserByEmailContext(r.ctx, "u9999@example.com")
	must(t, err)
	if u.ID != ids[n-1] {
		t.Errorf("found %s", u.ID)
	}
	p, err := r.As(ids[5000])
	must(t, err)
	if s := p.Sidebar(); len(s.Channels) != 1 {
		t.Errorf("sidebar: %+v", s)
	}
}
