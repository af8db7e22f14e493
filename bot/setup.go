package bot

import (
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

const viewSetup = "stint.setup"

// The inputs of the first run.
const (
	actSetupAccounts   = "stint.setup.accounts" // all, or those in some OUs; draws the form anew
	actSetupWho        = "stint.setup.who"      // everybody, or some people; draws the form anew
	actSetupAgain      = "stint.setup.again"    // reads the health again
	actSetupSync       = "stint.setup.sync"
	actSetupLongest    = "stint.setup.longest"
	actSetupChannel    = "stint.setup.channel"
	actSetupApprovers  = "stint.setup.anyone:approvers"
	actSetupRequesters = "stint.setup.anyone:requesters"

	blockSetupAccounts   = "setup_accounts"
	blockSetupOUs        = "setup_ous"
	blockSetupRoles      = "setup_roles"
	blockSetupWho        = "setup_who"
	blockSetupRequesters = "setup_requesters"
	blockSetupLongest    = "setup_longest"
	blockSetupChannel    = "setup_channel"
	blockSetupApprovers  = "setup_approvers"
)

// The two answers of each of the two questions that the form begins with.
const (
	setupAll  = "all"
	setupSome = "some"
)

// setupForm is the one form of the first run, as far as it is filled. The zero value is
// the form as it opens: all accounts, everybody, four hours.
type setupForm struct {
	banner                           string
	someAccounts, somePeople         bool
	ous, roles, requesters, deciders []*slack.OptionBlockObject
	longest                          time.Duration
	channel                          identity.ChannelID
}

// longestChoices are offered as the longest duration of the first policy.
func longestChoices() []time.Duration {
	return []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour}
}

// setupDefault is the longest duration that is chosen already: most work fits, and a
// forgotten grant is gone by the evening.
const setupDefault = 4 * time.Hour

// setupView greets the first admin: is everything well, and then one form.
func setupView(h hub, f setupForm) slack.ModalViewRequest {
	var blocks []slack.Block
	if f.banner != "" {
		blocks = append(blocks, section(f.banner), divider())
	}
	blocks = append(blocks, section("*Let people ask for AWS access*\nStint is connected. Say here who may ask for what, and who decides. Nothing is in force before you have seen in numbers what it opens, and applied it."))
	blocks = append(blocks, setupHealth(h)...)
	if h.CatalogAsOf.IsZero() {
		again := button(actSetupAgain, "again", "Look again", "Read the health again")
		if h.Syncing {
			return modal(viewSetup, "Set up Stint", "", "Close", append(blocks, actions(again)))
		}
		return modal(viewSetup, "Set up Stint", "", "Close", append(blocks, actions(primary(button(actSetupSync, "sync", "Read from AWS", "Read accounts, roles and people from AWS now")), again)))
	}
	blocks = append(blocks, divider())
	blocks = append(blocks, f.inputs(h.ConfigView)...)
	return modal(viewSetup, "Set up Stint", "Continue", "Cancel", blocks)
}

// setupHealth says in a line what is well, and of each trouble what to do.
func setupHealth(h hub) []slack.Block {
	// That there is no policy yet is no trouble: it is why this form is here.
	h.Checks = slices.DeleteFunc(slices.Clone(h.Checks), func(c access.Check) bool { return c.Name == "Policy" })
	var well []string
	for _, c := range h.Checks[:min(len(h.Checks), maxChecks)] {
		if c.OK {
			well = append(well, escName(c.Name, 40))
		}
	}
	blocks := hubTrouble(h)
	if len(well) > 0 {
		blocks = append(blocks, section(":white_check_mark: *Well:* "+list(well)+"."))
	}
	read := ":white_check_mark: *Read from AWS:* " + plural(h.Accounts, "account") + ", " + plural(h.Roles, "role") + ", " + peopleCount(h.People) + "."
	switch {
	case h.CatalogAsOf.IsZero() && h.Syncing:
		read = reading(h.Progress)
	case h.CatalogAsOf.IsZero():
		read = "Stint has not read the organization from AWS yet: accounts, roles and people are needed first."
	}
	return append(blocks, section(read))
}

