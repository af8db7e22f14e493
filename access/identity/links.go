package identity

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// LinkState says how sure it is who a Slack user is.
type LinkState string

// The states.
const (
	Linked    LinkState = "linked"    // a pair that holds, by e-mail or by an admin's link
	Unlinked  LinkState = "unlinked"  // a Slack user whom no e-mail leads to a person; Why says what is missing
	Ambiguous LinkState = "ambiguous" // the e-mail leads to several persons, or to one that is bound to another Slack user
	Changed   LinkState = "changed"   // the stored pair is not what the e-mail leads to now; refused until an admin decides
)

// Link is what is known of one Slack user and the person it is, or may be.
type Link struct {
	State  LinkState
	Slack  SlackUserID
	Facts  SlackFacts       // as last read; zero when never
	Person catalog.PersonID // of the stored pair, or the one that the e-mail leads to; "" for none
	Pin    Pin              // the stored pair; zero when there is none yet
	ByHand bool             // an admin made the link
	// Others are the persons that it might be as well.
	Others []catalog.PersonID
	Why    string // for people: what is wrong and what an admin can do; "" when linked
}

// Links lists every Slack user of which something is known: those with a stored pair, and
// those among the members that were read, but for bots and those who left without ever
// having a pair. Trouble first, then by name.
func (d *Directory) Links() []Link {
	users := d.users.all()
	h, _ := d.home.last(only)
	d.mu.Lock()
	l := linker{catalog: d.catalog, users: users, domains: d.domains, home: h, pins: maps.Clone(d.pins), pinOf: maps.Clone(d.pinOf), claims: map[catalog.PersonID][]SlackUserID{}}
	d.mu.Unlock()
	for u, f := range users {
		if _, pinned := l.pins[u]; !pinned && l.plain(f) {
			p := l.byEmail(f)
			l.claims[p] = append(l.claims[p], u)
		}
	}
	out := make([]Link, 0, len(users)+len(l.pins))
	for u, pin := range l.pins {
		f, read := users[u]
		out = append(out, l.pinned(pin, f, read))
	}
	for u, f := range users {
		if _, pinned := l.pins[u]; !pinned && !f.Bot && !f.Unknown && !f.Deleted && !l.home.AsOf.IsZero() && !l.catalog.AsOf().IsZero() {
			out = append(out, l.unpinned(u, f))
		}
	}
	trouble := func(x Link) int {
		if x.State == Linked {
			return 1
		}
		return 0
	}
	slices.SortFunc(out, func(a, b Link) int {
		return cmp.Or(cmp.Compare(trouble(a), trouble(b)), strings.Compare(strings.ToLower(a.Facts.Name), strings.ToLower(b.Facts.Name)), cmp.Compare(a.Slack, b.Slack))
	})
	return out
}

// linker judges who is who, by what is known at one moment.
type linker struct {
	catalog *catalog.Catalog
	users   map[SlackUserID]SlackFacts
	domains map[string]bool
	home    home
	pins    map[SlackUserID]Pin
	pinOf   map[catalog.PersonID]SlackUserID
	claims  map[catalog.PersonID][]SlackUserID // Slack users without a pair whose e-mail leads to the person
}

// plain reports whether the e-mail of a Slack user may identify somebody.
func (l *linker) plain(f SlackFacts) bool {
	return refuseUser(f, l.home) == nil && refuseEmail(f, l.domains) == nil
}

func (l *linker) byEmail(f SlackFacts) catalog.PersonID {
	if p, ok := l.catalog.PersonByEmail(f.Email); ok {
		return p.ID
	}
	return ""
}

// pinned judges a stored pair.
func (l *linker) pinned(pin Pin, f SlackFacts, read bool) Link {
	link := Link{State: Linked, Slack: pin.Slack, Facts: f, Person: pin.Person, Pin: pin, ByHand: pin.Email == ""}
	if l.catalog.AsOf().IsZero() {
		return link
	}
	if _, ok := l.catalog.Person(pin.Person); !ok {
		link.State = Changed
		link.Why = "The person is no longer in IAM Identity Center. Unlink them, or leave it if they may come back."
		return link
	}
	if link.ByHand || !read || f.Unknown || f.Deleted {
		return link
	}
	if refusal := refuseEmail(f, l.domains); refusal != nil {
		link.State = Changed
		link.Why = l.email(f) + " Have it put right in Slack, or link them by hand."
		return link
	}
	switch p := l.byEmail(f); {
	case p == pin.Person:
	case p == "" && l.catalog.EmailShared(f.Email):
		link.State, link.Others = Ambiguous, l.sharing(f.Email)
		link.Why = fmt.Sprintf("Several people in IAM Identity Center have the address %s. Have each given their own, or link them by hand.", f.Email)
	case p == "":
		link.State = Changed
		link.Why = fmt.Sprintf("They were bound by %s. Their address is now %s, which nobody in IAM Identity Center has. Have it put right there, or link them by hand.", pin.Email, f.Email)
	default:
		link.State, link.Others = Changed, []catalog.PersonID{p}
		link.Why = fmt.Sprintf("They were bound by %s to %s. Their address is now %s, which is that of %s. Find out which is right: unlink them to go by the address again, or link them by hand.",
			pin.Email, describe(l.catalog, pin.Person), f.Email, describe(l.catalog, p))
	}
	return link
}

