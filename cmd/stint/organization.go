package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// organization is what the policy and catalog commands look names, people and accounts up
// in: read now, saved in a file, or kept in a store.
type organization struct {
	catalog   *catalog.Catalog
	directory *identity.Directory
	pins      []identity.Pin
	from      string    // "saved.json", "the store in data", "Slack and AWS"
	asOf      time.Time // when the organization was read
	live      bool      // what is missing can be read now
	iam       iamRoles  // of member accounts, where they were read
	// brings reads what groups bring; nil where nothing can be read now.
	brings func(context.Context, catalog.Data, []catalog.GroupID) (catalog.Data, error)
	// details reads tags and policies of roles; nil where nothing can be read now.
	details func(context.Context, catalog.Data, func(*catalog.Role) bool) (catalog.Data, error)
	close   func()
}

// withDetails is the catalog with tags and policies of the roles that are wanted, where they
// can be read now: a sync leaves them out.
func (o *organization) withDetails(ctx context.Context, wanted func(*catalog.Role) bool) (*catalog.Catalog, error) {
	if o.details == nil {
		return o.catalog, nil
	}
	data, err := o.details(ctx, *o.catalog.Data(), wanted)
	if err != nil {
		return nil, notRead(err)
	}
	return catalog.New(data)
}

// iamRoles are the IAM roles of member accounts as they were last read.
type iamRoles struct {
	AsOf     time.Time              `json:"as_of"`
	Accounts []catalog.AccountRoles `json:"accounts"`
}

// IsZero keeps what was never read out of a file.
func (r iamRoles) IsZero() bool { return len(r.Accounts) == 0 }

// of is what was read of an account.
func (r iamRoles) of(id catalog.AccountID) (catalog.AccountRoles, time.Time, bool) {
	for i := range r.Accounts {
		if r.Accounts[i].Account == id {
			return r.Accounts[i], r.AsOf, true
		}
	}
	return catalog.AccountRoles{}, time.Time{}, false
}

// browser looks things up in the organization.
func (o *organization) browser() access.CatalogBrowser {
	b := access.CatalogBrowser{Catalog: o.catalog, Faces: o.directory, IAMRoles: o.iam.of}
	if len(o.iam.Accounts) == 0 {
		b.NoIAMRoles = "Not read: only a bot that is set up to reads them, into its store."
	}
	return b
}

// anyAge is how old what was saved may be: as old as it is. The commands say how old.
const anyAge = 100 * 365 * 24 * time.Hour

// liveAge is how old what was read a moment ago may be.
const liveAge = 5 * time.Minute

// recorded makes an organization of what was read at another time.
func recorded(ctx context.Context, from string, data catalog.Data, facts []byte, pins []identity.Pin) (*organization, error) {
	const op = "cmd.recorded"
	c, err := catalog.New(data)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, op, "The organization in "+from+" is not valid.", "Save it again with `stint catalog export`.")
	}
	d, err := identity.New(ctx, identity.Options{Slack: silence{}, Center: silence{}, Pins: fixedPins(pins), Clock: heldClock(c.AsOf())})
	if err != nil {
		return nil, err
	}
	d.SetCatalog(c)
	if len(facts) > 0 {
		if err := d.Import(facts); err != nil {
			d.Close()
			return nil, err
		}
	}
	return &organization{catalog: c, directory: d, pins: pins, from: from, asOf: c.AsOf(), close: d.Close}, nil
}

// names resolves the names of a policy.
func (o *organization) names(ctx context.Context) (policy.Names, error) {
	if o.live {
		return o.directory.Names(ctx, liveAge)
	}
	return o.directory.Names(ctx, anyAge)
}

// facts are what is known of the people whom the policies speak of.
func (o *organization) facts(ctx context.Context, policies ...*policy.Policy) (*identity.Snapshot, error) {
	var domains []string
	var sources []policy.Source
	for _, p := range policies {
		domains = append(domains, p.Settings().EmailDomains...)
		sources = append(sources, p.Sources()...)
	}
	o.directory.SetDomains(domains)
	if o.live {
		if err := o.readBrings(ctx, policies...); err != nil {
			return nil, err
		}
		if err := meet(ctx, o.directory, sources); err != nil {
			return nil, err
		}
	}
	return o.directory.Snapshot(), nil
}

