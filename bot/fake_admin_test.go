package bot

import (
	"context"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// fakeAdmin holds what each method of AdminService does in a test. What is not set fails
// with Unavailable, and Paused says that nothing is paused. Reach them with get and set
// once the bot runs.
type fakeAdmin struct {
	onDraft          func(ctx context.Context, user identity.SlackUserID) (access.DraftView, error)
	onEditDraft      func(ctx context.Context, user identity.SlackUserID, version uint64, spec policy.Spec) (access.DraftView, error)
	onCheckSpec      func(ctx context.Context, user identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error)
	onRebaseDraft    func(ctx context.Context, user identity.SlackUserID) (access.DraftView, error)
	onDiscardDraft   func(ctx context.Context, user identity.SlackUserID) error
	onReviewDraft    func(ctx context.Context, user identity.SlackUserID) (access.DraftReview, error)
	onApplyDraft     func(ctx context.Context, user identity.SlackUserID, version uint64, reason string, ends bool) (access.RevisionView, error)
	onDecideRevision func(ctx context.Context, user identity.SlackUserID, id access.RevisionID, approve bool, note string) (access.RevisionView, error)
	onRevisions      func(ctx context.Context, user identity.SlackUserID, offset, limit int) ([]access.RevisionSummary, int, error)
	onRevision       func(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.RevisionView, error)
	onRollBack       func(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.DraftView, error)
	onSetup          func(ctx context.Context, user identity.SlackUserID, in access.SetupInput) (access.DraftReview, error)
	onExplain        func(ctx context.Context, user identity.SlackUserID, in access.ExplainInput) (access.ExplainView, error)
	onSimulate       func(ctx context.Context, user identity.SlackUserID) (access.SimulationView, error)
	onExample        func(e policy.Example) access.ExampleView
	onChoices        func(ctx context.Context, user identity.SlackUserID, kind access.ChoiceKind, query string, limit int) (access.Choices, error)
	onPause          func(ctx context.Context, user identity.SlackUserID, reason string) (access.Pause, error)
	onResume         func(ctx context.Context, user identity.SlackUserID) error
	onPaused         func() *access.Pause
	onCountLive      func(ctx context.Context, user identity.SlackUserID, scope access.EndScope) (grants, requests int, err error)
	onEndAll         func(ctx context.Context, user identity.SlackUserID, scope access.EndScope, reason string) (access.EndOrderView, error)
	onAcceptLoss     func(ctx context.Context, user identity.SlackUserID, id string) error
	onEndHeld        func(ctx context.Context, user identity.SlackUserID, reason string) (access.EndOrderView, error)
	onEndOrder       func(ctx context.Context, user identity.SlackUserID, id string) (access.EndOrderView, error)
	onPeople         func(ctx context.Context, user identity.SlackUserID, q access.PeopleQuery) (access.PeopleView, error)
	onLink           func(ctx context.Context, user, slack identity.SlackUserID, person catalog.PersonID, reason string) (access.LinkView, error)
	onUnlink         func(ctx context.Context, user, slack identity.SlackUserID, reason string) error
	fakeDrift
}

var _ AdminService = (*fakeService)(nil)

func notSet(name string) error {
	return fault.New(fault.Unavailable, "fake."+name, "The test did not say what "+name+" does.", "")
}

func (f *fakeService) Draft(ctx context.Context, user identity.SlackUserID) (access.DraftView, error) {
	f.count("Draft")
	if fn := get(f, &f.onDraft); fn != nil {
		return fn(ctx, user)
	}
	return access.DraftView{}, notSet("Draft")
}

func (f *fakeService) EditDraft(ctx context.Context, user identity.SlackUserID, version uint64, spec policy.Spec) (access.DraftView, error) {
	f.count("EditDraft")
	if fn := get(f, &f.onEditDraft); fn != nil {
		return fn(ctx, user, version, spec)
	}
	return access.DraftView{}, notSet("EditDraft")
}

func (f *fakeService) CheckSpec(ctx context.Context, user identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error) {
	f.count("CheckSpec")
	if fn := get(f, &f.onCheckSpec); fn != nil {
		return fn(ctx, user, spec)
	}
	return nil, notSet("CheckSpec")
}

func (f *fakeService) RebaseDraft(ctx context.Context, user identity.SlackUserID) (access.DraftView, error) {
	f.count("RebaseDraft")
	if fn := get(f, &f.onRebaseDraft); fn != nil {
		return fn(ctx, user)
	}
	return access.DraftView{}, notSet("RebaseDraft")
}

func (f *fakeService) DiscardDraft(ctx context.Context, user identity.SlackUserID) error {
	f.count("DiscardDraft")
	if fn := get(f, &f.onDiscardDraft); fn != nil {
		return fn(ctx, user)
	}
	return notSet("DiscardDraft")
}

func (f *fakeService) ReviewDraft(ctx context.Context, user identity.SlackUserID) (access.DraftReview, error) {
	f.count("ReviewDraft")
	if fn := get(f, &f.onReviewDraft); fn != nil {
		return fn(ctx, user)
	}
	return access.DraftReview{}, notSet("ReviewDraft")
}

func (f *fakeService) ApplyDraft(ctx context.Context, user identity.SlackUserID, version uint64, reason string, ends bool) (access.RevisionView, error) {
	f.count("ApplyDraft")
	if fn := get(f, &f.onApplyDraft); fn != nil {
		return fn(ctx, user, version, reason, ends)
	}
	return access.RevisionView{}, notSet("ApplyDraft")
}

func (f *fakeService) DecideRevision(ctx context.Context, user identity.SlackUserID, id access.RevisionID, approve bool, note string) (access.RevisionView, error) {
	f.count("DecideRevision")
	if fn := get(f, &f.onDecideRevision); fn != nil {
		return fn(ctx, user, id, approve, note)
	}
	return access.RevisionView{}, notSet("DecideRevision")
}

func (f *fakeService) Revisions(ctx context.Context, user identity.SlackUserID, offset, limit int) ([]access.RevisionSummary, int, error) {
	f.count("Revisions")
	if fn := get(f, &f.onRevisions); fn != nil {
		return fn(ctx, user, offset, limit)
	}
	return nil, 0, notSet("Revisions")
}

func (f *fakeService) Revision(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.RevisionView, error) {
	f.count("Revision")
	if fn := get(f, &f.onRevision); fn != nil {
		return fn(ctx, user, id)
	}
	return access.RevisionView{}, notSet("Revision")
}

func (f *fakeService) RollBack(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.DraftView, error) {
	f.count("RollBack")
	if fn := get(f, &f.onRollBack); fn != nil {
		return fn(ctx, user, id)
	}
	return access.DraftView{}, notSet("RollBack")
}

func (f *fakeService) Setup(ctx context.Context, user identity.SlackUserID, in access.SetupInput) (access.DraftReview, error) {
	f.count("Setup")
	if fn := get(f, &f.onSetup); fn != nil {
		return fn(ctx, user, in)
	}
	return access.DraftReview{}, notSet("Setup")
}

func (f *fakeService) Explain(ctx context.Context, user identity.SlackUserID, in access.ExplainInput) (access.ExplainView, error) {
	f.count("Explain")
	if fn := get(f, &f.onExplain); fn != nil {
		return fn(ctx, user, in)
	}
	return access.ExplainView{}, notSet("Explain")
}

func (f *fakeService) Simulate(ctx context.Context, user identity.SlackUserID) (access.SimulationView, error) {
	f.count("Simulate")
	if fn := get(f, &f.onSimulate); fn != nil {
		return fn(ctx, user)
	}
	return access.SimulationView{}, notSet("Simulate")
}

func (f *fakeService) Choices(ctx context.Context, user identity.SlackUserID, kind access.ChoiceKind, query string, limit int) (access.Choices, error) {
	f.count("Choices")
	if fn := get(f, &f.onChoices); fn != nil {
		return fn(ctx, user, kind, query, limit)
	}
	return access.Choices{}, notSet("Choices")
}

func (f *fakeService) Pause(ctx context.Context, user identity.SlackUserID, reason string) (access.Pause, error) {
	f.count("Pause")
	if fn := get(f, &f.onPause); fn != nil {
		return fn(ctx, user, reason)
	}
	return access.Pause{}, notSet("Pause")
}

func (f *fakeService) Resume(ctx context.Context, user identity.SlackUserID) error {
	f.count("Resume")
	if fn := get(f, &f.onResume); fn != nil {
		return fn(ctx, user)
	}
	return notSet("Resume")
}

func (f *fakeService) Paused() *access.Pause {
	f.count("Paused")
	if fn := get(f, &f.onPaused); fn != nil {
		return fn()
	}
	return nil
}

func (f *fakeService) CountLive(ctx context.Context, user identity.SlackUserID, scope access.EndScope) (grants, requests int, err error) {
	f.count("CountLive")
	if fn := get(f, &f.onCountLive); fn != nil {
		return fn(ctx, user, scope)
	}
	return 0, 0, notSet("CountLive")
}

func (f *fakeService) EndAll(ctx context.Context, user identity.SlackUserID, scope access.EndScope, reason string) (access.EndOrderView, error) {
	f.count("EndAll")
	if fn := get(f, &f.onEndAll); fn != nil {
		return fn(ctx, user, scope, reason)
	}
	return access.EndOrderView{}, notSet("EndAll")
}

func (f *fakeService) AcceptLoss(ctx context.Context, user identity.SlackUserID, id string) error {
	f.count("AcceptLoss")
	if fn := get(f, &f.onAcceptLoss); fn != nil {
		return fn(ctx, user, id)
	}
	return notSet("AcceptLoss")
}

func (f *fakeService) EndHeld(ctx context.Context, user identity.SlackUserID, reason string) (access.EndOrderView, error) {
	f.count("EndHeld")
	if fn := get(f, &f.onEndHeld); fn != nil {
		return fn(ctx, user, reason)
	}
	return access.EndOrderView{}, notSet("EndHeld")
}

func (f *fakeService) EndOrder(ctx context.Context, user identity.SlackUserID, id string) (access.EndOrderView, error) {
	f.count("EndOrder")
	if fn := get(f, &f.onEndOrder); fn != nil {
		return fn(ctx, user, id)
	}
	return access.EndOrderView{}, notSet("EndOrder")
}

func (f *fakeService) People(ctx context.Context, user identity.SlackUserID, q access.PeopleQuery) (access.PeopleView, error) {
	f.count("People")
	if fn := get(f, &f.onPeople); fn != nil {
		return fn(ctx, user, q)
	}
	return access.PeopleView{}, notSet("People")
}

func (f *fakeService) Link(ctx context.Context, user, slack identity.SlackUserID, person catalog.PersonID, reason string) (access.LinkView, error) {
	f.count("Link")
	if fn := get(f, &f.onLink); fn != nil {
		return fn(ctx, user, slack, person, reason)
	}
	return access.LinkView{}, notSet("Link")
}

func (f *fakeService) Unlink(ctx context.Context, user, slack identity.SlackUserID, reason string) error {
	f.count("Unlink")
	if fn := get(f, &f.onUnlink); fn != nil {
		return fn(ctx, user, slack, reason)
	}
	return notSet("Unlink")
}

// Example names nothing that is not set: the ids stand for the names.
func (f *fakeService) Example(e policy.Example) access.ExampleView {
	if fn := get(f, &f.onExample); fn != nil {
		return fn(e)
	}
	return access.ExampleView{
		Person: access.Human{Person: e.Person, Name: string(e.Person)}, Item: f.item(e.Account, e.Role), Before: e.Before, After: e.After,
	}
}
