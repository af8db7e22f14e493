package awsconn

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"stint/access"
	"stint/access/catalog"
)

// others is another tool of the organization that makes so many calls a second until ctx
// ends, whatever AWS says.
func (w *world) others(ctx context.Context, rate int, wg *sync.WaitGroup) {
	key := w.Credentials().Management
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(w.org.Region), config.WithBaseEndpoint("http://aws.test"),
		config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}),
		config.WithHTTPClient(&http.Client{Transport: w.Transport()}),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key.ID, key.Secret, "")))
	if err != nil {
		w.t.Fatal(err)
	}
	client := ssoadmin.NewFromConfig(cfg)
	wg.Go(func() {
		r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // a test
		for ctx.Err() == nil {
			_, _ = client.ListInstances(ctx, nil) // it may be refused
			time.Sleep(time.Duration(r.ExpFloat64() * float64(time.Second) / float64(rate)))
		}
	})
}

// Where others take part of the quota, few of our calls are refused, most of what they
// leave is used, and all of it again when they have gone.
func TestPaceFollowsOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		// Not twenty calls a second, which would fall in step with AWS's own twenty.
		w := newWorld(t, ordinary, sized(200, 20, 5), func(s *setting) { s.cfg.CallsPerSecond = 19 })
		data := w.sync(nil)
		pace := func() float64 { return w.Backlog().Pace }
		if pace() != 1 {
			t.Fatalf("begins at %v", pace())
		}
		ctx, gone := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		w.others(ctx, 14, &wg)
		scanned := 0
		begin := time.Now()
		for time.Since(begin) < 2*time.Minute {
			last, err := w.ScanAssignments(t.Context(), &data, catalog.Scan{By: catalog.ByRole}, func(catalog.Scan, []catalog.Assignment) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			scanned += last.Calls
		}
		took := time.Since(begin)
		refused, ours := testThrottles(w), float64(scanned)
		if refused == 0 || refused/ours > 0.02 {
			t.Errorf("%v of %v calls were refused", refused, ours)
		}
		if least := 6 * took.Seconds() * 0.6; ours < least {
			t.Errorf("%v calls in %v, where 6 a second were left", ours, took)
		}
		if p := pace(); p >= 1 || p < paceMin {
			t.Errorf("the pace is %v", p)
		}
		gone()
		wg.Wait()
		time.Sleep(2 * time.Minute)
		if p := pace(); p != 1 {
			t.Errorf("the pace is %v, though nobody else is there", p)
		}
	})
}

// testThrottles is how many of our calls were refused because of too many.
func testThrottles(w *world) float64 {
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "stint_aws_throttles_total" {
			n := 0.0
			for _, m := range f.GetMetric() {
				n += m.GetCounter().GetValue()
			}
			return n
		}
	}
	return 0
}

// Where others have operations in flight, fewer of ours are begun, and all again later.
func TestSlotsLeaveRoomForOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) { s.tuning.OutstandingLimit = 4 }, sized(60, 10, 12))
		if n := w.Backlog().Slots; n != 10 {
			t.Fatalf("%d slots", n)
		}
		var wg sync.WaitGroup
		granted := 0
		var mu sync.Mutex
		for n := range 40 {
			key := w.key(n)
			wg.Go(func() {
				for {
					release, err := w.Acquire(t.Context(), access.PriorityGrant, key.Account)
					if err != nil {
						t.Error(err)
						return
					}
					op, err := w.Assign(t.Context(), access.PriorityGrant, key, nil)
					if err == nil {
						op, err = w.Await(t.Context(), op)
					}
					release()
					if err == nil && op.Status == access.Succeeded {
						mu.Lock()
						granted++
						mu.Unlock()
						return
					}
					wantClass(t, err, retries)
					time.Sleep(time.Second)
				}
			})
		}
		time.Sleep(30 * time.Second)
		if n := w.Backlog().Slots; n > 6 || n < crowdLeft {
			t.Errorf("%d slots, where AWS takes 4", n)
		}
		wg.Wait()
		if granted != 40 {
			t.Errorf("%d granted", granted)
		}
		if p := w.Backlog().Pace; p != 1 {
			t.Errorf("the pace is %v, though the rate was never the matter", p)
		}
		time.Sleep(10 * time.Minute)
		if n := w.Backlog().Slots; n != 10 {
			t.Errorf("%d slots, though nobody else is there", n)
		}
		if n := w.ErrorCounts()["ThrottlingException"]; n > 20 {
			t.Errorf("refused %d times", n)
		}
	})
}

// What waits can be seen, and how long it will take.
func TestBacklog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(60, 10, 12))
		if b := w.Backlog(); b.Waiting() != 0 || !b.Oldest.IsZero() || b.Drain != 0 || b.Slots != 10 {
			t.Errorf("%+v", b)
		}
		if d := w.Wait(grant, "a"); d != 0 {
			t.Errorf("would wait %v for nothing", d)
		}
		ctx, over := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { // nobody lets go before the end of all
				if release, err := w.Acquire(ctx, revoke, "a"); err == nil {
					<-ctx.Done()
					release()
				}
			})
		}
		time.Sleep(time.Second)
		begin := time.Now()
		wg.Go(func() {
			if release, err := w.Acquire(ctx, grant, "a"); err == nil {
				release()
			}
		})
		time.Sleep(time.Second)
		b := w.Backlog()
		if b.Revokes != 4 || b.Grants != 1 || b.Running != 1 || !b.Oldest.Equal(begin.Add(-time.Second)) {
			t.Errorf("%+v", b)
		}
		if want := 6 * usualOperation; b.Drain != want { // one after another: one runs, five wait
			t.Errorf("drained in %v, want %v", b.Drain, want)
		}
		if d := w.Wait(revoke, "a"); d < 4*usualOperation || d > 6*usualOperation {
			t.Errorf("a further revoke would wait %v", d)
		}
		if d := w.Wait(grant, "a"); d < usualOperation || d > 2*usualOperation {
			t.Errorf("a further grant would wait %v", d)
		}
		if d := w.Wait(grant, "b"); d != 0 {
			t.Errorf("a grant elsewhere would wait %v", d)
		}
		over()
		wg.Wait()
		if b := w.Backlog(); b.Waiting()+b.Running != 0 {
			t.Errorf("%+v", b)
		}
	})
}
