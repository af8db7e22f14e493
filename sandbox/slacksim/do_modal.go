package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"strconv"
	"unicode/utf8"

	"stint/sandbox/slacksim/blockkit"
)

// Submit submits the modal on top. What the client itself refuses (an empty required field, a text that is too
// long, a malformed address) never reaches the app. The Result tells what the person then sees; Modal tells
// which view is on top.
func (p *Person) Submit(ctx context.Context) (Result, error) {
	w := p.w
	w.mu.Lock()
	d := w.desk(p.id)
	v := d.top()
	var err error
	switch {
	case v == nil:
		err = fmt.Errorf("slacksim: submit: %s has no modal open", p.id)
	case v.submit == nil:
		err = fmt.Errorf("slacksim: submit: the modal has no submit button")
	case v.busy:
		err = fmt.Errorf("slacksim: submit: the modal is being submitted")
	}
	if err != nil {
		w.mu.Unlock()
		return Result{}, err
	}
	v.errors, v.notice = refusals(v), ""
	if len(v.errors) > 0 {
		defer w.mu.Unlock()
		w.changes.bump()
		return Result{Code: "invalid_input", Errors: maps.Clone(v.errors)}, nil
	}
	payload := w.common("view_submission", p.id)
	payload["view"] = w.viewJSON(v)
	payload["trigger_id"] = w.newTrigger(p.id, v.channel)
	payload["response_urls"] = w.viewHooks(v, p.id)
	v.busy = true
	sent := w.send(outgoing{kind: envelopeInteractive, name: "interactive/view_submission", payload: payload, accepts: true})
	w.changes.bump()
	w.mu.Unlock()

	answer, code := w.await(ctx, sent)
	w.mu.Lock()
	defer w.mu.Unlock()
	v.busy = false
	w.changes.bump()
	res := Result{OK: code == "", Code: code, EnvelopeID: sent.id, Took: w.wall().Sub(sent.sent)}
	if code == "" {
		if res.Problems = w.submitted(d, v, answer); res.Problems != nil {
			res.OK, res.Code = false, "invalid_response"
		}
	}
	if !res.OK {
		v.notice, res.Notice = noticeView, noticeView
	} else if len(v.errors) > 0 {
		res.Errors = maps.Clone(v.errors)
	}
	return res, nil
}

// submitted does what the acknowledgement of a submission asks for, and says what was wrong with it.
func (w *Workspace) submitted(d *desk, v *view, answer json.RawMessage) (problems []string) {
	if len(answer) == 0 || string(answer) == "null" || string(answer) == `""` {
		w.removeView(d, v)
		return nil
	}
	raw, err := blockkit.Decode(answer)
	m, ok := raw.(map[string]any)
	if err != nil || !ok {
		return []string{"the acknowledgement is no object"}
	}
	if len(m) == 0 {
		w.removeView(d, v)
		return nil
	}
	switch action := m["response_action"]; action {
	case "clear":
		w.forget(d.stack...)
		d.stack = nil
	case "errors":
		return w.showErrors(v, m["errors"])
	case "update", "push":
		size, _ := json.Marshal(m["view"])
		spec, refused := w.checkView(m["view"], len(size))
		switch {
		case refused != nil:
			return append([]string{refused.code}, refused.messages...)
		case spec["type"] != "modal":
			return []string{"only a modal can take a modal's place"}
		case w.takenElsewhere(spec, v) && action == "update", w.takenElsewhere(spec, nil) && action == "push":
			return []string{"duplicate_external_id"}
		case action == "update":
			if w.views[v.id] == v {
				w.fill(v, spec)
			}
		case len(d.stack) >= maxStack:
			return []string{"push_limit_reached"}
		default:
			w.pushView(d, w.newView(v.user, v.channel, spec))
		}
	default:
		return []string{fmt.Sprintf("unknown response_action: %v", action)}
	}
	return nil
}

// showErrors puts messages under fields. Every key must be the block id of an input block.
func (w *Workspace) showErrors(v *view, raw any) []string {
	given, ok := raw.(map[string]any)
	if !ok || len(given) == 0 {
		return []string{"response_action errors needs an object `errors`"}
	}
	inputs := map[string]bool{}
	for _, b := range v.blocks {
		if id, ok := b["block_id"].(string); ok && b["type"] == "input" {
			inputs[id] = true
		}
	}
	errors := map[string]string{}
	for id, text := range given {
		s, isText := text.(string)
		if !isText || !inputs[id] {
			return []string{fmt.Sprintf("errors: %q is not the block_id of an input block, or its message is no string", id)}
		}
		errors[id] = s
	}
	v.errors = errors
	return nil
}

