package bot

import (
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
)

// maxReason is what the form lets somebody type; the service takes no more.
const maxReason = 2000

// What one form lets somebody choose; the service bounds what comes of it as well.
const (
	maxFormAccounts = 100
	maxFormRoles    = 10
)

// form is everything the request form shows. The zero value is the form as it opens.
type form struct {
	filled                // what is chosen and typed so far
	banner  string        // mrkdwn, above everything; "" for none
	behalf  bool          // they may ask for others
	groups  bool          // membership in groups can be asked for, too
	forWhom *access.Human // the receiver, when it is somebody else
	places  []catalog.Account
	chosen  []catalog.Role
	joins   *access.ItemView // the group
	terms   *formTerms       // of what can be asked for; nil while that is nothing
	about   []slack.Block    // what it would lead to
	refused int              // how much of it cannot be asked for
	asked   int              // of so much
	leaving string           // names what is refused; "" when nothing can be left out
	urgent  int              // how much of it a rule would let in at once in an emergency
	now     time.Time
	zone    *time.Location // of who asks; nil: UTC
	nextDay time.Time      // tomorrow morning there
}

const formHint = "*Choose an account and a role*, and this shows who decides, how long you can have it, and what happens next. Nothing is sent before you press Send."

// view draws the form. Blocks keep their ids, and so what was typed, unless what they
// depend on has changed. Fields that are of no use for what is chosen are not there.
func (f form) view() slack.ModalViewRequest {
	var blocks []slack.Block
	if f.banner != "" {
		blocks = append(blocks, section(f.banner), divider())
	}
	if f.behalf {
		blocks = append(blocks, f.receiverInput())
	}
	if f.ofGroup {
		blocks = append(blocks, f.groupInput())
	} else {
		blocks = append(blocks, f.accountInput(), f.roleInput())
	}
	blocks = append(blocks, f.durationInput())
	if f.other() {
		blocks = append(blocks, f.otherInput())
	}
	// Above the reason: who types one has seen what it leads to, and on a small screen the
	// last block is out of sight.
	switch {
	case len(f.about) == 0 && f.ofGroup:
		blocks = append(blocks, section(groupHint))
	case len(f.about) == 0 && f.groups:
		blocks = append(blocks, sectionWith(formHint, groupButton()))
	case len(f.about) == 0:
		blocks = append(blocks, section(formHint))
	}
	blocks = append(blocks, f.about...)
	if f.leaving != "" {
		blocks = append(blocks, f.leaveInput())
	}
	if f.urgent > 0 || f.emergency {
		blocks = append(blocks, f.emergencyInput())
	}
	if f.terms != nil && f.terms.ticket != nil {
		blocks = append(blocks, f.ticketInput())
	}
	blocks = append(blocks, f.reasonInput())
	// Below the reason: hardly anybody wants it later, and nobody else should have to pass by.
	if f.terms != nil && !f.terms.emergency {
		blocks = append(blocks, f.startInput())
		if f.start == startPick {
			blocks = append(blocks, f.pickedInput())
		}
	}
	v := modal(viewForm, f.title(), "Send", "Cancel", blocks)
	v.PrivateMetadata = f.meta().String()
	return v
}

// title is what the form is called.
func (f filled) title() string {
	if f.ofGroup {
		return "Request a group"
	}
	return "Request AWS access"
}

// other is the name of whom it is for, for plain text; "" for who asks.
func (f form) otherName() string {
	if f.forWhom == nil {
		return ""
	}
	return f.forWhom.Name
}

// whom is whom it is for, in mrkdwn; "" for who asks.
func (f form) whom() string {
	if f.forWhom == nil {
		return ""
	}
	return mention(f.forWhom.Slack, f.forWhom.Name)
}

// forWhomWords is " for Erin", in mrkdwn; "" where it is for who asks.
func (f form) forWhomWords() string {
	if f.forWhom == nil {
		return ""
	}
	return " for " + f.whom()
}

func externalSelect(action, placeholder string, initial *slack.OptionBlockObject) *slack.SelectBlockElement {
	zero := 0 // answer as soon as it is opened, so that recents are one click away
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain(placeholder, maxPlaceholder), action)
	s.MinQueryLength = &zero
	s.InitialOption = initial
	return s
}