// readBrings reads what the groups bring whose membership the policies offer.
func (o *organization) readBrings(ctx context.Context, policies ...*policy.Policy) error {
	var groups []catalog.GroupID
	for _, p := range policies {
		for _, id := range p.GroupsOffered(o.catalog) {
			if !slices.Contains(groups, id) {
				groups = append(groups, id)
			}
		}
	}
	return o.readBringsOf(ctx, groups)
}

// readBringsOf reads what these groups bring.
func (o *organization) readBringsOf(ctx context.Context, groups []catalog.GroupID) error {
	if len(groups) == 0 {
		return nil
	}
	data, err := o.brings(ctx, *o.catalog.Data(), groups)
	if err != nil {
		return notRead(err)
	}
	c, err := catalog.New(data)
	if err != nil {
		return notRead(err)
	}
	o.catalog = c
	o.directory.SetCatalog(c)
	return nil
}

// said is where the names come from and how old they are: "saved.json, 3 hours old".
func (o *organization) said(now time.Time) string {
	if o.live {
		return o.from + ", read just now"
	}
	return fmt.Sprintf("%s, %s old", o.from, age(now.Sub(o.asOf)))
}

// age writes an age in its largest unit.
func age(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	default:
		return count(int(d/(24*time.Hour)), "day")
	}
}

// heldClock stands at a moment, or at the present when that is later: facts that were
// saved on a machine whose clock is ahead are facts all the same.
type heldClock time.Time

func (c heldClock) Now() time.Time {
	if now := time.Now(); now.After(time.Time(c)) {
		return now
	}
	return time.Time(c)
}

// silence is Slack and Identity Center where nobody may be asked: lists that were not
// saved are empty, and everything else is not known.
type silence struct{}

func notSaved() error {
	return fault.New(fault.Unavailable, "cmd.silence", "This was not saved.", "Save it again with `stint catalog export`.")
}

func (silence) User(context.Context, identity.SlackUserID) (identity.SlackFacts, error) {
	return identity.SlackFacts{}, notSaved()
}

func (silence) UserByEmail(context.Context, string) (identity.SlackUserID, error) {
	return "", fault.New(fault.NotFound, "cmd.silence", "Slack is not asked.", "")
}

func (silence) UserGroups(context.Context) ([]identity.UserGroupFacts, error) { return nil, nil }

func (silence) UserGroupMembers(context.Context, identity.UserGroupID) ([]identity.SlackUserID, error) {
	return nil, notSaved()
}

func (silence) Channels(context.Context) ([]identity.ChannelFacts, error) { return nil, nil }

func (silence) Channel(context.Context, identity.ChannelID) (identity.ChannelFacts, error) {
	return identity.ChannelFacts{}, notSaved()
}

func (silence) Home(context.Context) (teamID, enterpriseID string, err error) {
	return "", "", notSaved()
}

func (silence) Person(context.Context, catalog.PersonID) (identity.PersonFacts, error) {
	return identity.PersonFacts{}, notSaved()
}

func (silence) GroupMembers(context.Context, catalog.GroupID) (identity.GroupFacts, error) {
	return identity.GroupFacts{}, notSaved()
}

// fixedPins are pairs that were saved; none is made.
type fixedPins []identity.Pin

func (p fixedPins) Pin(_ context.Context, user identity.SlackUserID) (identity.Pin, error) {
	for _, pin := range p {
		if pin.Slack == user {
			return pin, nil
		}
	}
	return identity.Pin{}, fault.New(fault.NotFound, "cmd.fixedPins", "There is no such pair.", "")
}

func (p fixedPins) PinOf(_ context.Context, person catalog.PersonID) (identity.Pin, error) {
	for _, pin := range p {
		if pin.Person == person {
			return pin, nil
		}
	}
	return identity.Pin{}, fault.New(fault.NotFound, "cmd.fixedPins", "There is no such pair.", "")
}

func (p fixedPins) PutPin(context.Context, identity.Pin) error {
	return fault.New(fault.Forbidden, "cmd.fixedPins", "Pairs are only read here.", "")
}

func (p fixedPins) Pins(context.Context) ([]identity.Pin, error) { return p, nil }
