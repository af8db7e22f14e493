package bot

import (
	"context"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// fakeDeciding keeps what was asked for, and does it where a test sees it.
type fakeDeciding struct {
	claims      []identity.SlackUserID
	handed      []identity.SlackUserID
	replies     []string
	delegations access.DelegationsView
	delegated   []access.DelegationInput
	ended       []string
	past        access.Past
	decideHook  func(what string) error // runs first, and may fail
}

func (f *fakeService) deciding(what string) error {
	f.count(what)
	if hook := get(f, &f.decideHook); hook != nil {
		return hook(what)
	}
	return nil
}

func (f *fakeService) Details(ctx context.Context, _ identity.SlackUserID, id access.RequestID) (access.RequestDetails, error) {
	if err := f.deciding("Details"); err != nil {
		return access.RequestDetails{}, err
	}
	v, err := f.RequestView(ctx, id)
	return access.RequestDetails{RequestView: v, Past: get(f, &f.past), At: f.now}, err
}

func (f *fakeService) changed(ctx context.Context, what string, id access.RequestID, change func(*access.Request)) (access.RequestView, error) {
	if err := f.deciding(what); err != nil {
		return access.RequestView{}, err
	}
	f.mu.Lock()
	if v, ok := f.requests[id]; ok {
		change(&v.Request)
		f.requests[id] = v
	}
	f.mu.Unlock()
	return f.RequestView(ctx, id)
}

func (f *fakeService) actorOf(user identity.SlackUserID) access.Actor {
	who := f.people[user]
	return access.Actor{Person: who.Person, Slack: user, Name: who.Name}
}

func (f *fakeService) Claim(ctx context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestView, error) {
	return f.changed(ctx, "Claim", id, func(r *access.Request) {
		f.claims = append(f.claims, user)
		r.Claim = &access.Claim{By: f.actorOf(user), At: f.now}
	})
}

func (f *fakeService) Unclaim(ctx context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestView, error) {
	return f.changed(ctx, "Unclaim", id, func(r *access.Request) {
		if r.Claim != nil && r.Claim.By.Slack == user {
			r.Claim = nil
		}
	})
}

func (f *fakeService) HandOver(ctx context.Context, user identity.SlackUserID, id access.RequestID, to identity.SlackUserID) (access.RequestView, error) {
	return f.changed(ctx, "HandOver", id, func(r *access.Request) {
		f.handed = append(f.handed, to)
		r.Claim = &access.Claim{By: f.actorOf(to), From: f.actorOf(user), At: f.now}
	})
}

func (f *fakeService) Reply(ctx context.Context, user identity.SlackUserID, id access.RequestID, text string) (access.RequestView, error) {
	return f.changed(ctx, "Reply", id, func(r *access.Request) {
		f.replies = append(f.replies, text)
		r.Replies = append(r.Replies, access.Reply{By: f.actorOf(user), Text: text, At: f.now})
	})
}

func (f *fakeService) ReviewAll(ctx context.Context, user identity.SlackUserID, ids []access.RequestID, verdict access.Verdict, comment string) ([]access.ReviewOutcome, error) {
	if err := f.deciding("ReviewAll"); err != nil {
		return nil, err
	}
	var out []access.ReviewOutcome
	for _, id := range ids {
		v, err := f.Review(ctx, access.ReviewInput{Request: id, User: user, Verdict: verdict, Comment: comment})
		out = append(out, access.ReviewOutcome{Request: id, View: v, Err: err})
	}
	return out, nil
}

func (f *fakeService) Delegate(_ context.Context, user identity.SlackUserID, in access.DelegationInput) (access.Delegation, error) {
	if err := f.deciding("Delegate"); err != nil {
		return access.Delegation{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delegated = append(f.delegated, in)
	return access.Delegation{ID: "01JDEL", By: f.actorOf(user), To: f.actorOf(in.To), At: f.now, Until: in.Until, Note: in.Note}, nil
}

func (f *fakeService) EndDelegation(_ context.Context, _ identity.SlackUserID, id string) error {
	if err := f.deciding("EndDelegation"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if id == "" {
		return fault.New(fault.NotFound, "fake", "This is over already.", "")
	}
	f.ended = append(f.ended, id)
	f.delegations.Mine = nil
	return nil
}

func (f *fakeService) Delegations(context.Context, identity.SlackUserID) (access.DelegationsView, error) {
	if err := f.deciding("Delegations"); err != nil {
		return access.DelegationsView{}, err
	}
	return get(f, &f.delegations), nil
}
