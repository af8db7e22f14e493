package awsconn

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"stint/access"
	"stint/access/catalog"
)

// Catalog reads the organization: everything or an error, never a part. prev saves the
// descriptions of permission sets that were known already (see RefreshRoles); groups are
// those whose members are needed. progress, which may be nil, is called by one
// goroutine at a time.
//
// The three services are read side by side, each at its own pace. One sync runs at a
// time. What it had read when AWS could no longer be asked, or when the process ended (see
// Deps.Scratch), is used by the next one within ten minutes; AsOf is then its beginning.
func (c *Connector) Catalog(ctx context.Context, prev *catalog.Data, groups []catalog.GroupID, progress func(access.SyncProgress)) (data catalog.Data, err error) {
	select {
	case c.syncing <- struct{}{}:
		defer func() { <-c.syncing }()
	case <-ctx.Done():
		return catalog.Data{}, &access.ConnectorError{Class: access.ClassCanceled, Op: "read the catalog", Err: ctx.Err()}
	}
	begun := c.draft.open(ctx, c.clock.Now())
	defer func() { c.draft.close(ctx, err) }()
	var calls atomic.Int64
	ctx = counted(ctx, &calls)
	report := reporter(progress, &calls)
	if prev == nil {
		prev = &catalog.Data{}
	}
	data = catalog.Data{AsOf: begun}

	me, err := c.whoami(ctx)
	if err != nil {
		return catalog.Data{}, err
	}
	here, err := c.place(ctx, access.PrioritySync)
	if err != nil {
		return catalog.Data{}, err
	}
	data.Organization, data.ManagementAccount, data.Instance = me.organization, me.management, here.instance

	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		data.Accounts, err = c.accounts(gctx, me, prev.Accounts, report)
		return err
	})
	g.Go(func() (err error) {
		data.Roles, err = c.roles(gctx, here, prev.Roles, report)
		return err
	})
	g.Go(func() (err error) {
		data.People, data.Groups, err = c.people(gctx, here, prev, groups, report)
		return err
	})
	limits := &restrictions{}
	g.Go(func() (err error) {
		limits, err = c.restrictions(gctx, me, here, access.PrioritySync)
		return err
	})
	if err := g.Wait(); err != nil {
		return catalog.Data{}, outermost(ctx, err)
	}
	c.restrict(&data, limits)
	return data, nil
}

// outermost says that the caller gave up, when it did, whatever failed first because of it.
func outermost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &access.ConnectorError{Class: access.ClassCanceled, Op: "read the catalog", Err: err}
	}
	return err
}

// reporter makes a progress function that several goroutines may call.
func reporter(progress func(access.SyncProgress), calls *atomic.Int64) func(stage string, done int) {
	var mu sync.Mutex
	return func(stage string, done int) {
		if progress == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		progress(access.SyncProgress{Stage: stage, Done: done, Calls: int(calls.Load())})
	}
}
