package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"stint/sandbox/slacksim/blockkit"
	"stint/sandbox/slacksim/mrkdwn"
)

// What Slack says where the app does not answer.
const (
	noticeMessage = "Operation timed out. Apps need to respond within 3 seconds."
	noticeView    = "We had some trouble connecting. Try again?"
	noticeOptions = "Something went wrong while loading the options."
)

// spot is an element with what is around it.
type spot struct {
	blockkit.Found
	ch  *channel // with msg
	msg *message
	v   *view
	// values are those of the surface for this person.
	values values
}

func (s spot) channelID() string {
	if s.ch != nil {
		return s.ch.ID
	}
	if s.v != nil {
		return s.v.channel
	}
	return ""
}

// locate finds an element that the person can use. It is called with w.mu held.
func (p *Person) locate(e Element) (spot, error) {
	w := p.w
	var s spot
	var blocks []blockkit.Block
	where := "the open modal"
	switch d := w.desk(p.id); {
	case e.On.TS != "":
		ch, m, err := p.message(e.On.Channel, e.On.TS)
		if err != nil {
			return s, err
		}
		s.ch, s.msg, s.values, blocks, where = ch, m, m.valuesFor(p.id, ch.ID), m.blocks, "message "+m.ts
	case e.On.Home:
		if d.home == nil {
			return s, fmt.Errorf("slacksim: the app has published no Home tab to %s", p.id)
		}
		s.v, s.values, blocks, where = d.home, d.home.values, d.home.blocks, "the Home tab"
	default:
		if s.v = d.top(); s.v == nil {
			return s, fmt.Errorf("slacksim: %s has no modal open", p.id)
		}
		s.values, blocks = s.v.values, s.v.blocks
	}
	found, ok := blockkit.Find(blocks, e.BlockID, e.ActionID)
	if !ok {
		return s, fmt.Errorf("slacksim: %s has no element with block_id %q and action_id %q", where, e.BlockID, e.ActionID)
	}
	s.Found = found
	return s, nil
}

// key names an element's place for remembering what it was offered.
func (s spot) key() string {
	on := ""
	if s.v != nil {
		on = s.v.id
	} else {
		on = s.ch.ID + "/" + s.msg.ts
	}
	return on + "\x00" + s.BlockID + "\x00" + s.ActionID
}

// asks returns the confirm dialog that stands before an element, if it has not been answered.
func (s spot) asks(e Element) *Confirm {
	raw, ok := s.Element["confirm"].(map[string]any)
	if !ok || e.Confirmed {
		return nil
	}
	c := &Confirm{Title: textOf(raw["title"]), Text: textOf(raw["text"]), Confirm: textOf(raw["confirm"]), Deny: textOf(raw["deny"])}
	c.Style, _ = raw["style"].(string)
	return c
}

// Press presses a button, or an entry of an overflow menu, whose value then says which.
func (p *Person) Press(ctx context.Context, e Element, value string) (Result, error) {
	w := p.w
	w.mu.Lock()
	s, err := p.locate(e)
	if err != nil {
		w.mu.Unlock()
		return Result{}, err
	}
	chosen := Value{}
	switch s.Type {
	case "button":
	case "overflow":
		i := slices.IndexFunc(offered(s.Element), func(o map[string]any) bool { return o["value"] == value })
		if i < 0 {
			w.mu.Unlock()
			return Result{}, fmt.Errorf("slacksim: press %s: the menu has no entry with value %q", e.ActionID, value)
		}
		chosen["selected_option"] = offered(s.Element)[i]
	default:
		w.mu.Unlock()
		return Result{}, fmt.Errorf("slacksim: press %s: a %s is filled, not pressed", e.ActionID, s.Type)
	}
	if c := s.asks(e); c != nil {
		w.mu.Unlock()
		return Result{Code: "confirm", Confirm: c}, nil
	}
	return p.dispatch(ctx, s, chosen)
}

