package bot

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access/catalog"
	"stint/access/policy"
)

// maxReason is what the form lets somebody type; the service takes no more.
const maxReason = 2000

// otherDuration is the value of the preset that opens a text field.
const otherDuration = "other"

// form is everything the request form shows. The zero value is the form as it opens.
type form struct {
	banner  string // mrkdwn, above everything; "" for none
	account *catalog.Account
	role    *catalog.Role
	terms   *policy.Terms // of the chosen role, when it can be asked for
	chosen  time.Duration // the duration chosen so far; 0: none
	other   bool          // the duration is typed
	typed   string        // what was typed as duration, when the form is drawn anew
	reason  string        // likewise
	link    string        // of the message that the form was opened from
	preview string        // mrkdwn
	why     bool          // nothing can be asked for: offer to say why
}

// formMeta is what the view carries for a block_suggestion, which has no state.
type formMeta struct {
	Account catalog.AccountID `json:"account,omitempty"`
	Link    string            `json:"link,omitempty"` // of the message that it was opened from
}

func (m formMeta) String() string {
	raw, _ := json.Marshal(m) // two strings: cannot fail
	return string(raw)
}

func readFormMeta(s string) formMeta {
	var m formMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one says nothing, and the form says "choose an account first"
	return m
}

// defaultPresets are offered until a role is chosen and its rule is known.
func defaultPresets() []time.Duration {
	return []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}
}

const formHint = "*Choose an account and a role*, and this shows who decides, how long you can have it, and what happens next. Nothing is sent before you press Send."

// view draws the form. Blocks keep their ids, and so what was typed, unless what they
// depend on has changed.
func (f form) view() slack.ModalViewRequest {
	var blocks []slack.Block
	if f.banner != "" {
		blocks = append(blocks, section(f.banner), divider())
	}
	blocks = append(blocks, f.accountInput(), f.roleInput(), f.durationInput())
	if f.other {
		blocks = append(blocks, f.otherInput())
	}
	preview := f.preview
	if preview == "" {
		preview = formHint
	}
	// Above the reason: who types one has seen what it leads to, and on a small screen the
	// last block is out of sight.
	about := section(preview)
	if f.why && f.account != nil {
		about = sectionWith(preview, whyButton(*f.account, f.role))
	}
	blocks = append(blocks, about, f.reasonInput())
	v := modal(viewForm, "Request AWS access", "Send", "Cancel", blocks)
	meta := formMeta{Link: f.link}
	if f.account != nil {
		meta.Account = f.account.ID
	}
	v.PrivateMetadata = meta.String()
	return v
}

func externalSelect(action, placeholder string, initial *slack.OptionBlockObject) *slack.SelectBlockElement {
	zero := 0 // answer as soon as it is opened, so that recents are one click away
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain(placeholder, maxPlaceholder), action)
	s.MinQueryLength = &zero
	s.InitialOption = initial
	return s
}

func (f form) accountInput() slack.Block {
	var initial *slack.OptionBlockObject
	if f.account != nil {
		initial = accountOption(*f.account, false)
	}
	return slack.NewInputBlock(blockAccount, plain("Account", maxLabel), nil,
		externalSelect(actAccount, "Search by name, id, OU or tag", initial)).WithDispatchAction(true)
}

func (f form) roleInput() slack.Block {
	placeholder, id := "Choose an account first", catalog.AccountID("")
	var initial *slack.OptionBlockObject
	if f.account != nil {
		placeholder, id = "Search the roles you can ask for", f.account.ID
	}
	if f.role != nil {
		initial = roleOption(*f.role)
	}
	return slack.NewInputBlock(roleBlock(id), plain("Role", maxLabel), nil,
		externalSelect(actRole, placeholder, initial)).WithDispatchAction(true)
}

// presets are the durations to choose from, ascending, and the longest allowed; 0: not known yet.
func (f form) presets() (ds []time.Duration, longest time.Duration) {
	ds = defaultPresets()
	if f.terms != nil {
		longest = f.terms.MaxDuration
		if len(f.terms.Durations) > 0 {
			ds = slices.Clone(f.terms.Durations)
		}
		ds = slices.DeleteFunc(ds, func(d time.Duration) bool { return longest > 0 && d > longest })
		if len(ds) == 0 && longest > 0 {
			ds = []time.Duration{longest}
		}
	}
	if f.chosen > 0 && !f.other && !slices.Contains(ds, f.chosen) && (longest == 0 || f.chosen <= longest) {
		ds = append(ds, f.chosen) // chosen under other presets, and still allowed
	}
	slices.Sort(ds)
	ds = slices.Compact(ds)
	return ds[:min(len(ds), maxOptions-1)], longest
}

