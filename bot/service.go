package bot

import (
	"context"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// Service is what the bot asks of the domain; *access.Service implements it. Errors are
// *fault.Error whose Message and Hint are for people. Nothing but Who and Review does
// I/O beyond the store.
type Service interface {
	// Who is the person behind a Slack user. It may have to ask Slack and then takes as
	// long as ctx allows.
	Who(ctx context.Context, user identity.SlackUserID) (identity.Bound, error)

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

	FormService
	OwnService
	AdminService
	DecidingService
	ExtendService
	DebriefService
	CardService
	GroupService
}

// OwnService is what is about one's own requests, and about who has access.
type OwnService interface {
	Mine(ctx context.Context, user identity.SlackUserID, q access.MineQuery) (access.MineView, error)
	Again(ctx context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestView, error)
	Favourite(ctx context.Context, user identity.SlackUserID, e access.Entitlement, on bool) error
	WhoHas(ctx context.Context, user identity.SlackUserID, q access.WhoHasQuery) (access.WhoHasView, error)
}

// AdminService is what /jit-config asks. Everything refuses who is no admin with
// Forbidden, and says who is; but anybody may ask Explain about themselves.
type AdminService interface {
	Draft(ctx context.Context, user identity.SlackUserID) (access.DraftView, error)
	EditDraft(ctx context.Context, user identity.SlackUserID, version uint64, spec policy.Spec) (access.DraftView, error)
	CheckSpec(ctx context.Context, user identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error)
	RebaseDraft(ctx context.Context, user identity.SlackUserID) (access.DraftView, error)
	DiscardDraft(ctx context.Context, user identity.SlackUserID) error
	ReviewDraft(ctx context.Context, user identity.SlackUserID) (access.DraftReview, error)
	ApplyDraft(ctx context.Context, user identity.SlackUserID, version uint64, reason string, ends bool) (access.RevisionView, error)
	DecideRevision(ctx context.Context, user identity.SlackUserID, id access.RevisionID, approve bool, note string) (access.RevisionView, error)
	Revisions(ctx context.Context, user identity.SlackUserID, offset, limit int) ([]access.RevisionSummary, int, error)
	Revision(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.RevisionView, error)
	RollBack(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.DraftView, error)
	Setup(ctx context.Context, user identity.SlackUserID, in access.SetupInput) (access.DraftReview, error)

	Explain(ctx context.Context, user identity.SlackUserID, in access.ExplainInput) (access.ExplainView, error)
	Simulate(ctx context.Context, user identity.SlackUserID) (access.SimulationView, error)
	// Example names what an impact's example is about, from memory.
	Example(e policy.Example) access.ExampleView
	Choices(ctx context.Context, user identity.SlackUserID, kind access.ChoiceKind, query string, limit int) (access.Choices, error)

	Pause(ctx context.Context, user identity.SlackUserID, reason string) (access.Pause, error)
	Resume(ctx context.Context, user identity.SlackUserID) error
	Paused() *access.Pause
	CountLive(ctx context.Context, user identity.SlackUserID, scope access.EndScope) (grants, requests int, err error)
	EndAll(ctx context.Context, user identity.SlackUserID, scope access.EndScope, reason string) (access.EndOrderView, error)
	CatalogService
	AcceptLoss(ctx context.Context, user identity.SlackUserID, id string) error
	EndHeld(ctx context.Context, user identity.SlackUserID, reason string) (access.EndOrderView, error)
	EndOrder(ctx context.Context, user identity.SlackUserID, id string) (access.EndOrderView, error)

	DriftService

	People(ctx context.Context, user identity.SlackUserID, q access.PeopleQuery) (access.PeopleView, error)
	Link(ctx context.Context, user, slack identity.SlackUserID, person catalog.PersonID, reason string) (access.LinkView, error)
	Unlink(ctx context.Context, user, slack identity.SlackUserID, reason string) error
}

// DriftService is what is done about access that nobody granted through Stint.
type DriftService interface {
	Drift(ctx context.Context, user identity.SlackUserID, q access.DriftQuery) (access.DriftView, error)
	Finding(ctx context.Context, user identity.SlackUserID, id access.FindingID) (access.FindingView, error)
	ScanDrift(ctx context.Context, user identity.SlackUserID) error
	DriftParts(ctx context.Context, user identity.SlackUserID) (access.DriftParts, error)
	DriftMany(ctx context.Context, user identity.SlackUserID, sc access.DriftScope) (access.DriftMany, error)
	SnoozeMany(ctx context.Context, user identity.SlackUserID, sc access.DriftScope, day string) (int, error)
	IgnoreMany(ctx context.Context, user identity.SlackUserID, sc access.DriftScope, reason string) (int, error)
	SnoozeFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID, day string) (access.FindingView, error)
	IgnoreFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error)
	WatchFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID) (access.FindingView, error)
	RemoveFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error)
}
