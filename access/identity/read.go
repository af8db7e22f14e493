package identity

import (
	"context"
	"slices"

	"stint/access/catalog"
	"stint/access/fault"
)

// The reads of the caches. Each stamps what it found with the moment at which it began,
// and turns "there is no such thing" into a fact: only what could not be asked is an error.

func (d *Directory) readHome(ctx context.Context, _ single, m mark) (home, error) {
	team, enterprise, err := d.slack.Home(ctx)
	return home{Team: team, Enterprise: enterprise, AsOf: m.at}, err
}

func (d *Directory) readUser(ctx context.Context, id SlackUserID, m mark) (SlackFacts, error) {
	f, err := d.slack.User(ctx, id)
	if fault.Is(err, fault.NotFound) {
		f, err = SlackFacts{Unknown: true}, nil
	}
	f.ID, f.AsOf = id, m.at
	f.Email = catalog.Email(f.Email)
	return f, err
}

func (d *Directory) readAddress(ctx context.Context, mail address, _ mark) (SlackUserID, error) {
	id, err := d.slack.UserByEmail(ctx, string(mail))
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return id, err
}

// readUserGroups reads the handles, and takes the members along where Slack sent them.
func (d *Directory) readUserGroups(ctx context.Context, _ single, m mark) ([]UserGroupFacts, error) {
	list, err := d.slack.UserGroups(ctx)
	if err != nil {
		return nil, err
	}
	handles := make([]UserGroupFacts, len(list))
	for i, g := range list {
		if !g.AsOf.IsZero() {
			g.Members = sortedIDs(g.Members)
			g.AsOf = m.at
			d.userGroups.put(g.ID, g, m)
		}
		g.Members, g.AsOf = nil, m.at
		handles[i] = g
	}
	return handles, nil
}

func (d *Directory) readMembers(ctx context.Context, id UserGroupID, m mark) (UserGroupFacts, error) {
	members, err := d.slack.UserGroupMembers(ctx, id)
	f, _ := d.userGroups.last(id)
	f.ID, f.AsOf = id, m.at
	switch {
	case fault.Is(err, fault.NotFound):
		f.Deleted, err = true, nil
	case err == nil:
		f.Deleted, f.Members = false, sortedIDs(members)
	}
	return f, err
}

func (d *Directory) readChannels(ctx context.Context, _ single, m mark) ([]ChannelFacts, error) {
	list, err := d.slack.Channels(ctx)
	list = slices.Clone(list)
	for i := range list {
		list[i].Members, list[i].AsOf = nil, m.at
	}
	return list, err
}

func (d *Directory) readChannel(ctx context.Context, id ChannelID, m mark) (ChannelFacts, error) {
	f, err := d.slack.Channel(ctx, id)
	if fault.Is(err, fault.NotFound) {
		f, _ = d.channels.last(id)
		f.Gone, err = true, nil
	} else {
		f.Members = sortedIDs(f.Members)
	}
	f.ID, f.AsOf = id, m.at
	return f, err
}

func (d *Directory) readPerson(ctx context.Context, id catalog.PersonID, m mark) (PersonFacts, error) {
	f, err := d.center.Person(ctx, id)
	if fault.Is(err, fault.NotFound) || (err == nil && f.Gone) {
		last, _ := d.people.last(id)
		f, err = PersonFacts{Person: last.Person, Gone: true}, nil
	}
	f.Person.ID, f.AsOf = id, m.at
	f.Person.Email = catalog.Email(f.Person.Email)
	return f, err
}

func (d *Directory) readGroup(ctx context.Context, id catalog.GroupID, m mark) (GroupFacts, error) {
	f, err := d.center.GroupMembers(ctx, id)
	if fault.Is(err, fault.NotFound) {
		f, _ = d.groups.last(id)
		f.Gone, err = true, nil
	} else {
		f.Members = sortedIDs(f.Members)
	}
	f.ID, f.AsOf = id, m.at
	return f, err
}

// sortedIDs is a sorted copy, without repetitions.
func sortedIDs[ID ~string](ids []ID) []ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
