package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

// channelsPage is how many entries the list of channels shows at once.
const channelsPage = 20

// channelMeta is what the editor of an entry carries.
type channelMeta struct {
	Version uint64 `json:"v"`
	Index   int    `json:"i"`
	Hash    string `json:"h,omitempty"` // of the entry
	New     bool   `json:"new,omitempty"`
}

func (m channelMeta) String() string {
	raw, _ := json.Marshal(m) // plain data
	return string(raw)
}

func (m channelMeta) find(entries []policy.ChannelSpec) (int, bool) {
	if m.Index >= 0 && m.Index < len(entries) && hashOf(entries[m.Index]) == m.Hash {
		return m.Index, true
	}
	i := slices.IndexFunc(entries, func(c policy.ChannelSpec) bool { return hashOf(c) == m.Hash })
	return i, i >= 0
}

var errChannelGone = fault.New(fault.NotFound, "bot.channels", "This entry is no longer in your draft", "The list shows it as it is now.")

// channelsView is the list of where cards go: the first entry whose accounts match.
func channelsView(h inHand, m rulesMeta, label func(string) string) slack.ModalViewRequest {
	blocks := append(rulesTop(h, tabChannels), rulesState(h)...)
	blocks = append(blocks, listButtons(h, button(actChannelNew, "new", "Add a channel", "Send the requests of some accounts to a channel")),
		small("Where requests are posted. A rule's own channel comes first; then the first entry whose accounts match; then the channel of the settings."), divider())
	entries := h.spec.Channels
	from, to, page := pageOf(len(entries), m.Page, channelsPage)
	m.Page = page
	if len(entries) == 0 {
		blocks = append(blocks, section("There are no entries."))
	}
	for i := from; i < to; i++ {
		blocks = append(blocks, channelBlock(h, i, label))
	}
	if p := pager(actRulesPage, page, len(entries), channelsPage, "channels"); p != nil {
		blocks = append(blocks, p)
	}
	last := "Everything else: no channel is set. Approvers get direct messages."
	if c := h.spec.Settings.Channel; c != "" {
		last = "Everything else: *#" + bold(name(c, nameWidth)) + "*, from the settings."
	}
	blocks = append(blocks, section(last))
	v := modal(viewRules, "Channels", "", "Close", blocks)
	m.Tab = tabChannels
	v.PrivateMetadata = m.String()
	return v
}

func channelBlock(h inHand, i int, label func(string) string) slack.Block {
	entry := h.spec.Channels[i]
	text := fmt.Sprintf("%d. %s → *#%s*", i+1, escName(accountsText(entry.Accounts, label), 200), bold(name(entry.Channel, nameWidth)))
	if h.draft != nil {
		for _, p := range h.draft.Problems {
			if rest, ok := strings.CutPrefix(p.Path, fmt.Sprintf("channels[%d]", i)); ok && !p.Warning && (rest == "" || rest[0] == '.') {
				text += "\n:x: " + sentence(cut(p.Message, 200))
			}
		}
	}
	ref := ruleRef{i, hashOf(entry)}
	menu := []sheetChoice{{choiceFor("edit", ref), "Edit…", ""}}
	if i > 0 {
		menu = append(menu, sheetChoice{choiceFor("up", ref), "Move up", ""})
	}
	if i < len(h.spec.Channels)-1 {
		menu = append(menu, sheetChoice{choiceFor("down", ref), "Move down", ""})
	}
	menu = append(menu, sheetChoice{choiceFor("delete", ref), "Delete…", ""})
	return withMenu(text, actChannelMenu, "channel/"+strconv.Itoa(i)+"/"+ref.Name, menu)
}

// accountsText is a selector of accounts in words.
func accountsText(a policy.Accounts, label func(string) string) string {
	if a.All || len(a.Entries) == 0 {
		return "every account"
	}
	words := make([]string, 0, maxNames+1)
	for i, m := range a.Entries {
		if i == maxNames {
			words = append(words, fmt.Sprintf("%d more", len(a.Entries)-maxNames))
			break
		}
		if n := label(m.ID); m.ID != "" && n != "" {
			m.ID = n
		}
		words = append(words, entryText(m))
	}
	return strings.Join(words, ", ")
}

// channelMenu is a choice in the menu of an entry.
func (b *Bot) channelMenu(ctx context.Context, o origin, value string) {
	what, ref := readChoice(value)
	m := channelMeta{Index: ref.Index, Hash: ref.Name}
	switch what {
	case "edit":
		b.editChannel(ctx, o, m)
	case "up", "down":
		b.changedHere(ctx, o, func(s *policy.Spec) (string, error) {
			i, ok := m.find(s.Channels)
			to := i - 1
			if what == "down" {
				to = i + 1
			}
			if !ok || to < 0 || to >= len(s.Channels) {
				return "", errChannelGone
			}
			s.Channels = slices.Clone(s.Channels)
			s.Channels[i], s.Channels[to] = s.Channels[to], s.Channels[i]
			return ":white_check_mark: Moved, in your draft.", nil
		})
	case "delete":
		v := modal(viewChannelGone, "Delete entry", "Delete", "Keep it", []slack.Block{
			section("Delete this entry from your draft? Its requests then go to the next entry that matches, or to the channel of the settings."),
		})
		v.PrivateMetadata = m.String()
		b.pushView(ctx, o, v)
	}
}

