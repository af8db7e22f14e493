package bot

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// areaWho is who has access, for admins and for approvers.
const areaWho = "who"

// The ids of who has access.
const (
	viewWho     = "stint.who"
	actWhoPage  = "stint.who.page" // value: page
	actWhoText  = "stint.who.text"
	actWhoEnd   = "stint.who.end" // value: grant id
	blockWho    = "who.text"
	whoPageSize = 12
)

// whoMeta is where somebody is in the list.
type whoMeta struct {
	Text string `json:"t,omitempty"`
	Page int    `json:"p,omitempty"`
}

func (m whoMeta) String() string {
	m.Text = cut(clean(m.Text), 100)
	raw, _ := json.Marshal(m) // a string and a number
	return string(raw)
}

func readWhoMeta(s string) whoMeta {
	var m whoMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page of everything
	return m
}

// openWho opens who has access.
func (b *Bot) openWho(ctx context.Context, o origin) {
	b.show(ctx, o, "Who has access", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawWho(ctx, o.user, "") })
}

func (b *Bot) drawWho(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	m := readWhoMeta(meta)
	v, err := b.service.WhoHas(ctx, user, access.WhoHasQuery{Text: m.Text, Limit: whoPageSize, Offset: max(m.Page, 0) * whoPageSize})
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return whoView(v, m), nil
}

// whoView is a page of who has access.
func whoView(v access.WhoHasView, m whoMeta) slack.ModalViewRequest {
	head := "*" + plural(v.Total, "access") + "* through Stint, soonest end first."
	if v.Total != 1 {
		head = "*" + thousands(v.Total) + " accesses* through Stint, soonest end first."
	}
	if !v.All {
		head += " You see what you may decide about."
	}
	search := textField{block: blockWho, action: actWhoText, label: "Search", placeholder: "Account, role, group or person", value: m.Text, most: 100, optional: true}
	blocks := []slack.Block{section(head), search.input(), divider()}
	if len(v.Grants) == 0 {
		blocks = append(blocks, small("None."))
	}
	for _, g := range v.Grants {
		text := actor(g.Grant.Holder) + ": " + item(g.Item) + "\n" + grantLine(g)
		if v.All && g.Grant.State != access.Ended {
			blocks = append(blocks, sectionWith(text, endButton(g, actWhoEnd)))
			continue
		}
		blocks = append(blocks, section(text))
	}
	if pages := (v.Total + whoPageSize - 1) / whoPageSize; pages > 1 {
		blocks = append(blocks, pager(actWhoPage, m.Page, pages, 1, "accesses"))
	}
	blocks = append(blocks, small("Access that somebody gave in AWS without Stint is not in this list. `stint grants export` writes it as a table."))
	view := modal(viewWho, "Who has access", "Search", "Close", blocks)
	view.PrivateMetadata = m.String()
	return view
}

// whoPressed turns pages and ends access.
func (b *Bot) whoPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	m, said := readWhoMeta(ownMeta(o.meta)), ""
	switch actionOf(a.ActionID) {
	case actWhoPage:
		m.Page, _ = strconv.Atoi(a.Value)
	case actWhoEnd:
		g, err := b.service.EndGrant(ctx, access.GrantID(a.Value), o.user)
		if err != nil {
			said = ":no_entry: *Nothing was changed.* " + b.say(b.userLog(o.user), err).String()
			break
		}
		said = ":white_check_mark: " + actor(g.Grant.Holder) + ": " + item(g.Item) + " was ended."
	}
	b.redrawPart(ctx, o, b.drawWho, m.String(), said)
}

// whoSubmitted searches.
func (b *Bot) whoSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m := whoMeta{Text: trimmed(typedIn(c.View.State, blockWho, actWhoText))}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v, err := b.drawWho(ctx, o.user, m.String())
		if err != nil {
			v = refusedView(b.say(b.userLog(o.user), err))
		}
		return outcome{view: &v}
	})
}
