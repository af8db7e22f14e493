package main

import (
	"cmp"

	"stint/access"
	"stint/access/identity"
	"stint/access/policy"
	"stint/oncall"
)

// onCallProducts is how the products that know who is on call are reached.
type onCallProducts struct {
	PagerDutyToken string `name:"pagerduty-token" env:"STINT_PAGERDUTY_TOKEN" help:"REST API key of PagerDuty, read-only, for people sets with on_call: { pagerduty: … }. Better in the environment than on the command line."`
	PagerDutyURL   string `name:"pagerduty-url" env:"STINT_PAGERDUTY_URL" help:"PagerDuty's API, when it is another: https://api.eu.pagerduty.com." placeholder:"URL"`
	OpsgenieKey    string `name:"opsgenie-key" env:"STINT_OPSGENIE_KEY" help:"Key of an API integration of Opsgenie that may read, for people sets with on_call: { opsgenie: … }. Better in the environment than on the command line."`
	OpsgenieURL    string `name:"opsgenie-url" env:"STINT_OPSGENIE_URL" help:"Opsgenie's API, when it is another: https://api.eu.opsgenie.com." placeholder:"URL"`
}

// onCallSources are the products that are set up.
func (p *onCallProducts) onCallSources(clock access.Clock) (map[string]identity.OnCallSource, error) {
	sources := map[string]identity.OnCallSource{}
	if p.PagerDutyToken != "" {
		c, err := oncall.NewPagerDuty(cmp.Or(p.PagerDutyURL, oncall.PagerDutyURL), p.PagerDutyToken, clock.Now)
		if err != nil {
			return nil, err
		}
		sources[policy.PagerDuty] = c
	}
	if p.OpsgenieKey != "" {
		c, err := oncall.NewOpsgenie(cmp.Or(p.OpsgenieURL, oncall.OpsgenieURL), p.OpsgenieKey)
		if err != nil {
			return nil, err
		}
		sources[policy.Opsgenie] = c
	}
	return sources, nil
}

func (p *onCallProducts) wrong() (wrong settingsError) {
	if _, err := p.onCallSources(wallClock{}); err != nil {
		wrong.add("%v. Write it like %s or %s.", err, oncall.PagerDutyURL, oncall.OpsgenieURL)
	}
	return wrong
}
