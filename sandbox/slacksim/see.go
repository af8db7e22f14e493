package slacksim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stint/sandbox/slacksim/blockkit"
	"stint/sandbox/slacksim/mrkdwn"
)

// Sidebar lists the person's channels and the app.
func (p *Person) Sidebar() Sidebar {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Sidebar{Channels: []SidebarEntry{}}
	for _, id := range w.chanOrder {
		ch := w.channels[id]
		if ch.Kind == ChannelDM || !ch.in[p.id] {
			continue
		}
		s.Channels = append(s.Channels, w.entry(ch, p.id))
	}
	slices.SortStableFunc(s.Channels, func(a, b SidebarEntry) int { return strings.Compare(a.Name, b.Name) })
	app := SidebarEntry{Name: w.app.name, Kind: ChannelDM}
	if id, ok := w.ims[p.id]; ok {
		app = w.entry(w.channels[id], p.id)
	}
	s.Apps = []SidebarEntry{app}
	return s
}

func (w *Workspace) entry(ch *channel, user string) SidebarEntry {
	e := SidebarEntry{ID: ch.ID, Name: ch.Name, Kind: ch.Kind, Archived: ch.Archived, Shared: ch.Shared || ch.ExtShared}
	if ch.Kind == ChannelDM {
		e.Name = w.app.name
	}
	read := w.desk(user).read[ch.ID]
	for _, m := range slices.Backward(ch.messages) {
		if m.ts <= read {
			break
		}
		if m.user == user || m.to != "" || (m.threadTS != "" && m.threadTS != m.ts && ch.Kind != ChannelDM) {
			continue
		}
		e.Unread++
		if ch.Kind == ChannelDM || w.mentions(m, user) {
			e.Mentions++
		}
	}
	return e
}

// mentions says whether a message names a person, directly, by a group or with the whole channel.
func (w *Workspace) mentions(m *message, user string) bool {
	text := m.text + " " + joinTexts(m.blocks)
	if strings.Contains(text, "<@"+user) {
		return true
	}
	for _, word := range []string{"<!channel", "<!here", "<!everyone"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	for id, g := range w.groups {
		if strings.Contains(text, "<!subteam^"+id) && slices.Contains(g.Members, user) {
			return true
		}
	}
	return false
}

// joinTexts gathers the mrkdwn of blocks.
func joinTexts(v any) string {
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
				b.WriteString(s + " ")
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case []blockkit.Block:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return b.String()
}

// OpenApp opens the direct message with the app and returns its id.
func (p *Person) OpenApp() string {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.openDM(p.id).ID
}

// visible returns a conversation that the person can see: their own, and public channels.
func (p *Person) visible(id string) (*channel, error) {
	ch := p.w.channels[id]
	if ch == nil || !ch.in[p.id] && ch.Kind != ChannelPublic {
		return nil, fmt.Errorf("slacksim: %s sees no conversation %q", p.id, id)
	}
	return ch, nil
}

// Conversation reads a conversation that the person can see. MarkRead is separate.
func (p *Person) Conversation(id string) (Conversation, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := p.visible(id)
	if err != nil {
		return Conversation{}, err
	}
	c := Conversation{Channel: ch.Channel, Name: ch.Name, Messages: []Message{}}
	if ch.Kind == ChannelDM {
		c.Name = w.app.name
	}
	at := map[string]int{}
	for _, m := range ch.messages {
		if m.to != "" && m.to != p.id {
			continue
		}
		seen := p.see(ch, m)
		if parent, ok := at[m.threadTS]; ok && m.threadTS != m.ts {
			c.Messages[parent].Replies = append(c.Messages[parent].Replies, seen)
			continue
		}
		at[m.ts] = len(c.Messages)
		c.Messages = append(c.Messages, seen)
	}
	return c, nil
}

// Message reads one message of a conversation.
func (p *Person) Message(channel, ts string) (Message, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	ch, m, err := p.message(channel, ts)
	if err != nil {
		return Message{}, err
	}
	return p.see(ch, m), nil
}

func (p *Person) message(channel, ts string) (*channel, *message, error) {
	ch, err := p.visible(channel)
	if err != nil {
		return nil, nil, err
	}
	m := ch.byTS[ts]
	if m == nil || m.to != "" && m.to != p.id {
		return nil, nil, fmt.Errorf("slacksim: %s sees no message %s in %s", p.id, ts, channel)
	}
	return ch, m, nil
}

func (p *Person) see(ch *channel, m *message) Message {
	w := p.w
	out := Message{
		Channel: ch.ID, TS: m.ts, ThreadTS: m.threadTS, At: timeOf(m.ts), User: m.user, App: m.app, Text: m.text,
		Spans: mrkdwn.Parse(m.text, false, w.reader(p.id)), Blocks: blockkit.Clone(m.blocks), Ephemeral: m.to != "",
		Notice: m.notice[p.id], Reactions: slices.Clone(m.reactions),
	}
	if m.blocks == nil {
		out.Blocks = nil
	} else if v := m.valuesFor(p.id, ch.ID); len(v) > 0 {
		out.Values = copyValues(v)
	}
	if u := w.users[m.user]; u != nil {
		out.UserName = u.Label()
	}
	if m.edited != "" {
		out.Edited, out.EditedAt = true, timeOf(m.edited)
	}
	return out
}

// MarkRead takes away the unread marks of a conversation.
func (p *Person) MarkRead(id string) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := p.visible(id)
	if err != nil {
		return err
	}
	if n := len(ch.messages); n > 0 && w.desk(p.id).read[id] != ch.messages[n-1].ts {
		w.desk(p.id).read[id] = ch.messages[n-1].ts
		w.changes.bump()
	}
	return nil
}

