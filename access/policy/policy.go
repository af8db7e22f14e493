package policy

import (
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"stint/access/catalog"
)

// Policy is a compiled Spec: immutable, and safe for use by many goroutines.
type Policy struct {
	version   string
	spec      Spec
	settings  Settings
	sets      []set // by name
	setByName map[string]int
	rules     []rule
	channels  []channelRule
	accounts  accountIndex
	roles     roleIndex
	denies    bitset // which rules deny and are not switched off
	allows    bitset // likewise
	bindings  Bindings
	fallbacks map[Source][]Source // of schedules

	newest atomic.Pointer[index] // a cache; decides nothing
}

// Settings are the settings in force, with defaults filled in and names resolved. It
// and what it holds are not to be changed.
type Settings struct {
	Admins        []Source
	EmailDomains  []string // lower case
	TimeZone      *time.Location
	Durations     []time.Duration // ascending
	MaxDuration   time.Duration
	MaxContinuous time.Duration
	RequestTTL    time.Duration
	Channel       string // Slack channel id

	SecondAdmin     bool // a change made in Slack waits for another admin
	RemindAfter     time.Duration
	RemindBeforeEnd time.Duration
}

type channelRule struct {
	accounts accountMatcher
	id       string
}

// rule is a compiled RuleSpec.
type rule struct {
	name       string
	deny       bool
	off        bool // kept, and decides nothing
	accounts   accountMatcher
	roles      roleMatcher
	groups     groupMatcher
	requesters who
	onBehalf   who
	when       *condition
	channel    string // "" for the account's
	terms      Terms
	emergency  *emergency
	text       text
}

// emergency is how a rule lets people in at once.
type emergency struct {
	requesters who
	terms      Terms
}

// Version is the policy's version: unless Compile was given one, Spec.Version.
func (p *Policy) Version() string { return p.version }

// Spec is what was compiled. It is shared and not to be changed.
func (p *Policy) Spec() Spec { return p.spec }

// Settings are the settings in force.
func (p *Policy) Settings() Settings { return p.settings }

// Bindings say which id each name of the policy means: to be stored and given to the
// next Compile with Since.
func (p *Policy) Bindings() Bindings { return maps.Clone(p.bindings) }

// IsAdmin says whether the person is an admin. Only True lets anybody do anything.
func (p *Policy) IsAdmin(f Facts, person catalog.PersonID) Truth {
	return inAny(f, p.settings.Admins, person)
}

// Sources lists every source that the admins or any set name, each once, ordered by kind
// and id: what must be read of people.
func (p *Policy) Sources() []Source {
	all := slices.Clone(p.settings.Admins)
	for i := range p.sets {
		all = append(all, p.sets[i].sources...)
	}
	return uniqueSources(all)
}

// GroupsNamed lists the Identity Center groups among Sources.
func (p *Policy) GroupsNamed() []catalog.GroupID {
	var ids []catalog.GroupID
	for _, s := range p.Sources() {
		if s.Kind == SourceGroup {
			ids = append(ids, catalog.GroupID(s.ID))
		}
	}
	return ids
}

// Rules lists the rules in order, each in a line for people.
func (p *Policy) Rules() []RuleSummary {
	out := make([]RuleSummary, len(p.rules))
	for i := range p.rules {
		out[i] = RuleSummary{Name: p.rules[i].name, Deny: p.rules[i].deny, Off: p.rules[i].off, Text: p.rules[i].text.summary}
	}
	return out
}
