package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// maxTicket is what the form lets somebody type as a ticket; the service takes no more.
const maxTicket = 200

// filled is what somebody has chosen and typed so far.
type filled struct {
	receiver catalog.PersonID // "" for who asks
	accounts []catalog.AccountID
	roles    []catalog.RoleARN
	// ofGroup is set in the form for membership in a group, which asks for no accounts and roles.
	ofGroup    bool
	group      catalog.GroupID
	groupBlock string // where the group stood
	// only are the entitlements that were asked for before, where they are not every role in
	// every account; they hold until either is changed.
	only       string
	roleBlock  string // where the roles stood, and an error about them belongs
	duration   string // the preset's value
	durBlock   string
	typed      string // as duration
	start      string
	startBlock string
	picked     time.Time
	leave      string // what is to be left out, as the form named it
	leaveBlock string
	emergency  bool
	ticket     string
	hasTicket  bool // the form asked for one
	reason     string
	link       string // of the message that the form was opened from
}

// formMeta is what the view carries: a block_suggestion has no state.
type formMeta struct {
	Accounts string           `json:"a,omitempty"` // ids, joined
	For      catalog.PersonID `json:"for,omitempty"`
	Link     string           `json:"link,omitempty"`
	Only     string           `json:"only,omitempty"`
	Name     string           `json:"name,omitempty"` // of whom it is for
	Group    bool             `json:"group,omitempty"`
}

// maxMetaName bounds a name in a view's metadata, where each character may take six bytes.
const maxMetaName = 60

func (m formMeta) String() string {
	raw, _ := json.Marshal(m) // strings: cannot fail
	return string(raw)
}

func readFormMeta(s string) formMeta {
	var m formMeta
	_ = json.Unmarshal([]byte(ownMeta(s)), &m) // an unreadable one says nothing, and the form says "choose an account first"
	return m
}

func (f form) meta() formMeta {
	m := formMeta{Accounts: joinIDs(f.accounts), For: f.receiver, Link: f.link, Only: f.only, Group: f.ofGroup}
	if f.forWhom != nil {
		m.Name = name(f.forWhom.Name, maxMetaName)
	}
	if len(m.String()) > maxMeta { // hardly: Slack's own links are short
		m.Link = ""
	}
	return m
}

func joinIDs(accounts []catalog.AccountID) string {
	var b strings.Builder
	for i, a := range accounts {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(a))
	}
	return b.String()
}

func (m formMeta) accounts() []catalog.AccountID {
	if m.Accounts == "" {
		return nil
	}
	var out []catalog.AccountID
	for id := range strings.SplitSeq(m.Accounts, ",") {
		out = append(out, catalog.AccountID(id))
	}
	return out
}

// rolesFor begins the block id of the roles: other accounts, or another receiver, have other
// roles, and Slack keeps what it once offered under a block id.
func rolesFor(accounts []catalog.AccountID, receiver catalog.PersonID) string {
	switch {
	case len(accounts) == 0:
		return roleBlock("")
	case len(accounts) == 1 && receiver == "":
		return roleBlock(accounts[0])
	}
	return blockRole + "/" + digest(joinIDs(accounts), string(receiver))
}

// rolePlace is the block id under which the roles are drawn. Roles that were chosen under
// another one are drawn anew, and so under an id of their own.
func (f filled) rolePlace() string {
	base := rolesFor(f.accounts, f.receiver)
	if f.roleBlock == base || strings.HasPrefix(f.roleBlock, base+"/") {
		return f.roleBlock
	}
	if len(f.roles) == 0 {
		return base
	}
	return base + "/" + digest(f.rolesJoined())
}

func (f filled) rolesJoined() string {
	var b strings.Builder
	for _, r := range f.roles {
		b.WriteString(string(r) + "\n")
	}
	return b.String()
}

// digest is a short name for texts, each of which counts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// readForm reads a form's state. Values are found by action id, because block ids change.
func readForm(state *slack.ViewState, meta formMeta) filled {
	f := filled{accounts: meta.accounts(), receiver: meta.For, link: meta.Link, ofGroup: meta.Group, groupBlock: blockGroup, durBlock: blockDuration, startBlock: blockStart, leaveBlock: blockLeave}
	f.roleBlock = rolesFor(f.accounts, f.receiver)
	if state == nil {
		return f
	}
	for block, byAction := range state.Values {
		for id, v := range byAction {
			f.take(block, id, v)
		}
	}
	if meta.Only != "" && onlyOf(meta.Only) == f.choice() {
		f.only = meta.Only
	}
	return f
}

