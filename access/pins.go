package access

import (
	"context"

	"stint/access/catalog"
	"stint/access/identity"
)

// Pins lets a directory keep its pairs of Slack user and person in a store, one
// transaction each, with an audit line for each pair that is made.
type Pins struct {
	Store Store
	Clock Clock
}

var _ identity.Pins = Pins{}

// Pin is the stored pair of a Slack user.
func (p Pins) Pin(ctx context.Context, user identity.SlackUserID) (pin identity.Pin, err error) {
	err = p.Store.View(ctx, func(tx Tx) (e error) { pin, e = tx.Pin(user); return e })
	return pin, err
}

// PinOf is the stored pair of a person.
func (p Pins) PinOf(ctx context.Context, person catalog.PersonID) (pin identity.Pin, err error) {
	err = p.Store.View(ctx, func(tx Tx) (e error) { pin, e = tx.PinOf(person); return e })
	return pin, err
}

// PutPin stores a pair that was made at first use.
func (p Pins) PutPin(ctx context.Context, pin identity.Pin) error {
	return p.Store.Update(ctx, func(tx Tx) error {
		b := &book{Tx: tx, now: p.Clock.Now().UTC()}
		return b.putPin(pin, "pin.bound", Actor{Person: pin.Person, Slack: pin.Slack}, "")
	})
}

// Pins lists all pairs.
func (p Pins) Pins(ctx context.Context) (all []identity.Pin, err error) {
	err = p.Store.View(ctx, func(tx Tx) (e error) { all, e = tx.Pins(); return e })
	return all, err
}

// putPin stores a pair and its audit line.
func (b *book) putPin(pin identity.Pin, action string, by Actor, note string) error {
	pin.At = pin.At.UTC().Round(0)
	if err := b.PutPin(pin); err != nil {
		return err
	}
	return b.audit(action, by, "pin/"+string(pin.Slack), pin, note)
}
