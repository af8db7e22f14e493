package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// Action ids of the rules' area.
const (
	actRulesTab     = "stint.rules.tab"      // value: which list
	actRulesPage    = "stint.rules.page"     // value: page
	actRulesRefresh = "stint.rules.refresh"  //
	actRuleMenu     = "stint.rules.menu"     // option: what to do, and with which rule
	actRuleNew      = "stint.rules.new"      // begin a rule
	actChannelMenu  = "stint.rules.chmenu"   // option: what to do, and with which entry
	actChannelNew   = "stint.rules.chnew"    // begin an entry
	actRuleShape    = "stint.rules.shape"    // a choice on which other inputs depend
	actRuleStep     = "stint.rules.step"     // value: add, remove/key
	actRuleBack     = "stint.rules.back"     // to the page before
	actRuleYAML     = "stint.rules.yaml"     // to the rule as YAML
	actRuleForm     = "stint.rules.form"     // back from it
	actRuleText     = "stint.rules.text"     // an input that sends nothing
	actRuleAccounts = "stint.rules.accounts" // searchable
	actRuleTags     = "stint.rules.tags"
	actRuleRoles    = "stint.rules.roles"
	actRuleSets     = "stint.rules.sets"
	actRuleEveryone = "stint.rules.everyone" // sets, or everyone
	actRuleChannel  = "stint.rules.channel"
)

// Callback ids of the rules' area.
const (
	viewRules       = "stint.rules"
	viewRule        = "stint.rules.rule"
	viewRuleNew     = "stint.rules.new"
	viewRuleMove    = "stint.rules.move"
	viewRuleDelete  = "stint.rules.delete"
	viewChannel     = "stint.rules.entry"
	viewChannelGone = "stint.rules.gone"
)

// The lists that a switch on top leads to; sets of people have an area of their own.
const (
	tabRules    = "rules"
	tabChannels = "channels"
	tabSets     = "sets"
)

// rulesMeta is where an admin is in the lists.
type rulesMeta struct {
	Tab  string `json:"tab,omitempty"` // "": rules
	Page int    `json:"page,omitempty"`
}

func (m rulesMeta) String() string {
	raw, _ := json.Marshal(m) // a word and a number
	return string(raw)
}

func readRulesMeta(s string) rulesMeta {
	var m rulesMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page of the rules
	return m
}

// inHand is the policy that an admin looks at: their draft, or what is in force.
type inHand struct {
	config access.ConfigView
	draft  *access.DraftView // nil when they have none
	spec   *policy.Spec      // nil when the policy is a file, and before the first
	rules  []access.RuleView
}

// inHand reads what the lists show. It begins no draft.
func (b *Bot) inHand(ctx context.Context, user identity.SlackUserID) (inHand, error) {
	c, err := b.service.Config(ctx, user)
	if err != nil {
		return inHand{}, err
	}
	h := inHand{config: c, rules: c.Rules}
	switch {
	case !c.Editable:
	case c.Draft != nil && (c.Draft.Changes > 0 || c.InForce == nil): // one that says the same is none
		d, err := b.service.Draft(ctx, user)
		if err != nil {
			return inHand{}, err
		}
		h.draft, h.spec, h.rules = &d, &d.Revision.Spec, d.Rules
	case c.InForce != nil:
		r, err := b.service.Revision(ctx, user, c.InForce.ID)
		if err != nil {
			return inHand{}, err
		}
		h.spec = &r.Spec
	}
	if h.spec != nil && len(h.rules) != len(h.spec.Rules) { // a draft that cannot be compiled
		h.rules = nil
		for _, r := range h.spec.Rules {
			h.rules = append(h.rules, access.RuleView{RuleSummary: policy.RuleSummary{Name: r.Name, Deny: r.Deny}, Off: r.Off})
		}
	}
	return h, nil
}

// openRules opens the list of rules.
func (b *Bot) openRules(ctx context.Context, o origin) {
	b.show(ctx, o, "Rules", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawRules(ctx, o.user, "") })
}

// drawRules draws the list, or that of channels.
func (b *Bot) drawRules(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	h, err := b.inHand(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	m := readRulesMeta(meta)
	if m.Tab == tabChannels && h.spec != nil {
		return channelsView(h, m, b.accountLabel), nil
	}
	return rulesView(h, m), nil
}

// rulesPressed is a press in a list or in an editor above it.
func (b *Bot) rulesPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	own := ownMeta(o.meta)
	m := readRulesMeta(own)
	switch actionOf(a.ActionID) {
	case actRulesTab:
		b.switchTab(ctx, o, a.Value)
	case actRulesPage:
		m.Page, _ = strconv.Atoi(a.Value)
		b.redrawPart(ctx, o, b.drawRules, m.String(), "")
	case actRulesRefresh:
		b.redrawPart(ctx, o, b.drawRules, own, "")
	case actRuleNew:
		b.pushView(ctx, o, newRuleView())
	case actRuleMenu:
		b.ruleMenu(ctx, o, a.SelectedOption.Value)
	case actChannelNew:
		b.editChannel(ctx, o, channelMeta{New: true})
	case actChannelMenu:
		b.channelMenu(ctx, o, a.SelectedOption.Value)
	case actRuleShape, actRuleStep, actRuleBack, actRuleYAML, actRuleForm:
		if o.callback == viewChannel {
			b.channelChanged(ctx, o, readState(c.View.State))
			return
		}
		b.ruleChanged(ctx, o, a, readState(c.View.State))
	}
}

