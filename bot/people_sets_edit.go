package bot

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// maxSetName is how long the name of a set can be in Slack.
const maxSetName = 60

// setSheet draws the editor of a set; what is applied to it goes into called and people.
func setSheet(state formState, was string, has policy.People, called *string, people *policy.People) *sheet {
	s := &sheet{state: state}
	if s.text(textField{block: "name", label: "Name", value: was, most: maxSetName, placeholder: "sre", hint: "Letters, digits, - and _. Rules and cards name the set by it: “one approval from sre”."}) {
		s.part(func(in formState) map[string]string {
			switch *called = in.one("name"); {
			case *called == "":
				return map[string]string{"name": "Give the set a name."}
			case *called == "all":
				return map[string]string{"name": "“all” means everyone; choose another name."}
			}
			return nil
		})
	}
	sources := func(id, label, hint, placeholder string, kind access.ChoiceKind, was []string, sign string, set func([]string)) {
		if !s.search(sheetSearch{
			id: id, action: chooser(areaSets, kind), label: label, hint: hint, placeholder: placeholder, chosen: wordChips(was),
			option: func(chip string) *slack.OptionBlockObject {
				w, _ := wordOf(chip, was)
				return slack.NewOptionBlockObject(cut(chip, maxOptionValue), plain(name(sign+w, maxOption), maxOption), nil)
			},
		}, id) {
			return
		}
		s.part(func(in formState) map[string]string {
			words, problem := wordsOf(in[id], was)
			if problem != "" {
				return map[string]string{id: problem}
			}
			set(words)
			return nil
		})
	}
	sources("slack_usergroups", "Slack user groups", "Whoever can edit the group in Slack decides who is in it.", "Search user groups", access.ChooseUserGroup, has.SlackUserGroups, "@", func(w []string) { people.SlackUserGroups = w })
	sources("identity_center_groups", "Identity Center groups", "", "Search groups", access.ChooseGroup, has.IdentityCenterGroups, "", func(w []string) { people.IdentityCenterGroups = w })
	sources("slack_channels", "Members of private channels", "Public channels cannot be used: anybody can join them.", "Search private channels", access.ChooseChannel, has.SlackChannels, "#", func(w []string) { people.SlackChannels = w })
	sources("users", "Single people", "", "Search people by name or e-mail", access.ChoosePerson, has.Users, "", func(w []string) { people.Users = w })
	onCallFields(s, has.OnCall, func(c policy.OnCallSpec) { people.OnCall = c })
	return s
}

// setForm is the editor of a set.
func (b *Bot) setForm(m setMeta, d access.DraftView, state formState, banner string) (slack.ModalViewRequest, error) {
	set, title := "", "New set"
	if m.Name != "" {
		var ok bool
		if set, ok = m.find(d.Revision.Spec.People); !ok {
			return slack.ModalViewRequest{}, errSetGone
		}
		title = "Edit set"
	}
	var called string
	var people policy.People
	s := setSheet(state, set, d.Revision.Spec.People[set], &called, &people)
	blocks := []slack.Block{small("Whoever is in any of these is in the set.")}
	if banner != "" {
		blocks = append(blocks, section(banner))
	}
	m.Version = d.Revision.Version
	v := modal(viewSet, title, "Done", "Close", append(blocks, s.blocks...))
	v.PrivateMetadata = m.String()
	return v, nil
}