func (f setupForm) inputs(c access.ConfigView) []slack.Block {
	blocks := []slack.Block{
		eitherOr(blockSetupAccounts, actSetupAccounts, "Which accounts?", f.someAccounts,
			"All "+plural(c.Accounts, "account"), "Those of some organizational units"),
	}
	if f.someAccounts {
		blocks = append(blocks, slack.NewInputBlock(blockSetupOUs, plain("Organizational units", maxLabel),
			plain("Each with everything below it.", maxHint),
			externalMulti(chooser(areaSetup, access.ChooseOU), "Search OUs", f.ous)))
	}
	blocks = append(blocks,
		slack.NewInputBlock(blockSetupRoles, plain("Which roles?", maxLabel), plain("Leave it empty for all of them.", maxHint),
			externalMulti(chooser(areaSetup, access.ChooseRole), "All roles", f.roles)).WithOptional(true),
		eitherOr(blockSetupWho, actSetupWho, "Who may ask?", f.somePeople, "Everyone in Identity Center", "Some people or groups"))
	if f.somePeople {
		blocks = append(blocks, slack.NewInputBlock(blockSetupRequesters, plain("People and groups who may ask", maxLabel), nil,
			externalMulti(actSetupRequesters, "Search people and groups", f.requesters)))
	}
	return append(blocks, f.longestInput(), f.channelInput(),
		slack.NewInputBlock(blockSetupApprovers, plain("Who approves?", maxLabel),
			plain("One approval of any of them is enough; nobody approves what they asked for. Members of a Slack user group can often be changed by its members.", maxHint),
			externalMulti(actSetupApprovers, "Search people and groups", f.deciders)))
}

// eitherOr is a question with two answers; the answer draws the form anew.
func eitherOr(block, action, question string, second bool, first, other string) slack.Block {
	all := slack.NewOptionBlockObject(setupAll, plain(first, maxOption), nil)
	some := slack.NewOptionBlockObject(setupSome, plain(other, maxOption), nil)
	e := slack.NewRadioButtonsBlockElement(action, all, some)
	e.InitialOption = all
	if second {
		e.InitialOption = some
	}
	return slack.NewInputBlock(block, plain(question, maxLabel), nil, e).WithDispatchAction(true)
}

// externalMulti is a searchable select of several.
func externalMulti(action, placeholder string, chosen []*slack.OptionBlockObject) *slack.MultiSelectBlockElement {
	zero := 0
	e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, plain(placeholder, maxPlaceholder), action)
	e.MinQueryLength = &zero
	e.InitialOptions = chosen
	return e
}

func (f setupForm) longestInput() slack.Block {
	longest := f.longest
	if longest == 0 {
		longest = setupDefault
	}
	var options []*slack.OptionBlockObject
	var initial *slack.OptionBlockObject
	for _, d := range longestChoices() {
		o := slack.NewOptionBlockObject(strconv.Itoa(int(d/time.Second)), plain(length(d), maxOption), nil)
		options = append(options, o)
		if d == longest {
			initial = o
		}
	}
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actSetupLongest, options...)
	e.InitialOption = initial
	return slack.NewInputBlock(blockSetupLongest, plain("For how long at most?", maxLabel), nil, e)
}

func (f setupForm) channelInput() slack.Block {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plain("Choose a channel", maxPlaceholder), actSetupChannel)
	e.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeExternalSharedChannels: true, ExcludeBotUsers: true}
	e.InitialConversation = string(f.channel)
	return slack.NewInputBlock(blockSetupChannel, plain("Where are requests shown to those who decide?", maxLabel),
		plain("Invite Stint to the channel. Approvers who are not in it get a direct message.", maxHint), e)
}
