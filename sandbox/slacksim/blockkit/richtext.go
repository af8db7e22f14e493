package blockkit

import "encoding/json"

var (
	richBlocks = words("rich_text_section rich_text_list rich_text_preformatted rich_text_quote")
	richInline = words("text link emoji user usergroup channel team broadcast date color")
)

func (c *checker) richText(pointer string, m object) {
	for i, e := range c.list(pointer, m, "elements", 1, 0) {
		c.richBlock(child(pointer, "elements", i), e, richBlocks)
	}
}

func (c *checker) richBlock(pointer string, v any, allowed []string) {
	m, ok := v.(object)
	if !ok {
		c.add(pointer, "invalid_type", "must provide an object", object{"type": "object"})
		return
	}
	kind, _ := m["type"].(string)
	if !contains(allowed, kind) {
		c.unsupported(pointer, m["type"], allowed...)
		return
	}
	switch kind {
	case "rich_text_list":
		c.fields(pointer, m, "type!", "elements!", "style!", "indent", "offset", "border")
		c.enum(pointer, m, "style", "bullet", "ordered")
		c.whole(pointer, m, "indent", 0, 8)
		for i, e := range c.list(pointer, m, "elements", 1, 0) {
			c.richBlock(child(pointer, "elements", i), e, words("rich_text_section"))
		}
		return
	case "rich_text_section":
		c.fields(pointer, m, "type!", "elements!")
	default:
		c.fields(pointer, m, "type!", "elements!", "border")
	}
	for i, e := range c.list(pointer, m, "elements", 0, 0) {
		c.richInline(child(pointer, "elements", i), e)
	}
}

func (c *checker) richInline(pointer string, v any) {
	m, ok := v.(object)
	if !ok {
		c.add(pointer, "invalid_type", "must provide an object", object{"type": "object"})
		return
	}
	kind, _ := m["type"].(string)
	if !contains(richInline, kind) {
		c.unsupported(pointer, m["type"], richInline...)
		return
	}
	switch kind {
	case "text":
		c.fields(pointer, m, "type!", "text!", "style")
		c.str(pointer, m, "text", 1, 0)
	case "link":
		c.fields(pointer, m, "type!", "url!", "text", "unsafe", "style")
		c.str(pointer, m, "url", 1, 0)
		c.str(pointer, m, "text", 0, 0)
	case "emoji":
		c.fields(pointer, m, "type!", "name!", "unicode", "skin_tone", "style")
		c.str(pointer, m, "name", 1, 0)
	case "user":
		c.fields(pointer, m, "type!", "user_id!", "style")
		c.str(pointer, m, "user_id", 1, 0)
	case "usergroup":
		c.fields(pointer, m, "type!", "usergroup_id!", "style")
		c.str(pointer, m, "usergroup_id", 1, 0)
	case "channel":
		c.fields(pointer, m, "type!", "channel_id!", "style")
		c.str(pointer, m, "channel_id", 1, 0)
	case "team":
		c.fields(pointer, m, "type!", "team_id!", "style")
	case "broadcast":
		c.fields(pointer, m, "type!", "range!", "style")
		c.enum(pointer, m, "range", "here", "channel", "everyone")
	case "date":
		c.fields(pointer, m, "type!", "timestamp!", "format!", "url", "fallback", "style")
		c.str(pointer, m, "format", 1, 0)
		if _, isNum := m["timestamp"].(json.Number); m["timestamp"] != nil && !isNum {
			c.add(pointer+"/timestamp", "invalid_type", "must provide an integer", object{"type": "integer"})
		}
	case "color":
		c.fields(pointer, m, "type!", "value!", "style")
		c.str(pointer, m, "value", 1, 0)
	}
	if s, there := m["style"]; there {
		if o, ok := c.object(pointer+"/style", s, "bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"); ok {
			c.flag(pointer+"/style", o, "bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
		}
	}
}
