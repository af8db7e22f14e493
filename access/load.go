package access

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// syncState is the catalog sync that runs, and how the last one ended.
type syncState struct {
	mu       sync.Mutex
	running  bool
	progress SyncProgress
	problem  string
}

func (y *syncState) state() (running bool, progress SyncProgress, problem string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.running, y.progress, y.problem
}

func (y *syncState) begin() bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.running {
		return false
	}
	y.running, y.progress = true, SyncProgress{}
	return true
}

func (y *syncState) step(p SyncProgress) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.progress = p
}

// release ends what was no sync: how the last one ended stays known.
func (y *syncState) release() {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.running = false
}

func (y *syncState) end(err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.running, y.problem = false, ""
	if err != nil {
		y.problem = explain(err)
	}
}

// Sync reads the organization and swaps the catalog whole. A sync that fails, or loses so
// much that it must be a mistake, leaves the old catalog in force. One runs at a time;
// Conflict when one is running.
func (s *Service) Sync(ctx context.Context) (err error) {
	const op = "access.Sync"
	if !s.sync.begin() {
		return fault.New(fault.Conflict, op, "A sync is already running.", "Its result shows in a moment.")
	}
	defer func() { s.sync.end(err) }()
	w := s.world.Load()
	var prev *catalog.Data
	if w.catalog != nil {
		prev = w.catalog.Data()
	}
	var groups []catalog.GroupID
	if w.policy != nil {
		groups = w.policy.GroupsNamed()
	}
	data, err := s.Connector.Catalog(ctx, prev, groups, s.sync.step)
	if err != nil {
		return err
	}
	keepBrings(prev, &data)
	if err := s.leaveOurs(ctx, &data); err != nil {
		return err
	}
	if prev != nil {
		if err := catalog.CheckLoss(prev, &data); err != nil {
			s.alarm(ctx, "A sync was refused and the old catalog stays in force: "+said(err)+" An admin accepts it in /jit-config if it is true.")
			if e := s.keepLoss(ctx, prev, &data); e != nil {
				s.Log.Error().Err(e).Msg("the sync that waits for an admin was not stored")
			}
			return err
		}
	}
	if err := s.swap(ctx, data, "catalog.synced"); err != nil {
		return err
	}
	_ = s.readBrings(ctx) // the admins know; the organization itself was read
	return nil
}

// rolesEach is how many roles one refresh reads again: 100 roles take 2.5 hours at the
// default schedule, and AWS hardly notices.
const rolesEach = 10

// RefreshRoles reads some roles again, in turn.
func (s *Service) RefreshRoles(ctx context.Context) error {
	c := s.Catalog()
	if c == nil || !s.sync.begin() {
		return nil // nothing to refresh, or a sync is running: at the next time
	}
	defer s.sync.release()
	data, err := s.Connector.RefreshRoles(ctx, *c.Data(), rolesEach)
	if err != nil {
		return err
	}
	return s.swap(ctx, data, "catalog.refreshed")
}

// swap stores a catalog, puts it in force and ends what it no longer allows.
func (s *Service) swap(ctx context.Context, data catalog.Data, action string) error {
	s.anchorApart(&data)
	c, err := catalog.New(data)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "access.swap", "What AWS answered is not a valid organization: "+said(err), "The old catalog stays in force.")
	}
	blob, err := catalog.Encode(c.Data())
	if err != nil {
		return err
	}
	if err := s.lead(ctx, func(b *book) error {
		if err := b.audit(action, System, "", c.Counts(), ""); err != nil {
			return err
		}
		if err := b.bump(metaCatalog); err != nil {
			return err
		}
		if action == "catalog.synced" { // it is newer than what waits
			if err := b.clearLoss(); err != nil {
				return err
			}
		}
		return b.PutBlob(blobCatalog, blob)
	}); err != nil {
		return err
	}
	s.setCatalog(c)
	return s.enforce(ctx)
}

// SyncNow starts a sync for an admin and returns at once.
func (s *Service) SyncNow(ctx context.Context, user identity.SlackUserID) error {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return err
	}
	if running, _, _ := s.sync.state(); running {
		return nil
	}
	if _, leads := s.leadership.holds(); leads {
		s.syncAsked.raise()
		return nil
	}
	return s.update(ctx, func(b *book) error { return b.bump(metaSyncAsk) }) // the leader sees it
}

