package bot

import "stint/access/policy"

// onCallFields are about who is on call, in the editor of a set.
func onCallFields(s *sheet, has policy.OnCallSpec, set func(policy.OnCallSpec)) {
	pagerDuty := s.text(textField{
		block: "on_call.pagerduty", label: "On call in PagerDuty", value: has.PagerDuty, most: 100, optional: true,
		placeholder: "PABC123", hint: "The id of a schedule. Whoever is on call by it now is in the set; needs STINT_PAGERDUTY_TOKEN.",
	}, "on_call.pagerduty", "on_call")
	opsgenie := s.text(textField{
		block: "on_call.opsgenie", label: "On call in Opsgenie", value: has.Opsgenie, most: 100, optional: true,
		placeholder: "Platform team", hint: "The name or id of a schedule; needs STINT_OPSGENIE_KEY.",
	}, "on_call.opsgenie")
	fallback := s.text(textField{
		block: "on_call.fallback", label: "Who counts while nobody is on call", value: has.Fallback, most: maxSetName, optional: true,
		placeholder: "sre", hint: "The name of another set. It counts too when it cannot be read for five minutes who is on call.",
	}, "on_call.fallback")
	s.part(func(in formState) map[string]string {
		c := has
		if pagerDuty {
			c.PagerDuty = in.one("on_call.pagerduty")
		}
		if opsgenie {
			c.Opsgenie = in.one("on_call.opsgenie")
		}
		if fallback {
			c.Fallback = in.one("on_call.fallback")
		}
		if c.Fallback != "" && c.PagerDuty == "" && c.Opsgenie == "" {
			return map[string]string{"on_call.fallback": "Name a schedule too, or leave this empty."}
		}
		set(c)
		return nil
	})
}

// onCallWords says who is on call, in words; "" when a set is not about that.
func onCallWords(c policy.OnCallSpec) string {
	words := ""
	switch {
	case c.PagerDuty != "":
		words = "on call in PagerDuty " + c.PagerDuty
	case c.Opsgenie != "":
		words = "on call in Opsgenie " + c.Opsgenie
	default:
		return ""
	}
	if c.Fallback != "" {
		words += " (else " + c.Fallback + ")"
	}
	return words
}
