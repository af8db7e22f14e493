package awsconn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/sandbox/awssim"
)

// People learn of the end of an operation within 1.08 times of AWS's own time.
func TestAwaitAloneIsCloseToAWS(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, ordinary) // 2 to 8 s an operation
		var told, own time.Duration
		const rounds = 100
		for range rounds {
			op := w.assign(w.key(0))
			w.ResetCounts()
			w.await(op)
			told += time.Since(op.SentAt)
			if n := w.Count("sso:ListAccountAssignmentCreationStatus"); n != 0 {
				t.Fatalf("listed %d times for one operation", n)
			}
			if n := w.Count("sso:DescribeAccountAssignmentCreationStatus"); n > 13 {
				t.Fatalf("described %d times", n)
			}
			last := w.Operations(1)[0]
			own += last.Ended.Sub(last.Accepted)
			op, err := w.Unassign(t.Context(), w.key(0), nil)
			if err != nil {
				t.Fatal(err)
			}
			w.await(op)
		}
		ratio := float64(told) / float64(own)
		t.Logf("told after %.3f times AWS's own time", ratio)
		if ratio < 1 || ratio > 1.08 {
			t.Errorf("told after %.3f times AWS's own time, want at most 1.08", ratio)
		}
	})
}

func TestAwaitLongOperationStaysCheap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) { s.tuning.OperationMin, s.tuning.OperationMax = 4*time.Minute, 4*time.Minute })
		op := w.assign(w.key(0))
		done := w.await(op)
		if done.Status != access.Succeeded {
			t.Fatalf("ended %+v", done)
		}
		if late := time.Since(op.SentAt); late > 4*time.Minute*115/100 {
			t.Errorf("told after %v", late)
		}
		if n := w.Count("sso:DescribeAccountAssignmentCreationStatus"); n > 40 {
			t.Errorf("%d calls", n)
		}
	})
}

// awaitAll awaits all operations at once.
func (w *world) awaitAll(ops []access.Operation) []access.Operation {
	w.t.Helper()
	done := make([]access.Operation, len(ops))
	var wg sync.WaitGroup
	for i, op := range ops {
		wg.Go(func() {
			var err error
			if done[i], err = w.Await(w.t.Context(), op); err != nil {
				w.t.Error(err)
			}
		})
	}
	wg.Wait()
	return done
}

func TestAwaitTogetherSharesOneListing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) { s.tuning.OperationMin, s.tuning.OperationMax = 9*time.Second, 9*time.Second })
		var ops []access.Operation
		for i := range 8 {
			ops = append(ops, w.assign(w.key(i)))
		}
		begin := time.Now()
		for _, done := range w.awaitAll(ops) {
			if done.Status != access.Succeeded {
				t.Errorf("ended %+v", done)
			}
		}
		if late := time.Since(begin); late > 11*time.Second {
			t.Errorf("told after %v", late)
		}
		lists, describes := w.Count("sso:ListAccountAssignmentCreationStatus"), w.Count("sso:DescribeAccountAssignmentCreationStatus")
		if lists > 6 || describes > 1 { // one a round of 2 s; the last one may be alone
			t.Errorf("%d listings and %d descriptions for 8 operations of 9 s", lists, describes)
		}
	})
}

func TestAwaitDescribesOnlyFailures(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultFailed, Action: "sso:CreateAccountAssignment", AccountID: string(w.key(0).Account), Reason: awssim.ReasonDenied})
		ops := []access.Operation{w.assign(w.key(0)), w.assign(w.key(1)), w.assign(w.key(2))}
		done := w.awaitAll(ops)
		if done[0].Status != access.Failed || done[0].Reason != awssim.ReasonDenied || done[0].Failure != access.ClassRefused {
			t.Errorf("ended %+v", done[0])
		}
		if done[1].Status != access.Succeeded || done[2].Status != access.Succeeded {
			t.Errorf("ended %+v, %+v", done[1], done[2])
		}
		if n := w.Count("sso:DescribeAccountAssignmentCreationStatus"); n != 1 {
			t.Errorf("described %d times, want once", n)
		}
	})
}

// Where the history is longer than a page and does not show ours, only what is in
// progress is listed from then on.
func TestAwaitWithALongHistory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) { s.tuning.OperationMin, s.tuning.OperationMax = 9*time.Second, 9*time.Second })
		// Pages of a third: 33 of the newest. Fill the history with newer ones than ours.
		ops := []access.Operation{w.assign(w.key(0)), w.assign(w.key(1))}
		if err := w.SetTuning(func(t *awssim.Tuning) { t.OperationMin, t.OperationMax = 0, 0 }); err != nil {
			t.Fatal(err)
		}
		other := w.key(5)
		for i := range 120 {
			other.Person = w.key(0).Person
			if i%2 == 0 {
				w.assign(other)
			} else if _, err := w.Unassign(t.Context(), other, nil); err != nil {
				t.Fatal(err)
			}
		}
		id := w.inject(awssim.Fault{Kind: awssim.FaultShortPage, Action: "sso:ListAccountAssignmentCreationStatus"})
		defer w.ClearFault(id)
		w.ResetCounts()
		for _, done := range w.awaitAll(ops) {
			if done.Status != access.Succeeded {
				t.Errorf("ended %+v", done)
			}
		}
		if !w.poller.history[access.CreateOperation] {
			t.Error("the long history was not noticed")
		}
		lists, describes := w.Count("sso:ListAccountAssignmentCreationStatus"), w.Count("sso:DescribeAccountAssignmentCreationStatus")
		if lists > 6 || describes > 8 {
			t.Errorf("%d listings and %d descriptions", lists, describes)
		}
	})
}

