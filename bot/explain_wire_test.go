package bot

import (
	"context"
	"strings"
	"testing"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// chooses lets the fake offer these choices, found by what is in their label.
func (r *rig) chooses(all map[access.ChoiceKind][]access.Choice) {
	set(r.fake, &r.fake.onChoices, func(_ context.Context, _ identity.SlackUserID, kind access.ChoiceKind, query string, limit int) (access.Choices, error) {
		var out access.Choices
		for _, c := range all[kind] {
			if strings.Contains(strings.ToLower(c.Label), strings.ToLower(query)) {
				out.Total++
				out.Choices = append(out.Choices, c)
			}
		}
		out.Choices = out.Choices[:min(limit, len(out.Choices))]
		return out, nil
	})
}

// configs runs /jit-config with a word, as the admin.
func (r *rig) configs(word string) *slacksim.Person {
	r.t.Helper()
	p := r.as(r.security)
	res, err := p.Command(r.ctx, p.OpenApp(), commandConfig, word)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("%s %s: %+v", commandConfig, word, res)
	}
	return p
}

func (r *rig) fill(p *slacksim.Person, block, action string, values ...string) {
	r.t.Helper()
	res, err := p.Fill(r.ctx, el(block, action), values...)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("filling %s: %+v", block, res)
	}
}

func (r *rig) pressIn(p *slacksim.Person, action string) {
	r.t.Helper()
	m, _ := p.Modal()
	e := pressed(r.t, slacksim.OnModal(), m.Blocks, action)
	e.Confirmed = true
	res, err := p.Press(r.ctx, e, "")
	r.must(err)
	if !res.OK {
		r.t.Fatalf("pressing %s: %+v", action, res)
	}
}

func TestExplainWindow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := make(chan access.ExplainInput, 16)
	r.explains(asked)
	r.chooses(map[access.ChoiceKind][]access.Choice{
		access.ChoosePersonID: {{Value: "p-ada", Label: "Ada Asker", Detail: "ada@example.com"}},
		access.ChooseAccount:  {{Value: prod, Label: "prod-billing"}},
		access.ChooseRoleARN:  {{Value: read, Label: "ReadOnly"}},
	})
	r.fake.config.Draft = &access.RevisionSummary{}
	sue := r.configs("explain")
	r.modal(sue, viewExplain)
	res, err := sue.Submit(r.ctx)
	r.must(err)
	for _, block := range []string{blockExplainPerson, blockExplainAccount, blockExplainRole} {
		if res.Errors[block] == "" {
			t.Errorf("nothing under %s: %+v", block, res.Errors)
		}
	}
	r.choose(sue, blockExplainPerson, chooser(areaExplain, access.ChoosePersonID), "ada", "p-ada")
	r.choose(sue, blockExplainAccount, chooser(areaExplain, access.ChooseAccount), "", prod)
	r.choose(sue, blockExplainRole, chooser(areaExplain, access.ChooseRoleARN), "read", read)
	r.fill(sue, blockExplainAlso, actTicks, alsoEmergency, alsoDraft)
	r.fill(sue, blockExplainDuration, actOther, "soon")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors[blockExplainDuration], "“soon” is no duration") {
		t.Errorf("errors: %+v", res.Errors)
	}
	r.fill(sue, blockExplainDuration, actOther, "")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Somebody Else can ask for *ReadOnly* in *prod-billing* in an emergency; it takes one approval from sre _(by your draft)_")
	want := access.ExplainInput{Person: "p-ada", Account: prod, Role: read, Emergency: true, Draft: true}
	if got := <-asked; got != want {
		t.Errorf("asked %+v", got)
	}
	r.pressIn(sue, actExplainPage+":next")
	r.modalSays(sue, "(21–30 of 30)")
	if got := <-asked; got != want {
		t.Errorf("the next page asked %+v", got)
	}
	// The form still holds the question.
	r.fill(sue, blockExplainAlso, actTicks)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	if got := <-asked; got != (access.ExplainInput{Person: "p-ada", Account: prod, Role: read}) {
		t.Errorf("asked again %+v", got)
	}
}

// Who is no admin hears who is, and gets no window.
func TestExplainIsForAdmins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.as(r.asker).Command(r.ctx, r.other.ID, commandConfig, "explain")
	r.must(err)
	r.ephemeral(r.asker, "Only admins can see this. If you need it, ask <@"+r.security.ID+">.")
	if _, open := r.as(r.asker).Modal(); open {
		t.Error("a window was opened")
	}
}
