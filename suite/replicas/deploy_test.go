package replicas

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stint/access"
	"stint/sandbox/awssim"
)

// TestRollingDeployLosesNoClick replaces every replica, the leader among them: the new one
// is ready before the old one is told to end, and people go on all the time. Whatever was
// acknowledged has its effect. What Slack sends in the very instant in which a socket closes
// nobody can acknowledge: that person sees it at once, and the same again works.
func TestRollingDeployLosesNoClick(t *testing.T) {
	t.Parallel()
	rounds := 2
	if full() {
		rounds = 12
	}
	f := newFleet(t, 3)
	c := newCrowd(t, f.box)
	f.replicas[0].start(t)
	f.replicas[0].waitReady(t)
	var again atomic.Int64
	clicks := c.click(t, &again)
	old := 0
	for i := range rounds {
		sent := c.forms()
		until(t, "people go on", func() bool { return c.forms() >= sent+4 })
		next := (i + 1) % len(f.replicas)
		f.replicas[next].start(t)
		f.replicas[next].waitReady(t)
		f.replicas[old].terminate(t)
		old = next
	}
	rest(t.Context(), 2*time.Second)
	lost := clicks()
	for _, l := range lost {
		t.Error(l)
	}
	until(t, "the last replica leads", func() bool { return f.leader(t.Context()) == old })
	f.replicas[old].terminate(t)
	h := f.read(t)
	approved := map[access.RequestID]bool{}
	for _, r := range h.requests {
		approved[r.ID] = r.State == access.Approved
	}
	for _, p := range c.pressed {
		if !approved[access.RequestID(p.record)] {
			t.Errorf("lost: a press at %s, acknowledged, that approves request %s; bob was told %q", clock(p.at), p.record, c.told("bob"))
		}
	}
	h.asked, h.pressed, h.until = c.asked, c.pressed, time.Now()
	h.standing = standingOf(h)
	for _, wrong := range h.check(c.paper(f)) {
		t.Error(wrong)
	}
	t.Logf("%d deploys, %d forms and %d presses, %d of them once more", rounds, len(c.asked), len(c.pressed), again.Load())
	if n := int(again.Load()); n > rounds+1 {
		t.Errorf("%d clicks had to be made once more: that is no instant", n)
	}
	if len(c.asked) < 2*rounds || len(c.pressed) == 0 {
		t.Error("too few clicks to show anything")
	}
}

// standingOf is what AWS holds and no operation made.
func standingOf(h *history) (list []awssim.Assignment) {
	made := map[awssim.Assignment]bool{}
	for _, o := range h.operations {
		made[o.Assignment] = true
	}
	for _, a := range h.left {
		if !made[a] {
			list = append(list, a)
		}
	}
	return list
}

// click lets people ask, each for another account every time, and bob approve whatever he
// sees, until the returned function is called. What fails they do once more, and again counts
// it; the function tells what failed then.
func (c *crowd) click(t *testing.T, again *atomic.Int64) (stop func() (lost []string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var mu sync.Mutex
	var lost []string
	failed := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		lost = append(lost, fmt.Sprintf("lost at %s: %v", clock(time.Now()), err))
	}
	cards := c.channels(t)
	var group sync.WaitGroup
	accounts := []string{"prod-billing", "prod-payments", "staging-payments"}
	for i, who := range []string{"alice", "erin"} {
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				bound, done := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
				w := wish{who, accounts[n%len(accounts)], []string{"ReadOnly", "PowerUserAccess"}[n%2]}
				if w.role == "PowerUserAccess" {
					w.account = "staging-payments"
				}
				err := c.ask(bound, w, 1000*(i+1)+n)
				if err != nil {
					again.Add(1)
					err = c.ask(bound, w, 10_000*(i+1)+n)
				}
				if err != nil {
					failed(fmt.Errorf("%s asks for %s in %s: %w; the screen shows %q", who, w.role, w.account, err, c.screen(who)))
				}
				done()
				rest(ctx, 150*time.Millisecond)
			}
		})
	}
	group.Go(func() {
		done := map[string]bool{}
		for ctx.Err() == nil {
			for _, channel := range cards {
				for _, b := range c.buttons("bob", channel, "stint.approve") {
					if done[b.value] {
						continue
					}
					done[b.value] = true
					bound, stop := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
					err := c.press(bound, "bob", "approve", b)
					if err != nil {
						again.Add(1)
						err = c.press(bound, "bob", "approve", b)
					}
					if err != nil {
						failed(fmt.Errorf("bob approves: %w", err))
					}
					stop()
				}
			}
			rest(ctx, 50*time.Millisecond)
		}
	})
	return func() []string {
		cancel()
		group.Wait()
		return lost
	}
}

// screen is the modal that a person looks at.
func (c *crowd) screen(who string) string {
	m, open := c.people[who].Here.Modal()
	if !open {
		return "no modal"
	}
	raw, err := json.Marshal(m.Blocks)
	if err != nil {
		return err.Error()
	}
	return m.Title.Text + ": " + string(raw[:min(len(raw), 500)])
}

// told is what only this person saw, in any channel of cards.
func (c *crowd) told(who string) (texts []string) {
	for _, channel := range c.box.Slack().Channels() {
		conversation, err := c.people[who].Here.Conversation(channel.ID)
		if err != nil {
			continue
		}
		for _, m := range conversation.Messages {
			if m.Ephemeral {
				texts = append(texts, m.Text)
			}
		}
	}
	return texts
}

func (c *crowd) forms() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}