func (s *Service) setCatalog(c *catalog.Catalog) {
	s.load.Lock()
	defer s.load.Unlock()
	w := *s.world.Load()
	w.catalog = c
	s.world.Store(&w)
	if s.OnCatalog != nil {
		s.OnCatalog(c)
	}
	s.policyAsked.raise()
	if s.ScanFirst {
		s.driftAsked.raise()
	}
}

// enforce ends the live and scheduled grants that an explicit deny of today's policy hits
// for certain, and those of people who are gone; what is so much that it is more likely a
// mistake waits for an admin, unless one said that this version may end it.
func (s *Service) enforce(ctx context.Context) (err error) {
	if _, leads := s.leadership.holds(); !leads {
		return nil // the leader does, as soon as it hears of the change
	}
	defer func() { s.unenforced.Store(err != nil) }()
	w := s.world.Load()
	if w.catalog == nil || w.policy == nil {
		return nil // nothing to judge by yet
	}
	for _, p := range w.policy.CheckCatalog(w.catalog) {
		if i := 0; ruleOf(p.Path, &i) && w.policy.Rules()[i].Deny && !w.policy.Rules()[i].Off {
			s.alarm(ctx, "A deny rule names what is not there, so it protects nothing: "+p.String())
		}
	}
	found, err := s.findings(ctx, s.judgeBy(w))
	if err != nil {
		return err
	}
	meant, err := s.endsMeant(ctx, w)
	if err != nil {
		return err
	}
	return s.carry(ctx, w, found, true, meant)
}

// endsMeant reports whether an admin applied this version knowing that it ends many grants,
// and that has not been done yet.
func (s *Service) endsMeant(ctx context.Context, w *world) (meant bool, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		v, err := tx.Meta(metaEnds)
		meant = v == w.policy.Version()
		return err
	})
	return meant, err
}

// askToEnd tells the admins what waits for them, unless one of them gave the word already.
func (s *Service) askToEnd(ctx context.Context, held int) error {
	var orders []EndOrder
	if err := s.Store.View(ctx, func(tx Tx) (err error) { orders, err = readOrders(tx); return err }); err != nil {
		return err
	}
	if slices.ContainsFunc(orders, func(o EndOrder) bool { return o.Scope.Held && o.DoneAt.IsZero() }) {
		return nil
	}
	s.alarm(ctx, fmt.Sprintf("Today's policy or directory would end %d grants and requests at once. They wait for an admin: end them in /jit-config, or mend the policy or the directory.", held))
	return nil
}

// findings judges every grant and pending request while others write: with very many it
// takes seconds. A grant that becomes live meanwhile was checked against the world in force.
func (s *Service) findings(ctx context.Context, judge func(Request, Grant) EndReason) (found []finding, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		found = nil
		grants, err := tx.Grants(GrantFilter{States: []GrantState{Live, Scheduled}})
		if err != nil {
			return err
		}
		for _, g := range grants {
			r, err := tx.Request(g.Request)
			if err != nil {
				return err
			}
			f := finding{grant: g.ID, live: g.State == Live}
			switch judge(r, g) {
			case "":
				continue
			case EndOffboarded:
				f.person = g.Key.Person
			}
			found = append(found, f)
		}
		more, err := s.findLeftAsking(tx)
		found = append(found, more...)
		return err
	})
	return found, err
}

// hits lists the grants that a world would end, and counts the live ones.
func (s *Service) hits(ctx context.Context, w *world) (hits []GrantID, live int, err error) {
	found, err := s.findings(ctx, s.judgeBy(w))
	for _, f := range found {
		if f.grant != "" {
			hits = append(hits, f.grant)
		}
		if f.live {
			live++
		}
	}
	return hits, live, err
}

// ruleOf reads the number of the rule from the path of a problem.
func ruleOf(path string, rule *int) bool {
	n, err := fmt.Sscanf(path, "rules[%d]", rule)
	return n == 1 && err == nil
}

// judgeBy is why a world would end a grant.
func (s *Service) judgeBy(w *world) func(Request, Grant) EndReason {
	return func(r Request, g Grant) EndReason {
		reason, _ := s.judge(w, r, g)
		return reason
	}
}

// judge says whether a grant must end because of today's policy or directory.
func (s *Service) judge(w *world, r Request, g Grant) (EndReason, string) {
	if why := s.leftHolding(r, g); why != "" {
		return EndOffboarded, why
	}
	if w.policy == nil {
		return "", ""
	}
	d := w.policy.Decide(w.catalog, s.Directory.Snapshot(), s.asksNow(r, g.Key))
	if d.Outcome == policy.Denied && (d.Certain || g.State == Scheduled) {
		return EndDenied, d.Why
	}
	return "", ""
}
