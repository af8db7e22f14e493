package slacksim

import (
	"maps"
	"slices"
	"strconv"

	"stint/sandbox/slacksim/blockkit"
)

// view is a modal in somebody's stack, or somebody's Home tab.
type view struct {
	id, user             string
	home                 bool
	title, submit, close any
	blocks               []blockkit.Block
	meta, callback       string
	external, hash       string
	clearOnClose         bool
	notifyOnClose        bool
	root, previous       string
	channel              string // where the person was, for defaults
	values               values
	errors               map[string]string
	notice               string
	busy                 bool
}

// desk is what one person has open in their client.
type desk struct {
	read   map[string]string // channel → timestamp of the last message read
	stack  []*view
	home   *view
	loaded map[string][]map[string]any // element → options that the app last offered
}

func (w *Workspace) desk(user string) *desk {
	d := w.people[user]
	if d == nil {
		d = &desk{read: map[string]string{}, loaded: map[string][]map[string]any{}}
		w.people[user] = d
	}
	return d
}

func (d *desk) top() *view {
	if len(d.stack) == 0 {
		return nil
	}
	return d.stack[len(d.stack)-1]
}

// fill puts a view that has passed the checks into v, keeping what was typed where ids allow it.
func (w *Workspace) fill(v *view, spec map[string]any) {
	str := func(name string) string { s, _ := spec[name].(string); return s }
	v.title, v.submit, v.close = spec["title"], spec["submit"], spec["close"]
	v.blocks = blockkit.Blocks(blockkit.Clone(spec["blocks"]))
	blockkit.Fill(v.blocks, func() string { return w.token(5) })
	v.meta, v.callback = str("private_metadata"), str("callback_id")
	v.clearOnClose, v.notifyOnClose = spec["clear_on_close"] == true, spec["notify_on_close"] == true
	v.values = settle(v.blocks, v.values, v.channel)
	v.hash = strconv.FormatInt(w.now().Unix(), 10) + "." + w.token(8)
	v.errors, v.notice = nil, ""
	if v.external != "" {
		delete(w.external, v.external)
	}
	if v.external = str("external_id"); v.external != "" {
		w.external[v.external] = v.id
	}
	w.changes.bump()
}

// newView makes a view for a person.
func (w *Workspace) newView(user, channel string, spec map[string]any) *view {
	v := &view{id: w.newID("V"), user: user, channel: channel, home: spec["type"] == "home"}
	v.root = v.id
	w.views[v.id] = v
	w.fill(v, spec)
	return v
}

// forget ends views: their ids are no longer found.
func (w *Workspace) forget(views ...*view) {
	for _, v := range views {
		delete(w.views, v.id)
		if v.external != "" {
			delete(w.external, v.external)
		}
	}
	w.changes.bump()
}

// pushView puts a view on top of a person's stack.
func (w *Workspace) pushView(d *desk, v *view) {
	if below := d.top(); below != nil {
		v.root, v.previous = below.root, below.id
	}
	d.stack = append(d.stack, v)
	w.changes.bump()
}

// removeView takes one view out of the stack and ties its neighbours together.
func (w *Workspace) removeView(d *desk, v *view) {
	d.stack = slices.DeleteFunc(d.stack, func(x *view) bool { return x == v })
	for i, x := range d.stack {
		x.previous = ""
		if i > 0 {
			x.previous = d.stack[i-1].id
		}
	}
	w.forget(v)
}

// viewJSON is a view as the Web API and payloads show it.
func (w *Workspace) viewJSON(v *view) map[string]any {
	kind := "modal"
	if v.home {
		kind = "home"
	}
	blocks := v.blocks
	if blocks == nil {
		blocks = []blockkit.Block{}
	}
	out := map[string]any{
		"id": v.id, "team_id": w.team.id, "type": kind, "blocks": blocks, "private_metadata": v.meta,
		"callback_id": v.callback, "state": map[string]any{"values": copyValues(v.values)}, "hash": v.hash,
		"title": v.title, "clear_on_close": v.clearOnClose, "notify_on_close": v.notifyOnClose,
		"close": v.close, "submit": v.submit, "previous_view_id": orNil(v.previous), "root_view_id": v.root,
		"app_id": w.app.id, "external_id": v.external, "app_installed_team_id": w.team.id, "bot_id": w.app.botID,
	}
	if v.home && v.title == nil {
		out["title"] = map[string]any{"type": "plain_text", "text": "View Title", "emoji": true}
	}
	return out
}

// copyValues copies two levels: values themselves are replaced, never changed.
func copyValues(v values) values {
	out := make(values, len(v))
	for block, actions := range v {
		out[block] = maps.Clone(actions)
	}
	return out
}
