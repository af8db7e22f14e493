package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

const (
	metaBindings = "policy/bindings" // what the names of the policy in force mean
	metaPolicy   = "policy/version"  // of the policy in force
	metaEnds     = "policy/ends"     // the version whose apply an admin said may end many grants

	listAge     = 5 * time.Minute  // Slack's lists of names, while a policy is being edited
	newListAge  = 5 * time.Second  // the same, when a name is not in them
	policyAge   = time.Minute      // the same, for a policy that is put in force
	policyRetry = 15 * time.Second // a policy that was refused is tried again, Slack may know the name by then; and one of another process is seen
)

// Names is what a policy is compiled with: what names mean now, from lists of Slack's not
// older than maxAge, and what they meant when the policy in force was loaded. Unavailable
// when Slack cannot be asked.
func (s *Service) Names(ctx context.Context, maxAge time.Duration) (*identity.Names, policy.Option, error) {
	names, err := s.Directory.Names(ctx, maxAge)
	if err != nil {
		return nil, nil, err
	}
	var bound policy.Bindings
	err = s.Store.View(ctx, func(tx Tx) error {
		v, err := tx.Meta(metaBindings)
		if err != nil || v == "" {
			return err
		}
		return fault.Wrap(json.Unmarshal([]byte(v), &bound), fault.Internal, "access.Names", "the stored "+metaBindings+" cannot be read", "Check the store with `stint check`.")
	})
	return names, policy.Since(bound), err
}

// Compile checks a policy and resolves its names; the policy is nil when any problem is
// more than a warning. A name that Slack's lists do not have is looked for once more in
// new ones. err is set when the names could not be asked for.
func (s *Service) Compile(ctx context.Context, spec policy.Spec) (*policy.Policy, []policy.Problem, error) {
	return s.compileAnew(ctx, spec, listAge)
}

// compileAnew is compile that takes no old list's word for it that there is no such name.
func (s *Service) compileAnew(ctx context.Context, spec policy.Spec, maxAge time.Duration) (*policy.Policy, []policy.Problem, error) {
	p, problems, err := s.compile(ctx, spec, maxAge)
	if p != nil || err != nil {
		return p, problems, err
	}
	if p, again, err := s.compile(ctx, spec, newListAge); err == nil {
		return p, again, nil
	}
	return nil, problems, nil
}

func (s *Service) compile(ctx context.Context, spec policy.Spec, maxAge time.Duration) (*policy.Policy, []policy.Problem, error) {
	names, since, err := s.Names(ctx, maxAge)
	if err != nil {
		return nil, nil, err
	}
	p, problems := policy.Compile(spec, "", names, since)
	return p, problems, nil
}

// SetPolicy puts a policy that was read from a file in force and ends what it denies. What
// its names mean is stored in the same transaction.
func (s *Service) SetPolicy(ctx context.Context, p *policy.Policy) error {
	if _, leads := s.leadership.holds(); !leads {
		return s.compareFile(ctx, p)
	}
	spec, err := json.Marshal(p.Spec())
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.SetPolicy", "", "")
	}
	if err := s.putInForce(ctx, p, s.Now(), func(b *book) error {
		if err := s.leads(b); err != nil {
			return err
		}
		if w := s.world.Load(); w.policy != nil && w.policy.Version() == p.Version() {
			return nil
		}
		if err := b.PutMeta(metaPolicyBy, s.Replica); err != nil {
			return err
		}
		if err := b.PutBlob(blobPolicy, spec); err != nil {
			return err
		}
		return b.audit("policy.loaded", System, "", nil, p.Version())
	}); err != nil {
		return err
	}
	return s.enforce(ctx)
}

// putInForce stores what record does and which policy is in force, in one transaction, and
// then lets decisions use it. Between the two nothing is granted: every transaction that
// grants compares the stored version with the policy that it decided by (current). A crash
// there is healed at the start, which compiles what is stored. The caller enforces.
func (s *Service) putInForce(ctx context.Context, p *policy.Policy, since time.Time, record func(*book) error) error {
	bindings, err := json.Marshal(p.Bindings())
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putInForce", "", "")
	}
	if err := s.storeAndSwap(ctx, p, since, func(b *book) error {
		if err := record(b); err != nil {
			return err
		}
		if err := b.PutMeta(metaBindings, string(bindings)); err != nil {
			return err
		}
		return b.PutMeta(metaPolicy, p.Version())
	}); err != nil {
		return err
	}
	s.policyIsFine()
	return nil
}

