package access

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// The times that the design fixes.
const (
	startDeadline = 10 * time.Minute // a grant that is not in AWS this long after its start ends
	checkWithin   = 2 * time.Minute  // a request that could not be checked this long is withdrawn
	sensitiveAge  = time.Minute      // facts at a review and at the check of a request
	startAge      = 15 * time.Minute // facts when a grant starts after its approval
	formAge       = 15 * time.Minute // facts when a form is shown or sent; checked again before anything is granted
	massEnd       = 5                // more live grants, or people who left, than this at once wait for an admin
)

// Options is what a Service is made of. Every field is required unless it says otherwise.
type Options struct {
	Store     Store
	Clock     Clock
	Connector Connector
	Directory Directory
	Log       zerolog.Logger
	// Scanner searches AWS for what nobody granted through Stint. Optional: without it only
	// what is ours is looked at.
	Scanner Scanner
	// ScanFirst asks for the first scan as soon as the organization is known: until it has
	// ended nothing that comes without Stint is news.
	ScanFirst bool
	// Hints calls its argument with what AWS tells of changes, until ctx ends. Optional: the
	// nightly scan finds the same later.
	Hints func(ctx context.Context, handle func(context.Context, Hint) error)
	// OnCatalog is called with every new catalog, before decisions use it: the directory
	// and the policy's names follow it. Optional.
	OnCatalog func(*catalog.Catalog)
	// Health adds lines to /jit-config and /readyz: the parts that access does not know. Optional.
	Health func() []Check
	// PolicyFile is where the policy is read from, for /jit-config; "" when it is edited in
	// Slack and kept in the store.
	PolicyFile string
	// OnPolicy is called with every policy, before decisions use it: the directory follows
	// its domains and sources. Optional.
	OnPolicy func(*policy.Policy)
	// BootstrapAdmins are e-mail addresses of people who are admins whatever the policy says.
	BootstrapAdmins []string
	// Replica names this process among several on one store, of which one is elected to
	// lead; "" when it is alone there and so leads from the start.
	Replica string
	// OnLead is called when this replica begins to lead. Optional.
	OnLead func()
	// Tickets checks tickets, where a rule wants that; nil: requests under such a rule are
	// refused. Optional.
	Tickets TicketChecker
	// Anchor names the group that keeps roles in accounts; none without one.
	Anchor AnchorOptions
	// IAMRoles says whether and how often the IAM roles of member accounts are read.
	IAMRoles IAMRolesOptions
	// Trace is called at points of the worker, for tests that wait for them and for
	// benchmarks. Optional.
	Trace func(point string, key Key)
}

// world is what decisions are made from, swapped whole.
type world struct {
	catalog  *catalog.Catalog
	policy   *policy.Policy
	policyAt time.Time
}

// Service is the lifecycle of requests, grants and assignments. Its methods are safe
// for concurrent use. Run does the work that nobody waits for.
type Service struct {
	Options
	time *Timekeeper
	ids  *idSource

	leadership *leadership
	electNow   signal // the lease may be free
	marks      marks  // of follow alone

	world     atomic.Pointer[world]
	load      sync.Mutex // one change of world at a time
	sync      syncState
	syncAsked signal
	// iamAsked wakes the leader to read the IAM roles that an admin asked for.
	iamAsked signal
	// bringsAsked wakes readBringsSoon.
	bringsAsked signal
	// policyAsked wakes followPolicy.
	policyAsked signal
	unenforced  atomic.Bool // the last enforce failed

	worker     *worker
	outbox     *outbox
	pause      pauseState
	alarms     chan string  // from parts that must not wait for the store
	ender      signal       // a mass end was ordered
	held       atomic.Int64 // grants and requests whose end waits for an admin
	wave       wave
	readingIAM atomic.Bool
	anchor     anchorState
	// lossAsked is raised when an admin accepted what a sync found gone.
	lossAsked signal
	// written wakes chain: an audit event has been stored.
	written signal
	lookout lookout
	// driftAsked wakes the search for drift, driftDue what tends its findings.
	driftAsked, driftDue signal

	problem struct {
		sync.Mutex
		policy string // why the newest policy was refused
		alarms map[string]time.Time
	}
}

