package bot

import (
	"context"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

func (f *fakeService) RequestOf(ctx context.Context, id access.RequestID) (access.Request, error) {
	v, err := f.RequestView(ctx, id)
	return v.Request, err
}

func (f *fakeService) CardView(ctx context.Context, id access.RequestID) ([]access.RequestView, error) {
	return f.tied(ctx, id, func(r, other access.Request) bool { return r.CardID() == other.CardID() })
}

func (f *fakeService) FormView(ctx context.Context, id access.RequestID) ([]access.RequestView, error) {
	return f.tied(ctx, id, func(access.Request, access.Request) bool { return true })
}

func (f *fakeService) tied(ctx context.Context, id access.RequestID, with func(r, other access.Request) bool) ([]access.RequestView, error) {
	v, err := f.RequestView(ctx, id)
	if err != nil || len(v.Request.Tied) == 0 {
		return []access.RequestView{v}, err
	}
	var out []access.RequestView
	for _, other := range v.Request.Tied {
		o, err := f.RequestView(ctx, other)
		if err != nil {
			return nil, err
		}
		if with(v.Request, o.Request) {
			out = append(out, o)
		}
	}
	return out, nil
}

func (f *fakeService) CancelForm(ctx context.Context, id access.RequestID, user identity.SlackUserID) ([]access.RequestView, error) {
	f.count("CancelForm")
	vs, err := f.FormView(ctx, id)
	for _, v := range vs {
		if v.Request.State == access.Pending {
			if _, cerr := f.Cancel(ctx, v.Request.ID, user); cerr != nil {
				err = cerr
			}
		}
	}
	if err != nil {
		return vs, err
	}
	return f.FormView(ctx, id)
}

func (f *fakeService) EndRequest(ctx context.Context, id access.RequestID, user identity.SlackUserID) (access.RequestView, error) {
	f.count("EndRequest")
	v, err := f.RequestView(ctx, id)
	if err != nil {
		return v, err
	}
	for i, g := range v.Grants {
		ended, err := f.EndGrant(ctx, g.Grant.ID, user)
		if err != nil {
			return v, fault.Wrap(err, fault.Conflict, "fake.EndRequest", "", "")
		}
		v.Grants[i] = ended
	}
	f.with(id, func(have *access.RequestView) { have.Grants = v.Grants })
	return v, nil
}
