package awssim

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Config says how a Cloud starts. The zero value is usable: a small generated
// organization, AWS's own limits, the wall clock.
type Config struct {
	// Now is the clock that everything in the organization runs by: operations,
	// token buckets, listing lag, the Date header. Default time.Now.
	Now func() time.Time
	// WireNow is the clock that the age of a signature is judged by; a client
	// signs by its own, real clock even where Now is a virtual one, or by that clock
	// corrected by a Date header that it has read. Default time.Now.
	WireNow func() time.Time
	// Seed makes ids and durations repeatable. Two clouds with the same Config
	// behave alike.
	Seed uint64
	// Organization is what there is at the start. Nil generates a small one.
	Organization *Organization
	// Tuning and Switches default to DefaultTuning and DefaultSwitches when nil.
	Tuning   *Tuning
	Switches *Switches
	// Intercept, when set, is called on every call that passed its signature,
	// once before its effect and, unless the call was refused, once after it,
	// outside of any lock. An error drops the connection without an answer. Crash
	// tests stop the world here.
	Intercept func(call Call, after bool) error
	// Authorized, when set, hears of every question that a call puts to its caller's
	// policy, with the answer. It is called under the Cloud's lock and must not call back.
	Authorized func(a Authorization, allowed bool)
	// CallLog is how many recent calls are kept for RecentCalls. Default 1000.
	CallLog int
}

// Cloud is one simulated AWS organization. Its methods may be called from any
// goroutine.
type Cloud struct {
	cfg Config

	mu       sync.Mutex
	rand     *rand.Rand
	seq      uint64 // orders everything that is listed
	state    state
	tuning   Tuning
	switches Switches
	faults   faultList
	buckets  map[string]*bucket
	calls    callLog
	keys     map[string]*accessKey
	tokenKey [32]byte        // makes page tokens unforgeable, so that each means one thing
	taught   []time.Duration // how far the Dates that clients were told lay from WireNow
	changed  chan struct{}
}

// New builds the organization of cfg. It fails when the seed contradicts itself
// (a membership of an unknown group, two accounts with one id), naming the entry.
func New(cfg Config) (*Cloud, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.WireNow == nil {
		cfg.WireNow = time.Now
	}
	if cfg.CallLog <= 0 {
		cfg.CallLog = 1000
	}
	c := &Cloud{
		cfg:      cfg,
		rand:     rand.New(rand.NewPCG(cfg.Seed, 0x5eed)),
		tuning:   DefaultTuning(),
		switches: DefaultSwitches(),
		buckets:  map[string]*bucket{},
		keys:     map[string]*accessKey{},
		changed:  make(chan struct{}),
	}
	if cfg.Tuning != nil {
		if err := cfg.Tuning.validate(); err != nil {
			return nil, err
		}
		c.tuning = *cfg.Tuning
	}
	if cfg.Switches != nil {
		c.switches = *cfg.Switches
	}
	c.calls.init(cfg.CallLog)
	for i := range c.tokenKey {
		c.tokenKey[i] = byte(c.rand.Uint32())
	}
	org := cfg.Organization
	if org == nil {
		org = Generate(GenerateOptions{Seed: cfg.Seed})
	}
	if err := c.load(org); err != nil {
		return nil, err
	}
	return c, nil
}

// IDs are the names by which clients know the organization.
type IDs struct {
	// Partition is "aws", "aws-us-gov" or "aws-cn", as the instance's ARN says.
	Partition           string `json:"partition"`
	OrganizationID      string `json:"organization_id"`
	RootID              string `json:"root_id"`
	ManagementAccountID string `json:"management_account_id"`
	// DelegatedAdminAccountID is empty when Identity Center has no delegated administrator.
	DelegatedAdminAccountID string `json:"delegated_admin_account_id,omitempty"`
	InstanceARN             string `json:"instance_arn"`
	IdentityStoreID         string `json:"identity_store_id"`
	// Region is Identity Center's home region: sso-admin and identitystore are signed for it.
	Region string `json:"region"`
	// PortalHost is the host of the access portal, "<identity store id>.awsapps.com".
	PortalHost string `json:"portal_host"`
}

// IDs returns the names by which clients know the organization.
func (c *Cloud) IDs() IDs {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.ids
}

// Changes returns a channel that is closed at the next change of what the
// organization holds, of a fault, or at the next call. Take a new one each time.
// What time alone changes (an operation that ends) announces itself only when
// somebody looks: NextDue says when that pays.
func (c *Cloud) Changes() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// NextDue returns when the next operation in flight ends, and false when none
// will end by itself.
func (c *Cloud) NextDue() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	return c.nextDue()
}

func (c *Cloud) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Cloud) nextSeq() uint64 {
	c.seq++
	return c.seq
}

// Handler answers AWS's wire protocols for all services on any path that AWS uses
// (which is "/"). A dropped connection is an http.ErrAbortHandler panic, which
// net/http turns into exactly that.
func (c *Cloud) Handler() http.Handler { return http.HandlerFunc(c.serveHTTP) }

// Transport answers in the caller's goroutine without any socket, for
// http.Client.Transport in tests. Signatures are checked all the same.
func (c *Cloud) Transport() http.RoundTripper { return transport{c} }
