package bot

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// The ids of deciding about many findings at once.
const (
	viewDriftMany = "stint.drift.many" // which ones
	viewDriftSure = "stint.drift.sure" // with what they are, before it is done

	actDriftMany  = "stint.drift.many" // + ":" + one of the two decisions; value: the same
	actDriftWhich = "stint.drift.which"

	blockDriftWhich = "drift.which"

	manySnooze = "snooze"
	manyIgnore = "ignore"

	// A choice of what to decide about: one of these, with an id after those that need one.
	whichAll     = "all"
	whichFound   = "found" // what was searched for
	whichAccount = "account:"
	whichRole    = "role:"
	whichPerson  = "person:"
	whichGroup   = "group:"
)

// manyMeta is what an admin is about to decide.
type manyMeta struct {
	Decision string            `json:"d"`
	Text     string            `json:"t,omitempty"` // what was searched for in the list
	Scope    access.DriftScope `json:"s,omitzero"`
}

func (m manyMeta) String() string {
	m.Text, m.Scope.Text = searched(m.Text), searched(m.Scope.Text)
	raw, _ := json.Marshal(m) // strings and a time
	return string(raw)
}

func readManyMeta(s string) manyMeta {
	var m manyMeta
	if json.Unmarshal([]byte(s), &m) != nil || m.Decision != manySnooze {
		m.Decision = manyIgnore
	}
	return m
}

// driftManyButtons decide about many, where the list has more than one that is open.
func driftManyButtons(v access.DriftView) []slack.Block {
	if v.Query.State != access.FindingOpen || v.State.Counts.Open < 2 {
		return nil
	}
	return []slack.Block{actions(
		button(actDriftMany+":"+manySnooze, manySnooze, "Snooze many…", "Hide many findings until a day"),
		button(actDriftMany+":"+manyIgnore, manyIgnore, "Ignore many…", "Say why many findings are as they should be")), divider()}
}

// manyView asks which findings are decided together.
func manyView(p access.DriftParts, m manyMeta, found int) slack.ModalViewRequest {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose", maxPlaceholder), actDriftWhich)
	option := func(value, name string, n int) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(value, plain(thousands(n)+" · "+name, maxOption), nil)
	}
	group := func(label string, options ...*slack.OptionBlockObject) {
		if len(options) > 0 {
			e.OptionGroups = append(e.OptionGroups, slack.NewOptionGroupBlockElement(plain(label, maxOption), options...))
		}
	}
	every := []*slack.OptionBlockObject{option(whichAll, "everything that is open", p.Total)}
	if m.Text != "" {
		every = append(every, option(whichFound, "what fits “"+name(m.Text, 40)+"”", found))
	}
	group("All", every...)
	of := func(prefix string, part access.DriftPart, id string) *slack.OptionBlockObject {
		return option(prefix+id, name(part.Name, 55), part.Count)
	}
	var accounts, roles, whose []*slack.OptionBlockObject
	for _, part := range p.Accounts {
		accounts = append(accounts, of(whichAccount, part, string(part.Scope.Account)))
	}
	for _, part := range p.Roles {
		roles = append(roles, of(whichRole, part, string(part.Scope.Role)))
	}
	for _, part := range p.Whose {
		if part.Scope.Group != "" {
			whose = append(whose, of(whichGroup, part, string(part.Scope.Group)))
		} else {
			whose = append(whose, of(whichPerson, part, string(part.Scope.Person)))
		}
	}
	group("In an account", accounts...)
	group("Of a role", roles...)
	group("Of a person or group", whose...)
	title, what := "Ignore many", "*Say of many findings at once that they are as they should be.*"
	if m.Decision == manySnooze {
		title, what = "Snooze many", "*Hide many findings at once until a day.*"
	}
	v := modal(viewDriftMany, title, "Continue", "Back", []slack.Block{
		section(what + " You see which ones before anything is done."),
		slack.NewInputBlock(blockDriftWhich, plain("Which", maxLabel), plain("With how many findings each has. Nobody loses access by this.", maxHint), e),
	})
	v.PrivateMetadata = m.String()
	return v
}

// manyScope is what a choice of manyView means.
func manyScope(which string, m manyMeta) (sc access.DriftScope, ok bool) {
	for prefix, set := range map[string]func(id string){
		whichAccount: func(id string) { sc.Account = catalog.AccountID(id) },
		whichRole:    func(id string) { sc.Role = catalog.RoleARN(id) },
		whichPerson:  func(id string) { sc.Person = catalog.PersonID(id) },
		whichGroup:   func(id string) { sc.Group = catalog.GroupID(id) },
	} {
		if id, is := strings.CutPrefix(which, prefix); is && id != "" {
			set(id)
			return sc, true
		}
	}
	if which == whichFound {
		sc.Text = m.Text
	}
	return sc, which == whichAll || which == whichFound && m.Text != ""
}

