package bot

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// areaMine is one's own requests, old ones too.
const areaMine = "mine"

// The ids of one's own requests.
const (
	viewMine     = "stint.mine"
	actMineState = "stint.mine.state" // + ":" + what; value: what
	actMinePage  = "stint.mine.page"  // value: page
	minePage     = 8
)

// mineMeta is where somebody is in their requests.
type mineMeta struct {
	What string `json:"w,omitempty"`
	Page int    `json:"p,omitempty"`
}

func (m mineMeta) String() string {
	raw, _ := json.Marshal(m) // a string and a number
	return string(raw)
}

func readMineMeta(s string) mineMeta {
	var m mineMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page of everything
	return m
}

// mineFilter is one choice of what is listed.
type mineFilter struct {
	what, label string
	states      []access.RequestState
}

func mineFilters() []mineFilter {
	return []mineFilter{
		{"", "All", nil},
		{"pending", "Pending", []access.RequestState{access.Pending}},
		{"approved", "Approved", []access.RequestState{access.Approved}},
		{"denied", "Denied", []access.RequestState{access.Denied}},
		{"other", "Not decided", []access.RequestState{access.Cancelled, access.Lapsed, access.Withdrawn}},
	}
}

// openMine opens one's own requests.
func (b *Bot) openMine(ctx context.Context, o origin) {
	b.show(ctx, o, "My requests", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawMine(ctx, o.user, "") })
}

func (b *Bot) drawMine(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	m := readMineMeta(meta)
	q := access.MineQuery{Limit: minePage, Offset: max(m.Page, 0) * minePage}
	for _, f := range mineFilters() {
		if f.what == m.What {
			q.States = f.states
		}
	}
	v, err := b.service.Mine(ctx, user, q)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return mineView(v, m), nil
}

// mineView is a page of one's own requests.
func mineView(v access.MineView, m mineMeta) slack.ModalViewRequest {
	var filter []*slack.ButtonBlockElement
	for _, f := range mineFilters() {
		b := button(actMineState+":"+firstOf(f.what, "all"), firstOf(f.what, "all"), f.label, "Show "+f.label)
		if f.what == m.What {
			primary(b)
		}
		filter = append(filter, b)
	}
	blocks := []slack.Block{actions(filter...), divider()}
	if len(v.Requests) == 0 {
		blocks = append(blocks, small("None."))
	}
	for i, r := range v.Requests {
		if i > 0 {
			blocks = append(blocks, divider())
		}
		blocks = append(blocks, mineRow(r)...)
	}
	if pages := (v.Total + minePage - 1) / minePage; pages > 1 {
		blocks = append(blocks, pager(actMinePage, m.Page, pages, 1, "requests"))
	}
	if v.Cut {
		blocks = append(blocks, small("Older ones are in the audit log."))
	}
	view := modal(viewMine, "My requests", "", "Close", blocks)
	view.PrivateMetadata = m.String()
	return view
}

func mineRow(v access.RequestView) []slack.Block {
	r := v.Request
	head := items(v, item) + " · " + length(r.Duration)
	if r.Asker.Person != r.Receiver.Person {
		head += " · " + actor(r.Asker) + " for " + actor(r.Receiver)
	}
	bs := []*slack.ButtonBlockElement{detailsButton(v), againButton(v)}
	if len(v.Items) == 1 {
		bs = append(bs, favouriteButton(v.Items[0]))
	}
	return []slack.Block{section(head + "\n" + stateLine(v)), small("Asked " + when(r.SubmittedAt) + ": " + escName(r.Reason, nameWidth)), actions(bs...)}
}

// minePressed filters and turns pages.
func (b *Bot) minePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	m := readMineMeta(ownMeta(o.meta))
	switch actionOf(a.ActionID) {
	case actMineState:
		m = mineMeta{What: a.Value}
		if a.Value == "all" {
			m.What = ""
		}
	case actMinePage:
		m.Page, _ = strconv.Atoi(a.Value)
	}
	b.redrawPart(ctx, o, b.drawMine, m.String(), "")
}
