package slacksim

import (
	"fmt"
	"slices"
)

// UserGroup is a group of users that can be mentioned, with a handle.
type UserGroup struct {
	ID          string   `json:"id"` // S…; made up when empty
	Handle      string   `json:"handle"`
	Name        string   `json:"name"` // default Handle
	Description string   `json:"description,omitempty"`
	Members     []string `json:"members"`
	Disabled    bool     `json:"disabled,omitempty"`

	created, updated int64
}

// AddUserGroup adds a user group and returns it with its id. Members must exist.
func (w *Workspace) AddUserGroup(g UserGroup) (UserGroup, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.ID == "" {
		g.ID = w.newID("S")
	}
	if _, taken := w.groups[g.ID]; taken {
		return UserGroup{}, fmt.Errorf("slacksim: add user group %s: the id is taken", g.ID)
	}
	g.created = w.now().Unix()
	if err := w.storeGroup(g); err != nil {
		return UserGroup{}, err
	}
	w.groupOrder = append(w.groupOrder, g.ID)
	return *w.groups[g.ID], nil
}

func (w *Workspace) storeGroup(g UserGroup) error {
	if g.Handle == "" {
		return fmt.Errorf("slacksim: user group %s: a handle is missing", g.ID)
	}
	if g.Name == "" {
		g.Name = g.Handle
	}
	for _, other := range w.groups {
		if other.ID != g.ID && other.Handle == g.Handle {
			return fmt.Errorf("slacksim: user group %s: the handle %q is taken by %s", g.ID, g.Handle, other.ID)
		}
	}
	for _, m := range g.Members {
		if w.users[m] == nil {
			return fmt.Errorf("slacksim: user group %s: member %q is no user", g.Handle, m)
		}
	}
	g.Members = slices.Clone(g.Members)
	g.updated = w.now().Unix()
	w.groups[g.ID] = &g
	w.changes.bump()
	return nil
}

// UpdateUserGroup changes a group and sends subteam_updated, and subteam_members_changed when the members
// changed.
func (w *Workspace) UpdateUserGroup(id string, change func(*UserGroup)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	old, ok := w.groups[id]
	if !ok {
		return fmt.Errorf("slacksim: update user group: there is no group %q", id)
	}
	g := *old
	g.Members = slices.Clone(g.Members)
	change(&g)
	g.ID = id
	if err := w.storeGroup(g); err != nil {
		return err
	}
	w.emit(map[string]any{"type": "subteam_updated", "subteam": w.groupJSON(w.groups[id], true), "event_ts": w.stamp()})
	added, removed := difference(g.Members, old.Members), difference(old.Members, g.Members)
	if len(added)+len(removed) > 0 {
		w.emit(map[string]any{
			"type": "subteam_members_changed", "subteam_id": id, "team_id": w.team.id,
			"date_previous_update": old.updated, "date_update": w.groups[id].updated,
			"added_users": added, "added_users_count": len(added),
			"removed_users": removed, "removed_users_count": len(removed), "event_ts": w.stamp(),
		})
	}
	return nil
}

// UserGroups returns all groups in the order they were added.
func (w *Workspace) UserGroups() []UserGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]UserGroup, 0, len(w.groupOrder))
	for _, id := range w.groupOrder {
		g := *w.groups[id]
		g.Members = slices.Clone(g.Members)
		all = append(all, g)
	}
	return all
}

// difference returns what is in a and not in b.
func difference(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, x := range b {
		in[x] = true
	}
	out := []string{}
	for _, x := range a {
		if !in[x] {
			out = append(out, x)
		}
	}
	return out
}

func (w *Workspace) groupJSON(g *UserGroup, withUsers bool) map[string]any {
	out := map[string]any{
		"id": g.ID, "team_id": w.team.id, "is_usergroup": true, "is_subteam": true, "name": g.Name,
		"description": g.Description, "handle": g.Handle, "is_external": false, "date_create": g.created,
		"date_update": g.updated, "date_delete": 0, "auto_type": nil, "auto_provision": false,
		"created_by": w.app.botUserID, "updated_by": w.app.botUserID, "deleted_by": nil,
		"prefs":      map[string]any{"channels": []string{}, "groups": []string{}},
		"user_count": len(g.Members), "channel_count": 0,
	}
	if g.Disabled {
		out["date_delete"], out["deleted_by"] = g.updated, w.app.botUserID
	}
	if withUsers {
		out["users"] = slices.Clone(g.Members)
	}
	return out
}
