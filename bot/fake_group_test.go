package bot

import (
	"context"
	"strings"

	"stint/access"
)

// fakeGroups is what the fake answers about groups.
type fakeGroups struct {
	groups    []access.ItemView
	groupsWhy string
}

// groupItem is a group as the fake knows it.
func (f *fakeService) groupItem(e access.Entitlement) access.ItemView {
	for _, g := range f.groups {
		if g.Entitlement == e {
			return g
		}
	}
	return access.ItemView{Entitlement: e}
}

func (f *fakeService) OffersGroups() bool { return len(f.groups) > 0 }

func (f *fakeService) Groups(_ context.Context, q access.GroupQuery) (access.GroupChoices, error) {
	f.count("Groups")
	f.mu.Lock()
	defer f.mu.Unlock()
	out := access.GroupChoices{}
	for _, g := range f.groups {
		if strings.Contains(g.Group.Name, strings.ToLower(q.Query)) {
			out.Total++
			if len(out.Groups) < q.Limit {
				out.Groups = append(out.Groups, g)
			}
		}
	}
	if out.Total == 0 && q.Query == "" {
		out.Why = f.groupsWhy
	}
	return out, nil
}

func (f *fakeService) itemOf(e access.Entitlement) access.ItemView {
	if e.IsGroup() {
		return f.groupItem(e)
	}
	return f.item(e.Account, e.Role)
}
