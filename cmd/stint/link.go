package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access/fault"
)

// linkCmd is `stint link`.
type linkCmd struct {
	What []string `arg:"" optional:"" help:"What the runbook wants: account, role, how long, why. Without it, only the link."`

	SlackBotToken string `name:"slack-bot-token" env:"SLACK_BOT_TOKEN" help:"Bot token (xoxb-…), to find workspace and app."`
	SlackAPIURL   string `name:"slack-api-url" env:"SLACK_API_URL" help:"Another Slack API than Slack's, such as the sandbox's."`
}

// Help says what the links can do.
func (linkCmd) Help() string {
	return `For a runbook: the line that asks for access, and the link to Stint's Home. Slack's links open the app and can neither run a command nor fill a form, so that the line has to be pasted.

  stint link prod-billing ReadOnly 2h 'INC- what you saw'`
}

// Run prints both.
func (c *linkCmd) Run(ctx context.Context, std streams) error {
	if len(c.What) > 0 {
		fmt.Fprintf(std.out, "/aws-access %s\n", oneLineOf(c.What))
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	home, err := c.home(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(std.out, home)
	return nil
}

// home is the link to the app's Home tab.
func (c *linkCmd) home(ctx context.Context) (string, error) {
	if !strings.HasPrefix(c.SlackBotToken, "xoxb-") {
		return "", fault.New(fault.Invalid, "cmd.link", "SLACK_BOT_TOKEN is not set, so the workspace and the app are not known.", "Set it as for `stint serve`.")
	}
	options := []slack.Option{}
	if c.SlackAPIURL != "" {
		options = append(options, slack.OptionAPIURL(strings.TrimSuffix(c.SlackAPIURL, "/")+"/"))
	}
	api := slack.New(c.SlackBotToken, options...)
	who, err := api.AuthTestContext(ctx)
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "cmd.link", "Slack does not say which workspace this is: "+err.Error()+".", "Run `stint check` with the same settings.")
	}
	bot, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: who.BotID})
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "cmd.link", "Slack does not say which app this is: "+err.Error()+".", "Run `stint check` with the same settings.")
	}
	q := url.Values{"team": {who.TeamID}, "id": {bot.AppID}, "tab": {"home"}}
	return "slack://app?" + q.Encode(), nil
}

// oneLineOf is a command's words; names with spaces are put in quotation marks.
func oneLineOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if i < 2 && strings.ContainsAny(w, " \t") {
			quoted[i] = "“" + w + "”"
		}
	}
	return strings.Join(quoted, " ")
}
