package awssim

import (
	"fmt"
	"time"
)

// Tuning is what differs from one day at AWS to another, and AWS's limits. All of
// it may be changed while the Cloud runs; operations in flight keep the duration
// they were accepted with.
type Tuning struct {
	// OperationMin and OperationMax bound how long an assignment operation takes
	// once it is its turn in its account.
	OperationMin time.Duration `json:"operation_min"`
	OperationMax time.Duration `json:"operation_max"`
	// ListingLag is how long listings of assignments and memberships go on showing
	// what was true before a write ended.
	ListingLag time.Duration `json:"listing_lag"`
	// PropagationConflict is how long after an operation ended a new one for the
	// same assignment is refused with ConflictException.
	PropagationConflict time.Duration `json:"propagation_conflict"`
	// OutstandingLimit is how many assignment operations may be in flight; older
	// AWS text says 10, newer 15.
	OutstandingLimit int `json:"outstanding_limit"`
	// SCIMRevert is how long after a call changed who is in a group that SCIM owns SCIM's next
	// cycle undoes it; zero for never.
	SCIMRevert time.Duration `json:"scim_revert"`
	// Requests a second and burst of each service's token bucket. Zero means no limit.
	SSOAdminRate        float64 `json:"sso_admin_rate"`
	SSOAdminBurst       float64 `json:"sso_admin_burst"`
	IdentityStoreRate   float64 `json:"identity_store_rate"`
	IdentityStoreBurst  float64 `json:"identity_store_burst"`
	OrganizationsRate   float64 `json:"organizations_rate"` // of each API by itself
	OrganizationsBurst  float64 `json:"organizations_burst"`
	OrganizationsParent float64 `json:"organizations_parent"` // of ListParents and ListAccountsForParent, which throttle hardest
	TaggingRate         float64 `json:"tagging_rate"`
	TaggingBurst        float64 `json:"tagging_burst"`
	// Latency is added to every answer, in real time.
	Latency time.Duration `json:"latency"`
	// ClockSkew is added to the Date header.
	ClockSkew time.Duration `json:"clock_skew"`
}

// DefaultTuning is an ordinary day: 2 to 8 s an operation, AWS's limits, no lag.
func DefaultTuning() Tuning {
	return Tuning{
		OperationMin:        2 * time.Second,
		OperationMax:        8 * time.Second,
		OutstandingLimit:    10,
		SCIMRevert:          40 * time.Minute,
		SSOAdminRate:        20,
		SSOAdminBurst:       20,
		IdentityStoreRate:   20,
		IdentityStoreBurst:  20,
		OrganizationsRate:   10,
		OrganizationsBurst:  15,
		OrganizationsParent: 5,
		TaggingRate:         15,
		TaggingBurst:        15,
	}
}

// InstantTuning is a day without waiting: operations end at once and no rate is
// limited. For tests of something else.
func InstantTuning() Tuning { return Tuning{OutstandingLimit: DefaultTuning().OutstandingLimit} }

func (t Tuning) validate() error {
	switch {
	case t.OperationMin < 0 || t.OperationMax < t.OperationMin:
		return fmt.Errorf("tuning: operation_min %s and operation_max %s: want 0 ≤ min ≤ max", t.OperationMin, t.OperationMax)
	case t.OutstandingLimit < 1:
		return fmt.Errorf("tuning: outstanding_limit %d: want at least 1", t.OutstandingLimit)
	case t.ListingLag < 0 || t.PropagationConflict < 0 || t.SCIMRevert < 0 || t.Latency < 0:
		return fmt.Errorf("tuning: listing_lag, propagation_conflict, scim_revert and latency must not be negative")
	}
	for name, v := range map[string]float64{
		"sso_admin_rate": t.SSOAdminRate, "sso_admin_burst": t.SSOAdminBurst,
		"identity_store_rate": t.IdentityStoreRate, "identity_store_burst": t.IdentityStoreBurst,
		"organizations_rate": t.OrganizationsRate, "organizations_burst": t.OrganizationsBurst,
		"organizations_parent": t.OrganizationsParent,
		"tagging_rate":         t.TaggingRate, "tagging_burst": t.TaggingBurst,
	} {
		if v < 0 {
			return fmt.Errorf("tuning: %s %g: want 0 (no limit) or more", name, v)
		}
	}
	return nil
}

// Switches are the facts about AWS that are not confirmed, or that differ between
// organizations. A program must work with each of them both ways.
type Switches struct {
	// AccountPaths: ListAccounts and DescribeAccount return Account.Paths, so
	// nobody needs to walk the OU tree. Default on.
	AccountPaths bool `json:"account_paths"`
	// AccountStatus: the retired Account.Status is still returned beside State. Default off.
	AccountStatus bool `json:"account_status"`
	// AccountState: the newer Account.State is returned. Default on.
	AccountState bool `json:"account_state"`
	// TagResources: tag:GetResources knows organizations:account; off, it answers
	// InvalidParameterException. Default on.
	TagResources bool `json:"tag_resources"`
	// PrincipalListingDelegated: ListAccountAssignmentsForPrincipal works from the
	// delegated administrator too; it is documented for the management account
	// only. Default off.
	PrincipalListingDelegated bool `json:"principal_listing_delegated"`
	// DelegatedMayListManagement: a delegated administrator can list what is
	// provisioned in the management account. Default on.
	DelegatedMayListManagement bool `json:"delegated_may_list_management"`
	// FinalStatusInReply: an operation that takes no time is SUCCEEDED already in
	// the reply to its call; off, every reply says IN_PROGRESS. Default off.
	FinalStatusInReply bool `json:"final_status_in_reply"`
	// BusyAccountConflicts: a second operation in one account is refused with
	// ConflictException; off, it waits its turn IN_PROGRESS. Default off.
	BusyAccountConflicts bool `json:"busy_account_conflicts"`
	// AnyRegion: a signature for any region is accepted for every service. On AWS
	// each service has its own endpoint, and a client that is given one endpoint
	// for all of them signs for its own region. Default off.
	AnyRegion bool `json:"any_region"`
	// WireSessions: credentials of AssumeRole live and expire by WireNow instead of
	// Now; for clients whose own clock is not the virtual one. Default off.
	WireSessions bool `json:"wire_sessions"`
}

// DefaultSwitches is what is believed to be true of AWS today.
func DefaultSwitches() Switches {
	return Switches{
		AccountPaths:               true,
		AccountState:               true,
		TagResources:               true,
		DelegatedMayListManagement: true,
	}
}

// Tuning returns the present tuning.
func (c *Cloud) Tuning() Tuning {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tuning
}

// SetTuning lets change alter the tuning. A contradiction is refused and changes nothing.
func (c *Cloud) SetTuning(change func(*Tuning)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tuning
	change(&t)
	if err := t.validate(); err != nil {
		return err
	}
	c.tuning = t
	c.notify()
	return nil
}

// Switches returns the present switches.
func (c *Cloud) Switches() Switches {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.switches
}

// SetSwitches lets change alter the switches.
func (c *Cloud) SetSwitches(change func(*Switches)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.switches)
	c.notify()
}
