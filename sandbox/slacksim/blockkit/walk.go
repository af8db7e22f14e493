package blockkit

import "unicode/utf8"

// Found is an interactive element met in blocks.
type Found struct {
	Block    Block
	BlockID  string
	ActionID string
	Type     string
	Element  map[string]any
	// Input says that it stands in an input block.
	Input bool
}

// Elements returns the interactive elements of blocks in order.
func Elements(blocks []Block) []Found {
	var found []Found
	for _, b := range blocks {
		id, _ := b["block_id"].(string)
		add := func(v any) {
			e, ok := v.(object)
			if !ok || e["type"] == "image" {
				return
			}
			f := Found{Block: b, BlockID: id, Element: e, Input: b["type"] == "input"}
			f.ActionID, _ = e["action_id"].(string)
			f.Type, _ = e["type"].(string)
			found = append(found, f)
		}
		switch b["type"] {
		case "section":
			add(b["accessory"])
		case "input":
			add(b["element"])
		case "actions":
			list, _ := b["elements"].([]any)
			for _, e := range list {
				add(e)
			}
		}
	}
	return found
}

// Find returns the element with these ids.
func Find(blocks []Block, blockID, actionID string) (Found, bool) {
	for _, f := range Elements(blocks) {
		if f.BlockID == blockID && f.ActionID == actionID {
			return f, true
		}
	}
	return Found{}, false
}

// Fill gives ids to the blocks and elements that came without, as Slack does when it stores them.
func Fill(blocks []Block, newID func() string) {
	for _, b := range blocks {
		if id, _ := b["block_id"].(string); id == "" {
			b["block_id"] = newID()
		}
	}
	for _, f := range Elements(blocks) {
		if f.ActionID == "" {
			f.Element["action_id"] = newID()
		}
	}
}

// Chars counts the characters of all texts in blocks, as the limit on a whole message counts them.
func Chars(blocks []Block) int {
	n := 0
	for _, b := range blocks {
		n += chars(b)
	}
	return n
}

func chars(v any) int {
	n := 0
	switch v := v.(type) {
	case object:
		for k, x := range v {
			if s, ok := x.(string); ok {
				if k == "text" {
					n += utf8.RuneCountInString(s)
				}
				continue
			}
			n += chars(x)
		}
	case []any:
		for _, x := range v {
			n += chars(x)
		}
	}
	return n
}

// Clone copies decoded JSON deeply.
func Clone[T any](v T) T {
	out, _ := clone(any(v)).(T)
	return out
}

func clone(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for k, x := range v {
			out[k] = clone(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = clone(x)
		}
		return out
	case []object:
		out := make([]object, len(v))
		for i, x := range v {
			out[i], _ = clone(x).(object)
		}
		return out
	}
	return v
}
