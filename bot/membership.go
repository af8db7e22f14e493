package bot

import (
	"context"
	"slices"
	"sync"
	"time"

	"stint/access/identity"
)

// memberFor is how long what is known of a channel is believed for choosing where a card and
// its copies go. Who may vote is decided elsewhere, from fresh facts.
const memberFor = 5 * time.Minute

// membership remembers who is in the approvals channels.
type membership struct {
	read func(context.Context, identity.ChannelID) (identity.ChannelFacts, error)

	mu       sync.Mutex
	channels map[identity.ChannelID]rememberedMembers
}

type rememberedMembers struct {
	facts identity.ChannelFacts
	until time.Time
}

func newMembership(read func(context.Context, identity.ChannelID) (identity.ChannelFacts, error)) *membership {
	return &membership{read: read, channels: map[identity.ChannelID]rememberedMembers{}}
}

// in reports whether the user is in the channel. When Slack cannot say, they count as
// being there: a missing copy is better than a message to everybody at each attempt.
func (m *membership) in(ctx context.Context, channel identity.ChannelID, user identity.SlackUserID) bool {
	facts, err := m.facts(ctx, channel)
	return err != nil || slices.Contains(facts.Members, user)
}

// shared reports whether the channel is known to be shared with another organization. Such
// a channel is refused when a policy is loaded; this finds one that became shared since.
func (m *membership) shared(ctx context.Context, channel identity.ChannelID) bool {
	if channel == "" {
		return false
	}
	facts, err := m.facts(ctx, channel)
	return err == nil && facts.Shared
}

// facts are what Slack says of a channel, at most memberFor old.
func (m *membership) facts(ctx context.Context, channel identity.ChannelID) (identity.ChannelFacts, error) {
	m.mu.Lock()
	known, ok := m.channels[channel]
	m.mu.Unlock()
	if ok && !time.Now().After(known.until) {
		return known.facts, nil
	}
	facts, err := m.read(ctx, channel)
	if err != nil {
		return facts, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.channels) > maxLanes {
		clear(m.channels)
	}
	m.channels[channel] = rememberedMembers{facts: facts, until: time.Now().Add(memberFor)}
	return facts, nil
}

func (m *membership) forget(channel identity.ChannelID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.channels, channel)
}
