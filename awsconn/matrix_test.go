package awsconn

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// outcome is a cell of the matrix: what comes of one thing that the connector does, in
// short: the class of its error, or "ok".
type outcome string

const fine outcome = "ok"

// trouble is a row: everything that goes wrong in one way, what comes of it in each
// column, and what people are told; "" where nothing is said.
type trouble struct {
	bring                        func(*shipped)
	look, assign, unassign, sync outcome
	// await is what the end of an operation that was accepted before is known as: "ok", the
	// class of its failure, or "unknown".
	await outcome
	says  string // how what people are told begins, wherever it is not ok
	// ends is what they are told of an operation that is awaited, if that is something else.
	ends string
	// effect is set where a write happened although it is not known.
	effect bool
	// join and leave are of membership in a group, scan is the comparison with AWS and details
	// are what is read of roles after a sync; "" is as it is with assign, unassign and look.
	join, leave, scan, details outcome
}

// columns are all outcomes of a row.
func (r *trouble) columns() map[string]outcome {
	return map[string]outcome{
		"look": r.look, "assign": r.assign, "unassign": r.unassign, "await": r.await, "sync": r.sync,
		"join": cmp.Or(r.join, r.assign), "leave": cmp.Or(r.leave, r.unassign), "scan": cmp.Or(r.scan, r.look), "details": cmp.Or(r.details, r.look),
	}
}

// injected makes AWS fail in a way, at some actions or at all.
func injected(kind awssim.FaultKind, actions ...string) func(*shipped) {
	if len(actions) == 0 {
		actions = []string{"*"}
	}
	return func(s *shipped) {
		for _, a := range actions {
			s.inject(awssim.Fault{Kind: kind, Action: a})
		}
	}
}

// failingFor makes operations end FAILED for a reason.
func failingFor(reason string) func(*shipped) {
	return func(s *shipped) { s.inject(awssim.Fault{Kind: awssim.FaultFailed, Reason: reason}) }
}

const (
	retried  = outcome(access.ClassRetry)
	lost     = outcome(access.ClassUnknown)
	vanished = outcome(access.ClassGone)
	refusing = outcome(access.ClassRefused)
)

const (
	limiting  = "AWS is limiting how often it may be asked. Stint tries again by itself."
	ailing    = "AWS has a problem of its own at the moment. Stint looks again by itself."
	answered  = "The answer of AWS was lost. Stint looks again by itself."
	noTrust   = "Stint cannot take on its AWS role ("
	unknownID = "AWS no longer knows this person, account or permission set. Sync the catalog and ask again."
)

