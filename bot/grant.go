package bot

import (
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
)

// grant is the holder's message about an access: how to use it while it is there, what
// remains when it is gone.
func grant(g access.GrantView, p *access.Pause) content {
	c := grantNow(g)
	if p != nil && held([]access.GrantView{g}) {
		c.blocks = append(c.blocks, section(pausedLine(*p)))
	}
	return c
}

// plan is the message that says when an access starts, and later that it did.
func plan(g access.GrantView, p *access.Pause) content {
	if g.Phase == access.PhaseScheduled {
		return grant(g, p)
	}
	head := ":calendar: *Scheduled:* " + item(g.Item)
	return message(head, section(head), section(grantLine(g)))
}

func grantNow(g access.GrantView) content {
	switch g.Phase {
	case access.PhaseScheduled:
		head := ":calendar: *Scheduled:* " + item(g.Item)
		return message(head, section(head),
			section("It starts "+when(g.Grant.Start)+" and lasts "+length(g.Grant.Duration)+". Stint checks once more before it starts."),
			actions(endButton(g, actEnd)))
	case access.PhaseStarting:
		head := ":hourglass_flowing_sand: *Approved:* " + item(g.Item) + ", AWS is setting it up"
		return message(head, section(head),
			section("It lasts "+length(g.Grant.Duration)+" from when AWS confirms, usually within a minute. This message changes when it is there; if AWS has not done it by "+when(g.Grant.Deadline)+", it fails and you are told."),
			actions(endButton(g, actEnd)))
	case access.PhaseActive:
		return active(g)
	}
	return over(g)
}

// over says how an access ended, what remains, and the next step.
func over(g access.GrantView) content {
	head := phaseIcon(g) + " " + item(g.Item) + ": " + ended(g)
	if g.Prolonged {
		return message(head, section(head), actions(extendButton(g), endButton(g, actEnd)))
	}
	switch {
	case g.Phase == access.PhaseEnding && g.Assignment.Stuck:
		head = ":rotating_light: " + item(g.Item) + ": " + ended(g) + " *AWS has not taken it away for more than five minutes.* Stint keeps trying and the admins know. Please do not use it."
	case g.Phase == access.PhaseEnding:
		head = ":hourglass_flowing_sand: " + item(g.Item) + ": " + ended(g) + " AWS is taking it away."
	case removed(g):
		head += " AWS has taken it away."
	}
	blocks := []slack.Block{section(head)}
	if s := remaining(g); s != "" {
		blocks = append(blocks, section(s))
	}
	if !g.Assignment.Stuck {
		blocks = append(blocks, nextBlocks(g)...)
	}
	return message(head, blocks...)
}

// removed reports whether AWS confirmed that this access, which was there, is gone. Other
// access of the same key keeps it in AWS.
func removed(g access.GrantView) bool {
	switch g.Grant.EndReason {
	case access.EndRemovedOutside, access.EndAlreadyHas:
		return false
	}
	return g.Phase == access.PhaseEnded && !g.Grant.ConfirmedAt.IsZero() && !g.Assignment.GoneAt.Before(endedAt(g))
}

// active says how to get in, until when, and how to give it back.
func active(g access.GrantView) content {
	if g.Item.Entitlement.IsGroup() {
		return activeGroup(g)
	}
	head := ":large_green_circle: *Active:* " + item(g.Item) + " until " + when(until(g))
	a := g.Item.Account
	blocks := []slack.Block{
		section(head),
		fields(
			field{"Account", escaper.Replace(accountName(a)) + "\n`" + escName(string(a.ID), 20) + "` " + escName(a.OUPath, nameWidth)},
			field{"Role", escaper.Replace(roleName(g.Item.Role))},
			field{"Until", when(until(g))},
			field{"Length", length(g.Grant.Duration)},
		),
	}
	if line := contestedLine(g); line != "" {
		blocks = append(blocks, section(line))
	}
	blocks = append(blocks, smalls(emergencyLines(g.Request))...)
	if g.Extension != "" {
		blocks = append(blocks, small(":hourglass_flowing_sand: An extension waits for a decision. Without one, the access ends as it is."))
	}
	buttons := make([]*slack.ButtonBlockElement, 0, 3)
	if link := consoleURL(g.Instance, g.Item); link != "" {
		open := primary(button(actConsole, string(g.Grant.ID), "Open console", "Open the AWS console of "+plainItem(g.Item)))
		open.URL = link
		buttons = append(buttons, open)
	}
	if mayExtend(g) {
		buttons = append(buttons, extendButton(g))
	}
	blocks = append(blocks, actions(append(buttons, endButton(g, actEnd))...))
	if lines := cliProfile(g.Instance, g.Item); lines != "" {
		blocks = append(blocks,
			section("*Command line:* add this to `~/.aws/config`, then `aws sso login --profile "+codeSpan(profileName(g.Item))+"`"),
			code(lines),
			section("*Or once, with Granted:*"),
			code(grantedLine(g.Instance, g.Item)),
		)
	}
	if g.Instance.Portal() == "" {
		blocks = append(blocks, small(":information_source: Open it in your AWS access portal, as you are used to: Stint does not know its address."))
	}
	if d := g.Item.Role.SessionDuration; d > 0 {
		blocks = append(blocks, small(":information_source: A session that you open before the end can go on for up to "+length(d)+" after it: AWS does not cut sessions short. Sign out when you are done."))
	}
	return message(head, blocks...)
}

