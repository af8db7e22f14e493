package awsconn

import (
	"strings"
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/awsconn/trust"
	"stint/sandbox/awssim"
)

// The anchor group must be there and empty, and under its own policy Stint's role cannot put
// anybody into it, even where it may change members of every group.
func TestCheckAnchor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		group := catalog.GroupID(s.in.AnchorGroup)
		check := func(want ...bool) []access.Check {
			t.Helper()
			got := s.CheckAnchor(t.Context(), group)
			if len(got) != len(want) {
				t.Fatalf("%+v", got)
			}
			for i := range got {
				if got[i].OK != want[i] || got[i].OK == (got[i].Hint != "") {
					t.Errorf("%+v", got[i])
				}
			}
			return got
		}
		if got := check(false); !strings.Contains(got[0].Detail, "who have every role") {
			t.Errorf("%+v", got)
		}
		for _, m := range s.org.Memberships {
			if m.GroupID == s.in.AnchorGroup {
				s.RemoveMembership(m.GroupID, m.UserID)
			}
		}
		check(true, true)

		anyGroup := func(features ...trust.Feature) {
			t.Helper()
			if err := s.EditRole(s.in.Account, s.in.RoleName, func(r *awssim.IAMRole) {
				p := shippedPolicy(s.in, features...)
				p.Statement = append(p.Statement, trust.Statement{Effect: "Allow", Action: []string{"identitystore:*"}, Resource: []any{"*"}})
				r.Policy = p.JSON()
			}); err != nil {
				t.Fatal(err)
			}
			s.restart()
		}
		anyGroup(trust.Optional()...)
		check(true, true)
		_, err := s.JoinGroup(t.Context(), access.PriorityGrant, catalog.PersonID(s.org.Users[1].ID), group, nil)
		wantClass(t, err, refusal)
		anyGroup(trust.Groups)
		if got := check(true, false); !strings.Contains(got[1].Hint, "--feature anchors") {
			t.Errorf("%+v", got)
		}
		if membersNow(s, s.in.AnchorGroup) != 0 {
			t.Error("checking put somebody into it")
		}
		group = nobody
		if got := check(false); !strings.Contains(got[0].Detail, "has no group") {
			t.Errorf("%+v", got)
		}
	})
}

func membersNow(s *shipped, group string) (n int) {
	for _, m := range s.Snapshot().Memberships {
		if m.GroupID == group {
			n++
		}
	}
	return n
}
