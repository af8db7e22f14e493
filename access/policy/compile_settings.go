package policy

import (
	"fmt"
	"strings"
	"time"
)

// The defaults of the settings.
var (
	defaultDurations = []Duration{Duration(30 * time.Minute), Duration(time.Hour), Duration(4 * time.Hour)}
)

const (
	defaultMaxDuration   = 8 * time.Hour
	defaultMaxContinuous = 24 * time.Hour
	defaultRequestTTL    = 8 * time.Hour

	defaultRemindAfter     = 30 * time.Minute
	defaultRemindBeforeEnd = 15 * time.Minute
)

func (c *compiler) compileSettings() {
	s := c.spec.Settings
	out := Settings{TimeZone: c.timeZone(s.TimeZone), EmailDomains: c.emailDomains(s.EmailDomains)}
	if s.Admins.IsZero() {
		c.warn("settings.admins", "name users, slack_usergroups or identity_center_groups",
			"there are no admins: nobody can use /jit-config or end somebody else's access")
	}
	if (s.Admins.OnCall != OnCallSpec{}) {
		c.problem("settings.admins.on_call", "name people, groups or channels", "who is an admin does not change with a shift")
	}
	out.Admins = c.people("settings.admins", s.Admins)

	out.MaxDuration = c.durationOr("settings.max_duration", s.MaxDuration, defaultMaxDuration)
	out.MaxContinuous = c.durationOr("settings.max_continuous", s.MaxContinuous, max(defaultMaxContinuous, out.MaxDuration))
	out.RequestTTL = c.durationOr("settings.request_ttl", s.RequestTTL, defaultRequestTTL)
	if out.MaxContinuous < out.MaxDuration {
		c.problem("settings.max_continuous", "", "max_continuous %s is shorter than max_duration, which is %s",
			formatDuration(out.MaxContinuous), formatDuration(out.MaxDuration))
	}
	if s.Durations == nil {
		out.Durations = upTo(c.presets("", defaultDurations, longest), out.MaxDuration)
	} else {
		out.Durations = c.presets("settings.durations", s.Durations, out.MaxDuration)
	}
	if len(out.Durations) == 0 {
		out.Durations = []time.Duration{out.MaxDuration}
	}
	if s.Channel == "" {
		c.problem("settings.channel", "name the Slack channel where approvers decide", "channel is missing")
	} else {
		out.Channel, _ = c.channel("settings.channel", s.Channel)
	}
	out.SecondAdmin = s.SecondAdmin
	c.reminders(s, &out)
	c.p.settings = out
}

// reminders warns of those that would never be sent.
func (c *compiler) reminders(s SettingsSpec, out *Settings) {
	out.RemindAfter = c.durationOr("settings.remind_after", s.RemindAfter, defaultRemindAfter)
	out.RemindBeforeEnd = c.durationOr("settings.remind_before_end", s.RemindBeforeEnd, defaultRemindBeforeEnd)
	if s.RemindAfter != 0 && out.RemindAfter >= out.RequestTTL {
		c.warn("settings.remind_after", "make it shorter than request_ttl",
			"a request lapses after %s, so nobody is reminded after %s", formatDuration(out.RequestTTL), s.RemindAfter)
	}
	if s.RemindBeforeEnd != 0 && out.RemindBeforeEnd >= out.MaxDuration {
		c.warn("settings.remind_before_end", "make it shorter than max_duration",
			"access lasts %s at most, so nobody is reminded %s before its end", formatDuration(out.MaxDuration), s.RemindBeforeEnd)
	}
}

func (c *compiler) durationOr(path string, d Duration, otherwise time.Duration) time.Duration {
	if d == 0 || !c.duration(path, d) {
		return otherwise
	}
	return time.Duration(d)
}

func (c *compiler) timeZone(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if name == "Local" {
		c.problem("settings.time_zone", "write a name like Europe/Berlin", "`Local` is another zone on every machine")
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		c.problem("settings.time_zone", "write a name like Europe/Berlin", "there is no time zone %q", name)
		return time.UTC
	}
	return zone
}

func (c *compiler) emailDomains(in []string) []string {
	if len(in) == 0 {
		c.problem("settings.email_domains", "list the domains of your people: [example.com]",
			"email_domains is missing: nobody could be recognised")
	}
	var out []string
	for i, d := range in {
		path := fmt.Sprintf("settings.email_domains[%d]", i)
		if d == "" || strings.ContainsAny(d, "@*/ ") || !strings.Contains(d, ".") {
			c.problem(path, "write it like example.com; a subdomain is a domain of its own", "%q is no e-mail domain", d)
			continue
		}
		out = append(out, strings.ToLower(d))
	}
	return out
}