// endButton ends an access before its time, after one question.
func endButton(g access.GrantView, action string) *slack.ButtonBlockElement {
	label, title, yes := "End now", "End this access now?", "End now"
	text := "Stint takes " + plainItem(g.Item) + " away from " + plainActor(g.Grant.Holder) + " at once. Sessions that are open may go on for up to " + length(g.Item.Role.SessionDuration) + "."
	if g.Item.Role.SessionDuration == 0 {
		text = "Stint takes " + plainItem(g.Item) + " away from " + plainActor(g.Grant.Holder) + " at once."
	}
	if g.Phase == access.PhaseScheduled {
		label, title, yes = "Cancel it", "Cancel this access?", "Cancel it"
		text = plainItem(g.Item) + " will not start."
	}
	b := danger(button(action, string(g.Grant.ID), label, label+": "+plainItem(g.Item)+" of "+plainActor(g.Grant.Holder)))
	return confirmed(b, title, text, yes, "Keep it")
}

// remaining says what access to the account is still there, and how long sessions last.
func remaining(g access.GrantView) string {
	var lines []string
	if s := stillOpen(g); s != "" {
		lines = append(lines, s)
	}
	// Access that never was leaves no session behind.
	if d := g.Item.Role.SessionDuration; d > 0 && !g.Grant.ConfirmedAt.IsZero() {
		lines = append(lines, "A session opened before the end may go on until "+when(endedAt(g).Add(d))+" at the latest.")
	}
	return strings.Join(lines, "\n")
}

// nextBlocks are the next step after an access, and the way to ask for it again where that
// may help.
func nextBlocks(g access.GrantView) (blocks []slack.Block) {
	if s := nextStep(g); s != "" {
		blocks = append(blocks, section(s))
	}
	switch g.Grant.EndReason {
	case access.EndExpired, access.EndEarly, access.EndFailed, access.EndUnchecked, access.EndRemovedOutside:
		blocks = append(blocks, actions(againOf(g)))
	}
	return blocks
}

// nextStep is what somebody can do after an access that did not go as planned.
func nextStep(g access.GrantView) string {
	switch g.Grant.EndReason {
	case access.EndFailed, access.EndUnchecked:
		return "*Next:* ask again with `" + commandAccess + "`. If it fails again, tell an admin."
	case access.EndRefused, access.EndDenied:
		return "*Next:* if you still need it, talk to an admin."
	case access.EndRemovedOutside:
		return "*Next:* if you did not expect this, tell an admin; you can ask again with `" + commandAccess + "`."
	case access.EndAlreadyHas:
		return "*Next:* nothing; use it as usual. Stint will not take it away either."
	}
	return ""
}

// consoleURL signs the holder in to that account and role through the access portal; it
// holds no secret.
func consoleURL(in catalog.Instance, it access.ItemView) string {
	if in.Portal() == "" || it.Account.ID == "" || it.Role.Name == "" {
		return ""
	}
	return in.Portal() + "/#/console?account_id=" + url.QueryEscape(string(it.Account.ID)) + "&role_name=" + url.QueryEscape(it.Role.Name)
}

// profileName is a name for a CLI profile that needs no quoting.
func profileName(it access.ItemView) string {
	account := it.Account.Name
	if account == "" {
		account = string(it.Account.ID)
	}
	return safeWord(account) + "-" + safeWord(it.Role.Name)
}

// cliProfile is the profile that `aws configure sso` would write.
func cliProfile(in catalog.Instance, it access.ItemView) string {
	if in.Portal() == "" || in.Region == "" || it.Role.Name == "" {
		return ""
	}
	session := safeWord(strings.TrimSuffix(in.PortalHost, ".awsapps.com"))
	if in.PortalURL != "" {
		session = safeWord(in.PortalURL[strings.LastIndexByte(strings.TrimRight(in.PortalURL, "/"), '/')+1:])
	}
	return strings.Join([]string{
		"[profile " + profileName(it) + "]",
		"sso_session = " + session,
		"sso_account_id = " + string(it.Account.ID),
		"sso_role_name = " + oneLine(it.Role.Name),
		"",
		"[sso-session " + session + "]",
		"sso_start_url = " + in.Portal(),
		"sso_region = " + in.Region,
		"sso_registration_scopes = sso:account:access",
	}, "\n")
}

// grantedLine assumes the role once, with Granted, without a profile.
func grantedLine(in catalog.Instance, it access.ItemView) string {
	return "assume --sso --sso-start-url " + in.Portal() + " --sso-region " + in.Region +
		" --account-id " + string(it.Account.ID) + " --role-name " + shellWord(it.Role.Name)
}
