package suite

import (
	"context"
	"testing"
	"time"

	"stint/access"
	"stint/sandbox/awssim"
)

// extendJob is an emergency and the look back at it, and extensions of access that was given
// at once and of access that was approved.
func extendJob() job {
	j := rolesJob()
	j.options = []rigOption{func(r *rig, _ *awssim.Config) { r.policy = emergencyPolicy }}
	j.steps = func(r *rig) []func() error {
		var urgent, automatic, approved, more access.Request
		prolong := func(of *access.Request, d time.Duration, form string) (access.Request, error) {
			v, err := r.svc.RequestView(context.Background(), of.ID)
			if err != nil || len(v.Grants) == 0 {
				return access.Request{}, err
			}
			return r.extend(v.Request.Receiver.Slack, v.Grants[0].Grant.ID, d, form)
		}
		return []func() error{
			func() (err error) {
				urgent, err = r.emergency(alice, 5*time.Minute, "form-1")
				return err
			},
			func() (err error) {
				automatic, err = r.ask(alice, j.automatic, 5*time.Minute, "form-2")
				return err
			},
			func() (err error) {
				_, err = prolong(&automatic, 5*time.Minute, "form-3")
				return err
			},
			func() error { return r.debrief(dana, urgent.ID, true, "It could not wait.") },
			func() (err error) {
				approved, err = r.ask(bob, j.approved, 5*time.Minute, "form-4")
				return err
			},
			func() error { return r.approve(carol, approved.ID) },
			func() (err error) {
				more, err = prolong(&approved, 10*time.Minute, "form-5")
				return err
			},
			func() error {
				if more.ID == "" {
					return nil // nothing was there to be prolonged
				}
				return r.approve(carol, more.ID)
			},
		}
	}
	return j
}

// TestCrashWhileExtending stops the process at points of emergencies and extensions.
func TestCrashWhileExtending(t *testing.T) {
	t.Parallel()
	crashAtPoints(t, onBolt, extendJob(), stride(17))
}
