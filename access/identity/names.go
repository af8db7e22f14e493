package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

// Names resolves what a policy says to ids, as the catalog and Slack's lists stood when
// it was made.
type Names struct {
	catalog    *catalog.Catalog
	userGroups []UserGroupFacts
	channels   []ChannelFacts
}

var _ policy.Names = (*Names)(nil)

// Names reads Slack's user groups and channels, not older than maxAge, for the loading of
// a policy. Unavailable when Slack cannot be asked and nothing young enough is known.
func (d *Directory) Names(ctx context.Context, maxAge time.Duration) (*Names, error) {
	const op, message = "identity.Names", "Slack cannot be asked right now for its user groups and channels."
	groups, err := d.groupList.get(ctx, only, maxAge)
	if err != nil {
		return nil, notNow(err, op, message)
	}
	channels, err := d.chanList.get(ctx, only, maxAge)
	if err != nil {
		return nil, notNow(err, op, message)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Names{catalog: d.catalog, userGroups: groups, channels: channels}, nil
}

// PersonByEmail finds a person by e-mail.
func (n *Names) PersonByEmail(email string) (catalog.PersonID, bool) {
	p, ok := n.catalog.PersonByEmail(email)
	if !ok {
		return "", false
	}
	return p.ID, true
}

// GroupByName finds an Identity Center group.
func (n *Names) GroupByName(name string) (id catalog.GroupID, ok bool, suggestions []string) {
	if g, ok := n.catalog.GroupByName(name); ok {
		return g.ID, true, nil
	}
	return "", false, n.catalog.SuggestGroups(name)
}

// UserGroupByHandle finds a Slack user group that is not disabled, with or without the @.
func (n *Names) UserGroupByHandle(handle string) (id string, ok bool, suggestions []string) {
	handle = strings.TrimPrefix(strings.TrimSpace(handle), "@")
	for i := range n.userGroups {
		if g := &n.userGroups[i]; !g.Deleted && strings.EqualFold(g.Handle, handle) {
			return string(g.ID), true, nil
		}
	}
	return "", false, catalog.Nearest(handle, func(yield func(string) bool) {
		for i := range n.userGroups {
			if g := &n.userGroups[i]; !g.Deleted && !yield(g.Handle) {
				return
			}
		}
	})
}

// ChannelByName finds a Slack channel by name, with or without the #, or by id. Of
// several with one name the one that is not archived counts.
func (n *Names) ChannelByName(name string) (info policy.ChannelInfo, ok bool, suggestions []string) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	for i := range n.channels {
		c := &n.channels[i]
		if strings.EqualFold(c.Name, name) || string(c.ID) == name {
			found := policy.ChannelInfo{ID: string(c.ID), Private: c.Private, Shared: c.Shared, Archived: c.Archived, Joined: c.Joined}
			if !ok || (info.Archived && !found.Archived) {
				info, ok = found, true
			}
		}
	}
	if ok {
		return info, true, nil
	}
	return info, false, catalog.Nearest(name, func(yield func(string) bool) {
		for i := range n.channels {
			if c := &n.channels[i]; !c.Archived && !yield(c.Name) {
				return
			}
		}
	})
}

// UserGroups are Slack's user groups that are not disabled. They are read only.
func (n *Names) UserGroups() []UserGroupFacts {
	return slices.DeleteFunc(slices.Clone(n.userGroups), func(g UserGroupFacts) bool { return g.Deleted })
}

// Channels are the channels that Slack shows to Stint, without archived ones.
func (n *Names) Channels() []ChannelFacts {
	return slices.DeleteFunc(slices.Clone(n.channels), func(c ChannelFacts) bool { return c.Archived })
}

// Accounts are the accounts of the catalog.
func (n *Names) Accounts() []catalog.Account { return n.catalog.Accounts() }

// Roles are the roles of the catalog.
func (n *Names) Roles() []catalog.Role { return n.catalog.Roles() }

// Groups are the Identity Center groups of the catalog.
func (n *Names) Groups() []catalog.Group { return n.catalog.Groups() }

// PersonName is the name of a person for messages; the id when nothing better is known.
func (d *Directory) PersonName(id catalog.PersonID) string {
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	if p, ok := c.Person(id); ok {
		return p.Name
	}
	if f, ok := d.people.last(id); ok && f.Person.Name != "" {
		return f.Person.Name
	}
	if u, ok := d.SlackOf(id); ok {
		if f, ok := d.users.last(u); ok && f.Name != "" {
			return f.Name
		}
	}
	return string(id)
}

// SlackUser is what was last read of a Slack user, however old, with its ID at least.
func (d *Directory) SlackUser(id SlackUserID) (f SlackFacts, known bool) {
	f, known = d.users.last(id)
	f.ID = id
	return f, known
}

// UserGroup is what was last read of a user group, however old: its members, its handle,
// or both. It is read only.
func (d *Directory) UserGroup(id UserGroupID) (UserGroupFacts, bool) {
	f, ok := d.userGroups.last(id)
	list, _ := d.groupList.last(only)
	for i := range list {
		if list[i].ID == id {
			f.ID, f.Handle, f.Name = id, list[i].Handle, list[i].Name
			return f, true
		}
	}
	return f, ok
}