func (b *Bot) editSet(ctx context.Context, o origin, m setMeta) {
	b.show(ctx, o, "People set", func(ctx context.Context) (slack.ModalViewRequest, error) {
		d, err := b.service.Draft(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return b.setForm(m, d, nil, "")
	})
}

// setSent stores a set. A new name goes into every rule that has the old one.
func (b *Bot) setSent(ctx context.Context, o origin, state formState) outcome {
	refused := func(err error) outcome {
		v := refusedView(b.sayAdmin(ctx, o.user, err))
		return outcome{view: &v, changed: true}
	}
	m := readSetMeta(o.meta)
	d, err := b.service.Draft(ctx, o.user)
	if err != nil {
		return refused(err)
	}
	spec := d.Revision.Spec
	was := ""
	if m.Name != "" {
		var ok bool
		if was, ok = m.find(spec.People); !ok {
			return refused(errSetGone)
		}
	}
	has := spec.People[was]
	called, people := was, has
	s := setSheet(state, was, has, &called, &people)
	var none policy.People
	var noName string
	errs := s.apply(setSheet(nil, was, has, &noName, &none))
	if _, taken := spec.People[called]; taken && called != was && errs["name"] == "" {
		errs["name"] = "There is a set of this name already."
	}
	if people.IsZero() && len(errs) == 0 {
		errs["slack_usergroups"] = "Choose at least one group, channel, person or schedule."
	}
	if len(errs) == 0 {
		spec = renamed(spec, was, called)
		spec.People[called] = people
		problems, err := b.service.CheckSpec(ctx, o.user, spec)
		if err != nil {
			return refused(err)
		}
		for _, p := range problems {
			path, ok := strings.CutPrefix(p.Path, "people."+called+".")
			switch id := s.under(path); {
			case p.Warning:
			case p.Path == "people."+called:
				errs["name"] = fieldProblem(p)
			case ok && id != "":
				errs[id] = fieldProblem(p)
			}
		}
	}
	again := func(banner string) slack.ModalViewRequest {
		v, err := b.setForm(m, d, state, banner)
		if err != nil {
			return refusedView(b.sayAdmin(ctx, o.user, err))
		}
		return v
	}
	switch {
	case len(errs) > 0:
		return outcome{errors: errs, late: func() slack.ModalViewRequest { return again(":no_entry: *Not stored.*\n" + errorLines(errs)) }}
	case d.Revision.Version != m.Version:
		v := again(changedElsewhere)
		return outcome{view: &v}
	}
	if _, err := b.service.EditDraft(ctx, o.user, d.Revision.Version, spec); err != nil {
		return refused(err)
	}
	said := ":white_check_mark: The set “" + escName(called, nameWidth) + "” is stored in your draft."
	if was != "" && was != called && utf8.RuneCountInString(was) > 0 {
		said += " Rules that named it by “" + escName(was, nameWidth) + "” have the new name; conditions do not."
	}
	v := noteView("Stored", said, notInForce)
	return outcome{done: &v, said: said}
}

// renamed is a policy in which a set has another name; its people are a copy.
func renamed(spec policy.Spec, was, called string) policy.Spec {
	spec.People = maps.Clone(spec.People)
	if spec.People == nil {
		spec.People = map[string]policy.People{}
	}
	if was == "" || was == called {
		return spec
	}
	delete(spec.People, was)
	for name, p := range spec.People {
		if p.OnCall.Fallback == was {
			p.OnCall.Fallback = called
			spec.People[name] = p
		}
	}
	rename := func(names []string) []string {
		if !slices.Contains(names, was) {
			return names
		}
		out := slices.Clone(names)
		for i := range out {
			if out[i] == was {
				out[i] = called
			}
		}
		return out
	}
	spec.Rules = slices.Clone(spec.Rules)
	for i := range spec.Rules {
		r := &spec.Rules[i]
		r.Requesters.Items, r.OnBehalf.Items = rename(r.Requesters.Items), rename(r.OnBehalf.Items)
		r.Approval.Steps = slices.Clone(r.Approval.Steps)
		for j := range r.Approval.Steps {
			r.Approval.Steps[j].From = rename(r.Approval.Steps[j].From)
		}
		if r.Escalate != nil {
			e := *r.Escalate
			e.To = rename(e.To)
			r.Escalate = &e
		}
		if r.Emergency != nil {
			e := *r.Emergency
			e.Requesters.Items, e.DebriefBy = rename(e.Requesters.Items), rename(e.DebriefBy)
			r.Emergency = &e
		}
	}
	spec.Expect = slices.Clone(spec.Expect)
	for i := range spec.Expect {
		spec.Expect[i].Approval.Sets = rename(spec.Expect[i].Approval.Sets)
	}
	return spec
}
