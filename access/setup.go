package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// The names in the policy that Setup makes.
const (
	setupRule       = "access with approval"
	setupRequesters = "requesters"
	setupApprovers  = "approvers"
)

// Setup makes the draft of the first run from one form. Conflict when a policy is in
// force. Invalid has the form's field: accounts, roles, requesters, approvers,
// max_duration, channel, email_domains, time_zone.
func (s *Service) Setup(ctx context.Context, user identity.SlackUserID, in SetupInput) (DraftReview, error) {
	const op = "access.Setup"
	who, err := s.editor(ctx, op, user)
	if err != nil {
		return DraftReview{}, err
	}
	spec, err := s.setupSpec(ctx, op, who, in)
	if err != nil {
		return DraftReview{}, err
	}
	_, problems, err := s.Compile(ctx, spec)
	if err != nil {
		return DraftReview{}, err
	}
	for _, p := range problems {
		if field := setupField(p.Path); !p.Warning || field == "accounts" || field == "roles" {
			return DraftReview{}, fault.New(fault.Invalid, op, sentence(p.Message), sentence(p.Hint)).In(field)
		}
	}
	var d Revision
	err = s.update(ctx, func(b *book) error {
		_, found, err := inForce(b)
		if err != nil {
			return err
		}
		if found {
			return fault.New(fault.Conflict, op, "A policy is in force already.", "Change its rules and settings instead.")
		}
		if d, _, err = draftOf(b, who.Person); err != nil {
			return err
		}
		return b.putDraft(&d, who, "", spec)
	})
	if err != nil {
		return DraftReview{}, err
	}
	return s.reviewDraft(ctx, who, d, Revision{})
}

// setupSpec is one rule that lets people ask and others approve.
func (s *Service) setupSpec(ctx context.Context, op string, who Actor, in SetupInput) (policy.Spec, error) {
	invalid := func(field, message, hint string) (policy.Spec, error) {
		return policy.Spec{}, fault.New(fault.Invalid, op, message, hint).In(field)
	}
	switch {
	case !in.AllAccounts && len(in.OUs) == 0:
		return invalid("accounts", "Which accounts?", "Choose all of them, or at least one organizational unit.")
	case !in.Everyone && in.Requesters.IsZero():
		return invalid("requesters", "Who may ask?", "Choose everyone, or people or groups.")
	case in.Approvers.IsZero():
		return invalid("approvers", "Who approves?", "Choose people or groups. Nobody approves what they asked for, so it takes two people at least.")
	case in.MaxDuration < minDuration:
		return invalid("max_duration", "The shortest access is "+spell(minDuration)+".", "Write it like 45m, 2h or 1h30m.")
	case in.Channel == "":
		return invalid("channel", "In which channel are requests decided?", "Choose one; type /invite @Stint there if it is private.")
	}
	channel, err := s.channelName(ctx, in.Channel)
	if err != nil {
		return policy.Spec{}, err
	}
	spec := s.firstSpec(who.Person)
	if len(in.EmailDomains) > 0 {
		spec.Settings.EmailDomains = in.EmailDomains
	}
	spec.Settings.TimeZone, spec.Settings.Channel, spec.Settings.MaxDuration = in.TimeZone, channel, policy.Duration(in.MaxDuration)
	spec.People = map[string]policy.People{setupApprovers: in.Approvers}
	rule := policy.RuleSpec{
		Name: setupRule, Accounts: policy.Accounts{All: in.AllAccounts}, Roles: policy.List{All: len(in.Roles) == 0}, Requesters: policy.List{All: in.Everyone},
		Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{setupApprovers}, Count: 1}}},
	}
	if !in.AllAccounts {
		for _, ou := range in.OUs {
			rule.Accounts.Entries = append(rule.Accounts.Entries, policy.AccountMatch{OU: ou})
		}
	}
	if len(in.Roles) > 0 {
		rule.Roles.Items = slices.Clone(in.Roles)
	}
	if !in.Everyone {
		spec.People[setupRequesters] = in.Requesters
		rule.Requesters.Items = []string{setupRequesters}
	}
	spec.Rules = []policy.RuleSpec{rule}
	return spec, nil
}

// channelName is how a policy names a channel that was chosen by its id.
func (s *Service) channelName(ctx context.Context, id identity.ChannelID) (string, error) {
	names, err := s.namesSoon(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range names.Channels() {
		if c.ID == id {
			return c.Name, nil
		}
	}
	return string(id), nil // compiling says that Slack does not show it
}

// setupField is the field of the form that a path of its policy comes from.
func setupField(path string) string {
	for _, f := range []struct{ prefix, field string }{
		{"rules[0].accounts", "accounts"},
		{"rules[0].roles", "roles"},
		{"people." + setupRequesters, "requesters"},
		{"rules[0].requesters", "requesters"},
		{"people." + setupApprovers, "approvers"},
		{"rules[0].approval", "approvers"},
		{"settings.channel", "channel"},
		{"settings.email_domains", "email_domains"},
		{"settings.time_zone", "time_zone"},
		{"settings.max_duration", "max_duration"},
		{"settings.max_continuous", "max_duration"},
	} {
		if strings.HasPrefix(path, f.prefix) {
			return f.field
		}
	}
	return ""
}

// sentence makes one of a problem's message or hint.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// namesWithin is how long a list of names may take while somebody waits for it.
const namesWithin = 2 * time.Second

// namesSoon is the names of Slack's lists, a few minutes old where they can be read in
// time, else as old as they are.
func (s *Service) namesSoon(ctx context.Context) (*identity.Names, error) {
	quick, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	names, err := s.Directory.Names(quick, listAge)
	if err == nil {
		return names, nil
	}
	if old, oerr := s.Directory.Names(ctx, anyAge); oerr == nil {
		return old, nil
	}
	return nil, err
}

// anyAge takes lists that were ever read.
const anyAge = 10 * 365 * 24 * time.Hour
