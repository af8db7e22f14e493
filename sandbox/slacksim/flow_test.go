package slacksim_test

import (
	"fmt"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
)

const form = `{"type":"modal","callback_id":"ask","title":{"type":"plain_text","text":"Ask"},
 "submit":{"type":"plain_text","text":"Send"},"close":{"type":"plain_text","text":"Cancel"},"private_metadata":"pm",
 "notify_on_close":true,"blocks":[
  {"type":"input","block_id":"acct","dispatch_action":true,"label":{"type":"plain_text","text":"Account"},
   "element":{"type":"external_select","action_id":"pick","min_query_length":2}},
  {"type":"input","block_id":"why","label":{"type":"plain_text","text":"Why"},
   "element":{"type":"plain_text_input","action_id":"text","multiline":true,"min_length":3,"max_length":20}},
  {"type":"section","block_id":"sec","text":{"type":"mrkdwn","text":"Length"},
   "accessory":{"type":"static_select","action_id":"len","options":[
     {"text":{"type":"plain_text","text":"1 h"},"value":"1h"},{"text":{"type":"plain_text","text":"2 h"},"value":"2h"}]}},
  {"type":"actions","block_id":"acts","elements":[{"type":"button","action_id":"go","value":"v1",
     "text":{"type":"plain_text","text":"Go"},"confirm":{"title":{"type":"plain_text","text":"Sure?"},
     "text":{"type":"plain_text","text":"Really"},"confirm":{"type":"plain_text","text":"Yes"},"deny":{"type":"plain_text","text":"No"}}}]}]}`

func el(block, action string) slacksim.Element {
	return slacksim.Element{BlockID: block, ActionID: action}
}

// The whole way of a form with the real client: command, modal, typing into a select, choosing, pressing,
// submitting.
func TestFormFromCommandToSubmission(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen := make(chan slack.InteractionCallback, 10)
	r.opener(form, func(i slack.InteractionCallback) any {
		seen <- i
		if i.Type == slack.InteractionTypeBlockSuggestion {
			text := slack.NewTextBlockObject("plain_text", "prod-"+i.Value, false, false)
			return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("id-"+i.Value, text, nil)}}
		}
		return nil
	})
	bob := r.as(r.bob)
	res, err := bob.Command(r.ctx, r.general.ID, "/ask", "prod please")
	must(t, err)
	if !res.OK {
		t.Fatalf("command: %+v", res)
	}
	m, ok := bob.Modal()
	if !ok || m.Title.Text != "Ask" || m.Depth != 1 || m.PrivateMetadata != "pm" || m.RootID != m.ID {
		t.Fatalf("modal: %v %+v", ok, m)
	}
	if _, open := r.as(r.ann).Modal(); open {
		t.Error("somebody else sees the modal")
	}

	// One character is below min_query_length: the app is not asked.
	offers, res, err := bob.Options(r.ctx, el("acct", "pick"), "x")
	must(t, err)
	if offers.Asked || !res.OK {
		t.Errorf("a short query asked the app: %+v", offers)
	}
	offers, _, err = bob.Options(r.ctx, el("acct", "pick"), "bill")
	must(t, err)
	if !offers.Asked || len(offers.Options) != 1 || offers.Options[0].Value != "id-bill" || offers.Bytes == 0 {
		t.Fatalf("options: %+v", offers)
	}
	if s := <-seen; s.Value != "bill" || s.BlockID != "acct" || s.ActionID != "pick" || s.View.State != nil || s.View.PrivateMetadata != "pm" {
		t.Errorf("suggestion: %+v", s)
	}

	if _, err = bob.Fill(r.ctx, el("acct", "pick"), "never offered"); err == nil {
		t.Error("an option that was never offered could be chosen")
	}
	_, err = bob.Fill(r.ctx, el("acct", "pick"), "id-bill")
	must(t, err)
	if a := <-seen; a.Type != slack.InteractionTypeBlockActions || a.ActionCallback.BlockActions[0].SelectedOption.Value != "id-bill" ||
		a.View.State.Values["acct"]["pick"].SelectedOption.Value != "id-bill" {
		t.Errorf("dispatch_action: %+v", a)
	}

	// The client refuses a form that is not filled.
	res, err = bob.Submit(r.ctx)
	must(t, err)
	if res.Code != "invalid_input" || res.Errors["why"] == "" || res.EnvelopeID != "" {
		t.Errorf("an empty required field was sent: %+v", res)
	}
	_, err = bob.Fill(r.ctx, el("why", "text"), "because")
	must(t, err)
	_, err = bob.Fill(r.ctx, el("sec", "len"), "2h")
	must(t, err)
	if a := <-seen; a.ActionCallback.BlockActions[0].ActionID != "len" {
		t.Errorf("section select: %+v", a.ActionCallback)
	}
	res, err = bob.Press(r.ctx, el("acts", "go"), "")
	must(t, err)
	if res.Confirm == nil || res.Confirm.Deny.Text != "No" {
		t.Errorf("no confirm dialog: %+v", res)
	}
	pressed := el("acts", "go")
	pressed.Confirmed = true
	_, err = bob.Press(r.ctx, pressed, "")
	must(t, err)
	if a := <-seen; a.ActionCallback.BlockActions[0].Value != "v1" || a.TriggerID == "" || a.Container.ViewID != m.ID {
		t.Errorf("button: %+v", a)
	}

	res, err = bob.Submit(r.ctx)
	must(t, err)
	s := <-seen
	if !res.OK || s.Type != slack.InteractionTypeViewSubmission || s.View.State.Values["why"]["text"].Value != "because" ||
		s.View.State.Values["sec"]["len"].SelectedOption.Value != "2h" || s.View.CallbackID != "ask" {
		t.Errorf("submission: %+v %+v", res, s.View.State)
	}
	if _, open := bob.Modal(); open {
		t.Error("the modal is still open")
	}
}

