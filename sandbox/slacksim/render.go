package slacksim

import (
	"encoding/json"
	"strconv"

	"stint/sandbox/slacksim/blockkit"
	"stint/sandbox/slacksim/mrkdwn"
)

// Render copies blocks and gives every text object in the copy, and every rich_text block, a field "spans" of
// []mrkdwn.Span: mentions by name, dates in the person's zone. A page shows these and needs no parser.
func (p *Person) Render(blocks []blockkit.Block) []blockkit.Block {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	out := blockkit.Clone(blocks)
	r := p.w.reader(p.id)
	for _, b := range out {
		addSpans(b, r)
	}
	return out
}

// Spans gives the spans of one text object for the person.
func (p *Person) Spans(t blockkit.Text) []mrkdwn.Span {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if t.Type == "plain_text" {
		return mrkdwn.Plain(t.Text, t.Emoji == nil || *t.Emoji)
	}
	return mrkdwn.Parse(t.Text, t.Verbatim, p.w.reader(p.id))
}

func addSpans(v any, r mrkdwn.Reader) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			addSpans(x, r)
		}
	case map[string]any:
		text, isText := v["text"].(string)
		switch {
		case isText && v["type"] == "plain_text":
			v["spans"] = mrkdwn.Plain(text, v["emoji"] != false)
		case isText && v["type"] == "mrkdwn":
			v["spans"] = mrkdwn.Parse(text, v["verbatim"] == true, r)
		case v["type"] == "rich_text":
			v["spans"] = richSpans(v["elements"], r)
		default:
			for _, x := range v {
				addSpans(x, r)
			}
		}
	}
}

// richSpans flattens a rich_text block: its parts on lines of their own, list items behind their marks.
func richSpans(v any, r mrkdwn.Reader) []mrkdwn.Span {
	var out []mrkdwn.Span
	line := func() {
		if len(out) > 0 {
			out = append(out, mrkdwn.Span{Kind: mrkdwn.KindBreak, Text: "\n"})
		}
	}
	list, _ := v.([]any)
	for _, x := range list {
		part, _ := x.(map[string]any)
		items, _ := part["elements"].([]any)
		switch part["type"] {
		case "rich_text_list":
			for i, item := range items {
				line()
				mark := "• "
				if part["style"] == "ordered" {
					mark = strconv.Itoa(i+1) + ". "
				}
				out = append(out, mrkdwn.Span{Kind: mrkdwn.KindText, Text: mark})
				section, _ := item.(map[string]any)
				out = append(out, inlineSpans(section["elements"], r)...)
			}
		case "rich_text_preformatted":
			line()
			code := ""
			for _, s := range inlineSpans(items, r) {
				code += s.Text
			}
			out = append(out, mrkdwn.Span{Kind: mrkdwn.KindPre, Text: code})
		default:
			line()
			spans := inlineSpans(items, r)
			for i := range spans {
				spans[i].Quote = part["type"] == "rich_text_quote"
			}
			out = append(out, spans...)
		}
	}
	return out
}

func inlineSpans(v any, r mrkdwn.Reader) []mrkdwn.Span {
	var out []mrkdwn.Span
	list, _ := v.([]any)
	for _, x := range list {
		e, _ := x.(map[string]any)
		str := func(name string) string { s, _ := e[name].(string); return s }
		style, _ := e["style"].(map[string]any)
		s := mrkdwn.Span{
			Kind: mrkdwn.KindText, Text: str("text"), Bold: style["bold"] == true, Italic: style["italic"] == true,
			Strike: style["strike"] == true, Code: style["code"] == true,
		}
		named := func(kind mrkdwn.Kind, sign, id string, find func(string) (string, bool)) {
			s.Kind, s.ID, s.Text = kind, id, sign+id
			if name, ok := find(id); ok {
				s.Text = sign + name
			}
		}
		switch e["type"] {
		case "link":
			link := mrkdwn.Link(str("url"), str("text"))
			s.Kind, s.URL, s.Text = link.Kind, link.URL, link.Text
		case "emoji":
			s.Kind, s.ID, s.Text = mrkdwn.KindEmoji, str("name"), mrkdwn.EmojiText(str("name"))
		case "user":
			named(mrkdwn.KindUser, "@", str("user_id"), r.Names.UserName)
		case "channel":
			named(mrkdwn.KindChannel, "#", str("channel_id"), r.Names.ChannelName)
		case "usergroup":
			named(mrkdwn.KindGroup, "@", str("usergroup_id"), r.Names.GroupHandle)
		case "broadcast":
			s.Kind, s.Text = mrkdwn.KindSpecial, "@"+str("range")
		case "date":
			if n, ok := e["timestamp"].(json.Number); ok {
				s.Kind, s.Text = mrkdwn.KindDate, str("fallback")
				if unix, err := n.Int64(); err == nil {
					s.Unix, s.Text = unix, mrkdwn.FormatDate(unix, str("format"), r)
				}
			}
		}
		out = append(out, s)
	}
	return out
}
