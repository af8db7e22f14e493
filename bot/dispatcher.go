package bot

import (
	"context"
	"sync"
)

// Bounds of the dispatcher. Handlers mostly wait for the store or for Slack, so many may
// run on few cores; what waits behind them is only as much as is worth answering.
const (
	maxRunning = 64
	maxWaiting = 1024
)

// dispatcher runs jobs on a bounded pool, those of one lane one after the other in the
// order in which they came. It owns no goroutine while there is nothing to do.
type dispatcher struct {
	ctx context.Context // of the jobs

	mu      sync.Mutex
	lanes   map[string]*lane // lanes with a job that runs or waits
	ready   []*lane          // lanes whose first job waits for a free place
	running int
	waiting int
	closed  bool
	idle    sync.WaitGroup // goroutines of the pool
}

// lane holds the jobs of one key that wait for the one before them.
type lane struct {
	key  string // "" for a job that needs no order: its lane is its own
	jobs []func(context.Context)
}

func newDispatcher(ctx context.Context) *dispatcher {
	return &dispatcher{ctx: ctx, lanes: map[string]*lane{}}
}

// submit takes a job, or reports false when too much waits already or the dispatcher is
// closed. It never blocks.
func (d *dispatcher) submit(key string, job func(context.Context)) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.waiting >= maxWaiting {
		return false
	}
	if l := d.lanes[key]; key != "" && l != nil {
		l.jobs = append(l.jobs, job)
		d.waiting++
		return true
	}
	l := &lane{key: key, jobs: []func(context.Context){job}}
	if key != "" {
		d.lanes[key] = l
	}
	if d.running < maxRunning {
		d.running++
		d.idle.Go(func() { d.work(l, job) })
		return true
	}
	d.ready = append(d.ready, l)
	d.waiting++
	return true
}

// work runs jobs until none is ready. After each job its lane goes to the end of the
// queue, so that a busy one does not keep the others waiting.
func (d *dispatcher) work(l *lane, job func(context.Context)) {
	for job != nil {
		job(d.ctx)
		l, job = d.next(l)
	}
}

func (d *dispatcher) next(done *lane) (*lane, func(context.Context)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	done.jobs = done.jobs[1:]
	if len(done.jobs) == 0 {
		if done.key != "" {
			delete(d.lanes, done.key)
		}
	} else {
		d.ready = append(d.ready, done)
	}
	if len(d.ready) == 0 {
		d.running--
		return nil, nil
	}
	l := d.ready[0]
	d.ready = d.ready[1:]
	d.waiting--
	return l, l.jobs[0]
}

// drain refuses new jobs and waits until those that were taken have ended, or ctx has.
func (d *dispatcher) drain(ctx context.Context) {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	done := make(chan struct{})
	go func() {
		d.idle.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// wait blocks until no goroutine of the pool is left.
func (d *dispatcher) wait() { d.idle.Wait() }
