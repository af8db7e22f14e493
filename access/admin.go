package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// errNotBuilt marks what is being built.
var errNotBuilt = fault.New(fault.Unavailable, "access", "This is being built.", "")

// Draft is this admin's draft; it is begun from what is in force when there is none.
func (s *Service) Draft(ctx context.Context, user identity.SlackUserID) (DraftView, error) {
	return DraftView{}, errNotBuilt
}

// EditDraft replaces what the admin's draft says. version is the Revision.Version that the
// edit was made on; Conflict when the draft changed since (another window). A spec with
// problems is stored all the same, and comes back with them: an edit is never lost.
func (s *Service) EditDraft(ctx context.Context, user identity.SlackUserID, version uint64, spec policy.Spec) (DraftView, error) {
	return DraftView{}, errNotBuilt
}

// CheckSpec compiles a spec without storing anything, for errors under the fields of a form.
func (s *Service) CheckSpec(ctx context.Context, user identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error) {
	return nil, errNotBuilt
}

// RebaseDraft puts the draft's changes on top of what is in force now. Conflict names the
// parts that both changed; the draft then stays as it is.
func (s *Service) RebaseDraft(ctx context.Context, user identity.SlackUserID) (DraftView, error) {
	return DraftView{}, errNotBuilt
}

// DiscardDraft gives the draft up. Without one it does nothing.
func (s *Service) DiscardDraft(ctx context.Context, user identity.SlackUserID) error {
	return errNotBuilt
}

// ReviewDraft says what applying the draft would do.
func (s *Service) ReviewDraft(ctx context.Context, user identity.SlackUserID) (DraftReview, error) {
	return DraftReview{}, errNotBuilt
}

// ApplyDraft puts the draft in force, or proposes it where a second admin must approve.
// version is what was reviewed; a reason is required. Conflict when the draft or the
// policy in force changed since; Invalid when it does not compile, would leave no admin,
// or would end more than massEnd live grants without ends set.
func (s *Service) ApplyDraft(ctx context.Context, user identity.SlackUserID, version uint64, reason string, ends bool) (RevisionView, error) {
	return RevisionView{}, errNotBuilt
}

// DecideRevision approves or refuses what another admin proposed; a refusal needs a note.
func (s *Service) DecideRevision(ctx context.Context, user identity.SlackUserID, id RevisionID, approve bool, note string) (RevisionView, error) {
	return RevisionView{}, errNotBuilt
}

// Revisions lists what is or was in force or proposed, newest first, and how many there are.
func (s *Service) Revisions(ctx context.Context, user identity.SlackUserID, offset, limit int) ([]RevisionSummary, int, error) {
	return nil, 0, errNotBuilt
}

// Revision is one revision with what it changed.
func (s *Service) Revision(ctx context.Context, user identity.SlackUserID, id RevisionID) (RevisionView, error) {
	return RevisionView{}, errNotBuilt
}

// RollBack makes a draft that says what an earlier revision said. It goes through
// ReviewDraft and ApplyDraft like any other. Conflict when the admin has a draft already
// that differs from what is in force.
func (s *Service) RollBack(ctx context.Context, user identity.SlackUserID, id RevisionID) (DraftView, error) {
	return DraftView{}, errNotBuilt
}

// Setup makes the draft of the first run from one form. Conflict when a policy is in force.
func (s *Service) Setup(ctx context.Context, user identity.SlackUserID, in SetupInput) (DraftReview, error) {
	return DraftReview{}, errNotBuilt
}

// Explain answers for everybody about themselves, and for admins about anybody.
func (s *Service) Explain(ctx context.Context, user identity.SlackUserID, in ExplainInput) (ExplainView, error) {
	return ExplainView{}, errNotBuilt
}

// Simulate decides the requests of the last 90 days by the admin's draft.
func (s *Service) Simulate(ctx context.Context, user identity.SlackUserID) (SimulationView, error) {
	return SimulationView{}, errNotBuilt
}

// Choices searches what an admin chooses from. Names that only Slack knows come from lists
// that may be a few minutes old.
func (s *Service) Choices(ctx context.Context, user identity.SlackUserID, kind ChoiceKind, query string, limit int) (Choices, error) {
	return Choices{}, errNotBuilt
}
