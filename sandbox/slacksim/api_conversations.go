package slacksim

import (
	"slices"
)

// scopeFor is the scope that reads a kind of conversation, with the suffix given (read, history).
func scopeFor(kind ChannelKind, suffix string) string {
	switch kind {
	case ChannelDM:
		return "im:" + suffix
	case ChannelPrivate:
		return "groups:" + suffix
	}
	return "channels:" + suffix
}

// conversation finds what the argument channel names and checks the scope that its kind needs.
func (c *call) conversation(suffix string) (*channel, *apiError) {
	if !c.args.has("channel") {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: channel")
	}
	ch, refused := c.w.addressed(c.args.str("channel"))
	if refused != nil {
		if missing := c.granted("channels:"+suffix, "groups:"+suffix, "mpim:"+suffix, "im:"+suffix); missing != nil {
			return nil, missing
		}
		return nil, refused
	}
	if refused = c.granted(scopeFor(ch.Kind, suffix)); refused != nil {
		return nil, refused
	}
	return ch, nil
}

func (c *call) conversationsOpen() (map[string]any, *apiError) {
	w := c.w
	if id := c.args.str("channel"); id != "" {
		ch, refused := w.addressed(id)
		if refused != nil || ch.Kind != ChannelDM {
			return nil, refuse("channel_not_found")
		}
		if refused = c.granted("im:write"); refused != nil {
			return nil, refused
		}
		return c.opened(ch, true)
	}
	users := c.args.list("users")
	if len(users) == 0 {
		return nil, refuse("users_list_not_supplied")
	}
	if len(users) > 1 {
		if refused := c.granted("mpim:write"); refused != nil {
			return nil, refused
		}
		return nil, refuse("not_enabled", "[ERROR] the simulator has no group direct messages")
	}
	if refused := c.granted("im:write"); refused != nil {
		return nil, refused
	}
	u := w.users[users[0]]
	switch {
	case u == nil:
		return nil, refuse("user_not_found")
	case u.Deleted:
		return nil, refuse("user_disabled")
	case u.ID == w.app.botUserID || u.Bot:
		return nil, refuse("cannot_dm_bot")
	}
	_, open := w.ims[u.ID]
	return c.opened(w.openDM(u.ID), open)
}

func (c *call) opened(ch *channel, before bool) (map[string]any, *apiError) {
	out := map[string]any{"channel": map[string]any{"id": ch.ID}}
	if c.args.flag("return_im") {
		out["channel"] = c.w.channelJSON(ch, false)
	}
	if before {
		out["no_op"], out["already_open"] = true, true
	}
	return out, nil
}

func (c *call) conversationsInfo() (map[string]any, *apiError) {
	ch, refused := c.conversation("read")
	if refused != nil {
		return nil, refused
	}
	return map[string]any{"channel": c.w.channelJSON(ch, c.args.flag("include_num_members"))}, nil
}

func (c *call) conversationsList() (map[string]any, *apiError) {
	w := c.w
	types := c.args.list("types")
	if len(types) == 0 {
		types = []string{"public_channel"}
	}
	kinds := map[ChannelKind]bool{}
	for _, t := range types {
		kind, scope := ChannelPublic, "channels:read"
		switch t {
		case "public_channel":
		case "private_channel":
			kind, scope = ChannelPrivate, "groups:read"
		case "im":
			kind, scope = ChannelDM, "im:read"
		case "mpim":
			kind, scope = "", "mpim:read"
		default:
			return nil, refuse("invalid_types")
		}
		if refused := c.granted(scope); refused != nil {
			return nil, refused
		}
		kinds[kind] = true
	}
	var all []*channel
	for _, id := range w.chanOrder {
		ch := w.channels[id]
		if !kinds[ch.Kind] || ch.Kind == ChannelPrivate && !ch.BotMember || ch.Archived && c.args.flag("exclude_archived") {
			continue
		}
		all = append(all, ch)
	}
	page, meta, refused := paged(c, all, 100, 1000)
	if refused != nil {
		return nil, refused
	}
	channels := make([]any, len(page))
	for i, ch := range page {
		channels[i] = w.channelJSON(ch, true)
	}
	return map[string]any{"channels": channels, "response_metadata": meta}, nil
}

func (c *call) conversationsMembers() (map[string]any, *apiError) {
	ch, refused := c.conversation("read")
	if refused != nil {
		return nil, refused
	}
	members := slices.Clone(ch.Members)
	if ch.BotMember {
		members = append(members, c.w.app.botUserID)
	}
	page, meta, refused := paged(c, members, 100, 1000)
	if refused != nil {
		return nil, refused
	}
	if page == nil {
		page = []string{}
	}
	return map[string]any{"members": page, "response_metadata": meta}, nil
}

func (c *call) conversationsJoin() (map[string]any, *apiError) {
	ch, refused := c.w.addressed(c.args.str("channel"))
	switch {
	case refused != nil:
		return nil, refused
	case ch.Kind != ChannelPublic:
		return nil, refuse("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, refuse("is_archived")
	}
	out := map[string]any{}
	if ch.BotMember {
		out["warning"], out["response_metadata"] = "already_in_channel", map[string]any{"warnings": []string{"already_in_channel"}}
	}
	ch.BotMember = true
	c.w.settleMembers(ch)
	c.w.changes.bump()
	out["channel"] = c.w.channelJSON(ch, false)
	return out, nil
}

func (c *call) conversationsHistory() (map[string]any, *apiError) {
	return c.messages(func(m *message, _ string) bool { return m.threadTS == "" || m.threadTS == m.ts }, true)
}

func (c *call) conversationsReplies() (map[string]any, *apiError) {
	return c.messages(func(m *message, ts string) bool { return m.ts == ts || m.threadTS == ts }, false)
}

// messages lists what the app may read of a conversation: no ephemeral messages, newest first in a history,
// oldest first in a thread.
func (c *call) messages(wanted func(*message, string) bool, newestFirst bool) (map[string]any, *apiError) {
	ch, refused := c.conversation("history")
	if refused != nil {
		return nil, refused
	}
	if !ch.BotMember {
		return nil, refuse("not_in_channel")
	}
	ts := c.args.str("ts")
	if !newestFirst && ch.found(ts) == nil {
		return nil, refuse("thread_not_found")
	}
	var all []*message
	for _, m := range ch.messages {
		if m.to == "" && wanted(m, ts) && m.ts > c.args.str("oldest") && (c.args.str("latest") == "" || m.ts < c.args.str("latest")) {
			all = append(all, m)
		}
	}
	if newestFirst {
		slices.Reverse(all)
	}
	page, meta, refused := paged(c, all, 100, 999)
	if refused != nil {
		return nil, refused
	}
	out := make([]any, len(page))
	for i, m := range page {
		out[i] = c.w.messageJSON(ch, m)
	}
	return map[string]any{"messages": out, "has_more": meta["next_cursor"] != "", "response_metadata": meta}, nil
}
