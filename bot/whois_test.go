package bot

import (
	"context"
	"strings"
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// link is what is known of somebody, in a state.
func (w world) link(s identity.LinkState, pinned, byHand bool) access.LinkView {
	l := access.LinkView{
		Link: identity.Link{
			State: s, Slack: "U0ADA", Facts: identity.SlackFacts{Name: w.asker.Name, Email: "ada@example.com"}, Person: w.asker.Person, ByHand: byHand,
		},
		PersonName: w.asker.Name, PersonEmail: "ada@other.example",
	}
	if pinned {
		l.Pin = identity.Pin{Slack: l.Slack, Person: l.Person, Email: "ada@example.com", At: w.now}
		if byHand {
			l.Pin.Email = ""
		}
	}
	if s != identity.Linked {
		l.Why = w.note
	}
	if s == identity.Unlinked {
		l.Person, l.PersonName, l.PersonEmail = "", "", ""
	}
	return l
}

func (w world) whoIsWho(out map[string]any) {
	counts := map[identity.LinkState]int{identity.Linked: 1200, identity.Unlinked: 12, identity.Ambiguous: 2, identity.Changed: 1}
	all := []access.LinkView{
		w.link(identity.Changed, true, false), w.link(identity.Ambiguous, false, false), w.link(identity.Unlinked, false, false),
		w.link(identity.Linked, true, false), w.link(identity.Linked, true, true), w.link(identity.Linked, false, false),
	}
	for i := range all {
		all[i].Slack += identity.SlackUserID(rune('0' + i)) // each its own block
	}
	out["people_page"] = peopleView(access.PeopleView{Links: all, Total: 1215, Page: 1, Pages: 61, Counts: counts}, peopleMeta{Page: 1, Text: w.asker.Name})
	out["people_none"] = peopleView(access.PeopleView{Counts: counts, Pages: 1}, peopleMeta{State: identity.Changed})
	out["people_link"] = linkView(all[1], nil, "")
	out["people_link_again"] = linkView(all[2], optionFor("p-ada", w.asker.Name), ":no_entry: "+sentence(w.note))
	out["people_unlink"] = unlinkView(all[0], "")
}

// listing lets the fake list, link and unlink.
func (r *rig) listing() (queries chan access.PeopleQuery) {
	queries = make(chan access.PeopleQuery, 32)
	w := honest()
	links := map[identity.SlackUserID]access.LinkView{}
	for id, l := range map[string]access.LinkView{r.asker.ID: w.link(identity.Linked, true, false), r.outsider.ID: w.link(identity.Unlinked, false, false)} {
		l.Slack = identity.SlackUserID(id)
		links[l.Slack] = l
	}
	set(r.fake, &r.fake.onPeople, func(_ context.Context, _ identity.SlackUserID, q access.PeopleQuery) (access.PeopleView, error) {
		queries <- q
		v := access.PeopleView{Pages: 3, Page: min(q.Page, 2), Counts: map[identity.LinkState]int{identity.Linked: 1}}
		for _, id := range []string{r.asker.ID, r.outsider.ID} {
			l := get(r.fake, &links)[identity.SlackUserID(id)]
			if q.State == "" || q.State == l.State {
				v.Links = append(v.Links, l)
			}
		}
		return v, nil
	})
	set(r.fake, &r.fake.onLink, func(_ context.Context, _, slack identity.SlackUserID, person catalog.PersonID, reason string) (access.LinkView, error) {
		if person != "p-ada" {
			return access.LinkView{}, fault.New(fault.Conflict, "fake", "Otto is bound to another Slack user, Otto 2.", "Unlink that pair first, if it is wrong.").In("person")
		}
		l := w.link(identity.Linked, true, true)
		l.Slack = slack
		set(r.fake, &links, map[identity.SlackUserID]access.LinkView{slack: l})
		return l, nil
	})
	set(r.fake, &r.fake.onUnlink, func(_ context.Context, user, slack identity.SlackUserID, reason string) error {
		return fault.New(fault.Forbidden, "fake", "Nobody links or unlinks themself.", "Ask another admin.").In("slack")
	})
	r.chooses(map[access.ChoiceKind][]access.Choice{access.ChoosePersonID: {{Value: "p-ada", Label: "Ada Asker"}, {Value: "p-otto", Label: "Otto"}}})
	return queries
}

// Filter, search, pages: each asks for what the window then shows.
func TestPeopleList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	queries := r.listing()
	sue := r.configs("people")
	r.modal(sue, viewPeople)
	next := func(want access.PeopleQuery) {
		t.Helper()
		if got := <-queries; got != want {
			t.Errorf("asked %+v, not %+v", got, want)
		}
	}
	next(access.PeopleQuery{})
	r.fill(sue, blockPeopleText, actPeopleText, " ada@example.com ")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	next(access.PeopleQuery{Text: "ada@example.com"})
	r.pressIn(sue, actPeopleState+":"+string(identity.Unlinked))
	next(access.PeopleQuery{Text: "ada@example.com", State: identity.Unlinked})
	r.until("the filtered list", func() bool {
		m, _ := sue.Modal()
		return strings.Contains(text(m.Blocks), "Unlinked:*") && !strings.Contains(text(m.Blocks), " is *Ada Asker*")
	})
	r.pressIn(sue, actPeoplePage+":next")
	next(access.PeopleQuery{Text: "ada@example.com", State: identity.Unlinked, Page: 1})
}

// Linking: the person and why, an error under its field, and back to a list that shows it.
func TestLinkByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.listing()
	sue := r.configs("people")
	m := r.modal(sue, viewPeople)
	_, err := sue.Press(r.ctx, slacksim.Element{On: slacksim.OnModal(), BlockID: pressed(t, slacksim.OnModal(), m.Blocks, actLink).BlockID, ActionID: actLink}, "")
	r.must(err)
	r.modal(sue, viewLink)
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockLinkPerson] == "" || res.Errors[blockLinkWhy] == "" {
		t.Errorf("errors: %+v", res)
	}
	r.choose(sue, blockLinkPerson, chooser(areaPeople, access.ChoosePersonID), "otto", "p-otto")
	r.fill(sue, blockLinkWhy, actAdminReason, "seen on a call")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors[blockLinkPerson], "bound to another Slack user") {
		t.Errorf("errors: %+v", res)
	}
	r.choose(sue, blockLinkPerson, chooser(areaPeople, access.ChoosePersonID), "ada", "p-ada")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m = r.modalSays(sue, "<@"+r.outsider.ID+"> is *Ada Asker* from now on.")
	if m.CallbackID != viewPeople {
		t.Errorf("what shows is %s", m.CallbackID)
	}
}

// A refusal that is about no field stands above the form.
func TestUnlinkRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.listing()
	sue := r.configs("people")
	r.modal(sue, viewPeople)
	r.pressIn(sue, actUnlink)
	r.modal(sue, viewUnlink)
	r.fill(sue, blockLinkWhy, actAdminReason, "a mistake")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(sue, "Nothing was changed.* Nobody links or unlinks themself.")
	if m.CallbackID != viewUnlink {
		t.Errorf("what shows is %s", m.CallbackID)
	}
}
