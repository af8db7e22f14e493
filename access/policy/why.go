package policy

import "fmt"

// part is the part of a rule that kept it from deciding.
type part uint8

const (
	partNone part = iota // it matches
	partOff
	partAccounts
	partGroup
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
	others     string // the same about somebody else: what follows their name, in a deny what precedes it
	onBehalf   string
}

const (
	whyAccounts        = "it is not about this account"
	whyAccountsUnknown = "the tags of this account could not be read"
	whyRoles           = "it is not about this role"
	whyGroup           = "it is not about this group"
	whyGroupsAlone     = "it is about membership in groups alone"
	whyClosed          = "it would allow it, but nobody may ask for this group now"
	whyMembersUnknown  = "who is among its requesters could not be read"
	whyWhenUnknown     = "its condition could not be answered"
	whyWhen            = "its condition does not hold now"
	whyEmergency       = "it has no emergency access"
	whyOff             = "it is switched off"
	whyDenyWins        = "it would allow it, but a rule that denies wins"
	whyDenyToo         = "it denies it as well"
	whyDenyPerhaps     = "it may deny it as well: "
	whyDenyAccounts    = "it denies nothing in this account"
	whyDenyRoles       = "it does not deny this role"
	whyDenyGroup       = "it denies neither this group nor anything that it brings"
	whyDenyUnknown     = "whom it is about could not be read"
)

// why says for people why rule i did not decide.
func (e *evaluation) why(i int, t Truth, at part) string {
	r := &e.p.rules[i]
	switch {
	case at == partOff:
		return whyOff
	case t == True && r.deny:
		return whyDenyToo
	case t == True:
		return whyDenyWins
	case t == Unknown && r.deny:
		return whyDenyPerhaps + whyUnknown(at, whyDenyUnknown)
	case t == Unknown:
		return whyUnknown(at, whyMembersUnknown)
	default:
		return e.whyNot(r, at)
	}
}

// whyUnknown says what is not known; members is what it says of people.
func whyUnknown(at part, members string) string {
	switch at {
	case partAccounts:
		return whyAccountsUnknown
	case partWhen:
		return whyWhenUnknown
	default:
		return members
	}
}

// whyNot says why a rule does not match for sure.
func (e *evaluation) whyNot(r *rule, at part) string {
	switch {
	case at == partAccounts && !r.accounts.all && len(r.accounts.entries) == 0:
		return whyGroupsAlone
	case at == partAccounts && r.deny:
		return whyDenyAccounts
	case at == partAccounts:
		return whyAccounts
	case at == partGroup && r.deny:
		return whyDenyGroup
	case at == partGroup:
		return whyGroup
	case at == partRoles && r.deny:
		return whyDenyRoles
	case at == partRoles:
		return whyRoles
	case at == partEmergency:
		return whyEmergency
	case at == partWhen:
		return whyWhen
	case at == partOnBehalf:
		return r.text.onBehalf
	case len(e.people) > 1 && r.deny:
		return r.text.others + e.receiver()
	case len(e.people) > 1:
		return e.receiver() + r.text.others
	default:
		return r.text.requesters
	}
}

// nearer orders the parts by how close a rule came to deciding.
func nearer(a, b part) bool { return a > b }

// notRequestable says that no rule allows what; receiver is for whom it was asked, "" for who asks.
func notRequestable(what, receiver string, closest *rule, why string, unknown bool) string {
	s := "No rule lets you request " + what
	if receiver != "" {
		s += " for " + receiver
	}
	if closest != nil {
		s += fmt.Sprintf("; rule “%s” comes closest: %s", closest.name, why)
	}
	if unknown {
		s += "; something that it depends on cannot be read now, so it may be different later"
	}
	return s + "."
}
