package bot

import (
	"strings"

	"stint/access/policy"
)

// maxGroupText is how much of a rule's groups the field holds; what has more is edited as YAML.
const maxGroupText = 2500

// groupField adds the Identity Center groups that a rule is about, one in each line.
func (e *ruleEditor) groupField(s *sheet, r *policy.RuleSpec) {
	was := e.rule.Groups
	text := strings.Join(was.Items, "\n")
	switch {
	case was.All:
		s.say(small("It is about *membership in every group*. That is changed as YAML."))
		return
	case len(text) > maxGroupText:
		s.say(small("It is about *membership in " + plural(len(was.Items), "group") + "*, which is more than a field holds: change them as YAML."))
		return
	}
	label, hint := "Membership in these groups", "Names of Identity Center groups, one in each line. * stands for any characters. No group whose members count in a people set can be asked for."
	if e.rule.Deny {
		hint = "Names of Identity Center groups, one in each line. A deny of a role in an account stops groups that bring it, too."
	}
	if !onlyGroups(e.rule) {
		label += " too"
	}
	if s.text(textField{
		block: "groups", label: label, value: text, most: maxGroupText, lines: true, optional: !onlyGroups(e.rule), hint: hint, placeholder: "database-admins",
	}, "groups") {
		s.part(func(in formState) map[string]string {
			var names []string
			for line := range strings.Lines(in.one("groups")) {
				if name := strings.TrimSpace(line); name != "" {
					names = append(names, name)
				}
			}
			if len(names) == 0 && onlyGroups(e.rule) {
				return map[string]string{"groups": "Name at least one: this rule is about nothing else."}
			}
			r.Groups = policy.List{Items: names}
			return nil
		})
	}
}

// onlyGroups reports whether a rule is about groups and about no role in any account.
func onlyGroups(r policy.RuleSpec) bool {
	return !r.Groups.IsZero() && r.Accounts.IsZero() && r.Roles.IsZero()
}

// groupsText is what a rule's line says of groups; "" for nothing.
func groupsText(l policy.List) string {
	switch {
	case l.All:
		return "membership in any group"
	case len(l.Items) == 0:
		return ""
	}
	return "membership in " + strings.Join(l.Items, ", ")
}
