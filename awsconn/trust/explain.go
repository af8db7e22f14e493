package trust

import (
	"fmt"
	"strings"
)

// Explain lists, for who has to agree to them, every permission with what it is for and
// what does not work without it, as Markdown.
func Explain() string {
	var b strings.Builder
	b.WriteString("# What Stint may do in AWS\n\nWritten from the same table as the policies; `stint check aws` tries each and says which are missing.\n")
	titles := map[Feature]string{
		Core: "Always", Groups: "Group membership", IAMRoles: "IAM roles of member accounts", Events: "Changes within seconds",
		Anchors: "Stable ARNs of roles",
	}
	for _, f := range append([]Feature{Core}, Optional()...) {
		if len(Permissions(f)) == 0 {
			fmt.Fprintf(&b, "\n## %s (`%s`)\n\nNeeds no permission beyond those of `core`. Its policy only forbids something, below.\n", titles[f], f)
			continue
		}
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\n| permission | what for | lost without it |\n|---|---|---|\n", titles[f], f)
		for _, p := range Permissions(f) {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Action, p.For, p.Lost)
		}
	}
	b.WriteString("\nIn the member accounts, with the reader role of `iam-roles`:\n\n| permission | what for | lost without it |\n|---|---|---|\n")
	for _, p := range reader().actions {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Action, p.For, p.Lost)
	}
	b.WriteString(`
## Scope

- Granting and taking away: on one instance, in the accounts that are named (or all), and only permission sets that
  carry the tag. Who can tag permission sets decides what Stint can grant. Take the tag off a set only when no
  grant of it is active: the tag also allows taking access away.
- Reading: one instance, one identity store, one organization. Only actions for which AWS knows no resource have ` + "`*`" + `.
- The reader role can be taken on by Stint's role alone, with the external id, within the organization.

## Never, whatever else the role is allowed

`)
	why := map[string]string{
		"NeverChangeRoles":   "change permission sets, their policies or their tags",
		"NeverChangePeople":  "change people or groups",
		"NeverTheseAccounts": "grant in the management account, in the account of Stint's role or in the one it runs in",
		"NeverIntoTheAnchor": "with `anchors`: put anybody into the anchor group, which has every role that Stint ever granted",
		"NeverItself":        "change or take on its own role",
	}
	for _, s := range denyTable() {
		var actions []string
		for _, a := range s.actions {
			actions = append(actions, "`"+a.Action+"`")
		}
		fmt.Fprintf(&b, "- %s: %s\n", why[s.sid], strings.Join(actions, ", "))
	}
	return b.String()
}
