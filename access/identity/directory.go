package identity

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// Options are what a Directory is made of. Slack, Center, Pins and Clock must be given.
type Options struct {
	Slack  SlackSource
	Center IdentityCenterSource
	Pins   Pins
	Clock  Clock
	// OnCall are the products that know who is on call, by name ("pagerduty"); may be empty.
	OnCall map[string]OnCallSource
	// Domains are the e-mail domains whose addresses identify people; none: nobody is.
	Domains []string
	// Alarm tells the admins; it must not block. The same alarm comes at most once an hour.
	Alarm func(text string)
}

// Directory joins what Slack and Identity Center say of people. It is safe for use by
// many goroutines.
type Directory struct {
	slack  SlackSource
	center IdentityCenterSource
	store  Pins
	clock  Clock
	alarms alarms
	unread unread

	reads reads
	ticks atomic.Uint64

	products  map[string]OnCallSource
	fallbacks map[policy.Source][]policy.Source // guarded by mu

	slackPulse, centerPulse, onCallPulse pulse
	memberBudget                         *rate.Limiter // of reads of members for whom nobody waits

	home       *cache[single, home]
	users      *cache[SlackUserID, SlackFacts]
	addresses  *cache[address, SlackUserID]     // of people named otherwise than by Slack; "" for none
	groupList  *cache[single, []UserGroupFacts] // handles
	userGroups *cache[UserGroupID, UserGroupFacts]
	chanList   *cache[single, []ChannelFacts] // names
	channels   *cache[ChannelID, ChannelFacts]
	people     *cache[catalog.PersonID, PersonFacts]
	groups     *cache[catalog.GroupID, GroupFacts]
	onCall     *cache[scheduleID, OnCallFacts]

	// When a list showed them as active, for Recheck.
	centerSeen seen[catalog.PersonID]
	slackSeen  seen[SlackUserID]

	mu       sync.Mutex // orders what is derived from the caches
	catalog  *catalog.Catalog
	domains  map[string]bool
	pins     map[SlackUserID]Pin
	pinOf    map[catalog.PersonID]SlackUserID
	pinned   uint64 // counts the pairs that were learnt one by one
	bindings map[SlackUserID]binding
	watched  map[policy.Source]bool
	snapshot atomic.Pointer[Snapshot]
	wakes    [2]chan struct{} // something to do for the two lanes of Run
}

// single is the id of a fact of which there is one.
type single string

const only single = "only"

// address is an e-mail address.
type address string

// home is the workspace that Stint belongs to.
type home struct {
	Team       string    `json:"team"`
	Enterprise string    `json:"enterprise,omitempty"`
	AsOf       time.Time `json:"as_of"`
}

// New makes a directory that knows the stored pins and nothing else yet. Close ends it.
func New(ctx context.Context, o Options) (*Directory, error) {
	if o.Slack == nil || o.Center == nil || o.Pins == nil || o.Clock == nil {
		return nil, fault.New(fault.Internal, "identity.New", "The directory lacks a source, the pins or a clock.", "")
	}
	d := &Directory{
		slack: o.Slack, center: o.Center, store: o.Pins, clock: o.Clock, products: o.OnCall,
		alarms:       alarms{clock: o.Clock, tell: o.Alarm, last: make(map[string]time.Time)},
		memberBudget: rate.NewLimiter(rate.Every(memberPace), memberBurst),

		catalog:  catalog.Empty(),
		pins:     make(map[SlackUserID]Pin),
		pinOf:    make(map[catalog.PersonID]SlackUserID),
		bindings: make(map[SlackUserID]binding),
		watched:  make(map[policy.Source]bool),
		wakes:    [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)},
	}
	// The reads outlive ctx, and whoever waits for them: Close ends them.
	d.reads.ctx, d.reads.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.openCaches()
	d.domains = domainSet(o.Domains)
	d.snapshot.Store(&Snapshot{catalog: d.catalog})
	if err := d.ReloadPins(ctx); err != nil {
		d.reads.cancel()
		return nil, err
	}
	return d, nil
}

