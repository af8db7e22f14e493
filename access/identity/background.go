package identity

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"stint/access/catalog"
	"stint/access/policy"
)

// How Run keeps facts young, so that those who wait seldom wait. It reads slowly: what
// Slack allows in a minute (users.info 100, usergroups.* 20) belongs to those who wait.
const (
	sourceAge   = 4 * time.Minute // members of watched sources are read again when older
	memberAge   = time.Hour       // and what Slack says of those members
	failedPause = time.Minute     // until what failed is tried again
	sourcePace  = 4 * time.Second // between two reads of sources, after the first few
	sourceBurst = 4
	memberPace  = time.Second // between two reads of members, after the first few
	memberBurst = 30
	idlePause   = 30 * time.Second // until Run looks again although nobody told it to
	pinsPause   = 5 * time.Minute  // between two reads of the stored pins
)

// Watch names the sources that Run keeps young: those of the policy. It replaces what was
// watched before.
func (d *Directory) Watch(sources []policy.Source) {
	watched := make(map[policy.Source]bool, len(sources))
	for _, s := range sources {
		watched[s] = true
	}
	d.mu.Lock()
	d.watched = watched
	d.mu.Unlock()
	d.nudge()
}

// Run keeps the watched sources and their members young until ctx ends. Failures are not
// returned: they show in Health, and in the age of what is known.
func (d *Directory) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { lane(ctx, d.wakes[0], rate.NewLimiter(rate.Every(sourcePace), sourceBurst), d.nextSource) })
	wg.Go(func() { lane(ctx, d.wakes[1], d.memberBudget, d.nextMember) })
	wg.Go(func() {
		for pause(ctx, nil, pinsPause) {
			_ = d.ReloadPins(ctx) // the store shows its own health
		}
	})
	wg.Wait()
}

// lane does one job after the other, as the budget allows, and waits when there is none.
func lane(ctx context.Context, wake <-chan struct{}, budget *rate.Limiter, next func() func(context.Context)) {
	for ctx.Err() == nil {
		job := next()
		if job == nil {
			pause(ctx, wake, idlePause)
			continue
		}
		if budget.Wait(ctx) == nil {
			job(ctx)
		}
	}
}

// pause waits for a time or until it is woken; false when ctx ended first.
func pause(ctx context.Context, wake <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
		return false
	}
	return true
}

// nextSource is the reading of a source that is due, nil when none is.
func (d *Directory) nextSource() func(context.Context) {
	switch {
	case d.home.due(only, homeAge, failedPause):
		return func(ctx context.Context) { _, _ = d.home.get(ctx, only, homeAge) }
	case d.groupList.due(only, sourceAge, failedPause) && d.watches(policy.SourceUserGroup):
		return func(ctx context.Context) { _, _ = d.groupList.get(ctx, only, sourceAge) }
	}
	for _, s := range d.watchedSources() {
		if d.sourceDue(s) {
			return func(ctx context.Context) { _ = d.refresh(ctx, s, sourceAge) }
		}
	}
	return nil
}

func (d *Directory) sourceDue(s policy.Source) bool {
	switch s.Kind {
	case policy.SourceUserGroup:
		return d.userGroups.due(UserGroupID(s.ID), sourceAge, failedPause)
	case policy.SourceChannel:
		return d.channels.due(ChannelID(s.ID), sourceAge, failedPause)
	case policy.SourceGroup:
		id := catalog.GroupID(s.ID)
		return !d.catalogGroupFresh(id, sourceAge) && d.groups.due(id, sourceAge, failedPause)
	case policy.SourceOnCall:
		return d.onCall.due(scheduleID(s.ID), sourceAge, failedPause)
	case policy.SourcePerson:
	}
	return false
}

// nextMember is the reading of a Slack user that is due: first those of whom nothing is
// known, then those who changed, then those not read for long.
func (d *Directory) nextMember() func(context.Context) {
	read := func(u SlackUserID, maxAge time.Duration) func(context.Context) {
		return func(ctx context.Context) { _, _ = d.users.get(ctx, u, maxAge) }
	}
	sources := d.watchedSources()
	members := d.slackMembers(sources)
	for _, mail := range d.strangers(sources) {
		if d.addresses.due(mail, memberAge, failedPause) {
			return func(ctx context.Context) { _, _ = d.addresses.get(ctx, mail, memberAge) }
		}
		if u, _ := d.addresses.last(mail); u != "" {
			members = append(members, u)
		}
	}
	for _, u := range members {
		if _, known := d.users.last(u); !known && d.users.due(u, memberAge, failedPause) {
			return read(u, memberAge)
		}
	}
	if u, ok := d.users.invalidated(failedPause); ok {
		return read(u, homeAge)
	}
	for _, u := range members {
		if d.users.due(u, memberAge, failedPause) {
			return read(u, memberAge)
		}
	}
	return nil
}

func (d *Directory) watchedSources() []policy.Source {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]policy.Source, 0, len(d.watched))
	for s := range d.watched {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b policy.Source) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (d *Directory) watches(kind policy.SourceKind) bool {
	return slices.ContainsFunc(d.watchedSources(), func(s policy.Source) bool { return s.Kind == kind })
}

// strangers are the addresses of people in the sources whose Slack user is not known:
// messages reach them only once it is. Those who were found are bound by what Slack says of
// them, like everybody else.
func (d *Directory) strangers(sources []policy.Source) []address {
	var people []catalog.PersonID
	for _, s := range sources {
		if s.Kind == policy.SourcePerson || s.Kind == policy.SourceGroup || s.Kind == policy.SourceOnCall {
			members, _ := d.Snapshot().Members(s)
			people = append(people, members...)
		}
	}
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	var out []address
	for _, id := range people {
		if _, known := d.SlackOf(id); known {
			continue
		}
		if p, ok := c.Person(id); ok && p.Email != "" {
			out = append(out, address(p.Email))
		}
	}
	return out
}

// slackMembers are the Slack users in the sources.
func (d *Directory) slackMembers(sources []policy.Source) []SlackUserID {
	var out []SlackUserID
	for _, s := range sources {
		switch s.Kind {
		case policy.SourceUserGroup:
			f, _ := d.userGroups.last(UserGroupID(s.ID))
			out = append(out, f.Members...)
		case policy.SourceChannel:
			f, _ := d.channels.last(ChannelID(s.ID))
			out = append(out, f.Members...)
		case policy.SourceGroup, policy.SourcePerson, policy.SourceOnCall: // their members are persons already
		}
	}
	return out
}
