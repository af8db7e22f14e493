package suite

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// lookedAt is how long after a change at its source everything must have ended, with AWS's
// own time for the removal.
const lookedAt = 5*time.Minute + 30*time.Second

// crowd adds people to Slack and Identity Center: crowd-0@example.com and so on.
func crowd(n int) rigOption {
	return func(r *rig, cfg *awssim.Config) {
		for i := range n {
			name := fmt.Sprintf("crowd-%d", i)
			cfg.Organization.Users = append(cfg.Organization.Users, awssim.User{ID: string(crowdPerson(i)), UserName: name, DisplayName: name, Email: name + "@example.com"})
			r.addSlackUser(crowdUser(i), name+"@example.com")
		}
	}
}

func crowdUser(i int) identity.SlackUserID { return identity.SlackUserID(fmt.Sprintf("UCROWD%d", i)) }

func crowdPerson(i int) catalog.PersonID {
	return catalog.PersonID(fmt.Sprintf("99999999-9999-4999-8999-%012d", i))
}

func (r *rig) disable(t *testing.T, p catalog.PersonID, disabled bool) {
	t.Helper()
	if err := r.cloud.EditUser(string(p), func(u *awssim.User) { u.Disabled = disabled }); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) deactivate(u identity.SlackUserID, gone bool) {
	r.slack.set(func(f *fakeSlack) {
		facts := f.users[u]
		facts.Deleted = gone
		f.users[u] = facts
	})
}

// adminsTold reports whether the admins read a text.
func (r *rig) adminsTold(text string) bool {
	r.told.mu.Lock()
	defer r.told.mu.Unlock()
	for _, n := range r.told.notices {
		if n.Kind == access.NoticeAdmins && strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}

// Whoever leaves loses what they hold and what they asked for within five minutes, although
// no sync ran.
func TestWhoLeavesLosesAccess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave  func(t *testing.T, r *rig)
		within time.Duration
		says   string
	}{
		"disabled in Identity Center": {func(t *testing.T, r *rig) { r.disable(t, personID("alice"), true) }, lookedAt, "disabled in AWS Identity Center"},
		"deleted from Identity Center": {func(t *testing.T, r *rig) {
			if err := r.cloud.DeleteUser(string(personID("alice"))); err != nil {
				t.Fatal(err)
			}
		}, lookedAt, "no longer lists"},
		"deactivated in Slack": {func(_ *testing.T, r *rig) { r.deactivate(alice, true) }, lookedAt, "Slack account is deactivated"},
		"deactivated in Slack, which says so": {func(_ *testing.T, r *rig) {
			r.deactivate(alice, true)
			r.dir.InvalidateUser(alice)
			r.svc.SlackUserChanged(alice)
		}, 30 * time.Second, "Slack account is deactivated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
				waiting := r.mustSubmit(alice, staging, "AdministratorAccess", time.Hour, "f2")
				other := r.mustSubmit(bob, prod, "ReadOnly", 4*time.Hour, "f3")
				pass(7*time.Minute + 11*time.Second)
				c.leave(t, r)
				pass(c.within)
				v := r.grant(t, g.ID)
				if v.Grant.EndReason != access.EndOffboarded || !strings.Contains(v.Grant.EndNote, c.says) || r.holds(g.Key) {
					t.Errorf("%s %q, AWS holds it: %v", v.Grant.EndReason, v.Grant.EndNote, r.holds(g.Key))
				}
				if q := r.view(waiting.ID).Request; q.State != access.Withdrawn || !strings.Contains(q.Outcome, c.says) {
					t.Errorf("the request is %s: %q", q.State, q.Outcome)
				}
				if v := r.view(other.ID).Grants[0]; v.Phase != access.PhaseActive {
					t.Errorf("who stayed: %s %s", v.Phase, v.Grant.EndReason)
				}
				if !r.adminsTold("alice: ") || r.told.count(access.NoticeTell, access.EventEnded) == 0 {
					t.Error("nobody was told")
				}
			})
		})
	}
}

