package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

const incident = "incident: keys on a public page"

func (r *rig) endAll(t *testing.T, scope access.EndScope) access.EndOrderView {
	t.Helper()
	v, err := r.svc.EndAll(context.Background(), carol, scope, incident)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (r *rig) order(t *testing.T, id string) access.EndOrderView {
	t.Helper()
	v, err := r.svc.EndOrder(context.Background(), carol, id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// some is access of several people in two accounts, and requests that wait.
func (r *rig) some(t *testing.T) (granted map[string]access.Request, waiting map[string]access.Request) {
	t.Helper()
	granted, waiting = map[string]access.Request{}, map[string]access.Request{}
	for _, user := range []identity.SlackUserID{alice, bob} {
		for _, account := range []catalog.AccountID{prod, staging} {
			name := nameOf(user) + " " + string(account)
			granted[name] = r.mustSubmit(user, account, "ReadOnly", 4*time.Hour, "g "+name)
			waiting[name] = r.mustSubmit(user, account, "PowerUserAccess", time.Hour, "w "+name)
		}
	}
	pass(30 * time.Second)
	for name, q := range granted {
		if v := r.view(q.ID); v.Grants[0].Phase != access.PhaseActive {
			t.Fatalf("%s: %s", name, v.Grants[0].Phase)
		}
	}
	return granted, waiting
}

func TestEndAllEndsItsScopeAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		scope access.EndScope
		hits  func(name string) bool
		says  string
	}{
		"a person":   {access.EndScope{Person: personID("alice")}, func(n string) bool { return strings.HasPrefix(n, "alice") }, "alice"},
		"an account": {access.EndScope{Account: prod}, func(n string) bool { return strings.HasSuffix(n, string(prod)) }, "prod-billing"},
		"all":        {access.EndScope{All: true}, func(string) bool { return true }, "all live access"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				granted, waiting := r.some(t)
				want := 0
				for n := range granted {
					if tc.hits(n) {
						want++
					}
				}
				g, q, err := r.svc.CountLive(context.Background(), carol, tc.scope)
				if err != nil || g != want || q != want {
					t.Errorf("it would end %d grants and %d requests, %v; want %d each", g, q, err, want)
				}
				v := r.endAll(t, tc.scope)
				if v.Order.Total != want || v.Name != tc.says {
					t.Errorf("the order is about %q, %d grants", v.Name, v.Order.Total)
				}
				// Whoever asks afterwards gets it: only a pause keeps that back.
				later := r.mustSubmit(dana, prod, "ReadOnly", time.Hour, "later")
				pass(30 * time.Second)
				if v = r.order(t, v.Order.ID); v.Order.DoneAt.IsZero() || v.Order.Ended != want || v.Order.Withdrawn != want || v.Removing != 0 {
					t.Errorf("half a minute later: %+v", v)
				}
				for n, q := range granted {
					if g := r.view(q.ID).Grants[0]; (g.Phase == access.PhaseEnded) != tc.hits(n) || r.holds(g.Grant.Key) == tc.hits(n) {
						t.Errorf("%s: %s %s, AWS holds it: %v", n, g.Phase, g.Grant.EndReason, r.holds(g.Grant.Key))
					} else if tc.hits(n) && (g.Grant.EndReason != access.EndEarly || g.Grant.EndedBy.Person != personID("carol") || !strings.Contains(g.Grant.EndNote, incident)) {
						t.Errorf("%s: %s by %s, %q", n, g.Grant.EndReason, g.Grant.EndedBy.Name, g.Grant.EndNote)
					}
					if w := r.view(waiting[n].ID).Request; (w.State == access.Withdrawn) != tc.hits(n) || tc.hits(n) && !strings.Contains(w.Outcome, incident) {
						t.Errorf("the request of %s: %s %q", n, w.State, w.Outcome)
					}
				}
				if v := r.view(later.ID); v.Grants[0].Phase != access.PhaseActive {
					t.Errorf("asked for after the order: %s", v.Grants[0].Phase)
				}
				if n := r.told.count(access.NoticeAdmins, access.EventReport); n != 2 {
					t.Errorf("the admins were told %d times", n)
				}
			})
		})
	}
}

