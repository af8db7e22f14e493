package awsconn

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/sandbox/awssim"
)

func TestAssignLookUnassign(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		key := w.key(0)
		seen, err := w.Look(t.Context(), access.PriorityGrant, key)
		if err != nil || seen.Found {
			t.Fatalf("look before: %+v, %v", seen, err)
		}
		if seen.ServerTime.IsZero() || seen.At.IsZero() {
			t.Errorf("look says no times: %+v", seen)
		}
		begin := time.Now()
		op := w.assign(key)
		if op.Status != access.InProgress || op.ID == "" || op.Kind != access.CreateOperation || op.Key != key {
			t.Errorf("accepted: %+v", op)
		}
		if op.SentAt.Before(begin) || op.ServerTime.IsZero() {
			t.Errorf("sent %v, server time %v", op.SentAt, op.ServerTime)
		}
		if done := w.await(op); done.Status != access.Succeeded {
			t.Errorf("ended %+v", done)
		}
		if !w.holds(key) {
			t.Error("AWS does not hold it")
		}
		if seen, err = w.Look(t.Context(), access.PriorityGrant, key); err != nil || !seen.Found {
			t.Errorf("look between: %+v, %v", seen, err)
		}
		op, err = w.Unassign(t.Context(), key, nil)
		if err != nil {
			t.Fatal(err)
		}
		if done := w.await(op); done.Status != access.Succeeded || done.Kind != access.DeleteOperation {
			t.Errorf("ended %+v", done)
		}
		if w.holds(key) {
			t.Error("AWS still holds it")
		}
	})
}

func TestDeletingWhatIsGoneIsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		op, err := w.Unassign(t.Context(), w.key(0), nil)
		if err != nil {
			t.Fatal(err)
		}
		done := w.await(op)
		if done.Status != access.Failed || done.Failure != access.ClassGone || done.Reason != awssim.ReasonNotFound {
			t.Errorf("ended %+v", done)
		}
	})
}

func TestFenceIsAskedRightBeforeTheCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		no := errors.New("the lease is gone")
		for _, write := range []func(fence func() error) error{
			func(fence func() error) error {
				_, err := w.Assign(t.Context(), access.PriorityGrant, w.key(0), fence)
				return err
			},
			func(fence func() error) error {
				_, err := w.Unassign(t.Context(), w.key(0), fence)
				return err
			},
		} {
			err := write(func() error { return no })
			_ = wantClass(t, err, access.ClassFenced)
			if !errors.Is(err, no) {
				t.Errorf("%v does not carry the fence's error", err)
			}
			asked := 0
			if err := write(func() error { asked++; return nil }); err != nil || asked != 1 {
				t.Errorf("asked %d times, %v", asked, err)
			}
			time.Sleep(time.Minute)
		}
		if n := w.Count("sso:CreateAccountAssignment") + w.Count("sso:DeleteAccountAssignment"); n != 2 {
			t.Errorf("%d writes reached AWS, want 2", n)
		}
	})
}

// The fence is asked after everything that can take time: quota and credentials.
func TestFenceIsAskedAfterTheWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		for w.services.sso.bucket.all.wait(time.Now(), 1) == 0 { // use up what there is
			if err := w.services.sso.bucket.take(t.Context(), access.PriorityGrant); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		var asked time.Time
		if _, err := w.Assign(t.Context(), access.PriorityGrant, w.key(0), func() error { asked = time.Now(); return nil }); err != nil {
			t.Fatal(err)
		}
		if !asked.After(begin) || w.RecentCalls(1)[0].At.Sub(asked) > time.Millisecond {
			t.Errorf("asked %v after the beginning, sent %v after that", asked.Sub(begin), w.RecentCalls(1)[0].At.Sub(asked))
		}
	})
}

// stamps notes the time in the signature of each create.
type stamps struct {
	base   http.RoundTripper
	signed []string
}

func (s *stamps) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".CreateAccountAssignment") {
		s.signed = append(s.signed, r.Header.Get("X-Amz-Date"))
	}
	return s.base.RoundTrip(r)
}

