package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
)

// notChoice begins the values of entries that only say something. Slack lets people pick
// them all the same; they count as nothing chosen.
const notChoice = "-"

// optionsAnswer answers a block_suggestion. The library's own type turns an empty answer
// into {}, which Slack does not take.
type optionsAnswer struct {
	Options []*slack.OptionBlockObject `json:"options"`
}

// suggestion answers a keystroke in a select, from memory.
func (b *Bot) suggestion(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	ctx, cancel := context.WithTimeout(ctx, suggestWithin)
	defer cancel()
	answer, err := b.optionsFor(ctx, o, c)
	if err != nil {
		s := b.say(b.log, err)
		answer.Options = []*slack.OptionBlockObject{saying(unescaper.Replace(s.text), unescaper.Replace(s.hint))}
	}
	if answer.Options == nil {
		answer.Options = []*slack.OptionBlockObject{}
	}
	if err := env.reply(ctx, answer); err != nil {
		b.log.Warn().Err(err).Msg("suggestions not sent")
	}
}

func (b *Bot) optionsFor(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	if in := b.areas[areaOf(c.ActionID)]; in.options != nil {
		return in.options(ctx, o, c)
	}
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		return optionsAnswer{}, err
	}
	switch c.ActionID {
	case actAccount:
		return b.accountOptions(ctx, who.Person, c.Value)
	case actRole:
		m := readFormMeta(c.View.PrivateMetadata)
		return b.rolesOptions(ctx, access.RoleQuery{Asker: who.Person, Receiver: m.For, Accounts: m.accounts(), Query: c.Value, Limit: maxOptions}, m.Name)
	case actGroup:
		return b.groupOptions(ctx, who.Person, readFormMeta(c.View.PrivateMetadata), c.Value)
	case actFor:
		return b.receiverOptions(ctx, who.Person, c.Value)
	}
	return optionsAnswer{}, nil
}

func (b *Bot) accountOptions(ctx context.Context, asker catalog.PersonID, query string) (optionsAnswer, error) {
	found, err := b.service.Accounts(ctx, asker, query, maxOptions)
	if err != nil {
		return optionsAnswer{}, err
	}
	options := make([]*slack.OptionBlockObject, 0, len(found.Accounts))
	for i, a := range found.Accounts {
		options = append(options, accountOption(a, i < found.Recent))
	}
	if len(options) == 0 && query != "" {
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("account", query, "Names, ids, OUs and tags are searched; try fewer letters.")}}, nil
	}
	return bounded(options, found.Total), nil
}

// roleOptions is rolesOptions for one account.
func (b *Bot) roleOptions(ctx context.Context, asker catalog.PersonID, account catalog.AccountID, query string) (optionsAnswer, error) {
	q := access.RoleQuery{Asker: asker, Query: query, Limit: maxOptions}
	if account != "" {
		q.Accounts = []catalog.AccountID{account}
	}
	return b.rolesOptions(ctx, q, "")
}

// rolesOptions offers what this person can ask for in one of the accounts at least, and
// behind it, marked, the roles that exist but are not for them: choosing one shows in the
// preview why not and whom to ask. other is whom it is for, "" for who asks.
func (b *Bot) rolesOptions(ctx context.Context, q access.RoleQuery, other string) (optionsAnswer, error) {
	if len(q.Accounts) == 0 {
		return optionsAnswer{Options: []*slack.OptionBlockObject{saying("Choose an account first", "")}}, nil
	}
	found, err := b.service.Roles(ctx, q)
	if err != nil {
		return optionsAnswer{}, err
	}
	var others []*slack.OptionBlockObject
	for _, r := range found.Others {
		others = append(others, otherRoleOption(r, other))
	}
	switch {
	case found.Total == 0 && found.Why != "":
		return withOthers(optionsAnswer{Options: []*slack.OptionBlockObject{saying("You can ask for nothing here"+forName(other), found.Why)}}, others), nil
	case found.Total == 0 && len(others) == 0 && q.Query != "":
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("role", q.Query, "Try fewer letters, or another account.")}}, nil
	}
	options := make([]*slack.OptionBlockObject, 0, len(found.Roles))
	for i, r := range found.Roles {
		where := ""
		if i < len(found.In) && found.In[i] < len(q.Accounts) {
			where = "in " + strconv.Itoa(found.In[i]) + " of " + strconv.Itoa(len(q.Accounts))
		}
		options = append(options, roleOptionIn(r, where))
	}
	return withOthers(bounded(options, found.Total), others), nil
}

// meValue is the receiver who asks for themself.
const meValue = "me"

func meOption() *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(meValue, plain("Me", maxOption), nil)
}

func receiverOption(h access.Human, about string) *slack.OptionBlockObject {
	var description *slack.TextBlockObject
	if about != "" {
		description = plain(name(about, maxOption), maxOption)
	}
	return slack.NewOptionBlockObject(cut(string(h.Person), maxOptionValue), plain(name(h.Name, maxOption), maxOption), description)
}

