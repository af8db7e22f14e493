package slacksim

import (
	"unicode/utf8"

	"stint/sandbox/slacksim/blockkit"
)

// Limits on the text of a message.
const (
	maxPostText   = 40_000
	maxUpdateText = 4_000
)

// apiError is a refusal: a code and what Slack says with it.
type apiError struct {
	code     string
	messages []string // response_metadata.messages
	errors   any      // the top-level errors array
	needed   string
	provided string
}

func (e *apiError) Error() string { return e.code }

func refuse(code string, messages ...string) *apiError {
	return &apiError{code: code, messages: messages}
}

// content is what a message says.
type content struct {
	text   string
	blocks []blockkit.Block
	// hasText and hasBlocks say what was given at all; an empty array of blocks is given.
	hasText, hasBlocks bool
}

func (w *Workspace) rules() blockkit.Rules {
	return blockkit.Rules{LongPlaceholders: !w.switches.StrictPlaceholders, RepeatedActions: !w.switches.UniqueActions}
}

// checkContent judges what a message is to say. Blocks are decoded JSON, or nil for none.
func (w *Workspace) checkContent(text string, hasText bool, blocks any, hasBlocks bool, maxText int) (content, *apiError) {
	c := content{text: text, hasText: hasText && text != "", hasBlocks: hasBlocks}
	if hasBlocks {
		if _, ok := blocks.([]any); !ok {
			return c, refuse("invalid_blocks_format")
		}
		if problems := blockkit.CheckBlocks(blocks, blockkit.Message, "/blocks", w.rules()); len(problems) > 0 {
			bare := make([]string, len(problems))
			for i, p := range problems {
				bare[i] = p.String()
			}
			return c, &apiError{code: "invalid_blocks", messages: blockkit.Messages(problems), errors: bare}
		}
		c.blocks = blockkit.Blocks(blockkit.Clone(blocks))
		if blockkit.Chars(c.blocks) > w.switches.MessageChars {
			return c, refuse("msg_blocks_too_long")
		}
		blockkit.Fill(c.blocks, func() string { return w.token(5) })
	}
	if !c.hasText && len(c.blocks) == 0 {
		return c, refuse("no_text")
	}
	if utf8.RuneCountInString(text) > maxText {
		return c, refuse("msg_too_long")
	}
	return c, nil
}

// checkView judges a view that an app sends.
func (w *Workspace) checkView(v any, size int) (map[string]any, *apiError) {
	if size > w.switches.ViewBytes {
		return nil, refuse("view_too_large")
	}
	if problems := blockkit.CheckView(v, "/view", w.rules()); len(problems) > 0 {
		return nil, &apiError{code: "invalid_arguments", messages: blockkit.Messages(problems)}
	}
	spec, _ := v.(map[string]any)
	return spec, nil
}
