package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// The ids of Settings. The block of an input is the path of what it sets, so that a problem
// finds its field.
const (
	viewSettings     = "stint.settings"
	viewSettingsPart = "stint.settings.part"

	actSettingsEdit = "stint.settings.edit" // + ":" + part; value: part
	actSettingsText = "stint.settings.text"

	settingsTitle = "Settings"

	pathAdmins     = "settings.admins"
	pathSecond     = "settings.second_admin"
	pathDomains    = "settings.email_domains"
	pathZone       = "settings.time_zone"
	pathChannel    = "settings.channel"
	pathDurations  = "settings.durations"
	pathMax        = "settings.max_duration"
	pathContinuous = "settings.max_continuous"
	pathTTL        = "settings.request_ttl"
	pathRemind     = "settings.remind_after"
	pathBeforeEnd  = "settings.remind_before_end"

	secondAdmin = "second"
)

// The parts of the settings, each with a form of its own.
const (
	partAdmins    = "admins"
	partPeople    = "people"
	partRequests  = "requests"
	partReminders = "reminders"
)

// settingsShown is what the view of the settings shows.
type settingsShown struct {
	settings  policy.SettingsSpec
	bootstrap []access.Human // admins whatever the policy says
	file      string         // where the policy lives when it is not edited in Slack
	changes   int            // of the draft to what it was begun from
}

// settingsView shows the settings; those that are edited in Slack with a way to each form.
func settingsView(s settingsShown) slack.ModalViewRequest {
	var blocks []slack.Block
	switch {
	case s.file != "":
		blocks = append(blocks, section(":page_facing_up: *The policy is a file:* `"+pathSpan(s.file)+"`. Change the settings there; Stint reads it again as soon as it changes."), divider())
	case s.changes > 0:
		blocks = append(blocks, sectionWith(":pencil2: *These are the settings of your draft*, "+plural(s.changes, "change")+" in all. Nothing is in force before you apply it.",
			primary(button(openArea(areaDraft), "draft", "Review and apply", "Review your draft of the policy and apply it"))), divider())
	default:
		blocks = append(blocks, section("What you change here goes into your draft. Nothing is in force before you review and apply it."), divider())
	}
	for _, p := range []struct{ part, title, text string }{
		{partAdmins, "Admins", administering(s)},
		{partPeople, "Recognizing people", recognizingText(s.settings)},
		{partRequests, "Requests and access", requestsText(s.settings)},
		{partReminders, "Reminders", remindersText(s.settings)},
	} {
		text := "*" + p.title + "*\n" + p.text
		if s.file != "" {
			blocks = append(blocks, section(text))
			continue
		}
		blocks = append(blocks, sectionWith(text, button(actSettingsEdit+":"+p.part, p.part, "Edit", "Edit the settings: "+p.title)))
	}
	return modal(viewSettings, settingsTitle, "", "Close", blocks)
}

func administering(s settingsShown) string {
	lines := []string{"They change the policy, pause, and end anybody's access: " + everyOne(s.settings.Admins) + "."}
	if len(s.bootstrap) > 0 {
		lines = append(lines, ":lock: By the configuration, whatever stands here: "+people(s.bootstrap)+".")
	}
	if s.settings.SecondAdmin {
		lines = append(lines, "A change of the policy waits for *another admin's approval*.")
	} else {
		lines = append(lines, "A change of the policy needs no second admin.")
	}
	return strings.Join(lines, "\n")
}

// everyOne names who is in a set of people, all of it.
func everyOne(p policy.People) string {
	var words []string
	for _, u := range p.Users {
		words = append(words, escName(u, nameWidth))
	}
	for _, g := range p.SlackUserGroups {
		words = append(words, "Slack group @"+escName(g, nameWidth))
	}
	for _, g := range p.IdentityCenterGroups {
		words = append(words, "Identity Center group “"+escName(g, nameWidth)+"”")
	}
	for _, c := range p.SlackChannels {
		words = append(words, "members of #"+escName(c, nameWidth))
	}
	if w := onCallWords(p.OnCall); w != "" {
		words = append(words, "who is "+escName(w, nameWidth))
	}
	const most = 12
	if n := len(words) - most; n > 0 {
		words = append(words[:most:most], thousands(n)+" more")
	}
	return list(words)
}

