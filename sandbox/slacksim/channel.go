package slacksim

import (
	"fmt"
	"slices"
)

// ChannelKind tells the kinds of conversation apart.
type ChannelKind string

// The kinds of conversation.
const (
	ChannelPublic  ChannelKind = "public"
	ChannelPrivate ChannelKind = "private"
	ChannelDM      ChannelKind = "dm" // between one person and the app
)

// Channel is a conversation.
type Channel struct {
	ID      string      `json:"id"` // C…, D… for direct messages; made up when empty
	Name    string      `json:"name"`
	Kind    ChannelKind `json:"kind"` // default public
	Topic   string      `json:"topic,omitempty"`
	Purpose string      `json:"purpose,omitempty"`
	// Archived channels take no messages.
	Archived bool `json:"archived,omitempty"`
	// Shared is shared between workspaces of one organization; ExtShared with another organization (Slack
	// Connect).
	Shared    bool `json:"shared,omitempty"`
	ExtShared bool `json:"ext_shared,omitempty"`
	// BotMember says that the app has been invited.
	BotMember bool `json:"bot_member,omitempty"`
	// Members are user ids, the app not among them.
	Members []string `json:"members,omitempty"`
	// User is the person of a direct message.
	User string `json:"user,omitempty"`
}

// channel is a conversation with what was said in it.
type channel struct {
	Channel
	in       map[string]bool // the members, the app's bot user among them
	created  int64
	messages []*message // in order of their timestamps, replies among them
	byTS     map[string]*message
}

// AddChannel adds a channel and returns it with its id. Members must exist.
func (w *Workspace) AddChannel(c Channel) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Kind == "" {
		c.Kind = ChannelPublic
	}
	if c.Kind == ChannelDM {
		return Channel{}, fmt.Errorf("slacksim: add channel %q: direct messages open by themselves; use conversations.open", c.Name)
	}
	if c.ID == "" {
		c.ID = w.newID("C")
	}
	if _, taken := w.channels[c.ID]; taken {
		return Channel{}, fmt.Errorf("slacksim: add channel %s: the id is taken", c.ID)
	}
	if err := w.checkChannel(c); err != nil {
		return Channel{}, err
	}
	ch := &channel{Channel: c, created: w.now().Unix(), byTS: map[string]*message{}}
	w.channels[c.ID] = ch
	w.chanOrder = append(w.chanOrder, c.ID)
	w.settleMembers(ch)
	w.changes.bump()
	return ch.Channel, nil
}

func (w *Workspace) checkChannel(c Channel) error {
	if c.Name == "" {
		return fmt.Errorf("slacksim: channel %s: a name is missing", c.ID)
	}
	for _, id := range w.chanOrder {
		if other := w.channels[id]; other.Name == c.Name && id != c.ID {
			return fmt.Errorf("slacksim: channel %s: the name %q is taken by %s", c.ID, c.Name, id)
		}
	}
	for _, m := range c.Members {
		if w.users[m] == nil {
			return fmt.Errorf("slacksim: channel %s: member %q is no user", c.Name, m)
		}
	}
	return nil
}

func (w *Workspace) settleMembers(ch *channel) {
	ch.Members = slices.DeleteFunc(slices.Clone(ch.Members), func(id string) bool { return id == w.app.botUserID })
	ch.in = make(map[string]bool, len(ch.Members)+1)
	for _, m := range ch.Members {
		ch.in[m] = true
	}
	if ch.BotMember {
		ch.in[w.app.botUserID] = true
	}
}

// UpdateChannel changes a channel. Id and kind cannot be changed.
func (w *Workspace) UpdateChannel(id string, change func(*Channel)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, ok := w.channels[id]
	if !ok {
		return fmt.Errorf("slacksim: update channel: there is no channel %q", id)
	}
	c := ch.Channel
	c.Members = slices.Clone(c.Members)
	change(&c)
	c.ID, c.Kind, c.User = id, ch.Kind, ch.User
	if c.Kind != ChannelDM {
		if err := w.checkChannel(c); err != nil {
			return err
		}
	}
	ch.Channel = c
	w.settleMembers(ch)
	w.changes.bump()
	return nil
}

// Channel returns a conversation by id.
func (w *Workspace) Channel(id string) (Channel, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, ok := w.channels[id]
	if !ok {
		return Channel{}, false
	}
	return ch.Channel, true
}

// Channels returns all conversations in the order they were made, direct messages among them.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]Channel, 0, len(w.chanOrder))
	for _, id := range w.chanOrder {
		all = append(all, w.channels[id].Channel)
	}
	return all
}

// openDM returns the direct message between a person and the app, made at first use. It is called with w.mu
// held; the user exists.
func (w *Workspace) openDM(user string) *channel {
	if id, ok := w.ims[user]; ok {
		return w.channels[id]
	}
	ch := &channel{
		Channel: Channel{ID: w.newID("D"), Kind: ChannelDM, User: user, BotMember: true, Members: []string{user}},
		created: w.now().Unix(), byTS: map[string]*message{},
	}
	w.settleMembers(ch)
	w.channels[ch.ID], w.ims[user] = ch, ch.ID
	w.chanOrder = append(w.chanOrder, ch.ID)
	w.changes.bump()
	return ch
}

// channelJSON is a conversation as the Web API shows it to the app.
func (w *Workspace) channelJSON(ch *channel, withCount bool) map[string]any {
	if ch.Kind == ChannelDM {
		return map[string]any{
			"id": ch.ID, "created": ch.created, "is_im": true, "is_org_shared": false, "is_archived": false,
			"user": ch.User, "is_user_deleted": w.users[ch.User].Deleted, "priority": 0, "context_team_id": w.team.id,
		}
	}
	out := map[string]any{
		"id": ch.ID, "name": ch.Name, "name_normalized": ch.Name, "created": ch.created,
		"creator": w.app.botUserID, "context_team_id": w.team.id,
		"is_channel": ch.Kind == ChannelPublic, "is_group": ch.Kind == ChannelPrivate, "is_im": false,
		"is_mpim": false, "is_private": ch.Kind == ChannelPrivate, "is_archived": ch.Archived,
		"is_general": false, "is_shared": ch.Shared || ch.ExtShared, "is_ext_shared": ch.ExtShared,
		"is_org_shared": ch.Shared, "is_pending_ext_shared": false, "pending_shared": []string{},
		"is_member": ch.BotMember, "unlinked": 0, "shared_team_ids": []string{w.team.id},
		"topic":   map[string]any{"value": ch.Topic, "creator": "", "last_set": 0},
		"purpose": map[string]any{"value": ch.Purpose, "creator": "", "last_set": 0}, "previous_names": []string{},
	}
	if withCount {
		out["num_members"] = len(ch.in)
	}
	return out
}
