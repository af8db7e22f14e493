package postgres

import (
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

func (t *tx) Pin(user identity.SlackUserID) (identity.Pin, error) {
	return one[identity.Pin](t, "postgres.Pin", "pin", `SELECT data FROM pins WHERE slack = $1`, string(user))
}

func (t *tx) PinOf(person catalog.PersonID) (identity.Pin, error) {
	return one[identity.Pin](t, "postgres.PinOf", "pin", `SELECT data FROM pins WHERE person = $1`, string(person))
}

func (t *tx) PutPin(p identity.Pin) error {
	const op = "postgres.PutPin"
	for _, id := range []string{string(p.Slack), string(p.Person)} {
		if err := named(op, "pin", id); err != nil {
			return err
		}
	}
	data, err := encoded(op, p)
	if err != nil {
		return err
	}
	n, err := t.exec(op, `
		INSERT INTO pins (slack, person, data) SELECT $1, $2, $3
		WHERE NOT EXISTS (SELECT FROM pins WHERE (slack = $1) <> (person = $2))
		ON CONFLICT (slack) DO UPDATE SET data = EXCLUDED.data WHERE pins.person = EXCLUDED.person`,
		string(p.Slack), string(p.Person), data)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, op, "This Slack user or this person is bound to somebody else already.", "An admin looks into it before the link is changed.")
	}
	return err
}

// DeletePin of none is no error.
func (t *tx) DeletePin(user identity.SlackUserID) error {
	_, err := t.exec("postgres.DeletePin", `DELETE FROM pins WHERE slack = $1`, string(user))
	return err
}

func (t *tx) Pins() ([]identity.Pin, error) {
	return many[identity.Pin](t, "postgres.Pins", `SELECT data FROM pins ORDER BY slack`)
}
