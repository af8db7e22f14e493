package bot

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access/policy"
)

// maxChips is how many entries a select of several shows; what has more is edited as YAML.
const maxChips = 60

// formState is what a view holds: the values of each input by its block id. A text is one
// value; nothing typed or chosen is none.
type formState map[string][]string

// readState reads a view's state, of whatever type its elements are. An input block has one
// element; of more, which only a forger sends, the first by name counts.
func readState(state *slack.ViewState) formState {
	out := formState{}
	if state == nil {
		return out
	}
	for block, elements := range state.Values {
		for _, action := range slices.Sorted(maps.Keys(elements))[:min(1, len(elements))] {
			out[block] = valuesOf(elements[action])
		}
	}
	return out
}

func valuesOf(a slack.BlockAction) []string {
	var out []string
	for _, o := range append(a.SelectedOptions, a.SelectedOption) {
		if o.Value != "" && o.Value != notChoice && !slices.Contains(out, o.Value) {
			out = append(out, o.Value)
		}
	}
	if text := strings.TrimSpace(a.Value); text != "" && out == nil {
		out = []string{text}
	}
	return out
}

// one is the only value of an input; "" for none.
func (s formState) one(id string) string {
	if len(s[id]) == 0 {
		return ""
	}
	return s[id][0]
}

// sheet is a page of a form: its blocks, what its inputs show, and how what they hold is
// written into what is edited. It is drawn from what is edited and, when the person has
// changed something in it since, from the state of the view.
type sheet struct {
	state  formState // nil when the page opens
	blocks []slack.Block
	fields []sheetField
	parts  []sheetPart
}

// sheetField is an input of a sheet.
type sheetField struct {
	id    string
	shown []string // what it shows when nobody touched it
	paths []string // of the problems that belong under it, indexes left out or not
}

// sheetPart is what belongs together: when none of its inputs was touched, what it is
// about stays exactly as it is.
type sheetPart struct {
	ids   []string
	apply func(in formState) map[string]string // returns errors by block id
}

// part ends a part: it has the inputs that were added since the last one ended.
func (s *sheet) part(apply func(in formState) map[string]string) {
	from := 0
	for _, p := range s.parts {
		from += len(p.ids)
	}
	p := sheetPart{apply: apply}
	for _, f := range s.fields[from:] {
		p.ids = append(p.ids, f.id)
	}
	s.parts = append(s.parts, p)
}

func (s *sheet) say(blocks ...slack.Block) { s.blocks = append(s.blocks, blocks...) }

// now is what an input shows: what it holds, or else what is edited.
func (s *sheet) now(id string, shown []string) []string {
	if held, ok := s.state[id]; ok {
		return held
	}
	return shown
}

func (s *sheet) add(id string, shown, paths []string, b slack.Block) {
	s.fields = append(s.fields, sheetField{id, shown, paths})
	s.blocks = append(s.blocks, b)
}

// text adds a text field. It reports false when what is edited is longer than Slack lets
// anybody type: then it says so in the field's place.
func (s *sheet) text(t textField, paths ...string) bool {
	if len([]rune(t.value)) > t.most {
		s.say(section("*" + t.label + "*: longer than a text field of Slack holds. Edit it as YAML."))
		return false
	}
	t.action = actRuleText
	shown := texts(clean(t.value))
	t.value = strings.Join(s.now(t.block, shown), "")
	s.add(t.block, shown, paths, t.input())
	return true
}

// texts is a text as the values of an input.
func texts(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return []string{s}
}

// sheetChoice is one of a few things to choose from.
type sheetChoice struct{ value, label, about string }

func (c sheetChoice) option() *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(c.value, plain(c.label, maxOption), nil)
	if c.about != "" {
		o.Description = plain(c.about, maxOption)
	}
	return o
}

// radio adds a choice of one; choosing draws the sheet anew, because other inputs depend on
// it. It returns what is chosen now.
func (s *sheet) radio(id, label, chosen string, all []sheetChoice, paths ...string) string {
	shown := texts(chosen)
	now := strings.Join(s.now(id, shown), "")
	e := slack.NewRadioButtonsBlockElement(actRuleShape)
	for _, c := range all {
		o := c.option()
		e.Options = append(e.Options, o)
		if c.value == now {
			e.InitialOption = o
		}
	}
	s.add(id, shown, paths, slack.NewInputBlock(id, plain(label, maxLabel), nil, e).WithDispatchAction(true))
	return now
}

// tick adds one checkbox and returns whether it is set now. redraw says that other inputs
// depend on it.
func (s *sheet) tick(id, label string, t tick, redraw bool, paths ...string) bool {
	var shown []string
	if t.on {
		shown = []string{t.value}
	}
	t.on = slices.Contains(s.now(id, shown), t.value)
	action := actTicks
	if redraw {
		action = actRuleShape
	}
	b, _ := ticks(id, action, label, t).(*slack.InputBlock)
	s.add(id, shown, paths, b.WithDispatchAction(redraw))
	return t.on
}

