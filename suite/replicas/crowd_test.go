package replicas

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"stint/access/catalog"
	"stint/sandbox"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
	"stint/suite/people"
)

// crowd is people who ask, approve, deny, cancel and end, and keep a diary of it.
type crowd struct {
	box    *sandbox.Sandbox
	people map[string]*people.Someone
	ids    map[string]catalog.PersonID

	mu      sync.Mutex
	asked   []asked
	pressed []pressed
}

// newCrowd finds the cast in Slack, and in Identity Center by their address.
func newCrowd(t *testing.T, box *sandbox.Sandbox) *crowd {
	t.Helper()
	c := &crowd{box: box, people: map[string]*people.Someone{}, ids: map[string]catalog.PersonID{}}
	for _, who := range []string{"alice", "bob", "carol", "dana", "erin", "frank"} {
		p, err := people.Act(box, who)
		if err != nil {
			t.Fatal(err)
		}
		c.people[who] = p
		for _, u := range box.AWS().Snapshot().Users {
			if u.Email == p.Here.User().Email {
				c.ids[who] = catalog.PersonID(u.ID)
			}
		}
		if c.ids[who] == "" {
			t.Fatalf("%s is not in Identity Center", who)
		}
	}
	return c
}

// wish is what somebody asks for.
type wish struct{ who, account, role string }

// wishes: one that nobody must approve, one that one must, one that two must.
var wishes = []wish{
	{"alice", "prod-billing", "ReadOnly"},
	{"erin", "staging-payments", "ReadOnly"},
	{"frank", "prod-payments", "ReadOnly"},
	{"alice", "staging-payments", "PowerUserAccess"},
	{"erin", "staging-payments", "PowerUserAccess"},
	{"bob", "prod-payments", "AdministratorAccess"},
	{"carol", "prod-billing", "AdministratorAccess"},
}

// ask sends the form with a reason of its own and notes it first: what was never sent can
// have no effect.
func (c *crowd) ask(ctx context.Context, w wish, n int) error {
	reason := fmt.Sprintf("INC-%d %s", n, w.who)
	c.mu.Lock()
	c.asked = append(c.asked, asked{c.ids[w.who], reason, false})
	at := len(c.asked) - 1
	c.mu.Unlock()
	p := c.people[w.who]
	if err := p.Ask(ctx, w.account, w.role, reason); err != nil {
		return err
	}
	if m, open := p.Here.Modal(); open && len(m.Errors) > 0 {
		return nil // the form says why not: asked for already, for one
	}
	c.mu.Lock()
	c.asked[at].taken = took(p)
	c.mu.Unlock()
	return nil
}

// took reports whether the view that answered the form says that it was taken.
func took(p *people.Someone) bool {
	m, open := p.Here.Modal()
	return open && m.CallbackID == "stint.sent"
}

// button is one that a person sees on a message.
type button struct {
	on     slacksim.Surface
	block  string
	action string
	value  string
}

// buttons lists those with an action in a conversation, newest message first.
func (c *crowd) buttons(who, channel, action string) (found []button) {
	conversation, err := c.people[who].Here.Conversation(channel)
	if err != nil {
		return nil
	}
	for _, m := range slices.Backward(conversation.Messages) {
		for _, e := range blockkit.Elements(m.Blocks) {
			if e.ActionID != action {
				continue
			}
			value, _ := e.Element["value"].(string)
			found = append(found, button{slacksim.OnMessage(channel, m.TS), e.BlockID, action, value})
		}
	}
	return found
}

// press notes the press, and makes it.
func (c *crowd) press(ctx context.Context, who, what string, b button) error {
	c.mu.Lock()
	c.pressed = append(c.pressed, pressed{time.Now(), c.ids[who], what, b.value})
	c.mu.Unlock()
	res, err := c.people[who].Here.Press(ctx, slacksim.Element{On: b.on, BlockID: b.block, ActionID: b.action, Confirmed: true}, "")
	if err == nil && !res.OK {
		err = fmt.Errorf("%s: %s", res.Code, res.Notice)
	}
	return err
}

// deny presses Deny and sends the form that asks why.
func (c *crowd) deny(ctx context.Context, who string, b button) error {
	p := c.people[who]
	_ = p.Here.DismissModals(ctx)
	if err := c.press(ctx, who, "deny", b); err != nil {
		return err
	}
	if err := p.Until(ctx, "the form that asks why", func() bool { m, open := p.Here.Modal(); return open && m.CallbackID == "stint.deny" }); err != nil {
		return err
	}
	if _, err := p.Here.Fill(ctx, slacksim.Element{BlockID: "why", ActionID: "stint.deny.why"}, "not today"); err != nil {
		return err
	}
	res, err := p.Here.Submit(ctx)
	if err == nil && !res.OK {
		err = fmt.Errorf("deny: %s", res.Notice)
	}
	return err
}

// channels are where cards are.
func (c *crowd) channels(t *testing.T) (list []string) {
	t.Helper()
	for _, name := range []string{"aws-approvals", "prod-approvals"} {
		id, err := c.people["bob"].Channel(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	return list
}

// live lets everybody ask, decide and end, whether or not anybody answers, until the
// returned function is called.
func (c *crowd) live(t *testing.T, seed uint64) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var group sync.WaitGroup
	cards := c.channels(t)
	life := func(who string, day func(ctx context.Context, r *rand.Rand, n int) error) {
		group.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(len(who))<<8|uint64(who[0])))
			for n := 0; ctx.Err() == nil; n++ {
				bound, done := context.WithTimeout(ctx, 8*time.Second)
				err := day(bound, r, n)
				done()
				wait := time.Duration(300+r.IntN(900)) * time.Millisecond
				if err != nil { // nobody answers: as long as a person would wait
					wait *= 2
				}
				rest(ctx, wait)
			}
		})
	}
	for i, who := range []string{"alice", "erin", "frank"} {
		life(who, func(ctx context.Context, r *rand.Rand, n int) error {
			p := c.people[who]
			if ends := c.buttons(who, p.DM(), "stint.end"); len(ends) > 0 && r.IntN(3) > 0 {
				return c.press(ctx, who, "end", ends[r.IntN(len(ends))])
			}
			if cancels := c.buttons(who, p.DM(), "stint.cancel"); len(cancels) > 0 && r.IntN(6) == 0 {
				return c.press(ctx, who, "cancel", cancels[r.IntN(len(cancels))])
			}
			mine := slices.DeleteFunc(slices.Clone(wishes), func(w wish) bool { return w.who != who })
			return c.ask(ctx, mine[r.IntN(len(mine))], 1000*(i+1)+n)
		})
	}
	for i, who := range []string{"bob", "carol", "dana"} {
		life(who, func(ctx context.Context, r *rand.Rand, n int) error {
			if who != "dana" && r.IntN(5) == 0 {
				if ends := c.buttons(who, c.people[who].DM(), "stint.end"); len(ends) > 0 {
					return c.press(ctx, who, "end", ends[0])
				}
				mine := slices.DeleteFunc(slices.Clone(wishes), func(w wish) bool { return w.who != who })
				return c.ask(ctx, mine[0], 1000*(i+4)+n)
			}
			channel := cards[r.IntN(len(cards))]
			if r.IntN(8) == 0 {
				if list := c.buttons(who, channel, "stint.deny"); len(list) > 0 {
					return c.deny(ctx, who, list[0])
				}
			}
			if list := c.buttons(who, channel, "stint.approve"); len(list) > 0 {
				return c.press(ctx, who, "approve", list[r.IntN(len(list))])
			}
			return nil
		})
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
