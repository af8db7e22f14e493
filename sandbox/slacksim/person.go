package slacksim

import (
	"fmt"
	"time"

	"stint/sandbox/slacksim/blockkit"
	"stint/sandbox/slacksim/mrkdwn"
)

// Person acts in the workspace as one of its users: sees what that user sees in a Slack client and does what a
// human does there. Methods that need the app wait for its acknowledgement, at most Switches.AckTimeout of real
// time, and tell in their Result what Slack shows. They return an error only for what no Slack client lets a
// human do (an unknown channel, an element that is not there, a value that the element does not offer).
type Person struct {
	w  *Workspace
	id string
}

// As returns the person with this user id. Bots, deactivated users and strangers cannot be acted as.
func (w *Workspace) As(userID string) (*Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.users[userID]
	switch {
	case !ok:
		return nil, fmt.Errorf("slacksim: act as %q: there is no such user", userID)
	case u.Bot:
		return nil, fmt.Errorf("slacksim: act as %s: %s is a bot", userID, u.Label())
	case u.Deleted:
		return nil, fmt.Errorf("slacksim: act as %s: the account of %s is deactivated", userID, u.Label())
	}
	return &Person{w: w, id: userID}, nil
}

// User returns the person as a user.
func (p *Person) User() User {
	u, _ := p.w.User(p.id)
	return u
}

// Sidebar is the left column of a Slack client.
type Sidebar struct {
	Channels []SidebarEntry `json:"channels"`
	// Apps are the direct messages with apps: here the one app, listed even before anything was said. Its
	// entry has no ID until the conversation exists; Person.OpenApp makes it.
	Apps []SidebarEntry `json:"apps"`
}

// SidebarEntry is one line of the sidebar.
type SidebarEntry struct {
	ID   string      `json:"id"`
	Name string      `json:"name"`
	Kind ChannelKind `json:"kind"`
	// Unread counts messages that arrived since the conversation was read; Mentions those that name the
	// person, or all of them in a direct message.
	Unread   int  `json:"unread"`
	Mentions int  `json:"mentions"`
	Archived bool `json:"archived,omitempty"`
	Shared   bool `json:"shared,omitempty"`
}

// Conversation is an open channel or direct message.
type Conversation struct {
	Channel Channel `json:"channel"`
	// Name is what the header shows.
	Name string `json:"name"`
	// Messages are oldest first; replies are within their parents.
	Messages []Message `json:"messages"`
}

// Message is a message as one person sees it.
type Message struct {
	Channel  string    `json:"channel"`
	TS       string    `json:"ts"` // its id within the channel
	ThreadTS string    `json:"thread_ts,omitempty"`
	At       time.Time `json:"at"`
	User     string    `json:"user"`      // the author's user id
	UserName string    `json:"user_name"` // as shown
	App      bool      `json:"app"`       // the author is the app
	Text     string    `json:"text"`      // shown when there are no blocks; notifications show it always
	// Spans are the text ready to be shown.
	Spans []mrkdwn.Span `json:"spans"`
	// Blocks have block_id and action_id set everywhere. Person.Render adds spans to their texts.
	Blocks []blockkit.Block `json:"blocks,omitempty"`
	// Values is the state of the message's inputs and selects for this person, as state.values.
	Values map[string]map[string]Value `json:"values,omitempty"`
	// Edited says that Slack shows "(edited)".
	Edited    bool      `json:"edited,omitempty"`
	EditedAt  time.Time `json:"edited_at,omitzero"`
	Ephemeral bool      `json:"ephemeral,omitempty"` // only visible to this person
	// Notice is the warning that Slack shows at the message when the app did not answer a press.
	Notice    string     `json:"notice,omitempty"`
	Replies   []Message  `json:"replies,omitempty"`
	Reactions []Reaction `json:"reactions,omitempty"`
}

// Reaction is an emoji under a message.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// Surface is where an element stands: a message, the open modal, or the Home tab. The zero value is the modal
// that is open on top.
type Surface struct {
	Channel string `json:"channel,omitempty"` // with TS: a message
	TS      string `json:"ts,omitempty"`
	Home    bool   `json:"home,omitempty"` // the Home tab
}

// OnMessage is the surface of a message.
func OnMessage(channel, ts string) Surface { return Surface{Channel: channel, TS: ts} }

