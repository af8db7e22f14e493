package policy_test

import (
	"testing"

	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/access/policy"
)

// TestOpenAgainstDecide: the count of each role over several accounts is what deciding
// each pair by itself comes to, conditions included.
func TestOpenAgainstDecide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		p, c := compileRandom(t, randomPolicy(t), w)
		q := randomQuery(t, w)
		q.Emergency, q.Ticket = false, ""
		var accounts []catalog.AccountID
		for _, a := range c.Accounts() {
			if rapid.Bool().Draw(t, string(a.ID)) {
				accounts = append(accounts, a.ID)
			}
		}
		got := p.Open(c, w, q.Asker, q.Receiver, accounts, q.At)
		denied, all := 0, 0
		for i, r := range c.Roles() {
			want := 0
			for _, id := range accounts {
				q.Account, q.Role = id, r.ARN
				d := p.Decide(c, w, q)
				if r.Ungrantable != "" {
					continue
				}
				all++
				switch d.Outcome {
				case policy.Allowed:
					want++
				case policy.Denied:
					denied++
				}
			}
			if got.In[i] != want {
				t.Fatalf("%s can be asked for in %d accounts, not in %d", r.Name, want, got.In[i])
			}
		}
		if forbids := got.Forbids != ""; forbids != (all > 0 && denied == all) {
			t.Fatalf("rule %q forbids it all, and %d of %d are denied", got.Forbids, denied, all)
		}
	})
}

// TestReceiversAgainstDecide: whom a rule lets somebody ask for is among those offered.
func TestReceiversAgainstDecide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		p, c := compileRandom(t, randomPolicy(t), w)
		q := randomQuery(t, w)
		d := p.Decide(c, w, q)
		may := p.Receivers(w, q.Asker)
		if d.Outcome == policy.Allowed && q.Asker != q.Receiver && (may == nil || !may(q.Receiver)) {
			t.Fatalf("%s may ask for %s, who is not offered", q.Asker, q.Receiver)
		}
		if may != nil && may(q.Asker) {
			t.Fatal("somebody is offered to ask for themself")
		}
	})
}

func TestReceivers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	rule := anything("behalf", requesters("devs"), onBehalf("sre"))
	p := compile(t, base(rule), w)
	if p.Receivers(w, "eve") != nil {
		t.Error("somebody whom no rule names may ask for others")
	}
	may := p.Receivers(w, "ann")
	if may == nil {
		t.Fatal("who is named in on_behalf may ask for nobody")
	}
	for person, want := range map[catalog.PersonID]bool{"eve": true, "cat": false, "ann": false, "": false} {
		if got := may(person); got != want {
			t.Errorf("for %q: %v", person, got)
		}
	}
	rule.Off = true
	if compile(t, base(rule), w).Receivers(w, "ann") != nil {
		t.Error("a rule that is off lets somebody ask for others")
	}
}
