package main

import (
	"context"
	"fmt"

	"stint/access"
	"stint/access/identity"
)

const blobFacts = "facts"

// health is what the parts outside access say of themselves, for /jit-config and /readyz.
func (a *app) health() []access.Check {
	d := a.directory.Health()
	checks := []access.Check{a.bot.Health().Check(), pulse("AWS", d.Center, "Check the credentials and permissions with `stint check`.")}
	people := access.Check{Name: "People", OK: true, Detail: fmt.Sprintf("%d bound to their Slack user", d.Pins)}
	for _, s := range d.Sources {
		switch {
		case s.Err != nil:
			people.OK, people.Detail = false, s.Name+": "+s.Err.Error()
			people.Hint = "Who is only in it cannot approve until it can be read."
		case !s.AsOf.IsZero() && !s.Readable:
			people.OK, people.Detail = false, s.Name+" cannot be used: it is shared, public, archived or gone"
			people.Hint = "Name another group or channel in the policy."
		}
	}
	if a.resting != nil {
		checks = append(checks, *a.resting)
	}
	if events, ok := a.connector.EventsCheck(); ok {
		checks = append(checks, events)
	}
	return append(checks, people)
}

// pulse is the health of a source of facts.
func pulse(name string, p identity.Pulse, hint string) access.Check {
	c := access.Check{Name: name, OK: p.Err == nil, Detail: "not asked yet", Hint: hint, Since: p.ReadAt}
	switch {
	case p.Err != nil:
		c.Detail = p.Err.Error()
	case !p.ReadAt.IsZero():
		c.Detail = "answers"
	}
	return c
}

// keepFacts stores what was read of people, so that a restart while Slack is away still
// knows them, with their age.
func (a *app) keepFacts(ctx context.Context) error {
	blob, err := a.directory.Export()
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx access.Tx) error { return tx.PutBlob(blobFacts, blob) })
}

// loadFacts takes back what keepFacts stored. What cannot be read is only a copy.
func (a *app) loadFacts(ctx context.Context) error {
	var blob []byte
	if err := a.store.View(ctx, func(tx access.Tx) (err error) {
		blob, err = tx.Blob(blobFacts)
		return err
	}); err != nil || len(blob) == 0 {
		return err
	}
	if err := a.directory.Import(blob); err != nil {
		a.log.Warn().Err(err).Msg("stored facts were not used")
	}
	return nil
}
