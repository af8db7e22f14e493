package oncall

import (
	"context"
	"net/url"
	"time"

	"stint/access/identity"
)

// PagerDutyURL is PagerDuty's API; the European service region's is https://api.eu.pagerduty.com.
const PagerDutyURL = "https://api.pagerduty.com"

// PagerDuty asks PagerDuty. It is safe for concurrent use.
type PagerDuty struct {
	c   *client
	now func() time.Time
}

var _ identity.OnCallSource = (*PagerDuty)(nil)

// NewPagerDuty asks the API at base with a REST API key, for which read-only is enough.
func NewPagerDuty(base, token string, now func() time.Time) (*PagerDuty, error) {
	c, err := newClient("PagerDuty", base, "Token token="+token, "application/vnd.pagerduty+json;version=2")
	if err != nil {
		return nil, err
	}
	return &PagerDuty{c, now}, nil
}

// OnCall lists the addresses of those on call now; schedule is its id.
func (p *PagerDuty) OnCall(ctx context.Context, schedule string) ([]string, error) {
	now := p.now().UTC()
	query := url.Values{"since": {now.Format(time.RFC3339)}, "until": {now.Add(time.Second).Format(time.RFC3339)}}
	var answer struct {
		Users *[]struct {
			Email string `json:"email"`
		} `json:"users"`
	}
	if err := p.c.get(ctx, "/schedules/"+url.PathEscape(schedule)+"/users", query, &answer); err != nil {
		return nil, err
	}
	if answer.Users == nil {
		return nil, p.c.unavailable(errNobodyListed, "")
	}
	var emails []string
	for _, u := range *answer.Users {
		emails = append(emails, u.Email)
	}
	return p.c.addresses(emails)
}
