package identity

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"stint/access/fault"
	"stint/access/policy"
)

// unreadAfter is how long a source may fail to be read, while others of its side are read
// well, before the admins are told.
const unreadAfter = 15 * time.Minute

// unread notes why watched sources say nothing about who belongs to them, so that the
// admins are told once for each reason.
type unread struct {
	mu  sync.Mutex
	why map[policy.Source]string
}

// changed notes the reason, "" for none, and reports whether it is a new one.
func (u *unread) changed(s policy.Source, why string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.why == nil {
		u.why = make(map[policy.Source]string)
	}
	if u.why[s] == why {
		return false
	}
	u.why[s] = why
	return why != ""
}

// judge tells the admins of a watched source that cannot be gone by: nobody counts as one
// of its members, so that what they decide waits until somebody mends it. err is how the
// read went.
func (d *Directory) judge(s policy.Source, err error) {
	d.mu.Lock()
	watched := d.watched[s]
	d.mu.Unlock()
	if !watched || s.Kind == policy.SourcePerson {
		return
	}
	why := d.unreadable(s)
	if why == "" && err != nil {
		why = d.unreadFor(s, err)
	}
	if d.unread.changed(s, why) {
		until := "Nobody counts as one of its members until that is mended, so what they decide waits."
		if d.covered(s) {
			until = "Until that is mended the fallback counts."
		}
		d.alarms.raise(fmt.Sprintf("Who is in %s cannot be told: %s %s", d.sourceName(s), why, until))
	}
}

// unreadable is why what was read of a source says nothing about who belongs to it; "" when
// it does.
func (d *Directory) unreadable(s policy.Source) string {
	if set := d.Snapshot().sets[s]; set == nil || set.readable {
		return ""
	}
	if s.Kind == policy.SourceOnCall {
		if f, read := d.onCall.last(scheduleID(s.ID)); read && f.Gone {
			return "there is no such schedule."
		}
		return ""
	}
	switch f, _ := d.channels.last(ChannelID(s.ID)); {
	case s.Kind == policy.SourceUserGroup:
		return "the user group is disabled or gone in Slack."
	case s.Kind == policy.SourceGroup:
		return "the group is gone in IAM Identity Center."
	case f.Gone:
		return "Slack no longer shows the channel to Stint. Invite Stint to it, or name another one in the policy."
	case f.Shared:
		return "the channel is shared with another organization (Slack Connect). Name a private channel of your own workspace in the policy."
	case f.Archived:
		return "the channel is archived. Unarchive it, or name another one in the policy."
	}
	return "the channel is public, and everybody could add themselves. Name a private channel or a user group in the policy."
}

// unreadFor is why a source could not be read for long although others of its side could;
// "" when that is not so: Slack or AWS being away as a whole shows elsewhere.
func (d *Directory) unreadFor(s policy.Source, err error) string {
	now := d.clock.Now()
	side := &d.slackPulse
	if s.Kind == policy.SourceGroup {
		side = &d.centerPulse
	}
	asOf := d.Snapshot().AsOf(s)
	others := s.Kind == policy.SourceOnCall || now.Sub(side.get().ReadAt) < unreadAfter
	if now.Sub(asOf) < unreadAfter || !others {
		return ""
	}
	why := "it could not be read"
	if !asOf.IsZero() {
		why += " since " + asOf.UTC().Format("15:04 UTC")
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Message != "" {
		return why + ": " + e.Message
	}
	return why + "; the log has the reason."
}
