package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stint/access/catalog"
)

// bind records what a name means. A name that means another id than at the last load is
// refused: rules must not silently begin to speak of somebody else. One that meant something
// and means nothing now keeps its id, so that a departed colleague or a deleted group does
// not keep the policy from being loaded.
func (c *compiler) bind(path, kind, name, what, id string, ok bool, hint string) (string, bool) {
	return c.bindTo(path, kind, name, what, id, ok, hint, "it keeps the members that were last known")
}

// bindTo is bind with what becomes of a name that means nothing any more.
func (c *compiler) bindTo(path, kind, name, what, id string, ok bool, hint, then string) (string, bool) {
	key := kind + ":" + name
	before, had := c.previous[key]
	switch {
	case !ok && !had:
		c.problem(path, hint, "no %s `%s`", what, name)
		return "", false
	case !ok:
		c.warn(path, "remove it, or restore it", "the %s `%s` is gone; %s", what, name, then)
		id = before
	case had && before != id:
		c.problem(path, "if that is meant, load the policy once without it, then with it again",
			"the %s `%s` is not the one it was when the policy was last loaded", what, name)
		return "", false
	}
	c.bound[key] = id
	return id, true
}

func (c *compiler) group(path, name string) (string, bool) {
	id, ok, near := c.names.GroupByName(name)
	return c.bind(path, "group", name, "Identity Center group", string(id), ok, didYouMean(near))
}

func (c *compiler) userGroup(path, handle string) (string, bool) {
	if bare, ok := strings.CutPrefix(handle, "@"); ok {
		c.problem(path, "write "+bare, "a user group is named by its handle without @")
		return "", false
	}
	id, ok, near := c.names.UserGroupByHandle(handle)
	return c.bind(path, "user_group", handle, "Slack user group", id, ok, didYouMean(near))
}

func (c *compiler) user(path, email string) (string, bool) {
	lower := strings.ToLower(strings.TrimSpace(email))
	if at := strings.IndexByte(lower, '@'); at < 1 || at == len(lower)-1 {
		c.problem(path, "", "%q is no e-mail address", email)
		return "", false
	}
	id, ok := c.names.PersonByEmail(lower)
	return c.bind(path, "user", lower, "Identity Center user with the e-mail", string(id), ok,
		"the address must be a primary one in Identity Center")
}

// channel resolves a channel that cards go to.
func (c *compiler) channel(path, name string) (string, bool) {
	info, id, ok := c.channelInfo(path, name)
	switch {
	case !ok:
		return "", false
	case info.Shared:
		c.problem(path, "choose a channel of your own workspace", "channel `%s` is shared with another organization", name)
		return "", false
	case info.Archived:
		c.problem(path, "unarchive it, or choose another", "channel `%s` is archived", name)
		return "", false
	case info.ID != "" && !info.Joined:
		c.warn(path, "type /invite @Stint there", "Stint is not in channel `%s`", name)
	}
	return id, true
}

// memberChannel resolves a channel whose members are a source of people.
func (c *compiler) memberChannel(path, name string) (string, bool) {
	info, id, ok := c.channelInfo(path, name)
	switch {
	case !ok:
		return "", false
	case info.ID == "": // gone; its last known members stay
	case !info.Private:
		c.problem(path, "use a private channel or a user group",
			"channel `%s` is public: everybody could add themselves", name)
		return "", false
	case info.Shared:
		c.problem(path, "use a private channel of your own workspace",
			"channel `%s` is shared with another organization", name)
		return "", false
	case !info.Joined:
		c.warn(path, "type /invite @Stint there", "Stint is not in channel `%s` and cannot read its members", name)
	}
	return id, true
}

func (c *compiler) channelInfo(path, name string) (ChannelInfo, string, bool) {
	if bare, ok := strings.CutPrefix(name, "#"); ok {
		c.problem(path, "write "+bare, "a channel is named without #")
		return ChannelInfo{}, "", false
	}
	info, ok, near := c.names.ChannelByName(name)
	hint := didYouMean(near)
	if hint == "" {
		hint = "a private channel is only visible once somebody typed /invite @Stint there"
	}
	if !ok {
		info = ChannelInfo{}
	}
	id, ok := c.bind(path, "channel", name, "Slack channel", info.ID, ok, hint)
	return info, id, ok
}

// people resolves everything that a set names.
func (c *compiler) people(path string, in People) []Source {
	var out []Source
	for _, part := range []struct {
		key     string
		names   []string
		kind    SourceKind
		resolve func(path, name string) (string, bool)
	}{
		{"users", in.Users, SourcePerson, c.user},
		{"slack_usergroups", in.SlackUserGroups, SourceUserGroup, c.userGroup},
		{"identity_center_groups", in.IdentityCenterGroups, SourceGroup, c.group},
		{"slack_channels", in.SlackChannels, SourceChannel, c.memberChannel},
	} {
		for i, name := range part.names {
			if id, ok := part.resolve(fmt.Sprintf("%s.%s[%d]", path, part.key, i), name); ok {
				out = append(out, Source{part.kind, id})
			}
		}
	}
	if src, ok := c.onCall(path+".on_call", in.OnCall); ok {
		out = append(out, src)
	}
	return uniqueSources(out)
}

var setName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (c *compiler) compilePeople() {
	c.p.setByName = map[string]int{}
	for _, name := range sortedKeys(c.spec.People) {
		path := "people." + name
		switch {
		case name == all:
			c.problem(path, "choose another name", "`all` already means everybody")
		case !setName.MatchString(name):
			c.problem(path, "use letters, digits, - and _", "%q is no name for a people set", name)
		}
		if c.spec.People[name].IsZero() {
			c.problem(path, "name users, slack_usergroups, identity_center_groups, slack_channels or on_call", "the set `%s` has no members", name)
		}
		c.p.setByName[name] = len(c.p.sets)
		c.p.sets = append(c.p.sets, set{name, c.people(path, c.spec.People[name])})
	}
	c.compileFallbacks()
}

// setNames checks names of people sets and returns them, each once.
func (c *compiler) setNames(path string, in []string) []string {
	var out []string
	for i, name := range in {
		at := fmt.Sprintf("%s[%d]", path, i)
		if _, ok := c.p.setByName[name]; !ok {
			hint := didYouMean(catalog.Nearest(name, slices.Values(sortedKeys(c.spec.People))))
			switch {
			case name == all:
				hint = "`all` is written without brackets"
			case hint == "":
				hint = "define it under people"
			}
			c.problem(at, hint, "no people set `%s`", name)
			continue
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// who compiles a list of people sets.
func (c *compiler) who(path string, l List) who {
	w := who{all: l.All}
	for _, name := range c.setNames(path, l.Items) {
		w.sets = append(w.sets, c.p.setByName[name])
	}
	return w
}