// With Slack and AWS away the order is taken, the grants end, and removal catches up.
func TestEndAllNeedsNobody(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.removal = 30 * time.Minute
		granted, _ := r.some(t)
		if _, err := r.svc.Home(context.Background(), carol); err != nil {
			t.Fatal(err)
		}
		r.slack.set(func(f *fakeSlack) { f.away = true })
		r.inject(t, awssim.Fault{Kind: awssim.FaultServerError})
		pass(20 * time.Minute)
		id := r.endAll(t, access.EndScope{All: true}).Order.ID
		pass(10 * time.Minute)
		v := r.order(t, id)
		if v.Order.DoneAt.IsZero() || v.Order.Ended != len(granted) || v.Removing != len(granted) || len(v.Stuck) != len(granted) {
			t.Errorf("with everybody away: %+v, %d stuck", v.Order, len(v.Stuck))
		}
		r.cloud.ClearFaults()
		r.slack.set(func(f *fakeSlack) { f.away = false })
		pass(3 * time.Minute)
		if v := r.order(t, id); v.Removing != 0 || len(v.Stuck) != 0 {
			t.Errorf("with everybody back: %+v", v)
		}
		if n := len(r.cloud.Assignments(awsRequested())); n != 0 {
			t.Errorf("AWS still holds %d", n)
		}
	})
}

func TestWhoEndsAll(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		all := access.EndScope{All: true}
		for what, err := range map[string]error{
			"by no admin":  second(r.svc.EndAll(ctx, alice, all, incident)),
			"seen by none": func() error { _, _, err := r.svc.CountLive(ctx, alice, all); return err }(),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for what, err := range map[string]error{
			"no reason":  second(r.svc.EndAll(ctx, carol, all, " ")),
			"no scope":   second(r.svc.EndAll(ctx, carol, access.EndScope{}, incident)),
			"two scopes": second(r.svc.EndAll(ctx, carol, access.EndScope{All: true, Account: prod}, incident)),
		} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := r.svc.EndHeld(ctx, carol, incident); !fault.Is(err, fault.Conflict) {
			t.Errorf("nothing is held: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// A vote that completes an approval between the order and its work gains nothing.
func TestVoteRacesEndAll(t *testing.T) {
	t.Parallel()
	var store *afterOrder
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(5 * time.Second)
		store.mu.Lock()
		store.then = func() {
			if err := r.approve(bob, req.ID); err != nil {
				t.Error(err)
			}
		}
		store.mu.Unlock()
		id := r.endAll(t, access.EndScope{All: true}).Order.ID
		pass(30 * time.Second)
		v := r.view(req.ID)
		if v.Request.State != access.Approved || v.Grants[0].Grant.EndReason != access.EndEarly || r.holds(v.Grants[0].Grant.Key) {
			t.Errorf("%s, its grant %+v", v.Request.State, v.Grants)
		}
		if o := r.order(t, id).Order; o.Ended != 1 || o.Total != 1 {
			t.Errorf("%+v", o)
		}
	}, func(r *rig, _ *awssim.Config) {
		r.wrap = func(s access.Store) access.Store { store = &afterOrder{Store: s}; return store }
	})
}

// afterOrder runs a function right after the transaction that stores an order, before
// anybody hears of it.
type afterOrder struct {
	access.Store
	mu   sync.Mutex
	then func()
}

func (s *afterOrder) Update(ctx context.Context, fn func(access.Tx) error) error {
	stored := false
	err := s.Store.Update(ctx, func(tx access.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		raw, err := tx.Blob("end_orders")
		stored = len(raw) > 0
		return err
	})
	s.mu.Lock()
	then := s.then
	if stored {
		s.then = nil
	}
	s.mu.Unlock()
	if stored && then != nil {
		then()
	}
	return err
}

// What one load of the policy would end waits when it is much, until an admin says so:
// then exactly that ends, and nothing that was asked for since.
func TestEndHeld(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		var held []access.Request
		for i, u := range []identity.SlackUserID{alice, bob, carol, dana} {
			for _, role := range []string{"ReadOnly", "AdministratorAccess"} {
				q := r.mustSubmit(u, prod, role, 2*time.Hour, fmt.Sprint(i, role))
				pass(3 * time.Second)
				if role == "AdministratorAccess" {
					by := bob
					if u == bob {
						by = carol
					}
					if err := r.approve(by, q.ID); err != nil {
						t.Fatal(err)
					}
				}
				held = append(held, q)
			}
		}
		other := r.mustSubmit(alice, staging, "ReadOnly", 2*time.Hour, "other")
		pass(30 * time.Second)
		if err := r.load(context.Background(), rigPolicy+denyProd); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		c, err := r.svc.Config(context.Background(), carol)
		if err != nil || c.Held != len(held) || r.view(held[0].ID).Grants[0].Phase != access.PhaseActive {
			t.Fatalf("%d wait for an admin, %v", c.Held, err)
		}
		if _, err := r.svc.EndHeld(context.Background(), alice, incident); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by no admin: %v", err)
		}
		v, err := r.svc.EndHeld(context.Background(), carol, incident)
		if err != nil || v.Order.Total != len(held) {
			t.Fatalf("%+v %v", v, err)
		}
		pass(2 * time.Minute) // one account: one removal after the other
		for _, q := range held {
			if g := r.view(q.ID).Grants[0]; g.Grant.EndReason != access.EndDenied || r.holds(g.Grant.Key) {
				t.Errorf("%s %s", g.Phase, g.Grant.EndReason)
			}
		}
		if g := r.view(other.ID).Grants[0]; g.Phase != access.PhaseActive {
			t.Errorf("what the policy allows: %s", g.Phase)
		}
		if c, err = r.svc.Config(context.Background(), carol); err != nil || c.Held != 0 || len(c.Endings) != 1 || c.Endings[0].Ended != len(held) {
			t.Errorf("afterwards %d wait, %+v, %v", c.Held, c.Endings, err)
		}
	})
}

