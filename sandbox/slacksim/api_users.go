package slacksim

import "strings"

func (c *call) usersInfo() (map[string]any, *apiError) {
	u := c.w.users[c.args.str("user")]
	if u == nil {
		return nil, refuse("user_not_found")
	}
	out := c.w.userJSON(u, true)
	if c.args.flag("include_locale") {
		out["locale"] = "en-US"
	}
	return map[string]any{"user": out}, nil
}

func (c *call) usersList() (map[string]any, *apiError) {
	w := c.w
	page, meta, refused := paged(c, w.userOrder, 0, 1000)
	if refused != nil {
		return nil, refused
	}
	members := make([]any, len(page))
	for i, id := range page {
		members[i] = w.userJSON(w.users[id], true)
	}
	return map[string]any{"members": members, "cache_ts": w.now().Unix(), "response_metadata": meta}, nil
}

func (c *call) lookupByEmail() (map[string]any, *apiError) {
	id, ok := c.w.byEmail[strings.ToLower(c.args.str("email"))]
	if !ok || c.w.users[id].Deleted {
		return nil, refuse("users_not_found")
	}
	return map[string]any{"user": c.w.userJSON(c.w.users[id], true)}, nil
}

func (c *call) getPresence() (map[string]any, *apiError) {
	u := c.w.users[c.args.str("user")]
	if u == nil {
		return nil, refuse("user_not_found")
	}
	presence := "active"
	if u.Deleted {
		presence = "away"
	}
	return map[string]any{"presence": presence}, nil
}

func (c *call) usergroupsList() (map[string]any, *apiError) {
	w := c.w
	groups := []any{}
	for _, id := range w.groupOrder {
		g := w.groups[id]
		if g.Disabled && !c.args.flag("include_disabled") {
			continue
		}
		out := w.groupJSON(g, c.args.flag("include_users"))
		if !c.args.flag("include_count") {
			delete(out, "user_count")
		}
		groups = append(groups, out)
	}
	return map[string]any{"usergroups": groups}, nil
}

func (c *call) usergroupsUsers() (map[string]any, *apiError) {
	g := c.w.groups[c.args.str("usergroup")]
	if g == nil || g.Disabled && !c.args.flag("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	return map[string]any{"users": append([]string{}, g.Members...)}, nil
}