func (s *Service) policyIsFine() {
	s.problem.Lock()
	defer s.problem.Unlock()
	s.problem.policy = ""
}

// compareFile is what a replica that does not lead does with its policy file: the leader's is
// in force, and a file that says something else is a mistake to tell of.
func (s *Service) compareFile(ctx context.Context, p *policy.Policy) error {
	var stored, by string
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		if stored, err = tx.Meta(metaPolicy); err != nil {
			return err
		}
		by, err = tx.Meta(metaPolicyBy)
		return err
	}); err != nil {
		return err
	}
	if stored == "" || stored == p.Version() {
		s.policyIsFine()
		return nil
	}
	s.problem.Lock()
	s.problem.policy = fmt.Sprintf("the policy file of replica %s says something else (version %s) than that of replica %s, which leads (version %s)", s.Replica, p.Version(), by, stored)
	text := s.problem.policy
	s.problem.Unlock()
	s.alarm(ctx, "Replicas have different policy files, and the leader's is in force: "+text)
	return nil
}

// storeAndSwap makes the two one change of world for everybody who waits with settled; a
// nil record stores nothing.
func (s *Service) storeAndSwap(ctx context.Context, p *policy.Policy, since time.Time, record func(*book) error) error {
	s.load.Lock()
	defer s.load.Unlock()
	if record != nil {
		if err := s.update(ctx, record); err != nil {
			s.policyAsked.raise() // it may have been stored all the same
			return err
		}
	}
	if s.OnPolicy != nil {
		s.OnPolicy(p)
	}
	w := *s.world.Load()
	if w.policy == nil || w.policy.Version() != p.Version() {
		w.policyAt = since
	}
	w.policy = p
	s.world.Store(&w)
	s.bringsAsked.raise() // it may offer other groups
	return nil
}

// errWorldChanged is returned by a transaction whose reads are of an older world.
var errWorldChanged = fault.New(fault.Unavailable, "access.current", "The policy or the organization changed just now.", "Press again.")

// current fails with errWorldChanged unless w is what decisions are made from, in this
// process and in the store. Every transaction that grants asks it; without a policy
// nothing is granted, and an admin may still mend it.
func (s *Service) current(tx Tx, w *world) error {
	if s.world.Load() != w {
		return errWorldChanged
	}
	stored, err := tx.Meta(metaPolicy)
	if err != nil || stored == "" || w.policy == nil || stored == w.policy.Version() {
		return err
	}
	s.policyAsked.raise() // another process stored it
	return errWorldChanged
}

// settled waits for a change of world that is under way. It must not be called within a
// transaction.
func (s *Service) settled() *world {
	s.load.Lock()
	defer s.load.Unlock()
	return s.world.Load()
}

// RefusePolicy notes why the newest policy was refused; the one before it stays in force.
func (s *Service) RefusePolicy(ctx context.Context, why string) {
	s.problem.Lock()
	known := s.problem.policy == why
	s.problem.policy = why
	s.problem.Unlock()
	if known {
		return
	}
	what := "The policy file was refused"
	if s.PolicyFile == "" {
		what = "The policy cannot be used as it is stored"
	}
	if s.Policy() == nil {
		s.alarm(ctx, what+", so nobody may request anything: "+why)
		return
	}
	s.alarm(ctx, what+" and the old policy stays in force: "+why)
}

// followPolicy keeps what decides in step with the revision in force, where the policy is
// kept in the store: at the start, whenever a new catalog may give names another meaning,
// when another process put one in force, and until it succeeds.
func (s *Service) followPolicy(ctx context.Context) {
	for due := true; ; {
		if due {
			err := s.adopt(ctx)
			if due = err != nil; due && ctx.Err() == nil {
				s.Log.Error().Err(err).Msg("the stored policy could not be put in force; it is tried again")
				if fault.Is(err, fault.Invalid) || s.Policy() == nil {
					s.RefusePolicy(ctx, said(err))
				}
			}
		}
		again, stop := s.time.At(s.Now().Add(policyRetry))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-again:
			due = due || s.behind(ctx)
		case <-s.policyAsked:
			due = true
		}
		stop()
	}
}

