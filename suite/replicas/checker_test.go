package replicas

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// The checker knows what AWS did, what is on record, and what people did. It shares no code
// with the worker: it says what a reader of three lists and the policy on paper would say.

// history is all that is known of one run.
type history struct {
	// AWS: what stood there before, every operation since, and what is there at the end.
	standing   []awssim.Assignment
	operations []awssim.OperationView
	left       []awssim.Assignment
	until      time.Time // when AWS was looked at last
	// The record, as the database holds it at the end.
	requests []access.Request
	grants   []access.Grant
	// What people did.
	asked   []asked
	pressed []pressed
	// disturbed is when nobody could have removed anything: no replica was well, or another
	// was taking over the lead, which it may for thirty seconds.
	disturbed spans
}

// asked is one form that was sent; its reason is its own.
type asked struct {
	who    catalog.PersonID
	reason string
	taken  bool // Slack was told that it was taken
}

// pressed is one press of a button on a request: approve, deny or cancel, or end on a grant.
type pressed struct {
	at     time.Time
	who    catalog.PersonID
	what   string
	record string
}

// paper is the policy as it reads on paper.
type paper struct {
	roles map[catalog.RoleARN]string // names
	sets  map[string][]catalog.PersonID
	steps map[string][]string // one place each, of a role; none: automatic
}

const (
	bound    = time.Minute      // I2
	takeOver = 30 * time.Second // a change of leader
)

// check says everything that must not have happened.
func (h *history) check(p paper) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	requests := map[access.RequestID]access.Request{}
	for _, r := range h.requests {
		requests[r.ID] = r
	}
	wanted := map[awssim.Assignment]spans{}
	perRequest := map[access.RequestID]int{}
	for _, g := range h.grants {
		r, known := requests[g.Request]
		perRequest[g.Request]++
		switch {
		case !known:
			say("grant %s is of no request", g.ID)
			continue
		case r.State != access.Approved:
			say("I3: grant %s is of a request that is %s", g.ID, r.State)
		case g.End.IsZero():
			say("grant %s has no end", g.ID)
		case g.End.After(r.DecidedAt.Add(r.Duration + 10*time.Minute)):
			say("grant %s ends %s after its approval, for a request of %s", g.ID, g.End.Sub(r.DecidedAt), r.Duration)
		}
		key := assignmentOf(g.Key)
		wanted[key] = union(append(wanted[key], span{r.DecidedAt, g.End})...)
	}
	for id, n := range perRequest {
		if n > len(requests[id].Entitlements) {
			say("request %s made %d grants", id, n)
		}
	}
	for _, r := range h.requests {
		for _, problem := range h.approval(r, p) {
			say("%s", problem)
		}
	}
	for _, problem := range h.effects() {
		say("%s", problem)
	}
	held, problems := h.held()
	wrong = append(wrong, problems...)
	for key, have := range held {
		for _, s := range have {
			if !wanted[key].holds(s.from) && !h.decidedBefore(key, s.from) {
				say("unapproved: AWS held %s from %s on, and nothing on record allowed it by then", name(key), clock(s.from))
			}
		}
		busy := h.busy(key.AccountID)
		for _, s := range have.without(wanted[key]) {
			late := spans{s}.without(h.disturbed).without(busy).length()
			if late > bound {
				say("I2: AWS held %s from %s to %s though nobody wanted it, %s of that with somebody there to remove it", name(key), clock(s.from), clock(s.to), late.Round(time.Second))
			}
		}
	}
	return wrong
}

// decidedBefore reports whether a grant of the key was on record by then, over or not.
func (h *history) decidedBefore(key awssim.Assignment, t time.Time) bool {
	return slices.ContainsFunc(h.grants, func(g access.Grant) bool {
		return assignmentOf(g.Key) == key && slices.ContainsFunc(h.requests, func(r access.Request) bool {
			return r.ID == g.Request && r.State == access.Approved && r.DecidedAt.Before(t)
		})
	})
}

// approval states I3 by the policy on paper and by what people really pressed.
func (h *history) approval(r access.Request, p paper) (wrong []string) {
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("request %s (%s): ", r.ID, r.State)+fmt.Sprintf(format, args...))
	}
	var votes []catalog.PersonID
	denied := false
	for _, v := range r.Reviews {
		what := "approve"
		if v.Verdict == access.Deny {
			what, denied = "deny", true
		}
		if !slices.ContainsFunc(h.pressed, func(x pressed) bool {
			return x.who == v.By.Person && x.what == what && x.record == string(r.ID) && !x.at.After(v.At)
		}) {
			say("I7: %s by %s, who never pressed it", what, v.By.Name)
		}
		if slices.Contains(votes, v.By.Person) {
			say("I3: %s counts twice", v.By.Name)
		}
		votes = append(votes, v.By.Person)
		if v.By.Person == r.Asker.Person || v.By.Person == r.Receiver.Person {
			say("I3: %s decided what they asked for", v.By.Name)
		}
		if !r.DecidedAt.IsZero() && v.At.After(r.DecidedAt) {
			say("I3: a vote after the decision")
		}
	}
	if denied != (r.State == access.Denied) {
		say("denied: %v", denied)
	}
	if r.State != access.Approved {
		return wrong
	}
	for _, e := range r.Entitlements {
		role := p.roles[e.Role]
		steps, known := p.steps[role]
		if !known {
			say("I3: nothing on paper lets anybody have %s", role)
		}
		if !p.complete(steps, votes) {
			say("I3: %s needs %s, and %d voted", role, strings.Join(steps, " and "), len(votes))
		}
	}
	return wrong
}

