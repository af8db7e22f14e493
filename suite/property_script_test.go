package suite

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// kind is what an action of a script does.
type kind string

const (
	doPass      kind = "pass"
	doSubmit    kind = "submit"
	doReview    kind = "review"
	doEmergency kind = "emergency" // asks for it at once
	doDebrief   kind = "debrief"   // says what was found about an emergency
	doCancel    kind = "cancel"
	doClaim     kind = "claim"    // or hands over
	doReply     kind = "reply"    // says something
	doDelegate  kind = "delegate" // lets somebody stand in, or ends that
	doEnd       kind = "end"
	doExtend    kind = "extend" // what a request gave, for longer
	doRules     kind = "rules"
	doSRE       kind = "sre"     // joins or leaves the group
	doActive    kind = "active"  // deactivated in Slack, or back
	doEnabled   kind = "enabled" // disabled in Identity Center, or back
	doSync      kind = "sync"    // reads the catalog
	doSlack     kind = "slack"   // away, or back
	doForeign   kind = "foreign" // an assignment added by somebody else
	doRemove    kind = "remove"  // an assignment removed by somebody else
	doFault     kind = "fault"   // AWS misbehaves
	doLate      kind = "late"    // the next create is lost and reaches AWS minutes later
	doHeal      kind = "heal"    // AWS is well again
	doLag       kind = "lag"     // of AWS's listings
	doSkew      kind = "skew"    // AWS's clock is five minutes behind ours, or right again
	doReconcile kind = "reconcile"
	doRestart   kind = "restart" // in good order
	doKill      kind = "kill"    // dies a few points later, comes back after a while
)

// action is one line of a script. Which fields count depends on the kind.
type action struct {
	Kind     kind
	Who      identity.SlackUserID
	To       identity.SlackUserID // of doClaim, doDelegate: who gets it
	Account  catalog.AccountID
	Role     string
	Duration time.Duration // asked for; of doLag, doLate, doRestart and doKill: how long
	Verdict  access.Verdict
	Nth      int // which request, counted back from the newest; of doKill: which point
	On       bool
	Again    bool // sent or pressed a second time
	Rules    rules
	Fault    awssim.Fault
	Then     time.Duration // passes afterwards
}

// String is the action as a failing script shows it.
func (a action) String() string {
	s := string(a.Kind)
	switch a.Kind {
	case doPass, doHeal, doSync, doReconcile:
	case doSubmit, doEmergency:
		s += fmt.Sprintf(" %s %s %s %s", nameOf(a.Who), a.Account[:1], a.Role, a.Duration)
	case doReview:
		s += fmt.Sprintf(" %s %s request -%d", nameOf(a.Who), a.Verdict, a.Nth)
		if a.On {
			s += " for less"
		}
	case doDebrief:
		s += fmt.Sprintf(" %s request -%d, justified %v", nameOf(a.Who), a.Nth, a.On)
	case doClaim, doReply, doDelegate:
		s += fmt.Sprintf(" %s to %q request -%d %v", nameOf(a.Who), nameOf(a.To), a.Nth, a.On)
	case doExtend:
		s += fmt.Sprintf(" by %s request -%d %s", nameOf(a.Who), a.Nth, a.Duration)
	case doCancel, doEnd:
		s += fmt.Sprintf(" by %s request -%d", nameOf(a.Who), a.Nth)
	case doRules:
		s += fmt.Sprintf(" %+v", a.Rules)
	case doSRE, doActive, doEnabled:
		s += fmt.Sprintf(" %s %v", nameOf(a.Who), a.On)
	case doSlack, doSkew:
		s += fmt.Sprintf(" %v", a.On)
	case doForeign, doRemove:
		s += fmt.Sprintf(" %s %s %s", nameOf(a.Who), a.Account[:1], a.Role)
	case doFault:
		s += fmt.Sprintf(" %s %s times %d after %d %s", a.Fault.Kind, a.Fault.Action, a.Fault.Times, a.Fault.After, a.Fault.Reason)
	case doLag, doLate, doRestart:
		s += " " + a.Duration.String()
	case doKill:
		s += fmt.Sprintf(" at point %d for %s", a.Nth, a.Duration)
		if a.On {
			s += fmt.Sprintf(", comes back with %+v", a.Rules)
		}
	}
	if a.Again {
		s += ", twice"
	}
	if a.Then > 0 {
		s += ", then " + a.Then.String()
	}
	return s
}

