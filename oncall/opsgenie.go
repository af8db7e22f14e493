package oncall

import (
	"context"
	"errors"
	"net/url"
	"regexp"

	"stint/access/identity"
)

// OpsgenieURL is Opsgenie's API; the European instance's is https://api.eu.opsgenie.com.
const OpsgenieURL = "https://api.opsgenie.com"

// errNobodyListed is an answer without the list that it must have.
var errNobodyListed = errors.New("its answer lists nobody and does not say that nobody is on call")

// Opsgenie asks Opsgenie. It is safe for concurrent use.
type Opsgenie struct{ c *client }

var _ identity.OnCallSource = (*Opsgenie)(nil)

// NewOpsgenie asks the API at base with the key of an API integration that may read.
func NewOpsgenie(base, key string) (*Opsgenie, error) {
	c, err := newClient("Opsgenie", base, "GenieKey "+key, "application/json")
	if err != nil {
		return nil, err
	}
	return &Opsgenie{c}, nil
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// OnCall lists the addresses of those on call now; schedule is its id or its name.
func (o *Opsgenie) OnCall(ctx context.Context, schedule string) ([]string, error) {
	query := url.Values{"flat": {"true"}, "scheduleIdentifierType": {"name"}}
	if uuid.MatchString(schedule) {
		query.Set("scheduleIdentifierType", "id")
	}
	var answer struct {
		Data struct {
			Recipients *[]string `json:"onCallRecipients"`
		} `json:"data"`
	}
	if err := o.c.get(ctx, "/v2/schedules/"+url.PathEscape(schedule)+"/on-calls", query, &answer); err != nil {
		return nil, err
	}
	if answer.Data.Recipients == nil {
		return nil, o.c.unavailable(errNobodyListed, "")
	}
	return o.c.addresses(*answer.Data.Recipients)
}
