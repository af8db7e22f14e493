package slacksim

import (
	"context"
	"errors"

	"stint/sandbox/slacksim/blockkit"
)

var errSoon = errors.New("slacksim: not built yet")

// Sidebar lists the person's channels and the app.
func (p *Person) Sidebar() Sidebar { return Sidebar{} }

// OpenApp opens the direct message with the app and returns its id.
func (p *Person) OpenApp() string { return "" }

// Conversation reads a conversation that the person can see. MarkRead is separate.
func (p *Person) Conversation(id string) (Conversation, error) { return Conversation{}, errSoon }

// MarkRead takes away the unread marks of a conversation.
func (p *Person) MarkRead(id string) error { return errSoon }

// Message reads one message of a conversation.
func (p *Person) Message(channel, ts string) (Message, error) { return Message{}, errSoon }

// Post says something; threadTS may be empty.
func (p *Person) Post(ctx context.Context, channel, text, threadTS string) (Message, error) {
	return Message{}, errSoon
}

// Command runs a slash command ("/name") with the text behind it.
func (p *Person) Command(ctx context.Context, channel, name, text string) (Result, error) {
	return Result{}, errSoon
}

// Shortcut runs a shortcut; on is the message for a message shortcut and empty for a global one.
func (p *Person) Shortcut(ctx context.Context, callbackID string, on Surface) (Result, error) {
	return Result{}, errSoon
}

// OpenHome opens the app's Home tab: app_home_opened goes to the app, and what is published so far is returned.
// What the app publishes in answer arrives a little later; wait for it with Workspace.Until and read it with
// Home.
func (p *Person) OpenHome(ctx context.Context) (Home, error) { return Home{}, errSoon }

// Home reads the Home tab without opening it.
func (p *Person) Home() Home { return Home{} }

// Modal reads the view on top of the person's stack; false when none is open.
func (p *Person) Modal() (Modal, bool) { return Modal{}, false }

// Options asks for the entries of a select while the person types: block_suggestion for external selects, the
// listed options, users or channels that match for the others.
func (p *Person) Options(ctx context.Context, e Element, query string) (Options, Result, error) {
	return Options{}, Result{}, errSoon
}

// Fill puts values into an input or select: the text of an input, the values of options, ids, a date
// (2006-01-02), a time (15:04), a Unix time. No values clear it. block_actions is sent where Slack sends it: for
// elements of section and actions blocks always, for those of input blocks with dispatch_action.
func (p *Person) Fill(ctx context.Context, e Element, values ...string) (Result, error) {
	return Result{}, errSoon
}

// Enter presses the enter key in a text input, which is when an input block with dispatch_action sends its
// value unless it asks for every character.
func (p *Person) Enter(ctx context.Context, e Element) (Result, error) { return Result{}, errSoon }

// Forge chooses an option that was never offered, as a hostile client can: Slack does not check the value of an
// external select.
func (p *Person) Forge(ctx context.Context, e Element, option blockkit.Option) (Result, error) {
	return Result{}, errSoon
}

// Press presses a button, or an entry of an overflow menu, whose value then says which.
func (p *Person) Press(ctx context.Context, e Element, value string) (Result, error) {
	return Result{}, errSoon
}

// Submit submits the modal on top.
func (p *Person) Submit(ctx context.Context) (Result, error) { return Result{}, errSoon }

// CloseModal presses the cancel button of the modal on top: the view below shows again, unless the view has
// clear_on_close.
func (p *Person) CloseModal(ctx context.Context) error { return errSoon }

// DismissModals presses the cross: the whole stack closes.
func (p *Person) DismissModals(ctx context.Context) error { return errSoon }

// Reload reloads the person's client: modals are gone, and ephemeral messages unless Switches.KeepEphemerals.
func (p *Person) Reload() {}

// Render copies blocks (or any part of them) and gives every text object in the copy a field "spans" of
// []mrkdwn.Span: mentions by name, dates in the person's zone. A page shows these and needs no parser.
func (p *Person) Render(blocks []blockkit.Block) []blockkit.Block { return nil }
