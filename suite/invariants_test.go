package suite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// invariants states what must hold at any moment, by the numbers of the design. It reads
// the store directly and AWS as it really is, without any lag. now is the wall time.
func (r *rig) invariants(now time.Time) error {
	return r.db.View(context.Background(), func(tx access.Tx) error {
		requests, err := tx.Requests(access.RequestFilter{})
		if err != nil {
			return err
		}
		byID := map[access.RequestID]access.Request{}
		for _, q := range requests {
			byID[q.ID] = q
		}
		grants, err := tx.Grants(access.GrantFilter{})
		if err != nil {
			return err
		}
		byGrant := map[access.GrantID]access.Grant{}
		for _, g := range grants {
			byGrant[g.ID] = g
		}
		wanted := map[access.Key]bool{}
		lastEnd := map[access.Key]time.Time{}
		for _, g := range grants {
			if err := grantHolds(g, byID[g.Request]); err != nil {
				return err
			}
			if err := prolongs(g, byGrant[g.Extends], byID[g.Request]); err != nil {
				return err
			}
			if g.State == access.Live {
				wanted[g.Key] = true
			}
			if g.End.After(lastEnd[g.Key]) {
				lastEnd[g.Key] = g.End
			}
		}
		held := r.joined()
		for _, a := range r.cloud.Assignments(awsRequested()) {
			if r.anchor != "" && a.PrincipalID == string(r.anchor) {
				continue // gives nobody anything
			}
			held = append(held, access.Key{Person: catalog.PersonID(a.PrincipalID), Account: catalog.AccountID(a.AccountID), Role: catalog.RoleARN(a.PermissionSetARN)})
		}
		for _, k := range held {
			record, err := tx.Assignment(k)
			if err != nil {
				return err
			}
			switch {
			case record.State == access.Absent:
				return fmt.Errorf("I1: AWS holds %s, its record is absent", k)
			case !wanted[k] && record.State != access.Deleting && now.Sub(lastEnd[k]) > r.slack60():
				return fmt.Errorf("I1: AWS holds %s, no live grant wants it and it is %s", k, record.State)
			case !wanted[k] && now.Sub(lastEnd[k]) > r.removal:
				return fmt.Errorf("I2: AWS still holds %s, %s after its last end", k, now.Sub(lastEnd[k]))
			}
		}
		return nil
	})
}

// slack60 is how long a record may take to follow the end of its last grant.
func (r *rig) slack60() time.Duration { return time.Minute }

// grantHolds states I3 and that every grant has an end.
func grantHolds(g access.Grant, q access.Request) error {
	switch {
	case g.End.IsZero():
		return fmt.Errorf("grant %s has no end", g.ID)
	case q.State != access.Approved:
		return fmt.Errorf("I3: grant %s of a request that is %q", g.ID, q.State)
	case q.CheckedAt.IsZero():
		return fmt.Errorf("I3: grant %s of a request that was never checked", g.ID)
	case g.Extends == "" && g.Duration > q.Duration:
		return fmt.Errorf("grant %s is longer than asked for", g.ID)
	case q.Terms.Automatic:
		return nil
	}
	var who []catalog.PersonID
	for _, v := range q.Reviews {
		if v.Verdict == access.Deny {
			return fmt.Errorf("I3: grant %s although %s denied it", g.ID, v.By.Name)
		}
		if v.By.Person == q.Asker.Person || v.By.Person == q.Receiver.Person {
			return fmt.Errorf("I3: grant %s: who asks or receives voted", g.ID)
		}
		if slices.Contains(who, v.By.Person) {
			return fmt.Errorf("I3: grant %s: one person counted twice", g.ID)
		}
		who = append(who, v.By.Person)
	}
	places := 0
	for _, s := range q.Terms.Steps {
		places += s.Count
	}
	if len(who) < places {
		return fmt.Errorf("I3: grant %s with %d of %d approvals", g.ID, len(who), places)
	}
	return nil
}

// prolongs states what an extension may add to the grant that it prolongs.
func prolongs(g, old access.Grant, q access.Request) error {
	switch {
	case g.Extends == "":
		return nil
	case old.Key != g.Key || q.Extends == "":
		return fmt.Errorf("grant %s extends %s of %s", g.ID, old.ID, old.Key)
	case g.End.Sub(g.Start) > q.Terms.MaxContinuous:
		return fmt.Errorf("extension %s is longer than the rule allows without a break", g.ID)
	case old.EndReason == "" || old.EndReason == access.EndExpired:
		if more := g.End.Sub(old.End); more > q.Duration {
			return fmt.Errorf("extension %s adds %s, asked for were %s", g.ID, more, q.Duration)
		}
	}
	return nil
}