// Six who leave at once wait for an admin's word; one who leaves later does not wait with
// them, and one who is back keeps what they have.
func TestManyWhoLeaveAtOnceWait(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		grants := make([]access.GrantID, 8)
		for i := range grants {
			q := r.mustSubmit(crowdUser(i), prod, "ReadOnly", 4*time.Hour, fmt.Sprint("f", i))
			pass(15 * time.Second)
			grants[i] = r.view(q.ID).Grants[0].Grant.ID
		}
		waiting := r.mustSubmit(crowdUser(0), staging, "AdministratorAccess", 2*time.Hour, "pending")
		pass(time.Minute)
		for i := range 6 {
			r.disable(t, crowdPerson(i), true)
		}
		pass(lookedAt)
		for i, id := range grants {
			if v := r.grant(t, id); v.Phase != access.PhaseActive {
				t.Fatalf("%d: %s %s", i, v.Phase, v.Grant.EndReason)
			}
		}
		if q := r.view(waiting.ID).Request; q.State != access.Pending {
			t.Errorf("the request is %s", q.State)
		}
		if c, err := r.svc.Config(ctx, carol); err != nil || c.Held != 7 || !r.adminsTold("7 grants and requests") {
			t.Errorf("%d wait, %v", c.Held, err)
		}
		r.disable(t, crowdPerson(6), true) // one more, by itself
		r.disable(t, crowdPerson(5), false)
		pass(11 * time.Minute)
		if v := r.grant(t, grants[6]); v.Grant.EndReason != access.EndOffboarded {
			t.Errorf("a single one waits too: %s %s", v.Phase, v.Grant.EndReason)
		}
		if _, err := r.svc.EndHeld(ctx, carol, "they did leave"); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		for i, id := range grants {
			v := r.grant(t, id)
			if stays := i == 5 || i == 7; stays != (v.Phase == access.PhaseActive) {
				t.Errorf("%d: %s %s", i, v.Phase, v.Grant.EndReason)
			}
		}
		if q := r.view(waiting.ID).Request; q.State != access.Withdrawn {
			t.Errorf("the request is %s", q.State)
		}
		if c, err := r.svc.Config(ctx, carol); err != nil || c.Held != 0 {
			t.Errorf("%d still wait, %v", c.Held, err)
		}
	}, crowd(8))
}

// What Slack tells one by one is a wave too: the sixth within ten minutes waits.
func TestWaveByEventsIsHeld(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		for i := range 8 {
			r.mustSubmit(crowdUser(i), prod, "ReadOnly", 4*time.Hour, fmt.Sprint("f", i))
			pass(15 * time.Second)
		}
		for i := range 8 {
			r.deactivate(crowdUser(i), true)
			r.svc.SlackUserChanged(crowdUser(i))
			pass(2 * time.Second)
		}
		pass(2 * time.Minute)
		if n := len(r.cloud.Assignments(awsRequested())); n != 3 {
			t.Errorf("AWS holds %d of 8, want those 3 that came after the fifth", n)
		}
	}, crowd(8))
}

// One person with many grants is one person.
func TestOnePersonWithManyGrantsIsOne(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		for _, account := range []catalog.AccountID{prod, staging} {
			for _, role := range []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"} {
				q := r.mustSubmit(alice, account, role, 2*time.Hour, role+string(account))
				pass(5 * time.Second)
				for _, by := range map[string][]identity.SlackUserID{"AdministratorAccess": {bob}, "PowerUserAccess": {bob, dana}}[role] {
					if err := r.approve(by, q.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		pass(time.Minute)
		if n := len(r.cloud.Assignments(awsRequested())); n != 6 {
			t.Fatalf("AWS holds %d", n)
		}
		r.disable(t, personID("alice"), true)
		pass(lookedAt + time.Minute) // one account: one removal after the other
		if n := len(r.cloud.Assignments(awsRequested())); n != 0 {
			t.Errorf("AWS still holds %d", n)
		}
	})
}

// A source that does not answer says nothing about anybody.
func TestSourceAwayEndsNobodysAccess(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(t *testing.T, r *rig){
		"Slack": func(_ *testing.T, r *rig) { r.slack.set(func(f *fakeSlack) { f.away = true }) },
		"Identity Center": func(t *testing.T, r *rig) {
			r.inject(t, awssim.Fault{Kind: awssim.FaultUnavailable, Action: "identitystore:*"})
		},
		"Identity Center, by refusing": func(t *testing.T, r *rig) {
			r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "identitystore:*"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
				pass(5 * time.Minute)
				if c := r.check1(t, "Off-boarding"); !c.OK || !strings.Contains(c.Detail, "1 person") {
					t.Errorf("well: %+v", c)
				}
				away(t, r)
				pass(30 * time.Minute)
				if v := r.grant(t, g.ID); v.Phase != access.PhaseActive {
					t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
				}
				if c := r.check1(t, "Off-boarding"); c.OK || !strings.Contains(c.Detail, strings.Split(name, ",")[0]) || c.Hint == "" {
					t.Errorf("away: %+v", c)
				}
				r.slack.set(func(f *fakeSlack) { f.away = false })
				r.cloud.ClearFaults()
				pass(6 * time.Minute)
				if c := r.check1(t, "Off-boarding"); !c.OK {
					t.Errorf("back: %+v", c)
				}
			})
		})
	}
}