// sureView shows what is decided, and asks for the day or the reason.
func sureView(v access.DriftMany, m manyMeta, day, banner string) slack.ModalViewRequest {
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	lines := make([]string, 0, len(v.First)+1)
	for _, f := range v.First {
		lines = append(lines, "• "+driftHead(f.RowView))
	}
	if more := v.Total - len(v.First); more > 0 {
		lines = append(lines, andMore(more))
	}
	title, submit, head := "Ignore many", "Ignore "+thousands(v.Total), "*"+plural(v.Total, "finding")+" is as it should be:*"
	if v.Total != 1 {
		head = "*" + plural(v.Total, "finding") + " are as they should be:*"
	}
	if m.Decision == manySnooze {
		title, submit, head = "Snooze many", "Snooze "+thousands(v.Total), "*"+plural(v.Total, "finding")+" hidden for now:*"
	}
	blocks = append(blocks, section(head), section(cutMarkup(strings.Join(lines, "\n"), 2900)))
	if m.Decision == manySnooze {
		blocks = append(blocks,
			section("Those that AWS still holds that morning, or that somebody gives again before, are told to the admins again."),
			dayField(day))
	} else {
		blocks = append(blocks,
			section("They are not shown as open any more, for as long as AWS holds them. The list of what is ignored keeps each, with your reason."),
			reasonField(blockDriftWhy, "Who gave them and what for. It is kept on record with each."))
	}
	blocks = append(blocks, small("What is found from now on is not among them."))
	m.Scope = v.Scope
	view := modal(viewDriftSure, title, submit, "Back", blocks)
	view.PrivateMetadata = m.String()
	return view
}

// drawMany draws the first of the two views.
func (b *Bot) drawMany(ctx context.Context, user identity.SlackUserID, m manyMeta) (slack.ModalViewRequest, error) {
	p, err := b.service.DriftParts(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	found := 0
	if m.Text != "" {
		v, err := b.service.DriftMany(ctx, user, access.DriftScope{Text: m.Text})
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if found = v.Total; found == 0 {
			m.Text = ""
		}
	}
	return manyView(p, m, found), nil
}

// drawSure draws the second of the two views.
func (b *Bot) drawSure(ctx context.Context, user identity.SlackUserID, m manyMeta, banner string) (slack.ModalViewRequest, error) {
	v, err := b.service.DriftMany(ctx, user, m.Scope)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if v.Total == 0 {
		return noteView("Nothing to decide", "None of these is open any more. The list shows what is there now."), nil
	}
	return sureView(v, m, snoozeDay(b.service.Now()), banner), nil
}

// manySubmitted is one of the two views.
func (b *Bot) manySubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m := readManyMeta(ownMeta(o.meta))
	if c.View.CallbackID == viewDriftMany {
		scope, ok := manyScope(chosenOption(c.View.State, blockDriftWhich, actDriftWhich).Value, m)
		if !ok {
			b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockDriftWhich: "Choose which ones."}})
			return
		}
		m.Scope = scope
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
			v, err := b.drawSure(ctx, o.user, m, "")
			if err != nil {
				v = refusedView(b.sayAdmin(ctx, o.user, err))
			}
			return outcome{view: &v}
		})
		return
	}
	day, reason, block, problem := readDecision(c.View.State, m.Decision == manySnooze)
	if problem != "" {
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{block: problem}})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.decideMany(ctx, o, m, day, reason) })
}

// decideMany carries the decision out.
func (b *Bot) decideMany(ctx context.Context, o origin, m manyMeta, day, reason string) outcome {
	title, done := "Ignored", "ignored from now on"
	decide := func() (int, error) { return b.service.IgnoreMany(ctx, o.user, m.Scope, reason) }
	if m.Decision == manySnooze {
		title, done = "Snoozed", "hidden until the morning of "+day
		decide = func() (int, error) { return b.service.SnoozeMany(ctx, o.user, m.Scope, day) }
	}
	n, err := decide()
	if err != nil {
		return b.refusedUnder(ctx, o, err, func(banner string) (slack.ModalViewRequest, error) { return b.drawSure(ctx, o.user, m, banner) })
	}
	said := ":white_check_mark: " + plural(n, "finding") + ": " + done + "."
	v := noteView(title, said)
	return outcome{done: &v, said: said}
}
