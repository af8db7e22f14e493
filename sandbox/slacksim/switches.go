package slacksim

import (
	"slices"
	"time"
)

// Switches are the facts about Slack that a test may want both ways: limits that Slack may change, and,
// marked [?], facts that are remembered rather than measured or documented.
type Switches struct {
	// AckTimeout is how long Slack waits for an acknowledgement before it tells the person. Slack's: 3 s.
	AckTimeout time.Duration
	// TriggerLifetime is how long a trigger id can be exchanged. [?] 3 s.
	TriggerLifetime time.Duration
	// TriggerOnce refuses the second exchange of a trigger id (exchanged_trigger_id). [?] true.
	TriggerOnce bool
	// ResponseURLUses is how often one response_url works. [?] 5.
	ResponseURLUses int
	// ResponseURLLifetime is how long one works. [?] 30 min.
	ResponseURLLifetime time.Duration
	// SocketReplyLimit drops, silently, a socket frame of this many bytes or more. 20 KiB.
	SocketReplyLimit int
	// PingEvery is the pause between WebSocket pings. Slack's varies between 5 and 10 s.
	PingEvery time.Duration
	// MaxSockets is the most sockets of one app. 10.
	MaxSockets int
	// SocketLifetime is the age at which Slack refreshes a socket: a disconnect frame with reason "warning",
	// SocketWarning later one with "refresh_requested", then the end. About an hour; 360 s for sockets opened
	// with debug_reconnects=true. Zero never refreshes.
	SocketLifetime time.Duration
	// SocketWarning is the time between the warning and the refresh. [?] 10 s.
	SocketWarning time.Duration
	// SocketGrace is how long a socket stays open after a disconnect frame, for acknowledgements under way. [?]
	// 2 s.
	SocketGrace time.Duration
	// TicketLifetime is how long the URL of apps.connections.open can be dialled. [?] 30 s.
	TicketLifetime time.Duration
	// EventRetries are the pauses before an event that was not acknowledged is sent again.
	EventRetries []time.Duration
	// SuggestionState puts view.state into block_suggestion payloads. Slack leaves it out. false.
	SuggestionState bool
	// KeepEphemerals keeps ephemeral messages over Person.Reload. [?] false: a reload loses them.
	KeepEphemerals bool
	// RateLimits refuses what exceeds a method's tier with 429. true.
	RateLimits bool
	// PostBurst is how many chat.postMessage calls to one channel may come at once before the rate of one a
	// second is enforced. [?] 5.
	PostBurst int
	// MessageChars is the most characters over all blocks of one message (msg_blocks_too_long). [?] 13,000.
	MessageChars int
	// ViewBytes is the largest view as JSON (view_too_large). 250,000.
	ViewBytes int
	// OpenReplaces makes views.open, while the person has a modal open, close that one first. Otherwise the
	// new view is pushed on top of it. [?] true.
	OpenReplaces bool
	// StrictPlaceholders limits a placeholder to 150 characters as documented. Without it the limit is the
	// 2,000 of Slack's published schema. [?] true.
	StrictPlaceholders bool
	// UniqueActions refuses the same action_id twice within one block. [?] true.
	UniqueActions bool
	// NotInChannelPublic refuses chat.postMessage to a public channel that the app has not joined, unless it
	// has chat:write.public. true.
	NotInChannelPublic bool
	// DeactivatedUserError is the code of chat.postMessage to the id of a deactivated user. [?]
	// channel_not_found.
	DeactivatedUserError string
}

// DefaultSwitches returns Slack as it is believed to be.
func DefaultSwitches() Switches {
	return Switches{
		AckTimeout:          3 * time.Second,
		TriggerLifetime:     3 * time.Second,
		TriggerOnce:         true,
		ResponseURLUses:     5,
		ResponseURLLifetime: 30 * time.Minute,
		SocketReplyLimit:    20 * 1024,
		PingEvery:           7 * time.Second,
		MaxSockets:          10,
		SocketLifetime:      time.Hour,
		SocketWarning:       10 * time.Second,
		SocketGrace:         2 * time.Second,
		TicketLifetime:      30 * time.Second,
		EventRetries:        []time.Duration{0, time.Minute, 5 * time.Minute},
		RateLimits:          true,
		PostBurst:           5,
		MessageChars:        13_000,
		ViewBytes:           250_000,
		OpenReplaces:        true,
		StrictPlaceholders:  true,
		UniqueActions:       true,
		NotInChannelPublic:  true,

		DeactivatedUserError: "channel_not_found",
	}
}

// Switches returns the switches in force.
func (w *Workspace) Switches() Switches {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.switches
	s.EventRetries = slices.Clone(s.EventRetries)
	return s
}

// Set changes switches. What is already under way keeps what it started with.
func (w *Workspace) Set(change func(*Switches)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.switches)
	w.changes.bump()
}