// externalSelects is externalSelect for several.
func externalSelects(action, placeholder string, most int, initial []*slack.OptionBlockObject) *slack.MultiSelectBlockElement {
	zero := 0
	s := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, plain(placeholder, maxPlaceholder), action)
	s.MinQueryLength, s.MaxSelectedItems, s.InitialOptions = &zero, &most, initial
	return s
}

func (f form) receiverInput() slack.Block {
	initial := meOption()
	if f.forWhom != nil {
		initial = receiverOption(*f.forWhom, "")
	}
	return slack.NewInputBlock(blockWhom, plain("For", maxLabel), nil,
		externalSelect(actFor, "Who shall have it", initial)).WithDispatchAction(true)
}

func (f form) accountInput() slack.Block {
	initial := make([]*slack.OptionBlockObject, 0, len(f.places))
	for _, a := range f.places {
		initial = append(initial, accountOption(a, false))
	}
	return slack.NewInputBlock(blockAccount, plain("Accounts", maxLabel), nil,
		externalSelects(actAccount, "Search by name, id, OU or tag", maxFormAccounts, initial)).WithDispatchAction(true)
}

func (f form) roleInput() slack.Block {
	placeholder := "Choose an account first"
	if len(f.places) > 0 {
		placeholder = "Search the roles you can ask for"
	}
	if f.forWhom != nil && len(f.places) > 0 {
		placeholder = "Search roles for " + name(f.otherName(), 40)
	}
	initial := make([]*slack.OptionBlockObject, 0, len(f.chosen))
	for _, r := range f.chosen {
		initial = append(initial, roleOption(r))
	}
	return slack.NewInputBlock(f.rolePlace(), plain("Roles", maxLabel), nil,
		externalSelects(actRole, placeholder, maxFormRoles, initial)).WithDispatchAction(true)
}

func (f form) otherInput() slack.Block {
	e := slack.NewPlainTextInputBlockElement(plain("1h30m", maxPlaceholder), actOther)
	e.InitialValue = cut(clean(f.typed), 30)
	e.MaxLength = 30
	return slack.NewInputBlock(blockOther, plain("Your own duration", maxLabel), plain("For example "+durationExamples+".", maxHint), e)
}

func (f form) ticketInput() slack.Block {
	t := f.terms.ticket
	return textField{
		block: blockTicket, action: actTicket, label: "Ticket", hint: t.hint, placeholder: "Its key",
		value: f.ticket, most: maxTicket, optional: t.optional,
	}.input()
}

func (f form) reasonInput() slack.Block {
	e := slack.NewPlainTextInputBlockElement(plain("What you need it for", maxPlaceholder), actReason)
	e.Multiline = true
	e.MaxLength = maxReason
	e.InitialValue = cut(clean(f.reason), maxReason)
	hint := "The people who decide see this, and it is kept on record."
	if f.terms != nil {
		if f.terms.emergency {
			hint = "Those who are told see this, and it is kept on record."
		}
		hint = f.terms.reasonHint() + hint
	}
	return slack.NewInputBlock(blockReason, plain("Reason", maxLabel), plain(hint, maxHint), e)
}

// leaveInput offers to leave out what cannot be asked for, and to send the rest.
func (f form) leaveInput() slack.Block {
	return ticks(blockLeave+"/"+f.leaving, actLeave, "Not all of it can be asked for", tick{
		value: f.leaving, on: f.leave == f.leaving,
		label: "Leave out what cannot be asked for (" + strconv.Itoa(f.refused) + ")",
		about: "Sends the other " + strconv.Itoa(f.asked-f.refused) + ".",
	}).(*slack.InputBlock).WithDispatchAction(true)
}

// emergencyInput offers to be let in at once.
func (f form) emergencyInput() slack.Block {
	whom := "me"
	if f.forWhom != nil {
		whom = name(f.forWhom.Name, 30)
	}
	about := "Nobody approves it first; many are told, and it is looked into afterwards."
	if f.urgent < f.asked {
		about = "For " + strconv.Itoa(f.urgent) + " of " + strconv.Itoa(f.asked) + ". Many are told, and it is looked into afterwards."
	}
	return ticks(blockUrgent, actUrgent, "Can it not wait?", tick{
		value: "yes", on: f.emergency, label: "This is an emergency: let " + whom + " in at once", about: about,
	}).(*slack.InputBlock).WithDispatchAction(true)
}
