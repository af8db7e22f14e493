package suite

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/identity"
)

// when lists how long after from notices of an event were stored.
func (n *told) when(kind access.NoticeKind, event access.Event, from time.Time) (after []time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.notices {
		if x.Kind == kind && x.Event == event {
			after = append(after, x.At.Sub(from).Round(time.Minute))
		}
	}
	return after
}

func TestRemindersOfPendingRequests(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	for name, tc := range map[string]struct {
		policy func(string) string
		during func(t *testing.T, r *rig, id access.RequestID)
		want   []time.Duration
	}{
		"until it lapses": {want: []time.Duration{30 * m, 90 * m, 210 * m, 450 * m}},
		"at most five": {
			policy: func(s string) string {
				return strings.Replace(s, "request_ttl: 8h", "request_ttl: 8h\n  remind_after: 5m", 1)
			},
			want: []time.Duration{5 * m, 15 * m, 35 * m, 75 * m, 155 * m},
		},
		"as the policy says": {
			policy: func(s string) string {
				return strings.Replace(s, "request_ttl: 8h", "request_ttl: 8h\n  remind_after: 2h", 1)
			},
			want: []time.Duration{120 * m, 360 * m},
		},
		"none after the decision": {
			during: func(t *testing.T, r *rig, id access.RequestID) {
				pass(2 * time.Hour)
				if err := r.approve(bob, id); err != nil {
					t.Fatal(err)
				}
			},
			want: []time.Duration{30 * m, 90 * m},
		},
		"one for all that a stopped process missed": {
			during: func(_ *testing.T, r *rig, _ access.RequestID) {
				pass(20 * m)
				r.stop()
				pass(5 * time.Hour)
				r.start()
			},
			want: []time.Duration{320 * m, 380 * m},
		},
		"none while paused": {
			during: func(t *testing.T, r *rig, _ access.RequestID) {
				r.pauseNow(t)
				pass(100 * m)
				r.resumeNow(t)
			},
			want: []time.Duration{120 * m, 180 * m, 300 * m},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				if tc.policy != nil {
					r.policy = tc.policy(rigPolicy)
					if err := r.load(context.Background(), r.policy); err != nil || r.policy == rigPolicy {
						t.Fatal(err)
					}
				}
				asked := time.Now()
				q := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
				pass(5 * time.Second)
				if tc.during != nil {
					tc.during(t, r, q.ID)
				}
				pass(time.Until(asked.Add(8*time.Hour + time.Minute)))
				if got := r.told.when(access.NoticeThread, access.EventReminder, asked); !slices.Equal(got, tc.want) {
					t.Errorf("reminded after %v, want %v", got, tc.want)
				}
			})
		})
	}
}

func TestAutomaticRequestsNeedNoReminder(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.active(t, "ReadOnly", 2*time.Hour, "f1")
		pass(2 * time.Hour)
		if n := r.told.count(access.NoticeThread, access.EventReminder); n != 0 {
			t.Errorf("%d reminders", n)
		}
	})
}

func TestHolderIsToldBeforeTheEnd(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	for name, tc := range map[string]struct {
		duration time.Duration
		during   func(t *testing.T, r *rig, g access.Grant)
		want     []time.Duration // after AWS confirmed
	}{
		"a quarter of an hour before": {duration: 4 * time.Hour, want: []time.Duration{225 * m}},
		"a quarter of a short time":   {duration: 20 * m, want: []time.Duration{15 * m}},
		"not when it ended before": {
			duration: time.Hour,
			during: func(t *testing.T, r *rig, g access.Grant) {
				if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
					t.Fatal(err)
				}
			},
		},
		"of what lasts longest only": {
			duration: time.Hour,
			during: func(_ *testing.T, r *rig, _ access.Grant) {
				pass(30 * m)
				r.mustSubmit(alice, prod, "ReadOnly", 2*time.Hour, "longer")
			},
			want: []time.Duration{135 * m},
		},
		"not late, when nobody ran": {
			duration: time.Hour,
			during: func(_ *testing.T, r *rig, _ access.Grant) {
				r.removal = 3 * time.Hour
				r.stop()
				pass(2 * time.Hour)
				r.start()
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				g := r.active(t, "ReadOnly", tc.duration, "f1")
				if tc.during != nil {
					tc.during(t, r, g)
				}
				pass(4 * time.Hour)
				got := r.told.when(access.NoticeTell, access.EventEnding, g.ConfirmedAt)
				if !slices.Equal(got, tc.want) {
					t.Errorf("told after %v, want %v", got, tc.want)
				}
			})
		})
	}
}

// An end that is near keeps no other end waiting: the reminder has its own way.
func TestRemindersDoNotHinderEnds(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		var keys []access.Key
		for i, u := range []identity.SlackUserID{alice, bob, carol, dana} {
			r.mustSubmit(u, prod, "ReadOnly", time.Duration(10+i)*time.Minute, "f"+string(u))
			keys = append(keys, key(nameOf(u), prod, "ReadOnly"))
		}
		pass(17 * time.Minute)
		for _, k := range keys {
			if r.holds(k) {
				t.Errorf("I2: AWS still holds %s", k)
			}
		}
		if n := r.told.count(access.NoticeTell, access.EventEnding); n != len(keys) {
			t.Errorf("%d of %d were told", n, len(keys))
		}
	})
}

// TestReminderAsksOnlyWhoCanStillDecide: whoever voted, and whose set needs no more of them,
// is mentioned no more.
func TestReminderAsksOnlyWhoCanStillDecide(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		q := r.mustSubmit(alice, prod, "PowerUserAccess", time.Hour, "f1")
		pass(5 * time.Second)
		asked := func() (all []identity.SlackUserID) {
			for _, h := range r.view(q.ID).Approvers {
				all = append(all, h.Slack)
			}
			slices.Sort(all)
			return all
		}
		if got := asked(); !slices.Equal(got, []identity.SlackUserID{bob, carol, dana}) {
			t.Errorf("before any vote %v", got)
		}
		if err := r.approve(bob, q.ID); err != nil {
			t.Fatal(err)
		}
		if got := asked(); !slices.Equal(got, []identity.SlackUserID{dana}) {
			t.Errorf("after the vote of sre %v, and only security is missing", got)
		}
	})
}
