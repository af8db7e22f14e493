package blockkit

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Block is one decoded block. Numbers in it are json.Number.
type Block = map[string]any

// Text is a text object.
type Text struct {
	Type     string `json:"type"` // plain_text or mrkdwn
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji,omitempty"`
	Verbatim bool   `json:"verbatim,omitempty"`
}

// Option is one choice of a select, of checkboxes or of radio buttons.
type Option struct {
	Text        Text   `json:"text"`
	Value       string `json:"value"`
	Description *Text  `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
}

// OptionGroup is options under a label.
type OptionGroup struct {
	Label   Text     `json:"label"`
	Options []Option `json:"options"`
}

// Surface is where blocks are shown.
type Surface string

// The surfaces that blocks can be shown on.
const (
	Message Surface = "message"
	Modal   Surface = "modal"
	Home    Surface = "home"
)

// Rules are the checks that can be relaxed. The zero value is the strict one.
type Rules struct {
	// LongPlaceholders allows 2,000 characters where the documentation says 150.
	LongPlaceholders bool
	// RepeatedActions allows the same action_id twice within one block.
	RepeatedActions bool
}

// Problem is one thing that is wrong.
type Problem struct {
	Pointer    string         `json:"pointer"`
	Code       string         `json:"code"`
	Message    string         `json:"message"`
	Constraint map[string]any `json:"constraint,omitempty"`
}

// String is the problem in the form of response_metadata.messages, without its "[ERROR] ".
func (p Problem) String() string {
	if p.Pointer == "" {
		return p.Message
	}
	return fmt.Sprintf("%s [json-pointer:%s]", p.Message, p.Pointer)
}

// Decode reads any JSON, with numbers as json.Number.
func Decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("something follows the JSON value")
	}
	return v, nil
}

// Blocks turns a decoded array that has passed CheckBlocks into blocks.
func Blocks(v any) []Block {
	list, _ := v.([]any)
	blocks := make([]Block, 0, len(list))
	for _, x := range list {
		if b, ok := x.(Block); ok {
			blocks = append(blocks, b)
		}
	}
	return blocks
}
