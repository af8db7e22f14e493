package bot

import (
	"github.com/slack-go/slack"

	"stint/access"
)

// forEverybody is what an admin can paste where people read it.
const forEverybody = "You can now ask for AWS access in Slack: type " + commandAccess + ", choose an account and a role, and say for how long and why. " +
	"Whoever decides gets it at once, and the access ends by itself."

// appliedView takes the place of the review: what is in force, or who decides now.
func appliedView(r access.RevisionView, first bool, others []access.Human) slack.ModalViewRequest {
	if r.State == access.Proposed {
		return modal(viewApplied, "Proposed", "", "Close", []slack.Block{
			section(":busts_in_silhouette: *Proposed.* What is in force stays until another admin approves."),
			section("*What happens next*\n" + people(others) + " can approve or refuse it: each gets a message with what changes and why. You get a message when it is decided."),
		})
	}
	blocks := []slack.Block{
		section(":white_check_mark: *Version " + thousands(int(r.Number)) + " is in force*, since " + when(r.At) + ". Every request and every access is judged by it from now on."),
	}
	if first {
		blocks = append(blocks, firstSteps()...)
	} else {
		blocks = append(blocks, section("If it was wrong: *Versions* leads back to any earlier one."))
	}
	return modal(viewApplied, "In force", "", "Close", blocks)
}

// firstSteps is what to do once the first policy is in force.
func firstSteps() []slack.Block {
	return []slack.Block{
		section("*What to do next*\n" +
			"1. Try it: run `" + commandAccess + "`, and let somebody approve.\n" +
			"2. Tell people. You can paste this:"),
		code(forEverybody),
		section("3. Make it finer: `" + commandConfig + " " + areaRules + "` adds rules, for example stricter ones for production, or forbids an account. The first rule that matches decides.\n" +
			"4. A second admin keeps you from being the only one: `" + commandConfig + " " + areaSettings + "`."),
		actions(button(openArea(areaRules), "rules", "Rules", "The rules of the policy"), button(openArea(areaSettings), "settings", "Settings", "Admins, channels, times")),
	}
}
