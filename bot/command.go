package bot

import (
	"context"
	"strings"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"stint/access/identity"
)

// The slash commands, as the manifest names them.
const (
	commandAccess = "/aws-access"
	commandConfig = "/jit-config"
)

// commandAnswer is an answer given with the acknowledgement, seen only by who asked.
type commandAnswer struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

const helpText = "*Stint* gives you AWS access for a limited time, and takes it away again.\n" +
	"• `" + commandAccess + "` opens a form: choose an account and a role, say for how long and why. It shows who decides before you send it.\n" +
	"• `" + commandAccess + " help` shows this.\n" +
	"• Your access, your requests and what waits for your decision are in Stint's *Home* tab.\n" +
	"• `" + commandConfig + "` shows admins Stint's health, its rules and the live access."

// command answers a slash command. It is acknowledged before anything else.
func (b *Bot) command(ctx context.Context, env *envelope, o origin, c slack.SlashCommand) {
	text := strings.ToLower(strings.TrimSpace(c.Text))
	switch {
	case c.Command == commandConfig && text == "":
		env.ack()
		b.openConfig(ctx, o)
	case c.Command == commandAccess && text == "":
		env.ack()
		b.openForm(ctx, o)
	default:
		help := helpText
		if text != "" && text != "help" {
			help = "Stint does not know “" + escName(c.Text, nameWidth) + "”.\n" + help
		}
		answer := commandAnswer{ResponseType: slack.ResponseTypeEphemeral, Text: help, Blocks: []slack.Block{section(help)}}
		if err := env.reply(ctx, answer); err != nil {
			b.log.Warn().Err(err).Msg("help not sent")
		}
	}
}

// userLog is a logger for what one person does.
func (b *Bot) userLog(user identity.SlackUserID) zerolog.Logger {
	return b.log.With().Str("actor", string(user)).Logger()
}
