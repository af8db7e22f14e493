package suite

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"stint/access"
)

// A script drawn action by action seldom asks twice for the same, and seldom lets the
// right person press the right button. So scripts are made of phrases: a few actions
// about one key that are likely to meet.

// drawScript draws up to 25 actions.
var drawScript = rapid.Custom(func(t *rapid.T) []action {
	script := slices.Concat(rapid.SliceOfN(drawPhrase, 1, 12).Draw(t, "phrases")...)
	return script[:min(len(script), 25)]
})

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
	if submit.Role != "ReadOnly" && drawNth.Draw(t, "own press") == 1 { // who asks presses too
		get = slices.Insert(get, 1, action{Kind: doReview, Verdict: access.Approve, Who: submit.Who, Then: time.Second})
	}
	switch rapid.IntRange(0, 13).Draw(t, "phrase") {
	case 0, 1: // anything
		return []action{one()}
	case 2, 3: // something happens between asking and the decision
		return append(append([]action{submit, one()}, get[1:]...), on(doPass))
	case 4: // two that overlap
		return append(get, on(doPass), again, approve)
	case 5: // asked for again right after its end
		return append(get, on(doEnd), again)
	case 6: // somebody else gave it already, or gives it now
		return append([]action{on(doForeign)}, get...)
	case 7: // somebody else takes it away, or changes it
		return append(get, on(doPass), on(doRemove), action{Kind: doReconcile, Then: drawThen.Draw(t, "then")})
	case 8: // AWS misbehaves at the start
		return append([]action{{Kind: doFault, Fault: drawFault.Draw(t, "fault")}}, get...)
	case 9: // and at the end
		return append(get, action{Kind: doFault, Fault: drawFault.Draw(t, "fault")}, on(doEnd))
	case 10: // the process dies around it
		dies := action{Kind: doKill, Nth: drawPoint.Draw(t, "point"), Duration: drawDown.Draw(t, "down")}
		if dies.On = rapid.Bool().Draw(t, "changed"); dies.On {
			dies.Rules = drawRules.Draw(t, "rules")
		}
		return slices.Insert(get, len(get)-1, dies)
	case 11: // who voted first leaves before the second vote
		submit.Role, submit.Who = rapid.SampledFrom(roleNames[1:]).Draw(t, "steps"), alice
		first := action{Kind: doReview, Verdict: access.Approve, Who: bob, Then: 65 * time.Second}
		leaves := action{Kind: rapid.SampledFrom([]kind{doEnabled, doActive, doSRE}).Draw(t, "leaves"), Who: bob, Then: 65 * time.Second}
		second := action{Kind: doReview, Verdict: access.Approve, Who: dana, Then: drawThen.Draw(t, "then")}
		if submit.Role == "AdministratorAccess" {
			second.Who = carol
		}
		return []action{{Kind: doRules, Rules: rules{sre: 2, longest: 2 * time.Hour}}, submit, first, leaves, second}
	case 12: // its rules change while it waits
		return slices.Insert(get, 1, action{Kind: doRules, Rules: drawRules.Draw(t, "rules"), Then: drawThen.Draw(t, "then")})
	default: // the person leaves
		gone := on(rapid.SampledFrom([]kind{doEnabled, doActive}).Draw(t, "gone"))
		return append(get, gone, action{Kind: doSync, Then: drawThen.Draw(t, "then")})
	}
})
