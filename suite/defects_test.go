package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// edit replaces text in a file of the module, once.
type edit struct{ file, old, new string }

// defect is a mistake that somebody could make, and the tests that must notice it.
type defect struct {
	name  string
	edits []edit
	tests string // of this package unless pkg says otherwise
	pkg   string
	full  bool // only every crash point finds it for sure
}

// defects are put into the build one at a time. Each is small, compiles, and breaks one
// promise; a suite that stays green with one of them in proves nothing.
var defects = []defect{
	{
		name:  "intent not stored before the create",
		edits: []edit{{"access/assign.go", `return b.putAssignment(&a, "creating", "")`, `return nil`}},
		tests: "TestAutomatic|TestCrash",
	},
	{
		name:  "an extension not bounded by today's policy",
		edits: []edit{{"access/extend.go", "if most := since.Add(today.MaxContinuous); most.Before(g.End) {", "if most := since.Add(today.MaxContinuous); most.IsZero() {"}},
		tests: "TestExtensionUnderAnotherPolicy",
	},
	{
		name:  "an extension beyond what the rule allows without a break",
		edits: []edit{{"access/extend.go", "end := old.End.Add(duration)\n\tif most := since.Add(r.Terms.MaxContinuous); most.Before(end) {", "end := old.End.Add(duration)\n\tif most := since.Add(r.Terms.MaxContinuous); most.IsZero() {"}, {"access/extend.go", "if most := since.Add(today.MaxContinuous); most.Before(g.End) {", "if most := since.Add(today.MaxContinuous); most.IsZero() {"}, {"access/extend.go", "if in.Duration > left {", "if in.Duration > left && false {"}},
		tests: "TestCoverIsBounded",
	},
	{
		name:  "a ticket is not asked about",
		edits: []edit{{"access/ticket.go", "t == nil || !t.Check || r.Ticket == \"\" {", "t == nil || t.Check || r.Ticket == \"\" {"}},
		tests: "TestTicket",
	},
	{
		name:  "a claim keeps others from deciding",
		edits: []edit{{"access/review.go", "\tas, err := s.standsFor(b, v, r, today, actor)\n", "\tif r.Claim != nil && r.Claim.By.Person != actor.Person {\n\t\treturn fault.New(fault.Forbidden, op, \"claimed\", \"\")\n\t}\n\tas, err := s.standsFor(b, v, r, today, actor)\n"}},
		tests: "TestClaimAndHandOver", pkg: "./access",
	},
	{
		name:  "reminders ask those who voted",
		edits: []edit{{"access/standin.go", "people := s.helpful(p, f, r)", "people := p.Approvers(f, r.terms(), r.Asker.Person, r.Receiver.Person)"}},
		tests: "TestReminderAsks",
	},
	{
		name:  "denying one of a form denies the rest",
		edits: []edit{{"access/review.go", "\t\treturn b.decideRequest(&r, Denied, actor, in.Comment)\n", "\t\tfor _, id := range r.Tied {\n\t\t\to, err := b.Request(id)\n\t\t\tif err != nil {\n\t\t\t\treturn err\n\t\t\t}\n\t\t\tif o.ID != r.ID && o.State == Pending {\n\t\t\t\to.Reviews = append(o.Reviews, review)\n\t\t\t\tif err := b.decideRequest(&o, Denied, actor, in.Comment); err != nil {\n\t\t\t\t\treturn err\n\t\t\t\t}\n\t\t\t}\n\t\t}\n\t\treturn b.decideRequest(&r, Denied, actor, in.Comment)\n"}},
		tests: "TestTiedRequestsShare",
	},
	{
		name:  "End now leaves what would prolong it",
		edits: []edit{{"access/grant.go", "return b.withdrawExtension(key, actor)", "return nil"}},
		tests: "TestExtensionIsRefused",
	},
	{
		name:  "emergencies not counted",
		edits: []edit{{"access/emergency.go", "return used.refuse(r.Terms)", "_ = used\n\treturn nil"}},
		tests: "TestEmergencies",
	},
	{
		name:  "an emergency for as long as anything else",
		edits: []edit{{"access/policy/emergency.go", "MaxDuration: most, MaxContinuous: most,", "MaxDuration: r.terms.MaxDuration, MaxContinuous: most,"}},
		tests: "TestEmergencyIsGiven",
	},
	{
		name:  "access at once that nobody asked for as an emergency",
		edits: []edit{{"access/check.go", "if r.Terms.Emergency {", "if r.Terms.Emergency || len(r.Terms.Steps) > 1 {"}},
		tests: "TestRequesterNeverCounts|TestEarlierVotes",
	},
	{
		name:  "an emergency that nobody looks back at",
		edits: []edit{{"access/review.go", "if err := b.openDebrief(r); err != nil {", "if err := error(nil); err != nil {"}},
		tests: "TestDebrief",
	},
	{
		name:  "a look back is over once it is overdue",
		edits: []edit{{"access/debrief.go", "d.OverdueAt, d.RemindAt = b.now, time.Time{}", "d.OverdueAt, d.RemindAt, d.ClosedAt = b.now, time.Time{}, b.now"}},
		tests: "TestDebriefOverdue",
	},
	{
		name:  "who decided first decides no more once it escalates",
		edits: []edit{{"access/policy/escalation.go", "steps[i] = Step{From: slices.Clone(s.From), Count: s.Count}", "steps[i] = Step{Count: s.Count}"}},
		tests: "TestRequestEscalates", pkg: "./access",
	},
	{
		name:  "old facts enough without an emergency",
		edits: []edit{{"access/emergency.go", "\tif emergency {", "\tif true {"}},
		tests: "TestEmergencyWithoutSlack",
	},
	{
		name:  "who asked looks back at it",
		edits: []edit{{"access/debrief.go", "if actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person {", "if false {"}},
		tests: "TestNobodyLooksBackAtTheirOwn",
	},
	{
		name:  "earlier votes not checked again",
		edits: []edit{{"access/review.go", "people = append(people, old.By)", "_ = old"}},
		tests: "TestEarlierVotes",
	},
	{
		name: "the requester counts",
		edits: []edit{
			{"access/review.go", "actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person", "false"},
			{"access/review.go", "votes(r, v.refused), r.Asker.Person, r.Receiver.Person)", "votes(r, v.refused))"},
		},
		tests: "TestRequesterNeverCounts",
	},
	{
		name: "look skipped",
		edits: []edit{
			{"access/assign.go", "found, err := w.look(ctx, key)", "found, err := false, error(nil)"},
			{"access/assign.go", "a.State != Absent || b.now.Sub(a.LookedAt) > lookAge", "a.State != Absent"},
		},
		tests: "TestForeign",
	},
	{
		name:  "what the look found is ignored",
		edits: []edit{{"access/assign.go", "a.Foreign = o.Found; !a.Foreign", "a.Foreign = false; !a.Foreign"}},
		tests: "TestForeign",
	},
	{
		name:  "end not moved when AWS confirms",
		edits: []edit{{"access/grant.go", "end.Before(g.End) {\n\t\t\tg.End = end", "end.Before(g.End) {\n\t\t\t_ = end"}},
		tests: "TestAutomatic",
	},
	{
		name:  "end not acted upon",
		edits: []edit{{"access/grant.go", "case late || !now.Before(g.End):", "case late:"}, {"access/grant.go", "case !b.now.Before(g.End):", "case false:"}},
		tests: "TestEndNow|TestAutomatic|TestReconcile",
	},
	{
		name:  "404 on a delete taken for failure",
		edits: []edit{{"access/revoke.go", "if class == ClassGone {", "if false {"}},
		tests: "TestRemovedOutside",
	},
	{
		name:  "refused delete taken for success",
		edits: []edit{{"access/revoke.go", "if class == ClassGone {", "if class == ClassGone || class == ClassRefused {"}},
		tests: "TestRefusedDelete",
	},
	{
		name:  "FAILED taken for success",
		edits: []edit{{"access/revoke.go", "if op.Status == Succeeded {", "if op.Status != InProgress {"}},
		tests: "TestDeleteThatFails",
	},
	{
		name:  "delete given up after a failure",
		edits: []edit{{"access/revoke.go", "a.NextAt = b.now.Add(backoff(a.Attempts))\n\t\ta.LastError = failure.Error()", "a.LastError = failure.Error()\n\t\ta.State, a.NextAt = Absent, time.Time{}"}},
		tests: "TestRefusedDelete|TestDeleteThatFails|TestAWSGone",
	},
	{
		name: "notices stored after the transaction",
		edits: []edit{
			{"access/book.go", "return b.PutNotice(n)", "b.after = append(b.after, n)\n\treturn nil"},
			{"access/book.go", "lines    []AuditEvent //", "after []Notice\n\tlines []AuditEvent //"},
			{"access/service.go", "err := s.Store.Update(ctx, func(tx Tx) error {\n\t\tb := &book{", "var after []Notice\n\terr := s.Store.Update(ctx, func(tx Tx) error {\n\t\tb := &book{"},
			{"access/service.go", "return writeTime(tx, metaClock, b.now)\n\t})", "after = b.after\n\t\treturn writeTime(tx, metaClock, b.now)\n\t})\n\tif err == nil && len(after) > 0 {\n\t\terr = s.Store.Update(ctx, func(tx Tx) error {\n\t\t\tfor _, n := range after {\n\t\t\t\tif err := tx.PutNotice(n); err != nil {\n\t\t\t\t\treturn err\n\t\t\t\t}\n\t\t\t}\n\t\t\treturn nil\n\t\t})\n\t}"},
		},
		tests: "TestCrash", full: true,
	},
	{
		name: "deny skipped at the start",
		edits: []edit{
			{"access/grant.go", "return d, said(err), nil", "return d, \"\", nil"},
			{"access/assign.go", "if d.Outcome != policy.Denied {", "if true {"},
			{"access/load.go", "d.Outcome == policy.Denied &&", "false &&"},
		},
		tests: "TestDenyBetween",
	},
	{
		name:  "deny skipped at the review",
		edits: []edit{{"access/review.go", "if gone != nil {\n\t\treturn b.decide", "if gone != nil && false {\n\t\treturn b.decide"}, {"access/submit.go", "if d.Outcome != policy.Allowed {\n\t\treturn d, notAllowed(d, RoleIn(", "if d.Outcome != policy.Allowed && q.Receiver == \"\" {\n\t\treturn d, notAllowed(d, RoleIn("}},
		tests: "TestDenyHolds",
	},
	{
		name:  "delete sent although a newer grant wants it",
		edits: []edit{{"access/grant.go", "case g.End.After(until):", "case g.End.After(until) && len(grants) == 1:"}, {"access/grant.go", "default:\n\t\t\twanted = true", "default:\n\t\t\twanted = len(grants) == 1"}, {"access/revoke.go", "if err == nil && !until.IsZero() {", "if err == nil && !until.IsZero() && false {"}},
		tests: "TestOverlapping",
	},
	{
		name:  "lost create believed gone at the first 404",
		edits: []edit{{"access/revoke.go", "if a.Unsettled && a.LateLooks < len(lateLooks) {\n\t\t\ta.NextAt", "if false {\n\t\t\ta.NextAt"}},
		tests: "TestCreateThatLands",
	},
	{
		name:  "term not compared",
		edits: []edit{{"access/service.go", "if term != ours {", "if false {"}},
		tests: "TestOldLeader",
	},
	{
		name:  "skew ignored",
		edits: []edit{{"access/assign.go", "skew > maxSkew || skew < -maxSkew", "false"}},
		tests: "TestSkewed",
	},
	{
		name:  "form key ignored",
		edits: []edit{{"access/submit.go", "if err == nil {\n\t\t\tfirst = old\n\t\t\treturn nil\n\t\t}", "if err == nil {\n\t\t\tin.FormKey += \"+\" + string(old.ID)\n\t\t\terr = fault.New(fault.NotFound, \"\", \"\", \"\")\n\t\t}"}, {"access/submit.go", "if err := refuseTwice(b, actor, receiver, in); err != nil {", "if err := refuseTwice(b, actor, receiver, in); err != nil && false {"}},
		tests: "TestSameForm",
	},
	{
		name:  "listings believed right after our own delete",
		edits: []edit{{"access/assign.go", "!a.GoneAt.IsZero() && w.s.Now().Before(ban)", "false && w.s.Now().Before(ban)"}},
		tests: "TestAskedAgain",
	},
	{
		name:  "one look believed",
		edits: []edit{{"access/assign.go", "case a.MissingAt.IsZero():", "case false:"}, {"access/assign.go", "case o.At.Sub(a.MissingAt) < listingLag:", "case false:"}},
		tests: "TestReconcile",
	},
	{
		name:  "granted before the live check",
		edits: []edit{{"access/review.go", "if r.CheckedAt.IsZero() {\n\t\treturn false", "if false {\n\t\treturn false"}, {"access/submit.go", "SubmittedAt: b.now, CheckAt: b.now,", "SubmittedAt: b.now, CheckAt: b.now, CheckedAt: b.now,"}},
		tests: "TestUnchecked|TestAutomatic",
	},
	{
		name:  "half-done work not healed at the start",
		edits: []edit{{"access/reconcile.go", "a.NextAt = b.now\n\t\t\tif err := b.putAssignment(&a, \"healing\", \"\"); err != nil {\n\t\t\t\treturn err\n\t\t\t}", "_ = a"}},
		tests: "TestCrash", full: true,
	},
	{
		name:  "audit line left out",
		edits: []edit{{"access/book.go", `return b.audit("grant."+action, actor, "grant/"+string(g.ID), g, note)`, `return nil`}},
		tests: "TestAutomatic",
	},
	{
		name:  "clock that is set back prolongs",
		edits: []edit{{"access/timekeeper.go", "judged := t.mark.Add(elapsed)", "judged := now.Round(0)"}},
		tests: "TestTimekeeper", pkg: "./access",
	},
	{
		name:  "approval not checked at the start",
		edits: []edit{{"access/grant.go", "r.Receiver.Person); !done {", "r.Receiver.Person); !done && false {"}},
		tests: "TestTheWorldChanges",
	},
	{
		name:  "removal waits for the store",
		edits: []edit{{"access/run.go", "\tgroup.Go(func() { s.remember(ctx) })\n", ""}},
		tests: "TestStoreAway",
	},
	{
		name:  "lease outlives a cut",
		edits: []edit{{"access/lease.go", "age < leadFor", "age < 10*leadFor"}},
		tests: "TestLeaderThatIsCutOff",
	},
	{
		name:  "late create of a former leader forgotten",
		edits: []edit{{"access/reconcile.go", "a.Unsettled = true // until its looks after the end", "_ = a"}, {"access/reconcile.go", "a.Operation == \"\" {\n\t\t\t\ta.Unsettled = true", "a.Operation == \"\" {\n\t\t\t\t_ = a"}},
		tests: "TestCreateOfAFormerLeader",
	},
	{
		name:  "off-boarded people keep their access",
		edits: []edit{{"access/identity/left.go", "case disabled:", "case disabled && !known:"}},
		tests: "TestOffboarded|TestWhoLeaves",
	},
	{
		name:  "nobody looks at who left before the next sync",
		edits: []edit{{"access/run.go", "s.watchPeople(ctx)", "_ = s"}},
		tests: "TestWhoLeaves",
	},
	{
		name:  "a source that is away means that people left",
		edits: []edit{{"access/identity/left.go", "case asOf.IsZero() || asOf.Before(since):\n\t\treturn StillHere", "case d.centerPulse.get().Err != nil || asOf.IsZero() || asOf.Before(since):\n\t\treturn GoneFromCenter"}},
		tests: "TestSourceAway",
	},
	{
		name:  "a wave of departures ends everything",
		edits: []edit{{"access/wave.go", "lately > massEnd", "lately < 0"}, {"access/wave.go", "live+fresh > massEnd", "live > massEnd"}},
		tests: "TestManyWhoLeave|TestWaveByEvents",
	},
	{
		name:  "granted by a policy that is replaced already",
		edits: []edit{{"access/inforce.go", "stored == w.policy.Version() {", "true {"}},
		tests: "TestNothingIsGranted", pkg: "./access",
	},
	{
		name:  "the author approves the own change",
		edits: []edit{{"access/proposal.go", "case r.Author.Person == who.Person && approve:", "case false:"}, {"access/proposal.go", "case r.Author.Person == who.Person:", "case r.Author.Person == who.Person && !approve:"}},
		tests: "TestAnotherAdminApproves", pkg: "./access",
	},
	{
		name:  "the second admin switched off by the change itself",
		edits: []edit{{"access/apply.go", "if !now.Spec.Settings.SecondAdmin {", "if !d.Spec.Settings.SecondAdmin || now.Spec.Settings.SecondAdmin && false {"}},
		tests: "TestAnotherAdminApproves", pkg: "./access",
	},
	{
		name:  "a change applied over somebody else's",
		edits: []edit{{"access/apply.go", "if r.Base == now.ID {", "if true {"}},
		tests: "TestOfTwo|TestOthersChanges|TestStale", pkg: "./access",
	},
	{
		name:  "the last admin removed",
		edits: []edit{{"access/apply.go", "case len(admins) == 0:", "case false:"}},
		tests: "TestNobodyIsLockedOut|TestTheLastAdmin", pkg: "./access",
	},
	{
		name:  "a policy in force beside another",
		edits: []edit{{"access/enact.go", "old.State, old.EndedAt = Replaced, b.now", "old.EndedAt = b.now"}},
		tests: "TestApplyPuts", pkg: "./access",
	},
	{
		name:  "pause not read before the intent",
		edits: []edit{{"access/assign.go", "if held, err = b.holdCreate(&a); held || err != nil {", "if false {"}},
		tests: "TestPauseBetween",
	},
	{
		name:  "pause not read before the call",
		edits: []edit{{"access/assign.go", `return (&book{Tx: tx, now: now}).held("access.mayCreate")`, "return nil"}},
		tests: "TestPauseBetween",
	},
	{
		name:  "vote counted during a pause",
		edits: []edit{{"access/review.go", "if err := b.held(op); err != nil {", "if err := b.held(op); err != nil && false {"}},
		tests: "TestPauseHolds",
	},
	{
		name:  "pause forgotten at a restart",
		edits: []edit{{"access/service.go", "s.pause.now.Store(paused)", "_ = paused"}},
		tests: "TestPauseSurvives",
	},
	{
		name:  "mass end not taken up after a restart",
		edits: []edit{{"access/end_run.go", "err := s.carryOutNext(ctx)", "select {\n\t\tcase <-ctx.Done():\n\t\t\treturn\n\t\tcase <-s.ender:\n\t\t}\n\t\terr := s.carryOutNext(ctx)"}},
		tests: "TestEndAllCompletes",
	},
	{
		name:  "end order not stored first",
		edits: []edit{{"access/end_order.go", "\terr := s.update(ctx, func(b *book) error {\n\t\torders, err := readOrders(b)", "\terr := s.update(ctx, func(b *book) error {\n\t\tfirst, err := in.grants(b)\n\t\tif err != nil || len(first) == 0 {\n\t\t\treturn err\n\t\t}\n\t\treturn b.endGrant(&first[0], EndEarly, o.By, s.orderNote(o))\n\t})\n\tif err != nil {\n\t\treturn EndOrderView{}, err\n\t}\n\terr = s.update(ctx, func(b *book) error {\n\t\torders, err := readOrders(b)"}},
		tests: "TestEndAllEnds|TestEndAllCompletes",
	},
	{
		name:  "vote that races a mass end",
		edits: []edit{{"access/end_scope.go", "!in.before(g.Request)", "!in.before(RequestID(g.ID))"}},
		tests: "TestVoteRaces",
	},
	{
		name:  "pair that was taken away stays in mind",
		edits: []edit{{"access/identity/directory.go", "clear(d.pins)\n\tclear(d.pinOf)", "_ = d"}},
		tests: "TestReloadForgets", pkg: "./access/identity",
	},
	{
		name:  "admin links themself",
		edits: []edit{{"access/people.go", "if slack == actor.Slack {", "if false {"}},
		tests: "TestWhoLinks",
	},
	{
		name:  "reminder repeated for what a stopped process missed",
		edits: []edit{{"access/reminders.go", "r.RemindAt = b.now.Add(", "r.RemindAt = r.RemindAt.Add("}},
		tests: "TestReminders",
	},
	{
		name:  "end told although other access lasts longer",
		edits: []edit{{"access/reminders.go", "until.After(g.End)", "until.IsZero()"}},
		tests: "TestHolder",
	},
	{
		name:  "delegate decides what they asked for",
		edits: []edit{{"access/review.go", "actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person", "false"}},
		tests: "TestDelegateIsNoWay", pkg: "./access",
	},
	{
		name:  "approver lends their word for what they asked for",
		edits: []edit{{"access/standin.go", "gone || a.Person == r.Asker.Person || a.Person == r.Receiver.Person || r.votedAs", "gone || r.votedAs"}, {"access/review.go", "done, _ := p.Complete(v.facts, r.terms(), t, votes(r, v.refused), r.Asker.Person, r.Receiver.Person)", "done, _ := p.Complete(v.facts, r.terms(), t, votes(r, v.refused))"}},
		tests: "TestDelegateIsNoWay|TestDelegatorWhoReceives", pkg: "./access",
	},
	{
		name:  "delegation that ended counts",
		edits: []edit{{"access/delegate.go", "return d.EndedAt.IsZero() && now.Before(d.Until)", "return d.EndedAt.IsZero()"}},
		tests: "TestEndedDelegation", pkg: "./access",
	},
	{
		name:  "delegate is two people",
		edits: []edit{{"access/review.go", "if old.By.Person == actor.Person && old.Verdict == v {", "if old.By.Person == actor.Person && old.For.Person == \"\" && old.Verdict == v {"}},
		tests: "TestOnePersonIsOneVote", pkg: "./access",
	},
	{
		name:  "others decide before it escalates",
		edits: []edit{{"access/escalate.go", "if r.EscalatedAt.IsZero() {\n\t\treturn t", "if false {\n\t\treturn t"}},
		tests: "TestRequestEscalates", pkg: "./access",
	},
	{
		name:  "it escalates during a pause",
		edits: []edit{{"access/escalate.go", "if p != nil {", "if p != nil && false {"}},
		tests: "TestEscalationWaits", pkg: "./access",
	},
	{
		name:  "escalation without its timer",
		edits: []edit{{"access/ports.go", "[]time.Time{r.RemindAt, r.EscalateAt}", "[]time.Time{r.RemindAt}"}, {"access/reminders.go", "r.RemindAt = at\n", "_ = at\n"}},
		tests: "TestRequestEscalates", pkg: "./access",
	},
	{
		name:  "one of several that fails keeps the others back",
		edits: []edit{{"access/batch.go", "if fault.Is(err, fault.Invalid) {", "if err != nil {"}},
		tests: "TestReviewAll", pkg: "./access",
	},
	{
		name:  "claimed by who cannot decide",
		edits: []edit{{"access/claiming.go", "case !among(can, actor.Person):", "case !among(can, actor.Person) && false:"}},
		tests: "TestClaimAndHandOver", pkg: "./access",
	},
	{
		name:  "replies without end",
		edits: []edit{{"access/reply.go", "case lately >= replyBurst:", "case false:"}},
		tests: "TestReplies", pkg: "./access",
	},
	{
		name:  "the first scan is no baseline",
		edits: []edit{{"access/drift_compare.go", "if !m.state.BaselineAt.IsZero() {", "if true {"}},
		tests: "TestDriftBaseline",
	},
	{
		name:  "who was in a group before is taken for news",
		edits: []edit{{"access/drift_compare.go", "if has(m.expected, r) || has(known, r) || m.first(r) {", "if has(m.expected, r) || has(known, r) {"}},
		tests: "TestDriftOfMemberships",
	},
	{
		name:  "a membership of ours is taken for somebody else's",
		edits: []edit{{"access/drift_compare.go", "Person: k.Person, Group: k.Group}", "Person: k.Person}"}},
		tests: "TestDriftOfMemberships",
	},
	{
		name:  "a group that AWS does not show counts as empty",
		edits: []edit{{"access/drift_members.go", "if refused {", "if false {"}},
		tests: "TestDriftOfMembershipsInANewGroup",
	},
	{
		name:  "what was expected excuses whoever gives it anew",
		edits: []edit{{"access/drift_again.go", "gone = append(gone, id)", "gone = append(gone, id)[:0]"}},
		tests: "TestEventOfWhatWasExpected",
	},
	{
		name:  "a snooze hides what is given again",
		edits: []edit{{"access/drift_again.go", "f.Snoozed, f.Untold = nil, true", "f.Untold = true"}},
		tests: "TestEventOfWhatIsGivenAgain",
	},
	{
		name:  "many are decided unseen",
		edits: []edit{{"access/drift_many.go", "case !sc.Before.IsZero() && (f", "case false && (f"}},
		tests: "TestDriftOfManyAtOnce",
	},
	{
		name:  "what many planned waits for a word that nobody is asked for",
		edits: []edit{{"access/wave.go", "case f.person != \"\": // what", "case f.person != \"\" && f.live: // what"}},
		tests: "TestWhatManyPlannedWaits",
	},
	{
		name:  "somebody is refused by facts that grew old",
		edits: []edit{{"access/identity/resolve.go", "if refuseUser(facts, h) != nil {\n", "if false {\n"}},
		tests: "TestResolveAsksBeforeItRefuses", pkg: "./access/identity",
	},
	{
		name:  "a scan begins anew after a crash",
		edits: []edit{{"access/drift_scan.go", "from := d.Scan\n", "from := catalog.Scan{}\n"}},
		tests: "TestDriftScanGoesOn",
	},
	{
		name:  "what was granted meanwhile is removed as foreign",
		edits: []edit{{"access/drift_remove.go", "if record.State != Absent {\n\t\treturn fault.New", "if record.State != Absent && false {\n\t\treturn fault.New"}, {"access/drift_remove.go", "if err == nil && len(grants) > 0 {", "if err == nil && len(grants) > 0 && false {"}},
		tests: "TestDriftNeverRemovesOurs",
	},
	{
		name:  "one account without a reader role stops the others",
		edits: []edit{{"awsconn/iamroles.go", "insideSTS(f) && f.code == \"AccessDenied\" && !ownRole(err)", "insideSTS(f) && f.code == \"\""}},
		tests: "TestIAMRoles",
	},
	{
		name:  "our own role refused told as every account's problem",
		edits: []edit{{"awsconn/iamroles.go", "return taken > 1", "return false"}},
		tests: "TestIAMRoles",
	},
	{
		name:  "an anchor is made before its intent is stored",
		edits: []edit{{"access/anchor.go", "wanted, err := s.intendAnchor(ctx, e)\n", "wanted, err := s.toAnchor(ctx, e)\n"}, {"access/anchor_store.go", "if a == nil || !a.Pending {\n\t\t\treturn \"\", \"\", nil\n\t\t}\n\t\ta.Pending, a", "if a == nil {\n\t\t\t*all = append(*all, anchored{Entitlement: e, By: s.Anchor.Group})\n\t\t\ta = &(*all)[len(*all)-1]\n\t\t}\n\t\ta.Pending, a"}},
		tests: "TestCrashWhileAnchoring",
	},
	{
		name:  "a role is anchored although somebody is in the group",
		edits: []edit{{"access/anchor.go", "return problem == \"\"", "return true"}},
		tests: "TestAnchorThatIsNotEmpty",
	},
	{
		name:  "our own calls taken for somebody else's",
		edits: []edit{{"access/drift_hint.go", "if h.Ours || s.anchors", "if s.anchors"}},
		tests: "TestEventContests",
	},
}

