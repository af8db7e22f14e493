package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox"
	"stint/sandbox/page/pagetest"
)

// app is a small app over the real Slack client, so that the page is tested without the product: an access
// form, a card, a Home tab, and a gallery of every element.
type app struct {
	t    *testing.T
	sb   *sandbox.Sandbox
	api  *slack.Client
	conn *socketmode.Client
	work sync.WaitGroup

	// silent swallows envelopes without an acknowledgement.
	silent func(command string) bool
	// hold, when set, keeps suggestions for a query back until it is closed.
	hold chan struct{}
}

// runApp connects the app and returns when its socket is open.
func runApp(t *testing.T, sb *sandbox.Sandbox, change ...func(*app)) *app {
	t.Helper()
	api := slack.New(sb.BotToken(), slack.OptionAppLevelToken(sb.AppToken()), slack.OptionAPIURL(sb.SlackAPIURL()),
		slack.OptionHTTPClient(&http.Client{Timeout: pagetest.Patience}), slack.OptionLog(log.New(io.Discard, "", 0)))
	a := &app{
		t: t, sb: sb, api: api, conn: socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0))),
		silent: func(c string) bool { return c == "/silent" },
	}
	for _, f := range change {
		f(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	connected := make(chan struct{})
	a.work.Go(func() { _ = a.conn.RunContext(ctx) })
	a.work.Go(func() { a.loop(ctx, connected) })
	t.Cleanup(func() {
		cancel()
		a.work.Wait()
	})
	select {
	case <-connected:
	case <-time.After(pagetest.Patience):
		t.Fatal("the app did not connect")
	}
	return a
}

func (a *app) loop(ctx context.Context, connected chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-a.conn.Events:
			switch e.Type {
			case socketmode.EventTypeHello: // from here on Slack deals it envelopes
				select {
				case <-connected:
				default:
					close(connected)
				}
			case socketmode.EventTypeSlashCommand:
				c := e.Data.(slack.SlashCommand)
				if !a.silent(c.Command) {
					a.command(ctx, *e.Request, c)
				}
			case socketmode.EventTypeInteractive:
				a.interaction(ctx, *e.Request, e.Data.(slack.InteractionCallback))
			case socketmode.EventTypeEventsAPI:
				a.ack(*e.Request, nil)
				if h, ok := e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok {
					a.publish(ctx, h.User)
				}
			}
		}
	}
}

func (a *app) ack(r socketmode.Request, payload any) {
	if payload == nil {
		_ = a.conn.Ack(r)
		return
	}
	_ = a.conn.Ack(r, payload)
}

func (a *app) must(err error) {
	if err != nil {
		fmt.Fprintln(a.sb.Log(), "app: "+err.Error())
		a.t.Errorf("app: %v", err)
	}
}

// view decodes a view from JSON, which is shorter than the library's types.
func view(raw string) (v slack.ModalViewRequest) {
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		panic(fmt.Sprintf("%v in %s", err, raw))
	}
	return v
}

func blocksOf(raw string) slack.Blocks {
	var b slack.Blocks
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		panic(fmt.Sprintf("%v in %s", err, raw))
	}
	return b
}

func (a *app) command(ctx context.Context, r socketmode.Request, c slack.SlashCommand) {
	switch c.Command {
	case "/aws-access":
		_, err := a.api.OpenViewContext(ctx, c.TriggerID, view(form("")))
		a.must(err)
		a.ack(r, nil)
	case "/gallery":
		_, err := a.api.OpenViewContext(ctx, c.TriggerID, view(gallery))
		a.must(err)
		a.ack(r, nil)
	default:
		a.ack(r, map[string]any{"response_type": "ephemeral", "text": "You said: " + c.Text})
	}
}

