package slacksim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"stint/sandbox/slacksim"
)

func section(text string) string {
	return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}`
}

func sections(n int, text string) string {
	return `[` + strings.TrimSuffix(strings.Repeat(section(text)+",", n), ",") + `]`
}

func TestPostMessageRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tc := range []struct {
		name, want string
		args       map[string]string
	}{
		{"ok", "", map[string]string{"channel": r.general.ID, "text": "x"}},
		{"by name", "", map[string]string{"channel": "#general", "text": "x"}},
		{"by bare name", "", map[string]string{"channel": "general", "text": "x"}},
		{"to a user", "", map[string]string{"channel": r.bob.ID, "text": "x"}},
		{"to a guest", "", map[string]string{"channel": r.guest.ID, "text": "x"}},
		{"blocks alone", "", map[string]string{"channel": r.general.ID, "blocks": sections(1, "x")}},
		{"no channel", "channel_not_found", map[string]string{"text": "x"}},
		{"unknown channel", "channel_not_found", map[string]string{"channel": "C0NOPE", "text": "x"}},
		{"unknown user", "channel_not_found", map[string]string{"channel": "U0NOPE", "text": "x"}},
		{"itself", "channel_not_found", map[string]string{"channel": r.BotUserID(), "text": "x"}},
		{"deactivated user", "channel_not_found", map[string]string{"channel": r.gone.ID, "text": "x"}},
		{"private channel it is not in", "channel_not_found", map[string]string{"channel": r.secret.ID, "text": "x"}},
		{"public channel it is not in", "not_in_channel", map[string]string{"channel": r.unjoined.ID, "text": "x"}},
		{"archived", "is_archived", map[string]string{"channel": r.archived.ID, "text": "x"}},
		{"nothing", "no_text", map[string]string{"channel": r.general.ID}},
		{"empty text", "no_text", map[string]string{"channel": r.general.ID, "text": ""}},
		{"empty blocks", "no_text", map[string]string{"channel": r.general.ID, "blocks": "[]"}},
		{"40000 characters", "", map[string]string{"channel": r.general.ID, "text": repeat("€", 40_000)}},
		{"40001 characters", "msg_too_long", map[string]string{"channel": r.general.ID, "text": repeat("€", 40_001)}},
		{"blocks that are no JSON", "invalid_blocks_format", map[string]string{"channel": r.general.ID, "blocks": "[{"}},
		{"blocks that are no list", "invalid_blocks_format", map[string]string{"channel": r.general.ID, "blocks": "{}"}},
		{"an invalid block", "invalid_blocks", map[string]string{"channel": r.general.ID, "blocks": `[{"type":"x"}]`}},
		{"50 blocks", "", map[string]string{"channel": r.general.ID, "blocks": sections(50, "x")}},
		{"51 blocks", "invalid_blocks", map[string]string{"channel": r.general.ID, "blocks": sections(51, "x")}},
		{"13000 characters in blocks", "", map[string]string{"channel": r.general.ID, "blocks": sections(13, repeat("x", 1000))}},
		{"13001 characters in blocks", "msg_blocks_too_long", map[string]string{"channel": r.general.ID, "blocks": sections(13, repeat("x", 1000))[:len(sections(13, repeat("x", 1000)))-1] + "," + section("y") + "]"}},
		{"unknown thread", "thread_not_found", map[string]string{"channel": r.general.ID, "text": "x", "thread_ts": "1.2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := r.form("chat.postMessage", tc.args)
			if code, _ := out["error"].(string); code != tc.want {
				t.Errorf("got %q (%v), want %q", code, messages(out), tc.want)
			}
		})
	}
}

// A refusal of blocks reaches the real client with its details.
func TestInvalidBlocksDetails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := slack.NewButtonBlockElement("a", "v", slack.NewTextBlockObject("plain_text", repeat("x", 76), false, false))
	_, _, err := r.api().PostMessageContext(r.ctx, r.general.ID, slack.MsgOptionBlocks(slack.NewActionBlock("b", long)))
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	const words = "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"
	if refused.Err != "invalid_blocks" || !slices.Equal(refused.ResponseMetadata.Messages, []string{"[ERROR] " + words}) ||
		len(refused.Errors) != 1 || *refused.Errors[0].Message != words {
		t.Errorf("got %+v", refused)
	}
}

func TestSwitchesOfMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	post := func(channel string, more map[string]string) any {
		args := map[string]string{"channel": channel, "text": "x"}
		for k, v := range more {
			args[k] = v
		}
		return r.form("chat.postMessage", args)["error"]
	}
	r.Set(func(s *slacksim.Switches) { s.DeactivatedUserError = "user_disabled" })
	if got := post(r.gone.ID, nil); got != "user_disabled" {
		t.Errorf("deactivated: %v", got)
	}
	r.Set(func(s *slacksim.Switches) { s.NotInChannelPublic = false })
	if got := post(r.unjoined.ID, nil); got != nil {
		t.Errorf("public channel with the switch off: %v", got)
	}
	r.Set(func(s *slacksim.Switches) { s.NotInChannelPublic = true })
	r.SetScopes("chat:write", "chat:write.public")
	if got := post(r.unjoined.ID, nil); got != nil {
		t.Errorf("public channel with chat:write.public: %v", got)
	}
	twice := `[{"type":"actions","elements":[{"type":"button","action_id":"a","text":{"type":"plain_text","text":"t"}},{"type":"button","action_id":"a","text":{"type":"plain_text","text":"t"}}]}]`
	if got := post(r.general.ID, map[string]string{"blocks": twice}); got != "invalid_blocks" {
		t.Errorf("repeated action_id: %v", got)
	}
	long := `[{"type":"actions","elements":[{"type":"users_select","placeholder":{"type":"plain_text","text":"` + repeat("x", 200) + `"}}]}]`
	if got := post(r.general.ID, map[string]string{"blocks": long}); got != "invalid_blocks" {
		t.Errorf("long placeholder: %v", got)
	}
	r.Set(func(s *slacksim.Switches) {
		s.UniqueActions, s.StrictPlaceholders, s.MessageChars = false, false, 10
	})
	if got := post(r.general.ID, map[string]string{"blocks": twice}); got != nil {
		t.Errorf("repeated action_id with the switch off: %v", got)
	}
	if got := post(r.general.ID, map[string]string{"blocks": long}); got != "msg_blocks_too_long" {
		t.Errorf("long placeholder with the switch off: %v", got)
	}
}

func TestUpdateAndDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	post := func(channel string) string {
		out := r.form("chat.postMessage", map[string]string{"channel": channel, "text": "first", "blocks": sections(1, "block")})
		return out["ts"].(string)
	}
	ts := post(r.general.ID)
	human, err := r.as(r.bob).Post(r.ctx, r.general.ID, "hello <b> & co", "")
	must(t, err)
	if human.Text != "hello &lt;b&gt; &amp; co" || len(human.Spans) != 1 || human.Spans[0].Text != "hello <b> & co" {
		t.Errorf("what people type is escaped: %+v", human)
	}
	out := r.raw("chat.postEphemeral", map[string]any{"channel": r.general.ID, "user": r.bob.ID, "text": "psst"})
	ephemeral := out["message_ts"].(string)
	r.Set(func(s *slacksim.Switches) { s.NotInChannelPublic = true })
	late := post(r.shared.ID)
	must(t, r.UpdateChannel(r.shared.ID, func(c *slacksim.Channel) { c.Archived = true }))
	for _, tc := range []struct {
		name, method, want string
		args               map[string]string
	}{
		{"ok", "chat.update", "", map[string]string{"channel": r.general.ID, "ts": ts, "text": "second"}},
		{"4000", "chat.update", "", map[string]string{"channel": r.general.ID, "ts": ts, "text": repeat("x", 4000)}},
		{"4001", "chat.update", "msg_too_long", map[string]string{"channel": r.general.ID, "ts": ts, "text": repeat("x", 4001)}},
		{"unknown message", "chat.update", "message_not_found", map[string]string{"channel": r.general.ID, "ts": "1.2", "text": "x"}},
		{"another channel", "chat.update", "message_not_found", map[string]string{"channel": r.private.ID, "ts": ts, "text": "x"}},
		{"unknown channel", "chat.update", "channel_not_found", map[string]string{"channel": "C0NOPE", "ts": ts, "text": "x"}},
		{"by name", "chat.update", "channel_not_found", map[string]string{"channel": "general", "ts": ts, "text": "x"}},
		{"somebody else's", "chat.update", "cant_update_message", map[string]string{"channel": r.general.ID, "ts": human.TS, "text": "x"}},
		{"ephemeral", "chat.update", "message_not_found", map[string]string{"channel": r.general.ID, "ts": ephemeral, "text": "x"}},
		{"archived", "chat.update", "is_inactive", map[string]string{"channel": r.shared.ID, "ts": late, "text": "x"}},
		{"nothing", "chat.update", "no_text", map[string]string{"channel": r.general.ID, "ts": ts}},
		{"bad blocks", "chat.update", "invalid_blocks", map[string]string{"channel": r.general.ID, "ts": ts, "blocks": `[{"type":"x"}]`}},
		{"delete somebody else's", "chat.delete", "cant_delete_message", map[string]string{"channel": r.general.ID, "ts": human.TS}},
		{"delete unknown", "chat.delete", "message_not_found", map[string]string{"channel": r.general.ID, "ts": "1.2"}},
		{"permalink", "chat.getPermalink", "", map[string]string{"channel": r.general.ID, "message_ts": ts}},
		{"permalink unknown", "chat.getPermalink", "message_not_found", map[string]string{"channel": r.general.ID, "message_ts": "1.2"}},
	} {
		out := r.form(tc.method, tc.args)
		if code, _ := out["error"].(string); code != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, code, tc.want)
		}
	}
	// Text alone leaves the blocks as they were; an empty list takes them away.
	seen, err := r.as(r.bob).Message(r.general.ID, ts)
	must(t, err)
	if len(seen.Blocks) != 1 || !seen.Edited || len(seen.Text) != 4000 {
		t.Errorf("after an update of the text: %+v", seen)
	}
	out = r.raw("chat.update", map[string]any{"channel": r.general.ID, "ts": ts, "text": "bare", "blocks": []any{}})
	if out["ok"] != true || at(out, "message", "edited", "user") != r.BotID() {
		t.Errorf("update: %v", out)
	}
	seen, err = r.as(r.bob).Message(r.general.ID, ts)
	must(t, err)
	if len(seen.Blocks) != 0 || seen.Text != "bare" {
		t.Errorf("after taking the blocks away: %+v", seen)
	}
	if out = r.form("chat.delete", map[string]string{"channel": r.general.ID, "ts": ts}); out["ok"] != true {
		t.Errorf("delete: %v", out)
	}
	if _, err = r.as(r.bob).Message(r.general.ID, ts); err == nil {
		t.Error("the deleted message is still there")
	}
}

func TestPostEphemeralRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tc := range []struct{ name, channel, user, want string }{
		{"ok", r.general.ID, r.bob.ID, ""},
		{"not in the channel", r.general.ID, r.guest.ID, "user_not_in_channel"},
		{"unknown user", r.general.ID, "U0NOPE", "user_not_found"},
		{"app not in the channel", r.unjoined.ID, r.bob.ID, "not_in_channel"},
		{"archived", r.archived.ID, r.bob.ID, "is_archived"},
		{"unknown channel", "C0NOPE", r.bob.ID, "channel_not_found"},
		{"private", r.secret.ID, r.bob.ID, "channel_not_found"},
	} {
		out := r.raw("chat.postEphemeral", map[string]any{"channel": tc.channel, "user": tc.user, "text": "x"})
		if code, _ := out["error"].(string); code != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, code, tc.want)
		}
	}
}

func TestThreadsAndReactions(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) {
		c.Scopes = append(slacksim.DefaultScopes(), "channels:history", "reactions:write")
	})
	api := r.api()
	_, root, err := api.PostMessageContext(r.ctx, r.general.ID, slack.MsgOptionText("root", false))
	must(t, err)
	_, first, err := api.PostMessageContext(r.ctx, r.general.ID, slack.MsgOptionText("one", false), slack.MsgOptionTS(root))
	must(t, err)
	// A reply to a reply goes to the thread's root.
	_, _, err = api.PostMessageContext(r.ctx, r.general.ID, slack.MsgOptionText("two", false), slack.MsgOptionTS(first))
	must(t, err)
	replies, _, _, err := api.GetConversationRepliesContext(r.ctx, &slack.GetConversationRepliesParameters{ChannelID: r.general.ID, Timestamp: root})
	must(t, err)
	if len(replies) != 3 || replies[0].ReplyCount != 2 || replies[2].ThreadTimestamp != root {
		t.Errorf("replies: %+v", replies)
	}
	history, err := api.GetConversationHistoryContext(r.ctx, &slack.GetConversationHistoryParameters{ChannelID: r.general.ID})
	must(t, err)
	if len(history.Messages) != 1 {
		t.Errorf("history: %+v", history.Messages)
	}
	must(t, api.AddReactionContext(r.ctx, "eyes", slack.NewRefToMessage(r.general.ID, root)))
	if err = api.AddReactionContext(r.ctx, "eyes", slack.NewRefToMessage(r.general.ID, root)); fmt.Sprint(err) != "already_reacted" {
		t.Errorf("twice the same reaction: %v", err)
	}
	m, err := r.as(r.bob).Message(r.general.ID, root)
	must(t, err)
	if len(m.Reactions) != 1 || m.Reactions[0].Count != 1 {
		t.Errorf("reactions: %+v", m.Reactions)
	}
}

func TestBlocksValidate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if out := r.raw("blocks.validate", map[string]any{"blocks": json.RawMessage(sections(1, "x"))}); out["ok"] != true {
		t.Errorf("valid blocks: %v", out)
	}
	out := r.form("blocks.validate", map[string]string{"blocks": `[{"type":"section","text":{"type":"invalid","text":"x"}}]`})
	want := map[string]any{
		"code": "failed_constraint", "message": "unsupported type: invalid", "pointer": "/0/text/type",
		"constraint": map[string]any{"type": "enum", "expected": []any{"plain_text", "mrkdwn"}, "got": "invalid"},
	}
	list, _ := out["errors"].([]any)
	if out["error"] != "invalid_blocks" || len(list) != 1 || !cmp.Equal(want, list[0]) {
		t.Errorf("got %v", out)
	}
	for args, want := range map[string]string{`{}`: "invalid_arguments", `{"blocks":[],"view":{}}`: "invalid_arguments", `{"view":{"type":"home"}}`: "invalid_view", `{"message":{"blocks":[1]}}`: "invalid_message"} {
		if _, out := r.post("blocks.validate", "application/json; charset=utf-8", r.BotToken(), args); out["error"] != want {
			t.Errorf("%s: %v", args, out)
		}
	}
}
