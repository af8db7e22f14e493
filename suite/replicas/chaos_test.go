package replicas

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
	"stint/store/postgres"
)

// TestReplicasThatSuffer kills, stops and cuts off three replicas at random while people ask,
// decide and end, and then asks the checker, who has seen only AWS, the record and the
// people. The short form kills one replica, once; the long one goes on for minutes.
func TestReplicasThatSuffer(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	f := newFleet(t, 3)
	standing := assignments(f)
	people := newCrowd(t, f.box)
	for _, r := range f.replicas {
		r.start(t)
	}
	for _, r := range f.replicas {
		r.waitReady(t)
	}
	begun := time.Now()
	w, stopWatching := f.watchOver(t)
	f.box.Slack().SetFaults(slacksim.Faults{Redeliver: 1}) // each envelope goes to two sockets
	stopLiving := people.live(t, seed)
	if full() {
		f.suffer(t, w, random, 4*time.Minute)
	} else {
		f.killOne(t, w)
	}
	until(t, "somebody leads", func() bool { return f.leader(t.Context()) >= 0 })
	stopLiving()
	f.box.Slack().ClearFaults()
	f.endEverything(t, people, standing)
	over := span{begun, time.Now()}
	stopWatching()
	for _, r := range f.replicas {
		r.terminate(t)
	}
	h := f.read(t)
	h.standing, h.until, h.asked, h.pressed = standing, over.to, people.asked, people.pressed
	h.disturbed = w.disturbed(over)
	for _, wrong := range append(h.check(people.paper(f)), w.leaderless(over)...) {
		t.Error(wrong)
	}
	f.tellWhat(t, h, w)
}

// killOne kills a replica that does not lead, and starts it again.
func (f *fleet) killOne(t *testing.T, w *watch) {
	t.Helper()
	rest(t.Context(), 2*time.Second) // of what people do
	i := (f.leader(t.Context()) + 1) % len(f.replicas)
	w.begin(i, harm{what: "kill"})
	f.replicas[i].kill(t)
	f.replicas[i].start(t)
	f.replicas[i].waitReady(t)
	w.end(i)
	until(t, "AWS has taken something away", f.hasRemoved)
}

// hasRemoved reports whether AWS took away something of what people got.
func (f *fleet) hasRemoved() bool {
	return slices.ContainsFunc(f.box.AWS().Operations(0), func(o awssim.OperationView) bool {
		return o.Kind == awssim.OperationDelete && o.Status == awssim.Succeeded
	})
}

// suffer lets one thing after the other happen to the replicas, often to two at a time.
func (f *fleet) suffer(t *testing.T, w *watch, random *rand.Rand, long time.Duration) {
	t.Helper()
	over, done := context.WithTimeout(t.Context(), long)
	defer done()
	var group sync.WaitGroup
	for i := range f.replicas {
		r := rand.New(rand.NewPCG(random.Uint64(), uint64(i)))
		group.Go(func() {
			for rest(over, time.Duration(3+r.IntN(25))*time.Second); over.Err() == nil; rest(over, time.Duration(3+r.IntN(25))*time.Second) {
				f.hurt(t, w, i, r)
			}
		})
	}
	group.Wait()
}

// hurt does one thing to a replica, and mends it after 5 to 40 seconds.
func (f *fleet) hurt(t *testing.T, w *watch, i int, random *rand.Rand) {
	r := f.replicas[i]
	long := time.Duration(5000+random.IntN(35000)) * time.Millisecond
	stall := random.IntN(2) == 0
	type way struct {
		harm
		do, undo func()
	}
	cut := func(what string, h harm, ways ...*proxy) way {
		h.what = what
		return way{h, func() {
			for _, p := range ways {
				p.cut(stall)
			}
		}, func() {
			for _, p := range ways {
				p.mend()
			}
		}}
	}
	ways := []way{
		{harm{what: "kill"}, func() { r.kill(t); long = min(long, 8*time.Second) }, func() { r.start(t); r.waitReady(t) }},
		{harm{what: "stop"}, func() { r.signal(t, syscall.SIGSTOP) }, func() { r.signal(t, syscall.SIGCONT) }},
		cut("database", harm{}, r.database),
		cut("slack", harm{slack: true}, r.slack),
		cut("aws", harm{aws: true}, r.aws),
		cut("everything", harm{}, r.database, r.slack, r.aws),
	}
	x := ways[random.IntN(len(ways))]
	w.begin(i, x.harm)
	x.do()
	t.Logf("%s replica %d: %s (silently: %v) for %s", clock(time.Now()), i, x.what, stall, long)
	rest(t.Context(), long)
	x.undo()
	w.end(i)
}

// endEverything lets people end what they have until AWS holds nothing more than before.
func (f *fleet) endEverything(t *testing.T, c *crowd, standing []awssim.Assignment) {
	t.Helper()
	until(t, "AWS holds nothing of ours", func() bool {
		for who, p := range c.people {
			for _, b := range c.buttons(who, p.DM(), "stint.end") {
				_ = c.press(t.Context(), who, "end", b) // again in a moment
			}
		}
		return len(assignments(f)) == len(standing) && len(f.box.AWS().InFlight()) == 0
	})
}

// assignments is what people and groups have in AWS.
func assignments(f *fleet) (list []awssim.Assignment) {
	for _, a := range f.box.AWS().Assignments(awssim.AssignmentFilter{}) {
		list = append(list, a.Assignment)
	}
	return list
}

// read takes what AWS and the database say at the end, and replays the log.
func (f *fleet) read(t *testing.T) *history {
	t.Helper()
	h := &history{operations: f.box.AWS().Operations(0), left: assignments(f)}
	db, err := postgres.Open(t.Context(), f.database, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.View(t.Context(), func(tx access.Tx) (err error) {
		if h.requests, err = tx.Requests(access.RequestFilter{}); err != nil {
			return err
		}
		h.grants, err = tx.Grants(access.GrantFilter{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := access.VerifyAudit(t.Context(), db); err != nil {
		t.Error("I6:", err)
	}
	return h
}

// paper is the example's policy, read by a person.
func (c *crowd) paper(f *fleet) paper {
	p := paper{
		roles: map[catalog.RoleARN]string{},
		sets:  map[string][]catalog.PersonID{"sre": {c.ids["bob"], c.ids["carol"]}, "security": {c.ids["dana"]}},
		steps: map[string][]string{"ReadOnly": nil, "PowerUserAccess": {"sre"}, "AdministratorAccess": {"sre", "security"}},
	}
	for _, s := range f.box.AWS().Snapshot().PermissionSets {
		p.roles[catalog.RoleARN(s.ARN)] = s.Name
	}
	return p
}

// tellWhat says what the run was made of, and that it was made of something.
func (f *fleet) tellWhat(t *testing.T, h *history, w *watch) {
	t.Helper()
	states := map[access.RequestState]int{}
	for _, r := range h.requests {
		states[r.State]++
	}
	kinds := map[string]int{}
	for _, list := range w.harms {
		for _, x := range list {
			kinds[x.what]++
		}
	}
	ends := map[access.EndReason]int{}
	for _, g := range h.grants {
		ends[g.EndReason]++
	}
	t.Logf("%d forms, %d presses, requests %v, grants by their end %v, %d operations of AWS, harms %v, no able leader for %s",
		len(h.asked), len(h.pressed), states, ends, len(h.operations), kinds, h.disturbed.length().Round(time.Second))
	if !f.hasRemoved() || states[access.Approved] == 0 {
		t.Error("nothing was granted and removed: the run shows nothing")
	}
}