func (f form) durationInput() slack.Block {
	presets, longest := f.presets()
	options := make([]*slack.OptionBlockObject, 0, len(presets)+1)
	var initial *slack.OptionBlockObject
	var key strings.Builder
	want := f.chosen
	if want == 0 {
		want = time.Hour
	}
	for _, d := range presets {
		o := slack.NewOptionBlockObject(strconv.FormatInt(int64(d/time.Second), 10), plain(length(d), maxOption), nil)
		options = append(options, o)
		if d <= want { // the longest that is not longer than wanted
			initial = o
		}
		key.WriteString(strconv.FormatInt(int64(d/time.Minute), 10) + "-")
	}
	other := slack.NewOptionBlockObject(otherDuration, plain("Other…", maxOption), nil)
	options = append(options, other)
	if initial == nil {
		initial = options[0]
	}
	if f.other {
		initial = other
	}
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actDuration, options...)
	s.InitialOption = initial
	var hint *slack.TextBlockObject
	if longest > 0 {
		hint = plain("At most "+length(longest)+" for this role. It counts from when the access is there.", maxHint)
	}
	return slack.NewInputBlock(cut(blockDuration+"/"+key.String(), maxID), plain("How long", maxLabel), hint, s).WithDispatchAction(true)
}

func (f form) otherInput() slack.Block {
	e := slack.NewPlainTextInputBlockElement(plain("1h30m", maxPlaceholder), actOther)
	e.InitialValue = cut(clean(f.typed), 30)
	e.MaxLength = 30
	return slack.NewInputBlock(blockOther, plain("Your own duration", maxLabel), plain("For example "+durationExamples+".", maxHint), e)
}

func (f form) reasonInput() slack.Block {
	e := slack.NewPlainTextInputBlockElement(plain("What you need it for", maxPlaceholder), actReason)
	e.Multiline = true
	e.MaxLength = maxReason
	e.InitialValue = cut(clean(f.reason), maxReason)
	hint := "The people who decide see this, and it is kept on record."
	if f.terms != nil {
		r := f.terms.Reason
		switch {
		case r.Hint != "":
			hint = "Must contain: " + name(r.Hint, 200) + ". " + hint
		case r.Pattern != "":
			hint = "Must match " + name(r.Pattern, 200) + ". " + hint
		}
		if r.MinLength > 1 {
			hint = "At least " + strconv.Itoa(r.MinLength) + " characters. " + hint
		}
	}
	return slack.NewInputBlock(blockReason, plain("Reason", maxLabel), plain(hint, maxHint), e)
}

// filled is what somebody has chosen and typed so far.
type filled struct {
	account   catalog.AccountID
	role      catalog.RoleARN
	roleBlock string // where an error about the role belongs
	duration  string // the preset's value
	durBlock  string
	other     string
	reason    string
	link      string
}

// readForm reads a form's state. Values are found by action id, because block ids change;
// a role that was chosen under another account does not count.
func readForm(state *slack.ViewState, meta formMeta) filled {
	f := filled{account: meta.Account, link: meta.Link, roleBlock: roleBlock(meta.Account), durBlock: blockDuration}
	if state == nil {
		return f
	}
	role := catalog.RoleARN("")
	roleOf := catalog.AccountID("")
	for block, byAction := range state.Values {
		for id, v := range byAction {
			switch id {
			case actAccount:
				f.account = catalog.AccountID(choice(v))
			case actRole:
				role, roleOf, f.roleBlock = catalog.RoleARN(choice(v)), roleBlockAccount(block), block
			case actDuration:
				f.duration, f.durBlock = choice(v), block
			case actOther:
				f.other = v.Value
			case actReason:
				f.reason = v.Value
			}
		}
	}
	if roleOf == f.account {
		f.role = role
	}
	return f
}

// choice is the value of a select; "" for none, and for the entries that only say something.
func choice(a slack.BlockAction) string {
	v := a.SelectedOption.Value
	if strings.HasPrefix(v, notChoice) {
		return ""
	}
	return v
}

// asked is the duration of a filled form.
func (f filled) asked() (time.Duration, error) {
	if f.duration == otherDuration || f.duration == "" && f.other != "" {
		return parseDuration(f.other)
	}
	seconds, err := strconv.ParseInt(f.duration, 10, 64)
	if err != nil || seconds <= 0 || seconds > int64(366*24*time.Hour/time.Second) {
		return parseDuration("")
	}
	return time.Duration(seconds) * time.Second, nil
}

// trimmed is a reason as it is kept.
func trimmed(reason string) string { return strings.TrimSpace(strings.ToValidUTF8(reason, "\uFFFD")) }
