package identity

import (
	"time"

	"stint/access/catalog"
)

// SlackUserID is a Slack user id (U… or W…).
type SlackUserID string

// UserGroupID is a Slack user group id (S…).
type UserGroupID string

// ChannelID is a Slack conversation id (C…, G… or D…).
type ChannelID string

// SlackFacts is what Slack says of one user.
type SlackFacts struct {
	ID           SlackUserID `json:"id"`
	TeamID       string      `json:"team_id"`
	EnterpriseID string      `json:"enterprise_id,omitempty"`
	Name         string      `json:"name"` // display name, for messages only
	Email        string      `json:"email,omitempty"`
	// EmailConfirmed is nil when Slack did not say: absent is not false.
	EmailConfirmed *bool     `json:"email_confirmed,omitempty"`
	Deleted        bool      `json:"deleted,omitempty"`
	Bot            bool      `json:"bot,omitempty"`
	Guest          bool      `json:"guest,omitempty"` // restricted or ultra restricted
	Stranger       bool      `json:"stranger,omitempty"`
	Unknown        bool      `json:"unknown,omitempty"`   // Slack knows no such user here
	TimeZone       string    `json:"time_zone,omitempty"` // IANA name
	AsOf           time.Time `json:"as_of"`
}

// UserGroupFacts is what Slack says of one user group.
type UserGroupFacts struct {
	ID      UserGroupID   `json:"id"`
	Handle  string        `json:"handle"`
	Name    string        `json:"name"`
	Deleted bool          `json:"deleted,omitempty"` // disabled or gone; Members are then no membership
	Members []SlackUserID `json:"members,omitempty"`
	AsOf    time.Time     `json:"as_of"` // when Members were read; zero: never
}

// ChannelFacts is what Slack says of one channel.
type ChannelFacts struct {
	ID       ChannelID `json:"id"`
	Name     string    `json:"name"`
	Private  bool      `json:"private,omitempty"`
	Archived bool      `json:"archived,omitempty"`
	Shared   bool      `json:"shared,omitempty"` // Slack Connect: never a place for approvals
	Joined   bool      `json:"joined,omitempty"` // Stint's bot is a member
	// Gone is set when Slack knows no such channel or does not show it to Stint; Members
	// are then the last that were read.
	Gone    bool          `json:"gone,omitempty"`
	Members []SlackUserID `json:"members,omitempty"`
	AsOf    time.Time     `json:"as_of"`
}

// PersonFacts is what Identity Center says of one person now.
type PersonFacts struct {
	Person catalog.Person `json:"person"`
	Gone   bool           `json:"gone,omitempty"` // no such user any more
	AsOf   time.Time      `json:"as_of"`
}

// GroupFacts is what Identity Center says of one group's members now.
type GroupFacts struct {
	ID catalog.GroupID `json:"id"`
	// Gone is set when there is no such group any more; Members are then the last that were read.
	Gone    bool               `json:"gone,omitempty"`
	Members []catalog.PersonID `json:"members,omitempty"`
	AsOf    time.Time          `json:"as_of"`
}

// Bound is one human: the Identity Center person and the Slack user bound to it.
type Bound struct {
	Person catalog.PersonID
	Slack  SlackUserID
	Name   string // display name, for messages only
	Email  string
	Facts  SlackFacts
}

// Pin is the stored pair of a Slack user and a person. The pair is made at first use
// (or by an admin's link) and a later change is refused and alarmed.
type Pin struct {
	Slack  SlackUserID      `json:"slack"`
	Person catalog.PersonID `json:"person"`
	Email  string           `json:"email"` // the e-mail that matched, as evidence
	At     time.Time        `json:"at"`
}
