package bot

import (
	"context"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// The words after /aws-access that are about one's own access.
const (
	wordList   = "list"
	wordEnd    = "end"
	wordExtend = "extend"
	wordAgain  = "again"
)

// The presses in messages about one's own access. They are not those of the messages that
// are kept up to date: these are seen once, by one person.
const (
	areaOwn      = "own"
	actOwnEnd    = "stint.own.end"    // value: grant id
	actOwnCancel = "stint.own.cancel" // value: request id
)

// ownMost is how many lines a message about one's own access has.
const ownMost = 10

// own answers a command about one's own access.
func (b *Bot) own(ctx context.Context, o origin, word, text string) {
	h, err := b.service.Home(ctx, o.user)
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	switch word {
	case wordList:
		b.answerLine(ctx, o, ownList(h, b.service.Paused()))
	case wordAgain:
		b.newestAgain(ctx, o)
	case wordEnd:
		b.endOwn(ctx, o, h, text)
	case wordExtend:
		b.extendOwn(ctx, o, h, text)
	}
}

// ownList is one's own access and requests, in one message.
func ownList(h access.HomeView, p *access.Pause) content {
	head := "*Your AWS access*"
	blocks := []slack.Block{section(head)}
	if p != nil {
		blocks = append(blocks, section(pausedLine(*p)))
	}
	if len(h.Active) == 0 {
		blocks = append(blocks, small("None right now."))
	}
	for i, g := range h.Active {
		if i == ownMost {
			blocks = append(blocks, small(andMore(len(h.Active)-ownMost)+"; all of it is in Stint's Home tab."))
			break
		}
		blocks = append(blocks, grantBlocks(g, actOwnEnd)...)
	}
	for i, v := range h.Pending {
		if i == ownMost {
			blocks = append(blocks, small(andMore(len(h.Pending)-ownMost)+" pending."))
			break
		}
		cancel := button(actOwnCancel+":"+strconv.Itoa(i), string(v.Request.ID), "Cancel", "Cancel the request for "+plainItem(firstItem(v)))
		blocks = append(blocks, sectionWith(items(v, item)+" · "+length(v.Request.Duration)+"\n"+stateLine(v), cancel))
	}
	if n := len(h.Waiting); n > 0 {
		blocks = append(blocks, small(plural(n, "request")+" of others can be decided by you: see Stint's Home tab."))
	}
	return message(head, blocks...)
}

// grantBlocks is one access and what can be done with it; end is the action of End now.
func grantBlocks(g access.GrantView, end string) []slack.Block {
	text := item(g.Item) + "\n" + grantLine(g)
	if link := consoleURL(g.Instance, g.Item); link != "" && g.Phase == access.PhaseActive {
		text += " <" + escaper.Replace(link) + "|Open console>"
	}
	if g.Extension != "" && g.Grant.State != access.Ended {
		text += "\n:hourglass_flowing_sand: An extension waits for a decision."
	}
	var bs []*slack.ButtonBlockElement
	if mayExtend(g) {
		bs = append(bs, extendButton(g))
	}
	if g.Grant.State != access.Ended {
		bs = append(bs, endButton(g, end))
	}
	if len(bs) == 0 {
		return []slack.Block{section(text)}
	}
	return []slack.Block{section(text), actions(bs...)}
}

// ownPressed ends or cancels, and lists what is left.
func (b *Bot) ownPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	o.ts = "pressed" // the answer takes the place of the list
	var err error
	switch actionOf(a.ActionID) {
	case actOwnEnd:
		_, err = b.service.EndGrant(ctx, access.GrantID(a.Value), o.user)
	case actOwnCancel:
		_, err = b.service.Cancel(ctx, access.RequestID(a.Value), o.user)
	}
	if err != nil {
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
		return
	}
	b.own(ctx, o, wordList, "")
}

// ownNamed are those of one's own that fit what was typed.
func ownNamed(gs []access.GrantView, text string, fits func(access.GrantView) bool) (found []access.GrantView) {
	for _, g := range gs {
		if fits(g) && strings.Contains(strings.ToLower(plainItem(g.Item)+" "+string(g.Grant.Key.Account)), strings.ToLower(strings.TrimSpace(text))) {
			found = append(found, g)
		}
	}
	return found
}

// endOwn ends one's own access that was named, or asks which.
func (b *Bot) endOwn(ctx context.Context, o origin, h access.HomeView, text string) {
	found := ownNamed(h.Active, text, func(g access.GrantView) bool { return g.Grant.State != access.Ended })
	switch {
	case len(found) == 0:
		b.answerLine(ctx, o, noneOf(h, text, "end"))
	case len(found) == 1 && strings.TrimSpace(text) != "":
		g, err := b.service.EndGrant(ctx, found[0].Grant.ID, o.user)
		if err != nil {
			b.answerLine(ctx, o, b.whyRefused(o.user, err))
			return
		}
		head := item(g.Item) + ": " + ended(g)
		b.answerLine(ctx, o, message(head, section(phaseIcon(g)+" "+head)))
	default:
		b.answerLine(ctx, o, which("*Which one shall end?*", found, func(g access.GrantView) *slack.ButtonBlockElement { return endButton(g, actOwnEnd) }))
	}
}

// extendOwn asks for more time for one's own access that was named, or asks which.
func (b *Bot) extendOwn(ctx context.Context, o origin, h access.HomeView, text string) {
	found := ownNamed(h.Active, text, mayExtend)
	switch len(found) {
	case 0:
		b.answerLine(ctx, o, noneOf(h, text, "extend"))
	case 1:
		b.openExtend(ctx, o, found[0].Grant.ID)
	default:
		b.answerLine(ctx, o, which("*Which one shall last longer?*", found, extendButton))
	}
}

func which(head string, found []access.GrantView, press func(access.GrantView) *slack.ButtonBlockElement) content {
	blocks := []slack.Block{section(head)}
	for i, g := range found {
		if i == ownMost {
			blocks = append(blocks, small(andMore(len(found)-ownMost)+": write more of the name."))
			break
		}
		blocks = append(blocks, sectionWith(item(g.Item)+"\n"+grantLine(g), press(g)))
	}
	return message(head, blocks...)
}

// noneOf says that there is nothing to end or to extend.
func noneOf(h access.HomeView, text, what string) content {
	head := "You have no access that could " + what + "."
	switch {
	case what == "extend":
		head = "You have no access that could be extended now."
	case len(h.Active) == 0:
		head = "You have no access right now."
	}
	if strings.TrimSpace(text) != "" && len(h.Active) > 0 {
		head = "None of your access matches “" + escName(text, nameWidth) + "”."
	}
	text = ":mag: " + head + " `" + commandAccess + " " + wordList + "` shows all of it."
	return message(head, section(text))
}
