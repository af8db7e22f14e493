// Package people lets tests act as a person of the sandbox's cast, as that person would:
// by command, form and button. Every wait is for something that is seen.
package people

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"stint/sandbox"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// Someone is a person of the cast.
type Someone struct {
	// Here is the person in the simulated workspace.
	Here *slacksim.Person
	box  *sandbox.Sandbox
}

// Act becomes a person of the cast, by name: "alice".
func Act(box *sandbox.Sandbox, name string) (*Someone, error) {
	p, err := box.Slack().As(box.Cast().ID(name))
	return &Someone{p, box}, err
}

// Until waits for what is seen in the workspace.
func (p *Someone) Until(ctx context.Context, what string, condition func() bool) error {
	if err := p.box.Slack().Until(ctx, condition); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Modal waits for a modal with a block whose id begins with prefix.
func (p *Someone) Modal(ctx context.Context, prefix string) (m slacksim.Modal, block string, err error) {
	err = p.Until(ctx, "a modal with "+prefix, func() bool {
		open, ok := p.Here.Modal()
		if !ok {
			return false
		}
		for id := range blockIDs(open.Blocks) {
			if strings.HasPrefix(id, prefix) {
				m, block = open, id
				return true
			}
		}
		return false
	})
	return m, block, err
}

// Ask runs /aws-access and sends the form. The account and role are typed, and the first
// answer is taken.
func (p *Someone) Ask(ctx context.Context, account, role, reason string) error {
	channel, err := p.Channel("general")
	if err != nil {
		return err
	}
	_ = p.Here.DismissModals(ctx) // there may be none
	if res, err := p.Here.Command(ctx, channel, "/aws-access", ""); err != nil || !res.OK {
		return fmt.Errorf("/aws-access: %s %w", res.Notice, errOr(err))
	}
	if _, _, err := p.Modal(ctx, "account"); err != nil {
		return err
	}
	if err := p.Choose(ctx, "account", "stint.form.account", account); err != nil {
		return err
	}
	_, block, err := p.Modal(ctx, "role/1")
	if err != nil {
		return err
	}
	if err := p.Choose(ctx, block, "stint.form.role", role); err != nil {
		return err
	}
	if _, err := p.Here.Fill(ctx, slacksim.Element{BlockID: "reason", ActionID: "stint.form.reason"}, reason); err != nil {
		return err
	}
	res, err := p.Here.Submit(ctx)
	if err != nil || !res.OK {
		m, _ := p.Here.Modal()
		return fmt.Errorf("submit: %s %v %w", res.Notice, m.Errors, errOr(err))
	}
	return nil
}

// Choose types into a select and takes the first answer.
func (p *Someone) Choose(ctx context.Context, block, action, typed string) error {
	e := slacksim.Element{BlockID: block, ActionID: action}
	o, res, err := p.Here.Options(ctx, e, typed)
	if err != nil || len(o.Options) == 0 {
		return fmt.Errorf("nothing for %q: %s %w", typed, res.Notice, errOr(err))
	}
	if res, err := p.Here.Fill(ctx, e, o.Options[0].Value); err != nil || !res.OK {
		return fmt.Errorf("choose %q: %s %w", typed, res.Notice, errOr(err))
	}
	return nil
}

// Press presses the first button with the action that the person sees in a conversation,
// newest message first, and says yes to its dialog. pressed is false when there is none.
func (p *Someone) Press(ctx context.Context, channel, action string) (pressed bool, err error) {
	c, err := p.Here.Conversation(channel)
	if err != nil {
		return false, err
	}
	for i := len(c.Messages) - 1; i >= 0; i-- {
		m := c.Messages[i]
		block := blockOf(m.Blocks, action)
		if block == "" {
			continue
		}
		res, err := p.Here.Press(ctx, slacksim.Element{On: slacksim.OnMessage(channel, m.TS), BlockID: block, ActionID: action, Confirmed: true}, "")
		if err == nil && !res.OK {
			err = errors.New(res.Notice)
		}
		return true, err
	}
	return false, nil
}

// DM is the person's conversation with the app.
func (p *Someone) DM() string { return p.Here.OpenApp() }

// Channel is the id of a channel by its name.
func (p *Someone) Channel(name string) (string, error) {
	for _, c := range p.box.Slack().Channels() {
		if c.Name == name {
			return c.ID, nil
		}
	}
	return "", fmt.Errorf("no channel %s", name)
}

func errOr(err error) error {
	if err == nil {
		return errors.New("no")
	}
	return err
}

// blockIDs are the ids of a view's blocks.
func blockIDs(blocks []blockkit.Block) map[string]bool {
	ids := map[string]bool{}
	for _, b := range blocks {
		if id, ok := b["block_id"].(string); ok {
			ids[id] = true
		}
	}
	return ids
}

// blockOf is the id of the block that holds a button with the action; "" for none.
func blockOf(blocks []blockkit.Block, action string) string {
	for _, b := range blocks {
		elements, _ := b["elements"].([]any)
		if accessory, ok := b["accessory"]; ok {
			elements = append(elements, accessory)
		}
		for _, e := range elements {
			if m, ok := e.(map[string]any); ok && m["action_id"] == action {
				id, _ := b["block_id"].(string)
				return id
			}
		}
	}
	return ""
}

// Sees reports whether a conversation shows a button with the action.
func (p *Someone) Sees(channel, action string) bool {
	c, err := p.Here.Conversation(channel)
	if err != nil {
		return false
	}
	for _, m := range c.Messages {
		if blockOf(m.Blocks, action) != "" {
			return true
		}
	}
	return false
}
