package awsconn

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"stint/access"
)

// Scratch keeps drafts over a crash. Losing one costs calls, nothing else. A name that
// was never saved loads as nil. Implementations are safe for use by several goroutines.
type Scratch interface {
	Load(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, name string, value []byte) error
}

const (
	// draftLife is how long what a sync has read may be used by the next one: a catalog is
	// one picture of the organization, not a collage.
	draftLife = 10 * time.Minute
	// draftPages is how many pages may be lost to a crash.
	draftPages = 50
)

// draft is what a sync has read so far. One that breaks off because AWS could not be
// asked, or because the process ended, goes on from it; one that was refused or not
// believed begins anew.
type draft struct {
	scratch Scratch // nil: forgotten with the process

	mu    sync.Mutex
	begun time.Time
	parts map[string]any // *part[T] by name
}

// part is a listing as far as it was read.
type part[T any] struct {
	Begun time.Time // of the draft
	Token string    // of the next page
	Done  bool
	Items []T
}

const draftName = "sync" // where the beginning of the draft is saved

// open begins the draft anew unless there is one that is young enough, and returns when it
// was begun.
func (d *draft) open(ctx context.Context, now time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.begun.IsZero() && d.scratch != nil {
		if b, err := d.scratch.Load(ctx, draftName); err == nil {
			_ = json.Unmarshal(b, &d.begun) // what cannot be read is no draft
		}
	}
	if age := now.Sub(d.begun); age < 0 || age > draftLife {
		d.begun = now
	}
	if d.parts == nil {
		d.parts = map[string]any{}
	}
	d.save(ctx, draftName, d.begun)
	return d.begun
}

// close ends the draft. It is kept for the next sync only when err says that AWS could not
// be asked.
func (d *draft) close(ctx context.Context, err error) {
	var ce *access.ConnectorError
	if errors.As(err, &ce) && (ce.Class == access.ClassRetry && ce.Err != nil || ce.Class == access.ClassCanceled) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	for name := range d.parts {
		d.save(ctx, draftName+"/"+name, nil) // it may be megabytes
	}
	d.begun, d.parts = time.Time{}, nil
	d.save(ctx, draftName, d.begun)
}

// save is called under the lock. A draft that cannot be saved is not worth failing for.
func (d *draft) save(ctx context.Context, name string, v any) {
	if d.scratch == nil {
		return
	}
	if b, err := json.Marshal(v); err == nil {
		_ = d.scratch.Save(ctx, name, b)
	}
}

// partOf is what the draft has of a listing.
func partOf[T any](ctx context.Context, d *draft, name string) *part[T] {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.parts[name].(*part[T]); ok && p.Begun.Equal(d.begun) {
		return p
	}
	p := &part[T]{}
	if d.scratch != nil {
		if b, err := d.scratch.Load(ctx, draftName+"/"+name); err != nil || json.Unmarshal(b, p) != nil || !p.Begun.Equal(d.begun) {
			p = &part[T]{}
		}
	}
	p.Begun = d.begun
	if d.parts == nil {
		d.parts = map[string]any{}
	}
	d.parts[name] = p
	return p
}

// keep saves a part over a crash.
func keep[T any](ctx context.Context, d *draft, name string, p *part[T]) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.save(ctx, draftName+"/"+name, p)
}

// listing reads a long listing to its end, from where the draft is. A token that AWS no
// longer takes begins the listing anew.
func listing[T any](ctx context.Context, c *Connector, name string, fetch func(ctx context.Context, token *string) ([]T, *string, error)) ([]T, error) {
	p := partOf[T](ctx, &c.draft, name)
	if p.Done {
		return p.Items, nil
	}
	resumed, read := p.Token != "", 0
	err := walk(ctx, name, p.Token, fetch, func(items []T, next string) {
		p.Items, p.Token = append(p.Items, items...), next
		if read++; read%draftPages == 0 {
			keep(ctx, &c.draft, name, p)
		}
	})
	if resumed && read == 0 && refused(err) {
		p.Token, p.Items = "", nil
		return listing(ctx, c, name, fetch)
	}
	p.Done = err == nil
	keep(context.WithoutCancel(ctx), &c.draft, name, p)
	if err != nil {
		return nil, err
	}
	return p.Items, nil
}
