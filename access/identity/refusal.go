package identity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
)

const (
	resolveOp = "identity.Resolve"
	askAdmin  = "Ask an admin of Stint; /jit-config names them."
)

func refuse(message, hint string) *fault.Error {
	return fault.New(fault.Forbidden, resolveOp, message, hint)
}

// refuseUser says why a Slack user, by what Slack says of it alone, may be nobody here;
// nil when it may be somebody.
func refuseUser(f SlackFacts, h home) *fault.Error {
	switch {
	case f.Unknown:
		return refuse("Slack does not know you in this workspace.", "Use your account of this workspace.")
	case f.Deleted:
		return refuse("Your Slack account is deactivated.", "Ask whoever runs your Slack workspace to activate it.")
	case f.Bot:
		return refuse("Bots cannot ask for access or decide about it.", "Use your own Slack account.")
	case f.Stranger || !sameHome(f, h):
		return refuse("Your Slack account belongs to another workspace.", "Use your account of the workspace in which Stint is installed.")
	case f.Guest:
		return refuse("Guests of this workspace cannot ask for access or decide about it.", "Ask whoever runs your Slack workspace to make you a full member.")
	}
	return nil
}

// sameHome compares the organization on Enterprise Grid, where people keep a home
// workspace that need not be Stint's, and the workspace otherwise.
func sameHome(f SlackFacts, h home) bool {
	if h.Enterprise != "" {
		return f.EnterpriseID == h.Enterprise
	}
	return h.Team != "" && f.TeamID == h.Team
}

// refuseEmail says why a Slack user's e-mail identifies nobody. That Slack does not say
// whether it is confirmed is not a no: only an explicit no refuses.
func refuseEmail(f SlackFacts, domains map[string]bool) *fault.Error {
	if f.Email == "" {
		return refuse("Slack shows Stint no e-mail address of yours.", "Add it to your Slack profile; if it is there, ask an admin whether Stint may read addresses (scope users:read.email).")
	}
	if f.EmailConfirmed != nil && !*f.EmailConfirmed {
		return refuse(fmt.Sprintf("Your e-mail address %s is not confirmed in Slack.", f.Email), "Confirm it by the mail that Slack sent you, then try again.")
	}
	if local, domain, _ := strings.Cut(f.Email, "@"); local != "" && domains[domain] {
		return nil
	}
	if len(domains) == 0 {
		return refuse("The policy names no e-mail domain, so Stint cannot tell who anybody is.", "An admin must set settings.email_domains in the policy.")
	}
	return refuse(fmt.Sprintf("Addresses like %s identify nobody here; Stint goes by %s.", f.Email, strings.Join(slices.Sorted(maps.Keys(domains)), ", ")),
		"Use your work address in Slack, or ask an admin of Stint to allow its domain.")
}

// findPerson is the person whom the e-mail identifies.
func findPerson(c *catalog.Catalog, email string) (*catalog.Person, *fault.Error) {
	if p, ok := c.PersonByEmail(email); ok {
		return p, nil
	}
	if c.EmailShared(email) {
		return nil, refuse(fmt.Sprintf("Several people in IAM Identity Center have the address %s, so Stint cannot tell which of them you are.", email),
			"Ask whoever runs IAM Identity Center to give each their own address.")
	}
	return nil, refuse(fmt.Sprintf("Nobody in IAM Identity Center has the address %s.", email),
		"Ask whoever runs IAM Identity Center to add you with this address, or to correct it; Stint knows it after the next sync.")
}
