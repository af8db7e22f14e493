package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// Resolve turns a Slack user into the person it is bound to, by facts of Slack that are
// not older than maxAge and by the catalog; it binds them at first use. It refuses with
// code Forbidden who is deleted, a bot, a guest, a stranger, of another workspace, or
// cannot be told from their e-mail, and whoever is bound otherwise. When Slack or the
// store cannot be asked the code is Unavailable. What Identity Center says of the person
// now is another question: see Person.
func (d *Directory) Resolve(ctx context.Context, user SlackUserID, maxAge time.Duration) (Bound, error) {
	const cannot = "Slack cannot be asked right now who you are."
	if user == "" {
		return Bound{}, refuse("This did not come from a Slack user.", "Use your own Slack account.")
	}
	h, err := d.home.get(ctx, only, homeAge)
	if err != nil {
		return Bound{}, notNow(err, resolveOp, cannot)
	}
	facts, err := d.users.get(ctx, user, maxAge)
	if err != nil {
		return Bound{}, notNow(err, resolveOp, cannot)
	}
	if refuseUser(facts, h) != nil {
		facts = d.askAgain(ctx, facts)
	}
	if err := refuseUser(facts, h); err != nil {
		return Bound{}, err
	}
	return d.bound(ctx, facts)
}

const (
	// refusedAge is how old facts may be by which somebody is refused: the event that told
	// of their account's activation may have been lost.
	refusedAge = 10 * time.Second
	// refusedFor bounds how long somebody waits for facts that may refuse them again.
	refusedFor = 2 * time.Second
)

// askAgain reads a Slack user anew before they are refused. While Slack cannot be asked, what
// was known stands.
func (d *Directory) askAgain(ctx context.Context, known SlackFacts) SlackFacts {
	ctx, cancel := context.WithTimeout(ctx, refusedFor)
	defer cancel()
	facts, err := d.users.get(ctx, known.ID, refusedAge)
	if err != nil {
		return known
	}
	return facts
}

// homeAge: a token never moves to another workspace.
const homeAge = 100 * 365 * 24 * time.Hour

// bound finds the person of a Slack user that may be somebody, and checks or makes the pin.
func (d *Directory) bound(ctx context.Context, f SlackFacts) (Bound, error) {
	d.mu.Lock()
	cat, domains := d.catalog, d.domains
	d.mu.Unlock()
	if cat.AsOf().IsZero() {
		return Bound{}, fault.New(fault.Unavailable, resolveOp, "Stint has not read the AWS organization yet.", "Please try again in a few minutes.")
	}
	pin, pinned, err := d.pinFor(ctx, f.ID)
	if err != nil {
		return Bound{}, err
	}
	if pinned && pin.Email == "" { // an explicit link: the e-mail plays no part
		return d.join(cat, f, pin.Person)
	}
	if err := refuseEmail(f, domains); err != nil {
		return Bound{}, err
	}
	person, refusal := findPerson(cat, f.Email)
	if refusal != nil {
		return Bound{}, refusal
	}
	if !pinned {
		pin, err = d.pin(ctx, Pin{Slack: f.ID, Person: person.ID, Email: f.Email, At: d.clock.Now()})
		if err != nil {
			return Bound{}, err
		}
	}
	if pin.Slack != f.ID || pin.Person != person.ID {
		return Bound{}, d.mismatch(cat, f, person, pin)
	}
	return d.join(cat, f, person.ID)
}

// pinFor is the stored pair of a Slack user. A pair never changes, and an admin who takes
// one away has the pairs read anew, so that one that is known need not be read again.
func (d *Directory) pinFor(ctx context.Context, user SlackUserID) (Pin, bool, error) {
	d.mu.Lock()
	pin, ok := d.pins[user]
	d.mu.Unlock()
	if ok {
		return pin, true, nil
	}
	return d.stored(d.store.Pin(ctx, user))
}

