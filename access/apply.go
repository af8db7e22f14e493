package access

import (
	"context"
	"errors"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// learnWithin bounds the reading of people whom a draft names and nobody asked for before.
// What is not read by then is Unknown, and is read on in the background.
const learnWithin = 1500 * time.Millisecond

// ApplyDraft puts the draft in force, or proposes it where a second admin must approve:
// where the policy in force says so, so that the same change cannot switch it off.
// version is what was reviewed; a reason is required. Conflict when the draft or the
// policy in force changed since; Invalid when it does not compile, would leave no admin,
// or would end more than massEnd live grants without ends set.
func (s *Service) ApplyDraft(ctx context.Context, user identity.SlackUserID, version uint64, reason string, ends bool) (RevisionView, error) {
	const op = "access.ApplyDraft"
	reason, err := reasonFor(op, reason)
	if err != nil {
		return RevisionView{}, err
	}
	var id RevisionID
	who, err := s.enacting(ctx, op, user, func(who Actor, w *world) error {
		var d, now Revision
		err := s.Store.View(ctx, func(tx Tx) (err error) {
			d, now, err = applicable(tx, op, who.Person, version)
			return err
		})
		if err != nil {
			return err
		}
		id = d.ID
		p, err := s.applied(ctx, op, d.Spec, ends)
		if err != nil {
			return err
		}
		again := func(b *book) error {
			if err := s.current(b, w); err != nil {
				return err
			}
			if d, now, err = applicable(b, op, who.Person, version); err != nil {
				return err
			}
			d.Reason, d.EndsLive = reason, ends
			return nil
		}
		if !now.Spec.Settings.SecondAdmin {
			return s.enactPolicy(ctx, p, func(b *book) error {
				if err := again(b); err != nil {
					return err
				}
				return b.enactKnowing(&d, who, "applied")
			})
		}
		others := s.otherAdmins(ctx, who.Person)
		if len(others) == 0 {
			return fault.New(fault.Conflict, op, "A second admin must approve each change of the policy, and there is no other admin who could.",
				"Whoever runs Stint can name another admin when starting it.")
		}
		return s.update(ctx, func(b *book) error {
			if err := again(b); err != nil {
				return err
			}
			d.State, d.ProposedAt = Proposed, b.now
			if err := b.putRevision(&d, "proposed", who, reason); err != nil {
				return err
			}
			return b.showRevision(d, others)
		})
	})
	if err != nil {
		return RevisionView{}, err
	}
	return s.revisionView(ctx, id, who)
}

// enacting runs fn for an admin who is one by facts a minute old, again when the world
// changed between fn's reads and its transaction.
func (s *Service) enacting(ctx context.Context, op string, user identity.SlackUserID, fn func(Actor, *world) error) (who Actor, err error) {
	for range 3 {
		w := s.settled()
		if who, err = s.adminNow(ctx, user); err != nil {
			return who, err
		}
		if err = s.inFile(op); err == nil {
			err = fn(who, w)
		}
		if !errors.Is(err, errWorldChanged) {
			break
		}
	}
	return who, err
}

// enactPolicy puts a revision in force with its policy, and ends what it denies.
func (s *Service) enactPolicy(ctx context.Context, p *policy.Policy, record func(*book) error) error {
	if err := s.putInForce(ctx, p, s.Now(), record); err != nil {
		return err
	}
	// It is in force whatever becomes of who pressed the button.
	if err := s.enforce(context.WithoutCancel(ctx)); err != nil {
		s.policyAsked.raise()
		s.Log.Error().Err(err).Msg("what the policy denies could not be ended; it is tried again")
	}
	return nil
}

// applicable is a person's draft in the version that was reviewed, and what is in force,
// which must be what the draft was begun from.
func applicable(tx Tx, op string, person catalog.PersonID, version uint64) (d, now Revision, err error) {
	if d, err = ownDraft(tx, op, person, version); err != nil {
		return d, now, err
	}
	if now, _, err = inForce(tx); err != nil {
		return d, now, err
	}
	if err := based(op, d, now, "Bring your draft up to date, review it again, then apply it."); err != nil {
		return d, now, err
	}
	if sameSpec(d.Spec, now.Spec) {
		return d, now, fault.New(fault.Invalid, op, "Your draft says what is in force already.", "Change something first.")
	}
	return d, now, nil
}

// based refuses a revision that was edited from another one than is in force.
func based(op string, r, now Revision, hint string) error {
	if r.Base == now.ID {
		return nil
	}
	return fault.Newf(fault.Conflict, op, hint, "%s put version %d of the policy in force since this was begun.", now.Author.Name, now.Number)
}

// applied compiles what is to come into force and refuses what must not: what nobody could
// change any more, and what ends many grants without anybody having said so.
func (s *Service) applied(ctx context.Context, op string, spec policy.Spec, ends bool) (*policy.Policy, error) {
	p, problems, err := s.compileAnew(ctx, spec, policyAge)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fault.New(fault.Invalid, op, "The draft has problems: "+problemLines(problems), "Mend them, then apply it.")
	}
	s.learnMembers(ctx, p)
	admins := s.adminsAfter(ctx, p)
	switch {
	case len(admins) == 0:
		return nil, fault.New(fault.Invalid, op, "Nobody would be an admin any more, as far as it is known who is in its groups.",
			"Name at least one admin whose address is in one of the e-mail domains.").In("admins")
	case spec.Settings.SecondAdmin && len(admins) < 2:
		return nil, fault.New(fault.Invalid, op, "A second admin could not approve anything: there would be only one.",
			"Name another admin, or leave this off.").In("second_admin")
	}
	w := s.world.Load()
	_, live, err := s.hits(ctx, &world{catalog: w.catalog, policy: p})
	if err != nil {
		return nil, err
	}
	if live > massEnd && !ends {
		return nil, fault.Newf(fault.Invalid, op, "Say that this is meant, or mend the draft.", "It would end %d live grants at once.", live).In("ends")
	}
	return p, nil
}

// enactKnowing is enact for a revision whose author knew how many grants it ends.
func (b *book) enactKnowing(r *Revision, by Actor, action string) error {
	if r.EndsLive {
		if err := b.PutMeta(metaEnds, r.Spec.Version()); err != nil {
			return err
		}
	}
	return b.enact(r, by, action)
}

// showRevision refreshes the card of a proposed change at each of the admins.
func (b *book) showRevision(r Revision, admins []Human) error {
	for _, a := range admins {
		if a.Slack == "" {
			continue
		}
		if err := b.notify(Notice{Kind: NoticeRevision, Key: revisionKey(r.ID, a.Slack), Revision: r.ID, To: a.Slack, By: r.Author}); err != nil {
			return err
		}
	}
	return nil
}

func revisionKey(id RevisionID, to identity.SlackUserID) string {
	return "revision/" + string(id) + "/" + string(to)
}

// learnMembers reads who is in the sets of a policy that is not in force yet, as far as
// there is time.
func (s *Service) learnMembers(ctx context.Context, p *policy.Policy) {
	ctx, cancel := context.WithTimeout(ctx, learnWithin)
	defer cancel()
	if err := s.Directory.Refresh(ctx, p.Sources(), formAge); err != nil {
		s.Log.Info().Err(err).Msg("some members of a draft are not known yet")
	}
}