const (
	metaTerm    = "term"
	metaClock   = "clock"
	blobCatalog = "catalog"
)

// New opens the service on its store and loads the last catalog. Alone on its store, it
// takes the next term, so that a worker of an earlier process can no longer write; one of
// several replicas does so when it is elected.
func New(ctx context.Context, cfg Options) (*Service, error) {
	s := &Service{Options: cfg, ids: newIDSource(), syncAsked: make(signal, 1), iamAsked: make(signal, 1), bringsAsked: make(signal, 1), policyAsked: make(signal, 1), ender: make(signal, 1), driftAsked: make(signal, 1), driftDue: make(signal, 1), electNow: make(signal, 1), alarms: make(chan string, 64)}
	s.problem.alarms = map[string]time.Time{}
	s.lossAsked, s.written = make(signal, 1), make(signal, 1)
	s.lookout.changed = make(chan identity.SlackUserID, usersChanged)
	var data []byte
	err := cfg.Store.Update(ctx, func(tx Tx) error {
		high, err := readTime(tx, metaClock)
		if err != nil {
			return err
		}
		s.time = NewTimekeeper(cfg.Clock, high)
		s.leadership = &leadership{name: cfg.Replica, clock: cfg.Clock}
		if cfg.Replica == "" {
			if s.leadership.term, err = nextTerm(tx); err != nil {
				return err
			}
		}
		if s.marks, _, err = readMarks(tx); err != nil {
			return err
		}
		paused, err := readPause(tx)
		if err != nil {
			return err
		}
		s.pause.now.Store(paused)
		data, err = tx.Blob(blobCatalog)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.world.Store(&world{})
	s.worker = newWorker(s)
	s.outbox = newOutbox(s)
	if len(data) > 0 {
		d, err := catalog.Decode(data)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "access.New", "the stored catalog cannot be read", "Start with an empty catalog by syncing again.")
		}
		s.anchorApart(d)
		c, err := catalog.New(*d)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "access.New", "the stored catalog is not valid", "")
		}
		s.setCatalog(c)
	}
	return s, nil
}

// Now is the judged time.
func (s *Service) Now() time.Time { return s.time.Now() }

// Catalog is the catalog in force; nil before the first sync.
func (s *Service) Catalog() *catalog.Catalog { return s.world.Load().catalog }

// Policy is the policy in force; nil before the first load.
func (s *Service) Policy() *policy.Policy { return s.world.Load().policy }

// ready returns a world that can decide, or says what is missing.
func (s *Service) ready() (*world, error) {
	w := s.world.Load()
	switch {
	case w.catalog == nil:
		if running, at, _ := s.sync.state(); running && at.Done > 0 {
			return nil, fault.Newf(fault.Unavailable, "access.ready", "Try again in a minute: AWS answers only so fast.", "Stint is reading the AWS organization for the first time (%d %s so far).", at.Done, at.Stage)
		}
		return nil, fault.New(fault.Unavailable, "access.ready", "Stint has not read the AWS organization yet.", "Try again in a minute. If it stays like this, an admin finds the reason in /jit-config.")
	case w.policy == nil:
		if s.PolicyFile == "" && s.PolicyProblem() == "" {
			hint := "An admin sets it up with /jit-config." + s.askAdmins(context.Background())
			return nil, fault.New(fault.Unavailable, "access.ready", "Stint is not set up yet, so nobody can ask for access.", hint)
		}
		return nil, fault.New(fault.Unavailable, "access.ready", "No policy is in force, so nobody may request anything.", "An admin finds the reason in /jit-config.")
	}
	return w, nil
}