func TestAwaitGivesUpAfterFiveMinutes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultStuck, Action: "sso:CreateAccountAssignment"})
		begin := time.Now()
		op := w.assign(w.key(0))
		got, err := w.Await(t.Context(), op)
		wantClass(t, err, access.ClassUnknown)
		if got.ID != op.ID || got.Status != access.InProgress {
			t.Errorf("got %+v", got)
		}
		if d := time.Since(begin); d < 5*time.Minute || d > 5*time.Minute+time.Second {
			t.Errorf("gave up after %v", d)
		}
	})
}

// A refused status call says nothing about the operation.
func TestAwaitAccessDeniedIsNeitherSuccessNorFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:Describe*"})
		op := w.assign(w.key(0))
		_, err := w.Await(t.Context(), op)
		ce := wantClass(t, err, access.ClassUnknown)
		if ce.Message == "" || ce.Err == nil {
			t.Errorf("no reason: %+v", ce)
		}

		w.ClearFault(id)
		id = w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:Describe*", Times: 3})
		op = w.assign(w.key(1))
		if done := w.await(op); done.Status != access.Succeeded {
			t.Errorf("ended %+v", done)
		}
		w.ClearFault(id)
	})
}

func TestAwaitDescribesWhereListingIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:List*"})
		w.here = mustPlace(t, w)
		ops := []access.Operation{w.assign(w.key(0)), w.assign(w.key(1))}
		for _, done := range w.awaitAll(ops) {
			if done.Status != access.Succeeded {
				t.Errorf("ended %+v", done)
			}
		}
		if n := w.Count("sso:ListAccountAssignmentCreationStatus"); n != 1 {
			t.Errorf("asked %d times for a listing that is refused", n)
		}
	})
}

// mustPlace is Identity Center without asking AWS.
func mustPlace(t *testing.T, w *world) *place {
	t.Helper()
	here := w.clients(w.IDs().Region)
	here.instance.ARN, here.instance.IdentityStoreID, here.instance.Region = w.IDs().InstanceARN, w.IDs().IdentityStoreID, w.IDs().Region
	return here
}

func TestAwaitSurvivesAnOutage(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.FaultServerError, awssim.FaultThrottle, awssim.FaultDropBefore, awssim.FaultGarbled, awssim.FaultNotFound} {
		t.Run(string(kind), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.inject(awssim.Fault{Kind: kind, Action: "sso:*Status", Times: 5})
				w.inject(awssim.Fault{Kind: kind, Action: "sso:DescribeAccountAssignmentCreationStatus", Times: 5})
				if done := w.await(w.assign(w.key(0))); done.Status != access.Succeeded {
					t.Errorf("ended %+v", done)
				}
			})
		})
	}
}

func TestAwaitForgottenOperationIsUnknown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		begin := time.Now()
		_, err := w.Await(t.Context(), access.Operation{
			ID: "11111111-2222-3333-4444-555555555555", Kind: access.CreateOperation, Key: w.key(0), Status: access.InProgress,
		})
		wantClass(t, err, access.ClassUnknown)
		if d := time.Since(begin); d > time.Minute {
			t.Errorf("waited %v for an operation that AWS does not know", d)
		}
	})
}

// After a restart the first look does not wait.
func TestAwaitOldOperationLooksAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		op := w.assign(w.key(0))
		time.Sleep(time.Minute)
		op.Status = "" // as somebody has it who stored no more than its id
		begin := time.Now()
		if done := w.await(op); done.Status != access.Succeeded {
			t.Errorf("ended %+v", done)
		}
		if d := time.Since(begin); d > 10*time.Millisecond {
			t.Errorf("told after %v", d)
		}
	})
}

func TestAwaitWithoutAnIDIsUnknown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		_, err := w.Await(t.Context(), access.Operation{Kind: access.DeleteOperation, Key: w.key(0)})
		wantClass(t, err, access.ClassUnknown)
	})
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultHangBefore, Action: "sso:Describe*"})
		op := w.assign(w.key(0))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := w.Await(ctx, op)
		wantClass(t, err, access.ClassUnknown)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not say why", err)
		}
		if d := time.Since(begin); d > 3100*time.Millisecond {
			t.Errorf("ended after %v", d)
		}
		synctest.Wait()
		w.poller.mu.Lock()
		defer w.poller.mu.Unlock()
		if w.poller.running {
			t.Error("the poller runs although nobody waits")
		}
	})
}

func TestAwaitManyMixed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, ordinary)
		var wg sync.WaitGroup
		errs := make(chan error, 60)
		for i := range 30 {
			wg.Go(func() { errs <- w.cycle(t.Context(), w.key(i)) })
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		if n := len(w.InFlight()); n != 0 {
			t.Errorf("%d operations left", n)
		}
	})
}

// cycle gives and takes one key as the worker does.
func (w *world) cycle(ctx context.Context, key access.Key) error {
	for _, step := range []struct {
		p    access.Priority
		call func() (access.Operation, error)
	}{
		{access.PriorityGrant, func() (access.Operation, error) { return w.Assign(ctx, access.PriorityGrant, key, nil) }},
		{access.PriorityRevoke, func() (access.Operation, error) { return w.Unassign(ctx, key, nil) }},
	} {
		release, err := w.Acquire(ctx, step.p, key.Account)
		if err != nil {
			return err
		}
		op, err := step.call()
		if err == nil {
			op, err = w.Await(ctx, op)
		}
		release()
		if err != nil {
			return err
		}
		if op.Status != access.Succeeded {
			return fmt.Errorf("ended %+v", op)
		}
	}
	return nil
}
