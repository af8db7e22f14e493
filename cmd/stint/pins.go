package main

import (
	"context"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// pins lets the directory keep its pairs in the store, one transaction each.
type pins struct{ store access.Store }

func (p pins) Pin(ctx context.Context, user identity.SlackUserID) (pin identity.Pin, err error) {
	err = p.store.View(ctx, func(tx access.Tx) (e error) { pin, e = tx.Pin(user); return e })
	return pin, err
}

func (p pins) PinOf(ctx context.Context, person catalog.PersonID) (pin identity.Pin, err error) {
	err = p.store.View(ctx, func(tx access.Tx) (e error) { pin, e = tx.PinOf(person); return e })
	return pin, err
}

func (p pins) PutPin(ctx context.Context, pin identity.Pin) error {
	return p.store.Update(ctx, func(tx access.Tx) error { return tx.PutPin(pin) })
}

func (p pins) Pins(ctx context.Context) (all []identity.Pin, err error) {
	err = p.store.View(ctx, func(tx access.Tx) (e error) { all, e = tx.Pins(); return e })
	return all, err
}
