package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// maxReads bounds how many sources one Refresh reads at a time.
const maxReads = 4

// Person is what Identity Center says of one person, not older than maxAge; a person who
// is gone is no error. A catalog that is young enough answers as well. Unavailable when
// Identity Center cannot be asked.
func (d *Directory) Person(ctx context.Context, person catalog.PersonID, maxAge time.Duration) (PersonFacts, error) {
	const op = "identity.Person"
	if person == "" {
		return PersonFacts{}, fault.Wrap(errNobody, fault.Invalid, op, "No person was named.", "")
	}
	oldest := d.clock.Now().Add(-maxAge)
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	last, read := d.people.last(person)
	if asOf := c.AsOf(); !asOf.IsZero() && !asOf.Before(oldest) && !(read && last.AsOf.After(asOf)) {
		if p, ok := c.Person(person); ok {
			return PersonFacts{Person: *p, AsOf: asOf}, nil
		}
	}
	f, err := d.people.get(ctx, person, maxAge)
	if err != nil {
		return PersonFacts{}, notNow(err, op, "IAM Identity Center cannot be asked right now about this person.")
	}
	return f, nil
}

// Channel is what Slack says of a channel, not older than maxAge; one that Slack does not
// show is Gone. Unavailable when Slack cannot be asked.
func (d *Directory) Channel(ctx context.Context, id ChannelID, maxAge time.Duration) (ChannelFacts, error) {
	f, err := d.channels.get(ctx, id, maxAge)
	if err != nil {
		return ChannelFacts{}, notNow(err, "identity.Channel", "Slack cannot be asked right now about a channel.")
	}
	f.Members = slices.Clone(f.Members)
	return f, nil
}

// Refresh makes the members of every source no older than maxAge, or fails with
// Unavailable and names those that could not be read; these keep their last state. A
// group or channel that is no longer there counts as read: nobody is known to be in it.
// Slack users in the sources of whom nothing is known yet are read too, as far as the
// budget goes; the rest is left to Run.
func (d *Directory) Refresh(ctx context.Context, sources []policy.Source, maxAge time.Duration) error {
	d.readManyUserGroups(ctx, sources, maxAge)
	var (
		mu     sync.Mutex
		failed []string
		errs   []error
	)
	var g errgroup.Group
	g.SetLimit(maxReads)
	seen := make(map[policy.Source]bool, len(sources))
	for _, s := range sources {
		if seen[s] {
			continue
		}
		seen[s] = true
		g.Go(func() error {
			if err := d.refresh(ctx, s, maxAge); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed, errs = append(failed, d.sourceName(s)), append(errs, err)
			}
			return nil
		})
	}
	_ = g.Wait() // what failed is in errs
	d.meetMembers(ctx, sources)
	if len(errs) == 0 {
		return nil
	}
	slices.Sort(failed)
	return notNow(errors.Join(errs...), "identity.Refresh",
		fmt.Sprintf("It cannot be read right now who is in %s.", strings.Join(failed, ", ")))
}

// meetMembers reads Slack users of whom nothing is known yet. One that cannot be read
// stays unresolved.
func (d *Directory) meetMembers(ctx context.Context, sources []policy.Source) {
	members := d.slackMembers(sources)
	if len(members) > 0 {
		_, _ = d.home.get(ctx, only, homeAge) // nobody can be judged without it
	}
	var g errgroup.Group
	g.SetLimit(maxReads)
	for _, u := range members {
		if _, known := d.users.last(u); known || !d.users.due(u, memberAge, failedPause) {
			continue
		}
		if !d.memberBudget.Allow() {
			break
		}
		g.Go(func() error {
			_, _ = d.users.get(ctx, u, memberAge)
			return nil
		})
	}
	_ = g.Wait() // there are no errors
}

func (d *Directory) refresh(ctx context.Context, s policy.Source, maxAge time.Duration) error {
	var err error
	switch s.Kind {
	case policy.SourceUserGroup:
		_, err = d.userGroups.get(ctx, UserGroupID(s.ID), maxAge)
	case policy.SourceChannel:
		_, err = d.channels.get(ctx, ChannelID(s.ID), maxAge)
	case policy.SourceGroup:
		if d.catalogGroupFresh(catalog.GroupID(s.ID), maxAge) {
			return nil
		}
		_, err = d.groups.get(ctx, catalog.GroupID(s.ID), maxAge)
	case policy.SourceOnCall:
		err = d.refreshOnCall(ctx, s, maxAge)
	case policy.SourcePerson: // nothing to read: a person is a person
	}
	d.judge(s, err)
	return err
}

// catalogGroupFresh reports whether the sync read the group's members lately enough.
func (d *Directory) catalogGroupFresh(id catalog.GroupID, maxAge time.Duration) bool {
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	g, ok := c.Group(id)
	return ok && !g.MembersAsOf.IsZero() && !g.MembersAsOf.Before(d.clock.Now().Add(-maxAge))
}

// readManyUserGroups reads the list of user groups, which brings members along, when that
// saves calls. A list that fails costs nothing: the groups are then read one by one.
func (d *Directory) readManyUserGroups(ctx context.Context, sources []policy.Source, maxAge time.Duration) {
	old := 0
	for _, s := range sources {
		if s.Kind == policy.SourceUserGroup {
			if _, ok := d.userGroups.young(UserGroupID(s.ID), d.clock.Now().Add(-maxAge)); !ok {
				old++
			}
		}
	}
	if old > 1 {
		_, _ = d.groupList.get(ctx, only, maxAge)
	}
}

// sourceName is a source as people know it.
func (d *Directory) sourceName(s policy.Source) string {
	switch s.Kind {
	case policy.SourceUserGroup:
		if f, ok := d.UserGroup(UserGroupID(s.ID)); ok && f.Handle != "" {
			return "@" + f.Handle
		}
	case policy.SourceChannel:
		if f, ok := d.channels.last(ChannelID(s.ID)); ok && f.Name != "" {
			return "#" + f.Name
		}
	case policy.SourceGroup:
		d.mu.Lock()
		c := d.catalog
		d.mu.Unlock()
		if g, ok := c.Group(catalog.GroupID(s.ID)); ok {
			return g.Name
		}
	case policy.SourceOnCall:
		product, schedule, _ := strings.Cut(s.ID, "/")
		return "on call in " + product + " " + schedule
	case policy.SourcePerson:
	}
	return s.ID
}

// InvalidateUser makes what is known of a Slack user too old, because Slack said that it
// changed. Run reads it again.
func (d *Directory) InvalidateUser(id SlackUserID) {
	d.users.invalidate(id)
	d.nudge()
}

// InvalidateUserGroup makes what is known of a user group too old.
func (d *Directory) InvalidateUserGroup(id UserGroupID) {
	d.userGroups.invalidate(id)
	d.groupList.invalidate(only)
	d.nudge()
}

// InvalidateChannel makes what is known of a channel too old.
func (d *Directory) InvalidateChannel(id ChannelID) {
	d.channels.invalidate(id)
	d.nudge()
}

func (d *Directory) nudge() {
	for _, wake := range d.wakes {
		select {
		case wake <- struct{}{}:
		default: // it was told already
		}
	}
}
