package identity

import (
	"context"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// Meet finds the Slack user of a person: the bound one, or, of somebody who never used
// Stint, the one with their address. Whether that user may be the person is for Resolve to
// say. Errors: NotFound when there is none, Unavailable when Slack cannot be asked.
func (d *Directory) Meet(ctx context.Context, person catalog.PersonID, maxAge time.Duration) (SlackUserID, error) {
	const op = "identity.Meet"
	if u, ok := d.SlackOf(person); ok {
		return u, nil
	}
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	p, ok := c.Person(person)
	if !ok || p.Email == "" {
		return "", fault.New(fault.NotFound, op, "Stint cannot tell which Slack user this person is.", "An admin can link them under /jit-config, People.")
	}
	u, err := d.addresses.get(ctx, address(p.Email), maxAge)
	if err != nil {
		return "", notNow(err, op, "Slack cannot be asked right now which Slack user this person is.")
	}
	if u == "" {
		return "", fault.Newf(fault.NotFound, op, "Somebody with another address there can be linked by an admin under /jit-config, People.", "Nobody in Slack has the address %s.", p.Email)
	}
	return u, nil
}