// form is the access form; its role field appears once an account is chosen.
func form(account string) string {
	role := ""
	if account != "" {
		role = fmt.Sprintf(`
		{"type":"input","block_id":"role-%s","label":{"type":"plain_text","text":"Role"},
		 "element":{"type":"static_select","action_id":"role","placeholder":{"type":"plain_text","text":"Choose a role"},"options":[
			{"text":{"type":"plain_text","text":"ReadOnly"},"value":"ReadOnly"},
			{"text":{"type":"plain_text","text":"AdministratorAccess"},"value":"AdministratorAccess"}]}},
		{"type":"context","block_id":"preview","elements":[{"type":"mrkdwn","text":"*Decided by* rule _production_: one of @sre approves. At most 2 h."}]},`, account)
	}
	return fmt.Sprintf(`{"type":"modal","callback_id":"access","private_metadata":%q,"title":{"type":"plain_text","text":"Request AWS access"},
	"submit":{"type":"plain_text","text":"Request"},"close":{"type":"plain_text","text":"Cancel"},"blocks":[
		{"type":"input","block_id":"account","dispatch_action":true,"label":{"type":"plain_text","text":"Account"},
		 "hint":{"type":"plain_text","text":"Search by name, id or OU"},
		 "element":{"type":"external_select","action_id":"account","min_query_length":0,"placeholder":{"type":"plain_text","text":"Search accounts"}}},
		%s
		{"type":"input","block_id":"duration","label":{"type":"plain_text","text":"For how long"},
		 "element":{"type":"radio_buttons","action_id":"duration","initial_option":{"text":{"type":"plain_text","text":"1 hour"},"value":"1h"},"options":[
			{"text":{"type":"plain_text","text":"30 minutes"},"value":"30m"},
			{"text":{"type":"plain_text","text":"1 hour"},"value":"1h"},
			{"text":{"type":"plain_text","text":"4 hours"},"value":"4h","description":{"type":"plain_text","text":"Needs a second approver"}}]}},
		{"type":"input","block_id":"reason","label":{"type":"plain_text","text":"Reason"},
		 "element":{"type":"plain_text_input","action_id":"reason","multiline":true,"placeholder":{"type":"plain_text","text":"What is it for?"}}}
	]}`, account, role)
}

func (a *app) interaction(ctx context.Context, r socketmode.Request, c slack.InteractionCallback) {
	switch c.Type {
	case slack.InteractionTypeBlockSuggestion:
		if a.hold != nil && c.Value != "" {
			select {
			case <-a.hold:
			case <-ctx.Done():
			}
		}
		a.ack(r, map[string]any{"options": a.accounts(c.Value)})
	case slack.InteractionTypeViewSubmission:
		a.submitted(ctx, r, c)
	case slack.InteractionTypeBlockActions:
		a.ack(r, nil)
		a.pressed(ctx, c, c.ActionCallback.BlockActions[0])
	default:
		a.ack(r, nil)
	}
}

func (a *app) accounts(q string) []map[string]any {
	options := []map[string]any{}
	for _, acc := range a.sb.AWS().Snapshot().Accounts {
		path, _ := a.sb.AWS().OUPath(acc.ID)
		if strings.Contains(acc.ID+" "+acc.Name+" "+path, q) && len(options) < 40 {
			options = append(options, map[string]any{
				"text": map[string]any{"type": "plain_text", "text": acc.Name}, "value": acc.ID,
				"description": map[string]any{"type": "plain_text", "text": acc.ID + " · " + path},
			})
		}
	}
	return options
}

func (a *app) submitted(ctx context.Context, r socketmode.Request, c slack.InteractionCallback) {
	if c.View.CallbackID != "access" {
		a.ack(r, nil)
		return
	}
	values := c.View.State.Values
	reason := values["reason"]["reason"].Value
	if len(reason) < 5 {
		a.ack(r, map[string]any{"response_action": "errors", "errors": map[string]string{"reason": "Say a little more, at least 5 characters."}})
		return
	}
	account := values["account"]["account"].SelectedOption
	role := values["role-"+account.Value]["role"].SelectedOption.Value
	a.ack(r, map[string]any{"response_action": "clear"})
	until := a.sb.Clock().Now().Add(time.Hour).Unix()
	_, _, err := a.api.PostMessageContext(ctx, a.channel("aws-approvals"), slack.MsgOptionText("A request for "+role, false),
		slack.MsgOptionBlocks(blocksOf(card(c.User.ID, role, account.Text.Text, reason, until, true)).BlockSet...))
	a.must(err)
}