// unpinned judges a Slack user who was never identified.
func (l *linker) unpinned(u SlackUserID, f SlackFacts) Link {
	link := Link{State: Unlinked, Slack: u, Facts: f}
	switch {
	case f.Stranger || !sameHome(f, l.home):
		link.Why = "Their Slack account belongs to another workspace, so they can be nobody here."
		return link
	case f.Guest:
		link.Why = "They are a guest of this workspace, and guests can be nobody here. Have them made a full member."
		return link
	case refuseEmail(f, l.domains) != nil:
		link.Why = l.email(f) + " Have it put right in Slack, or link them by hand."
		return link
	}
	p := l.byEmail(f)
	other, taken := l.pinOf[p]
	switch {
	case p == "" && l.catalog.EmailShared(f.Email):
		link.State, link.Others = Ambiguous, l.sharing(f.Email)
		link.Why = fmt.Sprintf("Several people in IAM Identity Center have the address %s. Have each given their own, or link them by hand.", f.Email)
	case p == "":
		link.Why = fmt.Sprintf("Nobody in IAM Identity Center has the address %s. Have them added or their address corrected there, or link them by hand.", f.Email)
	case taken:
		link.State, link.Person = Ambiguous, p
		link.Why = fmt.Sprintf("Their address %s is that of %s, who is bound to the Slack user %s. One person has one Slack account here: unlink that one if this one is right.", f.Email, describe(l.catalog, p), l.name(other))
	case len(l.claims[p]) > 1:
		link.State, link.Person = Ambiguous, p
		link.Why = fmt.Sprintf("Several Slack accounts have the address %s. The first of them to use Stint becomes %s; link the right one by hand.", f.Email, describe(l.catalog, p))
	default:
		link.State, link.Person = Linked, p
	}
	return link
}

// email says what is wrong with an address by which nobody is identified.
func (l *linker) email(f SlackFacts) string {
	switch {
	case f.Email == "":
		return "Slack shows Stint no e-mail address of them."
	case f.EmailConfirmed != nil && !*f.EmailConfirmed:
		return fmt.Sprintf("Their address %s is not confirmed in Slack.", f.Email)
	}
	return fmt.Sprintf("Addresses like %s identify nobody here: the policy's e-mail domains decide that.", f.Email)
}

// name is a Slack user for people.
func (l *linker) name(u SlackUserID) string {
	f := l.users[u]
	f.ID = u
	return SlackName(f)
}

// sharing are the persons who share an address.
func (l *linker) sharing(email string) []catalog.PersonID {
	var out []catalog.PersonID
	for _, p := range l.catalog.People() {
		if catalog.Email(p.Email) == catalog.Email(email) {
			out = append(out, p.ID)
		}
	}
	return out
}

// Linkable reads a Slack user whom an admin wants to link by hand, not older than maxAge.
// Forbidden says, for the admin, why they can be nobody here; Unavailable that Slack cannot
// be asked.
func (d *Directory) Linkable(ctx context.Context, user SlackUserID, maxAge time.Duration) (SlackFacts, error) {
	const op = "identity.Linkable"
	h, err := d.home.get(ctx, only, homeAge)
	if err != nil {
		return SlackFacts{}, notNow(err, op, "Slack cannot be asked right now about this Slack user.")
	}
	f, err := d.users.get(ctx, user, maxAge)
	if err != nil {
		return SlackFacts{}, notNow(err, op, "Slack cannot be asked right now about this Slack user.")
	}
	if refuseUser(f, h) != nil {
		return f, fault.New(fault.Forbidden, op, "This Slack user can be nobody here: only full members of this workspace can, no bots, guests or people who left.", "Choose their own account of this workspace.")
	}
	return f, nil
}
