package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

const changedElsewhere = ":warning: *Your draft was changed in another window meanwhile.* Nothing of this page was stored. Look at it, and press the button below again to store it."

// editRule opens the editor of a rule.
func (b *Bot) editRule(ctx context.Context, o origin, m ruleMeta) {
	b.show(ctx, o, "Edit rule", func(ctx context.Context) (slack.ModalViewRequest, error) {
		d, err := b.service.Draft(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		e, err := b.openRule(m, d)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return e.view(), nil
	})
}

// ruleInHand is the editor of the page that was pressed or sent, on the draft as it is now.
// stale says that the draft is not the one that the page was drawn from.
func (b *Bot) ruleInHand(ctx context.Context, o origin) (e *ruleEditor, d access.DraftView, stale bool, err error) {
	m := readRuleMeta(ownMeta(o.meta))
	if d, err = b.service.Draft(ctx, o.user); err != nil {
		return nil, d, false, err
	}
	if e, err = b.openRule(m, d); err != nil {
		return nil, d, false, err
	}
	return e, d, d.Revision.Version != m.Version, nil
}

// ruleSent is a page of the editor, sent: it is stored, and the next one shows.
func (b *Bot) ruleSent(ctx context.Context, o origin, state formState) outcome {
	e, d, stale, err := b.ruleInHand(ctx, o)
	if err != nil {
		v := refusedView(b.sayAdmin(ctx, o.user, err))
		return outcome{view: &v, changed: true}
	}
	again := func(banner string) slack.ModalViewRequest {
		e, err := b.openRule(readRuleMeta(ownMeta(o.meta)), d)
		if err != nil {
			return refusedView(b.sayAdmin(ctx, o.user, err))
		}
		e.state, e.banner = state, banner
		return e.view()
	}
	if stale {
		v := again(changedElsewhere)
		return outcome{view: &v}
	}
	d, changed, wrong := b.storePage(ctx, o, e, d, state)
	switch {
	case wrong.err != nil:
		v := again(":no_entry: *Not stored.* " + b.sayAdmin(ctx, o.user, wrong.err).String())
		return outcome{view: &v}
	case len(wrong.fields) > 0:
		return outcome{errors: wrong.fields, late: func() slack.ModalViewRequest {
			return again(":no_entry: *Not stored.*\n" + errorLines(wrong.fields))
		}}
	case wrong.page != "":
		v := again(":no_entry: *Not stored.*\n" + wrong.page)
		return outcome{view: &v}
	}
	if e.meta.YAML {
		return b.ruleDone(e, changed)
	}
	if !e.last() {
		e.meta.Page++
		return b.ruleAt(ctx, o, e, d, changed, "")
	}
	if page, lines := e.elsewhere(d.Problems); lines != "" {
		e.meta.Page = page
		return b.ruleAt(ctx, o, e, d, changed, ":warning: *Stored, but it cannot be applied like this:*\n"+lines)
	}
	return b.ruleDone(e, changed)
}

// ruleAt shows a page of the editor of what was just stored.
func (b *Bot) ruleAt(ctx context.Context, o origin, e *ruleEditor, d access.DraftView, changed bool, banner string) outcome {
	m := e.meta
	m.Steps = nil
	next, err := b.openRule(m, d)
	if err != nil {
		v := refusedView(b.sayAdmin(ctx, o.user, err))
		return outcome{view: &v, changed: true}
	}
	next.banner = banner
	v := next.view()
	return outcome{view: &v, changed: changed}
}

// ruleDone ends the editor.
func (b *Bot) ruleDone(e *ruleEditor, changed bool) outcome {
	if !changed {
		v := noteView("Done", "“"+escName(e.rule.Name, nameWidth)+"” is as it was.")
		return outcome{done: &v}
	}
	said := ":white_check_mark: “" + escName(e.rule.Name, nameWidth) + "” is stored in your draft."
	v := noteView("Stored", said, notInForce)
	return outcome{done: &v, said: said}
}

// wrong is why a page was not stored.
type wrong struct {
	fields map[string]string // errors by block id
	page   string            // lines about the page as a whole, mrkdwn
	err    error
}

// storePage puts what a page says into the draft. Nothing is stored that the page says
// wrongly; what is wrong on other pages does not keep this one from being stored.
func (b *Bot) storePage(ctx context.Context, o origin, e *ruleEditor, d access.DraftView, state formState) (access.DraftView, bool, wrong) {
	if e.meta.YAML {
		return b.storeYAML(ctx, o, e, d, state)
	}
	rule := e.rule
	s := e.sheet(state, &rule)
	changed, errs := e.read(state)
	if len(errs) > 0 || !changed {
		return d, false, wrong{fields: errs}
	}
	problems, err := b.service.CheckSpec(ctx, o.user, e.spec)
	if err != nil {
		return d, false, wrong{err: err}
	}
	fields, rest := e.sorted(problems, s)
	if len(fields) > 0 {
		return d, false, wrong{fields: fields}
	}
	own := slices.DeleteFunc(rest, func(p policy.Problem) bool { return e.pageOfPath(p.Path) != e.meta.Page })
	if len(own) > 0 {
		return d, false, wrong{page: problemLines(own)}
	}
	return b.storeRule(ctx, o, e, d)
}

func (b *Bot) storeRule(ctx context.Context, o origin, e *ruleEditor, d access.DraftView) (access.DraftView, bool, wrong) {
	stored, err := b.service.EditDraft(ctx, o.user, d.Revision.Version, e.spec)
	if fault.Is(err, fault.Conflict) {
		return d, false, wrong{page: changedElsewhere}
	}
	if err != nil {
		return d, false, wrong{err: err}
	}
	return stored, true, wrong{}
}

// elsewhere finds the first page of the rule with something that keeps it from being
// applied, and says what.
func (e *ruleEditor) elsewhere(problems []policy.Problem) (page int, lines string) {
	var found []policy.Problem
	page = e.pages()
	for _, p := range problems {
		if p.Warning || ruleOfPath(p.Path) != e.meta.Rule.Index {
			continue
		}
		_, path, _ := strings.Cut(p.Path, "].")
		if at := e.pageOfPath(path); at < page {
			page = at
		}
		found = append(found, p)
	}
	return page, problemLines(found)
}

// ruleChanged is a press or a choice in the editor that draws it anew.
func (b *Bot) ruleChanged(ctx context.Context, o origin, a slack.BlockAction, state formState) {
	e, d, stale, err := b.ruleInHand(ctx, o)
	if err != nil {
		b.updateView(ctx, o, refusedView(b.sayAdmin(ctx, o.user, err)))
		return
	}
	e.state = state
	if stale { // said now: what is drawn from here on is on top of the draft as it is
		e.banner = changedElsewhere
	}
	switch act := actionOf(a.ActionID); {
	case act == actRuleStep:
		e.meta.Steps = changedSteps(e.meta.Steps, len(e.rule.Approval.Steps), a.Value)
	case act == actRuleShape, stale:
	default:
		b.ruleLeaves(ctx, o, e, d, act)
		return
	}
	b.updateView(ctx, o, e.view())
}

// ruleLeaves stores the page and shows another one: the one before, or the rule as YAML, or
// back from there.
func (b *Bot) ruleLeaves(ctx context.Context, o origin, e *ruleEditor, d access.DraftView, act string) {
	fresh := *e
	stored, changed, wrong := b.storePage(ctx, o, e, d, e.state)
	why := wrong.page
	if len(wrong.fields) > 0 {
		why = errorLines(wrong.fields)
	}
	if wrong.err != nil {
		why = b.sayAdmin(ctx, o.user, wrong.err).String()
	}
	if why != "" {
		fresh.banner = ":no_entry: *This page is not stored yet:*\n" + why
		b.updateView(ctx, o, fresh.view())
		return
	}
	switch act {
	case actRuleBack:
		e.meta.Page--
	case actRuleYAML:
		e.meta.YAML = true
	case actRuleForm:
		e.meta.YAML = false
	}
	next := b.ruleAt(ctx, o, e, stored, changed, "")
	b.updateView(ctx, o, *next.view)
	if changed {
		b.redrawUnder(ctx, o, "")
	}
}

// changedSteps adds a step to the approval, or removes the one with a key. New steps get
// keys above those of the rule and of each other, so that none takes over what was typed
// into another.
func changedSteps(keys []int, stored int, press string) []int {
	if len(keys) == 0 {
		keys = []int{0}
	}
	if rest, ok := strings.CutPrefix(press, "remove/"); ok {
		key, _ := strconv.Atoi(rest)
		keys = slices.DeleteFunc(slices.Clone(keys), func(k int) bool { return k == key })
		if len(keys) == 0 {
			keys = []int{stored}
		}
		return keys
	}
	next := stored
	for _, k := range keys {
		next = max(next, k+1)
	}
	return append(slices.Clone(keys), next)
}

// newRuleView asks what kind of rule to begin with.
func newRuleView() slack.ModalViewRequest {
	s := &sheet{}
	kinds := make([]sheetChoice, 0, len(templates()))
	for _, t := range templates() {
		kinds = append(kinds, sheetChoice{t.id, t.label, t.about})
	}
	e := slack.NewRadioButtonsBlockElement(actRuleText)
	for _, c := range kinds {
		e.Options = append(e.Options, c.option())
	}
	e.InitialOption = e.Options[0]
	s.say(slack.NewInputBlock("template", plain("Begin with", maxLabel), plain("Everything in it can be changed on the next pages.", maxHint), e))
	s.pick("place", "Where it stands", "end", []sheetChoice{{"end", "At the end: rules above it decide first", ""}, {"top", "At the top: it decides first", ""}})
	return modal(viewRuleNew, "New rule", "Next", "Close", s.blocks)
}

// newRuleSent opens the editor of a rule that the draft gets with its first page.
func (b *Bot) newRuleSent(ctx context.Context, o origin, in formState) outcome {
	d, err := b.service.Draft(ctx, o.user)
	if err == nil {
		var e *ruleEditor
		if e, err = b.openRule(ruleMeta{New: in.one("template"), Top: in.one("place") == "top"}, d); err == nil {
			v := e.view()
			return outcome{view: &v}
		}
	}
	v := refusedView(b.sayAdmin(ctx, o.user, err))
	return outcome{view: &v}
}
