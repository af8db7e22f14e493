package identity

import (
	"sync"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

// Pulse says how the reading from one side goes.
type Pulse struct {
	ReadAt   time.Time // the last read that succeeded
	FailedAt time.Time // the last that failed
	Err      error     // why it failed; nil once a read succeeded after it
}

type pulse struct {
	mu  sync.Mutex
	now Pulse
}

func (p *pulse) note(at time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.now.FailedAt, p.now.Err = at, err
		return
	}
	p.now.ReadAt, p.now.Err = at, nil
}

func (p *pulse) get() Pulse {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// SourceHealth says how well the members of one source are known.
type SourceHealth struct {
	Source     policy.Source
	Name       string    // "@sre", "#approvers", a group's name
	AsOf       time.Time // zero: never read
	Readable   bool      // what was read says who belongs to it
	Unresolved int       // members of whom it is not known yet who they are
	Err        error     // of the last read
}

// Health is what admins see of the directory.
type Health struct {
	Slack, Center Pulse
	Sources       []SourceHealth // of the watched sources that must be read
	Users         int            // Slack users that were read
	Pins          int            // people bound to their Slack user
}

// Health is how the directory is now; it asks nobody.
func (d *Directory) Health() Health {
	h := Health{Slack: d.slackPulse.get(), Center: d.centerPulse.get(), Users: len(d.users.all())}
	d.mu.Lock()
	h.Pins = len(d.pins)
	d.mu.Unlock()
	snapshot := d.Snapshot()
	for _, s := range d.watchedSources() {
		if s.Kind == policy.SourcePerson {
			continue
		}
		out := SourceHealth{Source: s, Name: d.sourceName(s), Err: d.lastError(s)}
		if set := snapshot.sets[s]; set != nil {
			out.AsOf, out.Readable, out.Unresolved = set.asOf, set.readable, set.unresolved
		}
		h.Sources = append(h.Sources, out)
	}
	return h
}

func (d *Directory) lastError(s policy.Source) error {
	switch s.Kind {
	case policy.SourceUserGroup:
		return d.userGroups.lastError(UserGroupID(s.ID))
	case policy.SourceChannel:
		return d.channels.lastError(ChannelID(s.ID))
	case policy.SourceGroup:
		return d.groups.lastError(catalog.GroupID(s.ID))
	case policy.SourceOnCall:
		return d.onCall.lastError(scheduleID(s.ID))
	case policy.SourcePerson:
	}
	return nil
}