// A signature is good for minutes: it must not be older than the fence's word.
func TestFenceIsAskedBeforeTheSignature(t *testing.T) {
	bubble(t, func(t *testing.T) {
		wire := &stamps{}
		w := newWorld(t, func(s *setting) {
			s.client = func(c *awssim.Cloud) *http.Client {
				wire.base = c.Transport()
				return &http.Client{Transport: wire}
			}
		})
		if _, err := w.Assign(t.Context(), access.PriorityGrant, w.key(0), func() error { time.Sleep(10 * time.Second); return nil }); err != nil {
			t.Fatal(err)
		}
		if now := time.Now().UTC().Format("20060102T150405Z"); len(wire.signed) != 1 || wire.signed[0] != now {
			t.Errorf("signed at %v, the fence spoke at %v", wire.signed, now)
		}
	})
}

func TestAmbiguousWriteIsSentOnce(t *testing.T) {
	for _, kind := range []awssim.FaultKind{
		awssim.FaultDropBefore, awssim.FaultDropAfter, awssim.FaultHangBefore, awssim.FaultHangAfter,
		awssim.FaultGarbled, awssim.FaultServerError, awssim.FaultUnavailable,
	} {
		t.Run(string(kind), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.inject(awssim.Fault{Kind: kind, Action: "sso:CreateAccountAssignment"})
				w.inject(awssim.Fault{Kind: kind, Action: "sso:DeleteAccountAssignment"})
				_, err := w.Assign(t.Context(), access.PriorityGrant, w.key(0), nil)
				if ce := wantClass(t, err, access.ClassUnknown); ce.Op != "sso-admin CreateAccountAssignment" || ce.Message == "" {
					t.Errorf("op %q, message %q", ce.Op, ce.Message)
				}
				_, err = w.Unassign(t.Context(), w.key(1), nil)
				_ = wantClass(t, err, access.ClassUnknown)
				if c, d := w.Count("sso:CreateAccountAssignment"), w.Count("sso:DeleteAccountAssignment"); c != 1 || d != 1 {
					t.Errorf("sent %d creates and %d deletes, want one each", c, d)
				}
			})
		})
	}
}

func TestRefusedWriteIsSentOnceToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Action: "sso:CreateAccountAssignment"})
		_, err := w.Assign(t.Context(), access.PriorityGrant, w.key(0), nil)
		_ = wantClass(t, err, access.ClassRetry)
		if n := w.Count("sso:CreateAccountAssignment"); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

func TestReadIsRepeated(t *testing.T) {
	for _, kind := range []awssim.FaultKind{awssim.FaultThrottle, awssim.FaultServerError, awssim.FaultDropBefore, awssim.FaultHangAfter} {
		t.Run(string(kind), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.inject(awssim.Fault{Kind: kind, Action: "sso:ListAccountAssignments", Times: 1})
				if _, err := w.Look(t.Context(), access.PriorityGrant, w.key(0)); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestContextEndsAWriteByWhetherItWasSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.sync(nil)
		_, err := w.Assign(canceled(), access.PriorityGrant, w.key(0), nil)
		wantClass(t, err, access.ClassCanceled)

		w.inject(awssim.Fault{Kind: awssim.FaultHangAfter, Action: "sso:*"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = w.Assign(ctx, access.PriorityGrant, w.key(0), nil)
		wantClass(t, err, access.ClassUnknown)
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = w.Look(ctx, access.PriorityGrant, w.key(0))
		wantClass(t, err, access.ClassCanceled)
	})
}

func TestFinalStatusInTheReply(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, switched(func(s *awssim.Switches) { s.FinalStatusInReply = true }), func(s *setting) {
			s.tuning.OperationMin, s.tuning.OperationMax = 0, 0
		})
		op := w.assign(w.key(0))
		if op.Status != access.Succeeded {
			t.Errorf("accepted %+v", op)
		}
		w.ResetCounts()
		if done := w.await(op); done != op || w.Count("sso:*") != 0 {
			t.Errorf("awaited %+v with %d calls", done, w.Count("sso:*"))
		}
	})
}
