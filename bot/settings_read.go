package bot

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// readSettings puts what a part's form says into the settings. errs are what cannot be
// read, by block; what only the policy can judge is left to it.
func readSettings(part string, state *slack.ViewState, s policy.SettingsSpec) (_ policy.SettingsSpec, errs map[string]string) {
	errs = map[string]string{}
	read := func(block string) policy.Duration {
		d, problem := optionalDuration(typedIn(state, block, actSettingsText))
		if problem != "" {
			errs[block] = problem
		}
		return policy.Duration(d)
	}
	names := func(key string, kind access.ChoiceKind, was []string) []string {
		return keepOrder(was, chosenIn(state, pathAdmins+"."+key, chooser(areaSettings, kind)))
	}
	switch part {
	case partAdmins:
		a := s.Admins
		s.Admins = policy.People{
			Users:                names("users", access.ChoosePerson, a.Users),
			SlackUserGroups:      names("slack_usergroups", access.ChooseUserGroup, a.SlackUserGroups),
			IdentityCenterGroups: names("identity_center_groups", access.ChooseGroup, a.IdentityCenterGroups),
			SlackChannels:        names("slack_channels", access.ChooseChannel, a.SlackChannels),
		}
		s.SecondAdmin = ticked(state, pathSecond, actTicks, secondAdmin)
	case partPeople:
		s.EmailDomains = parts(strings.ToLower(typedIn(state, pathDomains, actSettingsText)))
		s.TimeZone = trimmed(typedIn(state, pathZone, actSettingsText))
	case partRequests:
		switch c := chosenOption(state, pathChannel, chooser(areaSettings, access.ChooseChannel)).Value; c {
		case "":
			errs[pathChannel] = "Choose a channel from the list."
		case optionValue(s.Channel):
		default:
			s.Channel = c
		}
		ds, err := readDurations(typedIn(state, pathDurations, actSettingsText))
		if err != nil {
			errs[pathDurations] = plainFault(err)
		}
		slices.Sort(ds)
		s.Durations = slices.Compact(ds)
		s.MaxDuration, s.MaxContinuous, s.RequestTTL = read(pathMax), read(pathContinuous), read(pathTTL)
	case partReminders:
		s.RemindAfter, s.RemindBeforeEnd = read(pathRemind), read(pathBeforeEnd)
	}
	if len(errs) == 0 {
		errs = nil
	}
	return s, errs
}

// keepOrder is what is chosen now, what was there before in its old order: a select's own
// order must not count as a change.
func keepOrder(was, chosen []string) []string {
	var out []string
	for _, w := range was {
		if slices.Contains(chosen, optionValue(w)) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	for _, c := range chosen {
		if !slices.ContainsFunc(out, func(w string) bool { return optionValue(w) == c }) {
			out = append(out, c)
		}
	}
	return out
}

// optionValue is a name as a select carries it: itself, or a mark for one that Slack cannot carry.
func optionValue(name string) string {
	if name == "" || fitsValue(name) {
		return name
	}
	return "#" + hashOf(name)
}

// parts splits what was typed at commas, spaces and line breaks.
func parts(s string) []string {
	return strings.FieldsFunc(clean(s), func(r rune) bool { return strings.ContainsRune(",; \n\t", r) })
}

// settingsPaths are the blocks of a part's form.
func settingsPaths(part string) []string {
	switch part {
	case partAdmins:
		return []string{pathAdmins + ".users", pathAdmins + ".slack_usergroups", pathAdmins + ".identity_center_groups", pathAdmins + ".slack_channels"}
	case partPeople:
		return []string{pathDomains, pathZone}
	case partRequests:
		return []string{pathChannel, pathDurations, pathMax, pathContinuous, pathTTL}
	case partReminders:
		return []string{pathRemind, pathBeforeEnd}
	}
	return nil
}

// settingsLabels are the words of the form for those of the file.
var settingsLabels = strings.NewReplacer("max_continuous", "“Longest with extensions”", "max_duration", "“Longest”", "`", "")

// underFields sorts what the policy says of the settings to the fields of a part: errors
// under their fields, warnings as lines.
func underFields(part string, problems []policy.Problem) (errs map[string]string, warnings []string) {
	for _, p := range problems {
		block := ""
		for _, path := range settingsPaths(part) {
			if p.Path == path || strings.HasPrefix(p.Path, path+"[") || strings.HasPrefix(p.Path, path+".") {
				block = path
			}
		}
		said := strings.TrimSpace(settingsLabels.Replace(sentence(p.Message) + " " + sentence(p.Hint)))
		text := unescaper.Replace(said)
		switch {
		case block == "":
		case p.Warning:
			warnings = append(warnings, said)
		case errs == nil:
			errs = map[string]string{block: cut(text, maxErrorText)}
		case errs[block] == "":
			errs[block] = cut(text, maxErrorText)
		}
	}
	return errs, warnings
}