// matrix is what becomes of everything under everything. An await that cannot be asked is
// unknown after five minutes: the operation itself goes on at AWS.
func matrix() map[string]trouble {
	operations := []string{"sso:CreateAccountAssignment", "sso:DeleteAccountAssignment"}
	members := []string{"identitystore:CreateGroupMembership", "identitystore:DeleteGroupMembership"}
	writes := slices.Concat(operations, members)
	return map[string]trouble{
		"none": {bring: func(*shipped) {}, look: fine, assign: fine, unassign: fine, await: fine, sync: fine},
		"throttle": {
			bring: injected(awssim.FaultThrottle),
			look:  retried, assign: retried, unassign: retried, await: lost, sync: retried, says: limiting,
		},
		"too many operations": {
			bring: injected(awssim.FaultTooManyProcessing, operations...), // a membership is none
			join:  fine, leave: fine,
			look: fine, assign: retried, unassign: retried, await: fine, sync: fine, says: limiting,
		},
		"5xx": {
			bring: injected(awssim.FaultServerError),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: ailing,
		},
		"503 of a load balancer": {
			bring: injected(awssim.FaultUnavailable),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: ailing,
		},
		"timeout before the effect": {
			bring: injected(awssim.FaultHangBefore),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: answered,
		},
		"timeout after the effect": {
			bring: injected(awssim.FaultHangAfter),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: answered, effect: true,
		},
		"connection lost before the effect": {
			bring: injected(awssim.FaultDropBefore),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: answered,
		},
		"connection lost after the effect": {
			bring: injected(awssim.FaultDropAfter),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: answered, effect: true,
		},
		"answer cut off": {
			bring: injected(awssim.FaultGarbled),
			look:  retried, assign: lost, unassign: lost, await: lost, sync: retried, says: answered, effect: true,
		},
		"conflict": {
			bring: injected(awssim.FaultConflict, writes...),
			look:  fine, assign: retried, unassign: retried, await: fine, sync: fine, says: "AWS is still busy with a former change of the same assignment or account.",
		},
		"access denied": {
			bring: injected(awssim.FaultAccessDenied, append(members, "sso:*")...),
			look:  refusing, assign: refusing, unassign: refusing, await: lost, sync: refusing, says: "AWS does not allow Stint's role ",
		},
		"not found": {
			bring: injected(awssim.FaultNotFound, append([]string{"sso:ListAccountAssignments", "sso:DescribeAccountAssignment*"}, writes...)...),
			scan:  fine, details: fine, // a pair that is gone meanwhile has nobody
			look: vanished, assign: refusing, unassign: vanished, await: lost, sync: fine, says: unknownID, ends: "AWS no longer knows this operation. Stint looks at the assignment itself.",
		},
		"expired credentials": {
			bring: injected(awssim.FaultExpiredToken),
			look:  retried, assign: retried, unassign: retried, await: lost, sync: retried, says: "The AWS credentials that Stint runs with have expired.",
		},
		"the trust was revoked": {
			bring: func(s *shipped) {
				if err := s.EditRole(s.in.Account, s.in.RoleName, func(r *awssim.IAMRole) { r.Trust = `{"Statement":[]}` }); err != nil {
					s.t.Fatal(err)
				}
				s.ExpireSessions()
				time.Sleep(time.Hour) // the cached session has ended, too
			},
			look: retried, assign: retried, unassign: retried, await: lost, sync: retried, says: noTrust,
		},
		"the bot's key was revoked": {
			bring: func(s *shipped) {
				s.RevokeKey(s.Credentials().Principals[0].ID)
				time.Sleep(time.Hour)
			},
			look: retried, assign: retried, unassign: retried, await: lost, sync: retried, says: noTrust,
		},
		// Listings: a page may be short or empty, which is nothing; one that comes again is an
		// error, and never half of a list.
		"truncated pages": {
			bring: injected(awssim.FaultShortPage),
			look:  fine, assign: fine, unassign: fine, await: fine, sync: fine,
		},
		"repeated token": {
			bring: injected(awssim.FaultRepeatedToken),
			look:  retried, assign: fine, unassign: fine, await: fine, sync: retried, says: "AWS sent the same page of ",
		},
		"a minute's lag of listings": {
			bring: func(s *shipped) {
				if err := s.SetTuning(func(t *awssim.Tuning) { t.ListingLag = time.Minute }); err != nil {
					s.t.Fatal(err)
				}
			},
			look: fine, assign: fine, unassign: fine, await: fine, sync: fine,
		},
		"a clock that is ten minutes behind AWS's": {
			bring: func(s *shipped) {
				if err := s.SetTuning(func(t *awssim.Tuning) { t.ClockSkew = 10 * time.Minute }); err != nil {
					s.t.Fatal(err)
				}
			},
			look: fine, assign: fine, unassign: fine, await: fine, sync: fine,
		},
		// Operations that AWS took and could not finish.
		"FAILED: 404":      {bring: failingFor(awssim.ReasonNotFound), look: fine, assign: fine, unassign: fine, await: refusing, sync: fine, says: unknownID},
		"FAILED: 403":      {bring: failingFor(awssim.ReasonDenied), look: fine, assign: fine, unassign: fine, await: refusing, sync: fine, says: "AWS could not change this account: it is suspended, a service control policy protects its roles,"},
		"FAILED: internal": {bring: failingFor(awssim.ReasonInternal), look: fine, assign: fine, unassign: fine, await: retried, sync: fine, says: "AWS failed inside. Stint tries again by itself."},
		"FAILED: throttle": {bring: failingFor("Rate exceeded"), look: fine, assign: fine, unassign: fine, await: retried, sync: fine, says: "AWS was too busy with other operations. Stint tries again by itself."},
		"FAILED: conflict": {bring: failingFor("Received a 409 status error: Conflict"), look: fine, assign: fine, unassign: fine, await: retried, sync: fine, says: "Another change in this account was running. Stint tries again by itself."},
		"FAILED: unheard":  {bring: failingFor("Flux capacitor"), look: fine, assign: fine, unassign: fine, await: retried, sync: fine, says: "AWS could not finish it: Flux capacitor"},
		"FAILED, but done": {
			bring: injected(awssim.FaultFailedAfterEffect),
			look:  fine, assign: fine, unassign: fine, await: retried, sync: fine, says: "AWS failed inside. Stint tries again by itself.",
		},
		"never ends": {
			bring: injected(awssim.FaultStuck),
			look:  fine, assign: fine, unassign: fine, await: lost, sync: fine, says: "AWS has not finished it within five minutes. Stint goes on looking.",
		},
	}
}

