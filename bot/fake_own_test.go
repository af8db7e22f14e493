package bot

import (
	"context"
	"slices"
	"strings"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

func (f *fakeService) Mine(_ context.Context, user identity.SlackUserID, q access.MineQuery) (access.MineView, error) {
	f.count("Mine")
	f.mu.Lock()
	defer f.mu.Unlock()
	var v access.MineView
	for _, r := range f.requests {
		if (r.Request.Asker.Slack == user || r.Request.Receiver.Slack == user) && (len(q.States) == 0 || slices.Contains(q.States, r.Request.State)) {
			v.Requests = append(v.Requests, r)
		}
	}
	slices.SortFunc(v.Requests, func(a, b access.RequestView) int { return strings.Compare(string(b.Request.ID), string(a.Request.ID)) })
	v.Total = len(v.Requests)
	from := min(q.Offset, v.Total)
	v.Requests = v.Requests[from:min(from+q.Limit, v.Total)]
	return v, nil
}

func (f *fakeService) Again(_ context.Context, user identity.SlackUserID, id access.RequestID) (access.RequestView, error) {
	f.count("Again")
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.requests[id]
	switch {
	case !ok:
		return v, fault.New(fault.NotFound, "fake.Again", "There is no such request", "")
	case v.Request.Asker.Slack != user && v.Request.Receiver.Slack != user:
		return access.RequestView{}, fault.New(fault.Forbidden, "fake.Again", "This is somebody else's request.", "")
	}
	return v, nil
}

func (f *fakeService) Favourite(_ context.Context, user identity.SlackUserID, e access.Entitlement, on bool) error {
	f.count("Favourite")
	f.mu.Lock()
	defer f.mu.Unlock()
	marked := slices.DeleteFunc(f.favourites[user], func(o access.Entitlement) bool { return o == e })
	if on {
		marked = append([]access.Entitlement{e}, marked...)
	}
	if f.favourites == nil {
		f.favourites = map[identity.SlackUserID][]access.Entitlement{}
	}
	f.favourites[user] = marked
	return nil
}

func (f *fakeService) WhoHas(_ context.Context, user identity.SlackUserID, q access.WhoHasQuery) (access.WhoHasView, error) {
	f.count("WhoHas")
	f.mu.Lock()
	defer f.mu.Unlock()
	v := access.WhoHasView{All: slices.ContainsFunc(f.admins, func(a access.Human) bool { return a.Slack == user })}
	if !v.All && !slices.ContainsFunc(f.approver, func(a access.Human) bool { return a.Slack == user }) {
		return v, fault.New(fault.Forbidden, "fake.WhoHas", "Only admins and approvers see who has access.", "Your own access is in Stint's Home tab.")
	}
	for _, g := range f.grants {
		if g.Phase != access.PhaseEnded && strings.Contains(strings.ToLower(plainItem(g.Item)+g.Grant.Holder.Name), strings.ToLower(q.Text)) {
			v.Grants = append(v.Grants, g)
		}
	}
	slices.SortFunc(v.Grants, func(a, b access.GrantView) int { return a.Grant.End.Compare(b.Grant.End) })
	v.Total = len(v.Grants)
	from := min(q.Offset, v.Total)
	v.Grants = v.Grants[from:min(from+q.Limit, v.Total)]
	return v, nil
}
