package bot

import (
	"strings"
	"time"

	"stint/access"
	"stint/access/identity"
)

// lastReview is the newest review with this verdict, or the zero Review.
func lastReview(r access.Request, v access.Verdict) access.Review {
	for i := len(r.Reviews) - 1; i >= 0; i-- {
		if r.Reviews[i].Verdict == v {
			return r.Reviews[i]
		}
	}
	return access.Review{}
}

// stateLine says in one paragraph how a request stands: who decided, when, and what
// happens next.
func stateLine(v access.RequestView) string {
	r := v.Request
	switch r.State {
	case access.Pending:
		if r.CheckedAt.IsZero() {
			if r.Terms.Automatic {
				return ":hourglass_flowing_sand: *Being checked*, then AWS sets it up: nobody has to approve it."
			}
			return ":hourglass_flowing_sand: *Being checked*, then it goes to those who decide."
		}
		return ":hourglass_flowing_sand: *Waiting for a decision* until " + when(r.ExpiresAt) + ". " + canDecide(v)
	case access.Denied:
		return ":no_entry: *Denied* by " + reviewer(lastReview(r, access.Deny)) + ", " + when(r.DecidedAt) + "."
	case access.Cancelled:
		return ":leftwards_arrow_with_hook: *Cancelled* by " + actor(r.Asker) + ", " + when(r.DecidedAt) + "."
	case access.Lapsed:
		return ":hourglass: *Lapsed:* nobody decided by " + when(r.ExpiresAt) + "."
	case access.Withdrawn:
		why := sentence(r.Outcome)
		if why == "" {
			why = "it is no longer allowed."
		}
		return ":no_entry: *Withdrawn* " + when(r.DecidedAt) + ": " + why
	}
	line := ":white_check_mark: *Given by the rule*, no approval needed, " + when(r.DecidedAt) + "."
	if names := approvers(r); names != "" {
		line = ":white_check_mark: *Approved* by " + names + ", " + when(r.DecidedAt) + "."
	}
	if len(v.Grants) > 0 {
		line += "\n" + grantsLine(v.Grants)
	}
	return line
}

// grantsLine says how the grants of a request stand: one by itself, several by what they
// have in common.
func grantsLine(gs []access.GrantView) string {
	if len(gs) == 1 {
		return grantLine(gs[0])
	}
	count := map[access.Phase]int{}
	early := 0
	var first, last time.Time // of the ends of what is active
	for _, g := range gs {
		count[g.Phase]++
		if g.Phase == access.PhaseEnded && g.Grant.EndReason != access.EndExpired {
			early++
		}
		if g.Phase != access.PhaseActive {
			continue
		}
		if first.IsZero() || g.Grant.End.Before(first) {
			first = g.Grant.End
		}
		if g.Grant.End.After(last) {
			last = g.Grant.End
		}
	}
	var lines []string
	say := func(p access.Phase, icon, text string) {
		if n := count[p]; n > 0 {
			lines = append(lines, icon+" *"+share(n, len(gs))+" "+text)
		}
	}
	say(access.PhaseScheduled, ":calendar:", "scheduled* from "+when(gs[0].Grant.Start)+".")
	say(access.PhaseStarting, ":hourglass_flowing_sand:", "being set up* by AWS, usually within a minute.")
	until := "until " + when(last) + "."
	if last.Sub(first) > time.Minute {
		until = "until " + when(first) + " to " + when(last) + "."
	}
	say(access.PhaseActive, ":large_green_circle:", "active* "+until)
	say(access.PhaseEnding, ":hourglass_flowing_sand:", "ended*, AWS is taking it away.")
	over := "ended*."
	if early > 0 {
		over = "ended*, " + thousands(early) + " before their time."
	}
	say(access.PhaseEnded, ":white_circle:", over)
	if n := contestedOf(gs); n > 0 {
		lines = append(lines, ":warning: *"+share(n, len(gs))+" given in AWS too.* AWS keeps one assignment for both, and it goes when Stint's grant ends.")
	}
	return strings.Join(lines, "\n")
}

// share is "2 of 12", "both" or "all 12", as the beginning of a line.
func share(n, total int) string {
	switch {
	case n < total:
		return thousands(n) + " of " + thousands(total)
	case n == 2:
		return "Both"
	}
	return "All " + thousands(total)
}