func (d *Directory) openCaches() {
	d.home = newCache(d, &d.slackPulse, d.readHome, func(single) { d.rebuild() })
	d.users = newCache(d, &d.slackPulse, d.readUser, d.userChanged)
	d.addresses = newCache(d, &d.slackPulse, d.readAddress, func(address) { d.nudge() })
	d.groupList = newCache(d, &d.slackPulse, d.readUserGroups, func(single) { d.rebuildSets() })
	d.userGroups = newCache(d, &d.slackPulse, d.readMembers, func(id UserGroupID) { d.rebuildSet(userGroupSource(id)) })
	d.chanList = newCache(d, &d.slackPulse, d.readChannels, func(single) {})
	d.channels = newCache(d, &d.slackPulse, d.readChannel, func(id ChannelID) { d.rebuildSet(channelSource(id)) })
	d.people = newCache(d, &d.centerPulse, d.readPerson, d.personChanged)
	d.groups = newCache(d, &d.centerPulse, d.readGroup, func(id catalog.GroupID) { d.rebuildSet(groupSource(id)) })
	d.onCall = newCache(d, &d.onCallPulse, d.readOnCall, func(id scheduleID) { d.rebuildSet(onCallSource(id)) })
}

func onCallSource(id scheduleID) policy.Source {
	return policy.Source{Kind: policy.SourceOnCall, ID: string(id)}
}

func userGroupSource(id UserGroupID) policy.Source {
	return policy.Source{Kind: policy.SourceUserGroup, ID: string(id)}
}

func channelSource(id ChannelID) policy.Source {
	return policy.Source{Kind: policy.SourceChannel, ID: string(id)}
}

func groupSource(id catalog.GroupID) policy.Source {
	return policy.Source{Kind: policy.SourceGroup, ID: string(id)}
}

// Close ends every read and waits for them; reads after it fail.
func (d *Directory) Close() { d.reads.close() }

// SetCatalog swaps the organization in which people are found.
func (d *Directory) SetCatalog(c *catalog.Catalog) {
	d.mu.Lock()
	d.catalog = c
	d.mu.Unlock()
	d.rebuild()
}

// SetDomains replaces the e-mail domains whose addresses identify people.
func (d *Directory) SetDomains(domains []string) {
	set := domainSet(domains)
	d.mu.Lock()
	d.domains = set
	d.mu.Unlock()
	d.rebuild()
}

func domainSet(domains []string) map[string]bool {
	set := make(map[string]bool, len(domains))
	for _, domain := range domains {
		if domain = strings.TrimPrefix(catalog.Email(domain), "@"); domain != "" {
			set[domain] = true
		}
	}
	return set
}

// ReloadPins reads all stored pairs: those that other replicas or an admin made too. What
// is no longer stored is forgotten.
func (d *Directory) ReloadPins(ctx context.Context) error {
	for {
		d.mu.Lock()
		before := d.pinned
		d.mu.Unlock()
		pins, err := d.store.Pins(ctx)
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "identity.ReloadPins", "Stint's store cannot be read right now.", retryHint)
		}
		if d.takePins(pins, before) {
			d.rebuild()
			return nil
		}
	}
}

// takePins replaces what is known of the pairs, unless one was learnt since it was counted
// before: the list may lack it.
func (d *Directory) takePins(pins []Pin, before uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pinned != before {
		return false
	}
	clear(d.pins)
	clear(d.pinOf)
	for _, p := range pins {
		d.keepPin(p)
	}
	return true
}

// keepPin must be called with mu held.
func (d *Directory) keepPin(p Pin) {
	d.pins[p.Slack] = p
	d.pinOf[p.Person] = p.Slack
}

const retryHint = "Nothing was changed. Please try again in a minute."

// notNow is the error of a fact that cannot be read. What the source says to do goes
// before the general advice.
func notNow(err error, op, message string) error {
	hint := retryHint
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Hint != "" {
		hint = f.Hint
	}
	return fault.Wrap(err, fault.Unavailable, op, message, hint)
}
