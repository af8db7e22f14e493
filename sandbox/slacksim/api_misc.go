package slacksim

import (
	"slices"

	"stint/sandbox/slacksim/blockkit"
)

func (c *call) apiTest() (map[string]any, *apiError) {
	if code := c.args.str("error"); code != "" {
		return nil, refuse(code)
	}
	return map[string]any{"args": c.args.values}, nil
}

func (c *call) authTest() (map[string]any, *apiError) {
	w := c.w
	out := map[string]any{
		"url": "https://" + w.team.domain + ".slack.com/", "team": w.team.name, "team_id": w.team.id,
		"user": w.users[w.app.botUserID].Name, "user_id": w.app.botUserID, "bot_id": w.app.botID,
		"is_enterprise_install": false,
	}
	if c.args.token == w.app.appToken {
		delete(out, "bot_id")
		out["app_id"], out["app_name"] = w.app.id, w.app.name
	}
	if w.team.enterpriseID != "" {
		out["enterprise_id"] = w.team.enterpriseID
	}
	return out, nil
}

func (c *call) connectionsOpen() (map[string]any, *apiError) {
	return map[string]any{"url": c.w.openTicket(c.r)}, nil
}

func (c *call) teamInfo() (map[string]any, *apiError) {
	w := c.w
	if id := c.args.str("team"); id != "" && id != w.team.id {
		return nil, refuse("team_not_found")
	}
	t := map[string]any{"id": w.team.id, "name": w.team.name, "domain": w.team.domain, "email_domain": "", "icon": map[string]any{"image_default": true}}
	if w.team.enterpriseID != "" {
		t["enterprise_id"], t["enterprise_name"] = w.team.enterpriseID, w.team.enterpriseName
	}
	return map[string]any{"team": t}, nil
}

func (c *call) botsInfo() (map[string]any, *apiError) {
	w := c.w
	if c.args.str("bot") != w.app.botID {
		return nil, refuse("bot_not_found")
	}
	return map[string]any{"bot": map[string]any{
		"id": w.app.botID, "deleted": false, "name": w.app.name, "updated": 0, "app_id": w.app.id,
		"user_id": w.app.botUserID, "icons": map[string]any{},
	}}, nil
}

func (c *call) reactionsAdd() (map[string]any, *apiError) {
	w := c.w
	name := c.args.str("name")
	if name == "" {
		return nil, refuse("invalid_name")
	}
	ch, refused := w.addressed(c.args.str("channel"))
	if refused != nil {
		return nil, refused
	}
	m := ch.found(c.args.str("timestamp"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	for i := range m.reactions {
		if r := &m.reactions[i]; r.Name == name {
			if slices.Contains(r.Users, w.app.botUserID) {
				return nil, refuse("already_reacted")
			}
			r.Users, r.Count = append(r.Users, w.app.botUserID), r.Count+1
			return nil, nil
		}
	}
	m.reactions = append(m.reactions, Reaction{Name: name, Users: []string{w.app.botUserID}, Count: 1})
	return nil, nil
}

func (c *call) blocksValidate() (map[string]any, *apiError) {
	given := ""
	for _, name := range []string{"blocks", "message", "view"} {
		if c.args.has(name) {
			if given != "" {
				given = "several"
				break
			}
			given = name
		}
	}
	if given == "" || given == "several" {
		return nil, refuse("invalid_arguments", "must provide exactly one of `blocks`, `view`, or `message`")
	}
	v, _, _, err := c.args.json(given)
	if err != nil {
		return nil, refuse("invalid_arguments", "[ERROR] invalid JSON [json-pointer:/"+given+"]")
	}
	var problems []blockkit.Problem
	switch given {
	case "blocks":
		problems = blockkit.CheckBlocks(v, blockkit.Message, "", c.w.rules())
	case "message":
		m, _ := v.(map[string]any)
		problems = blockkit.CheckBlocks(m["blocks"], blockkit.Message, "/blocks", c.w.rules())
	case "view":
		problems = blockkit.CheckView(v, "", c.w.rules())
	}
	if len(problems) > 0 {
		return nil, &apiError{code: "invalid_" + given, errors: blockkit.Causes(problems)}
	}
	return nil, nil
}