// grantLine says how a grant stands.
func grantLine(g access.GrantView) string { return withContested(grantStands(g), g) }

// grantStands is how a grant stands by itself.
func grantStands(g access.GrantView) string {
	switch g.Phase {
	case access.PhaseScheduled:
		return ":calendar: *Starts* " + when(g.Grant.Start) + ", for " + length(g.Grant.Duration) + "."
	case access.PhaseStarting:
		if g.Wait > 0 {
			return ":hourglass_flowing_sand: *AWS is setting it up.* Other changes go first, so that it takes about " + length(roughly(g.Wait)) + "."
		}
		return ":hourglass_flowing_sand: *AWS is setting it up*, usually within a minute."
	case access.PhaseActive:
		return ":large_green_circle: *Active* until " + when(until(g)) + "."
	case access.PhaseEnding:
		line := ended(g)
		if g.Assignment.Stuck {
			return ":rotating_light: " + line + " *AWS has not taken it away for more than five minutes*; Stint keeps trying and the admins know."
		}
		return ":hourglass_flowing_sand: " + line + " AWS is taking it away."
	}
	return phaseIcon(g) + " " + ended(g)
}

// queueLine says in the form that AWS has other work first.
func queueLine(wait time.Duration) string {
	return ":hourglass_flowing_sand: AWS has other changes to make first: once approved, it takes about *" + length(roughly(wait)) + "* until the access is there."
}

// roughly rounds an estimate up, so that it does not promise more than is known.
func roughly(d time.Duration) time.Duration {
	switch {
	case d < time.Minute:
		return time.Minute
	case d < time.Hour:
		return (d + time.Minute - 1).Truncate(time.Minute)
	}
	return (d + 15*time.Minute - 1).Truncate(15 * time.Minute)
}

func phaseIcon(g access.GrantView) string {
	if g.Prolonged {
		return ":fast_forward:"
	}
	switch g.Grant.EndReason {
	case access.EndFailed:
		return ":x:"
	case access.EndRefused, access.EndUnchecked, access.EndDenied, access.EndOffboarded:
		return ":no_entry:"
	case access.EndAlreadyHas:
		return ":information_source:"
	}
	return ":white_circle:"
}

// ended says why and when a grant ended.
func ended(g access.GrantView) string {
	at := when(endedAt(g))
	if g.Prolonged {
		return "*Extended:* it goes on until " + when(g.Until) + "."
	}
	switch g.Grant.EndReason {
	case access.EndEarly:
		by := ""
		if g.Grant.EndedBy.Name != "" || g.Grant.EndedBy.Slack != "" {
			by = " by " + actor(g.Grant.EndedBy)
		}
		return "*Ended early*" + by + ", " + at + "." + note(g)
	case access.EndDenied:
		return "*Ended by the policy*, which now forbids it, " + at + "." + note(g)
	case access.EndOffboarded:
		return "*Ended* because the person left, " + at + "." + note(g)
	case access.EndAlreadyHas:
		return "*Nothing was changed:* the same access exists in AWS without Stint." + note(g)
	case access.EndRefused:
		return "*Not started:* it was refused when it was checked again, " + at + "." + note(g)
	case access.EndUnchecked:
		return "*Not started:* it could not be checked in time, " + at + "." + note(g)
	case access.EndFailed:
		return "*Failed*, " + at + "." + note(g)
	case access.EndRemovedOutside:
		return "*Ended:* somebody removed it in AWS, noticed " + at + "."
	}
	return "*Ended* as planned, " + at + "."
}

func note(g access.GrantView) string {
	if s := sentence(g.Grant.EndNote); s != "" {
		return " " + s
	}
	return ""
}

func endedAt(g access.GrantView) time.Time {
	if !g.Grant.EndedAt.IsZero() {
		return g.Grant.EndedAt
	}
	return g.Grant.End
}

// decides reports whether the user may still decide the request, as far as the view knows.
func decides(v access.RequestView, user identity.SlackUserID) bool {
	for _, h := range v.Approvers {
		if h.Slack == user && user != "" {
			return true
		}
	}
	return false
}
