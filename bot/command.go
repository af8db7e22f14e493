package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"stint/access/catalog"
	"stint/access/identity"
)

// The slash commands, as the manifest names them.
const (
	commandAccess = "/aws-access"
	commandConfig = "/jit-config"
)

// wordWhy after /aws-access explains the policy to anybody, about themselves.
const wordWhy = "why"

// The words after /aws-access that open a list.
const (
	wordMine = "mine"
	wordWho  = "who"
)

// commandAnswer is an answer given with the acknowledgement, seen only by who asked.
type commandAnswer struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

const helpText = "*Stint* gives you AWS access for a limited time, and takes it away again.\n" +
	"• `" + commandAccess + "` opens a form: choose accounts and roles, say for how long and why. It shows who decides before you send it.\n" +
	"• `" + commandAccess + " prod-billing ReadOnly 2h INC-123 disk is full` asks on one line: account, role, how long, why. Names with spaces go in quotation marks.\n" +
	"• `" + commandAccess + " " + wordList + "` shows what you have and asked for; `" + wordEnd + "` and `" + wordExtend + "` give access back or prolong it, with a part of its name after it; `" + wordAgain + "` asks for the last thing again.\n" +
	"• `" + commandAccess + " " + areaGroup + "` opens a form for membership in a group, which may be named: it shows which accounts and roles the group brings.\n" +
	"• `" + commandAccess + " " + wordWhy + "` says what you may have and why; `" + commandAccess + " " + wordWhy + " prod-billing ReadOnly 2h` says it at once.\n" +
	"• `" + commandAccess + " " + areaDelegate + "` lets somebody decide requests for you while you are away.\n" +
	"• `" + commandAccess + " " + wordMine + "` lists your requests, old ones too; `" + wordWho + "` shows approvers and admins who has access.\n" +
	"• `" + commandAccess + " help` shows this.\n" +
	"• Your access, your requests and what waits for your decision are in Stint's *Home* tab. *Request AWS access* is among the shortcuts, too, and in the menu of every message.\n" +
	"• `" + commandConfig + "` is for Stint's admins."

const helpAdmins = "*For Stint's admins*\n" +
	"• `" + commandConfig + "` shows what needs an admin now, the live access and Stint's health, and leads to everything else.\n" +
	"• `" + commandConfig + " " + areaRules + "` lists the rules of the policy, to change them; `" + areaVersions + "` what was in force before, to go back to it.\n" +
	"• `" + commandConfig + " " + areaExplain + "` says why somebody may or may not have something; `" + areaSimulate + "` what your draft would have decided differently.\n" +
	"• `" + commandConfig + " " + areaPeople + "` shows who is who in Slack and AWS; `" + areaCatalog + "` the accounts, roles, people and groups that Stint knows; `" + areaSettings + "` the admins, channels and times.\n" +
	"• `" + commandConfig + " " + areaDrift + "` shows access that nobody granted through Stint; `" + areaDebriefs + "` emergencies at which nobody has looked back yet.\n" +
	"• `" + commandConfig + " " + areaPause + "` holds all new access; `" + areaEnd + "` ends access that is live.\n" +
	"• `" + commandConfig + " help` shows this."

// command answers a slash command. It is acknowledged before anything else.
func (b *Bot) command(ctx context.Context, env *envelope, o origin, c slack.SlashCommand) {
	text := strings.ToLower(strings.TrimSpace(c.Text))
	in, named := b.areaWord(text)
	switch {
	case c.Command == commandConfig && named:
		env.ack()
		in.open(ctx, o)
	case c.Command == commandAccess && text == "":
		env.ack()
		b.openForm(ctx, o)
	case c.Command == commandAccess && text == areaDelegate:
		env.ack()
		b.openDelegate(ctx, o)
	case c.Command == commandAccess && text == wordWhy:
		env.ack()
		b.openWhy(ctx, o)
	case c.Command == commandAccess && text == areaGroup:
		env.ack()
		b.openGroup(ctx, o)
	case c.Command == commandAccess && strings.HasPrefix(text, wordWhy+" "):
		b.whyNow(ctx, env, o, strings.TrimSpace(c.Text)[len(wordWhy)+1:])
	case c.Command == commandAccess && text != "help":
		env.ack()
		b.word(ctx, o, strings.TrimSpace(c.Text))
	default:
		help := helpText
		if c.Command == commandConfig {
			help = helpAdmins
			if text != "help" {
				help = "Stint does not know “" + escName(c.Text, nameWidth) + "”.\n" + help
			}
		}
		answer := commandAnswer{ResponseType: slack.ResponseTypeEphemeral, Text: help, Blocks: []slack.Block{section(help)}}
		if err := env.reply(ctx, answer); err != nil {
			b.log.Warn().Err(err).Msg("help not sent")
		}
	}
}

// word answers /aws-access with something after it: one of its words, or a request on one
// line. An account that is called like a word is reached with its id.
func (b *Bot) word(ctx context.Context, o origin, text string) {
	word, rest, _ := strings.Cut(text, " ")
	switch word = strings.ToLower(word); {
	case word == wordList && rest == "", word == wordEnd, word == wordExtend, word == wordAgain && rest == "":
		b.own(ctx, o, word, rest)
	case word == wordMine && rest == "":
		b.openMine(ctx, o)
	case word == wordWho && rest == "":
		b.openWho(ctx, o)
	case word == areaGroup:
		b.openGroupNamed(ctx, o, rest)
	default:
		b.oneLine(ctx, o, text)
	}
}

// help is what /aws-access answers to what it does not know.
func (b *Bot) help(ctx context.Context, o origin, text string) {
	help := "Stint does not know “" + escName(text, nameWidth) + "”, and no account matches it."
	if near := catalog.Nearest(text, slices.Values(ownWords())); len(near) > 0 {
		help += " Did you mean `" + commandAccess + " " + near[0] + "`?"
	}
	help += "\n" + helpText
	b.answerLine(ctx, o, message(help, section(help)))
}

// ownWords are what may follow /aws-access.
func ownWords() []string {
	return []string{wordList, wordEnd, wordExtend, wordAgain, areaGroup, wordWhy, wordMine, wordWho, areaDelegate, "help"}
}

// userLog is a logger for what one person does.
func (b *Bot) userLog(user identity.SlackUserID) zerolog.Logger {
	return b.log.With().Str("actor", string(user)).Logger()
}
