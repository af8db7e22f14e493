package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stint/access/identity"
)

// shownGrants bounds the list of live grants that /jit-config shows.
const shownGrants = 50

// Config is what /jit-config shows. Errors: Forbidden for everybody who is not an admin,
// with who is.
func (s *Service) Config(ctx context.Context, user identity.SlackUserID) (ConfigView, error) {
	who, err := s.adminOnly(ctx, user)
	if err != nil {
		return ConfigView{}, err
	}
	v := ConfigView{Human: who, PolicyFile: s.PolicyFile, Editable: s.PolicyFile == "", PolicyProblem: s.PolicyProblem()}
	w := s.world.Load()
	if w.catalog != nil {
		n := w.catalog.Counts()
		v.CatalogAsOf, v.Accounts, v.Roles, v.People, v.Groups = w.catalog.AsOf(), n.Accounts, n.Roles, n.People, n.Groups
	}
	if w.policy != nil {
		v.PolicyVersion, v.PolicyAt, v.Settings = w.policy.Version(), w.policyAt, w.policy.Spec().Settings
		v.Rules = s.ruleViews(w.policy, w.policy.Spec())
	}
	v.Troubles = s.troubles()
	v.Bootstrap = s.humans(s.bootstrap())
	v.Syncing, v.Progress, v.LastSyncError = s.sync.state()
	err = s.Store.View(ctx, func(tx Tx) error { return s.configFromStore(tx, &v) })
	if err != nil {
		return v, err
	}
	v.Checks = s.Checks(ctx)
	if b, known := s.backlog(ctx); known {
		v.Queue = &b
	}
	return v, nil
}

func (s *Service) configFromStore(tx Tx, v *ConfigView) error {
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Scheduled, Live}})
	if err != nil {
		return err
	}
	unsettled, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Creating, Deleting}})
	if err != nil {
		return err
	}
	for _, a := range unsettled {
		if a.Stuck {
			v.Stuck++
		}
		if a.State == Creating || a.GoneAt.IsZero() {
			v.Backlog++
		}
		if a.State != Deleting || !a.GoneAt.IsZero() {
			continue
		}
		last, err := tx.Grants(GrantFilter{Key: a.Key, Limit: 1})
		if err != nil {
			return err
		}
		if len(last) > 0 && last[0].State == Ended {
			grants = append(grants, last[0])
		}
	}
	slices.SortFunc(grants, func(a, b Grant) int { return a.End.Compare(b.End) })
	for _, g := range grants[:min(len(grants), shownGrants)] {
		gv, err := s.grantView(tx, g)
		if err != nil {
			return err
		}
		v.Live = append(v.Live, gv)
	}
	pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	v.Pending = len(pending)
	if v.Paused, err = readPause(tx); err != nil {
		return err
	}
	if v.Endings, err = shownOrders(tx); err != nil {
		return err
	}
	v.Held = int(s.held.Load())
	if v.Loss, err = readLoss(tx); err != nil {
		return err
	}
	if err := s.countDebriefs(tx, v); err != nil {
		return err
	}
	drift, err := readDrift(tx)
	if err != nil {
		return err
	}
	v.Drift = drift.summary()
	if v.Undelivered, err = tx.Notices(); err != nil || !v.Editable {
		return err
	}
	return revisionsFromStore(tx, v)
}

// revisionsFromStore adds what is in force and what is on its way there.
func revisionsFromStore(tx Tx, v *ConfigView) error {
	open, err := tx.Revisions(RevisionFilter{States: []RevisionState{Editing, Proposed, InForce}})
	if err != nil {
		return err
	}
	v.FirstRun = true
	for _, r := range open {
		if r.State == Editing && r.Author.Person != v.Human.Person {
			continue
		}
		sum, _, err := summarize(tx, r)
		if err != nil {
			return err
		}
		switch r.State {
		case Editing:
			v.Draft = &sum
		case Proposed:
			v.Proposed = append(v.Proposed, sum)
		case InForce:
			v.InForce, v.FirstRun = &sum, false
		case Replaced, Refused, Discarded:
		}
	}
	return nil
}

