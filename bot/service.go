package bot

import (
	"context"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// Service is what the bot asks of the domain; *access.Service implements it. Errors are
// *fault.Error whose Message and Hint are for people. Nothing but Who and Review does
// I/O beyond the store.
type Service interface {
	// Who is the person behind a Slack user. It may have to ask Slack and then takes as
	// long as ctx allows.
	Who(ctx context.Context, user identity.SlackUserID) (identity.Bound, error)

	Accounts(ctx context.Context, asker catalog.PersonID, query string, limit int) (access.AccountChoices, error)
	Account(id catalog.AccountID) (catalog.Account, bool)
	Roles(ctx context.Context, asker catalog.PersonID, account catalog.AccountID, query string, limit int) (access.RoleChoices, error)
	Preview(ctx context.Context, asker catalog.PersonID, account catalog.AccountID, role catalog.RoleARN) (access.Preview, error)

	Submit(ctx context.Context, s access.Submission) (access.Request, error)
	Review(ctx context.Context, in access.ReviewInput) (access.RequestView, error)
	Cancel(ctx context.Context, id access.RequestID, user identity.SlackUserID) (access.RequestView, error)
	EndGrant(ctx context.Context, id access.GrantID, user identity.SlackUserID) (access.GrantView, error)

	RequestView(ctx context.Context, id access.RequestID) (access.RequestView, error)
	GrantView(ctx context.Context, id access.GrantID) (access.GrantView, error)
	Home(ctx context.Context, user identity.SlackUserID) (access.HomeView, error)
	Config(ctx context.Context, user identity.SlackUserID) (access.ConfigView, error)
	SyncNow(ctx context.Context, user identity.SlackUserID) error
	Admins(ctx context.Context) []access.Human

	Message(ctx context.Context, key string) (access.Message, bool, error)
	SaveMessage(ctx context.Context, m access.Message) error
	Messages(ctx context.Context, prefix string) ([]access.Message, error)

	// Now is the service's clock, which a sandbox may have moved.
	Now() time.Time
}
