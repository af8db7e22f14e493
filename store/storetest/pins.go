package storetest

import (
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// A pin binds one Slack user to one person, seen from both sides, until it is deleted.
func pins(t *testing.T, h Harness) {
	s := h.Open(t)
	put := func(user identity.SlackUserID, person catalog.PersonID, email string, want fault.Code) {
		t.Helper()
		err := s.Update(t.Context(), func(tx access.Tx) error {
			return tx.PutPin(identity.Pin{Slack: user, Person: person, Email: email, At: noon})
		})
		wantCode(t, err, want)
	}
	put("U2", "p2", "two@example.com", "")
	put("U1", "p1", "one@example.com", "")
	put("U1", "p3", "one@example.com", fault.Conflict) // another person
	put("U3", "p1", "one@example.com", fault.Conflict) // another Slack user
	put("U1", "p2", "one@example.com", fault.Conflict) // both are taken, by different pins
	put("U1", "p1", "new@example.com", "")             // the evidence may be renewed
	put("", "p4", "", fault.Invalid)
	put("U4", "", "", fault.Invalid)
	s = h.Reopen(t, s)
	one := identity.Pin{Slack: "U1", Person: "p1", Email: "new@example.com", At: noon}
	two := identity.Pin{Slack: "U2", Person: "p2", Email: "two@example.com", At: noon}
	wantSame(t, "all", read(t, s, access.Tx.Pins), []identity.Pin{one, two})
	wantSame(t, "by user", read(t, s, func(tx access.Tx) (identity.Pin, error) { return tx.Pin("U1") }), one)
	wantSame(t, "by person", read(t, s, func(tx access.Tx) (identity.Pin, error) { return tx.PinOf("p2") }), two)
	view(t, s, func(tx access.Tx) error {
		_, err := tx.Pin("U3")
		wantCode(t, err, fault.NotFound)
		_, err = tx.PinOf("p3")
		wantCode(t, err, fault.NotFound)
		return nil
	})
	update(t, s, func(tx access.Tx) error { return tx.DeletePin("U1") })
	update(t, s, func(tx access.Tx) error { return tx.DeletePin("U1") }) // of none is no error
	view(t, s, func(tx access.Tx) error {
		_, err := tx.Pin("U1")
		wantCode(t, err, fault.NotFound)
		_, err = tx.PinOf("p1")
		wantCode(t, err, fault.NotFound)
		return nil
	})
	wantSame(t, "what is left", read(t, s, access.Tx.Pins), []identity.Pin{two})
	put("U3", "p1", "one@example.com", "") // both sides are free
	put("U1", "p3", "one@example.com", "")
}
