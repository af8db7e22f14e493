package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access/identity"
	"stint/access/policy"
)

const (
	blockWhere    = "where"
	blockPosition = "position"
)

// moveView asks where a rule goes.
func (b *Bot) moveView(ctx context.Context, user identity.SlackUserID, ref ruleRef) (slack.ModalViewRequest, error) {
	rules, i, err := b.draftRule(ctx, user, ref)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	s := &sheet{}
	head := section(fmt.Sprintf("*%s* is number %d of %d.", bold(name(rules[i].Name, nameWidth)), i+1, len(rules)))
	var choices []sheetChoice
	add := func(value, label string, possible bool) {
		if possible {
			choices = append(choices, sheetChoice{value: value, label: label})
		}
	}
	add("up", "One up", i > 0)
	add("down", "One down", i < len(rules)-1)
	add("top", "To the top", i > 1)
	add("bottom", "To the end", i < len(rules)-2)
	add("position", "To the position below", len(rules) > 1)
	if len(choices) == 0 {
		return noteView("Move rule", "This is the only rule."), nil
	}
	e := slack.NewRadioButtonsBlockElement(actRuleText)
	for _, c := range choices {
		e.Options = append(e.Options, c.option())
	}
	e.InitialOption = e.Options[0]
	s.say(head, slack.NewInputBlock(blockWhere, plain("Where to", maxLabel), nil, e))
	s.text(textField{block: blockPosition, label: "Position", hint: "From 1, the top. Only for the last choice.", placeholder: strconv.Itoa(i + 1), most: 5, optional: true})
	s.say(small("Of the allows that match, the first decides. Where a deny stands does not matter."))
	v := modal(viewRuleMove, "Move rule", "Move", "Close", s.blocks)
	v.PrivateMetadata = refMeta(ref)
	return v, nil
}

// draftRule finds a rule in the admin's draft.
func (b *Bot) draftRule(ctx context.Context, user identity.SlackUserID, ref ruleRef) ([]policy.RuleSpec, int, error) {
	d, err := b.service.Draft(ctx, user)
	if err != nil {
		return nil, 0, err
	}
	i, ok := ref.find(d.Revision.Spec.Rules)
	if !ok {
		return nil, 0, errRuleGone
	}
	return d.Revision.Spec.Rules, i, nil
}

func refMeta(ref ruleRef) string {
	raw, _ := json.Marshal(ref) // a number and a word
	return string(raw)
}

func readRefMeta(meta string) ruleRef {
	ref := ruleRef{Index: -1}
	_ = json.Unmarshal([]byte(ownMeta(meta)), &ref) // an unreadable one names no rule
	return ref
}

// moveSent moves a rule.
func (b *Bot) moveSent(ctx context.Context, o origin, in formState) outcome {
	to := 0
	if in.one(blockWhere) == "position" {
		n, err := strconv.Atoi(in.one(blockPosition))
		if err != nil || n < 1 {
			return outcome{errors: map[string]string{blockPosition: "Write a number from 1."}, late: lateNote("Not moved")}
		}
		to = n - 1
	} else if in.one(blockPosition) != "" {
		return outcome{errors: map[string]string{blockPosition: "Choose “To the position below” for this, or leave it empty."}, late: lateNote("Not moved")}
	}
	return b.changedAbove(ctx, o.user, func(s *policy.Spec) (string, error) {
		return moveRule(s, readRefMeta(o.meta), in.one(blockWhere), to)
	})
}

// lateNote is what a form says that was answered too late to say it under its fields.
func lateNote(title string) func() slack.ModalViewRequest {
	return func() slack.ModalViewRequest {
		return noteView(title, ":no_entry: What you typed could not be used. Please close this and try again.")
	}
}

func moveRule(s *policy.Spec, ref ruleRef, where string, position int) (string, error) {
	i, ok := ref.find(s.Rules)
	if !ok {
		return "", errRuleGone
	}
	to := position
	switch where {
	case "up":
		to = i - 1
	case "down":
		to = i + 1
	case "top":
		to = 0
	case "bottom":
		to = len(s.Rules) - 1
	}
	to = min(max(to, 0), len(s.Rules)-1)
	r := s.Rules[i]
	s.Rules = slices.Insert(slices.Delete(slices.Clone(s.Rules), i, i+1), to, r)
	return fmt.Sprintf(":white_check_mark: “%s” is number %d now, in your draft.", escName(r.Name, nameWidth), to+1), nil
}

// deleteView asks once more.
func (b *Bot) deleteView(ctx context.Context, user identity.SlackUserID, ref ruleRef) (slack.ModalViewRequest, error) {
	rules, i, err := b.draftRule(ctx, user, ref)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	v := modal(viewRuleDelete, "Delete rule", "Delete", "Keep it", []slack.Block{
		section("Delete *" + bold(name(rules[i].Name, nameWidth)) + "* from your draft?"),
		section("It stays in force until you review and apply the draft. To keep it for later, switch it off instead."),
	})
	v.PrivateMetadata = refMeta(ref)
	return v, nil
}

// deleteSent deletes a rule.
func (b *Bot) deleteSent(ctx context.Context, o origin, _ formState) outcome {
	return b.changedAbove(ctx, o.user, func(s *policy.Spec) (string, error) {
		i, ok := readRefMeta(o.meta).find(s.Rules)
		if !ok {
			return "", errRuleGone
		}
		gone := s.Rules[i].Name
		s.Rules = slices.Delete(slices.Clone(s.Rules), i, i+1)
		return ":wastebasket: “" + escName(gone, nameWidth) + "” is deleted from your draft.", nil
	})
}
