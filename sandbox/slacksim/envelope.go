package slacksim

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Types of envelopes.
const (
	envelopeEvents      = "events_api"
	envelopeInteractive = "interactive"
	envelopeCommands    = "slash_commands"
)

// delivery is one envelope under way and who waits for its acknowledgement.
type delivery struct {
	id      string
	name    string
	accepts bool
	patient time.Duration // how long Slack waits
	sent    time.Time
	answer  chan json.RawMessage // buffered; the payload of the acknowledgement, nil if it had none
	lost    bool                 // there was no socket to deal it to
}

// outgoing is an envelope before it has an id.
type outgoing struct {
	kind    string // its type
	name    string // for the log, with what is in it
	payload any
	accepts bool // accepts_response_payload
	attempt int
	reason  string
}

// send deals an envelope to the next live socket. It is called with w.mu held.
func (w *Workspace) send(o outgoing) *delivery {
	d := &delivery{
		id: w.uuid(), name: o.name, accepts: o.accepts, patient: w.switches.AckTimeout, sent: w.wall(),
		answer: make(chan json.RawMessage, 1),
	}
	payload, err := json.Marshal(o.payload)
	if err != nil {
		d.lost = true
		return d
	}
	frame := map[string]any{
		"envelope_id": d.id, "type": o.kind, "payload": json.RawMessage(payload), "accepts_response_payload": o.accepts,
	}
	if o.kind == envelopeEvents {
		frame["retry_attempt"], frame["retry_reason"] = o.attempt, o.reason
	}
	raw, err := json.Marshal(frame)
	if err != nil {
		d.lost = true
		return d
	}
	entry := Entry{Kind: EntryEnvelope, Name: o.name, EnvelopeID: d.id, Attempt: o.attempt, Body: string(raw)}
	for range 1 + w.faults.Redeliver {
		s := w.nextLive()
		if s == nil {
			d.lost = true
			entry.Error = "no_socket"
			w.note(entry)
			return d
		}
		entry.OK, entry.Socket = true, s.num
		w.note(entry)
		s.queue(raw)
	}
	w.waiting[d.id] = d
	w.remember(d, o, payload)
	return d
}

// nextLive deals round robin among the sockets that take envelopes.
func (w *Workspace) nextLive() *socket {
	for range w.sockets {
		s := w.sockets[w.nextSocket%len(w.sockets)]
		w.nextSocket++
		if s.live {
			return s
		}
	}
	return nil
}

// await waits for the acknowledgement, at most as long as Slack does. The code is "" when it came.
func (w *Workspace) await(ctx context.Context, d *delivery) (payload json.RawMessage, code string) {
	if d.lost {
		return nil, "dispatch_failed"
	}
	timer := time.NewTimer(d.patient)
	defer timer.Stop()
	defer func() {
		w.mu.Lock()
		delete(w.waiting, d.id)
		w.mu.Unlock()
	}()
	select {
	case payload = <-d.answer:
		return payload, ""
	case <-timer.C:
	case <-ctx.Done():
	case <-w.life.Done():
	}
	w.note(Entry{Kind: EntryAck, Name: d.name, EnvelopeID: d.id, Error: "operation_timeout", Took: w.wall().Sub(d.sent)})
	return nil, "operation_timeout"
}

// acknowledge takes a frame that an app sent on a socket.
func (w *Workspace) acknowledge(s *socket, raw []byte) {
	var frame struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(raw, &frame); err != nil || frame.EnvelopeID == "" {
		w.note(Entry{Kind: EntryAck, Name: "unreadable", Error: "invalid_frame", Socket: s.num, Body: string(raw)})
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.waiting[frame.EnvelopeID]
	entry := Entry{Kind: EntryAck, EnvelopeID: frame.EnvelopeID, Socket: s.num, Body: string(frame.Payload)}
	if d != nil {
		entry.Name, entry.Took = d.name, w.wall().Sub(d.sent)
	}
	switch {
	case w.faults.IgnoreAcks:
		entry.Error = "ignored"
	case len(raw) >= w.switches.SocketReplyLimit:
		entry.Error = "dropped_too_large"
	case d == nil:
		entry.Error = "unknown_envelope"
	default:
		entry.OK = true
		delete(w.waiting, d.id)
		if !d.accepts {
			frame.Payload = nil
		}
		d.answer <- frame.Payload
	}
	w.note(entry)
}

// eventScope is the scope that the app needs to be sent an event, by subscription.
func eventScope(subscription string) string {
	switch subscription {
	case "user_change", "team_join":
		return "users:read"
	case "subteam_updated", "subteam_members_changed", "subteam_created":
		return "usergroups:read"
	case "message.channels":
		return "channels:history"
	case "message.groups":
		return "groups:history"
	case "message.im":
		return "im:history"
	}
	return ""
}

// emit sends an event whose subscription has its type's name. It is called with w.mu held.
func (w *Workspace) emit(event map[string]any) {
	name, _ := event["type"].(string)
	w.emitAs(name, event)
}

// emitAs sends an event if the app has subscribed to it and has the scope it needs, and sends it again while
// nobody acknowledges. It is called with w.mu held.
func (w *Workspace) emitAs(subscription string, event map[string]any) {
	if !slices.Contains(w.events, subscription) || w.life.Err() != nil {
		return
	}
	if scope := eventScope(subscription); scope != "" && !w.hasScope(scope) {
		return
	}
	name, _ := event["type"].(string)
	o := outgoing{kind: envelopeEvents, name: envelopeEvents + "/" + name, payload: map[string]any{
		"token": w.app.verification, "team_id": w.team.id, "api_app_id": w.app.id, "event": event,
		"type": "event_callback", "event_id": w.newID("Ev"), "event_time": w.now().Unix(),
		"context_team_id": w.team.id, "context_enterprise_id": orNil(w.team.enterpriseID),
		"is_ext_shared_channel": false,
		"authorizations": []any{map[string]any{
			"enterprise_id": orNil(w.team.enterpriseID), "team_id": w.team.id, "user_id": w.app.botUserID,
			"is_bot": true, "is_enterprise_install": false,
		}},
	}}
	d := w.send(o)
	pauses := slices.Clone(w.switches.EventRetries)
	w.running.Go(func() { w.retryEvent(o, d, pauses) })
}

func (w *Workspace) retryEvent(o outgoing, d *delivery, pauses []time.Duration) {
	for i, pause := range pauses {
		_, code := w.await(w.life, d)
		if code == "" || w.life.Err() != nil {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-w.life.Done():
			timer.Stop()
			return
		}
		o.attempt, o.reason = i+1, "timeout"
		if code == "dispatch_failed" {
			o.reason = "connection_failed"
		}
		w.mu.Lock()
		d = w.send(o)
		w.mu.Unlock()
	}
	_, _ = w.await(w.life, d)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