func recognizingText(s policy.SettingsSpec) string {
	domains := make([]string, 0, len(s.EmailDomains))
	for _, d := range s.EmailDomains {
		domains = append(domains, "`"+codeSpan(d)+"`")
	}
	text := "Confirmed Slack e-mails in " + list(domains) + "."
	if len(domains) == 0 {
		text = ":warning: No e-mail domain: nobody can be recognized."
	}
	return text + "\nTime zone of the rules: " + escName(firstOf(s.TimeZone, "UTC"), 60) + "."
}

func requestsText(s policy.SettingsSpec) string {
	channel := "#" + escName(s.Channel, nameWidth)
	if s.Channel == "" {
		channel = ":warning: none"
	}
	return "Channel for approvals: " + channel +
		"\nDurations to choose from: " + or(durationWords(s.Durations), "30 min, 1 h, 4 h") +
		"\nAt most " + or(durationWord(s.MaxDuration), "8 h") + ", with extensions " + or(durationWord(s.MaxContinuous), "24 h") +
		"\nA request that nobody decides lapses after " + or(durationWord(s.RequestTTL), "8 h") +
		"\n_A rule may say otherwise for what it decides._"
}

func remindersText(s policy.SettingsSpec) string {
	return "Those who can decide are reminded after " + or(durationWord(s.RemindAfter), "30 min") +
		".\nWhoever has access is told " + or(durationWord(s.RemindBeforeEnd), "15 min") + " before it ends."
}

// or is what is set, or what holds when nothing is.
func or(set, otherwise string) string {
	if set != "" {
		return set
	}
	return strings.ReplaceAll(otherwise, " ", noBreak) + " (default)"
}

func durationWord(d policy.Duration) string {
	if d == 0 {
		return ""
	}
	return length(time.Duration(d))
}

func durationWords(ds []policy.Duration) string {
	words := make([]string, 0, len(ds))
	for _, d := range ds {
		words = append(words, durationWord(d))
	}
	return strings.Join(words, ", ")
}

// settingsMeta is what the form of a part carries.
type settingsMeta struct {
	Part    string `json:"p"`
	Version uint64 `json:"v"` // of the draft that it shows
}

func (m settingsMeta) String() string {
	raw, _ := json.Marshal(m) // a word and a number
	return string(raw)
}

func readSettingsMeta(s string) settingsMeta {
	var m settingsMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is no part, and saves nothing
	return m
}

// settingsForm is the form of one part.
type settingsForm struct {
	settingsMeta
	settings  policy.SettingsSpec
	bootstrap []access.Human
	banner    string // mrkdwn; "" for none
}

func (f settingsForm) view() slack.ModalViewRequest {
	var blocks []slack.Block
	if f.banner != "" {
		blocks = append(blocks, section(f.banner), divider())
	}
	title := settingsTitle
	switch f.Part {
	case partAdmins:
		title = "Admins"
		blocks = append(blocks, f.adminInputs()...)
	case partPeople:
		title = "Recognizing people"
		blocks = append(blocks, f.peopleInputs()...)
	case partRequests:
		title = "Requests and access"
		blocks = append(blocks, f.requestInputs()...)
	case partReminders:
		title = "Reminders"
		blocks = append(blocks, f.reminderInputs()...)
	}
	v := modal(viewSettingsPart, title, "Save in my draft", "Back", blocks)
	v.PrivateMetadata = f.String()
	return v
}

