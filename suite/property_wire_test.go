package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// wire stands between the connector and AWS and judges every write at the moment it is
// sent, by the store's record and by what AWS really holds.
type wire struct {
	p    *player
	next http.RoundTripper
}

func (w wire) RoundTrip(q *http.Request) (*http.Response, error) {
	_, action, _ := strings.Cut(q.Header.Get("X-Amz-Target"), ".")
	if action != "CreateAccountAssignment" && action != "DeleteAccountAssignment" {
		return w.next.RoundTrip(q)
	}
	if w.p.fuse.Load().dead() {
		return nil, errCrashed
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	var to struct{ TargetId, PermissionSetArn, PrincipalId string } //nolint:revive // AWS's names
	if err := json.Unmarshal(body, &to); err != nil {
		return nil, err
	}
	k := access.Key{Person: catalog.PersonID(to.PrincipalId), Account: catalog.AccountID(to.TargetId), Role: catalog.RoleARN(to.PermissionSetArn)}
	if action == "DeleteAccountAssignment" {
		w.p.judge(w.p.mayDelete(k))
		return w.next.RoundTrip(q)
	}
	w.p.judge(w.p.mayCreate(k))
	if after := w.p.takeLate(); after > 0 {
		late := q.Clone(context.Background())
		late.Body = io.NopCloser(bytes.NewReader(body))
		w.p.group.Go(func() {
			time.Sleep(after)
			w.p.landed(k)
			if resp, err := w.next.RoundTrip(late); err == nil {
				_ = resp.Body.Close()
			}
		})
		return nil, &timeout{}
	}
	return w.next.RoundTrip(q)
}

// takeLate says by how much the create that is being sent will be late; 0: not at all.
func (p *player) takeLate() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.late
	p.late = 0
	return d
}

func (p *player) landed(k access.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.landedAt[k] = time.Now()
}

// judge keeps a judgement for the script, which alone knows the facts.
func (p *player) judge(of func() *violation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judgements = append(p.judgements, of)
}

// judged pronounces what was kept.
func (p *player) judged() *violation {
	p.mu.Lock()
	all := p.judgements
	p.judgements = nil
	p.mu.Unlock()
	for _, of := range all {
		if v := of(); v != nil {
			return v
		}
	}
	return nil
}

// sent is what the store held when a write was sent.
type sent struct {
	at     time.Time
	record access.Assignment
	grants []access.Grant
	lines  lines
}

func (p *player) sending(k access.Key) (s sent, err error) {
	s.at = time.Now()
	err = p.r.db.View(context.Background(), func(tx access.Tx) (err error) {
		if s.record, err = tx.Assignment(k); err != nil {
			return err
		}
		if s.grants, err = tx.Grants(access.GrantFilter{Key: k}); err != nil {
			return err
		}
		s.lines, err = p.read(tx)
		return err
	})
	return s, err
}

// mayCreate judges a create that is about to reach AWS.
func (p *player) mayCreate(k access.Key) func() *violation {
	s, err := p.sending(k)
	return func() *violation {
		live := false
		for _, g := range s.grants {
			// One that ended in this very moment may have been there when the fence looked.
			live = live || g.State != access.Scheduled && (g.End.After(s.at) || g.EndedAt.Equal(s.at))
		}
		switch {
		case err != nil:
			return violated("the store cannot be read", "%v", err)
		case s.record.State != access.Creating:
			return violated("I1: a create is sent without its intent on record", "%s is %q", k, s.record.State)
		case !live:
			return violated("I3: a create is sent that no live grant wants", "%s", k)
		case !p.massEnd && p.facts.denied(k.Account, s.at):
			return violated("I8: a create is sent under a deny", "%s", k)
		case p.facts.behind.ever(s.lines.intent[k], s.lines.intent[k], yes) && !p.facts.behind.ever(s.lines.intent[k], s.lines.intent[k], no):
			return violated("a new grant while the clocks differ", "%s", k)
		}
		return nil
	}
}

// mayDelete judges a delete that is about to reach AWS.
func (p *player) mayDelete(k access.Key) func() *violation {
	s, err := p.sending(k)
	foreign := p.foreignSeen(k)
	return func() *violation {
		if err != nil {
			return violated("the store cannot be read", "%v", err)
		}
		if s.record.State != access.Deleting {
			return violated("I1: a delete is sent without its intent on record", "%s is %q", k, s.record.State)
		}
		for _, g := range s.grants {
			late := g.ConfirmedAt.IsZero() && !s.at.Before(g.Deadline)
			// One that became live in this very moment may not have been there when the fence looked.
			if g.State == access.Live && g.End.After(s.at) && !late && s.lines.live[g.ID].Before(s.at) {
				return violated("I5: a delete is sent while a live grant covers now", "%s, grant %s", k, g.ID)
			}
		}
		if !foreign.IsZero() && s.lines.intent[k].After(foreign.Add(6*time.Second)) {
			return violated("I4: what our look could see is deleted", "%s could be seen %s before the intent", k, s.lines.intent[k].Sub(foreign))
		}
		return nil
	}
}

// foreignSeen is since when listings show an assignment of somebody else; zero when
// there is none.
func (p *player) foreignSeen(k access.Key) time.Time {
	for _, a := range p.r.cloud.Assignments(awssim.AssignmentFilter{AccountID: string(k.Account), PermissionSetARN: string(k.Role), PrincipalID: string(k.Person)}) {
		if a.CreatedBy == "" {
			p.mu.Lock()
			defer p.mu.Unlock()
			return a.Created.Add(p.foreignLag[k])
		}
	}
	return time.Time{}
}

// lines is what the audit log says of when things happened.
type lines struct {
	after  uint64
	state  map[access.Key]access.AssignmentState
	intent map[access.Key]time.Time     // when the record last left Absent
	live   map[access.GrantID]time.Time // when the grant became live
}

// read reads the lines that are new.
func (p *player) read(tx access.Tx) (lines, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &p.lines
	events, err := tx.Audit(l.after, 0)
	if err != nil {
		return *l, err
	}
	for _, e := range events {
		l.after = e.Seq
		switch kind, _, _ := strings.Cut(e.Record, "/"); kind {
		case "assignment":
			var a access.Assignment
			if err := json.Unmarshal(e.After, &a); err != nil {
				return *l, err
			}
			if before := l.state[a.Key]; (before == "" || before == access.Absent) && a.State == access.Creating {
				l.intent[a.Key] = e.At
			}
			l.state[a.Key] = a.State
		case "grant":
			var g access.Grant
			if err := json.Unmarshal(e.After, &g); err != nil {
				return *l, err
			}
			if _, known := l.live[g.ID]; !known && g.State == access.Live {
				l.live[g.ID] = e.At
			}
		}
	}
	return lines{intent: maps.Clone(l.intent), live: maps.Clone(l.live)}, nil
}