// GoString is what rapid shows.
func (a action) GoString() string { return a.String() }

// often repeats a value, so that it is drawn more often.
func often[T any](pairs ...any) *rapid.Generator[T] {
	var all []T
	for i := 0; i < len(pairs); i += 2 {
		for range pairs[i+1].(int) {
			all = append(all, pairs[i].(T))
		}
	}
	return rapid.SampledFrom(all)
}

// faultOn draws a fault of one of the actions.
func faultOn(actions ...any) *rapid.Generator[awssim.Fault] {
	return rapid.Custom(func(t *rapid.T) awssim.Fault {
		f := awssim.Fault{
			Action: often[string](actions...).Draw(t, "action"),
			Times:  often[int](1, 4, 3, 2, 0, 2).Draw(t, "times"), // 0: until AWS is well again
			After:  often[int](0, 4, 1, 1).Draw(t, "after"),
		}
		kinds := []awssim.FaultKind{
			awssim.FaultServerError, awssim.FaultDropAfter, awssim.FaultThrottle, awssim.FaultDropBefore, awssim.FaultConflict,
			awssim.FaultGarbled, awssim.FaultUnavailable, awssim.FaultExpiredToken, awssim.FaultAccessDenied, awssim.FaultAccessDenied,
		}
		create := f.Action == "sso:CreateAccountAssignment"
		if create || f.Action == "sso:DeleteAccountAssignment" { // what happens to operations
			kinds = append(kinds, awssim.FaultAccessDenied, awssim.FaultFailed, awssim.FaultFailed, awssim.FaultFailed, awssim.FaultStuck,
				awssim.FaultStuck, awssim.FaultHangBefore, awssim.FaultHangAfter, awssim.FaultFailedAfterEffect)
		}
		f.Kind = rapid.SampledFrom(kinds).Draw(t, "kind")
		reasons := []string{awssim.ReasonInternal, awssim.ReasonDenied}
		if create && f.Kind == awssim.FaultFailed { // of a delete, a 404 for what is there would be a lie
			reasons = append(reasons, awssim.ReasonNotFound)
		}
		if f.Kind == awssim.FaultFailed || f.Kind == awssim.FaultFailedAfterEffect {
			f.Reason = rapid.SampledFrom(reasons).Draw(t, "reason")
		}
		return f
	})
}

