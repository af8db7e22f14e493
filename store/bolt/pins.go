package bolt

import (
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

func pins() table[identity.Pin] {
	return table[identity.Pin]{
		bucket: pinBucket,
		what:   "pin",
		key:    func(p identity.Pin) string { return string(p.Slack) },
		index: func(p identity.Pin) []entry {
			return []entry{{bucket: pinsByPerson, key: string(p.Person), value: string(p.Slack), unique: true}}
		},
	}
}

func (t *tx) Pin(user identity.SlackUserID) (identity.Pin, error) {
	return pins().get(t, "bolt.Pin", string(user))
}

func (t *tx) PinOf(person catalog.PersonID) (identity.Pin, error) {
	const op = "bolt.PinOf"
	user, err := t.get(pinsByPerson, string(person))
	if err != nil {
		return identity.Pin{}, err
	}
	if user == nil {
		return identity.Pin{}, fault.New(fault.NotFound, op, "No Slack user is bound to this person.", "The person uses Stint once in Slack, or an admin links the two.")
	}
	return pins().get(t, op, string(user))
}

func (t *tx) PutPin(p identity.Pin) error {
	const op = "bolt.PutPin"
	old, found, err := pins().find(t, string(p.Slack))
	if err != nil {
		return err
	}
	if found && old.Person != p.Person {
		return fault.New(fault.Conflict, op, "This Slack user is bound to another person already.", "An admin looks into it before the link is changed.")
	}
	return pins().put(t, op, p)
}

// DeletePin of one that is not there changes nothing.
func (t *tx) DeletePin(user identity.SlackUserID) error {
	return pins().remove(t, "bolt.DeletePin", string(user))
}

func (t *tx) Pins() ([]identity.Pin, error) { return pins().all(t, "") }
