package bot

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
)

// The ids of End all access.
const (
	viewEndAll   = "stint.end"
	viewEndOrder = "stint.end.order"

	actEndKind    = "stint.end.kind"    // what is chosen to end
	actEndRefresh = "stint.end.refresh" // value: order id
	actEndHeld    = "stint.end.held"    // ends what waits for an admin's word; from elsewhere
	actEndShow    = "stint.end.show"    // value: order id; from elsewhere
	actEndTyped   = "stint.end.typed"

	blockEndKind  = "end.kind"
	blockEndWho   = "end.who"
	blockEndWhere = "end.where"
	blockEndTyped = "end.typed" // + "/" + what is to be typed, so that it does not survive another choice
	blockEndWhy   = "end.why"
	blockEndAlso  = "end.also"

	endPerson     = "person"
	endAccount    = "account"
	endEverything = "all"
	endHeld       = "held"
	alsoPause     = "pause"

	// What must be typed to end everything, and what waits.
	endAllWord  = "END ALL"
	endHeldWord = "END HELD"
	endAllTitle = "End all access"
)

// endForm is whose access is to end, as far as it is chosen.
type endForm struct {
	kind             string // endPerson, endAccount, endEverything, endHeld; "" for not chosen
	scope            access.EndScope
	name             string // of who or what is chosen
	grants, requests int
	paused           bool   // new access is paused already
	held             int    // grants that wait for an admin, because the policy would end so many
	banner           string // mrkdwn; "" for none
}

// endMeta is what the view carries of it: a select's label is not in every payload.
type endMeta struct {
	Kind  string          `json:"k,omitempty"`
	Scope access.EndScope `json:"s,omitzero"`
	Name  string          `json:"n,omitempty"`
	Held  int             `json:"h,omitempty"`
}

func (m endMeta) String() string {
	raw, _ := json.Marshal(m) // strings and a bool
	return string(raw)
}

func readEndMeta(s string) endMeta {
	var m endMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is nothing chosen
	return m
}

// chosen reports whether the scope is complete.
func (f endForm) chosen() bool {
	return f.scope.All || f.scope.Held || f.scope.Person != "" || f.scope.Account != ""
}

// word is what must be typed: a name can be read aloud and mistaken, typing it cannot.
func (f endForm) word() string {
	switch {
	case f.scope.All:
		return endAllWord
	case f.scope.Held:
		return endHeldWord
	}
	return typeable(f.name)
}

// typeable is a name as it is shown and typed.
func typeable(s string) string { return strings.Join(strings.Fields(clean(cut(s, nameWidth))), " ") }

func (f endForm) view() slack.ModalViewRequest {
	var blocks []slack.Block
	if f.banner != "" {
		blocks = append(blocks, section(f.banner), divider())
	}
	blocks = append(blocks, section("*Ends live and scheduled access at once and takes back what is still to be decided.* AWS takes the access away, usually within a minute. Sessions that are open may go on until they run out."))
	blocks = append(blocks, f.kindInput())
	switch f.kind {
	case endPerson:
		blocks = append(blocks, slack.NewInputBlock(blockEndWho, plain("Person", maxLabel), nil,
			externalSelect(chooser(areaEnd, access.ChoosePersonID), "Search by name or e-mail", optionFor(string(f.scope.Person), f.name))).WithDispatchAction(true))
	case endAccount:
		blocks = append(blocks, slack.NewInputBlock(blockEndWhere, plain("Account", maxLabel), nil,
			externalSelect(chooser(areaEnd, access.ChooseAccount), "Search by name, id, OU or tag", optionFor(string(f.scope.Account), f.name))).WithDispatchAction(true))
	}
	submit := "Next"
	if f.chosen() {
		submit = "End access"
		blocks = append(blocks, f.confirmation()...)
	}
	v := modal(viewEndAll, endAllTitle, submit, "Cancel", blocks)
	v.PrivateMetadata = endMeta{Kind: f.kind, Scope: f.scope, Name: typeable(f.name), Held: f.held}.String()
	return v
}

func (f endForm) kindInput() slack.Block {
	e := slack.NewRadioButtonsBlockElement(actEndKind)
	type kind struct{ value, label, about string }
	kinds := []kind{
		{endPerson, "Of one person", "In every account"},
		{endAccount, "In one account", "Of everybody"},
		{endEverything, "All of it", "Of everybody, everywhere"},
	}
	if f.held > 0 || f.kind == endHeld {
		kinds = append(kinds, kind{endHeld, "What is no longer allowed", plural(f.held, "grant") + " that the policy or the directory would end"})
	}
	for _, k := range kinds {
		o := slack.NewOptionBlockObject(k.value, plain(k.label, maxOption), plain(k.about, maxOption))
		e.Options = append(e.Options, o)
		if k.value == f.kind {
			e.InitialOption = o
		}
	}
	return slack.NewInputBlock(blockEndKind, plain("Which access", maxLabel), nil, e).WithDispatchAction(true)
}

// confirmation is what it ends, in numbers, and what must be said and typed before.
func (f endForm) confirmation() []slack.Block {
	blocks := []slack.Block{divider(), section(f.counts())}
	word := f.word()
	blocks = append(blocks,
		reasonField(blockEndWhy, "Those whose access ends read this, and it is kept on record."),
		textField{
			block: cut(blockEndTyped+"/"+word, maxID), action: actEndTyped, label: "Type “" + word + "” to confirm", placeholder: word, most: 200,
		}.input())
	if !f.paused {
		blocks = append(blocks, ticks(blockEndAlso, actTicks, "New access", tick{
			value: alsoPause, label: "Also pause new access", about: "Until an admin resumes it", on: f.scope.All,
		}))
	}
	return blocks
}