var (
	drawWho     = often[identity.SlackUserID](alice, 5, bob, 3, carol, 1, dana, 1)
	drawVoter   = often[identity.SlackUserID](bob, 4, carol, 3, dana, 3, alice, 1)
	drawAccount = often[catalog.AccountID](prod, 6, staging, 3, management, 1)
	drawRole    = often[string]("ReadOnly", 5, "AdministratorAccess", 4, "PowerUserAccess", 2)
	drawLength  = often[time.Duration](10*time.Minute, 3, 5*time.Minute, 3, 30*time.Minute, 1, 40*time.Minute, 1)
	drawThen    = often[time.Duration](5*time.Second, 5, time.Duration(0), 2, time.Second, 2, 20*time.Second, 3, 65*time.Second, 3, 5*time.Minute, 2, 13*time.Minute, 1, 35*time.Minute, 1)
	drawDown    = often[time.Duration](10*time.Second, 3, time.Second, 2, 7*time.Minute, 1, 40*time.Minute, 1)
	drawRules   = rapid.Custom(func(t *rapid.T) rules {
		return rules{
			closed: rapid.Bool().Draw(t, "closed"), sre: rapid.IntRange(1, 2).Draw(t, "sre"),
			longest: rapid.SampledFrom([]time.Duration{2 * time.Hour, 30 * time.Minute, 5 * time.Minute}).Draw(t, "longest"),
		}
	})
	drawFault  = faultOn("sso:CreateAccountAssignment", 4, "sso:DeleteAccountAssignment", 4, "sso:ListAccountAssignments", 2, "sso:*", 1, "*", 1)
	drawAction = rapid.Custom(func(t *rapid.T) action {
		a := action{
			Kind: often[kind](doSubmit, 8, doReview, 8, doPass, 4, doEnd, 3, doExtend, 4, doEmergency, 4, doDebrief, 2, doCancel, 1, doClaim, 1, doReply, 1, doDelegate, 2, doRules, 3, doSRE, 2, doActive, 2, doEnabled, 2, doSync, 1,
				doSlack, 2, doForeign, 3, doRemove, 2, doFault, 6, doHeal, 2, doLate, 1, doLag, 2, doSkew, 1, doReconcile, 1, doRestart, 1, doKill, 4).Draw(t, "kind"),
		}
		switch a.Kind {
		case doPass, doHeal, doSync, doReconcile:
		case doSubmit, doEmergency:
			a.Who, a.Account, a.Role = drawWho.Draw(t, "who"), drawAccount.Draw(t, "account"), drawRole.Draw(t, "role")
			if a.Kind == doEmergency { // of the others no rule has one
				a.Role = often[string]("AdministratorAccess", 8, "ReadOnly", 1, "PowerUserAccess", 1).Draw(t, "of")
			}
			a.Duration, a.Again = drawLength.Draw(t, "duration"), rapid.Bool().Draw(t, "again")
		case doReview:
			a.Who, a.Verdict = drawVoter.Draw(t, "who"), often[access.Verdict](access.Approve, 8, access.Deny, 1).Draw(t, "verdict")
			a.Nth, a.Again = drawNth.Draw(t, "request"), rapid.Bool().Draw(t, "again")
			a.On = often[bool](false, 3, true, 1).Draw(t, "less")
		case doDebrief:
			a.Who, a.Nth, a.Again = often[identity.SlackUserID](dana, 4, carol, 2, alice, 1, bob, 1).Draw(t, "who"), drawNth.Draw(t, "request"), rapid.Bool().Draw(t, "again")
			a.On = rapid.Bool().Draw(t, "justified")
		case doClaim, doReply, doDelegate:
			a.Who, a.To, a.Nth = drawVoter.Draw(t, "who"), drawVoter.Draw(t, "to"), drawNth.Draw(t, "request")
			a.On = often[bool](true, 3, false, 1).Draw(t, "on")
		case doExtend:
			a.Who, a.Nth, a.Again = drawWho.Draw(t, "who"), drawNth.Draw(t, "request"), rapid.Bool().Draw(t, "again")
			a.Duration = drawLength.Draw(t, "duration")
		case doCancel, doEnd:
			a.Who, a.Nth, a.Again = drawWho.Draw(t, "who"), drawNth.Draw(t, "request"), rapid.Bool().Draw(t, "again")
		case doRules:
			a.Rules = drawRules.Draw(t, "rules")
		case doSRE, doActive, doEnabled:
			a.Who, a.On = drawVoter.Draw(t, "who"), often[bool](false, 3, true, 1).Draw(t, "on")
		case doSlack, doSkew:
			a.On = rapid.Bool().Draw(t, "on")
		case doForeign, doRemove:
			a.Who, a.Account, a.Role = drawWho.Draw(t, "who"), drawAccount.Draw(t, "account"), drawRole.Draw(t, "role")
		case doFault:
			a.Fault = drawFault.Draw(t, "fault")
		case doLag:
			a.Duration = rapid.SampledFrom([]time.Duration{50 * time.Second, 20 * time.Second, 0}).Draw(t, "lag")
		case doLate:
			a.Duration = rapid.SampledFrom([]time.Duration{20 * time.Second, 4 * time.Minute, 8 * time.Minute}).Draw(t, "late")
		case doRestart:
			a.Duration = drawDown.Draw(t, "down")
		case doKill:
			a.Nth, a.Duration = drawPoint.Draw(t, "point"), drawDown.Draw(t, "down")
			if a.On = often[bool](false, 2, true, 1).Draw(t, "changed"); a.On {
				a.Rules = drawRules.Draw(t, "rules")
			}
		}
		a.Then = drawThen.Draw(t, "then")
		return a
	})
	drawNth   = often[int](0, 6, 1, 2, 2, 1, 5, 1)
	drawPoint = often[int](1, 2, 2, 6, 3, 2, 4, 2, 5, 1, 6, 2, 7, 1, 8, 2, 10, 1, 14, 1, 20, 1, 30, 1)
)