// Fill puts values into an input or select: the text of an input, the values of options, ids of users and
// channels, a date (2006-01-02), a time (15:04), a Unix time. No values, or one empty value, clear it.
// block_actions is sent where Slack sends it: for elements of section and actions blocks always, for those of
// input blocks with dispatch_action.
func (p *Person) Fill(ctx context.Context, e Element, given ...string) (Result, error) {
	return p.put(ctx, e, func(s spot) (Value, error) { return p.w.valueFor(s, p.id, given) })
}

// Forge chooses an option that was never offered, as a hostile client can: Slack does not check the value of an
// external select.
func (p *Person) Forge(ctx context.Context, e Element, option blockkit.Option) (Result, error) {
	return p.put(ctx, e, func(s spot) (Value, error) {
		field, many := slot(s.Type)
		if !strings.HasSuffix(s.Type, "external_select") {
			return nil, fmt.Errorf("slacksim: forge %s: only external selects are not checked by Slack", e.ActionID)
		}
		if many {
			return Value{"type": s.Type, field: []any{optionJSON(option)}}, nil
		}
		return Value{"type": s.Type, field: optionJSON(option)}, nil
	})
}

func (p *Person) put(ctx context.Context, e Element, value func(spot) (Value, error)) (Result, error) {
	w := p.w
	w.mu.Lock()
	s, err := p.locate(e)
	if err == nil && s.v != nil && s.v.busy {
		err = fmt.Errorf("slacksim: fill %s: the form is being submitted", e.ActionID)
	}
	var v Value
	if err == nil {
		v, err = value(s)
	}
	if err != nil {
		w.mu.Unlock()
		return Result{}, err
	}
	if c := s.asks(e); c != nil {
		w.mu.Unlock()
		return Result{Code: "confirm", Confirm: c}, nil
	}
	s.values.put(s.BlockID, s.ActionID, v)
	if s.v != nil {
		delete(s.v.errors, s.BlockID)
	}
	w.changes.bump()
	if s.Input && (s.Block["dispatch_action"] != true || !dispatchesAtOnce(s)) {
		w.mu.Unlock()
		return Result{OK: true}, nil
	}
	return p.dispatch(ctx, s, v)
}

// dispatchesAtOnce says that a change of the element itself is sent. Text inputs wait for the enter key unless
// they ask for every character.
func dispatchesAtOnce(s spot) bool {
	if field, _ := slot(s.Type); field != "value" {
		return true
	}
	config, _ := s.Element["dispatch_action_config"].(map[string]any)
	on, _ := config["trigger_actions_on"].([]any)
	return slices.Contains(on, any("on_character_entered"))
}

// Enter presses the enter key in a text input, which is when an input block with dispatch_action sends its
// value unless it asks for every character.
func (p *Person) Enter(ctx context.Context, e Element) (Result, error) {
	w := p.w
	w.mu.Lock()
	s, err := p.locate(e)
	if field, _ := slot(s.Type); err == nil && field != "value" {
		err = fmt.Errorf("slacksim: enter %s: a %s is no text input", e.ActionID, s.Type)
	}
	if err != nil {
		w.mu.Unlock()
		return Result{}, err
	}
	config, _ := s.Element["dispatch_action_config"].(map[string]any)
	on, configured := config["trigger_actions_on"].([]any)
	if s.Block["dispatch_action"] != true || configured && !slices.Contains(on, any("on_enter_pressed")) {
		w.mu.Unlock()
		return Result{OK: true}, nil
	}
	return p.dispatch(ctx, s, s.values.get(s.BlockID, s.ActionID))
}

