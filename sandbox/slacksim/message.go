package slacksim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"stint/sandbox/slacksim/blockkit"
)

// slackbot is the user id under which Slack itself speaks.
const slackbot = "USLACKBOT"

// message is something that was said.
type message struct {
	ts, threadTS string
	user         string
	app          bool
	text         string
	blocks       []blockkit.Block
	edited       string // timestamp of the last edit
	to           string // the only person who sees it, if ephemeral
	reactions    []Reaction
	notice       map[string]string // person → warning after a failed press
	state        map[string]values // person → values of its inputs
}

// say puts a message into a channel. It is called with w.mu held.
func (w *Workspace) say(ch *channel, m *message) *message {
	m.ts = w.stamp()
	ch.messages = append(ch.messages, m)
	ch.byTS[m.ts] = m
	w.changes.bump()
	return m
}

// unsay removes a message.
func (w *Workspace) unsay(ch *channel, m *message) {
	ch.messages = slices.DeleteFunc(ch.messages, func(x *message) bool { return x == m })
	delete(ch.byTS, m.ts)
	w.changes.bump()
}

// found returns a message that the API can address: ephemeral ones it cannot.
func (ch *channel) found(ts string) *message {
	m := ch.byTS[ts]
	if m == nil || m.to != "" {
		return nil
	}
	return m
}

func (m *message) valuesFor(user, channel string) values {
	if m.state == nil {
		m.state = map[string]values{}
	}
	v := settle(m.blocks, m.state[user], channel)
	m.state[user] = v
	return v
}

// replies counts the replies in a thread and names the latest.
func (ch *channel) replies(ts string) (count int, latest string, users []string) {
	for _, m := range ch.messages {
		if m.threadTS == ts && m.ts != ts && m.to == "" {
			count++
			latest = m.ts
			if !slices.Contains(users, m.user) {
				users = append(users, m.user)
			}
		}
	}
	return count, latest, users
}

// messageJSON is a message as the Web API and payloads show it.
func (w *Workspace) messageJSON(ch *channel, m *message) map[string]any {
	out := map[string]any{"type": "message", "user": m.user, "ts": m.ts, "text": m.text, "team": w.team.id}
	if m.app {
		out["bot_id"], out["app_id"] = w.app.botID, w.app.id
	}
	if m.blocks != nil {
		out["blocks"] = m.blocks
	}
	if m.edited != "" {
		editor := m.user
		if m.app {
			editor = w.app.botID
		}
		out["edited"] = map[string]any{"user": editor, "ts": m.edited}
	}
	if n, latest, users := ch.replies(m.ts); n > 0 {
		out["thread_ts"], out["reply_count"], out["latest_reply"] = m.ts, n, latest
		out["reply_users"], out["reply_users_count"] = users, len(users)
	} else if m.threadTS != "" {
		out["thread_ts"] = m.threadTS
		if parent := ch.byTS[m.threadTS]; parent != nil {
			out["parent_user_id"] = parent.user
		}
	}
	if len(m.reactions) > 0 {
		out["reactions"] = m.reactions
	}
	return out
}

func timeOf(ts string) time.Time {
	seconds, micros, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(seconds, 10, 64)
	us, _ := strconv.ParseInt(micros, 10, 64)
	return time.Unix(s, us*1000)
}