// takenElsewhere says that a view's external id belongs to another open view.
func (w *Workspace) takenElsewhere(spec map[string]any, own *view) bool {
	id, _ := spec["external_id"].(string)
	owner, taken := w.external[id]
	return id != "" && taken && (own == nil || owner != own.id)
}

// refusals are what a Slack client says under fields before anything is sent.
func refusals(v *view) map[string]string {
	out := map[string]string{}
	for _, f := range blockkit.Elements(v.blocks) {
		if !f.Input {
			continue
		}
		x := v.values.get(f.BlockID, f.ActionID)
		if isEmpty(x) {
			if f.Block["optional"] != true {
				out[f.BlockID] = "Please complete this required field."
			}
			continue
		}
		if text, ok := x["value"].(string); ok {
			if s := refusedText(f, text); s != "" {
				out[f.BlockID] = s
			}
		}
	}
	return out
}

func refusedText(f blockkit.Found, text string) string {
	n := int64(utf8.RuneCountInString(text))
	switch f.Type {
	case "plain_text_input":
		most := int64(3000)
		if limit, ok := blockkit.Number(f.Element["max_length"]); ok {
			most = limit
		}
		if least, ok := blockkit.Number(f.Element["min_length"]); ok && n < least {
			return fmt.Sprintf("This entry is too short. (Min %d characters)", least)
		}
		if n > most {
			return fmt.Sprintf("This entry is too long. (Max %d characters)", most)
		}
	case "email_text_input":
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return "Please enter a valid URL."
		}
	case "number_input":
		return refusedNumber(f, text)
	}
	return ""
}

func refusedNumber(f blockkit.Found, text string) string {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "Please enter a valid number."
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil && f.Element["is_decimal_allowed"] != true {
		return "Please enter a whole number."
	}
	bound := func(name string) (float64, bool) {
		s, _ := f.Element[name].(string)
		b, err := strconv.ParseFloat(s, 64)
		return b, err == nil
	}
	if least, ok := bound("min_value"); ok && x < least {
		return fmt.Sprintf("Please enter a number of at least %v.", least)
	}
	if most, ok := bound("max_value"); ok && x > most {
		return fmt.Sprintf("Please enter a number of at most %v.", most)
	}
	return ""
}

// CloseModal presses the cancel button of the modal on top: the view below shows again, unless the view has
// clear_on_close. view_closed goes to the app where a view asks for it.
func (p *Person) CloseModal(_ context.Context) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.desk(p.id)
	v := d.top()
	if v == nil {
		return fmt.Errorf("slacksim: close: %s has no modal open", p.id)
	}
	if v.clearOnClose {
		w.closeAll(d)
		return nil
	}
	w.closed(v, false)
	w.removeView(d, v)
	return nil
}

// DismissModals presses the cross: the whole stack closes.
func (p *Person) DismissModals(_ context.Context) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.desk(p.id)
	if d.top() == nil {
		return fmt.Errorf("slacksim: dismiss: %s has no modal open", p.id)
	}
	w.closeAll(d)
	return nil
}

// closeAll closes a stack from the top and tells the app that it was cleared.
func (w *Workspace) closeAll(d *desk) {
	for i := len(d.stack) - 1; i >= 0; i-- {
		w.closed(d.stack[i], true)
	}
	w.forget(d.stack...)
	d.stack = nil
}

// closed sends view_closed if the view asked for it. Nobody waits for the acknowledgement.
func (w *Workspace) closed(v *view, cleared bool) {
	if !v.notifyOnClose {
		return
	}
	payload := w.common("view_closed", v.user)
	payload["view"], payload["is_cleared"] = w.viewJSON(v), cleared
	d := w.send(outgoing{kind: envelopeInteractive, name: "interactive/view_closed", payload: payload})
	if !d.lost && w.life.Err() == nil {
		w.running.Go(func() { _, _ = w.await(w.life, d) })
	}
}