// TestNamedDefects puts each defect into the build with an overlay and expects a failure.
func TestNamedDefects(t *testing.T) {
	t.Parallel()
	if os.Getenv("STINT_DEFECT") != "" {
		return // this is the inner run: it tests a defect, not the defects
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defects {
		t.Run(strings.ReplaceAll(d.name, " ", "-"), func(t *testing.T) {
			overlay := d.overlay(t, root)
			if !full() {
				return // that each still fits the code is checked always; what it breaks, in the long suite
			}
			if out, caught := d.run(t, root, overlay); !caught {
				t.Errorf("no test noticed:\n%s", out)
			}
		})
	}
}

// overlay writes the changed files and the file that tells go build of them. It fails when
// the code moved on and the defect no longer fits it.
func (d defect) overlay(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	changed := map[string]string{}
	for _, e := range d.edits {
		path := filepath.Join(root, filepath.FromSlash(e.file))
		text := changed[path]
		if text == "" {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = string(raw)
		}
		if strings.Count(text, e.old) != 1 {
			t.Fatalf("%s holds %d times %q: mend the defect", e.file, strings.Count(text, e.old), e.old)
		}
		changed[path] = strings.Replace(text, e.old, e.new, 1)
	}
	replace := map[string]string{}
	for path, text := range changed {
		to := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = to
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// run builds and tests with the defect in. caught is true when a test failed, and false
// when all passed or the defect did not even compile.
func (d defect) run(t *testing.T, root, overlay string) (out string, caught bool) {
	t.Helper()
	pkg := d.pkg
	if pkg == "" {
		pkg = "./suite"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count=1", "-failfast", "-timeout=4m", "-run", d.tests, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "STINT_DEFECT=1")
	if !d.full {
		cmd.Env = append(cmd.Env, "STINT_FULL=")
	}
	var buf bytes.Buffer
	cmd.Stdout, cmd.Stderr = &buf, &buf
	err := cmd.Run()
	out = buf.String()
	if strings.Contains(out, "[build failed]") || strings.Contains(out, "no tests to run") {
		return out, false
	}
	return out, err != nil && strings.Contains(out, "FAIL")
}
