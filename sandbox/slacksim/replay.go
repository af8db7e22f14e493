package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
)

// sentKept is how many envelopes can be replayed.
const sentKept = 200

// remember keeps what was sent, for Replay. It is called with w.mu held.
func (w *Workspace) remember(d *delivery, o outgoing, payload json.RawMessage) {
	if len(w.sentOrder) >= sentKept {
		delete(w.sent, w.sentOrder[0])
		w.sentOrder = w.sentOrder[1:]
	}
	w.sent[d.id] = sentEnvelope{outgoing: outgoing{kind: o.kind, name: o.name, accepts: o.accepts}, payload: payload}
	w.sentOrder = append(w.sentOrder, d.id)
}

type sentEnvelope struct {
	outgoing
	payload json.RawMessage
}

// Replay sends the payload of an earlier envelope once more under a new envelope id, as a stale or repeated
// event. The acknowledgement is awaited and its payload returned, but nothing is done with it: no modal changes
// and no message appears.
func (w *Workspace) Replay(ctx context.Context, envelopeID string) (json.RawMessage, Result, error) {
	w.mu.Lock()
	s, ok := w.sent[envelopeID]
	w.mu.Unlock()
	if !ok {
		return nil, Result{}, fmt.Errorf("slacksim: replay: envelope %q was not among the last %d sent", envelopeID, sentKept)
	}
	return w.inject(ctx, s.outgoing, s.payload)
}

// Payload returns the payload of an earlier envelope, for a test to change and Inject.
func (w *Workspace) Payload(envelopeID string) (json.RawMessage, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.sent[envelopeID]
	return append(json.RawMessage(nil), s.payload...), ok
}

// Inject sends a payload of the caller's making, as a forged event: kind is events_api, interactive or
// slash_commands. As with Replay, the acknowledgement's payload is only returned.
func (w *Workspace) Inject(ctx context.Context, kind string, payload json.RawMessage) (json.RawMessage, Result, error) {
	switch kind {
	case envelopeEvents, envelopeInteractive, envelopeCommands:
	default:
		return nil, Result{}, fmt.Errorf("slacksim: inject: no envelope is of type %q; use events_api, interactive or slash_commands", kind)
	}
	if !json.Valid(payload) {
		return nil, Result{}, fmt.Errorf("slacksim: inject: the payload is no JSON")
	}
	return w.inject(ctx, outgoing{kind: kind, name: kind + "/injected", accepts: kind != envelopeEvents}, payload)
}

func (w *Workspace) inject(ctx context.Context, o outgoing, payload json.RawMessage) (json.RawMessage, Result, error) {
	o.payload = payload
	w.mu.Lock()
	d := w.send(o)
	w.mu.Unlock()
	answer, code := w.await(ctx, d)
	return answer, Result{OK: code == "", Code: code, EnvelopeID: d.id, Took: w.wall().Sub(d.sent)}, nil
}
