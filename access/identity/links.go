package identity

import "stint/access/catalog"

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
	// Others are the persons or the Slack users that it might be as well.
	Others []catalog.PersonID
	Why    string // for people: what is wrong and what an admin can do; "" when linked
}

// Links lists every Slack user of which something is known: those with a stored pair,
// and those among the members that were read. Trouble first, then by name.
func (d *Directory) Links() []Link { return nil }