// Checks is the health of every part, in the order in which people look for a reason.
func (s *Service) Checks(ctx context.Context) []Check {
	var out []Check
	if s.Health != nil {
		out = s.Health()
	}
	w := s.world.Load()
	c := Check{Name: "Catalog", OK: w.catalog != nil, Detail: "never read", Hint: "Press Sync now; if it fails, the reason is shown here."}
	if w.catalog != nil {
		c.Since = w.catalog.AsOf()
		c.Detail = "read " + spellAge(s.Now().Sub(c.Since)) + " ago"
	}
	if _, _, problem := s.sync.state(); problem != "" {
		c.OK = false
		if w.catalog != nil {
			problem += " What was read " + spellAge(s.Now().Sub(c.Since)) + " ago stays in use."
		}
		c.Detail = problem
	}
	out = append(out, c)
	out = append(out, s.policyChecks(ctx, w)...)
	if queue, known := s.queueCheck(ctx); known {
		out = append(out, queue)
	}
	out = append(out, s.lookCheck())
	if anchor, known := s.anchorCheck(); known {
		out = append(out, anchor)
	}
	c = Check{Name: "Clock", OK: true, Detail: "not compared with AWS yet"}
	if skew, measured := s.time.Skew(); measured {
		c.OK = skew.Abs() <= maxSkew
		c.Detail = "agrees with AWS within " + spell((skew.Abs() + time.Second).Truncate(time.Second))
		c.Hint = "Set this machine's clock (NTP). New access waits, removal goes on."
	}
	out = append(out, c)
	if s.Replica != "" {
		leading, leader := s.Leading()
		c = Check{Name: "Replica", OK: leader != "", Detail: s.Replica + " follows " + leader, Hint: "Another replica takes the lead within thirty seconds."}
		switch {
		case leading:
			c.Detail = s.Replica + " leads: it alone writes to AWS"
		case leader == "":
			c.Detail = "no replica leads"
		}
		out = append(out, c)
	}
	c = Check{Name: "Store", OK: true, Detail: "readable"}
	var stuck []Assignment
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		stuck, err = tx.Assignments(AssignmentFilter{Stuck: true})
		return err
	}); err != nil {
		c.OK, c.Detail, c.Hint = false, said(err), "See the log; the data directory must be writable."
	}
	out = append(out, c)
	c = Check{Name: "Removals", OK: len(stuck) == 0, Detail: "none is stuck"}
	if len(stuck) > 0 {
		c.Detail, c.Hint = stuck[0].LastError, "Mend what AWS says; Stint keeps trying. Until then the access is still there."
	}
	return append(out, c)
}

// policyChecks are the health of the policy. That nobody has set one up yet is no fault. One
// that was refused while the policy before it stays in force keeps nobody from being served.
func (s *Service) policyChecks(ctx context.Context, w *world) []Check {
	c := Check{Name: "Policy", OK: w.policy != nil, Detail: "none in force", Hint: "Mend the policy file; it is read again at once.", Since: w.policyAt}
	if s.PolicyFile == "" {
		c.Hint = "Change it in /jit-config, or restore what it names."
	}
	switch problem := s.PolicyProblem(); {
	case problem != "" && w.policy != nil:
		c.Detail = "version " + w.policy.Version() + " stays in force"
		return []Check{c, {Name: "Newer policy", Detail: problem, Hint: c.Hint}}
	case problem != "":
		c.OK, c.Detail = false, problem
	case w.policy != nil:
		c.Detail = "version " + w.policy.Version()
		if n, err := s.numberOf(ctx, w.policy); err == nil && n > 0 {
			c.Detail = fmt.Sprintf("version %d", n)
		}
	case s.PolicyFile == "":
		var found bool
		err := s.Store.View(ctx, func(tx Tx) (err error) {
			_, found, err = inForce(tx)
			return err
		})
		if c.OK = err == nil && !found; c.OK {
			c.Detail = "none yet: an admin sets it up with /jit-config"
		}
	}
	return []Check{c}
}

// PolicyProblem says why the newest policy was refused; "" when it was not.
func (s *Service) PolicyProblem() string {
	s.problem.Lock()
	defer s.problem.Unlock()
	return s.problem.policy
}

// spellAge writes an age in its largest unit.
func spellAge(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return spell(d)
	default:
		return spell(d.Truncate(time.Hour))
	}
}