func (f settingsForm) adminInputs() []slack.Block {
	blocks := []slack.Block{section("Admins are the union of what stands here. They need not approve anything: who approves is in the rules.")}
	if len(f.bootstrap) > 0 {
		blocks = append(blocks, section(":lock: By the configuration, and not to be removed here: "+people(f.bootstrap)+"."))
	}
	a := f.settings.Admins
	for _, s := range []struct {
		key, label, mark, hint string
		kind                   access.ChoiceKind
		names                  []string
	}{
		{"users", "People", "", "", access.ChoosePerson, a.Users},
		{
			"slack_usergroups", "Slack user groups", "@",
			"In many workspaces members can edit user groups. Whoever can edit one of these can make themself an admin.", access.ChooseUserGroup, a.SlackUserGroups,
		},
		{"identity_center_groups", "Identity Center groups", "", "", access.ChooseGroup, a.IdentityCenterGroups},
		{"slack_channels", "Members of private channels", "#", "Only private channels that Stint is in. Whoever is invited to one becomes an admin.", access.ChooseChannel, a.SlackChannels},
	} {
		blocks = append(blocks, several(pathAdmins+"."+s.key, s.label, s.hint, s.kind, s.mark, s.names))
	}
	return append(blocks, ticks(pathSecond, actTicks, "Changes of the policy", tick{
		value: secondAdmin, label: "Wait for a second admin", about: "Another admin approves each change before it is in force", on: f.settings.SecondAdmin,
	}))
}

// several is a searchable select of several; mark stands before what is chosen.
func several(block, label, hint string, kind access.ChoiceKind, mark string, chosen []string) slack.Block {
	zero := 0
	e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeExternal, plain("Search", maxPlaceholder), chooser(areaSettings, kind))
	e.MinQueryLength = &zero
	for _, c := range chosen[:min(len(chosen), maxOptions)] {
		if !slices.ContainsFunc(e.InitialOptions, func(o *slack.OptionBlockObject) bool { return o.Value == optionValue(c) }) {
			e.InitialOptions = append(e.InitialOptions, optionFor(optionValue(c), mark+c))
		}
	}
	var h *slack.TextBlockObject
	if hint != "" {
		h = plain(hint, maxHint)
	}
	return slack.NewInputBlock(block, plain(label, maxLabel), h, e).WithOptional(true)
}

func (f settingsForm) peopleInputs() []slack.Block {
	return []slack.Block{
		textField{
			block: pathDomains, action: actSettingsText, label: "E-mail domains", placeholder: "example.com", value: strings.Join(f.settings.EmailDomains, "\n"),
			hint: "One a line. A Slack user is recognized by a confirmed e-mail in one of these. A subdomain is a domain of its own.", most: 2000, lines: true,
		}.input(),
		textField{
			block: pathZone, action: actSettingsText, label: "Time zone", placeholder: "Europe/Berlin", value: f.settings.TimeZone,
			hint: "Conditions on the time go by it. Left empty, it is UTC.", most: 60, optional: true,
		}.input(),
	}
}

func (f settingsForm) requestInputs() []slack.Block {
	s := f.settings
	zero := 0
	channel := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain("Search channels", maxPlaceholder), chooser(areaSettings, access.ChooseChannel))
	channel.MinQueryLength = &zero
	channel.InitialOption = optionFor(optionValue(s.Channel), "#"+s.Channel)
	return []slack.Block{
		slack.NewInputBlock(pathChannel, plain("Channel for approvals", maxLabel), plain("Where cards go, unless a rule or an account has a channel of its own. Invite Stint to it.", maxHint), channel),
		textField{
			block: pathDurations, action: actSettingsText, label: "Durations to choose from", placeholder: "30m, 1h, 4h", value: showDurations(s.Durations),
			hint: "Separated by commas. Left empty: 30m, 1h, 4h.", most: 300, optional: true,
		}.input(),
		durationField(pathMax, "Longest", "Nobody has access for longer at a time. Left empty: 8h.", "8h", s.MaxDuration),
		durationField(pathContinuous, "Longest with extensions", "Left empty: 24h.", "24h", s.MaxContinuous),
		durationField(pathTTL, "Requests lapse after", "When nobody has decided by then. Left empty: 8h.", "8h", s.RequestTTL),
	}
}

func (f settingsForm) reminderInputs() []slack.Block {
	return []slack.Block{
		durationField(pathRemind, "Remind those who can decide after", "In the thread of the card, and again later. Left empty: 30m.", "30m", f.settings.RemindAfter),
		durationField(pathBeforeEnd, "Tell who has access before it ends", "By direct message. Left empty: 15m.", "15m", f.settings.RemindBeforeEnd),
	}
}

func durationField(block, label, hint, placeholder string, d policy.Duration) slack.Block {
	return textField{block: block, action: actSettingsText, label: label, hint: hint, placeholder: placeholder, value: showDuration(d), most: 30, optional: true}.input()
}