// update runs one write transaction, stores the highest time beside it and wakes the
// worker and the outbox once it is durable.
func (s *Service) update(ctx context.Context, fn func(*book) error) error {
	var lines []AuditEvent
	err := s.Store.Update(ctx, func(tx Tx) error {
		b := &book{Tx: tx, now: s.Now(), ids: s.ids, deciders: s.deciders, gaps: s.gaps()}
		if err := fn(b); err != nil {
			return err
		}
		lines = b.lines
		return writeTime(tx, metaClock, b.now)
	})
	if err != nil {
		return err
	}
	s.report(lines)
	s.worker.wake.raise()
	s.outbox.wake.raise()
	s.written.raise()
	return nil
}

// report logs what was committed: who did what to which record. Notes stay in the audit
// log, because people's reasons are among them.
func (s *Service) report(lines []AuditEvent) {
	for _, l := range lines {
		level := zerolog.InfoLevel
		if strings.HasPrefix(l.Action, "assignment.") {
			level = zerolog.DebugLevel // each step of a call to AWS
		}
		e := s.Log.WithLevel(level).Uint64("audit", l.Seq).Str("actor", cmp.Or(string(l.Actor.Person), "stint"))
		kind, id, found := strings.Cut(l.Record, "/")
		if found {
			e = e.Str(kind+"_id", id)
		}
		e.Msg(l.Action)
	}
}

// lead is update for the one process that leads: it fails when another has taken over.
func (s *Service) lead(ctx context.Context, fn func(*book) error) error {
	return s.update(ctx, func(b *book) error {
		if err := s.leads(b); err != nil {
			return err
		}
		return fn(b)
	})
}

// leads compares the stored term with ours.
func (s *Service) leads(tx Tx) error {
	term, err := readTerm(tx)
	if err != nil {
		return err
	}
	ours, holds := s.leadership.holds()
	if term != ours {
		return fault.Newf(fault.Unavailable, "access.leads", "", "another process took over (term %d, ours is %d)", term, ours)
	}
	if !holds {
		return fault.New(fault.Unavailable, "access.leads", "", "the lease has run out")
	}
	return nil
}

// Alarm tells the admins what another part found out; it never waits. Run stores it, so
// that it is told even when Slack is away. The same text is told once an hour.
func (s *Service) Alarm(text string) {
	select {
	case s.alarms <- text:
	default:
		s.Log.Warn().Str("alarm", text).Msg("too many alarms at once; the admins were not told")
	}
}

// passAlarms stores what Alarm was given until ctx ends.
func (s *Service) passAlarms(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case text := <-s.alarms:
			s.alarm(context.WithoutCancel(ctx), text)
		}
	}
}

// alarm tells the admins, once an hour for the same text.
func (s *Service) alarm(ctx context.Context, text string) {
	s.problem.Lock()
	last, seen := s.problem.alarms[text]
	now := s.Now()
	if seen && now.Sub(last) < time.Hour {
		s.problem.Unlock()
		return
	}
	s.problem.alarms[text] = now
	s.problem.Unlock()
	s.Log.Warn().Str("alarm", text).Msg("told the admins")
	if err := s.update(ctx, func(b *book) error { return b.alarm(text) }); err != nil {
		s.Log.Error().Err(err).Msg("alarm could not be stored")
	}
}

// alarm stores a notice to the admins within a transaction: something that needs them.
func (b *book) alarm(text string) error {
	return b.notify(Notice{Kind: NoticeAdmins, Key: "admins", Text: text})
}

// report tells the admins what was done; it asks nothing of them.
func (b *book) report(text string) error {
	return b.notify(Notice{Kind: NoticeAdmins, Key: "admins", Event: EventReport, Text: text})
}

func (s *Service) trace(point string, key Key) {
	if s.Trace != nil {
		s.Trace(point, key)
	}
}

// signal wakes one loop; raising it twice before it is seen is one wake.
type signal chan struct{}

func (c signal) raise() {
	select {
	case c <- struct{}{}:
	default:
	}
}
