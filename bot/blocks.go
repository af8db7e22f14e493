package bot

import (
	"strings"

	"github.com/slack-go/slack"
)

// The constructors of blocks. Each cuts what it is given to Slack's limit, so that no
// surface can be refused for a long name, and none lets Slack guess at links, channels or
// names in it (verbatim).

func plain(s string, n int) *slack.TextBlockObject {
	if s == "" {
		s = "—"
	}
	emoji := false
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: cut(s, n), Emoji: &emoji}
}

func markup(s string, n int) *slack.TextBlockObject {
	if s == "" {
		s = "—"
	}
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: cutMarkup(s, n), Verbatim: true}
}

func header(s string) slack.Block {
	return slack.NewHeaderBlock(plain(s, maxHeader))
}

func section(s string) slack.Block {
	return slack.NewSectionBlock(markup(s, maxText), nil, nil)
}

// sectionWith is a section with a button at its side.
func sectionWith(s string, b *slack.ButtonBlockElement) slack.Block {
	return slack.NewSectionBlock(markup(s, maxText), nil, slack.NewAccessory(b), slack.SectionBlockOptionBlockID(blockFor(b)))
}

// field is one labelled value of fields.
type field struct{ label, value string }

// fields shows labelled values in two columns; values are mrkdwn.
func fields(fs ...field) slack.Block {
	texts := make([]*slack.TextBlockObject, 0, len(fs))
	for _, f := range fs {
		if len(texts) == maxFields {
			break
		}
		texts = append(texts, markup("*"+f.label+"*\n"+f.value, maxField))
	}
	return slack.NewSectionBlock(nil, texts, nil)
}

func small(s string) slack.Block {
	return slack.NewContextBlock("", markup(s, maxSmall))
}

func divider() slack.Block { return slack.NewDividerBlock() }

// quote shows typed text as a quotation. Nothing in rich text is markup.
func quote(s string, n int) slack.Block {
	s = cut(clean(s), n)
	if s == "" {
		s = "—"
	}
	return slack.NewRichTextBlock("", &slack.RichTextQuote{
		Type:     slack.RTEQuote,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(s, nil)},
	})
}

// code shows lines to copy, exactly.
func code(s string) slack.Block {
	return slack.NewRichTextBlock("", &slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(cut(clean(s), maxText), nil)},
	})
}

func actions(bs ...*slack.ButtonBlockElement) slack.Block {
	elements := make([]slack.BlockElement, 0, len(bs))
	for _, b := range bs {
		elements = append(elements, b)
	}
	return slack.NewActionBlock(blockFor(bs...), elements...)
}

// blockFor names a block after what its buttons do. Slack gives a block without an id a new
// one at each edit, and a press on what was drawn a moment ago would then be lost.
func blockFor(bs ...*slack.ButtonBlockElement) string {
	var ids []string
	for _, b := range bs {
		ids = append(ids, b.ActionID+"="+b.Value)
	}
	return cut(strings.Join(ids, " "), maxID)
}

// button says with spoken what a screen reader hears: the label alone does not tell which
// of several requests it is for.
func button(action, value, label, spoken string) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, value, plain(label, maxButton))
	b.AccessibilityLabel = cut(spoken, maxLabelForA11y)
	return b
}

func primary(b *slack.ButtonBlockElement) *slack.ButtonBlockElement {
	b.Style = slack.StylePrimary
	return b
}

func danger(b *slack.ButtonBlockElement) *slack.ButtonBlockElement {
	b.Style = slack.StyleDanger
	return b
}

// confirmed asks once more before the press counts.
func confirmed(b *slack.ButtonBlockElement, title, text, yes, no string) *slack.ButtonBlockElement {
	b.Confirm = slack.NewConfirmationBlockObject(
		plain(title, maxConfirmTitle), plain(text, maxConfirmText),
		plain(yes, maxConfirmButton), plain(no, maxConfirmButton))
	if b.Style == slack.StyleDanger {
		b.Confirm.Style = slack.StyleDanger
	}
	return b
}

// modal makes a view; submit is "" for one that is only read.
func modal(callback, title, submit, closeLabel string, blocks []slack.Block) slack.ModalViewRequest {
	if len(blocks) > maxModalBlocks {
		blocks = blocks[:maxModalBlocks]
	}
	v := slack.ModalViewRequest{
		Type:       slack.VTModal,
		CallbackID: callback,
		Title:      plain(title, maxTitle),
		Close:      plain(closeLabel, maxTitle),
		Blocks:     slack.Blocks{BlockSet: blocks},
	}
	if submit != "" {
		v.Submit = plain(submit, maxTitle)
	}
	return v
}

// noteView is a modal that only says something.
func noteView(title string, texts ...string) slack.ModalViewRequest {
	blocks := make([]slack.Block, 0, len(texts))
	for _, t := range texts {
		if t != "" {
			blocks = append(blocks, section(t))
		}
	}
	return modal(viewNote, title, "", "Close", blocks)
}

// content is a message: its blocks, and the text that notifications and screen readers get.
type content struct {
	text   string
	blocks []slack.Block
}

// message makes content within the limits of a message; text is mrkdwn.
func message(text string, blocks ...slack.Block) content {
	if len(blocks) > maxMessageBlocks {
		blocks = blocks[:maxMessageBlocks]
	}
	return content{text: cutMarkup(text, maxFallback), blocks: blocks}
}
