package awsconn

import (
	"strings"
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

func TestGroupMembership(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		group, person := catalog.GroupID(w.org.Groups[1].ID), catalog.PersonID(w.org.Users[8].ID)
		m, err := w.LookGroup(t.Context(), grant, person, group)
		if err != nil || m.ID != "" {
			t.Fatalf("%+v, %v", m, err)
		}
		joined, err := w.JoinGroup(t.Context(), grant, person, group, nil)
		if err != nil || joined.ID == "" || joined.Person != person || joined.Group != group || joined.At.IsZero() {
			t.Fatalf("%+v, %v", joined, err)
		}
		if m, err = w.LookGroup(t.Context(), grant, person, group); err != nil || m.ID != joined.ID {
			t.Errorf("%+v, %v", m, err)
		}
		_, err = w.JoinGroup(t.Context(), grant, person, group, nil)
		if ce := wantClass(t, err, retries); !strings.Contains(ce.Message, "already") {
			t.Errorf("says %q", ce.Message)
		}
		if err := w.LeaveGroup(t.Context(), joined, nil); err != nil {
			t.Fatal(err)
		}
		wantClass(t, w.LeaveGroup(t.Context(), joined, nil), gone)
		_, err = w.LookGroup(t.Context(), grant, nobody, group)
		wantClass(t, err, gone)
		_, err = w.JoinGroup(t.Context(), grant, person, nobody, nil)
		wantClass(t, err, refusal)
	})
}

// As with assignments: one attempt, the fence right before it, and an answer that was
// lost is unknown.
func TestGroupMembershipIsWrittenOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		group, person := catalog.GroupID(w.org.Groups[1].ID), catalog.PersonID(w.org.Users[8].ID)
		w.here = mustPlace(t, w)
		no := &access.ConnectorError{Class: access.ClassRefused, Op: "lease"}
		_, err := w.JoinGroup(t.Context(), grant, person, group, func() error { return no })
		wantClass(t, err, access.ClassFenced)
		if n := w.Count("identitystore:*"); n != 0 {
			t.Errorf("%d calls in spite of the fence", n)
		}
		w.inject(awssim.Fault{Kind: awssim.FaultDropAfter, Action: "identitystore:CreateGroupMembership", Times: 1})
		_, err = w.JoinGroup(t.Context(), grant, person, group, nil)
		wantClass(t, err, unknown)
		m, err := w.LookGroup(t.Context(), grant, person, group)
		if err != nil || m.ID == "" {
			t.Fatalf("%+v, %v", m, err)
		}
		w.inject(awssim.Fault{Kind: awssim.FaultServerError, Action: "identitystore:DeleteGroupMembership"})
		wantClass(t, w.LeaveGroup(t.Context(), m, nil), unknown)
		if n := w.Count("identitystore:CreateGroupMembership") + w.Count("identitystore:DeleteGroupMembership"); n != 2 {
			t.Errorf("%d writes", n)
		}
	})
}
