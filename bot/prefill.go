package bot

import (
	"strconv"
	"time"

	"stint/access"
	"stint/access/identity"
)

// prefill is what a form holds when it opens. The zero value is an empty form.
type prefill struct {
	entitlements []access.Entitlement
	receiver     identity.SlackUserID // who shall have it; "" for who asks
	duration     time.Duration        // 0 for what the rule offers
	reason       string
	ticket       string
	link         string // of the message that it was opened from
	emergency    bool
	note         string // mrkdwn, above the form
}

// filled is the prefill as if somebody had chosen and typed it.
func (p prefill) filled() filled {
	f := filled{reason: p.reason, link: p.link}
	if len(p.entitlements) > 0 {
		f.account, f.role = p.entitlements[0].Account, p.entitlements[0].Role
	}
	if p.duration > 0 {
		f.duration = strconv.FormatInt(int64(p.duration/time.Second), 10)
	}
	return f
}
