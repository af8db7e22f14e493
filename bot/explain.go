package bot

import (
	"encoding/json"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
)

// question is what somebody asks the policy, as a view or a button carries it.
type question struct {
	Person    catalog.PersonID  `json:"p,omitempty"` // "": who asks
	Account   catalog.AccountID `json:"a,omitempty"`
	Role      catalog.RoleARN   `json:"r,omitempty"`
	Group     catalog.GroupID   `json:"g,omitempty"` // instead of account and role
	Duration  time.Duration     `json:"d,omitempty"`
	Emergency bool              `json:"e,omitempty"`
	Draft     bool              `json:"w,omitempty"`
	Page      int               `json:"n,omitempty"` // of the rules
	HasDraft  bool              `json:"h,omitempty"` // there is a draft to ask about
}

func (q question) String() string {
	raw, _ := json.Marshal(q) // strings, numbers and booleans
	return string(raw)
}

func readQuestion(s string) question {
	var q question
	_ = json.Unmarshal([]byte(s), &q) // an unreadable one asks nothing, and the form says what is missing
	return q
}

func (q question) input() access.ExplainInput {
	return access.ExplainInput{Person: q.Person, Account: q.Account, Role: q.Role, Group: q.Group, Duration: q.Duration, Emergency: q.Emergency, Draft: q.Draft}
}

// The ids of Explain.
const (
	viewExplain    = "stint.explain"
	actExplainPage = "stint.explain.page" // value: page of the rules

	blockExplainPerson   = "explain.person"
	blockExplainAccount  = "explain.account"
	blockExplainRole     = "explain.role"
	blockExplainDuration = "explain.duration"
	blockExplainAlso     = "explain.also"

	alsoEmergency = "emergency"
	alsoDraft     = "draft"
)

// explainForm is the admins' question to the policy, with its answer above when there is one.
type explainForm struct {
	question question
	answer   *access.ExplainView
	banner   string // mrkdwn; "" for none
}

func (f explainForm) view() slack.ModalViewRequest {
	var blocks []slack.Block
	var person, account, role *slack.OptionBlockObject
	submit := "Explain"
	switch {
	case f.banner != "":
		blocks = append(blocks, section(f.banner), divider())
	case f.answer != nil:
		blocks = append(explained(*f.answer, f.question), divider(), section("*Ask again*"))
		submit = "Ask again"
	default:
		blocks = append(blocks, section("*What may somebody have, and why?* The answer is the one that the request form, the review and the start of access give."))
	}
	if v := f.answer; v != nil {
		person = optionFor(string(v.Person.Person), v.Person.Name)
		account = accountOption(v.Item.Account, false)
		role = roleOption(v.Item.Role)
	}
	typed := ""
	if f.question.Duration > 0 {
		typed = short(f.question.Duration)
	}
	also := []tick{{value: alsoEmergency, label: "In an emergency", about: "By a rule's emergency terms", on: f.question.Emergency}}
	if f.question.HasDraft {
		also = append(also, tick{value: alsoDraft, label: "By my draft", about: "Instead of the policy in force", on: f.question.Draft})
	}
	blocks = append(blocks,
		slack.NewInputBlock(blockExplainPerson, plain("Person", maxLabel), nil, externalSelect(chooser(areaExplain, access.ChoosePersonID), "Search by name or e-mail", person)),
		slack.NewInputBlock(blockExplainAccount, plain("Account", maxLabel), nil, externalSelect(chooser(areaExplain, access.ChooseAccount), "Search by name, id, OU or tag", account)),
		slack.NewInputBlock(blockExplainRole, plain("Role", maxLabel), nil, externalSelect(chooser(areaExplain, access.ChooseRoleARN), "Search by name", role)),
		textField{
			block: blockExplainDuration, action: actOther, label: "How long", hint: "For example " + durationExamples + ". Leave it empty for any.",
			placeholder: "2h", value: typed, most: 30, optional: true,
		}.input(),
		ticks(blockExplainAlso, actTicks, "Ask about", also...),
	)
	v := modal(viewExplain, "Explain access", submit, "Close", blocks)
	v.PrivateMetadata = f.question.String()
	return v
}

// readExplain reads the form. errs are what is missing or unreadable, by block.
func readExplain(state *slack.ViewState, before question) (q question, errs map[string]string) {
	q = question{HasDraft: before.HasDraft}
	errs = map[string]string{}
	need := func(block string, kind access.ChoiceKind, what string) string {
		v := chosenOption(state, block, chooser(areaExplain, kind)).Value
		if v == "" {
			errs[block] = "Choose " + what + " from the list."
		}
		return v
	}
	q.Person = catalog.PersonID(need(blockExplainPerson, access.ChoosePersonID, "a person"))
	q.Account = catalog.AccountID(need(blockExplainAccount, access.ChooseAccount, "an account"))
	q.Role = catalog.RoleARN(need(blockExplainRole, access.ChooseRoleARN, "a role"))
	q.Emergency = ticked(state, blockExplainAlso, actTicks, alsoEmergency)
	q.Draft = ticked(state, blockExplainAlso, actTicks, alsoDraft)
	d, problem := optionalDuration(typedIn(state, blockExplainDuration, actOther))
	if problem != "" {
		errs[blockExplainDuration] = problem
	}
	q.Duration = d
	if len(errs) == 0 {
		errs = nil
	}
	return q, errs
}

// optionalDuration reads a duration that may be left out.
func optionalDuration(typed string) (d time.Duration, problem string) {
	if trimmed(typed) == "" {
		return 0, ""
	}
	d, err := parseDuration(typed)
	if err != nil {
		return 0, plainFault(err)
	}
	return d, ""
}

// short is a duration as it is typed: "1h30m".
func short(d time.Duration) string {
	s := length(d)
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r != '\u00a0' {
			out = append(out, r)
		}
	}
	return string(out)
}