func (f endForm) counts() string {
	of := "of *" + bold(typeable(f.name)) + "*"
	switch {
	case f.scope.All:
		of = "of *everybody*"
	case f.scope.Account != "":
		of = "in *" + bold(typeable(f.name)) + "* `" + escName(string(f.scope.Account), 20) + "`"
	}
	if f.scope.Held {
		if f.held == 0 {
			return ":white_circle: Nothing waits to be ended any more."
		}
		return ":rotating_light: This ends *" + plural(f.held, "grant") + "* that today's policy or the directory no longer allows. They are so many that Stint asks first: a mistake in the policy may be the reason."
	}
	if f.grants == 0 && f.requests == 0 {
		return ":white_circle: Nothing " + of + " is live, scheduled or waiting for a decision right now."
	}
	return ":rotating_light: This ends *" + plural(f.grants, "grant") + "* " + of + takesBack(f.requests) + "."
}

func takesBack(requests int) string {
	if requests == 0 {
		return ""
	}
	return " and takes back *" + plural(requests, "request") + "*"
}

// scopeOf is what a kind and what was chosen under it select.
func scopeOf(kind, value string) access.EndScope {
	switch kind {
	case endPerson:
		return access.EndScope{Person: catalog.PersonID(value)}
	case endAccount:
		return access.EndScope{Account: catalog.AccountID(value)}
	case endEverything:
		return access.EndScope{All: true}
	case endHeld:
		return access.EndScope{Held: true}
	}
	return access.EndScope{}
}

// readEndForm reads what is chosen so far.
func readEndForm(state *slack.ViewState, before endMeta) endForm {
	f := endForm{kind: chosenOption(state, blockEndKind, actEndKind).Value, held: before.Held}
	block, action := blockEndWho, chooser(areaEnd, access.ChoosePersonID)
	if f.kind == endAccount {
		block, action = blockEndWhere, chooser(areaEnd, access.ChooseAccount)
	}
	o := chosenOption(state, block, action)
	f.scope, f.name = scopeOf(f.kind, o.Value), label(o)
	if f.name == "" && f.scope == before.Scope {
		f.name = before.Name
	}
	return f
}

// typedRight reports whether what was typed confirms it; the case of letters does not count,
// because phones change it.
func (f endForm) typedRight(typed string) bool {
	return f.word() != "" && strings.EqualFold(typeable(typed), f.word())
}

// endOrderView is how far an order is, and at the end its report.
func endOrderView(v access.EndOrderView) slack.ModalViewRequest {
	o := v.Order
	done := !o.DoneAt.IsZero()
	removed := max(0, o.Ended-v.Removing)
	var head string
	switch {
	case !done:
		head = fmt.Sprintf(":hourglass_flowing_sand: *Ending:* %s, %s of %s so far.", orderPhrase(v), thousands(o.Ended), plural(o.Total, "grant"))
	case v.Removing > 0:
		head = fmt.Sprintf(":hourglass_flowing_sand: *Ended in Stint:* %s. AWS is taking away the last %s.", orderPhrase(v), thousands(v.Removing))
	default:
		head = ":white_check_mark: *Done:* " + orderPhrase(v) + " is ended."
	}
	blocks := []slack.Block{section(head)}
	if going(v) {
		blocks = append(blocks, section(bar(removed, max(o.Total, o.Ended))))
	}
	blocks = append(blocks,
		fields(
			field{"Ended", plural(o.Ended, "grant") + " of " + thousands(max(o.Total, o.Ended))},
			field{"Taken away by AWS", thousands(removed) + " of " + thousands(o.Ended)},
			field{"Requests taken back", thousands(o.Withdrawn)},
			field{"Stuck", stuckCount(v)},
			field{"Ordered by", actor(o.By) + ", " + when(o.At)},
		))
	if o.Reason != "" {
		blocks = append(blocks, quote(o.Reason, 500))
	}
	if len(v.Stuck) > 0 {
		blocks = append(blocks, divider(), section(":rotating_light: *AWS has not taken these away.* Stint keeps trying; until then the access is still there."))
		for _, g := range v.Stuck {
			line := actor(g.Grant.Holder) + ": " + item(g.Item)
			if says := g.Assignment.LastError; says != "" {
				line += "\nAWS says: " + escName(says, 300)
			}
			blocks = append(blocks, section(line))
		}
	}
	if going(v) {
		blocks = append(blocks, small("This window follows it for a minute. It goes on without it."), actions(button(actEndRefresh, o.ID, "Refresh", "Refresh how far it is")))
	}
	return modal(viewEndOrder, endAllTitle, "", "Close", blocks)
}

func stuckCount(v access.EndOrderView) string {
	if len(v.Stuck) == 0 {
		return "none"
	}
	return "*" + thousands(len(v.Stuck)) + "*"
}

// orderPhrase is what an order ends.
func orderPhrase(v access.EndOrderView) string {
	who := "*" + bold(name(v.Name, nameWidth)) + "*"
	switch s := v.Order.Scope; {
	case s.Person != "":
		return "all access of " + who
	case s.Account != "":
		return "all access in " + who
	}
	return who
}

// bar draws how much of something is done; the words beside it say the same.
func bar(done, total int) string {
	const width = 20
	full := width
	if total > 0 {
		full = min(width, done*width/total)
	}
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}
