package bot

import (
	"context"

	"stint/access"
	"stint/access/catalog"
)

// FormService is what the request form asks before anything is sent. Nothing but Receiver
// does I/O beyond the store.
type FormService interface {
	Accounts(ctx context.Context, asker catalog.PersonID, query string, limit int) (access.AccountChoices, error)
	Account(id catalog.AccountID) (catalog.Account, bool)
	Roles(ctx context.Context, q access.RoleQuery) (access.RoleChoices, error)
	Role(arn catalog.RoleARN) (catalog.Role, bool)
	Preview(ctx context.Context, in access.PreviewInput) (access.Preview, error)

	// AsksForOthers reports whether somebody may ask for anybody but themself.
	AsksForOthers(asker catalog.PersonID) bool
	Receivers(ctx context.Context, asker catalog.PersonID, query string, limit int) (access.ReceiverChoices, error)
	// Receiver is one of those, with their Slack user; Slack may have to be asked for it.
	Receiver(ctx context.Context, asker, receiver catalog.PersonID) (access.Human, error)
}