func card(user, role, account, reason string, until int64, open bool) string {
	quoted, _ := json.Marshal("> " + escape(reason))
	end := `{"type":"context","elements":[{"type":"mrkdwn","text":":white_check_mark: Approved"}]}`
	if open {
		end = `{"type":"actions","block_id":"decide","elements":[
			{"type":"button","action_id":"approve","style":"primary","text":{"type":"plain_text","text":"Approve"},"value":"` + user + `",
			 "confirm":{"title":{"type":"plain_text","text":"Approve for production?"},"text":{"type":"mrkdwn","text":"They get *` + role + `* at once."},
			 "confirm":{"type":"plain_text","text":"Approve"},"deny":{"type":"plain_text","text":"Not yet"}}},
			{"type":"button","action_id":"deny","style":"danger","text":{"type":"plain_text","text":"Deny"},"value":"r1"},
			{"type":"button","action_id":"details","text":{"type":"plain_text","text":"Details"},"value":"r1"}]}`
	}
	return fmt.Sprintf(`[
		{"type":"section","block_id":"head","text":{"type":"mrkdwn","text":"<@%s> asks for *%s* in *%s* · 1 h"}},
		{"type":"section","block_id":"facts","fields":[{"type":"mrkdwn","text":"*Account*\n%s"},{"type":"mrkdwn","text":"*Until*\n<!date^%d^{date_short_pretty} at {time}|later>"}]},
		{"type":"section","block_id":"reason","text":{"type":"mrkdwn","text":%s}},
		%s]`, user, role, account, account, until, quoted, end)
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func (a *app) channel(name string) string {
	for _, c := range a.sb.Slack().Channels() {
		if c.Name == name {
			return c.ID
		}
	}
	a.t.Errorf("no channel %s", name)
	return ""
}

func (a *app) pressed(ctx context.Context, c slack.InteractionCallback, action *slack.BlockAction) {
	switch action.ActionID {
	case "account":
		_, err := a.api.UpdateViewContext(ctx, view(form(action.SelectedOption.Value)), "", "", c.View.ID)
		if err != nil && err.Error() != "not_found" { // the person may have closed it meanwhile
			a.must(err)
		}
	case "approve":
		if action.Value == c.User.ID {
			_, err := a.api.PostEphemeralContext(ctx, c.Channel.ID, c.User.ID, slack.MsgOptionText("You asked for this yourself. Somebody of @sre decides.", false))
			a.must(err)
			return
		}
		_, _, _, err := a.api.UpdateMessageContext(ctx, c.Channel.ID, c.Message.Timestamp, slack.MsgOptionText("Approved", false),
			slack.MsgOptionBlocks(blocksOf(card("U", "ReadOnly", "prod-billing", "done", a.sb.Clock().Now().Add(time.Hour).Unix(), false)).BlockSet...))
		a.must(err)
		_, _, err = a.api.PostMessageContext(ctx, c.Channel.ID, slack.MsgOptionText("<@"+c.User.ID+"> approved.", false), slack.MsgOptionTS(c.Message.Timestamp))
		a.must(err)
	case "deny":
		_, err := a.api.OpenViewContext(ctx, c.TriggerID, view(`{"type":"modal","callback_id":"deny","title":{"type":"plain_text","text":"Deny"},
			"submit":{"type":"plain_text","text":"Deny"},"blocks":[{"type":"input","block_id":"why","label":{"type":"plain_text","text":"Why?"},
			"element":{"type":"plain_text_input","action_id":"why"}}]}`))
		a.must(err)
	case "push":
		_, err := a.api.PushViewContext(ctx, c.TriggerID, view(`{"type":"modal","callback_id":"pushed","title":{"type":"plain_text","text":"On top"},
			"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"A view *on top* of another."}},
			{"type":"actions","block_id":"more","elements":[{"type":"button","action_id":"push","text":{"type":"plain_text","text":"One more"}}]}]}`))
		a.must(err)
	}
}

func (a *app) publish(ctx context.Context, user string) {
	until := a.sb.Clock().Now().Add(90 * time.Minute).Unix()
	_, err := a.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: slack.HomeTabViewRequest{
		Type: slack.VTHomeTab, Blocks: blocksOf(fmt.Sprintf(`[
		{"type":"header","text":{"type":"plain_text","text":"Your access"}},
		{"type":"section","block_id":"live","text":{"type":"mrkdwn","text":"*ReadOnly* in *prod-billing*\nuntil <!date^%d^{date_short_pretty} at {time}|later>"},
		 "accessory":{"type":"overflow","action_id":"more","options":[{"text":{"type":"plain_text","text":"End now"},"value":"end"},{"text":{"type":"plain_text","text":"Extend"},"value":"extend"}]}},
		{"type":"divider"},
		{"type":"header","text":{"type":"plain_text","text":"Waiting for you"}},
		{"type":"section","text":{"type":"mrkdwn","text":"Nothing waits for your decision."}},
		{"type":"actions","block_id":"home","elements":[{"type":"button","action_id":"push-home","style":"primary","text":{"type":"plain_text","text":"Request access"}}]},
		{"type":"context","elements":[{"type":"image","image_url":"https://example.com/a.png","alt_text":"clock"},{"type":"mrkdwn","text":"Times are in your zone."}]}]`, until)),
	}})
	a.must(err)
}