// OnModal is the surface of the modal on top.
func OnModal() Surface { return Surface{} }

// OnHome is the surface of the Home tab.
func OnHome() Surface { return Surface{Home: true} }

// Element names one interactive element.
type Element struct {
	On       Surface `json:"on"`
	BlockID  string  `json:"block_id"`
	ActionID string  `json:"action_id"`
	// Confirmed says that the person has answered the element's confirm dialog with yes. Without it a Press or
	// Fill of an element that has one returns the dialog in Result.Confirm and does nothing else.
	Confirmed bool `json:"confirmed,omitempty"`
}

// Result is what a person sees after doing something that involves the app.
type Result struct {
	// OK says that the app acknowledged in time and in order, or that the app was not needed.
	OK bool `json:"ok"`
	// Code names what went wrong: operation_timeout, dispatch_failed, invalid_response, unknown_command,
	// invalid_input (the client itself refuses the form), confirm (a dialog asks first).
	Code string `json:"code,omitempty"`
	// Notice is the sentence that Slack shows.
	Notice string `json:"notice,omitempty"`
	// Errors are the messages under fields, by block id.
	Errors map[string]string `json:"errors,omitempty"`
	// Confirm is the dialog that asks first.
	Confirm *Confirm `json:"confirm,omitempty"`
	// Problems say, for the app's developer, what was wrong with the acknowledgement; people do not see them.
	Problems []string `json:"problems,omitempty"`
	// EnvelopeID is the envelope that went to the app, if one did.
	EnvelopeID string `json:"envelope_id,omitempty"`
	// Took is the time to the acknowledgement.
	Took time.Duration `json:"took,omitempty"`
	// URL is where a button with a URL leads, if it is one that a page may follow.
	URL string `json:"url,omitempty"`
}

// Confirm is a confirm dialog.
type Confirm struct {
	Title   blockkit.Text `json:"title"`
	Text    blockkit.Text `json:"text"`
	Confirm blockkit.Text `json:"confirm"`
	Deny    blockkit.Text `json:"deny"`
	Style   string        `json:"style,omitempty"`
}

// Modal is the view on top of a person's stack.
type Modal struct {
	ID         string                      `json:"id"`
	CallbackID string                      `json:"callback_id"`
	ExternalID string                      `json:"external_id,omitempty"`
	Title      blockkit.Text               `json:"title"`
	Submit     *blockkit.Text              `json:"submit,omitempty"`
	Close      *blockkit.Text              `json:"close,omitempty"`
	Blocks     []blockkit.Block            `json:"blocks"`
	Values     map[string]map[string]Value `json:"values"`
	Hash       string                      `json:"hash"`
	// PrivateMetadata is not shown to people; tests read it.
	PrivateMetadata string `json:"private_metadata,omitempty"`
	PreviousID      string `json:"previous_view_id,omitempty"`
	RootID          string `json:"root_view_id"`
	// Depth is its place in the stack: 1 is the root, 3 the deepest.
	Depth int `json:"depth"`
	// Errors stand under fields, by block id, until the field changes or the form is submitted again.
	Errors map[string]string `json:"errors,omitempty"`
	// Notice is the banner after the app did not answer.
	Notice string `json:"notice,omitempty"`
	// Busy says that a submission is under way.
	Busy bool `json:"busy,omitempty"`
}

// Home is the app's Home tab of one person.
type Home struct {
	// Published says that the app has published one; until then Slack shows an empty page.
	Published bool                        `json:"published"`
	ID        string                      `json:"id,omitempty"`
	Blocks    []blockkit.Block            `json:"blocks,omitempty"`
	Values    map[string]map[string]Value `json:"values,omitempty"`
	Hash      string                      `json:"hash,omitempty"`
	Notice    string                      `json:"notice,omitempty"`
}

// Options is what a select with external data offers.
type Options struct {
	Options []blockkit.Option      `json:"options"`
	Groups  []blockkit.OptionGroup `json:"groups"`
	// Bytes is the size of the app's answer on the socket.
	Bytes int `json:"bytes"`
	// Asked is false when the query is shorter than min_query_length, so that the app was not asked.
	Asked bool `json:"asked"`
}

// Value is one entry of state.values in Slack's own form: the element's type and, by its type, value,
// selected_option, selected_options, selected_user, selected_date and so on.
type Value = map[string]any