// take takes over one value of the state.
func (f *filled) take(block, action string, v slack.BlockAction) {
	switch action {
	case actFor:
		f.receiver = catalog.PersonID(choice(v))
		if f.receiver == meValue {
			f.receiver = ""
		}
	case actAccount:
		f.accounts = chosenAs[catalog.AccountID](v)
	case actRole:
		f.roles, f.roleBlock = chosenAs[catalog.RoleARN](v), block
	case actGroup:
		f.group, f.groupBlock = catalog.GroupID(choice(v)), block
	case actDuration:
		f.duration, f.durBlock = choice(v), block
	case actOther:
		f.typed = v.Value
	case actStart:
		f.start, f.startBlock = choice(v), block
	case actPicked:
		if v.SelectedDateTime > 0 {
			f.picked = time.Unix(v.SelectedDateTime, 0)
		}
	case actLeave:
		f.leaveBlock = block
		if len(v.SelectedOptions) > 0 {
			f.leave = v.SelectedOptions[0].Value
		}
	case actUrgent:
		f.emergency = len(v.SelectedOptions) > 0
	case actTicket:
		f.ticket, f.hasTicket = v.Value, true
	case actReason:
		f.reason = v.Value
	}
}

// choice is the value of a select; "" for none, and for the entries that only say something.
func choice(a slack.BlockAction) string {
	v := a.SelectedOption.Value
	if strings.HasPrefix(v, notChoice) {
		return ""
	}
	return v
}

// chosenAs are the values of a select of several, each once.
func chosenAs[T ~string](a slack.BlockAction) []T {
	var out []T
	for _, o := range a.SelectedOptions {
		if v := T(o.Value); !strings.HasPrefix(o.Value, notChoice) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// entitlements are everything that the form asks for: every role in every account, or what
// was asked for before; or the group.
func (f filled) entitlements() []access.Entitlement {
	if f.ofGroup {
		if f.group == "" {
			return nil
		}
		return []access.Entitlement{access.MemberOf(f.group)}
	}
	var out []access.Entitlement
	n := 0
	for _, r := range f.roles {
		for _, a := range f.accounts {
			if f.only == "" || picks(f.only, n) {
				out = append(out, access.RoleIn(a, r))
			}
			n++
		}
	}
	return out
}

// choice names what the form's entitlements are made of.
func (f filled) choice() string {
	if f.ofGroup {
		return digest(string(f.group))
	}
	return digest(joinIDs(f.accounts), f.rolesJoined())
}

// missing are the fields without which there is nothing to submit.
func (f filled) missing(now time.Time) map[string]string {
	errs := map[string]string{}
	switch {
	case f.ofGroup && f.group == "":
		errs[f.groupBlock] = "Choose a group from the list."
	case f.ofGroup:
	default:
		if len(f.accounts) == 0 {
			errs[blockAccount] = "Choose an account from the list."
		}
		if len(f.roles) == 0 {
			errs[f.roleBlock] = "Choose a role from the list."
		}
	}
	if _, err := f.wanted(); err != nil {
		errs[f.durationField()] = plainFault(err)
	}
	if f.start == startPick && !f.emergency {
		switch {
		case f.picked.IsZero():
			errs[blockPicked] = "Pick when it is to start."
		case !f.picked.After(now):
			errs[blockPicked] = "This time has passed: pick a later one, or choose Now above."
		}
	}
	switch {
	case trimmed(f.reason) == "":
		errs[blockReason] = "Say what you need it for."
	case utf8.RuneCountInString(f.reason) > maxReason:
		errs[blockReason] = fmt.Sprintf("At most %d characters.", maxReason)
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

func (f filled) durationField() string {
	if f.other() {
		return blockOther
	}
	return f.durBlock
}

func (f filled) startField() string {
	if f.start == startPick {
		return blockPicked
	}
	return f.startBlock
}

// formKey makes the same form sent again the same request: who, which window, what is in it.
func formKey(user identity.SlackUserID, viewID string, f filled, d time.Duration) string {
	return string(user) + "/" + viewID + "/" + digest(
		f.choice(), f.only, string(f.receiver), d.String(), f.start, f.picked.UTC().String(), f.leave,
		fmt.Sprint(f.emergency), strings.TrimSpace(f.ticket), f.link, trimmed(f.reason),
	)
}

// trimmed is a reason as it is kept.
func trimmed(reason string) string { return strings.TrimSpace(strings.ToValidUTF8(reason, "\uFFFD")) }
