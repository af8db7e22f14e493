package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// explains lets the fake answer, and keeps what it was asked.
func (r *rig) explains(asked chan<- access.ExplainInput) {
	set(r.fake, &r.fake.onExplain, func(_ context.Context, user identity.SlackUserID, in access.ExplainInput) (access.ExplainView, error) {
		asked <- in
		person := r.fake.people[user]
		v := access.ExplainView{
			Person: access.Human{Person: person.Person, Slack: user, Name: person.Name}, Item: r.fake.item(in.Account, in.Role), Duration: in.Duration, At: r.fake.now,
		}
		if in.Person != "" {
			v.Person = access.Human{Person: in.Person, Name: "Somebody Else"}
		}
		d := policy.Decision{Outcome: policy.NotRequestable, Why: "No rule lets you request it", PolicyVersion: "v1"}
		if in.Role == read {
			d = r.fake.decision
			v.Approvers = r.fake.approver
		}
		v.Explanation = policy.Explanation{Decision: d}
		for i := range 30 {
			v.Explanation.Rules = append(v.Explanation.Rules, policy.RuleAnswer{Rule: "rule " + string(rune('A'+i%26)), Why: "it is not about this account"})
		}
		return v, nil
	})
}

func (r *rig) says(p *slacksim.Person, text string) slacksim.Result {
	r.t.Helper()
	res, err := p.Command(r.ctx, r.other.ID, commandAccess, text)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("command %q: %+v", text, res)
	}
	return res
}

// ephemeral waits for a message that only this person sees and that says something.
func (r *rig) ephemeral(u slacksim.User, want string) (m slacksim.Message) {
	r.t.Helper()
	r.until("a message that says "+want, func() bool {
		for _, m = range r.messages(u, r.other) {
			if strings.Contains(text(m.Blocks), want) {
				return true
			}
		}
		return false
	})
	return m
}

// The command answers at once, with forgiving names, and only to who asked.
func TestWhyCommand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := make(chan access.ExplainInput, 16)
	r.explains(asked)
	ada := r.as(r.asker)
	for _, tc := range []struct {
		text string
		want access.ExplainInput
	}{
		{"why prod-billing ReadOnly 2h", access.ExplainInput{Account: prod, Role: read, Duration: 2 * time.Hour}},
		{"Why PROD-billing readonly", access.ExplainInput{Account: prod, Role: read}},
		{"why bill admin for 1h 30 min", access.ExplainInput{Account: prod, Role: admin, Duration: 90 * time.Minute}},
		{"why admin in playground", access.ExplainInput{Account: dev, Role: admin}},
		{"why 222222222222 “ReadOnly” 90", access.ExplainInput{Account: dev, Role: read, Duration: 90 * time.Minute}},
	} {
		r.says(ada, tc.text)
		select {
		case got := <-asked:
			if got != tc.want {
				t.Errorf("%q asked %+v, not %+v", tc.text, got, tc.want)
			}
		case <-r.ctx.Done():
			t.Fatalf("%q asked nothing", tc.text)
		}
	}
	m := r.ephemeral(r.asker, "Yes, with approval:* You can ask for *ReadOnly* in *prod-billing*")
	if !m.Ephemeral {
		t.Error("everybody sees the answer")
	}
}

// What may mean several things is asked back; the choice is answered in its place.
func TestWhyCommandAsksBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := make(chan access.ExplainInput, 16)
	r.explains(asked)
	ada := r.as(r.asker)
	r.says(ada, "why 2222 o") // both roles have an o
	m := r.ephemeral(r.asker, "Which one do you mean?")
	if len(asked) != 0 {
		t.Error("it was guessed")
	}
	for _, e := range blockkit.Elements(m.Blocks) {
		if strings.Contains(e.ActionID, ":1") {
			_, err := ada.Press(r.ctx, slacksim.Element{On: slacksim.OnMessage(r.other.ID, m.TS), BlockID: e.BlockID, ActionID: e.ActionID}, "")
			r.must(err)
		}
	}
	if got := <-asked; got.Account != dev || got.Role != read {
		t.Errorf("asked %+v", got)
	}
	r.ephemeral(r.asker, "Asked of the policy")
	for _, m := range r.messages(r.asker, r.other) {
		if strings.Contains(text(m.Blocks), "Which one do you mean?") {
			t.Error("the question still stands beside its answer")
		}
	}
}

