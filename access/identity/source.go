package identity

import (
	"context"
	"time"

	"stint/access/catalog"
)

// Clock is where time comes from; every clock of access is one.
type Clock interface {
	Now() time.Time
}

// SlackSource reads from Slack, once a call and without a cache. A user, group or
// channel that Slack does not know is a *fault.Error of code NotFound; an answer 429 has
// in its chain an error with RetryAfter() time.Duration. AsOf is set by the Directory.
type SlackSource interface {
	User(ctx context.Context, id SlackUserID) (SlackFacts, error)
	// UserByEmail finds the user with an e-mail address. What Slack says of the user besides is
	// read with User: the address alone identifies nobody.
	UserByEmail(ctx context.Context, email string) (SlackUserID, error)
	// UserGroups lists all user groups, disabled ones too. Where a group's AsOf is not zero
	// its Members were read as well. A workspace whose plan has no user groups has an empty list.
	UserGroups(ctx context.Context) ([]UserGroupFacts, error)
	UserGroupMembers(ctx context.Context, id UserGroupID) ([]SlackUserID, error)
	// Channels lists the channels that Stint can see, without members.
	Channels(ctx context.Context) ([]ChannelFacts, error)
	// Channel reads one channel with its members.
	Channel(ctx context.Context, id ChannelID) (ChannelFacts, error)
	// Home is the workspace of the token and, on Enterprise Grid, its organization, else "".
	Home(ctx context.Context) (teamID, enterpriseID string, err error)
}

// IdentityCenterSource reads from Identity Center, once a call and without a cache. A
// person that is not there is Gone, or an error of code NotFound, as is a group.
type IdentityCenterSource interface {
	Person(ctx context.Context, id catalog.PersonID) (PersonFacts, error)
	GroupMembers(ctx context.Context, id catalog.GroupID) (GroupFacts, error)
}

// OnCallSource reads who is on call now under a schedule: e-mail addresses. A schedule that
// is not there is a *fault.Error of code NotFound.
type OnCallSource interface {
	OnCall(ctx context.Context, schedule string) (emails []string, err error)
}

// Pins keeps the pairs of Slack user and person for good. Pin and PinOf fail with code
// NotFound when there is none; PutPin fails with Conflict when either side is stored in
// another pair.
type Pins interface {
	Pin(ctx context.Context, user SlackUserID) (Pin, error)
	PinOf(ctx context.Context, person catalog.PersonID) (Pin, error)
	PutPin(ctx context.Context, pin Pin) error
	Pins(ctx context.Context) ([]Pin, error)
}