// stored keeps a pin that was read from the store.
func (d *Directory) stored(pin Pin, err error) (Pin, bool, error) {
	switch {
	case err == nil:
		d.learn(pin)
		return pin, true, nil
	case fault.Is(err, fault.NotFound):
		return Pin{}, false, nil
	}
	return Pin{}, false, notNow(err, resolveOp, "Stint's store cannot be read right now.")
}

func (d *Directory) learn(pin Pin) {
	d.mu.Lock()
	d.keepPin(pin)
	d.pinned++
	d.mu.Unlock()
	d.userChanged(pin.Slack)
}

// pin stores a new pair and returns the one that holds, which is another when either side
// is bound already.
func (d *Directory) pin(ctx context.Context, want Pin) (Pin, error) {
	err := d.store.PutPin(ctx, want)
	if err == nil {
		d.learn(want)
		return want, nil
	}
	if !fault.Is(err, fault.Conflict) {
		return Pin{}, notNow(err, resolveOp, "Stint's store cannot be written right now.")
	}
	// Either side is in another pair, or another replica was faster with the same one.
	if pin, ok, err := d.stored(d.store.Pin(ctx, want.Slack)); err != nil || ok {
		return pin, err
	}
	if pin, ok, err := d.stored(d.store.PinOf(ctx, want.Person)); err != nil || ok {
		return pin, err
	}
	return Pin{}, notNow(err, resolveOp, "Stint's store cannot be written right now.")
}

// mismatch refuses a Slack user whose e-mail leads to another pair than the stored one.
// It may be a marriage or a re-used address, and it may be somebody's attempt to be
// somebody else: an admin decides.
func (d *Directory) mismatch(c *catalog.Catalog, f SlackFacts, person *catalog.Person, pin Pin) error {
	other, _ := d.SlackUser(pin.Slack)
	d.alarms.raise(fmt.Sprintf("The Slack user %s with the e-mail %s would now be %s in IAM Identity Center, but since %s the Slack user %s is bound to %s. It was refused. Find out which of them is right, then link or unlink them under /jit-config, People.",
		SlackName(f), f.Email, describe(c, person.ID), pin.At.UTC().Format("2006-01-02"), SlackName(other), describe(c, pin.Person)))
	if pin.Slack != f.ID {
		return refuse("Your e-mail address leads to a person who is bound to another Slack account.", "The admins of Stint were told; ask one of them. /jit-config names them.")
	}
	return refuse("Your Slack account is bound to another person than your e-mail address leads to.", "The admins of Stint were told; ask one of them. /jit-config names them.")
}

// SlackName is a Slack user in texts that know no mentions: "Alice (U024BE7LH)".
func SlackName(f SlackFacts) string {
	if f.Name == "" {
		return string(f.ID)
	}
	return fmt.Sprintf("%s (%s)", f.Name, f.ID)
}

func describe(c *catalog.Catalog, id catalog.PersonID) string {
	if p, ok := c.Person(id); ok {
		return fmt.Sprintf("%s (%s)", p.Name, id)
	}
	return string(id)
}

// join completes what is known of the two halves.
func (d *Directory) join(c *catalog.Catalog, f SlackFacts, id catalog.PersonID) (Bound, error) {
	p, ok := c.Person(id)
	newer, read := d.people.last(id)
	if read && newer.AsOf.After(c.AsOf()) {
		if newer.Gone {
			ok = false
		} else if ok {
			p = &newer.Person
		}
	}
	if !ok {
		return Bound{}, refuse("You are no longer in IAM Identity Center.", "Ask whoever runs IAM Identity Center; Stint knows it after the next sync.")
	}
	if p.Disabled {
		return Bound{}, refuse("Your user in IAM Identity Center is disabled.", "Ask whoever runs IAM Identity Center to enable it; Stint knows it after the next sync.")
	}
	name := p.Name
	if name == "" {
		name = p.UserName
	}
	return Bound{Person: id, Slack: f.ID, Name: name, Email: p.Email, Facts: f}, nil
}

// errNobody is the cause when a question names nobody.
var errNobody = errors.New("no person given")