// check1 is one line of health.
func (r *rig) check1(t *testing.T, name string) access.Check {
	t.Helper()
	for _, c := range r.svc.Checks(context.Background()) {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %q", name)
	return access.Check{}
}

// Who comes back can ask again at once, and is not taken for gone by what was known before.
func TestRehire(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		r.disable(t, personID("alice"), true)
		r.deactivate(alice, true)
		pass(lookedAt)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndOffboarded {
			t.Fatalf("%s %s", v.Phase, v.Grant.EndReason)
		}
		if _, err := r.submit(alice, prod, "ReadOnly", time.Hour, "gone"); err == nil {
			t.Fatal("somebody who left asks for access")
		}
		r.disable(t, personID("alice"), false)
		r.deactivate(alice, false)
		r.dir.InvalidateUser(alice) // Slack says so, and the next sync finds the other
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		again := r.active(t, "ReadOnly", 4*time.Hour, "f2")
		pass(time.Hour)
		if v := r.grant(t, again.ID); v.Phase != access.PhaseActive {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
	})
}

// Fifty holders, or as many as STINT_HOLDERS says, cost a list, not a call each, and only who is
// not on it is asked about.
func TestManyHoldersAreListed(t *testing.T) {
	t.Parallel()
	n := 50
	if s := os.Getenv("STINT_HOLDERS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	pages := (n + 4 + 99) / 100 // of a list of all people
	live(t, func(t *testing.T, r *rig) {
		before := heap()
		for i := range n {
			r.mustSubmit(crowdUser(i), []catalog.AccountID{prod, staging}[i%2], "ReadOnly", 6*time.Hour, fmt.Sprint("f", i))
			pass(5 * time.Second)
		}
		pass(20 * time.Minute)
		if held := len(r.cloud.Assignments(awsRequested())); held != n {
			t.Fatalf("AWS holds %d", held)
		}
		r.slack.set(func(f *fakeSlack) { f.rolls, f.reads = 0, 0 })
		lists, asks := r.cloud.Count("identitystore:ListUsers"), r.cloud.Count("identitystore:DescribeUser")
		pass(time.Hour)
		lists, asks = r.cloud.Count("identitystore:ListUsers")-lists, r.cloud.Count("identitystore:DescribeUser")-asks
		t.Logf("%d holders, an hour: %d calls of ListUsers, %d of DescribeUser; they take %d KiB, simulators included", n, lists, asks, (heap()-before)>>10)
		if lists != 20*pages || asks != 0 || r.slack.rolls != 20 || r.slack.reads > 2*60 { // members of sets are read once an hour
			t.Errorf("in an hour: %d lists and %d people asked for in AWS, %d lists and %d users read in Slack", lists, asks, r.slack.rolls, r.slack.reads)
		}
		r.disable(t, crowdPerson(7), true)
		r.deactivate(crowdUser(8), true)
		pass(lookedAt)
		if held := len(r.cloud.Assignments(awsRequested())); held != n-2 {
			t.Errorf("AWS holds %d after two left", held)
		}
	}, crowd(n))
}

// heap is what is allocated after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The replica that hears of it need not be the one that leads.
func TestFollowerHearsThatSomebodyLeft(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		leader := f.replicas[f.leader()]
		q := leader.mustSubmit(alice, prod, "ReadOnly", 4*time.Hour, "f1")
		pass(30 * time.Second)
		leader.deactivate(alice, true)
		f.other().dir.InvalidateUser(alice)
		f.other().svc.SlackUserChanged(alice)
		pass(30 * time.Second)
		if v := leader.view(q.ID).Grants[0]; v.Grant.EndReason != access.EndOffboarded || leader.holds(v.Grant.Key) {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
	})
}
