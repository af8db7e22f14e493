package bot

import (
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// The ids of Who is who.
const (
	viewPeople = "stint.people"
	viewLink   = "stint.people.link"
	viewUnlink = "stint.people.unlink"

	actPeopleState = "stint.people.state" // + ":" + state; value: state
	actPeoplePage  = "stint.people.page"  // value: page
	actPeopleText  = "stint.people.text"
	actLink        = "stint.people.link"   // value: Slack user id
	actUnlink      = "stint.people.unlink" // value: Slack user id

	blockPeopleText = "people.text"
	blockLinkPerson = "people.person"
	blockLinkWhy    = "people.why"

	peopleTitle = "Who is who"
)

// peopleMeta is where an admin is in the list.
type peopleMeta struct {
	State identity.LinkState `json:"s,omitempty"`
	Text  string             `json:"t,omitempty"`
	Page  int                `json:"p,omitempty"`
}

func (m peopleMeta) String() string {
	m.Text = name(m.Text, 100) // bounded, and harmless in a log of the view
	if m.Text == "—" {
		m.Text = ""
	}
	raw, _ := json.Marshal(m) // strings and a number
	return string(raw)
}

func readPeopleMeta(s string) peopleMeta {
	var m peopleMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page of all
	return m
}

func (m peopleMeta) query() access.PeopleQuery {
	return access.PeopleQuery{State: m.State, Text: m.Text, Page: m.Page}
}

// peopleView is a page of who is who, trouble first.
func peopleView(v access.PeopleView, m peopleMeta) slack.ModalViewRequest {
	search := textField{
		block: blockPeopleText, action: actPeopleText, label: "Search", placeholder: "Name, e-mail or id", value: m.Text, most: 100, optional: true,
	}
	blocks := []slack.Block{
		section("*Which Slack user is which person in AWS.* The confirmed e-mail decides at first use; the pair then stays until an admin changes it."),
		peopleFilter(v, m),
		search.input(),
		divider(),
	}
	switch {
	case len(v.Links) == 0 && m.Text == "":
		blocks = append(blocks, small("Nobody right now."))
	case len(v.Links) == 0:
		blocks = append(blocks, small("Nobody fits. Search for something else."))
	}
	for _, l := range v.Links {
		blocks = append(blocks, linkLine(l))
	}
	if v.Pages > 1 {
		blocks = append(blocks, pager(actPeoplePage, v.Page, v.Pages, 1, "people"), small(thousands(v.Total)+" in all, trouble first."))
	}
	view := modal(viewPeople, peopleTitle, "Search", "Close", blocks)
	view.PrivateMetadata = m.String()
	return view
}

// peopleFilter are the states with how many there are of each; the chosen one stands out.
func peopleFilter(v access.PeopleView, m peopleMeta) slack.Block {
	all := 0
	for _, n := range v.Counts {
		all += n
	}
	one := func(state identity.LinkState, label string, n int) *slack.ButtonBlockElement {
		b := button(actPeopleState+":"+string(state), string(state), label+" "+thousands(n), "Show "+strings.ToLower(label)+", "+thousands(n))
		if state == m.State {
			primary(b)
		}
		return b
	}
	return actions(
		one("", "All", all),
		one(identity.Changed, "Changed", v.Counts[identity.Changed]),
		one(identity.Ambiguous, "Ambiguous", v.Counts[identity.Ambiguous]),
		one(identity.Unlinked, "Unlinked", v.Counts[identity.Unlinked]),
		one(identity.Linked, "Linked", v.Counts[identity.Linked]),
	)
}

// linkLine is one Slack user: who it is, since when and by what, or why that is not sure.
func linkLine(l access.LinkView) slack.Block {
	text := linkHead(l) + "\n" + linkSince(l)
	if l.Why != "" {
		text = linkHead(l) + "\n" + cutMarkup(sentence(l.Why), 600)
		if l.Pin.Person != "" {
			text += "\n" + linkSince(l)
		}
	}
	if l.Pin.Person != "" {
		return sectionWith(text, button(actUnlink, string(l.Slack), "Unlink…", "Unlink "+name(l.Facts.Name, 40)))
	}
	return sectionWith(text, button(actLink, string(l.Slack), "Link…", "Link "+name(l.Facts.Name, 40)+" to a person"))
}

// linkHead names both sides. Two people may have one name, so the addresses stand there too.
func linkHead(l access.LinkView) string {
	user := mention(l.Slack, l.Facts.Name)
	if l.Facts.Email != "" {
		user += " (" + escName(l.Facts.Email, nameWidth) + ")"
	}
	person := "nobody in IAM Identity Center"
	if l.Person != "" {
		person = "*" + bold(name(firstOf(l.PersonName, string(l.Person)), nameWidth)) + "*"
		if l.PersonEmail != "" && !strings.EqualFold(l.PersonEmail, l.Facts.Email) {
			person += " (" + escName(l.PersonEmail, nameWidth) + ")"
		}
	}
	switch l.State {
	case identity.Linked:
		return ":white_check_mark: " + user + " is " + person
	case identity.Changed:
		return ":rotating_light: *Changed:* " + user + " was " + person
	case identity.Ambiguous:
		return ":warning: *Ambiguous:* " + user
	}
	return ":question: *Unlinked:* " + user
}

func linkSince(l access.LinkView) string {
	switch {
	case l.Pin.Person == "" && l.State == identity.Linked:
		return "By their e-mail; not used yet."
	case l.Pin.Person == "":
		return "Cannot ask for access or decide."
	case l.ByHand:
		return "Since " + when(l.Pin.At) + ", by an admin."
	case l.Pin.Email == "":
		return "Since " + when(l.Pin.At) + "."
	case strings.EqualFold(l.Pin.Email, l.Facts.Email):
		return "Since " + when(l.Pin.At) + ", by this e-mail."
	}
	return "Since " + when(l.Pin.At) + ", by the e-mail " + escName(l.Pin.Email, nameWidth) + "."
}

// linkView asks to whom a Slack user belongs. person is what is chosen already.
func linkView(l access.LinkView, person *slack.OptionBlockObject, banner string) slack.ModalViewRequest {
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	about := linkHead(l)
	if l.Why != "" {
		about += "\n" + cutMarkup(sentence(l.Why), 600)
	}
	if person == nil {
		person = optionFor(string(l.Person), firstOf(l.PersonName, string(l.Person)))
	}
	v := modal(viewLink, "Link somebody", "Link", "Back", append(blocks,
		section(about),
		section("*After this* the Slack user acts as the person that you choose, whatever their e-mail says. What they may have, and what they may approve, follows from it. All admins are told."),
		slack.NewInputBlock(blockLinkPerson, plain("Person", maxLabel), plain("Make sure of it with them, not only by the name.", maxHint),
			externalSelect(chooser(areaPeople, access.ChoosePersonID), "Search by name or e-mail", person)),
		reasonField(blockLinkWhy, "How you made sure of it. All admins read this, and it is kept on record."),
	))
	v.PrivateMetadata = string(l.Slack)
	return v
}

// unlinkView asks why, and says what becomes of the Slack user.
func unlinkView(l access.LinkView, banner string) slack.ModalViewRequest {
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	about := linkHead(l) + "\n" + linkSince(l)
	if l.Why != "" {
		about += "\n" + cutMarkup(sentence(l.Why), 600)
	}
	v := modal(viewUnlink, "Unlink somebody", "Unlink", "Back", append(blocks,
		section(about),
		section("*After this* they are identified anew, by their e-mail, when they next do something. Access that they hold stays until its end. All admins are told."),
		reasonField(blockLinkWhy, "All admins read this, and it is kept on record."),
	))
	v.PrivateMetadata = string(l.Slack)
	return v
}

// readLink reads the link form.
func readLink(state *slack.ViewState) (person slack.OptionBlockObject, reason string, errs map[string]string) {
	errs = map[string]string{}
	person = chosenOption(state, blockLinkPerson, chooser(areaPeople, access.ChoosePersonID))
	if person.Value == "" {
		errs[blockLinkPerson] = "Choose a person from the list."
	}
	reason, problem := readReason(state, blockLinkWhy)
	if problem != "" {
		errs[blockLinkWhy] = problem
	}
	if len(errs) == 0 {
		errs = nil
	}
	return person, reason, errs
}

// personOf is the person of an option.
func personOf(o slack.OptionBlockObject) catalog.PersonID { return catalog.PersonID(o.Value) }