// pick adds a select of one among a few.
func (s *sheet) pick(id, label, chosen string, all []sheetChoice, paths ...string) {
	shown := texts(chosen)
	now := strings.Join(s.now(id, shown), "")
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actRuleText)
	for _, c := range all {
		o := c.option()
		e.Options = append(e.Options, o)
		if c.value == now {
			e.InitialOption = o
		}
	}
	s.add(id, shown, paths, slack.NewInputBlock(id, plain(label, maxLabel), nil, e))
}

// sheetSearch is a searchable select.
type sheetSearch struct {
	id, action  string
	label, hint string
	placeholder string
	chosen      []string // in what is edited
	option      func(value string) *slack.OptionBlockObject
	required    bool
}

// search adds a searchable select of several. It reports false when what is edited has more
// entries than a select holds: then it says so in the select's place.
func (s *sheet) search(in sheetSearch, paths ...string) bool {
	shown := unique(in.chosen)
	if len(shown) > maxChips {
		s.say(section("*" + in.label + "*: " + thousands(len(shown)) + " entries, more than a list of Slack holds. Edit them as YAML."))
		return false
	}
	zero := 0
	e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, plain(in.placeholder, maxPlaceholder), in.action)
	e.MinQueryLength = &zero
	for _, v := range s.now(in.id, shown) {
		if o := in.option(v); len(e.InitialOptions) < maxOptions {
			e.InitialOptions = append(e.InitialOptions, o)
		}
	}
	s.add(in.id, shown, paths, slack.NewInputBlock(in.id, plain(in.label, maxLabel), in.hintText(), e).WithOptional(!in.required))
	return true
}

// searchOne adds a searchable select of one, which may stay empty.
func (s *sheet) searchOne(in sheetSearch, paths ...string) {
	shown := texts(strings.Join(in.chosen, ""))
	e := externalSelect(in.action, in.placeholder, nil)
	if now := strings.Join(s.now(in.id, shown), ""); now != "" {
		e.InitialOption = in.option(now)
	}
	s.add(in.id, shown, paths, slack.NewInputBlock(in.id, plain(in.label, maxLabel), in.hintText(), e).WithOptional(true))
}

func (in sheetSearch) hintText() *slack.TextBlockObject {
	if in.hint == "" {
		return nil
	}
	return plain(in.hint, maxHint)
}

// unique drops repetitions: a select shows each entry once.
func unique(in []string) []string {
	var out []string
	for _, s := range in {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// apply writes what the person changed into what is edited. untouched is the same page as
// it was before anybody touched it. It returns errors by block id.
func (s *sheet) apply(untouched *sheet) map[string]string {
	errs := map[string]string{}
	for _, p := range s.parts {
		in := formState{}
		changed := false
		for _, id := range p.ids {
			was, there := untouched.field(id)
			in[id] = s.now(id, s.shown(id))
			changed = changed || !there || !slices.Equal(in[id], was.shown)
		}
		if !changed && untouched.hasPart(p.ids) {
			continue
		}
		maps.Copy(errs, p.apply(in))
	}
	return errs
}

func (s *sheet) shown(id string) []string {
	f, _ := s.field(id)
	return f.shown
}

func (s *sheet) field(id string) (sheetField, bool) {
	i := slices.IndexFunc(s.fields, func(f sheetField) bool { return f.id == id })
	if i < 0 {
		return sheetField{}, false
	}
	return s.fields[i], true
}

func (s *sheet) hasPart(ids []string) bool {
	return slices.ContainsFunc(s.parts, func(p sheetPart) bool { return slices.Equal(p.ids, ids) })
}

var pathIndex = regexp.MustCompile(`\[\d+\]`)

// under finds the input that a problem belongs under, by the problem's path within what is
// edited; "" for none. Of two that fit alike it is the later: the list, not the choice
// between all and some.
func (s *sheet) under(path string) string {
	best, id := 0, ""
	for _, p := range []string{path, pathIndex.ReplaceAllString(path, "[]")} {
		for _, f := range s.fields {
			for _, own := range f.paths {
				if strings.HasPrefix(p, own) && len(own) >= best {
					best, id = len(own), f.id
				}
			}
		}
	}
	return id
}

// fieldProblem is a problem of a policy for the place under a field.
func fieldProblem(p policy.Problem) string {
	text := unescaper.Replace(sentence(p.Message))
	if p.Hint != "" {
		text += " " + unescaper.Replace(sentence(p.Hint))
	}
	return cut(text, maxProblemText)
}

// maxProblemText is longer than what other errors get: a condition's error shows where.
const maxProblemText = 400
