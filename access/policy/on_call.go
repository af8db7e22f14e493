package policy

import (
	"maps"
	"slices"
	"strings"

	"stint/access/catalog"
)

// The products that know who is on call, as sources name them.
const (
	PagerDuty = "pagerduty"
	Opsgenie  = "opsgenie"
)

// source is what an on_call means; zero when it names no schedule.
func (in OnCallSpec) source() Source {
	switch {
	case in.PagerDuty != "":
		return Source{SourceOnCall, PagerDuty + "/" + in.PagerDuty}
	case in.Opsgenie != "":
		return Source{SourceOnCall, Opsgenie + "/" + in.Opsgenie}
	}
	return Source{}
}

// onCall is the source of a set's on_call, when it has one that makes sense.
func (c *compiler) onCall(path string, in OnCallSpec) (Source, bool) {
	schedule := in.PagerDuty + in.Opsgenie
	switch {
	case in == OnCallSpec{}:
		return Source{}, false
	case schedule == "":
		c.problem(path, "name a schedule: { pagerduty: PABC123 } or { opsgenie: Platform }", "on_call names no schedule")
	case in.PagerDuty != "" && in.Opsgenie != "":
		c.problem(path, "make a people set for each, and name both in the rule", "on_call names a schedule of PagerDuty and one of Opsgenie")
	case strings.TrimSpace(schedule) != schedule || len(schedule) > 100 || strings.ContainsAny(schedule, "/?#"):
		c.problem(path, "PagerDuty shows the id in the address of the schedule; Opsgenie takes its name too", "%q is no schedule", schedule)
	default:
		return in.source(), true
	}
	return Source{}, false
}

// compileFallbacks finds who counts for each schedule while nobody does by it.
func (c *compiler) compileFallbacks() {
	named := map[Source]string{}
	for _, name := range sortedKeys(c.spec.People) {
		in := c.spec.People[name].OnCall
		path := "people." + name + ".on_call.fallback"
		src := in.source()
		if src == (Source{}) {
			continue
		}
		if other, again := named[src]; again && other != in.Fallback {
			c.problem(path, "give both the same fallback", "another people set names the same schedule with another fallback")
			continue
		}
		named[src] = in.Fallback
		if in.Fallback == "" {
			c.warn("people."+name+".on_call", "add fallback: a people set that counts then", "nobody counts while nobody is on call")
			continue
		}
		i, known := c.p.setByName[in.Fallback]
		switch {
		case !known:
			c.problem(path, didYouMean(catalog.Nearest(in.Fallback, slices.Values(sortedKeys(c.spec.People)))), "no people set `%s`", in.Fallback)
		case c.spec.People[in.Fallback].OnCall != OnCallSpec{}:
			c.problem(path, "name a people set without on_call", "the fallback `%s` is itself about who is on call", in.Fallback)
		default:
			if c.p.fallbacks == nil {
				c.p.fallbacks = map[Source][]Source{}
			}
			c.p.fallbacks[src] = c.p.sets[i].sources
		}
	}
}

// Fallbacks are, for each schedule, the sources whose members count while nobody is on call
// by it, and while it cannot be read.
func (p *Policy) Fallbacks() map[Source][]Source { return maps.Clone(p.fallbacks) }