// dispatch sends block_actions and waits. It is called with w.mu held and lets it go.
func (p *Person) dispatch(ctx context.Context, s spot, chosen Value) (Result, error) {
	w := p.w
	payload := w.common("block_actions", p.id)
	payload["actions"] = []any{w.action(s.Element, s.BlockID, chosen)}
	payload["trigger_id"] = w.newTrigger(p.id, s.channelID())
	if s.msg != nil {
		w.onMessage(payload, s.ch, s.msg)
		payload["response_url"] = w.newHook("actions", s.ch.ID, p.id, s.msg)
		payload["state"] = map[string]any{"values": copyValues(s.values)}
		delete(s.msg.notice, p.id)
	} else {
		w.onView(payload, s.v)
		s.v.notice = ""
	}
	d := w.send(outgoing{kind: envelopeInteractive, name: "interactive/block_actions", payload: payload})
	w.mu.Unlock()
	_, code := w.await(ctx, d)
	res := w.outcome(d, code, p.id, s.v, s.msg)
	target, _ := s.Element["url"].(string)
	res.URL = mrkdwn.Link(target, "").URL
	return res, nil
}

// outcome turns the end of a wait into what the person sees, there and on the surface.
func (w *Workspace) outcome(d *delivery, code, user string, v *view, m *message) Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	res := Result{OK: code == "", Code: code, EnvelopeID: d.id, Took: w.wall().Sub(d.sent)}
	if code == "" {
		return res
	}
	switch {
	case m != nil:
		res.Notice = noticeMessage
		if m.notice == nil {
			m.notice = map[string]string{}
		}
		m.notice[user] = noticeMessage
	default:
		res.Notice = noticeView
		if v != nil {
			v.notice = noticeView
		}
	}
	w.changes.bump()
	return res
}

// Options asks for the entries of a select while the person types: block_suggestion for external selects, the
// listed options, users or channels that match for the others.
func (p *Person) Options(ctx context.Context, e Element, query string) (Options, Result, error) {
	w := p.w
	w.mu.Lock()
	s, err := p.locate(e)
	if err != nil {
		w.mu.Unlock()
		return Options{}, Result{}, err
	}
	if !strings.HasSuffix(s.Type, "external_select") {
		defer w.mu.Unlock()
		out, err := w.listed(s, p.id, query)
		return out, Result{OK: err == nil}, err
	}
	least := int64(3)
	if n, ok := blockkit.Number(s.Element["min_query_length"]); ok {
		least = n
	}
	if int64(len([]rune(query))) < least {
		w.mu.Unlock()
		return Options{Options: []blockkit.Option{}}, Result{OK: true}, nil
	}
	payload := w.common("block_suggestion", p.id)
	payload["block_id"], payload["action_id"], payload["value"] = s.BlockID, s.ActionID, query
	if s.msg != nil {
		w.onMessage(payload, s.ch, s.msg)
	} else {
		w.onView(payload, s.v)
		if view, ok := payload["view"].(map[string]any); ok && !w.switches.SuggestionState {
			delete(view, "state")
		}
	}
	d := w.send(outgoing{kind: envelopeInteractive, name: "interactive/block_suggestion", payload: payload, accepts: true})
	w.mu.Unlock()

	answer, code := w.await(ctx, d)
	w.mu.Lock()
	defer w.mu.Unlock()
	res := Result{OK: code == "", Code: code, EnvelopeID: d.id, Took: w.wall().Sub(d.sent)}
	out := Options{Options: []blockkit.Option{}, Asked: true, Bytes: len(answer)}
	if code == "" {
		var raw map[string]any
		if raw, res.Problems = readOptions(answer); res.Problems != nil {
			res.OK, res.Code = false, "invalid_response"
		} else {
			w.desk(p.id).loaded[s.key()] = offered(raw)
			_ = json.Unmarshal(answer, &struct {
				Options *[]blockkit.Option      `json:"options"`
				Groups  *[]blockkit.OptionGroup `json:"option_groups"`
			}{&out.Options, &out.Groups})
		}
	}
	if !res.OK {
		res.Notice = noticeOptions
	}
	return out, res, nil
}

func readOptions(answer json.RawMessage) (map[string]any, []string) {
	v, err := blockkit.Decode(answer)
	if err != nil {
		return nil, []string{"the acknowledgement carried no options"}
	}
	if problems := blockkit.CheckOptions(v); len(problems) > 0 {
		return nil, blockkit.Messages(problems)
	}
	m, _ := v.(map[string]any)
	return m, nil
}