// Home reads the Home tab without opening it.
func (p *Person) Home() Home {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	v := p.w.desk(p.id).home
	if v == nil {
		return Home{}
	}
	return Home{
		Published: true, ID: v.id, Blocks: blockkit.Clone(v.blocks), Values: copyValues(v.values), Hash: v.hash,
		Notice: v.notice,
	}
}

// Modal reads the view on top of the person's stack; false when none is open.
func (p *Person) Modal() (Modal, bool) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	d := p.w.desk(p.id)
	v := d.top()
	if v == nil {
		return Modal{}, false
	}
	m := Modal{
		ID: v.id, CallbackID: v.callback, ExternalID: v.external, Title: textOf(v.title),
		Blocks: blockkit.Clone(v.blocks), Values: copyValues(v.values), Hash: v.hash, PrivateMetadata: v.meta,
		PreviousID: v.previous, RootID: v.root, Depth: len(d.stack), Errors: maps.Clone(v.errors),
		Notice: v.notice, Busy: v.busy,
	}
	if v.submit != nil {
		t := textOf(v.submit)
		m.Submit = &t
	}
	if v.close != nil {
		t := textOf(v.close)
		m.Close = &t
	}
	return m, true
}

// Reload reloads the person's client: modals are gone, and ephemeral messages unless Switches.KeepEphemerals.
// The app is not told.
func (p *Person) Reload() {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.desk(p.id)
	w.forget(d.stack...)
	d.stack = nil
	if w.switches.KeepEphemerals {
		return
	}
	for _, ch := range w.channels {
		ch.messages = slices.DeleteFunc(ch.messages, func(m *message) bool {
			lost := m.to == p.id
			if lost {
				delete(ch.byTS, m.ts)
			}
			return lost
		})
	}
}

// reader is through whose eyes text is shown.
func (w *Workspace) reader(user string) mrkdwn.Reader {
	r := mrkdwn.Reader{Names: names{w}, Zone: time.UTC, Now: w.now()}
	if u := w.users[user]; u != nil && u.zone != nil {
		r.Zone = u.zone
	}
	return r
}

// names looks mentions up. It is used with w.mu held.
type names struct{ w *Workspace }

func (n names) UserName(id string) (string, bool) {
	if u := n.w.users[id]; u != nil {
		return u.Label(), true
	}
	return "", false
}

func (n names) ChannelName(id string) (string, bool) {
	if ch := n.w.channels[id]; ch != nil && ch.Kind != ChannelDM {
		return ch.Name, true
	}
	return "", false
}

func (n names) GroupHandle(id string) (string, bool) {
	if g := n.w.groups[id]; g != nil {
		return g.Handle, true
	}
	return "", false
}