// Everything that goes wrong, with everything that the connector does: what comes of it,
// and what people are told.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for name, row := range matrix() {
		for column, want := range row.columns() {
			bubbleRun(t, name+"/"+column, func(t *testing.T) {
				s := newShipped(t)
				defer time.Sleep(time.Hour) // the SDK ends by itself what it began to assume
				s.sync(nil)
				key, other := s.grantable(0), s.grantable(1)
				// Operations that take time to fail are begun under the fault, others before it.
				early := strings.HasPrefix(name, "FAILED") || name == "never ends"
				var begun access.Operation
				if column == "unassign" {
					s.await(s.assign(key))
				}
				var data catalog.Data
				if column == "scan" || column == "details" {
					data = s.sync(nil)
				}
				member := catalog.Membership{Person: catalog.PersonID(s.org.Users[8].ID), Group: catalog.GroupID(s.in.Groups[0])}
				if column == "leave" {
					var err error
					if member, err = s.JoinGroup(t.Context(), grant, member.Person, member.Group, nil); err != nil {
						t.Fatal(err)
					}
				}
				if column == "await" && !early {
					begun = s.assign(key)
				}
				row.bring(s)
				if column == "await" && early {
					begun = s.assign(key)
				}
				got, says := s.column(t, column, key, other, begun, &data, member)
				if got != want {
					t.Fatalf("%s, want %s (says %q)", got, want, says)
				}
				if got == fine && says != "" || got != fine && column != "await" && (row.says == "" || !strings.HasPrefix(says, row.says)) {
					t.Errorf("says %q, want %q", says, row.says)
				}
				if ends := cmp.Or(row.ends, row.says); column == "await" && got != fine && (ends == "" || !strings.Contains(says, ends)) {
					t.Errorf("says %q, want %q in it", says, ends)
				}
				if got == lost && (column == "assign" || column == "unassign") {
					time.Sleep(time.Minute)
					if happened := s.holds(key) == (column == "assign"); happened != row.effect {
						t.Errorf("the write happened: %v, want %v", happened, row.effect)
					}
				}
			})
		}
	}
}

// column does one thing and says what came of it.
func (s *shipped) column(t *testing.T, column string, key, other access.Key, begun access.Operation, before *catalog.Data, member catalog.Membership) (outcome, string) {
	t.Helper()
	var err error
	switch column {
	case "look":
		_, err = s.Look(t.Context(), grant, other)
	case "assign":
		_, err = s.Assign(t.Context(), grant, key, nil)
	case "unassign":
		_, err = s.Unassign(t.Context(), key, nil)
	case "await":
		op, aerr := s.Await(t.Context(), begun)
		if err = aerr; err == nil && op.Status == access.Failed {
			return outcome(op.Failure), op.Message
		}
	case "join":
		_, err = s.JoinGroup(t.Context(), grant, member.Person, member.Group, nil)
	case "leave":
		err = s.LeaveGroup(t.Context(), member, nil)
	case "scan":
		var last catalog.Scan
		last, err = s.ScanAssignments(t.Context(), before, catalog.Scan{By: catalog.ByRole}, func(catalog.Scan, []catalog.Assignment) error { return nil })
		if err != nil && !last.Finished.IsZero() {
			t.Error("a scan in part is said to be whole")
		}
	case "details":
		var data catalog.Data
		data, err = s.RefreshRoles(t.Context(), *before, 2)
		if err != nil && len(data.Roles) != 0 {
			t.Error("details in part")
		}
	case "sync":
		var data catalog.Data
		data, err = s.Catalog(t.Context(), nil, []catalog.GroupID{catalog.GroupID(s.org.Groups[0].ID)}, nil)
		if err != nil && (len(data.Accounts) != 0 || len(data.People) != 0 || len(data.Roles) != 0) {
			t.Error("a catalog in part")
		}
	}
	if err == nil {
		return fine, ""
	}
	var ce *access.ConnectorError
	if !errors.As(err, &ce) {
		return outcome(fmt.Sprintf("%T", err)), err.Error()
	}
	return outcome(ce.Class), ce.Message
}
