package suite

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"stint/access"
	"stint/access/identity"
)

// A script drawn action by action seldom asks twice for the same, and seldom lets the
// right person press the right button. So scripts are made of phrases: a few actions
// about one key that are likely to meet.

// drawScript draws up to 25 actions.
var drawScript = rapid.Custom(func(t *rapid.T) []action {
	script := slices.Concat(rapid.SliceOfN(drawPhrase, 1, 12).Draw(t, "phrases")...)
	return script[:min(len(script), 25)]
})

var drawPhraseKind = often[int](0, 2, 1, 2, 2, 2, 3, 1, 4, 2, 5, 1, 6, 1, 7, 3, 8, 2, 9, 2, 10, 2, 11, 1, 12, 2, 13, 3, 14, 2)

var drawPhrase = rapid.Custom(func(t *rapid.T) []action {
	one := func() action { return drawAction.Draw(t, "action") }
	submit := action{
		Kind: doSubmit, Who: drawWho.Draw(t, "who"), Account: drawAccount.Draw(t, "account"), Role: drawRole.Draw(t, "role"),
		Duration: drawLength.Draw(t, "duration"), Then: 5 * time.Second,
	}
	// what it takes to get it
	var get []action
	get = append(get, submit)
	approve := action{Kind: doReview, Verdict: access.Approve, Who: bob, Then: drawThen.Draw(t, "approved")}
	if submit.Who == bob {
		approve.Who = carol
	}
	switch submit.Role {
	case "AdministratorAccess":
		get = append(get, approve)
	case "PowerUserAccess":
		other := approve
		other.Who = dana
		get = append(get, approve, other)
	}
	on := func(k kind) action {
		return action{Kind: k, Who: submit.Who, Account: submit.Account, Role: submit.Role, Then: drawThen.Draw(t, "then")}
	}
	again := submit
	again.Duration = drawLength.Draw(t, "other duration")
	if submit.Role != "ReadOnly" && rapid.Bool().Draw(t, "own press") { // who asks presses too
		get = slices.Insert(get, 1, action{Kind: doReview, Verdict: access.Approve, Who: submit.Who, Then: time.Second})
	}
	switch drawPhraseKind.Draw(t, "phrase") {
	case 0: // anything
		return []action{one()}
	case 1: // something happens between asking and the decision
		return append(append([]action{submit, one()}, get[1:]...), on(doPass))
	case 2: // two that overlap
		return append(get, on(doPass), again, approve)
	case 3: // asked for again right after its end, while listings may lag
		lag := action{Kind: doLag, Duration: rapid.SampledFrom([]time.Duration{50 * time.Second, 0}).Draw(t, "lag")}
		ends := on(doEnd)
		ends.Then = 15 * time.Second
		return append(append([]action{lag}, get...), action{Kind: doPass, Then: 65 * time.Second}, ends, again, approve)
	case 4: // somebody else gave it already, or gives it now
		return append([]action{on(doForeign)}, get...)
	case 5: // somebody else takes it away, or changes it
		return append(get, on(doPass), on(doRemove), action{Kind: doReconcile, Then: drawThen.Draw(t, "then")})
	case 6: // AWS misbehaves at the start
		return append([]action{{Kind: doFault, Fault: faultOn("sso:CreateAccountAssignment", 3, "sso:*", 1).Draw(t, "fault")}}, get...)
	case 7: // and at the end
		return append(get, action{Kind: doFault, Fault: faultOn("sso:DeleteAccountAssignment", 3, "sso:*", 1).Draw(t, "fault")}, on(doEnd))
	case 8: // the process dies around it
		dies := action{Kind: doKill, Nth: drawPoint.Draw(t, "point"), Duration: drawDown.Draw(t, "down")}
		if dies.On = rapid.Bool().Draw(t, "changed"); dies.On {
			dies.Rules = drawRules.Draw(t, "rules")
		}
		return slices.Insert(get, len(get)-1, dies)
	case 9: // who voted first leaves before the second vote
		submit.Role, submit.Who = rapid.SampledFrom(roleNames[1:]).Draw(t, "steps"), alice
		first, second := bob, dana
		if submit.Role == "AdministratorAccess" {
			second = carol
		}
		if rapid.Bool().Draw(t, "the other first") {
			first, second = second, first
		}
		leaves := action{Kind: rapid.SampledFrom([]kind{doActive, doEnabled, doSRE}).Draw(t, "leaves"), Who: first, Then: 65 * time.Second}
		vote := func(who identity.SlackUserID) action {
			return action{Kind: doReview, Verdict: access.Approve, Who: who, Then: drawThen.Draw(t, "then")}
		}
		return []action{{Kind: doRules, Rules: rules{sre: 2, longest: 2 * time.Hour}}, submit, vote(first), leaves, vote(second)}
	case 10: // its rules change while it waits
		return slices.Insert(get, 1, action{Kind: doRules, Rules: drawRules.Draw(t, "rules"), Then: drawThen.Draw(t, "then")})
	case 11: // the clocks differ meanwhile
		return append(append([]action{{Kind: doSkew, On: true}}, get...), action{Kind: doPass, Then: 20 * time.Second}, action{Kind: doSkew})
	case 13: // an emergency, perhaps several, and the look back
		submit.Kind, submit.Role, submit.Duration = doEmergency, "AdministratorAccess", rapid.SampledFrom([]time.Duration{5 * time.Minute, emergencyMost, emergencyMost + 10*time.Minute}).Draw(t, "emergency")
		all := []action{submit, on(doEnd)}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			more := submit
			more.Account = drawAccount.Draw(t, "other account")
			all = append(all, more)
		}
		back := on(doDebrief)
		back.Who = often[identity.SlackUserID](dana, 4, carol, 2, submit.Who, 2).Draw(t, "looks back")
		back.Nth, back.On, back.Again = drawNth.Draw(t, "at"), rapid.Bool().Draw(t, "justified"), rapid.Bool().Draw(t, "twice")
		late := back
		late.Who, late.Nth = carol, 0
		return append(all, back, action{Kind: doPass, Then: drawThen.Draw(t, "later")}, late)
	case 14: // nobody decides it, so it goes to others too
		submit.Role = "AdministratorAccess"
		waits := rapid.SampledFrom([]time.Duration{escalatesAfter - 30*time.Second, escalatesAfter + 30*time.Second, escalatesAfter + 5*time.Minute}).Draw(t, "waits")
		other := approve
		other.Who = dana
		return []action{{Kind: doRules, Rules: rules{sre: rapid.IntRange(1, 2).Draw(t, "sre"), longest: 2 * time.Hour}}, submit, {Kind: doPass, Then: waits}, other, approve}
	default: // the person leaves
		gone := on(rapid.SampledFrom([]kind{doEnabled, doActive}).Draw(t, "gone"))
		return append(get, gone, action{Kind: doSync, Then: drawThen.Draw(t, "then")})
	}
})
