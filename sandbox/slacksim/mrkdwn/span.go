package mrkdwn

import "time"

// Kind says what a span is.
type Kind string

// The kinds of spans.
const (
	KindText    Kind = "text"
	KindLink    Kind = "link"    // URL set; only http, https, mailto, tel and slack URLs become links
	KindUser    Kind = "user"    // ID set; Text is @ and the name
	KindChannel Kind = "channel" // ID set; Text is # and the name
	KindGroup   Kind = "group"   // ID set; Text is @ and the handle
	KindSpecial Kind = "special" // @here, @channel, @everyone
	KindDate    Kind = "date"    // Text in the reader's zone; URL set where the token links
	KindEmoji   Kind = "emoji"   // ID is the name; Text the character, or :name: where it is unknown
	KindPre     Kind = "pre"     // a preformatted block; Text may have several lines
	KindBreak   Kind = "break"   // a new line
)

// Span is a piece of text.
type Span struct {
	Kind   Kind   `json:"kind"`
	Text   string `json:"text"`
	URL    string `json:"url,omitempty"`
	ID     string `json:"id,omitempty"`
	Bold   bool   `json:"bold,omitempty"`
	Italic bool   `json:"italic,omitempty"`
	Strike bool   `json:"strike,omitempty"`
	Code   bool   `json:"code,omitempty"`
	// Quote says that the line stands in a quotation.
	Quote bool `json:"quote,omitempty"`
	// Unix is the instant of a date.
	Unix int64 `json:"unix,omitempty"`
}

// Names looks up what a mention shows.
type Names interface {
	UserName(id string) (string, bool)
	ChannelName(id string) (string, bool)
	GroupHandle(id string) (string, bool)
}

// Reader is who reads: whose names, whose zone, whose today.
type Reader struct {
	Names Names          // nil leaves ids
	Zone  *time.Location // nil is UTC
	Now   time.Time
}