// behind reports whether another policy is stored than the one that decides here.
func (s *Service) behind(ctx context.Context) (behind bool) {
	w := s.world.Load()
	err := s.Store.View(ctx, func(tx Tx) error {
		v, err := tx.Meta(metaPolicy)
		behind = v != "" && (w.policy == nil || v != w.policy.Version())
		return err
	})
	return err == nil && behind
}

// adopt compiles the revision in force and lets decisions use it. What cannot be compiled
// leaves the policy that was compiled before in force.
func (s *Service) adopt(ctx context.Context) error {
	if s.Catalog() == nil {
		return nil // the first catalog asks for it again
	}
	if _, leads := s.leadership.holds(); leads && s.PolicyFile != "" {
		return nil // its own file is the policy: whoever reads it sets it
	}
	r, stored, found, err := s.storedPolicy(ctx)
	if err != nil || !found {
		return err
	}
	p, problems, err := s.compileAnew(ctx, r.Spec, policyAge)
	if err != nil {
		return err
	}
	if p == nil {
		return fault.New(fault.Invalid, "access.adopt", problemLines(problems), "Change it in /jit-config, or restore what it names.")
	}
	if _, leads := s.leadership.holds(); !leads && p.Version() == stored {
		return s.storeAndSwap(ctx, p, r.InForceAt, nil) // the leader stores and enforces
	}
	if s.PolicyFile != "" {
		return nil // the leader changed it in the meantime
	}
	if w := s.world.Load(); w.policy != nil && w.policy.Version() == p.Version() && maps.Equal(w.policy.Bindings(), p.Bindings()) {
		s.policyIsFine()
		if !s.unenforced.Load() {
			return nil // a new catalog changed nothing that it says
		}
		return s.enforce(ctx)
	}
	err = s.putInForce(ctx, p, r.InForceAt, func(b *book) error {
		now, _, err := inForce(b)
		if err != nil {
			return err
		}
		if now.ID != r.ID {
			return errWorldChanged // whoever applied it has put it in force
		}
		if w := s.world.Load(); w.policy != nil && w.policy.Version() == p.Version() {
			return nil
		}
		return b.audit("policy.loaded", System, "", nil, p.Version())
	})
	if errors.Is(err, errWorldChanged) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.enforce(ctx)
}

// storedPolicy is what the store says is in force: the newest revision, or what the policy
// file of the leader says; and the version that decisions must be made by.
func (s *Service) storedPolicy(ctx context.Context) (r Revision, version string, found bool, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		if version, err = tx.Meta(metaPolicy); err != nil {
			return err
		}
		if s.PolicyFile == "" {
			r, found, err = inForce(tx)
			return err
		}
		raw, err := tx.Blob(blobPolicy)
		if err != nil || len(raw) == 0 {
			return err
		}
		found = true
		return fault.Wrap(json.Unmarshal(raw, &r.Spec), fault.Internal, "access.storedPolicy", "The leader's policy cannot be read.", "Check the store with `stint check`.")
	})
	return r, version, found, err
}

// inForce is the revision in force; not found before the first.
func inForce(tx Tx) (r Revision, found bool, err error) {
	list, err := tx.Revisions(RevisionFilter{States: []RevisionState{InForce}, Limit: 1})
	if err != nil || len(list) == 0 {
		return Revision{}, false, err
	}
	return list[0], true, nil
}

// numberOf is the number that people know a policy by; 0 when it is that of a file, or
// the store and this process differ for a moment.
func (s *Service) numberOf(ctx context.Context, p *policy.Policy) (n uint64, err error) {
	if s.PolicyFile != "" {
		return 0, nil
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		r, found, err := inForce(tx)
		if found && r.Spec.Version() == p.Version() {
			n = r.Number
		}
		return err
	})
	return n, err
}

// problemLines lists what refuses a policy, a line each.
func problemLines(problems []policy.Problem) string {
	var lines []string
	for _, p := range problems {
		if !p.Warning {
			lines = append(lines, p.String())
		}
	}
	return strings.Join(lines, "\n")
}

// inFile refuses to edit a policy that is read from a file.
func (s *Service) inFile(op string) error {
	if s.PolicyFile == "" {
		return nil
	}
	return fault.New(fault.Conflict, op, fmt.Sprintf("The policy lives in %s; change it there.", s.PolicyFile), "Stint reads the file again as soon as it changes.")
}
