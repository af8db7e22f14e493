package slacksim

// maxStack is the most views of a stack: a root and two on top of it.
const maxStack = 3

// spec reads and judges the argument view.
func (c *call) spec() (map[string]any, *apiError) {
	v, size, ok, err := c.args.json("view")
	switch {
	case !ok:
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: view")
	case err != nil:
		return nil, refuse("invalid_arguments", "[ERROR] failed to parse the view as JSON [json-pointer:/view]")
	}
	return c.w.checkView(v, size)
}

// modal reads a view that must be a modal, and the trigger to show it with.
func (c *call) modal() (map[string]any, *trigger, *apiError) {
	if c.args.str("trigger_id") == "" {
		return nil, nil, refuse("invalid_arguments", "[ERROR] missing required field: trigger_id")
	}
	spec, refused := c.spec()
	if refused != nil {
		return nil, nil, refused
	}
	if spec["type"] != "modal" {
		return nil, nil, refuse("invalid_arguments", "[ERROR] unsupported type: home [json-pointer:/view/type]")
	}
	t, code := c.w.exchange(c.args.str("trigger_id"))
	if code != "" {
		return nil, nil, refuse(code)
	}
	if c.w.takenElsewhere(spec, nil) {
		return nil, nil, refuse("duplicate_external_id")
	}
	return spec, t, nil
}

func (c *call) viewsOpen() (map[string]any, *apiError) {
	w := c.w
	spec, t, refused := c.modal()
	if refused != nil {
		return nil, refused
	}
	d := w.desk(t.user)
	if w.switches.OpenReplaces {
		w.closeAll(d)
	} else if len(d.stack) >= maxStack {
		return nil, refuse("push_limit_reached")
	}
	return c.shown(d, t, spec), nil
}

func (c *call) viewsPush() (map[string]any, *apiError) {
	spec, t, refused := c.modal()
	if refused != nil {
		return nil, refused
	}
	d := c.w.desk(t.user)
	switch {
	case d.top() == nil:
		return nil, refuse("not_found")
	case len(d.stack) >= maxStack:
		return nil, refuse("push_limit_reached")
	}
	return c.shown(d, t, spec), nil
}

// shown puts a new view on top of a stack and spends the trigger.
func (c *call) shown(d *desk, t *trigger, spec map[string]any) map[string]any {
	t.used = true
	v := c.w.newView(t.user, t.channel, spec)
	c.w.pushView(d, v)
	return map[string]any{"view": c.w.viewJSON(v)}
}

func (c *call) viewsUpdate() (map[string]any, *apiError) {
	w := c.w
	id, external := c.args.str("view_id"), c.args.str("external_id")
	if id == "" && external == "" {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: view_id")
	}
	spec, refused := c.spec()
	if refused != nil {
		return nil, refused
	}
	if id == "" {
		id = w.external[external]
	}
	v := w.views[id]
	switch hash := c.args.str("hash"); {
	case v == nil:
		return nil, refuse("not_found")
	case v.home != (spec["type"] == "home"):
		return nil, refuse("invalid_arguments", "[ERROR] the type of a view cannot be changed [json-pointer:/view/type]")
	case hash != "" && hash != v.hash:
		return nil, refuse("hash_conflict")
	case w.takenElsewhere(spec, v):
		return nil, refuse("duplicate_external_id")
	}
	w.fill(v, spec)
	return map[string]any{"view": w.viewJSON(v)}, nil
}

func (c *call) viewsPublish() (map[string]any, *apiError) {
	w := c.w
	user := c.args.str("user_id")
	if user == "" {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: user_id")
	}
	spec, refused := c.spec()
	if refused != nil {
		return nil, refused
	}
	if spec["type"] != "home" {
		return nil, refuse("invalid_arguments", "[ERROR] unsupported type: modal [json-pointer:/view/type]")
	}
	u := w.users[user]
	if u == nil || u.Bot || u.ID == slackbot {
		return nil, refuse("invalid_arguments", "[ERROR] user not found [json-pointer:/user_id]")
	}
	d := w.desk(user)
	if hash := c.args.str("hash"); hash != "" && (d.home == nil || hash != d.home.hash) {
		return nil, refuse("hash_conflict")
	}
	if w.takenElsewhere(spec, d.home) {
		return nil, refuse("duplicate_external_id")
	}
	if d.home == nil {
		d.home = w.newView(user, "", spec)
	} else {
		w.fill(d.home, spec)
	}
	return map[string]any{"view": w.viewJSON(d.home)}, nil
}