// Names that nothing has, and a command that names too little.
func TestWhyCommandFindsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.says(ada, "why nowhere ReadOnly")
	r.ephemeral(r.asker, "No account matches “nowhere ReadOnly”")
	r.says(ada, "why prod-billing Poweruser")
	r.ephemeral(r.asker, "No role in prod-billing matches")
	r.says(ada, "why <!channel>")
	m := r.ephemeral(r.asker, "Name an account and a role.")
	_, err := ada.Press(r.ctx, pressed(t, slacksim.OnMessage(r.other.ID, m.TS), m.Blocks, actWhyAsk), "")
	r.must(err)
	r.modal(ada, viewWhy)
}

// A slow answer comes after the acknowledgement; a refusal is said.
func TestWhyCommandSlowAndRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.answerAfter = 10 * time.Millisecond } })
	ada := r.as(r.asker)
	let := make(chan struct{})
	set(r.fake, &r.fake.onExplain, func(ctx context.Context, _ identity.SlackUserID, _ access.ExplainInput) (access.ExplainView, error) {
		select {
		case <-let:
		case <-ctx.Done():
		}
		return access.ExplainView{}, fault.New(fault.Unavailable, "fake", "Slack cannot be asked now", "Try again.")
	})
	r.says(ada, "why prod-billing ReadOnly")
	close(let)
	r.ephemeral(r.asker, "Slack cannot be asked now. Try again.")
}

// The window: account, role, answer, pages; the same from the request form.
func TestWhyWindow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := make(chan access.ExplainInput, 16)
	r.explains(asked)
	set(r.fake, &r.fake.closed, map[catalog.RoleARN]string{admin: "Only sre may ask for it"})
	ada := r.as(r.asker)
	r.says(ada, "why")
	r.modal(ada, viewWhy)
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockWhyAccount] == "" || res.Errors[roleBlock("")] == "" {
		t.Errorf("errors: %+v", res.Errors)
	}
	r.choose(ada, blockWhyAccount, actWhyAccount, "bill", prod)
	r.until("the role select of the account", func() bool {
		m, _ := ada.Modal()
		_, ok := m.Values[roleBlock(prod)]
		return ok
	})
	r.choose(ada, roleBlock(prod), actWhyRole, "admin", admin)
	_, err = ada.Fill(r.ctx, el(blockWhyDuration, actWhyDuration), "2 h")
	r.must(err)
	_, err = ada.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(ada, "No:* You cannot have *AdministratorAccess* in *prod-billing*")
	if got := <-asked; got != (access.ExplainInput{Account: prod, Role: admin, Duration: 2 * time.Hour}) {
		t.Errorf("asked %+v", got)
	}
	if !strings.Contains(text(m.Blocks), "<@"+r.security.ID+">") {
		t.Error("it does not say whom to ask")
	}
	_, err = ada.Press(r.ctx, slacksim.Element{On: slacksim.OnModal(), BlockID: pressed(t, slacksim.OnModal(), m.Blocks, actWhyPage+":next").BlockID, ActionID: actWhyPage + ":next"}, "")
	r.must(err)
	r.modalSays(ada, "(21–30 of 30)")
}

func TestWhyFromTheRequestForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := make(chan access.ExplainInput, 16)
	r.explains(asked)
	set(r.fake, &r.fake.closed, map[catalog.RoleARN]string{admin: "Only sre may ask for it"})
	ada := r.as(r.asker)
	r.openForm(ada)
	r.choose(ada, blockAccount, actAccount, "bill", prod)
	r.modalSays(ada, "prod-billing")
	r.choose(ada, roleBlock(prod), actRole, "admin", admin)
	m := r.modalSays(ada, "Only sre may ask for it")
	_, err := ada.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, actWhyAsk), "")
	r.must(err)
	r.modalSays(ada, "No:* You cannot have *AdministratorAccess* in *prod-billing*")
	r.must(ada.CloseModal(r.ctx))
	if m, ok := ada.Modal(); !ok || m.CallbackID != viewForm {
		t.Errorf("the form is gone: %v %s", ok, m.CallbackID)
	}
}