// complete reports whether each place can be filled by a voter of its own.
func (p paper) complete(steps []string, votes []catalog.PersonID) bool {
	if len(steps) == 0 {
		return true
	}
	for i, v := range votes {
		if slices.Contains(p.sets[steps[0]], v) && p.complete(steps[1:], slices.Delete(slices.Clone(votes), i, i+1)) {
			return true
		}
	}
	return false
}

// effects: what was sent once, or twice, or by two replicas, has one effect.
func (h *history) effects() (wrong []string) {
	made := map[string]int{}
	forms := map[string]bool{}
	for _, r := range h.requests {
		made[r.Reason]++
		if forms[r.FormKey] {
			wrong = append(wrong, fmt.Sprintf("I7: two requests of form %s", r.FormKey))
		}
		forms[r.FormKey] = true
		if !slices.ContainsFunc(h.asked, func(a asked) bool { return a.reason == r.Reason && a.who == r.Asker.Person }) {
			wrong = append(wrong, fmt.Sprintf("I7: request %s was never asked for", r.ID))
		}
		if r.State == access.Cancelled && !h.pressedOn("cancel", string(r.ID)) {
			wrong = append(wrong, fmt.Sprintf("I7: request %s was cancelled, and nobody pressed it", r.ID))
		}
	}
	for _, a := range h.asked {
		switch n := made[a.reason]; {
		case n > 1:
			wrong = append(wrong, fmt.Sprintf("I7: the form %q made %d requests", a.reason, n))
		case n == 0 && a.taken:
			wrong = append(wrong, fmt.Sprintf("lost: the form %q was taken, and there is no request of it", a.reason))
		}
	}
	for _, g := range h.grants {
		if g.EndReason != access.EndEarly {
			continue
		}
		ended := slices.ContainsFunc(h.grants, func(x access.Grant) bool { return x.Key == g.Key && h.pressedOn("end", string(x.ID)) })
		if !ended {
			wrong = append(wrong, fmt.Sprintf("I7: grant %s was ended early, and nobody pressed it", g.ID))
		}
	}
	return wrong
}

func (h *history) pressedOn(what, record string) bool {
	return slices.ContainsFunc(h.pressed, func(p pressed) bool { return p.what == what && p.record == record })
}

// held is when AWS gave each key to its person, of what did not stand there before.
func (h *history) held() (map[awssim.Assignment]spans, []string) {
	var wrong []string
	ops := slices.Clone(h.operations)
	slices.SortFunc(ops, func(a, b awssim.OperationView) int { return a.Ended.Compare(b.Ended) })
	since := map[awssim.Assignment]time.Time{}
	all := map[awssim.Assignment]spans{}
	for _, o := range ops {
		if slices.Contains(h.standing, o.Assignment) {
			if o.Kind == awssim.OperationDelete {
				wrong = append(wrong, fmt.Sprintf("I4: %s stood there before, and its removal was asked for at %s", name(o.Assignment), clock(o.Accepted)))
			}
			continue
		}
		if o.Status != awssim.Succeeded {
			continue
		}
		from, there := since[o.Assignment]
		switch {
		case o.Kind == awssim.OperationCreate && !there:
			since[o.Assignment] = o.Ended
		case o.Kind == awssim.OperationDelete && there:
			all[o.Assignment] = append(all[o.Assignment], span{from, o.Ended})
			delete(since, o.Assignment)
		}
	}
	for key, from := range since {
		all[key] = append(all[key], span{from, h.until})
		if !slices.Contains(h.left, key) {
			wrong = append(wrong, fmt.Sprintf("the operations lead to %s, and AWS does not hold it: they are not all there", name(key)))
		}
	}
	for _, key := range h.left {
		if _, there := since[key]; !there && !slices.Contains(h.standing, key) {
			wrong = append(wrong, fmt.Sprintf("AWS holds %s, and no operation made it", name(key)))
		}
	}
	return all, wrong
}

// busy is AWS's own time: when it worked on anything in an account, one after the other.
func (h *history) busy(account string) spans {
	var list []span
	for _, o := range h.operations {
		if o.AccountID == account {
			to := o.Ended
			if to.IsZero() {
				to = h.until
			}
			list = append(list, span{o.Accepted, to})
		}
	}
	return union(list...)
}

func assignmentOf(k access.Key) awssim.Assignment {
	return awssim.Assignment{AccountID: string(k.Account), PermissionSetARN: string(k.Role), PrincipalType: awssim.PrincipalUser, PrincipalID: string(k.Person)}
}

func name(a awssim.Assignment) string {
	return a.PrincipalID[:8] + "/" + a.AccountID + "/" + a.PermissionSetARN[strings.LastIndex(a.PermissionSetARN, "/")+1:]
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
