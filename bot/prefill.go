package bot

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
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
	ofGroup      bool   // the form for membership in a group
	note         string // mrkdwn, above the form
}

// filled is the prefill as if somebody had chosen and typed it. Who receives it is left out:
// that takes asking who it is. A group is asked for by itself.
func (p prefill) filled() filled {
	f := filled{reason: p.reason, ticket: p.ticket, link: p.link, emergency: p.emergency, groupBlock: blockGroup, ofGroup: p.ofGroup}
	if n := slices.IndexFunc(p.entitlements, access.Entitlement.IsGroup); n >= 0 {
		f.ofGroup, f.group = true, p.entitlements[n].Group
	}
	if f.ofGroup {
		p.entitlements = nil
	}
	for _, e := range p.entitlements {
		if e.Account != "" && !slices.Contains(f.accounts, e.Account) && len(f.accounts) < maxFormAccounts {
			f.accounts = append(f.accounts, e.Account)
		}
		if e.Role != "" && !slices.Contains(f.roles, e.Role) && len(f.roles) < maxFormRoles {
			f.roles = append(f.roles, e.Role)
		}
	}
	f.roleBlock = rolesFor(f.accounts, f.receiver)
	f.only = onlyThese(f, p.entitlements)
	if p.duration > 0 {
		f.duration = strconv.FormatInt(int64(p.duration/time.Second), 10)
	}
	return f
}

// onlyThese names those of every role in every account that are wanted, and what they are
// picked from; "" for all of them.
func onlyThese(f filled, wanted []access.Entitlement) string {
	all := f.entitlements()
	bits := make([]byte, (len(all)+7)/8)
	missing := false
	for i, e := range all {
		if slices.Contains(wanted, e) {
			bits[i/8] |= 1 << (i % 8)
		} else {
			missing = true
		}
	}
	if !missing {
		return ""
	}
	return f.choice() + "." + hex.EncodeToString(bits)
}

// onlyOf is what the picked ones are picked from.
func onlyOf(only string) string {
	of, _, _ := strings.Cut(only, ".")
	return of
}

// picks reports whether number n is among the picked.
func picks(only string, n int) bool {
	_, text, _ := strings.Cut(only, ".")
	bits, err := hex.DecodeString(text)
	return err == nil && n/8 < len(bits) && bits[n/8]&(1<<(n%8)) != 0
}
