package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// Action and callback ids of the area of people sets.
const (
	actSetsPage = "stint.sets.page" // value: page
	actSetMenu  = "stint.sets.menu" // option: what to do, and with which set
	actSetNew   = "stint.sets.new"

	viewSets    = "stint.sets"
	viewSet     = "stint.sets.set"
	viewSetGone = "stint.sets.gone"
)

// setsPage is how many sets the list shows at once.
const setsPage = 20

// setsMeta is where an admin is in the list.
type setsMeta struct {
	Page int `json:"page,omitempty"`
}

// setMeta is what the editor of a set carries. Name is a hash: a set's own may be long.
type setMeta struct {
	Version uint64 `json:"v"`
	Name    string `json:"n"` // "" for a new one
}

func readSetMeta(meta string) setMeta {
	m := setMeta{Name: "-"}
	_ = json.Unmarshal([]byte(ownMeta(meta)), &m) // an unreadable one names no set
	return m
}

func (m setMeta) String() string {
	raw, _ := json.Marshal(m) // a number and a word
	return string(raw)
}

func (m setMeta) find(people map[string]policy.People) (string, bool) {
	for n := range people {
		if hashOf(n) == m.Name {
			return n, true
		}
	}
	return "", false
}

var errSetGone = fault.New(fault.NotFound, "bot.sets", "This set is no longer in your draft", "The list shows it as it is now.")

// openSets opens the list of named sets.
func (b *Bot) openSets(ctx context.Context, o origin) {
	b.show(ctx, o, "People sets", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawSets(ctx, o.user, "") })
}

func (b *Bot) drawSets(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	h, err := b.inHand(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	var m setsMeta
	_ = json.Unmarshal([]byte(meta), &m) // an unreadable one is the first page
	if h.spec == nil {
		return rulesView(h, rulesMeta{}), nil // it says where the policy lives
	}
	return setsView(h, m), nil
}

// setsView is the list of named sets of people.
func setsView(h inHand, m setsMeta) slack.ModalViewRequest {
	blocks := append(rulesTop(h, tabSets), rulesState(h)...)
	blocks = append(blocks, listButtons(h, button(actSetNew, "new", "Add a set", "Add a set of people")),
		small("Named sets of people. Rules say by these names who may request and who approves."), divider())
	names := slices.Sorted(maps.Keys(h.spec.People))
	from, to, page := pageOf(len(names), m.Page, setsPage)
	m.Page = page
	if len(names) == 0 {
		blocks = append(blocks, section("There are no sets."))
	}
	for i, n := range names[from:to] {
		blocks = append(blocks, setBlock(h, from+i, n))
	}
	if p := pager(actSetsPage, page, len(names), setsPage, "sets"); p != nil {
		blocks = append(blocks, p)
	}
	v := modal(viewSets, "People sets", "", "Close", blocks)
	raw, _ := json.Marshal(m) // a number
	v.PrivateMetadata = string(raw)
	return v
}

func setBlock(h inHand, i int, set string) slack.Block {
	lines := []string{"*" + bold(name(set, nameWidth)) + "*: " + escName(peopleText(h.spec.People[set]), 200)}
	used := usesOf(*h.spec, set)
	switch {
	case len(used) == 0:
		lines = append(lines, "_used nowhere_")
	default:
		lines = append(lines, "_"+escName("used by "+usesText(used), 200)+"_")
	}
	if h.draft != nil {
		for _, p := range h.draft.Problems {
			if rest, ok := strings.CutPrefix(p.Path, "people."+set); ok && !p.Warning && (rest == "" || rest[0] == '.') {
				lines = append(lines, ":x: "+sentence(cut(p.Message, 200))+" "+sentence(cut(p.Hint, 200)))
			}
		}
	}
	ref := ruleRef{i, hashOf(set)}
	return withMenu(strings.Join(lines, "\n"), actSetMenu, "set/"+strconv.Itoa(i)+"/"+ref.Name, []sheetChoice{
		{choiceFor("edit", ref), "Edit…", ""}, {choiceFor("delete", ref), "Delete…", ""},
	})
}

// usesOf lists where a policy names a set.
func usesOf(spec policy.Spec, set string) []string {
	var out []string
	for _, r := range spec.Rules {
		var as []string
		add := func(what string, names []string) {
			if slices.Contains(names, set) {
				as = append(as, what)
			}
		}
		add("requesters", r.Requesters.Items)
		add("may ask for others", r.OnBehalf.Items)
		for i, s := range r.Approval.Steps {
			add(fmt.Sprintf("approval, step %d", i+1), s.From)
		}
		if r.Escalate != nil {
			add("escalation", r.Escalate.To)
		}
		if r.Emergency != nil {
			add("emergency", r.Emergency.Requesters.Items)
			add("look back", r.Emergency.DebriefBy)
		}
		if strings.Contains(r.When, `"`+set+`"`) || strings.Contains(r.When, `'`+set+`'`) {
			as = append(as, "condition")
		}
		if len(as) > 0 {
			out = append(out, "“"+name(r.Name, 40)+"” ("+strings.Join(as, ", ")+")")
		}
	}
	return out
}

func usesText(used []string) string {
	if len(used) > 3 {
		return strings.Join(used[:3], ", ") + fmt.Sprintf(" and %d more", len(used)-3)
	}
	return list(used)
}

func (b *Bot) setsPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	switch actionOf(a.ActionID) {
	case actSetsPage:
		page, _ := strconv.Atoi(a.Value)
		raw, _ := json.Marshal(setsMeta{page}) // a number
		b.redrawPart(ctx, o, b.drawSets, string(raw), "")
	case actSetNew:
		b.editSet(ctx, o, setMeta{})
	case actSetMenu:
		what, ref := readChoice(a.SelectedOption.Value)
		if what == "edit" {
			b.editSet(ctx, o, setMeta{Name: ref.Name})
			return
		}
		b.show(ctx, o, "Delete set", func(ctx context.Context) (slack.ModalViewRequest, error) {
			return b.setGoneView(ctx, o.user, setMeta{Name: ref.Name})
		})
	}
}

