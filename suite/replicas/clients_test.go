package replicas

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// The operations of clients on one key, and what they got.
type (
	submitted struct {
		key  int // which person and account; each is a partition of its own
		form string
	}
	reviewed struct {
		key     int
		request access.RequestID
		who     identity.SlackUserID
		verdict access.Verdict
	}
	ended struct {
		key   int
		grant access.GrantID
		who   identity.SlackUserID
	}
	read struct {
		key     int
		request access.RequestID
	}
	// answer is what came back: a code, "" for none, and what was read.
	answer struct {
		code    fault.Code
		request access.RequestID // of submitted
		saw     seenRequest      // of read
	}
	// seenRequest is a request and its grant as one transaction saw them.
	seenRequest struct {
		state access.RequestState
		votes voters
		grant access.GrantID
		over  bool
	}
)

// voters are those who approved, as a set.
type voters uint8

var voterBits = map[identity.SlackUserID]voters{bob: 1, carol: 2, dana: 4}

// diary is what the clients of one run did, in the order of their clocks.
type diary struct {
	begun time.Time
	mu    sync.Mutex
	lines []porcupine.Operation
}

func (d *diary) note(client int, input any, call func() answer) answer {
	from := time.Since(d.begun)
	out := call()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, porcupine.Operation{ClientId: client, Input: input, Call: int64(from), Output: out, Return: int64(time.Since(d.begun))})
	return out
}

// known is what the clients told each other of one key: the newest requests and grants.
type known struct {
	mu       sync.Mutex
	requests []access.RequestID
	grants   []access.GrantID
}

func (k *known) add(r access.RequestID, g access.GrantID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r != "" {
		k.requests = append(k.requests, r)
	}
	if g != "" {
		k.grants = append(k.grants, g)
	}
}

func (k *known) pick(random *rand.Rand) (r access.RequestID, g access.GrantID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	newest := func(n int) int { return n - 1 - random.IntN(min(n, 2)) }
	if n := len(k.requests); n > 0 {
		r = k.requests[newest(n)]
	}
	if n := len(k.grants); n > 0 {
		g = k.grants[newest(n)]
	}
	return r, g
}

// bustle lets clients do many things to a few keys, each through a service of its own
// choosing, and returns what they did.
func bustle(t *testing.T, services []*access.Service, clients, each int, seed uint64) []porcupine.Operation {
	t.Helper()
	d := &diary{begun: time.Now()}
	all := make([]known, len(keys))
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(c)))
			for n := range each {
				k := random.IntN(len(keys))
				client := client{t.Context(), services[random.IntN(len(services))], d, c}
				client.act(random, k, &all[k], fmt.Sprintf("%d/%d", c, n))
			}
		})
	}
	group.Wait()
	return d.lines
}

// client does one thing at a time.
type client struct {
	ctx    context.Context //nolint:containedctx // a client lives as long as its test
	svc    *access.Service
	diary  *diary
	number int
}

// act does something that fits what is known of the key.
func (c client) act(random *rand.Rand, k int, all *known, form string) {
	r, g := all.pick(random)
	dice := random.IntN(20)
	switch {
	case r == "" || dice < 4:
		if dice == 0 { // the form of another client, which it may have sent already
			form = fmt.Sprintf("shared/%d/%d", k, random.IntN(8))
		}
		out := c.diary.note(c.number, submitted{k, form}, func() answer { return c.submit(k, form) })
		if out.request != "" {
			c.awaitCheck(out.request)
			all.add(out.request, "")
		}
	case dice < 11:
		who := []identity.SlackUserID{alice, bob, carol, dana, bob, dana}[random.IntN(6)]
		verdict := access.Approve
		if random.IntN(12) == 0 {
			verdict = access.Deny
		}
		c.diary.note(c.number, reviewed{k, r, who, verdict}, func() answer { return c.review(r, who, verdict) })
	case dice < 14 && g != "":
		who := []identity.SlackUserID{keys[k].who, carol, dana}[random.IntN(3)]
		c.diary.note(c.number, ended{k, g, who}, func() answer {
			_, err := c.svc.EndGrant(c.ctx, g, who)
			return answer{code: codeOf(err)}
		})
	default:
		out := c.diary.note(c.number, read{k, r}, func() answer { return c.read(r) })
		if out.saw.grant != "" {
			all.add("", out.saw.grant)
		}
	}
}

// awaitCheck waits until the worker has checked the request: nobody sees it before.
func (c client) awaitCheck(id access.RequestID) {
	ctx, done := context.WithTimeout(c.ctx, 20*time.Second)
	defer done()
	for ctx.Err() == nil {
		if v, err := c.svc.RequestView(ctx, id); err != nil || !v.Request.CheckedAt.IsZero() {
			return
		}
		rest(ctx, 10*time.Millisecond)
	}
}

func (c client) submit(k int, form string) answer {
	r, err := c.svc.Submit(c.ctx, access.Submission{
		FormKey: form, User: keys[k].who, Entitlements: []access.Entitlement{{Account: keys[k].account, Role: keys[k].role()}}, Duration: time.Hour, Reason: "INC-1 the disk is full",
	})
	return answer{code: codeOf(err), request: r.ID}
}

func (c client) review(r access.RequestID, who identity.SlackUserID, verdict access.Verdict) answer {
	comment := ""
	if verdict == access.Deny {
		comment = "not today"
	}
	_, err := c.svc.Review(c.ctx, access.ReviewInput{Request: r, User: who, Verdict: verdict, Comment: comment})
	return answer{code: codeOf(err)}
}

func (c client) read(id access.RequestID) answer {
	v, err := c.svc.RequestView(c.ctx, id)
	if err != nil {
		return answer{code: codeOf(err)}
	}
	saw := seenRequest{state: v.Request.State}
	for _, x := range v.Request.Reviews {
		if x.Verdict == access.Approve {
			saw.votes |= voterBits[x.By.Slack]
		}
	}
	for _, g := range v.Grants {
		saw.grant, saw.over = g.Grant.ID, g.Grant.State == access.Ended
	}
	return answer{saw: saw}
}

func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	for _, code := range []fault.Code{fault.Conflict, fault.Forbidden, fault.Unavailable, fault.NotFound, fault.Invalid} {
		if fault.Is(err, code) {
			return code
		}
	}
	return fault.Code("other: " + err.Error())
}
