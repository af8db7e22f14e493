package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// An emergency is granted at once, by the live check alone, and is loud: the thread, the
// channel that its rule names and the admins hear of it, and named people look back at it. A
// pause holds it like everything else: an admin who pauses means it, and is one call away.

const (
	emergencyDay  = 24 * time.Hour  // uses a person and day are counted in this
	emergencyAge  = 24 * time.Hour  // facts of Slack that an emergency may go by when Slack cannot be asked
	emergencyWait = 5 * time.Second // what Slack is given to answer before that
)

// recheckFor is recheck of a request. For an emergency, facts of Slack from the last day are
// enough when Slack cannot be asked; factsAt is then when the oldest of them were read.
func (s *Service) recheckFor(ctx context.Context, r Request) (refusal string, lost []Dropped, factsAt time.Time, err error) {
	if !r.Terms.Emergency {
		refusal, lost, err = s.recheck(ctx, r, sensitiveAge)
		return refusal, lost, time.Time{}, err
	}
	quick, cancel := context.WithTimeout(ctx, emergencyWait)
	defer cancel()
	refusal, lost, err = s.recheck(quick, r, sensitiveAge)
	if !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
		return refusal, lost, time.Time{}, err
	}
	refusal, lost, old := s.recheck(ctx, r, emergencyAge)
	if old != nil {
		return refusal, lost, time.Time{}, err // why it could not be asked now
	}
	return refusal, lost, s.oldestFacts(r), nil
}

// oldestFacts is when the oldest facts of Slack were read that a request is judged by.
func (s *Service) oldestFacts(r Request) time.Time {
	oldest := s.Now()
	note := func(at time.Time) {
		if !at.IsZero() && at.Before(oldest) {
			oldest = at
		}
	}
	for _, who := range []Actor{r.Asker, r.Receiver} {
		if f, known := s.Directory.SlackUser(who.Slack); known {
			note(f.AsOf)
		}
	}
	if p := s.Policy(); p != nil {
		facts := s.Directory.Snapshot()
		for _, source := range p.Sources() {
			if fromSlack(source) {
				note(facts.AsOf(source))
			}
		}
	}
	return oldest
}

func fromSlack(s policy.Source) bool {
	return s.Kind == policy.SourceUserGroup || s.Kind == policy.SourceChannel
}

// refresh makes the policy's sources no older than maxAge; those of Slack no older than
// slackAge.
func (s *Service) refresh(ctx context.Context, p *policy.Policy, slackAge, maxAge time.Duration) error {
	if slackAge == maxAge {
		return s.Directory.Refresh(ctx, p.Sources(), maxAge)
	}
	var slack, center []policy.Source
	for _, source := range p.Sources() {
		if fromSlack(source) {
			slack = append(slack, source)
		} else {
			center = append(center, source)
		}
	}
	if err := s.Directory.Refresh(ctx, slack, slackAge); err != nil {
		return err
	}
	return s.Directory.Refresh(ctx, center, maxAge)
}

// slackAge is how old facts of Slack may be at the start of what the request grants.
func (r Request) slackAge() time.Duration {
	if !r.FactsAt.IsZero() {
		return emergencyAge
	}
	return startAge
}

// asker is who sends a form. For an emergency, facts of the last day are enough when Slack
// cannot be asked; its check says so.
func (s *Service) asker(ctx context.Context, user identity.SlackUserID, emergency bool) (identity.Bound, error) {
	if emergency {
		return s.Who(ctx, user)
	}
	return s.Directory.Resolve(ctx, user, formAge)
}

// spareEmergency refuses a use of a rule's emergency that is one too many for a person in 24
// hours. It counts, in the transaction, what was granted, and where pending is set also what
// waits.
func (b *book) spareEmergency(r Request, pending bool) error {
	states := []RequestState{Approved}
	if pending {
		states = append(states, Pending)
	}
	used, err := usedEmergencies(b, b.now, r, states...)
	if err != nil {
		return err
	}
	return used.refuse(r.Terms)
}

// takeEmergency grants an emergency within the transaction of its check, and tells everybody.
func (s *Service) takeEmergency(b *book, r *Request) error {
	if err := b.spareEmergency(*r, false); err != nil {
		return b.decideRequest(r, Withdrawn, System, said(err)+" "+hintOf(err))
	}
	if err := b.approve(r, System, r.Duration); err != nil || r.State != Approved {
		return err
	}
	if err := b.story(*r, EventEmergency, r.Asker, ""); err != nil {
		return err
	}
	if err := b.alarm(s.emergencyAlarm(*r)); err != nil {
		return err
	}
	return s.debriefOpened(b, *r)
}

// emergencyNote is what the log says of how an emergency was granted; "" for other requests.
func (r Request) emergencyNote() string {
	switch {
	case !r.Terms.Emergency:
		return ""
	case r.FactsAt.IsZero():
		return "emergency, without approval"
	}
	return "emergency, without approval, on facts of Slack from " + r.FactsAt.UTC().Format(time.RFC3339) + ": Slack could not be asked"
}

// emergencyAlarm tells the admins of an emergency.
func (s *Service) emergencyAlarm(r Request) string {
	var names []string
	for i, e := range r.Entitlements {
		if i == 5 {
			names = append(names, fmt.Sprintf("%d more", len(r.Entitlements)-i))
			break
		}
		names = append(names, s.item(e).name())
	}
	who := r.Asker.Name
	if r.Receiver.Person != r.Asker.Person {
		who += ", for " + r.Receiver.Name + ","
	}
	text := fmt.Sprintf("Emergency: %s took %s for %s, without approval, by the rule “%s”.\nReason: %s", who, strings.Join(names, ", "), spell(r.Duration), r.Terms.Rule, r.Reason)
	if !r.FactsAt.IsZero() {
		text += fmt.Sprintf("\nSlack could not be asked who they are; what it said %s ago was good enough.", spellAge(s.Now().Sub(r.FactsAt)))
	}
	if r.Debrief == nil {
		return text
	}
	return text + fmt.Sprintf("\nSomebody of %s looks back at it by %s.", strings.Join(r.Terms.DebriefBy, " or "), moment(r.Debrief.Due))
}
