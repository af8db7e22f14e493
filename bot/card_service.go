package bot

import (
	"context"

	"stint/access"
	"stint/access/identity"
)

// CardService is what messages about several requests, or several grants, ask.
type CardService interface {
	RequestOf(ctx context.Context, id access.RequestID) (access.Request, error)
	// CardView is all requests of a card, FormView all of a form; id is any of them.
	CardView(ctx context.Context, id access.RequestID) ([]access.RequestView, error)
	FormView(ctx context.Context, id access.RequestID) ([]access.RequestView, error)
	CancelForm(ctx context.Context, id access.RequestID, user identity.SlackUserID) ([]access.RequestView, error)
	EndRequest(ctx context.Context, id access.RequestID, user identity.SlackUserID) (access.RequestView, error)
}