func (b *Bot) channelGoneSent(ctx context.Context, o origin, _ formState) outcome {
	return b.changedAbove(ctx, o.user, func(s *policy.Spec) (string, error) {
		i, ok := readChannelMeta(o.meta).find(s.Channels)
		if !ok {
			return "", errChannelGone
		}
		s.Channels = slices.Delete(slices.Clone(s.Channels), i, i+1)
		return ":wastebasket: The entry is deleted from your draft.", nil
	})
}

func readChannelMeta(meta string) channelMeta {
	m := channelMeta{Index: -1}
	_ = json.Unmarshal([]byte(ownMeta(meta)), &m) // an unreadable one names no entry
	return m
}

// channelSheet draws the editor of an entry; what is applied to it goes into entry.
func channelSheet(state formState, was policy.ChannelSpec, label func(string) string, entry *policy.ChannelSpec) *sheet {
	s := &sheet{state: state}
	s.accountFields(was.Accounts, false, label, func(a policy.Accounts) { entry.Accounts = a })
	s.channelField("channel", "Requests are posted in", "", was.Channel, func(c string) { entry.Channel = c })
	return s
}

func (b *Bot) channelForm(m channelMeta, d access.DraftView, state formState, banner string) (slack.ModalViewRequest, error) {
	var was policy.ChannelSpec
	title := "New channel"
	if !m.New {
		i, ok := m.find(d.Revision.Spec.Channels)
		if !ok {
			return slack.ModalViewRequest{}, errChannelGone
		}
		was, title = d.Revision.Spec.Channels[i], "Edit channel"
	} else {
		was.Accounts = policy.Accounts{Entries: []policy.AccountMatch{}}
	}
	s := channelSheet(state, was, b.accountLabel, &was)
	blocks := s.blocks
	if banner != "" {
		blocks = append([]slack.Block{section(banner)}, blocks...)
	}
	m.Version = d.Revision.Version
	v := modal(viewChannel, title, "Done", "Close", blocks)
	v.PrivateMetadata = m.String()
	return v, nil
}

// editChannel opens the editor of an entry.
func (b *Bot) editChannel(ctx context.Context, o origin, m channelMeta) {
	b.show(ctx, o, "Channel", func(ctx context.Context) (slack.ModalViewRequest, error) {
		d, err := b.service.Draft(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return b.channelForm(m, d, nil, "")
	})
}

// channelChanged draws the editor anew after a choice on which other inputs depend.
func (b *Bot) channelChanged(ctx context.Context, o origin, state formState) {
	d, err := b.service.Draft(ctx, o.user)
	if err == nil {
		var v slack.ModalViewRequest
		if v, err = b.channelForm(readChannelMeta(o.meta), d, state, ""); err == nil {
			b.updateView(ctx, o, v)
			return
		}
	}
	b.updateView(ctx, o, refusedView(b.sayAdmin(ctx, o.user, err)))
}

// channelSent stores an entry.
func (b *Bot) channelSent(ctx context.Context, o origin, state formState) outcome {
	m := readChannelMeta(o.meta)
	refused := func(err error) outcome {
		v := refusedView(b.sayAdmin(ctx, o.user, err))
		return outcome{view: &v, changed: true}
	}
	d, err := b.service.Draft(ctx, o.user)
	if err != nil {
		return refused(err)
	}
	spec := d.Revision.Spec
	entry, i := policy.ChannelSpec{Accounts: policy.Accounts{Entries: []policy.AccountMatch{}}}, len(spec.Channels)
	spec.Channels = slices.Clone(spec.Channels)
	if m.New {
		spec.Channels = append(spec.Channels, entry)
	} else {
		var ok bool
		if i, ok = m.find(spec.Channels); !ok {
			return refused(errChannelGone)
		}
		entry = spec.Channels[i]
	}
	was := entry
	s := channelSheet(state, was, b.accountLabel, &entry)
	errs := s.apply(channelSheet(nil, was, b.accountLabel, &policy.ChannelSpec{}))
	if entry.Channel == "" && errs["channel"] == "" {
		errs["channel"] = "Choose a channel."
	}
	again := func() slack.ModalViewRequest {
		v, err := b.channelForm(m, d, state, ":no_entry: *Not stored.*\n"+errorLines(errs))
		if err != nil {
			return refusedView(b.sayAdmin(ctx, o.user, err))
		}
		return v
	}
	if len(errs) > 0 {
		return outcome{errors: errs, late: again}
	}
	spec.Channels[i] = entry
	problems, err := b.service.CheckSpec(ctx, o.user, spec)
	if err != nil {
		return refused(err)
	}
	for _, p := range problems {
		path, ok := strings.CutPrefix(p.Path, fmt.Sprintf("channels[%d].", i))
		if id := s.under(path); ok && !p.Warning && id != "" {
			errs[id] = fieldProblem(p)
		}
	}
	if len(errs) > 0 {
		return outcome{errors: errs, late: again}
	}
	if d.Revision.Version != m.Version {
		v, err := b.channelForm(m, d, state, changedElsewhere)
		if err != nil {
			return refused(err)
		}
		return outcome{view: &v}
	}
	if _, err := b.service.EditDraft(ctx, o.user, d.Revision.Version, spec); err != nil {
		return refused(err)
	}
	said := ":white_check_mark: Requests of " + escName(accountsText(entry.Accounts, b.accountLabel), 200) + " go to *#" + bold(name(entry.Channel, nameWidth)) + "*, in your draft."
	v := noteView("Stored", said, notInForce)
	return outcome{done: &v, said: said}
}
