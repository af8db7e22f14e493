package bot

import "github.com/slack-go/slack"

// steady leaves inputs that are on the screen already as they were drawn. What they hold,
// Slack keeps whatever their initial value says; a block that changes is drawn anew, and a
// list that is open in it, in which somebody picks one account after the other, closes.
func steady(next slack.ModalViewRequest, now slack.View) slack.ModalViewRequest {
	drawn := map[string]slack.BlockElement{}
	for _, block := range now.Blocks.BlockSet {
		if in, ok := block.(*slack.InputBlock); ok {
			drawn[in.BlockID] = in.Element
		}
	}
	for _, block := range next.Blocks.BlockSet {
		in, ok := block.(*slack.InputBlock)
		if !ok {
			continue
		}
		switch e := in.Element.(type) {
		case *slack.MultiSelectBlockElement:
			if was, ok := drawn[in.BlockID].(*slack.MultiSelectBlockElement); ok {
				e.InitialOptions = was.InitialOptions
			}
		case *slack.SelectBlockElement:
			if was, ok := drawn[in.BlockID].(*slack.SelectBlockElement); ok {
				e.InitialOption = was.InitialOption
			}
		case *slack.CheckboxGroupsBlockElement:
			if was, ok := drawn[in.BlockID].(*slack.CheckboxGroupsBlockElement); ok {
				e.InitialOptions = was.InitialOptions
			}
		case *slack.DateTimePickerBlockElement:
			if was, ok := drawn[in.BlockID].(*slack.DateTimePickerBlockElement); ok {
				e.InitialDateTime = was.InitialDateTime
			}
		case *slack.PlainTextInputBlockElement:
			if was, ok := drawn[in.BlockID].(*slack.PlainTextInputBlockElement); ok {
				e.InitialValue = was.InitialValue
			}
		}
	}
	return next
}
