package bot

import (
	"context"
	"slices"
	"sync"
	"time"

	"stint/access/identity"
)

// memberFor is how long a channel's members are believed for choosing who gets a copy of a
// card. It decides convenience only; who may vote is decided elsewhere, from fresh facts.
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
	m.mu.Lock()
	known, ok := m.channels[channel]
	m.mu.Unlock()
	if !ok || time.Now().After(known.until) {
		facts, err := m.read(ctx, channel)
		if err != nil {
			return true
		}
		known = rememberedMembers{facts: facts, until: time.Now().Add(memberFor)}
		m.mu.Lock()
		if len(m.channels) > maxLanes {
			clear(m.channels)
		}
		m.channels[channel] = known
		m.mu.Unlock()
	}
	return slices.Contains(known.facts.Members, user)
}

func (m *membership) forget(channel identity.ChannelID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.channels, channel)
}