// receiverOptions offers the people for whom somebody may ask, themself first.
func (b *Bot) receiverOptions(ctx context.Context, asker catalog.PersonID, query string) (optionsAnswer, error) {
	found, err := b.service.Receivers(ctx, asker, query, maxOptions)
	if err != nil {
		return optionsAnswer{}, err
	}
	var options []*slack.OptionBlockObject
	total := found.Total
	if query == "" || strings.HasPrefix(meValue, strings.ToLower(query)) {
		options, total = append(options, meOption()), total+1
	}
	for i, h := range found.People {
		options = append(options, receiverOption(h, found.About[i]))
	}
	if len(options) == 0 {
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("person whom you may ask for", query, "Names and addresses are searched; try fewer letters.")}}, nil
	}
	return boundedBy(options, total, "What you type is searched in names and addresses."), nil
}

// withOthers appends what still has room in an answer.
func withOthers(answer optionsAnswer, others []*slack.OptionBlockObject) optionsAnswer {
	used := size(answer)
	for _, o := range others {
		if used += size(o) + 1; used > maxReply || len(answer.Options) == maxOptions {
			break
		}
		answer.Options = append(answer.Options, o)
	}
	return answer
}

// noneMatches says that the list is empty because of what was typed, not because it is loading.
func noneMatches(what, query, next string) *slack.OptionBlockObject {
	return saying("No "+what+" matches “"+name(query, 40)+"”", next)
}

// bounded keeps an answer within 100 entries and within the bytes of a socket reply. What
// it leaves out it counts in the last entry; all of it can be reached by typing.
func bounded(options []*slack.OptionBlockObject, total int) optionsAnswer {
	return boundedBy(options, total, "What you type is searched in names, ids, OUs and tags.")
}

// boundedBy is bounded with another word on what typing searches.
func boundedBy(options []*slack.OptionBlockObject, total int, hint string) optionsAnswer {
	more := func(shown int) *slack.OptionBlockObject {
		return saying(fmt.Sprintf("%s of %s, keep typing", thousands(shown), thousands(total)), hint)
	}
	used := len(`{"options":[]}`)
	fit := 0
	for _, o := range options {
		n := size(o) + 1
		if used+n > maxReply {
			break
		}
		used += n
		fit++
	}
	if fit == total && fit <= maxOptions {
		return optionsAnswer{Options: options[:fit:fit]}
	}
	for fit > 0 && (fit > maxOptions-1 || used+size(more(fit))+1 > maxReply) {
		fit--
		used -= size(options[fit]) + 1
	}
	return optionsAnswer{Options: append(options[:fit:fit], more(fit))}
}

// saying is an entry that only says something.
func saying(text, more string) *slack.OptionBlockObject {
	var description *slack.TextBlockObject
	if more != "" {
		description = plain(clean(more), maxOption)
	}
	return slack.NewOptionBlockObject(notChoice, plain(clean(text), maxOption), description)
}

func accountOption(a catalog.Account, recent bool) *slack.OptionBlockObject {
	about := string(a.ID) + " · " + name(a.OUPath, maxOption)
	switch {
	case a.Ungrantable != "":
		about = string(a.ID) + " · not available: " + name(a.Ungrantable, maxOption)
	case recent:
		about = "Recent · " + about
	}
	return slack.NewOptionBlockObject(cut(string(a.ID), maxOptionValue), plain(accountName(a), maxOption), plain(about, maxOption))
}

func roleOption(r catalog.Role) *slack.OptionBlockObject { return roleOptionIn(r, "") }

// roleOptionIn is roleOption of several accounts; where says in how many of the accounts, "" for
// all of them.
func roleOptionIn(r catalog.Role, where string) *slack.OptionBlockObject {
	var about *slack.TextBlockObject
	switch {
	case where != "" && r.Description != "":
		about = plain(where+" · "+name(r.Description, maxOption-len(where)-3), maxOption)
	case where+r.Description != "":
		about = plain(name(where+r.Description, maxOption), maxOption)
	}
	return slack.NewOptionBlockObject(cut(string(r.ARN), maxOptionValue), plain(roleName(r), maxOption), about)
}

// otherRoleOption is a role that exists but that cannot be asked for; other is whom it is for,
// "" for who asks.
func otherRoleOption(r catalog.Role, other string) *slack.OptionBlockObject {
	o := roleOption(r)
	whom := "you"
	if other != "" {
		whom = name(other, 20)
	}
	o.Description = plain("Not for "+whom+" here: choose it to see why, and whom to ask", maxOption)
	return o
}

// forName is " for Erin"; "" where it is for who asks.
func forName(other string) string {
	if other == "" {
		return ""
	}
	return " for " + name(other, 40)
}