// switchTab shows another list in the place of this one.
func (b *Bot) switchTab(ctx context.Context, o origin, tab string) {
	if tab == tabSets {
		b.redrawPart(ctx, o, b.drawSets, "", "")
		return
	}
	b.redrawPart(ctx, o, b.drawRules, rulesMeta{Tab: tab}.String(), "")
}

// ruleSubmitted is a form of the rules' area.
func (b *Bot) ruleSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	state := readState(c.View.State)
	work := map[string]func(context.Context, origin, formState) outcome{
		viewRule:        b.ruleSent,
		viewRuleNew:     b.newRuleSent,
		viewRuleMove:    b.moveSent,
		viewRuleDelete:  b.deleteSent,
		viewChannel:     b.channelSent,
		viewChannelGone: b.channelGoneSent,
	}[c.View.CallbackID]
	if work == nil {
		b.onlyRead(ctx, env, o, c)
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return work(ctx, o, state) })
}

// changeDraft changes what an admin's draft says, beginning one if need be, and returns a
// line about it. change gets a copy whose lists it must not change in place.
func (b *Bot) changeDraft(ctx context.Context, user identity.SlackUserID, change func(*policy.Spec) (string, error)) (said string, err error) {
	d, err := b.service.Draft(ctx, user)
	if err != nil {
		return "", err
	}
	spec := d.Revision.Spec
	if said, err = change(&spec); err != nil {
		return "", err
	}
	if _, err = b.service.EditDraft(ctx, user, d.Revision.Version, spec); err != nil {
		return "", err
	}
	return said, nil
}

// changedHere does changeDraft for a press in the list itself.
func (b *Bot) changedHere(ctx context.Context, o origin, change func(*policy.Spec) (string, error)) {
	said, err := b.changeDraft(ctx, o.user, change)
	if err != nil {
		said = ":no_entry: *Not changed.* " + b.sayAdmin(ctx, o.user, err).String()
	}
	b.redrawPart(ctx, o, b.drawRules, ownMeta(o.meta), said)
	b.redrawUnder(ctx, o, "")
}

// changedAbove does changeDraft for a form above the list, which then closes.
func (b *Bot) changedAbove(ctx context.Context, user identity.SlackUserID, change func(*policy.Spec) (string, error)) outcome {
	said, err := b.changeDraft(ctx, user, change)
	if err != nil {
		v := refusedView(b.sayAdmin(ctx, user, err))
		return outcome{view: &v, changed: true}
	}
	v := noteView("Stored", said, notInForce)
	return outcome{done: &v, said: said}
}

const notInForce = "It is in your draft and not in force yet. Review and apply it when it is as you want it."

// ruleMenu is a choice in the menu of a rule: what, and with which rule.
func (b *Bot) ruleMenu(ctx context.Context, o origin, value string) {
	what, ref := readChoice(value)
	switch what {
	case "edit":
		b.editRule(ctx, o, ruleMeta{Rule: ref})
	case "move":
		b.show(ctx, o, "Move rule", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.moveView(ctx, o.user, ref) })
	case "delete":
		b.show(ctx, o, "Delete rule", func(ctx context.Context) (slack.ModalViewRequest, error) { return b.deleteView(ctx, o.user, ref) })
	case "off":
		b.changedHere(ctx, o, func(s *policy.Spec) (string, error) { return switchRule(s, ref) })
	case "copy":
		b.changedHere(ctx, o, func(s *policy.Spec) (string, error) { return copyRule(s, ref) })
	}
}

// choiceFor is the value of a menu's entry: what to do with what.
func choiceFor(what string, ref ruleRef) string {
	return what + "/" + strconv.Itoa(ref.Index) + "/" + ref.Name
}

func readChoice(value string) (what string, ref ruleRef) {
	what, rest, _ := strings.Cut(value, "/")
	index, hash, _ := strings.Cut(rest, "/")
	ref.Index, _ = strconv.Atoi(index)
	ref.Name = hash
	return what, ref
}

var errRuleGone = fault.New(fault.NotFound, "bot.rules", "This rule is no longer in your draft", "The list shows it as it is now.")

func switchRule(s *policy.Spec, ref ruleRef) (string, error) {
	i, ok := ref.find(s.Rules)
	if !ok {
		return "", errRuleGone
	}
	s.Rules = slices.Clone(s.Rules)
	s.Rules[i].Off = !s.Rules[i].Off
	if s.Rules[i].Off {
		return ":black_circle: “" + escName(s.Rules[i].Name, nameWidth) + "” is switched off in your draft.", nil
	}
	return ":white_check_mark: “" + escName(s.Rules[i].Name, nameWidth) + "” is switched on in your draft.", nil
}

func copyRule(s *policy.Spec, ref ruleRef) (string, error) {
	i, ok := ref.find(s.Rules)
	if !ok {
		return "", errRuleGone
	}
	r := s.Rules[i]
	r.Name = freeName(s.Rules, r.Name)
	s.Rules = slices.Insert(slices.Clone(s.Rules), i+1, r)
	return ":white_check_mark: Copied as “" + escName(r.Name, nameWidth) + "”, right below.", nil
}

// freeName is a name like the given one that no rule has yet.
func freeName(rules []policy.RuleSpec, like string) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(rules, func(r policy.RuleSpec) bool { return r.Name == n })
	}
	if !taken(like) {
		return like
	}
	for i := 2; ; i++ {
		if n := cut(like, maxRuleName-6) + " " + strconv.Itoa(i); !taken(n) {
			return n
		}
	}
}
