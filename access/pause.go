package access

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"stint/access/fault"
	"stint/access/identity"
)

const metaPause = "pause"

// pauseState is the pause as this process knows it. What decides is the stored one, read
// in the transaction that it holds up.
type pauseState struct {
	change sync.Mutex // one change at a time, so that the newest is what is known
	now    atomic.Pointer[Pause]
}

// readPause is the stored pause; nil when there is none.
func readPause(tx Tx) (*Pause, error) {
	raw, err := tx.Meta(metaPause)
	if err != nil || raw == "" {
		return nil, err
	}
	p := new(Pause)
	err = json.Unmarshal([]byte(raw), p)
	return p, fault.Wrap(err, fault.Internal, "access.readPause", "The stored pause cannot be read.", "Check the store with `stint check`.")
}

// putPause stores the pause, or that there is none any more, and its audit line.
func (b *book) putPause(p *Pause, action string, by Actor, note string) error {
	if p == nil {
		if err := b.PutMeta(metaPause, ""); err != nil {
			return err
		}
		return b.audit(action, by, "pause", nil, note)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putPause", "", "")
	}
	if err := b.PutMeta(metaPause, string(raw)); err != nil {
		return err
	}
	return b.audit(action, by, "pause", p, note)
}

// Pause holds all new grants: no vote counts, nothing starts, no create is sent, while
// pending requests keep their deadlines and removal goes on. A reason is required. Paused
// already: the first reason stays, no error. It needs no word from Slack or AWS.
func (s *Service) Pause(ctx context.Context, user identity.SlackUserID, reason string) (Pause, error) {
	const op = "access.Pause"
	actor, err := s.adminWord(ctx, user)
	if err != nil {
		return Pause{}, err
	}
	if reason, err = givenReason(op, reason); err != nil {
		return Pause{}, err
	}
	s.pause.change.Lock()
	defer s.pause.change.Unlock()
	var p *Pause
	err = s.update(ctx, func(b *book) error {
		if p, err = readPause(b); err != nil || p != nil {
			return err
		}
		p = &Pause{By: actor, At: b.now, Reason: reason}
		if err := b.putPause(p, "pause.begun", actor, reason); err != nil {
			return err
		}
		if err := b.report(actor.Name + " paused new access: " + reason + "\nNothing new starts until an admin resumes it in /jit-config. Removal goes on."); err != nil {
			return err
		}
		if err := b.showPending(); err != nil {
			return err
		}
		return b.announce(EventPaused, actor, reason)
	})
	if err != nil {
		return Pause{}, err
	}
	s.pause.now.Store(p)
	return *p, nil
}

// Resume ends the pause and wakes what waited for it. Without a pause it does nothing.
func (s *Service) Resume(ctx context.Context, user identity.SlackUserID) error {
	actor, err := s.adminNow(ctx, user)
	if err != nil {
		return err
	}
	s.pause.change.Lock()
	defer s.pause.change.Unlock()
	err = s.update(ctx, func(b *book) error {
		p, err := readPause(b)
		if err != nil || p == nil {
			return err
		}
		if err := b.putPause(nil, "pause.over", actor, ""); err != nil {
			return err
		}
		if err := b.wakeHeld(); err != nil {
			return err
		}
		if err := b.report(actor.Name + " resumed new access after " + spellAge(b.now.Sub(p.At)) + "."); err != nil {
			return err
		}
		return b.announce(EventResumed, actor, "")
	})
	if err == nil {
		s.pause.now.Store(nil)
	}
	return err
}

// Paused is the pause in force; nil when there is none.
func (s *Service) Paused() *Pause { return s.pause.now.Load() }

// adminWord identifies an admin whose word can only hold access or take it away: when
// Slack cannot be asked the stored pin is enough.
func (s *Service) adminWord(ctx context.Context, user identity.SlackUserID) (Actor, error) {
	actor, err := s.actor(ctx, user)
	if err != nil {
		return Actor{}, err
	}
	return actor, s.mustBeAdmin(ctx, actor.Person)
}

// givenReason trims and checks the reason that an admin must give.
func givenReason(op, reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", fault.New(fault.Invalid, op, "Say why.", "The other admins read it, and it stays on record.").In("reason")
	case !utf8.ValidString(reason):
		return "", fault.New(fault.Invalid, op, "The reason holds characters that are not text.", "Type it again.").In("reason")
	case utf8.RuneCountInString(reason) > maxReason:
		return "", fault.Newf(fault.Invalid, op, "Shorten it.", "The reason may have %d characters.", maxReason).In("reason")
	}
	return reason, nil
}
