package slacksim

import (
	"maps"
	"strconv"
	"time"
)

// trigger is the right to open a modal for somebody, as trigger_id.
type trigger struct {
	user, channel string
	created       time.Time
	used, expired bool
}

// newTrigger hands out a trigger id after something that a person did. It is called with w.mu held.
func (w *Workspace) newTrigger(user, channel string) string {
	id := w.pick("123456789", 1) + w.pick("0123456789", 12) + "." + w.pick("123456789", 1) + w.pick("0123456789", 11) +
		"." + w.pick("0123456789abcdef", 32)
	now := w.wall()
	for old, t := range w.triggers {
		if now.Sub(t.created) > time.Hour {
			delete(w.triggers, old)
		}
	}
	w.triggers[id] = &trigger{user: user, channel: channel, created: now, expired: w.faults.ExpireTriggers}
	return id
}

// exchange checks a trigger id and gives the error code, or "". The caller spends it once all else is in order.
func (w *Workspace) exchange(id string) (*trigger, string) {
	t := w.triggers[id]
	switch {
	case t == nil:
		return nil, "invalid_trigger_id"
	case t.used && w.switches.TriggerOnce:
		return nil, "exchanged_trigger_id"
	case t.expired || w.wall().Sub(t.created) > w.switches.TriggerLifetime:
		return nil, "expired_trigger_id"
	}
	return t, ""
}

// common is what every interactive payload begins with.
func (w *Workspace) common(kind, user string) map[string]any {
	u := w.users[user]
	team := map[string]any{"id": w.team.id, "domain": w.team.domain}
	out := map[string]any{
		"type": kind, "team": team, "api_app_id": w.app.id, "token": w.app.verification,
		"user":       map[string]any{"id": user, "username": u.Name, "name": u.Name, "team_id": u.TeamID},
		"enterprise": nil, "is_enterprise_install": false,
	}
	if w.team.enterpriseID != "" {
		team["enterprise_id"], team["enterprise_name"] = w.team.enterpriseID, w.team.enterpriseName
		out["enterprise"] = map[string]any{"id": w.team.enterpriseID, "name": w.team.enterpriseName}
	}
	return out
}

// channelName is how payloads call a channel: only public ones go by name.
func channelName(ch *channel) string {
	switch ch.Kind {
	case ChannelDM:
		return "directmessage"
	case ChannelPrivate:
		return "privategroup"
	}
	return ch.Name
}

// onMessage adds where a message is that somebody acted on.
func (w *Workspace) onMessage(payload map[string]any, ch *channel, m *message) {
	payload["channel"] = map[string]any{"id": ch.ID, "name": channelName(ch)}
	container := map[string]any{
		"type": "message", "message_ts": m.ts, "channel_id": ch.ID, "is_ephemeral": m.to != "",
	}
	if m.threadTS != "" {
		container["thread_ts"] = m.threadTS
	}
	payload["container"] = container
	if m.to == "" {
		payload["message"] = w.messageJSON(ch, m)
	}
}

// onView adds which view somebody acted on.
func (w *Workspace) onView(payload map[string]any, v *view) {
	payload["container"] = map[string]any{"type": "view", "view_id": v.id}
	payload["view"] = w.viewJSON(v)
}

// actionTS is the time of an action in Slack's form.
func (w *Workspace) actionTS() string {
	now := w.now()
	return strconv.FormatInt(now.Unix(), 10) + "." + strconv.FormatInt(int64(now.Nanosecond())/1000+1_000_000, 10)[1:]
}

// action is an entry of actions in block_actions: ids, type, and what was chosen.
func (w *Workspace) action(element map[string]any, blockID string, chosen Value) map[string]any {
	out := map[string]any{"block_id": blockID, "action_id": element["action_id"], "action_ts": w.actionTS()}
	for _, name := range []string{"type", "text", "value", "style", "placeholder", "url"} {
		if x, ok := element[name]; ok {
			out[name] = x
		}
	}
	kind, _ := element["type"].(string)
	if name := initialField(kind); name != "" {
		if x, ok := element[name]; ok {
			out[name] = x
		}
	}
	maps.Copy(out, chosen)
	return out
}
