package slacksim

import (
	"context"
	"encoding/json"
	"fmt"

	"stint/sandbox/slacksim/blockkit"
	"stint/sandbox/slacksim/mrkdwn"
)

// Post says something in a conversation of the person's; threadTS makes it a reply and may be empty. What is
// typed is escaped, as a Slack client does.
func (p *Person) Post(_ context.Context, channel, text, threadTS string) (Message, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := p.member(channel)
	if err != nil {
		return Message{}, err
	}
	if text == "" {
		return Message{}, fmt.Errorf("slacksim: post: there is nothing to say")
	}
	if threadTS != "" && ch.byTS[threadTS] == nil {
		return Message{}, fmt.Errorf("slacksim: post: %s has no message %s to reply to", channel, threadTS)
	}
	m := w.say(ch, &message{user: p.id, text: mrkdwn.Escape(text), threadTS: threadTS})
	subscription, kind := "message.channels", "channel"
	switch ch.Kind {
	case ChannelDM:
		subscription, kind = "message.im", "im"
	case ChannelPrivate:
		subscription, kind = "message.groups", "group"
	}
	if ch.BotMember {
		event := w.messageJSON(ch, m)
		event["channel"], event["channel_type"], event["event_ts"] = ch.ID, kind, m.ts
		w.emitAs(subscription, event)
	}
	return p.see(ch, m), nil
}

// member returns a conversation in which the person may write.
func (p *Person) member(id string) (*channel, error) {
	ch, err := p.visible(id)
	switch {
	case err != nil:
		return nil, err
	case !ch.in[p.id]:
		return nil, fmt.Errorf("slacksim: %s is not a member of %s", p.id, ch.Name)
	case ch.Archived:
		return nil, fmt.Errorf("slacksim: %s is archived", ch.Name)
	}
	return ch, nil
}

// Command runs a slash command ("/name") with the text behind it. When the app does not answer in time, or
// there is no such command, the Result says what Slackbot says, and Slackbot says it in the conversation, too.
func (p *Person) Command(ctx context.Context, channel, name, text string) (Result, error) {
	w := p.w
	w.mu.Lock()
	ch, err := p.member(channel)
	if err != nil {
		w.mu.Unlock()
		return Result{}, err
	}
	known := false
	for _, c := range w.commands {
		known = known || c.Name == name
	}
	if !known {
		defer w.mu.Unlock()
		return w.slackbotSays(ch, p.id, "unknown_command", fmt.Sprintf("%s is not a valid command. In Slack, all messages that start with a slash are treated as commands.", name)), nil
	}
	u := w.users[p.id]
	payload := map[string]any{
		"token": w.app.verification, "team_id": w.team.id, "team_domain": w.team.domain, "channel_id": ch.ID,
		"channel_name": channelName(ch), "user_id": u.ID, "user_name": u.Name, "command": name, "text": text,
		"api_app_id": w.app.id, "is_enterprise_install": "false", "trigger_id": w.newTrigger(p.id, ch.ID),
		"response_url": w.newHook("commands", ch.ID, p.id, nil),
	}
	if w.team.enterpriseID != "" {
		payload["enterprise_id"], payload["enterprise_name"] = w.team.enterpriseID, w.team.enterpriseName
	}
	d := w.send(outgoing{kind: envelopeCommands, name: envelopeCommands + name, payload: payload, accepts: true})
	w.mu.Unlock()

	answer, code := w.await(ctx, d)
	w.mu.Lock()
	defer w.mu.Unlock()
	res := Result{OK: code == "", EnvelopeID: d.id, Took: w.wall().Sub(d.sent)}
	if code == "" {
		code, res.Problems = w.commandAnswer(ch, p.id, answer)
	}
	if code != "" {
		said := w.slackbotSays(ch, p.id, code, fmt.Sprintf("%s failed with the error \"%s\"", name, code))
		res.OK, res.Code, res.Notice = false, said.Code, said.Notice
	}
	return res, nil
}

func (w *Workspace) slackbotSays(ch *channel, to, code, text string) Result {
	w.say(ch, &message{user: slackbot, text: mrkdwn.Escape(text), to: to})
	return Result{Code: code, Notice: text}
}

// commandAnswer shows the message that came with the acknowledgement of a command, if one did.
func (w *Workspace) commandAnswer(ch *channel, user string, answer json.RawMessage) (code string, problems []string) {
	if len(answer) == 0 || string(answer) == "null" {
		return "", nil
	}
	v, err := blockkit.Decode(answer)
	if err != nil {
		return "invalid_response", []string{err.Error()}
	}
	m, _ := v.(map[string]any)
	if text, ok := v.(string); ok {
		m = map[string]any{"text": text}
	}
	if len(m) == 0 {
		return "", nil
	}
	text, hasText := m["text"].(string)
	blocks, hasBlocks := m["blocks"]
	if !hasText && !hasBlocks {
		return "", nil
	}
	c, refused := w.checkContent(text, hasText, blocks, hasBlocks, maxPostText)
	if refused != nil {
		return "invalid_response", append([]string{refused.code}, refused.messages...)
	}
	said := &message{user: w.app.botUserID, app: true, text: c.text, blocks: c.blocks}
	if m["response_type"] != "in_channel" {
		said.to = user
	}
	w.say(ch, said)
	return "", nil
}

// Shortcut runs a shortcut; on is the message for a message shortcut and the zero Surface for a global one.
func (p *Person) Shortcut(ctx context.Context, callbackID string, on Surface) (Result, error) {
	w := p.w
	w.mu.Lock()
	var shortcut *Shortcut
	for i := range w.shortcuts {
		if w.shortcuts[i].CallbackID == callbackID && w.shortcuts[i].OnMessage == (on.TS != "") {
			shortcut = &w.shortcuts[i]
		}
	}
	if shortcut == nil {
		w.mu.Unlock()
		return Result{}, fmt.Errorf("slacksim: shortcut: there is no shortcut %q here", callbackID)
	}
	payload := w.common("shortcut", p.id)
	var msg *message
	if shortcut.OnMessage {
		ch, m, err := p.message(on.Channel, on.TS)
		if err != nil {
			w.mu.Unlock()
			return Result{}, err
		}
		msg = m
		payload["type"] = "message_action"
		w.onMessage(payload, ch, m)
		delete(payload, "container")
		payload["message_ts"], payload["message"] = m.ts, w.messageJSON(ch, m)
		payload["response_url"] = w.newHook("actions", ch.ID, p.id, m)
	}
	payload["callback_id"], payload["action_ts"] = callbackID, w.actionTS()
	payload["trigger_id"] = w.newTrigger(p.id, on.Channel)
	d := w.send(outgoing{kind: envelopeInteractive, name: "interactive/" + payload["type"].(string), payload: payload})
	w.mu.Unlock()
	_, code := w.await(ctx, d)
	return w.outcome(d, code, p.id, nil, msg), nil
}

// OpenHome opens the app's Home tab: app_home_opened goes to the app, and what is published so far is returned.
// What the app publishes in answer arrives a little later; wait for it with Workspace.Until and read it with
// Home.
func (p *Person) OpenHome(_ context.Context) (Home, error) {
	w := p.w
	w.mu.Lock()
	event := map[string]any{
		"type": "app_home_opened", "user": p.id, "channel": w.openDM(p.id).ID, "tab": "home", "event_ts": w.stamp(),
	}
	if v := w.desk(p.id).home; v != nil {
		event["view"] = w.viewJSON(v)
	}
	w.emit(event)
	w.mu.Unlock()
	return p.Home(), nil
}
