package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// User is a member of the workspace, or a stranger seen through a shared channel.
type User struct {
	ID       string `json:"id"`   // U…; made up when empty
	Name     string `json:"name"` // the handle; made from RealName when empty
	RealName string `json:"real_name"`
	// DisplayName is shown where it is set, else RealName.
	DisplayName string `json:"display_name,omitempty"`
	Email       string `json:"email,omitempty"`
	Title       string `json:"title,omitempty"`
	// TZ is an IANA zone. Default "Etc/UTC".
	TZ string `json:"tz"`

	Admin bool `json:"is_admin,omitempty"`
	Owner bool `json:"is_owner,omitempty"`
	// Restricted is a multi-channel guest; UltraRestricted a single-channel guest, who is both.
	Restricted      bool `json:"is_restricted,omitempty"`
	UltraRestricted bool `json:"is_ultra_restricted,omitempty"`
	Deleted         bool `json:"deleted,omitempty"`
	Bot             bool `json:"is_bot,omitempty"`
	Stranger        bool `json:"is_stranger,omitempty"`
	// EmailConfirmed is left out of Slack's answers when nil.
	EmailConfirmed *bool `json:"is_email_confirmed,omitempty"`
	// TeamID is the home workspace. Default this one.
	TeamID string `json:"team_id,omitempty"`
	// EnterpriseID is the organization. Default this workspace's.
	EnterpriseID string `json:"enterprise_id,omitempty"`

	updated int64
	zone    *time.Location
}

// Label is the name that Slack shows.
func (u User) Label() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.RealName
}

// AddUser adds a member and returns it with its id. It refuses an id, an e-mail or a handle that is taken and
// a time zone that is unknown.
func (w *Workspace) AddUser(u User) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u.ID == "" {
		u.ID = w.newID("U")
	}
	if _, taken := w.users[u.ID]; taken {
		return User{}, fmt.Errorf("slacksim: add user %s: the id is taken; leave it empty to get a new one", u.ID)
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	if u.Name == "" {
		u.Name = handleOf(u.RealName)
	}
	if u.TeamID == "" {
		u.TeamID = w.team.id
	}
	if u.EnterpriseID == "" && u.TeamID == w.team.id {
		u.EnterpriseID = w.team.enterpriseID
	}
	if err := w.storeUser(u); err != nil {
		return User{}, err
	}
	w.userOrder = append(w.userOrder, u.ID)
	return *w.users[u.ID], nil
}

// storeUser checks and stores a user. It is called with w.mu held.
func (w *Workspace) storeUser(u User) error {
	if u.TZ == "" {
		u.TZ = "Etc/UTC"
	}
	zone, err := w.location(u.TZ)
	if err != nil {
		return fmt.Errorf("slacksim: user %s: time zone %q is unknown; use an IANA name such as Europe/Berlin", u.ID, u.TZ)
	}
	if u.UltraRestricted {
		u.Restricted = true
	}
	mail := strings.ToLower(u.Email)
	if other, taken := w.byEmail[mail]; mail != "" && taken && other != u.ID {
		return fmt.Errorf("slacksim: user %s: e-mail %s belongs to %s already", u.ID, u.Email, other)
	}
	if old, ok := w.users[u.ID]; ok {
		delete(w.byEmail, strings.ToLower(old.Email))
	}
	if mail != "" {
		w.byEmail[mail] = u.ID
	}
	u.updated, u.zone = w.now().Unix(), zone
	w.users[u.ID] = &u
	w.changes.bump()
	return nil
}

// location loads a zone once: a workspace has many users in few zones.
func (w *Workspace) location(name string) (*time.Location, error) {
	if z := w.zones[name]; z != nil {
		return z, nil
	}
	z, err := time.LoadLocation(name)
	if err == nil {
		w.zones[name] = z
	}
	return z, err
}

// UpdateUser changes a member and sends user_change to the app. The id cannot be changed.
func (w *Workspace) UpdateUser(id string, change func(*User)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	old, ok := w.users[id]
	if !ok {
		return fmt.Errorf("slacksim: update user: there is no user %q", id)
	}
	u := *old
	change(&u)
	u.ID = id
	if err := w.storeUser(u); err != nil {
		return err
	}
	w.emit(map[string]any{
		"type": "user_change", "user": w.userJSON(w.users[id], true), "cache_ts": w.now().Unix(),
		"event_ts": w.stamp(),
	})
	return nil
}

// User returns a member by id.
func (w *Workspace) User(id string) (User, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.users[id]
	if !ok {
		return User{}, false
	}
	return *u, true
}

// Users returns all members in the order they were added, the app's bot user first.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]User, 0, len(w.userOrder))
	for _, id := range w.userOrder {
		all = append(all, *w.users[id])
	}
	return all
}

func (w *Workspace) hasScope(scope string) bool { return slices.Contains(w.scopes, scope) }

// userJSON is a user as the Web API and events show it. The e-mail needs a scope of its own.
func (w *Workspace) userJSON(u *User, withEmail bool) map[string]any {
	profile := map[string]any{
		"real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.DisplayName,
		"display_name_normalized": u.DisplayName, "title": u.Title, "team": u.TeamID, "avatar_hash": "",
		"status_text": "", "status_emoji": "", "phone": "", "skype": "",
	}
	if withEmail && w.hasScope("users:read.email") && u.Email != "" && !u.Bot {
		profile["email"] = u.Email
	}
	out := map[string]any{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "deleted": u.Deleted, "profile": profile,
		"is_bot": u.Bot, "is_app_user": false, "updated": u.updated,
	}
	if u.ID == w.app.botUserID {
		profile["api_app_id"], profile["bot_id"] = w.app.id, w.app.botID
	}
	// A deactivated account is shown without what no longer applies to it.
	if !u.Deleted {
		zone := u.zone
		if zone == nil {
			zone = time.UTC
		}
		label, offset := w.now().In(zone).Zone()
		for k, v := range map[string]any{
			"color": "3c989f", "real_name": u.RealName, "tz": u.TZ, "tz_label": label, "tz_offset": offset,
			"is_admin": u.Admin || u.Owner, "is_owner": u.Owner, "is_primary_owner": false,
			"is_restricted": u.Restricted, "is_ultra_restricted": u.UltraRestricted,
			"who_can_share_contact_card": "EVERYONE",
		} {
			out[k] = v
		}
		if u.EmailConfirmed != nil {
			out["is_email_confirmed"] = *u.EmailConfirmed
		}
	}
	if u.Stranger {
		out["is_stranger"] = true
	}
	if u.EnterpriseID != "" {
		out["enterprise_user"] = map[string]any{
			"id": "W" + strings.TrimPrefix(u.ID, "U"), "enterprise_id": u.EnterpriseID,
			"enterprise_name": w.team.enterpriseName, "is_admin": false, "is_owner": false,
			"teams": []string{u.TeamID},
		}
	}
	return out
}