// gallery has every element once.
const gallery = `{"type":"modal","callback_id":"gallery","title":{"type":"plain_text","text":"Gallery"},"submit":{"type":"plain_text","text":"Done"},"blocks":[
	{"type":"header","text":{"type":"plain_text","text":"A header with <b>no</b> markup"}},
	{"type":"section","text":{"type":"mrkdwn","text":"*bold* _italic_ ~gone~ ` + "`code`" + ` <https://example.com|a link> :tada:\n> quoted\nand after\n` + "```pre\\n  formatted```" + `"}},
	{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"rich ","style":{"bold":true}},{"type":"emoji","name":"wave"}]},
		{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]}]},
	{"type":"actions","block_id":"go","elements":[{"type":"button","action_id":"push","text":{"type":"plain_text","text":"Open another"}},
		{"type":"static_select","action_id":"pick","placeholder":{"type":"plain_text","text":"Pick"},"option_groups":[
			{"label":{"type":"plain_text","text":"Fruit"},"options":[{"text":{"type":"plain_text","text":"Apple"},"value":"apple"},{"text":{"type":"plain_text","text":"Pear"},"value":"pear"}]},
			{"label":{"type":"plain_text","text":"Nuts"},"options":[{"text":{"type":"plain_text","text":"Walnut"},"value":"walnut"}]}]},
		{"type":"datepicker","action_id":"day","initial_date":"2030-01-31"},{"type":"timepicker","action_id":"time","initial_time":"12:30"}]},
	{"type":"input","block_id":"people","label":{"type":"plain_text","text":"People"},"optional":true,"element":{"type":"multi_users_select","action_id":"people"}},
	{"type":"input","block_id":"where","label":{"type":"plain_text","text":"Channel"},"optional":true,"element":{"type":"conversations_select","action_id":"where"}},
	{"type":"input","block_id":"boxes","label":{"type":"plain_text","text":"Boxes"},"optional":true,"element":{"type":"checkboxes","action_id":"boxes","options":[
		{"text":{"type":"mrkdwn","text":"*First*"},"value":"1"},{"text":{"type":"plain_text","text":"Second"},"value":"2","description":{"type":"plain_text","text":"with words"}}]}},
	{"type":"input","block_id":"mail","label":{"type":"plain_text","text":"Mail"},"optional":true,"element":{"type":"email_text_input","action_id":"mail"}},
	{"type":"input","block_id":"count","label":{"type":"plain_text","text":"Count"},"optional":true,"element":{"type":"number_input","action_id":"count","is_decimal_allowed":false,"min_value":"1","max_value":"9"}},
	{"type":"image","title":{"type":"plain_text","text":"A picture"},"image_url":"https://example.com/p.png","alt_text":"nothing is fetched"}
]}`

// assign asks AWS for an assignment as the app would.
func assign(t *testing.T, sb *sandbox.Sandbox, person, account, role string) {
	t.Helper()
	ids := sb.AWS().IDs()
	var user, set string
	org := sb.AWS().Snapshot()
	for _, u := range org.Users {
		if u.Email == person {
			user = u.ID
		}
	}
	for _, p := range org.PermissionSets {
		if p.Name == role {
			set = p.ARN
		}
	}
	client := ssoadmin.New(ssoadmin.Options{
		Region: sb.AWSRegion(), BaseEndpoint: aws.String(sb.AWSEndpointURL()),
		Credentials: credentials.NewStaticCredentialsProvider(sb.AWSAccessKeyID(), sb.AWSSecretAccessKey(), ""),
	})
	_, err := client.CreateAccountAssignment(t.Context(), &ssoadmin.CreateAccountAssignmentInput{
		InstanceArn: &ids.InstanceARN, PermissionSetArn: &set, PrincipalId: &user, PrincipalType: "USER", TargetId: &account, TargetType: "AWS_ACCOUNT",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// post posts blocks to #aws-approvals and returns the message's ts.
func (a *app) post(t *testing.T, blocks string) string {
	t.Helper()
	_, ts, err := a.api.PostMessageContext(t.Context(), a.channel("aws-approvals"), slack.MsgOptionText("A request", false),
		slack.MsgOptionBlocks(blocksOf(blocks).BlockSet...))
	if err != nil {
		t.Fatal(err)
	}
	return ts
}