// A card in a channel: posted, pressed, updated, with an ephemeral to who pressed.
func TestCardInAChannel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen := make(chan slack.InteractionCallback, 1)
	api := r.app(func(c *socketmode.Client, e socketmode.Event) {
		if i, ok := e.Data.(slack.InteractionCallback); ok {
			seen <- i
		}
		_ = c.Ack(*e.Request)
	})
	button := slack.NewButtonBlockElement("approve", "req-1", slack.NewTextBlockObject("plain_text", "Approve", false, false))
	card := slack.MsgOptionBlocks(
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "<@"+r.bob.ID+"> asks", false, false), nil, nil),
		slack.NewActionBlock("acts", button))
	id, ts, err := api.PostMessageContext(r.ctx, r.private.ID, slack.MsgOptionText("bob asks", false), card)
	must(t, err)
	if id != r.private.ID {
		t.Errorf("posted to %s", id)
	}
	ann := r.as(r.ann)
	if side := ann.Sidebar(); side.Channels[0].Name != "approvals" || side.Channels[0].Unread != 1 || side.Channels[0].Mentions != 0 {
		t.Errorf("sidebar: %+v", side.Channels[0])
	}
	if side := r.as(r.bob).Sidebar(); side.Channels[0].Mentions != 1 {
		t.Errorf("bob is mentioned: %+v", side.Channels[0])
	}
	must(t, ann.MarkRead(id))
	if ann.Sidebar().Channels[0].Unread != 0 {
		t.Error("still unread")
	}
	res, err := ann.Press(r.ctx, slacksim.Element{On: slacksim.OnMessage(id, ts), BlockID: "acts", ActionID: "approve"}, "")
	must(t, err)
	i := <-seen
	if !res.OK || i.User.ID != r.ann.ID || i.Message.Timestamp != ts || i.Channel.ID != id || i.ResponseURL == "" ||
		i.Channel.Name != "privategroup" || i.ActionCallback.BlockActions[0].Value != "req-1" || i.Message.BotID != r.BotID() {
		t.Errorf("press: %+v %+v", res, i)
	}
	_, _, _, err = api.UpdateMessageContext(r.ctx, id, ts, slack.MsgOptionText("approved", false),
		slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "approved", false, false), nil, nil)))
	must(t, err)
	_, err = api.PostEphemeralContext(r.ctx, id, r.ann.ID, slack.MsgOptionText("only you", false))
	must(t, err)
	_, _, err = api.PostMessageContext(r.ctx, id, slack.MsgOptionText("in the thread", false), slack.MsgOptionTS(ts))
	must(t, err)

	see := func(p *slacksim.Person) slacksim.Conversation {
		c, err := p.Conversation(id)
		must(t, err)
		return c
	}
	c := see(ann)
	if len(c.Messages) != 2 || !c.Messages[0].Edited || len(c.Messages[0].Blocks) != 1 || len(c.Messages[0].Replies) != 1 || !c.Messages[1].Ephemeral {
		t.Errorf("ann sees %+v", c.Messages)
	}
	if c := see(r.as(r.bob)); len(c.Messages) != 1 {
		t.Errorf("bob sees somebody else's ephemeral: %+v", c.Messages)
	}
	ann.Reload()
	if c := see(ann); len(c.Messages) != 1 {
		t.Errorf("the ephemeral outlived a reload: %+v", c.Messages)
	}
}

func TestDirectMessageAndHome(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	api := r.app(func(c *socketmode.Client, e socketmode.Event) { _ = c.Ack(*e.Request) })
	id, ts, err := api.PostMessageContext(r.ctx, r.bob.ID, slack.MsgOptionText("hello", false))
	must(t, err)
	if id[0] != 'D' {
		t.Errorf("posted to %s, want a direct message", id)
	}
	_, _, _, err = api.UpdateMessageContext(r.ctx, r.bob.ID, ts, slack.MsgOptionText("x", false))
	if fmt.Sprint(err) != "channel_not_found" {
		t.Errorf("update by user id: %v", err)
	}
	_, _, _, err = api.UpdateMessageContext(r.ctx, id, ts, slack.MsgOptionText("hello again", false))
	must(t, err)
	bob := r.as(r.bob)
	if s := bob.Sidebar(); s.Apps[0].ID != id || s.Apps[0].Unread != 1 || s.Apps[0].Mentions != 1 {
		t.Errorf("sidebar: %+v", s.Apps)
	}

	home, err := bob.OpenHome(r.ctx)
	must(t, err)
	if home.Published {
		t.Error("a Home tab before anything was published")
	}
	r.logged("app_home_opened acknowledged", func(e slacksim.Entry) bool {
		return e.Kind == slacksim.EntryAck && e.Name == "events_api/app_home_opened" && e.OK
	})
	v := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
	resp, err := api.PublishViewContext(r.ctx, slack.PublishViewContextRequest{UserID: r.bob.ID, View: v})
	must(t, err)
	if home = bob.Home(); !home.Published || len(home.Blocks) != 1 || home.Hash != resp.Hash {
		t.Errorf("home: %+v", home)
	}
	stale := "1.stale"
	_, err = api.PublishViewContext(r.ctx, slack.PublishViewContextRequest{UserID: r.bob.ID, View: v, Hash: &stale})
	if fmt.Sprint(err) != "hash_conflict" {
		t.Errorf("stale hash: %v", err)
	}
}
