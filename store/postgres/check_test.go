package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// TestCheckFindsWhatWasChangedByHand: a store is whole until somebody changes a table.
func TestCheckFindsWhatWasChangedByHand(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"":                     "SELECT 1",
		"a state":              "UPDATE grants SET state = 'live'",
		"an end":               "UPDATE grants SET due = NULL",
		"a record":             `UPDATE requests SET data = '{"id": 7}'`,
		"a person":             "UPDATE pins SET person = 'other'",
		"a line of the log":    "DELETE FROM audit WHERE seq = 1",
		"a stuck assignment":   "UPDATE assignments SET stuck = true",
		"when a notice is due": "UPDATE notices SET next = '2030-01-01T00:00:00.000000000Z'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newSchema(t)
			db := openWith(t, url, Options{})
			if err := db.Update(t.Context(), func(tx access.Tx) error {
				key := access.Key{Person: "p", Account: "a", Role: "r"}
				for range 3 {
					if _, err := tx.AppendAudit(access.AuditEvent{Action: "test"}); err != nil {
						return err
					}
				}
				for _, err := range []error{
					tx.PutRequest(access.Request{ID: "R", Version: 1, State: access.Pending, FormKey: "f"}),
					tx.PutGrant(access.Grant{ID: "G", Version: 1, State: access.Scheduled, Key: key, Start: noon, End: noon.Add(1)}),
					tx.PutAssignment(access.Assignment{Key: key, Version: 1, State: access.Creating}),
					tx.PutNotice(access.Notice{ID: "N", NextAt: noon}),
					tx.PutPin(identity.Pin{Slack: "U", Person: catalog.PersonID("p")}),
				} {
					if err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			conn, err := pgx.Connect(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(context.Background()) }()
			if _, err := conn.Exec(t.Context(), damage); err != nil {
				t.Fatal(err)
			}
			want := fault.Internal
			if name == "" {
				want = ""
			}
			if err := db.Check(t.Context()); fault.CodeOf(err) != want {
				t.Errorf("%v", err)
			}
		})
	}
}
