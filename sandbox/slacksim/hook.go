package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"stint/sandbox/slacksim/blockkit"
)

// responseURL lets the app answer in a conversation, a few times and for a while.
type responseURL struct {
	channel, user string
	source        *message // the message it came from, which can be replaced or deleted
	uses          int
	expires       time.Time
}

// newHook makes a response URL of a kind ("commands", "actions", "app"). It is called with w.mu held.
func (w *Workspace) newHook(kind, channel, user string, source *message) string {
	id := w.pick("0123456789", 13) + "/" + w.token(24)
	now := w.wall()
	for old, h := range w.hooks {
		if now.Sub(h.expires) > time.Hour {
			delete(w.hooks, old)
		}
	}
	path := "/hooks/" + kind + "/" + w.team.id + "/" + id
	w.hooks[path] = &responseURL{
		channel: channel, user: user, source: source, uses: w.switches.ResponseURLUses,
		expires: now.Add(w.switches.ResponseURLLifetime),
	}
	return w.base() + path
}

// base is the address under which the app reaches us: that of its youngest socket.
func (w *Workspace) base() string {
	if n := len(w.sockets); n > 0 {
		return w.sockets[n-1].base
	}
	return "http://localhost"
}

// viewHooks makes the response URLs of a submission: one for each select that asked for it.
func (w *Workspace) viewHooks(v *view, user string) []any {
	out := []any{}
	for _, f := range blockkit.Elements(v.blocks) {
		if f.Element["response_url_enabled"] != true {
			continue
		}
		field, _ := slot(f.Type)
		id, _ := v.values.get(f.BlockID, f.ActionID)[field].(string)
		if id == "" {
			continue
		}
		out = append(out, map[string]any{
			"block_id": f.BlockID, "action_id": f.ActionID, "channel_id": id,
			"response_url": w.newHook("app", id, user, nil),
		})
	}
	return out
}

func (w *Workspace) serveHook(rw http.ResponseWriter, r *http.Request) {
	start := w.wall()
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 1<<20))
	var status int
	var code string
	var messages []string
	switch {
	case r.Method != http.MethodPost:
		status, code = http.StatusMethodNotAllowed, "invalid_request_method"
	case err != nil:
		status, code = http.StatusBadRequest, "invalid_payload"
	default:
		status, code, messages = w.respond(r.URL.Path, hookBody(r, raw))
	}
	w.note(Entry{
		Kind: EntryResponseURL, Name: r.URL.Path, OK: code == "", Error: code, Messages: messages, Status: status,
		Took: w.wall().Sub(start), Body: string(raw),
	})
	if code == "" {
		_, _ = io.WriteString(rw, "ok")
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]any{"ok": false, "error": code})
}

// hookBody is the JSON of a post, which may come as the form field payload.
func hookBody(r *http.Request, raw []byte) []byte {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return raw
	}
	if form := parseForm(string(raw)); form["payload"] != "" {
		return []byte(form["payload"])
	}
	return raw
}

// respond does what a post to a response URL asks for.
func (w *Workspace) respond(path string, body []byte) (status int, code string, messages []string) {
	v, err := blockkit.Decode(body)
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return http.StatusBadRequest, "invalid_payload", nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hooks[path]
	switch {
	case h == nil:
		return http.StatusNotFound, "no_service", nil
	case !w.wall().Before(h.expires):
		return http.StatusNotFound, "expired_url", nil
	case h.uses <= 0:
		return http.StatusNotFound, "used_url", nil
	}
	ch := w.channels[h.channel]
	if ch == nil {
		return http.StatusNotFound, "channel_not_found", nil
	}
	source := h.source
	if source != nil && ch.byTS[source.ts] != source {
		source = nil // deleted meanwhile
	}
	if m["delete_original"] == true {
		if source == nil {
			return http.StatusNotFound, "message_not_found", nil
		}
		h.uses--
		w.unsay(ch, source)
		return http.StatusOK, "", nil
	}
	text, hasText := m["text"].(string)
	blocks, hasBlocks := m["blocks"]
	c, refused := w.checkContent(text, hasText, blocks, hasBlocks, maxPostText)
	if refused != nil {
		return http.StatusBadRequest, refused.code, refused.messages
	}
	h.uses--
	if m["replace_original"] == true && source != nil {
		source.text, source.blocks, source.notice = c.text, c.blocks, nil
		if source.to == "" {
			source.edited = w.stamp()
		}
		w.changes.bump()
		return http.StatusOK, "", nil
	}
	said := &message{user: w.app.botUserID, app: true, text: c.text, blocks: c.blocks}
	said.threadTS, _ = m["thread_ts"].(string)
	if m["response_type"] != "in_channel" {
		said.to = h.user
	}
	w.say(ch, said)
	return http.StatusOK, "", nil
}