// setGoneView asks once more, or says where the set is used: then it cannot be deleted.
func (b *Bot) setGoneView(ctx context.Context, user identity.SlackUserID, m setMeta) (slack.ModalViewRequest, error) {
	d, err := b.service.Draft(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	set, ok := m.find(d.Revision.Spec.People)
	if !ok {
		return slack.ModalViewRequest{}, errSetGone
	}
	if used := usesOf(d.Revision.Spec, set); len(used) > 0 {
		lines := make([]string, 0, len(used))
		for _, u := range used[:min(len(used), 30)] {
			lines = append(lines, "• "+escName(u, 150))
		}
		return noteView("Still in use", "*"+bold(name(set, nameWidth))+"* cannot be deleted: these rules name it.", strings.Join(lines, "\n"), "Take it out there first."), nil
	}
	v := modal(viewSetGone, "Delete set", "Delete", "Keep it", []slack.Block{
		section("Delete the set *" + bold(name(set, nameWidth)) + "* from your draft? No rule names it."),
	})
	v.PrivateMetadata = m.String()
	return v, nil
}

// setSubmitted is a form of this area.
func (b *Bot) setSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	state := readState(c.View.State)
	switch c.View.CallbackID {
	case viewSet:
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.setSent(ctx, o, state) })
	case viewSetGone:
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
			return b.changedAbove(ctx, o.user, func(s *policy.Spec) (string, error) { return deleteSet(s, readSetMeta(o.meta)) })
		})
	default:
		b.onlyRead(ctx, env, o, c)
	}
}

func deleteSet(s *policy.Spec, m setMeta) (string, error) {
	set, ok := m.find(s.People)
	if !ok {
		return "", errSetGone
	}
	if used := usesOf(*s, set); len(used) > 0 {
		return "", fault.New(fault.Conflict, "bot.sets", "The set is in use by now: "+usesText(used), "Take it out there first.")
	}
	s.People = maps.Clone(s.People)
	delete(s.People, set)
	return ":wastebasket: The set “" + escName(set, nameWidth) + "” is deleted from your draft.", nil
}

// setsOptions answers a keystroke in the editor of a set.
func (b *Bot) setsOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	_, kind, _ := strings.Cut(c.ActionID, ":")
	found := &offers{query: strings.TrimSpace(c.Value)}
	err := b.offer(ctx, o, found, access.ChoiceKind(kind), func(one access.Choice) *slack.OptionBlockObject {
		if access.ChoiceKind(kind) == access.ChooseChannel && !private(one) {
			return nil
		}
		return plainChip(wordChip(one.Value), one)
	})
	if err == nil && access.ChoiceKind(kind) == access.ChoosePerson && typedAddress.MatchString(found.query) && fitsValue(chipWord+found.query) && len(found.options) == 0 {
		found.typed(slack.NewOptionBlockObject(wordChip(found.query), plain(name(found.query, maxOption), maxOption), nil))
	}
	return found.answer("entry", "Try fewer letters."), err
}
