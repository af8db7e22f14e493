package bot

import (
	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy"
)

// The ids of Why.
const (
	viewWhy = "stint.why"

	actWhyAsk      = "stint.why.ask"  // value: a question, asked in a window
	actWhyPick     = "stint.why.pick" // value: a question, answered in place
	actWhyPage     = "stint.why.page" // value: page of the rules
	actWhyAccount  = "stint.why.account"
	actWhyRole     = "stint.why.role"
	actWhyDuration = "stint.why.duration"

	blockWhyAccount  = "why.account"
	blockWhyDuration = "why.duration"
)

// whyForm is anybody's question to the policy about themselves, with its answer above when
// there is one.
type whyForm struct {
	question question
	account  *catalog.Account
	role     *catalog.Role
	answer   *access.ExplainView
	admins   []access.Human
	banner   string // mrkdwn; "" for none
	about    string // mrkdwn: what the chosen account offers; "" for none
}

func (f whyForm) view() slack.ModalViewRequest {
	var blocks []slack.Block
	submit := "Why?"
	switch {
	case f.banner != "":
		blocks = append(blocks, section(f.banner), divider())
	case f.answer != nil:
		blocks = append(ownAnswer(*f.answer, f.admins), ruleBlocks(f.answer.Explanation.Rules, f.question.Page, actWhyPage)...)
		blocks = append(blocks, divider(), section("*Ask again*"))
		submit = "Ask again"
	case f.about != "":
		blocks = append(blocks, section(f.about))
	default:
		blocks = append(blocks, section("*What may I have, and why?* This asks the policy and requests nothing."))
	}
	var account, role *slack.OptionBlockObject
	placeholder := "Choose an account first"
	id := catalog.AccountID("")
	if f.account != nil {
		account, id = accountOption(*f.account, false), f.account.ID
		placeholder = "Type a role's name, also of one that is not for you"
	}
	if f.role != nil {
		role = roleOption(*f.role)
	}
	typed := ""
	if f.question.Duration > 0 {
		typed = short(f.question.Duration)
	}
	blocks = append(blocks,
		slack.NewInputBlock(blockWhyAccount, plain("Account", maxLabel), nil,
			externalSelect(actWhyAccount, "Search by name, id, OU or tag", account)).WithDispatchAction(true),
		slack.NewInputBlock(roleBlock(id), plain("Role", maxLabel), nil, externalSelect(actWhyRole, placeholder, role)),
		textField{
			block: blockWhyDuration, action: actWhyDuration, label: "How long", hint: "For example " + durationExamples + ". Leave it empty for any.",
			placeholder: "2h", value: typed, most: 30, optional: true,
		}.input(),
	)
	v := modal(viewWhy, "Why?", submit, "Close", blocks)
	v.PrivateMetadata = f.question.String()
	return v
}

// ownAnswer is an answer to who asked about themselves, with whom to ask when it is no.
func ownAnswer(v access.ExplainView, admins []access.Human) []slack.Block {
	blocks := []slack.Block{section(explainHead(v, question{}))}
	if v.Explanation.Decision.Outcome != policy.Allowed || v.Problem != "" {
		blocks = append(blocks, section(askWhom(admins)))
	}
	return append(blocks, explainTerms(v)...)
}

// readWhy reads the form; a role that was chosen under another account does not count.
func readWhy(state *slack.ViewState) (q question, errs map[string]string) {
	errs = map[string]string{}
	rolePlace := roleBlock("")
	roleOf := catalog.AccountID("")
	if state != nil {
		for block, byAction := range state.Values {
			if v, ok := byAction[actWhyRole]; ok {
				rolePlace, roleOf, q.Role = block, roleBlockAccount(block), catalog.RoleARN(choice(v))
			}
		}
	}
	q.Account = catalog.AccountID(chosenOption(state, blockWhyAccount, actWhyAccount).Value)
	if q.Account == "" {
		errs[blockWhyAccount] = "Choose an account from the list."
	}
	if roleOf != q.Account {
		q.Role = ""
	}
	if q.Role == "" {
		errs[rolePlace] = "Choose a role from the list. Typing finds also those that are not for you."
	}
	d, problem := optionalDuration(typedIn(state, blockWhyDuration, actWhyDuration))
	if problem != "" {
		errs[blockWhyDuration] = problem
	}
	q.Duration = d
	if len(errs) == 0 {
		errs = nil
	}
	return q, errs
}

// whyGroupButton asks about the group that is chosen in the form.
func whyGroupButton(it access.ItemView) *slack.ButtonBlockElement {
	return button(actWhyAsk, question{Group: it.Entitlement.Group}.String(), "Why?", "Why you cannot ask for "+plainItem(it))
}

// whyButton asks about what is chosen in the request form.
func whyButton(account catalog.Account, role *catalog.Role) *slack.ButtonBlockElement {
	q, about := question{Account: account.ID}, accountName(account)
	if role != nil {
		q.Role, about = role.ARN, roleName(*role)+" in "+about
	}
	return button(actWhyAsk, q.String(), "Why?", "Why you cannot ask for "+about)
}
