package mrkdwn

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain gives the spans of a plain_text object: the text as it stands, with emoji where the object allows.
func Plain(text string, emoji bool) []Span {
	p := &parser{}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			p.add(Span{Kind: KindBreak, Text: "\n"})
		}
		if emoji {
			p.emoji(line, Span{})
		} else {
			p.literal(line, Span{})
		}
	}
	return p.spans
}

// Parse gives the spans of an mrkdwn text. Verbatim leaves bare URLs unlinked, as the flag of a text object does.
func Parse(text string, verbatim bool, r Reader) []Span {
	p := &parser{reader: r, verbatim: verbatim}
	for text != "" {
		before, rest, fenced := strings.Cut(text, "```")
		if !fenced {
			p.lines(text)
			break
		}
		code, after, closed := strings.Cut(rest, "```")
		if !closed || strings.TrimSpace(code) == "" {
			p.lines(text)
			break
		}
		p.lines(strings.TrimSuffix(before, "\n"))
		p.add(Span{Kind: KindPre, Text: unescape(strings.Trim(code, "\n"))})
		text = strings.TrimPrefix(after, "\n")
	}
	return p.spans
}

type parser struct {
	reader   Reader
	verbatim bool
	spans    []Span
}

func (p *parser) add(s Span) {
	if n := len(p.spans); n > 0 && s.Kind == KindText && p.spans[n-1].Kind == KindText {
		merged := p.spans[n-1]
		merged.Text = s.Text
		if merged == s {
			p.spans[n-1].Text += s.Text
			return
		}
	}
	p.spans = append(p.spans, s)
}

func (p *parser) literal(text string, style Span) {
	if text == "" {
		return
	}
	style.Kind, style.Text = KindText, text
	p.add(style)
}

func (p *parser) lines(text string) {
	if text == "" {
		return
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			p.add(Span{Kind: KindBreak, Text: "\n"})
		}
		var style Span
		for _, mark := range []string{"&gt;", ">"} {
			if rest, ok := strings.CutPrefix(line, mark); ok {
				style.Quote, line = true, strings.TrimPrefix(rest, " ")
				break
			}
		}
		p.inline(line, style)
	}
}

// inline reads one line: code, angle brackets, styles, emoji, bare links.
func (p *parser) inline(s string, style Span) {
	var plain strings.Builder
	flush := func() {
		p.text(plain.String(), style)
		plain.Reset()
	}
	last := rune(' ')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '`':
			if end := strings.IndexByte(s[i+1:], '`'); end > 0 {
				flush()
				code := style
				code.Code = true
				p.literal(unescape(s[i+1:i+1+end]), code)
				i += end + 2
				last = '`'
				continue
			}
		case r == '<':
			if end := strings.IndexByte(s[i:], '>'); end > 1 {
				flush()
				p.token(s[i+1:i+end], style)
				i += end + 1
				last = '>'
				continue
			}
		case strings.ContainsRune("*_~", r) && !word(last):
			if end := closing(s[i+1:], byte(r)); end > 0 {
				flush()
				inner := style
				switch r {
				case '*':
					inner.Bold = true
				case '_':
					inner.Italic = true
				default:
					inner.Strike = true
				}
				p.inline(s[i+1:i+1+end], inner)
				i += end + 2
				last = r
				continue
			}
		}
		plain.WriteString(s[i : i+size])
		last = r
		i += size
	}
	flush()
}

// closing finds the mark that ends a style: not after a space, not before a letter, not an empty run.
func closing(s string, mark byte) int {
	if s == "" || s[0] == ' ' || s[0] == mark {
		return -1
	}
	for i := 1; i < len(s); i++ {
		if s[i] != mark || s[i-1] == ' ' {
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[i+1:])
		if i+1 == len(s) || !word(next) {
			return i
		}
	}
	return -1
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// text adds what is neither token nor style: bare links, emoji, and the rest with its entities decoded.
func (p *parser) text(s string, style Span) {
	for s != "" && !p.verbatim {
		at := strings.Index(s, "https://")
		if other := strings.Index(s, "http://"); at < 0 || (other >= 0 && other < at) {
			at = other
		}
		if at < 0 {
			break
		}
		end := at + strings.IndexFunc(s[at:]+" ", func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>|\"", r) })
		target := strings.TrimRight(s[at:end], ".,;:!?)")
		p.emoji(unescape(s[:at]), style)
		p.link(unescape(target), unescape(target), style)
		s = s[at+len(target):]
	}
	p.emoji(unescape(s), style)
}

// token reads what stood between < and >.
func (p *parser) token(s string, style Span) {
	body, label, labelled := strings.Cut(s, "|")
	label = unescape(label)
	if body == "" {
		p.literal("<"+unescape(s)+">", style)
		return
	}
	switch {
	case strings.HasPrefix(body, "@"):
		p.mention(KindUser, "@", body[1:], label, style)
	case strings.HasPrefix(body, "#"):
		p.mention(KindChannel, "#", body[1:], label, style)
	case strings.HasPrefix(body, "!subteam^"):
		p.mention(KindGroup, "@", strings.TrimPrefix(body, "!subteam^"), strings.TrimPrefix(label, "@"), style)
	case strings.HasPrefix(body, "!date^"):
		p.date(strings.TrimPrefix(body, "!date^"), label, style)
	case body == "!here" || body == "!channel" || body == "!everyone":
		style.Kind, style.Text = KindSpecial, "@"+body[1:]
		p.add(style)
	case strings.HasPrefix(body, "!"):
		if !labelled {
			label = "<" + unescape(s) + ">"
		}
		p.literal(label, style)
	default:
		target := unescape(body)
		if !labelled || label == "" {
			label = target
		}
		p.link(target, label, style)
	}
}

// link adds a link if its scheme is one that a page may follow, and its text otherwise.
func (p *parser) link(target, label string, style Span) {
	l := Link(target, label)
	if l.Kind == KindText {
		p.literal(label, style)
		return
	}
	style.Kind, style.Text, style.URL = l.Kind, l.Text, l.URL
	p.add(style)
}

// Link gives a link span, or the label as text when a page must not follow the target (javascript: and such).
func Link(target, label string) Span {
	if label == "" {
		label = target
	}
	if u, err := url.Parse(target); err == nil {
		switch strings.ToLower(u.Scheme) {
		case "http", "https", "mailto", "tel", "slack":
			return Span{Kind: KindLink, Text: label, URL: target}
		}
	}
	return Span{Kind: KindText, Text: label}
}

func (p *parser) mention(kind Kind, sign, id, label string, style Span) {
	name := label
	if n := p.reader.Names; n != nil {
		find := map[Kind]func(string) (string, bool){KindUser: n.UserName, KindChannel: n.ChannelName, KindGroup: n.GroupHandle}[kind]
		if found, ok := find(id); ok {
			name = found
		}
	}
	if name == "" {
		name = id
	}
	style.Kind, style.ID, style.Text = kind, id, sign+name
	p.add(style)
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(s string) string { return entities.Replace(s) }

// Escape makes text safe to stand in mrkdwn: the three characters that Slack asks to escape.
func Escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
