package slacksim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
)

func modal(title, more string, blocks ...string) string {
	return `{"type":"modal","title":{"type":"plain_text","text":"` + title + `"},"submit":{"type":"plain_text","text":"Send"},"blocks":[` +
		strings.Join(blocks, ",") + `]` + more + `}`
}

func textInput(block, action, more string) string {
	return `{"type":"input","block_id":"` + block + `","label":{"type":"plain_text","text":"L"},"element":{"type":"plain_text_input","action_id":"` + action + `"` + more + `}}`
}

const button = `{"type":"actions","block_id":"acts","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}`

// triggers is an app that only collects trigger ids.
func (r *rig) triggers() func(*slacksim.Person) string {
	got := make(chan string, 10)
	r.app(func(c *socketmode.Client, e socketmode.Event) {
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			got <- d.TriggerID
		case slack.InteractionCallback:
			if d.TriggerID != "" {
				got <- d.TriggerID
			}
		}
		_ = c.Ack(*e.Request)
	})
	return func(p *slacksim.Person) string {
		r.t.Helper()
		var err error
		if _, open := p.Modal(); open {
			_, err = p.Press(r.ctx, el("acts", "go"), "")
		} else {
			_, err = p.Command(r.ctx, r.general.ID, "/ask", "")
		}
		must(r.t, err)
		return <-got
	}
}

func (r *rig) view(method, view string, args map[string]any) reply {
	r.t.Helper()
	if args == nil {
		args = map[string]any{}
	}
	args["view"] = json.RawMessage(view)
	return r.raw(method, args)
}

func code(r reply) string {
	s, _ := r["error"].(string)
	return s
}

func TestTriggerIDs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := r.as(r.bob)
	trigger := r.triggers()
	open := func(id string) string {
		return code(r.view("views.open", modal("T", ""), map[string]any{"trigger_id": id}))
	}
	close := func() { must(t, bob.DismissModals(r.ctx)) }

	first := trigger(bob)
	if got := code(r.view("views.open", `{"type":"modal"}`, map[string]any{"trigger_id": first})); got != "invalid_arguments" {
		t.Errorf("an invalid view: %s", got)
	}
	if got := open(first); got != "" {
		t.Errorf("a trigger that an invalid view did not use: %s", got)
	}
	if got := open(first); got != "exchanged_trigger_id" {
		t.Errorf("used twice: %s", got)
	}
	if got := open("123.456.abc"); got != "invalid_trigger_id" {
		t.Errorf("made up: %s", got)
	}
	if got := open(""); got != "invalid_arguments" {
		t.Errorf("empty: %s", got)
	}
	close()
	edge := trigger(bob)
	r.wall.advance(3 * time.Second)
	if got := open(edge); got != "" {
		t.Errorf("after 3 s: %s", got)
	}
	close()
	late := trigger(bob)
	r.wall.advance(3*time.Second + time.Millisecond)
	if got := open(late); got != "expired_trigger_id" {
		t.Errorf("after 3 s and a bit: %s", got)
	}
	// The facts marked [?], the other way round.
	r.Set(func(s *slacksim.Switches) { s.TriggerOnce, s.TriggerLifetime = false, time.Minute })
	if got := open(late); got != "" {
		t.Errorf("with a longer lifetime: %s", got)
	}
	if got := open(late); got != "" {
		t.Errorf("used twice with the switch off: %s", got)
	}
	close()
	r.SetFaults(slacksim.Faults{ExpireTriggers: true})
	if got := open(trigger(bob)); got != "expired_trigger_id" {
		t.Errorf("with the fault: %s", got)
	}
	r.ClearFaults()
	out := trigger(bob)
	r.ExpireTriggers()
	if got := open(out); got != "expired_trigger_id" {
		t.Errorf("expired by call: %s", got)
	}
}

