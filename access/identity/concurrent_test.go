package identity_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// Everything at once: the race detector looks on, and in the end all agree.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"ada", "bob", "cleo", "dan"}
	sre := userGroup("S1")
	w.slack.userGroups["S1"] = identity.UserGroupFacts{Handle: "sre", Members: slackUsers(names...)}
	ctx, cancel := context.WithCancel(t.Context())
	var background sync.WaitGroup
	background.Go(func() { w.dir.Run(ctx) })
	w.dir.Watch([]policy.Source{sre})
	c, err := catalog.New(w.organization())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				name := names[(i+j)%len(names)]
				w.clock.advance(time.Millisecond)
				if _, err := w.dir.Resolve(ctx, user(name), 0); err != nil {
					t.Error(err)
				}
				_ = w.dir.Refresh(ctx, []policy.Source{sre}, 0)
				_, _ = w.dir.Person(ctx, person(name), 0)
				switch i {
				case 0:
					w.dir.SetCatalog(c)
				case 1:
					w.dir.InvalidateUserGroup("S1")
				case 2:
					w.dir.SetDomains([]string{"example.com"})
				case 3:
					if blob, err := w.dir.Export(); err != nil || w.dir.Import(blob) != nil {
						t.Error("export and import")
					}
				}
				w.dir.Snapshot().Members(sre)
				w.dir.Health()
			}
		})
	}
	wg.Wait()
	cancel()
	background.Wait()
	w.refresh(t, sre)
	w.wantMembers(t, sre, true, names...)
}

// crowd binds tens of thousands.
func crowd(b *testing.B) (*world, catalog.Data) {
	b.Helper()
	w := newWorld(b)
	d := w.organization()
	for i := range 30_000 {
		name := fmt.Sprintf("n%05d", i)
		d.People = append(d.People, catalog.Person{ID: person(name), UserName: name, Email: name + "@example.com"})
		w.pins.pins[user(name)] = identity.Pin{Slack: user(name), Person: person(name), Email: name + "@example.com", At: w.clock.Now()}
	}
	w.setCatalog(b, d)
	if err := w.dir.ReloadPins(b.Context()); err != nil {
		b.Fatal(err)
	}
	return w, d
}

// BenchmarkNewBinding changes who one Slack user is: the cost of a snapshot that copies.
func BenchmarkNewBinding(b *testing.B) {
	w, _ := crowd(b)
	w.pins.putErr = errAway // so that it can change again
	for i := 0; b.Loop(); i++ {
		w.change("ada", func(f *identity.SlackFacts) { f.Email = []string{"ada@example.com", "bob@example.com"}[i%2] })
		_, _ = w.dir.Resolve(b.Context(), user("ada"), 0)
	}
}

// BenchmarkSwap swaps the catalog.
func BenchmarkSwap(b *testing.B) {
	w, d := crowd(b)
	c, err := catalog.New(d)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w.dir.SetCatalog(c)
	}
}

// BenchmarkResolve answers from memory, as the form does.
func BenchmarkResolve(b *testing.B) {
	w, _ := crowd(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.dir.Resolve(b.Context(), user("ada"), time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
