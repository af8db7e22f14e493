package awssim

import "time"

// bucket is a token bucket that refills by the clock it is asked with.
type bucket struct {
	tokens float64
	at     time.Time
}

// take takes one token out of the bucket called name, which refills at rate a
// second up to burst; rate 0 means no limit. A clock that goes back refills nothing.
func (c *Cloud) take(name string, rate, burst float64, now time.Time) bool {
	if rate <= 0 {
		return true
	}
	burst = max(burst, 1)
	b := c.buckets[name]
	if b == nil {
		b = &bucket{tokens: burst, at: now}
		c.buckets[name] = b
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens += passed.Seconds() * rate
	}
	b.tokens, b.at = min(b.tokens, burst), now
	if b.tokens < 1-1e-9 { // the sum of many refills is a hair below
		return false
	}
	b.tokens--
	return true
}

// throttle applies the quota that covers a call.
func (c *Cloud) throttle(svc *service, op string, now time.Time) bool {
	t := &c.tuning
	switch svc {
	case svcSSO: // one quota for all operations together
		return c.take("sso", t.SSOAdminRate, t.SSOAdminBurst, now)
	case svcIdentityStore:
		return c.take("identitystore", t.IdentityStoreRate, t.IdentityStoreBurst, now)
	case svcOrganizations: // one for each API
		rate := t.OrganizationsRate
		if op == "ListParents" || op == "ListAccountsForParent" {
			rate = t.OrganizationsParent
		}
		return c.take("organizations:"+op, rate, t.OrganizationsBurst, now)
	case svcTagging:
		return c.take("tagging", t.TaggingRate, t.TaggingBurst, now)
	}
	return true
}
