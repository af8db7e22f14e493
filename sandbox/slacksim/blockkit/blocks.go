package blockkit

import (
	"slices"
	"strconv"
	"strings"
)

func words(s string) []string { return strings.Fields(s) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }

var blockTypes = words("actions context divider header image input rich_text section")

// MaxBlocks is the most blocks on a surface.
func MaxBlocks(s Surface) int {
	if s == Message {
		return 50
	}
	return 100
}

// CheckBlocks judges a decoded value that should be an array of blocks. Pointers begin with base, which is
// "/blocks" in a message and "" in a bare array.
func CheckBlocks(v any, surface Surface, base string, rules Rules) []Problem {
	c := &checker{rules: rules, surface: surface, blockIDs: map[string]bool{}}
	c.blocks(base, v)
	return c.problems
}

func (c *checker) blocks(base string, v any) {
	for i, b := range c.listValue(base, v, 0, MaxBlocks(c.surface)) {
		c.block(base+"/"+strconv.Itoa(i), b)
	}
}

func (c *checker) block(pointer string, v any) {
	m, ok := v.(object)
	if !ok {
		c.add(pointer, "invalid_type", "must provide an object", object{"type": "object"})
		return
	}
	kind, there := m["type"]
	if !there {
		c.fields(pointer, object{}, "type!")
		return
	}
	name, _ := kind.(string)
	if !contains(blockTypes, name) {
		c.unsupported(pointer, kind, blockTypes...)
		return
	}
	if id := c.str(pointer, m, "block_id", 1, 255); id != "" {
		if c.blockIDs[id] {
			c.fail(pointer+"/block_id", "`block_id` %q already exists", id)
		}
		c.blockIDs[id] = true
	}
	fields := func(names ...string) { c.fields(pointer, m, append(names, "type!", "block_id")...) }
	switch name {
	case "section":
		fields("text", "fields", "accessory", "expand")
		c.section(pointer, m)
	case "divider":
		fields()
	case "header":
		fields("text!")
		c.plain(pointer, m, "text", 150)
	case "context":
		fields("elements!")
		c.context(pointer, m)
	case "actions":
		fields("elements!")
		actions := map[string]bool{}
		for i, e := range c.list(pointer, m, "elements", 1, 25) {
			c.element(child(pointer, "elements", i), e, inActions, actions)
		}
	case "input":
		c.inputs = append(c.inputs, pointer)
		fields("label!", "element!", "hint", "optional", "dispatch_action")
		c.plain(pointer, m, "label", 2000)
		c.plain(pointer, m, "hint", 2000)
		c.flag(pointer, m, "optional", "dispatch_action")
		if e, there := m["element"]; there {
			c.element(pointer+"/element", e, inInput, map[string]bool{})
		}
	case "image":
		fields("image_url", "slack_file", "alt_text!", "title")
		c.imageSource(pointer, m)
		c.str(pointer, m, "alt_text", 1, 2000)
		c.plain(pointer, m, "title", 2000)
	case "rich_text":
		fields("elements!")
		c.richText(pointer, m)
	}
}

func (c *checker) section(pointer string, m object) {
	_, text := m["text"]
	_, fields := m["fields"]
	if !text && !fields {
		c.fail(pointer, "must provide at least one of `text` or `fields`")
	}
	c.textAt(pointer, m, "text", "", 3000)
	for i, f := range c.list(pointer, m, "fields", 1, 10) {
		c.text(child(pointer, "fields", i), f, "", 2000)
	}
	c.flag(pointer, m, "expand")
	if a, there := m["accessory"]; there {
		c.element(pointer+"/accessory", a, inSection, map[string]bool{})
	}
}

func (c *checker) context(pointer string, m object) {
	for i, e := range c.list(pointer, m, "elements", 1, 10) {
		at := child(pointer, "elements", i)
		if o, ok := e.(object); ok && o["type"] == "image" {
			c.imageElement(at, o)
			continue
		}
		c.text(at, e, "", 2000)
	}
}