func TestStackOfViews(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := r.as(r.bob)
	trigger := r.triggers()
	push := func(id, title string) reply {
		return r.view("views.push", modal(title, "", button), map[string]any{"trigger_id": id})
	}
	if got := code(push(trigger(bob), "x")); got != "not_found" {
		t.Errorf("push on nothing: %s", got)
	}
	first := r.view("views.open", modal("1", "", button), map[string]any{"trigger_id": trigger(bob)})
	second, third := push(trigger(bob), "2"), push(trigger(bob), "3")
	if got := code(push(trigger(bob), "4")); got != "push_limit_reached" {
		t.Errorf("the fourth: %s", got)
	}
	m, _ := bob.Modal()
	if m.Depth != 3 || m.Title.Text != "3" || m.RootID != at(first, "view", "id") || m.PreviousID != at(second, "view", "id") || at(third, "view", "id") != m.ID {
		t.Errorf("on top: %+v", m)
	}
	must(t, bob.CloseModal(r.ctx))
	if got := code(r.view("views.update", modal("x", "", button), map[string]any{"view_id": m.ID})); got != "not_found" {
		t.Errorf("update of a closed view: %s", got)
	}
	if m, _ = bob.Modal(); m.Title.Text != "2" || m.Depth != 2 {
		t.Errorf("after closing the top: %+v", m)
	}
	// Opening while a modal is open replaces the stack, or, with the switch off, pushes.
	id := trigger(bob)
	r.view("views.open", modal("new", "", button), map[string]any{"trigger_id": id})
	if m, _ = bob.Modal(); m.Depth != 1 || m.Title.Text != "new" {
		t.Errorf("after opening over a modal: %+v", m)
	}
	r.Set(func(s *slacksim.Switches) { s.OpenReplaces = false })
	for range 2 {
		r.view("views.open", modal("over", "", button), map[string]any{"trigger_id": trigger(bob)})
	}
	if m, _ = bob.Modal(); m.Depth != 3 {
		t.Errorf("after opening twice without replacing: %+v", m)
	}
	if got := code(r.view("views.open", modal("over", ""), map[string]any{"trigger_id": trigger(bob)})); got != "push_limit_reached" {
		t.Errorf("opening over a full stack: %s", got)
	}
	bob.Reload()
	if _, open := bob.Modal(); open {
		t.Error("a modal outlived the reload")
	}
}

func TestUpdateKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := r.as(r.bob)
	trigger := r.triggers()
	view := func(block, action, more string) string {
		return modal("T", "", textInput(block, action, more), textInput("other", "o", `,"initial_value":"init"`), button)
	}
	out := r.view("views.open", view("b", "a", ""), map[string]any{"trigger_id": trigger(bob)})
	id, hash := at(out, "view", "id"), at(out, "view", "hash")
	_, err := bob.Fill(r.ctx, el("b", "a"), "typed")
	must(t, err)
	value := func(block, action string) any {
		m, _ := bob.Modal()
		return m.Values[block][action]["value"]
	}
	if value("other", "o") != "init" {
		t.Errorf("initial value: %v", value("other", "o"))
	}
	update := func(v string, args map[string]any) reply {
		args["view_id"] = id
		return r.view("views.update", v, args)
	}
	second := update(view("b", "a", `,"initial_value":"other"`), map[string]any{"hash": hash})
	if code(second) != "" || value("b", "a") != "typed" {
		t.Errorf("same ids: %v, %v", code(second), value("b", "a"))
	}
	if got := code(update(view("b", "a", ""), map[string]any{"hash": hash})); got != "hash_conflict" {
		t.Errorf("an old hash: %s", got)
	}
	update(view("b", "a2", ""), map[string]any{})
	if value("b", "a2") != nil {
		t.Errorf("another action_id: %v", value("b", "a2"))
	}
	_, err = bob.Fill(r.ctx, el("b", "a2"), "again")
	must(t, err)
	update(view("b2", "a2", `,"initial_value":"fresh"`), map[string]any{})
	if value("b2", "a2") != "fresh" || value("b", "a2") != nil {
		t.Errorf("another block_id: %v", value("b2", "a2"))
	}
	// Blocks without ids get new ones each time, so nothing is kept.
	bare := modal("T", "", strings.Replace(textInput("x", "a", ""), `"block_id":"x",`, "", 1))
	update(bare, map[string]any{})
	m, _ := bob.Modal()
	block := m.Blocks[0]["block_id"].(string)
	_, err = bob.Fill(r.ctx, el(block, "a"), "lost")
	must(t, err)
	update(bare, map[string]any{})
	m, _ = bob.Modal()
	if m.Blocks[0]["block_id"] == block || m.Values[m.Blocks[0]["block_id"].(string)]["a"]["value"] != nil {
		t.Errorf("made-up ids were kept: %+v", m.Values)
	}
	if got := code(update(`{"type":"home","blocks":[]}`, map[string]any{})); got != "invalid_arguments" {
		t.Errorf("a modal that becomes a home: %s", got)
	}
	if got := code(r.view("views.update", bare, nil)); got != "invalid_arguments" {
		t.Errorf("without an id: %s", got)
	}
	if got := code(r.view("views.update", bare, map[string]any{"view_id": "V0NOPE"})); got != "not_found" {
		t.Errorf("unknown: %s", got)
	}
}

