package slacksim

import (
	"slices"
	"strings"

	"stint/sandbox/slacksim/blockkit"
)

// addressed finds the conversation that the app names by id, as it may see it.
func (w *Workspace) addressed(id string) (*channel, *apiError) {
	ch := w.channels[id]
	if ch == nil || ch.Kind == ChannelPrivate && !ch.BotMember {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// target finds where chat.postMessage is to post: by id, by #name, or by a user's id, which opens the direct
// message.
func (w *Workspace) target(to string) (*channel, *apiError) {
	if u := w.users[to]; u != nil {
		switch {
		case u.ID == w.app.botUserID || u.ID == slackbot:
			return nil, refuse("channel_not_found")
		case u.Deleted:
			return nil, refuse(w.switches.DeactivatedUserError)
		}
		return w.openDM(to), nil
	}
	if name := strings.TrimPrefix(to, "#"); name != "" && w.channels[to] == nil {
		for _, ch := range w.channels {
			if ch.Name == name && ch.Kind != ChannelDM {
				return w.addressed(ch.ID)
			}
		}
	}
	return w.addressed(to)
}

// writable refuses where the app may not write.
func (w *Workspace) writable(ch *channel) *apiError {
	switch {
	case ch.Archived:
		return refuse("is_archived")
	case ch.BotMember:
		return nil
	case w.hasScope("chat:write.public") || !w.switches.NotInChannelPublic:
		return nil
	}
	return refuse("not_in_channel")
}

// content reads and judges text and blocks.
func (c *call) content(most int) (content, *apiError) {
	blocks, _, has, err := c.args.json("blocks")
	if err != nil {
		return content{}, refuse("invalid_blocks_format")
	}
	return c.w.checkContent(c.args.str("text"), c.args.has("text"), blocks, has, most)
}

func (c *call) postMessage() (map[string]any, *apiError) {
	w := c.w
	ch, refused := w.target(c.args.str("channel"))
	if refused != nil {
		return nil, refused
	}
	if refused = w.writable(ch); refused != nil {
		return nil, refused
	}
	said, refused := c.content(maxPostText)
	if refused != nil {
		return nil, refused
	}
	m := &message{user: w.app.botUserID, app: true, text: said.text, blocks: said.blocks}
	if ts := c.args.str("thread_ts"); ts != "" {
		parent := ch.found(ts)
		if parent == nil {
			return nil, refuse("thread_not_found")
		}
		m.threadTS = parent.ts
		if parent.threadTS != "" {
			m.threadTS = parent.threadTS
		}
	}
	w.say(ch, m)
	return map[string]any{"channel": ch.ID, "ts": m.ts, "message": w.messageJSON(ch, m)}, nil
}

func (c *call) postEphemeral() (map[string]any, *apiError) {
	w := c.w
	ch, refused := w.addressed(c.args.str("channel"))
	if refused != nil {
		return nil, refused
	}
	if refused = w.writable(ch); refused != nil {
		return nil, refused
	}
	user := c.args.str("user")
	switch {
	case w.users[user] == nil:
		return nil, refuse("user_not_found")
	case !ch.in[user]:
		return nil, refuse("user_not_in_channel")
	}
	said, refused := c.content(maxPostText)
	if refused != nil {
		return nil, refused
	}
	m := &message{user: w.app.botUserID, app: true, text: said.text, blocks: said.blocks, to: user}
	if ts := c.args.str("thread_ts"); ts != "" && ch.found(ts) != nil {
		m.threadTS = ts
	}
	w.say(ch, m)
	return map[string]any{"message_ts": m.ts}, nil
}

// own finds a message of the app's to change, and refuses others with the code given.
func (c *call) own(foreign string) (*channel, *message, *apiError) {
	ch, refused := c.w.addressed(c.args.str("channel"))
	if refused != nil {
		return nil, nil, refused
	}
	m := ch.found(c.args.str("ts"))
	switch {
	case m == nil:
		return nil, nil, refuse("message_not_found")
	case !m.app:
		return nil, nil, refuse(foreign)
	case ch.Archived:
		return nil, nil, refuse("is_inactive")
	}
	return ch, m, nil
}

func (c *call) chatUpdate() (map[string]any, *apiError) {
	w := c.w
	ch, m, refused := c.own("cant_update_message")
	if refused != nil {
		return nil, refused
	}
	said, refused := c.content(maxUpdateText)
	if refused != nil {
		return nil, refused
	}
	// What is not given stays as it is.
	if said.hasText {
		m.text = said.text
	}
	if said.hasBlocks {
		m.blocks = slices.Clip(said.blocks)
		if len(m.blocks) == 0 {
			m.blocks = nil
		}
	}
	m.edited = w.stamp()
	m.notice = nil
	w.changes.bump()
	return map[string]any{"channel": ch.ID, "ts": m.ts, "text": m.text, "message": blockkit.Clone(w.messageJSON(ch, m))}, nil
}

func (c *call) chatDelete() (map[string]any, *apiError) {
	ch, m, refused := c.own("cant_delete_message")
	if refused != nil {
		return nil, refused
	}
	c.w.unsay(ch, m)
	return map[string]any{"channel": ch.ID, "ts": m.ts}, nil
}

func (c *call) permalink() (map[string]any, *apiError) {
	ch, refused := c.w.addressed(c.args.str("channel"))
	if refused != nil {
		return nil, refused
	}
	m := ch.found(c.args.str("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	link := "https://" + c.w.team.domain + ".slack.com/archives/" + ch.ID + "/p" + strings.ReplaceAll(m.ts, ".", "")
	if m.threadTS != "" {
		link += "?thread_ts=" + m.threadTS + "&cid=" + ch.ID
	}
	return map[string]any{"channel": ch.ID, "permalink": link}, nil
}
