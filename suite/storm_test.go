package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// press is one press of Approve or Deny. What is refused is no failure here: most who press
// in a storm come too late.
func (r *slackRig) press(user identity.SlackUserID, id access.RequestID, v access.Verdict) error {
	_, err := r.svc.Review(context.Background(), access.ReviewInput{Request: id, User: user, Verdict: v, Comment: "no, " + string(user)})
	switch fault.CodeOf(err) {
	case "", fault.Conflict, fault.Forbidden:
		return nil
	}
	return err
}

// Twenty people press Approve and Deny at once on each of many requests: each has one
// outcome, on which the records, the audit log and the cards agree.
func TestManyDecideAtOnce(t *testing.T) {
	t.Parallel()
	requests := 8
	if full() {
		requests = 50
	}
	withSlack(t, requests, 20, func(t *testing.T, r *slackRig) {
		var ids []access.RequestID
		for n := range requests {
			ids = append(ids, r.ask(t, n, fmt.Sprint("form", n)).ID)
		}
		pass(10*time.Second + time.Duration(2*requests)*time.Second) // what ends before its card is posted needs none
		var all sync.WaitGroup
		for _, id := range ids {
			for _, user := range r.judge {
				for _, v := range []access.Verdict{access.Approve, access.Deny} {
					all.Go(func() {
						if err := r.press(user, id, v); err != nil {
							t.Errorf("%s %s %s: %v", user, v, id, err)
						}
					})
				}
			}
		}
		all.Wait()
		outcomes := map[string]int{}
		if err := r.db.View(context.Background(), func(tx access.Tx) error {
			events, err := tx.Audit(0, 0)
			for _, e := range events {
				if e.Action == "request.approved" || e.Action == "request.denied" {
					outcomes[e.Record]++
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			q := r.view(id).Request
			if n := outcomes["request/"+string(id)]; n != 1 {
				t.Errorf("%s was decided %d times", id, n)
			}
			if decided := q.State == access.Approved || q.State == access.Denied; !decided || len(q.Reviews) != 1 {
				t.Errorf("%s is %s after %d reviews", id, q.State, len(q.Reviews))
			}
			if given := len(q.Grants) > 0; given != (q.State == access.Approved) {
				t.Errorf("%s is %s with %d grants", id, q.State, len(q.Grants))
			}
		}
		r.settle(t)
		r.right(t, ids)
		if len(r.wire.limited) > 0 {
			t.Errorf("Slack limited %v", r.wire.limited)
		}
	})
}

// A minute of ninety forms and five hundred presses, at Slack's real rates: nobody is limited,
// no card is lost, and each is right as soon as the edits that it took can have been made.
func TestStorm(t *testing.T) {
	t.Parallel()
	forms, presses := 20, 110
	if full() {
		forms, presses = 90, 500
	}
	withSlack(t, forms, 20, func(t *testing.T, r *slackRig) {
		rng := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		var ids []access.RequestID
		var all sync.WaitGroup
		for n := range forms {
			all.Go(func() {
				time.Sleep(time.Minute * time.Duration(n) / time.Duration(forms))
				q := r.ask(t, n, fmt.Sprint("form", n))
				mu.Lock()
				ids = append(ids, q.ID)
				mu.Unlock()
			})
		}
		pause := time.Minute / time.Duration(presses)
		for range presses {
			time.Sleep(pause)
			mu.Lock()
			if len(ids) == 0 {
				mu.Unlock()
				continue
			}
			id, user, v := ids[rng.IntN(len(ids))], r.judge[rng.IntN(len(r.judge))], access.Approve
			mu.Unlock()
			if _, posted, err := r.svc.Message(context.Background(), "card/"+string(id)); err != nil || !posted {
				continue // nobody sees it yet
			}
			if rng.IntN(4) == 0 {
				v = access.Deny
			}
			all.Go(func() {
				if err := r.press(user, id, v); err != nil && fault.CodeOf(err) != fault.Unavailable { // being checked still
					t.Errorf("%s %s %s: %v", user, v, id, err)
				}
			})
		}
		all.Wait()
		over := time.Now()
		r.settle(t)
		r.right(t, ids)
		if len(r.wire.limited) > 0 {
			t.Errorf("Slack limited %v", r.wire.limited)
		}
		if len(r.wire.refused) > 0 {
			t.Errorf("Slack refused %d messages: %.300s", len(r.wire.refused), r.wire.refused[0])
		}
		edits := len(r.wire.edits)
		last := r.wire.edits[edits-1].Sub(over)
		// Edits in a minute below Slack's fifty, and what AWS takes for the last of it.
		if bound := time.Duration(edits)*time.Minute/40 + 2*time.Minute; last > bound {
			t.Errorf("%d edits, the last %s after the storm, want %s at most", edits, last, bound)
		}
		t.Logf("%d forms, %d presses: %d edits, the last %s after the storm; %v", forms, presses, edits, last, r.wire.calls)
	})
}

// Slack is away for an hour while requests come, are decided and end. When it is back every
// card ends up right, once, within the time that the edits and posts take.
func TestAnHourWithoutSlack(t *testing.T) {
	t.Parallel()
	forms := 12
	if full() {
		forms = 60
	}
	withSlack(t, forms, 3, func(t *testing.T, r *slackRig) {
		var ids []access.RequestID
		for n := range forms / 2 {
			ids = append(ids, r.ask(t, n, fmt.Sprint("form", n)).ID)
		}
		pass(time.Minute + time.Duration(forms)*time.Second)
		r.quiet(t, 10*time.Minute)
		r.right(t, ids)
		posted := r.wire.count("chat.postMessage")

		r.wire.leave(true)
		for n := forms / 2; n < forms; n++ {
			ids = append(ids, r.ask(t, n, fmt.Sprint("form", n)).ID)
		}
		pass(10 * time.Minute)
		for i, id := range ids {
			switch user := r.judge[i%len(r.judge)]; i % 4 {
			case 0:
				if err := r.press(user, id, access.Approve); err != nil {
					t.Fatal(err)
				}
			case 1:
				if err := r.press(user, id, access.Deny); err != nil {
					t.Fatal(err)
				}
			case 2:
				if _, err := r.svc.Cancel(context.Background(), id, r.view(id).Request.Asker.Slack); err != nil {
					t.Fatal(err)
				}
			}
		}
		pass(50 * time.Minute)
		waiting := r.undelivered(t)
		r.wire.leave(false)
		took := r.quiet(t, time.Hour)
		// What was over before anybody saw it needs no card.
		var shown []access.RequestID
		for i, id := range ids {
			if s := r.view(id).Request.State; i < forms/2 || s == access.Pending || s == access.Approved {
				shown = append(shown, id)
			}
		}
		r.right(t, shown)
		posts, edits := r.wire.count("chat.postMessage")-posted, len(r.wire.edits)
		if bound := time.Duration(edits)*time.Minute/40 + time.Duration(posts)*time.Second + time.Minute; took > bound {
			t.Errorf("%d notices, %d edits and posts took %s after Slack was back, want %s at most", waiting, edits+posts, took, bound)
		}
		if len(r.wire.limited) > 0 {
			t.Errorf("Slack limited %v", r.wire.limited)
		}
		t.Logf("%d notices waited; all is right %s after Slack was back", waiting, took)
	})
}