func TestExternalIDs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann, bob := r.as(r.ann), r.as(r.bob)
	trigger := r.triggers()
	named := modal("T", `,"external_id":"one"`, button)
	if out := r.view("views.open", named, map[string]any{"trigger_id": trigger(bob)}); code(out) != "" {
		t.Fatalf("open: %v", out)
	}
	if got := code(r.view("views.open", named, map[string]any{"trigger_id": trigger(ann)})); got != "duplicate_external_id" {
		t.Errorf("taken by somebody else: %s", got)
	}
	if got := code(r.view("views.push", named, map[string]any{"trigger_id": trigger(bob)})); got != "duplicate_external_id" {
		t.Errorf("pushed over itself: %s", got)
	}
	if got := code(r.view("views.publish", `{"type":"home","external_id":"one","blocks":[]}`, map[string]any{"user_id": r.ann.ID})); got != "duplicate_external_id" {
		t.Errorf("published: %s", got)
	}
	if out := r.view("views.update", modal("T2", `,"external_id":"one"`, button), map[string]any{"external_id": "one"}); code(out) != "" || at(out, "view", "external_id") != "one" {
		t.Errorf("update by it: %v", out)
	}
	must(t, bob.DismissModals(r.ctx))
	out := r.view("views.open", named, map[string]any{"trigger_id": trigger(ann)})
	if code(out) != "" {
		t.Errorf("free after closing: %v", out)
	}
	// An update without it gives it back as well.
	if out = r.view("views.update", modal("T", "", button), map[string]any{"view_id": at(out, "view", "id")}); code(out) != "" {
		t.Errorf("update: %v", out)
	}
	if got := code(r.view("views.open", named, map[string]any{"trigger_id": trigger(bob)})); got != "" {
		t.Errorf("free after an update: %s", got)
	}
}

func TestSizeOfViews(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, surplus := range []int{-1, 0, 1} {
		base := `{"type":"home","blocks":[]}`
		padded := `{"type":"home",` + strings.Repeat(" ", 250_000-len(base)+surplus) + `"blocks":[]}`
		got := r.form("views.publish", map[string]string{"user_id": r.bob.ID, "view": padded})
		if want := map[bool]string{true: "view_too_large"}[surplus > 0]; code(got) != want {
			t.Errorf("%d bytes: %q, want %q", len(padded), code(got), want)
		}
	}
}

func TestPublishRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tc := range []struct{ name, view, user, want, message string }{
		{"ok", `{"type":"home","blocks":[]}`, r.bob.ID, "", ""},
		{"modal", modal("T", ""), r.bob.ID, "invalid_arguments", "unsupported type: modal"},
		{"no user", `{"type":"home","blocks":[]}`, "", "invalid_arguments", "missing required field: user_id"},
		{"unknown user", `{"type":"home","blocks":[]}`, "U0NOPE", "invalid_arguments", "/user_id"},
		{"bot", `{"type":"home","blocks":[]}`, r.BotUserID(), "invalid_arguments", "/user_id"},
		{"blocks null", `{"type":"home","blocks":null}`, r.bob.ID, "invalid_arguments", "[json-pointer:/view/blocks]"},
		{"blocks missing", `{"type":"home"}`, r.bob.ID, "invalid_arguments", "missing required field: blocks"},
	} {
		out := r.view("views.publish", tc.view, map[string]any{"user_id": tc.user})
		if code(out) != tc.want || !strings.Contains(strings.Join(messages(out), ";"), tc.message) {
			t.Errorf("%s: %v", tc.name, out)
		}
	}
	if out := r.form("views.publish", map[string]string{"user_id": r.bob.ID, "view": "{"}); code(out) != "invalid_arguments" {
		t.Errorf("broken JSON: %v", out)
	}
	// The client's own empty Blocks become "blocks":null.
	_, err := r.api().PublishViewContext(r.ctx, slack.PublishViewContextRequest{UserID: r.bob.ID, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab}})
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "invalid_arguments" || !slices.ContainsFunc(refused.ResponseMetadata.Messages, func(s string) bool {
		return strings.Contains(s, "/view/blocks")
	}) {
		t.Errorf("empty Blocks: %v", err)
	}
	if _, err = r.api().OpenViewContext(r.ctx, "1.2.x", slack.ModalViewRequest{Type: slack.VTModal}); fmt.Sprint(err) != "invalid_arguments" {
		t.Errorf("open of nothing: %v", err)
	}
}
