package policy

import (
	"fmt"

	"stint/access/catalog"
)

// part is the part of a rule that kept it from deciding.
type part uint8

const (
	partNone part = iota // it matches
	partAccounts
	partRoles
	partRequesters
	partOnBehalf
	partWhen
	partEmergency
)

// text is what a rule says for people; built when it is compiled.
type text struct {
	summary    string
	allows     string // why it decides
	denies     string
	perhaps    string // why a deny decides that is not certain
	requesters string // "you are not among its requesters (sre)"
	others     string // the same about somebody else
	onBehalf   string
	when       string
}

const (
	whyAccounts        = "it is not about this account"
	whyAccountsUnknown = "the tags of this account could not be read"
	whyRoles           = "it is not about this role"
	whyMembersUnknown  = "who is among its requesters could not be read"
	whyWhenUnknown     = "its condition could not be answered"
	whyEmergency       = "it has no emergency access"
	whyDenyWins        = "it would allow it, but a rule that denies wins"
	whyDenyPerhaps     = "it may deny it as well"
)

// why says for people why rule i did not decide.
func (e *evaluation) why(i int, t Truth, at part) string {
	r := &e.p.rules[i]
	switch {
	case r.deny && t == Unknown:
		return whyDenyPerhaps
	case at == partNone:
		return whyDenyWins
	case at == partAccounts && t == Unknown:
		return whyAccountsUnknown
	case at == partAccounts:
		return whyAccounts
	case at == partRoles:
		return whyRoles
	case at == partEmergency:
		return whyEmergency
	case at == partWhen && t == Unknown:
		return whyWhenUnknown
	case at == partWhen:
		return r.text.when
	case t == Unknown:
		return whyMembersUnknown
	case at == partOnBehalf:
		return r.text.onBehalf
	case len(e.people) > 1:
		return r.text.others
	default:
		return r.text.requesters
	}
}

// nearer orders the parts by how close a rule came to deciding.
func nearer(a, b part) bool { return a > b }

func notRequestable(role *catalog.Role, account *catalog.Account, closest *rule, why string, unknown bool) string {
	s := fmt.Sprintf("No rule lets you request %s in %s", role.Name, account.Name)
	if closest != nil {
		s += fmt.Sprintf("; rule “%s” comes closest: %s", closest.name, why)
	}
	if unknown {
		s += "; something that it depends on cannot be read now, so it may be different later"
	}
	return s + "."
}
