package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// GroupService is what the form for membership in a group asks besides.
type GroupService interface {
	// OffersGroups reports whether any rule lets people ask for membership in a group.
	OffersGroups() bool
	Groups(ctx context.Context, q access.GroupQuery) (access.GroupChoices, error)
}

// areaGroup is membership in an Identity Center group; the word after /aws-access too.
const areaGroup = "group"

const groupHint = "*Choose a group*, and this shows which roles it brings in which accounts, who decides, and how long it can be. Nothing is sent before you press Send."

// groupLines is how much of what a group brings the form names, and groupNames a message.
const (
	groupLines = 20
	groupNames = 5
)

// groupButton opens the form for membership in a group.
func groupButton() *slack.ButtonBlockElement {
	return button(openArea(areaGroup), "", "Request a group…", "Request membership in an Identity Center group")
}

// groupPlace is the block id under which the group is drawn: other people have other groups,
// and Slack keeps what it once offered under a block id.
func (f filled) groupPlace() string {
	if f.receiver == "" {
		return blockGroup
	}
	return blockGroup + "/" + digest(string(f.receiver))
}

func (f form) groupInput() slack.Block {
	var initial *slack.OptionBlockObject
	if f.joins != nil {
		initial = groupOption(*f.joins)
	}
	return slack.NewInputBlock(f.groupPlace(), plain("Group", maxLabel), nil,
		externalSelect(actGroup, "Search by name, or by what it brings", initial)).WithDispatchAction(true)
}

// keepGroup finds the group that was chosen, where nothing else is asked about it.
func (f *form) keepGroup(ctx context.Context, b *Bot, who identity.Bound) {
	if f.group == "" {
		return
	}
	p, err := b.service.Preview(ctx, access.PreviewInput{Asker: who.Person, Entitlements: f.entitlements()})
	if item, _, ok := p.One(); ok && err == nil {
		f.joins = &item.ItemView
	}
}

// groupPart says which accounts and roles a group brings.
func (f form) groupPart(it access.ItemView) []slack.Block {
	if len(it.Group.Brings) == 0 {
		return []slack.Block{section(brings(it, groupLines))}
	}
	lines := []string{"*You get these roles* for as long as you are in *" + bold(groupName(it)) + "*:"}
	if f.forWhom != nil {
		lines[0] = "*" + f.whom() + " gets these roles* while in *" + bold(groupName(it)) + "*:"
	}
	for i, b := range it.Brings {
		if i == groupLines {
			break
		}
		lines = append(lines, "• "+item(b)+"  `"+escName(string(b.Entitlement.Account), 20)+"`")
	}
	if more := len(it.Group.Brings) - (len(lines) - 1); more > 0 {
		lines = append(lines, "• "+andMore(more))
	}
	return packed(lines)
}

func groupOption(it access.ItemView) *slack.OptionBlockObject {
	about := "Brings no role now"
	if n := len(it.Group.Brings); n > 0 && len(it.Brings) > 0 {
		about = plainItem(it.Brings[0])
		if n > 1 {
			about = name(about, maxOption-20) + " " + andMore(n-1)
		}
	}
	return slack.NewOptionBlockObject(cut(string(it.Entitlement.Group), maxOptionValue), plain(groupName(it), maxOption), plain(about, maxOption))
}

// openGroup opens the form, or says why nobody can ask for a group.
func (b *Bot) openGroup(ctx context.Context, o origin) {
	b.openFormWith(ctx, o, prefill{ofGroup: true})
}

// openGroupNamed is openGroup with what was typed as the group's name. What does not name one
// group is chosen in the form.
func (b *Bot) openGroupNamed(ctx context.Context, o origin, typed string) {
	with := prefill{ofGroup: true}
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	typed = strings.TrimSpace(strings.Join(quotedWords(clean(typed)), " "))
	found, err := b.service.Groups(ctx, access.GroupQuery{Asker: who.Person, Query: typed, Limit: maxOptions})
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	named, _ := exactly(append(found.Groups, found.Others...), func(it access.ItemView) bool { return strings.EqualFold(it.Group.Name, typed) })
	switch {
	case len(named) == 1:
		with.entitlements = []access.Entitlement{named[0].Entitlement}
	case len(named) == 0:
		with.note = ":mag: No group that can be asked for matches “" + escName(typed, nameWidth) + "”. Choose from the list."
	default:
		with.note = ":question: Several groups match “" + escName(typed, nameWidth) + "”. Choose from the list."
	}
	b.openFormWith(ctx, o, with)
}

// offersGroup refuses a form in which nothing could be chosen.
func (b *Bot) offersGroup(ctx context.Context, asker catalog.PersonID) error {
	if b.service.AsksForOthers(asker) && b.service.OffersGroups() {
		return nil
	}
	found, err := b.service.Groups(ctx, access.GroupQuery{Asker: asker, Limit: 1})
	if err == nil && found.Total == 0 {
		err = fault.New(fault.Forbidden, "bot.offersGroup", strings.TrimSpace(found.Why), "Roles in accounts are asked for with `"+commandAccess+"`.")
	}
	return err
}

func (b *Bot) groupOptions(ctx context.Context, asker catalog.PersonID, m formMeta, typed string) (optionsAnswer, error) {
	found, err := b.service.Groups(ctx, access.GroupQuery{Asker: asker, Receiver: m.For, Query: typed, Limit: maxOptions})
	if err != nil {
		return optionsAnswer{}, err
	}
	options := make([]*slack.OptionBlockObject, 0, len(found.Groups))
	for _, it := range found.Groups {
		options = append(options, groupOption(it))
	}
	var others []*slack.OptionBlockObject
	for _, it := range found.Others {
		o := groupOption(it)
		o.Description = otherRoleOption(it.Role, m.Name).Description
		others = append(others, o)
	}
	switch {
	case len(options) == 0 && len(others) == 0 && typed != "":
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("group", typed, "Names are searched, and the accounts and roles that groups bring.")}}, nil
	case len(options) == 0 && typed == "":
		return optionsAnswer{Options: []*slack.OptionBlockObject{saying("You can ask for no group"+forName(m.Name), found.Why)}}, nil
	}
	return withOthers(boundedBy(options, found.Total, "What you type is searched in names, and in the accounts and roles that groups bring."), others), nil
}