// TestEndAllCompletesAfterAnyCrash stops the process before and after every transaction
// and call from the order on; whatever was stored of it is carried out.
func TestEndAllCompletesAfterAnyCrash(t *testing.T) {
	t.Parallel()
	points := 0
	synctest.Test(t, func(t *testing.T) { points = crashDuringEndAll(t, 0).n })
	for at := 1; at <= points; at += stride(7) {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { crashDuringEndAll(t, at) })
		})
	}
}

func crashDuringEndAll(t *testing.T, at int) *fuse {
	f := newFuse(at)
	died := f
	r := newRig(t, func(r *rig, cfg *awssim.Config) {
		cfg.Tuning.OperationMin, cfg.Tuning.OperationMax = 3*time.Second, 3*time.Second
		cfg.Intercept = func(c awssim.Call, after bool) error { return f.intercept(c, after) }
		r.wrap = func(s access.Store) access.Store { return fused{s, f} }
	})
	r.start()
	pass(time.Minute)
	granted, waiting := r.some(t)
	f.armed = true
	order := func() error {
		_, err := r.svc.EndAll(context.Background(), carol, access.EndScope{All: true}, incident)
		return err
	}
	err := order()
	pass(30 * time.Second)
	if f.dead() {
		r.cancel()
		<-r.stopped
		r.dir.Close()
		if err := r.db.Close(); err != nil {
			t.Fatal(err)
		}
		f = newFuse(0)
		r.start()
		pass(5 * time.Second)
		if errors.Is(err, errCrashed) { // nobody heard of the order: it is given again, perhaps a second time
			if err := order(); err != nil {
				t.Fatal(err)
			}
		}
	} else if err != nil {
		t.Fatal(err)
	}
	pass(3 * time.Minute)
	for name, q := range granted {
		if g := r.view(q.ID).Grants[0]; g.Phase != access.PhaseEnded || r.holds(g.Grant.Key) {
			t.Errorf("killed at point %d, %s: %s is %s", at, died.name, name, g.Phase)
		}
		if w := r.view(waiting[name].ID).Request; w.State != access.Withdrawn {
			t.Errorf("killed at point %d, %s: the request of %s is %s", at, died.name, name, w.State)
		}
	}
	c, err := r.svc.Config(context.Background(), carol)
	if err != nil || len(c.Endings) != 1 || c.Endings[0].DoneAt.IsZero() {
		t.Errorf("killed at point %d, %s: the orders are %+v, %v", at, died.name, c.Endings, err)
	}
	if err := r.everythingTold(); err != nil {
		t.Errorf("killed at point %d, %s: %v", at, died.name, err)
	}
	r.check()
	r.stop()
	return died
}
