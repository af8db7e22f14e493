package bot

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// maxProposals is how many proposals the hub shows; a second admin has rarely more to decide.
const maxProposals = 5

// hubNow is what needs an admin now, the most urgent first. What is calm takes one line.
func hubNow(h hub) []slack.Block {
	var blocks []slack.Block
	blocks = append(blocks, hubTrouble(h)...)
	blocks = append(blocks, hubHeld(h)...)
	blocks = append(blocks, hubLoss(h)...)
	blocks = append(blocks, hubPaused(h)...)
	blocks = append(blocks, hubQueue(h)...)
	blocks = append(blocks, hubDebriefs(h)...)
	blocks = append(blocks, hubOrders(h)...)
	blocks = append(blocks, hubProposals(h)...)
	blocks = append(blocks, hubDrift(h)...)
	blocks = append(blocks, hubDraft(h)...)
	if len(blocks) == 0 {
		blocks = append(blocks, section(":white_check_mark: Stint runs well, and nothing waits for an admin."))
	}
	return append(blocks, divider())
}

// hubTrouble is what is not well, each with what to do.
func hubTrouble(h hub) []slack.Block {
	var blocks []slack.Block
	for _, c := range h.Checks {
		if !c.OK && len(blocks) < maxChecks {
			blocks = append(blocks, section(troubleLine(c, h.now)))
		}
	}
	if h.PolicyProblem != "" {
		blocks = append(blocks, section(":x: *The newest file was refused; the policy before it stays in force.*"), code(cut(h.PolicyProblem, 1500)))
	}
	if h.Stuck > 0 {
		blocks = append(blocks, section(":rotating_light: *"+thousands(h.Stuck)+" stuck:* AWS has not taken "+them(h.Stuck)+" away for more than five minutes. Stint keeps trying."))
	}
	if h.LastSyncError != "" && h.Loss == nil { // that has its own lines
		blocks = append(blocks, section(":x: *The last attempt to read from AWS failed:* "+escName(h.LastSyncError, 400)))
	}
	return blocks
}

// hubHeld is access that the policy would end, and that waits because it is so much.
func hubHeld(h hub) []slack.Block {
	if h.Held == 0 {
		return nil
	}
	what := thousands(h.Held) + " grants and requests"
	if h.Held == 1 {
		what = "1 grant or request"
	}
	text := ":rotating_light: *" + what + " would be ended by today's policy or directory.* It is so much that Stint asks first. If that is a mistake, mend the policy or the directory; if not, end them."
	return []slack.Block{sectionWith(text, danger(button(actEndHeld, "held", "End them…", "End the access that is no longer allowed; asks first")))}
}

// hubLoss is a sync that found so much gone that it is rather a mistake.
func hubLoss(h hub) []slack.Block {
	l := h.Loss
	if l == nil {
		return nil
	}
	if l.Accepted.Name != "" {
		return []slack.Block{section(":hourglass_flowing_sand: What the sync of " + when(l.At) + " found gone was accepted by " + actor(l.Accepted) + "; it is being put in force.")}
	}
	gone := make([]string, len(l.Losses))
	for i, x := range l.Losses {
		gone[i] = thousands(x.Lost) + " of " + thousands(x.Of) + " " + x.What
	}
	text := ":rotating_light: *The sync of " + when(l.At) + " found " + list(gone) + " gone.* That is so much that the catalog from before, read " + when(h.CatalogAsOf) +
		", stays in use until an admin says that it is true. If it is not, check what Stint's role may list, and sync again."
	b := confirmed(danger(button(actAccept, l.ID, "Accept…", "Accept what the sync found gone; asks first")),
		"Are they really gone?", cut("Requests for what is gone are refused from then on, and access of people who are gone ends. "+"Gone would be "+list(gone)+".", maxConfirmText), "Accept", "Not now")
	return []slack.Block{sectionWith(text, b)}
}

// queueShown is the estimate from which the hub speaks of the queue by itself; below it the
// line of health is enough.
const queueShown = time.Minute

// hubQueue is work that waits for AWS: how much, for how long, and what that means.
func hubQueue(h hub) []slack.Block {
	q := h.Queue
	if q == nil || q.Waiting() == 0 || q.Drain < queueShown {
		return nil
	}
	text := ":hourglass_flowing_sand: *" + plural(q.Waiting(), "change") + " wait" + verbS(q.Waiting()) + " for AWS*, done in about " + length(roughly(q.Drain)) + ": " +
		plural(q.Revokes, "removal") + ", " + thousands(q.Grants+q.Emergencies) + " to give."
	if !q.Oldest.IsZero() && h.now.After(q.Oldest) {
		text += " The oldest waits for " + length(h.now.Sub(q.Oldest).Round(time.Second)) + "."
	}
	if q.Pace > 0 && q.Pace < 1 {
		text += fmt.Sprintf(" AWS allows only %.0f %% of the pace now, because others use it too.", q.Pace*100)
	}
	return []slack.Block{section(text)}
}

// verbS is the ending of a verb about n things.
func verbS(n int) string {
	if n == 1 {
		return "s"
	}
	return ""
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// hubDrift is what AWS holds and nobody granted through Stint, as far as nobody decided about it.
func hubDrift(h hub) []slack.Block {
	n := h.Drift.Counts.Open
	if n == 0 {
		return nil
	}
	text := ":mag: *" + plural(n, "new finding") + ":* AWS holds access that nobody granted through Stint. Somebody should say whether it is as it should be."
	return []slack.Block{sectionWith(text, primary(button(openArea(areaDrift), "open", "Look", "Look at "+plural(n, "finding")+" of access without Stint")))}
}

// hubPaused says who holds new access, and why.
func hubPaused(h hub) []slack.Block {
	p := h.Paused
	if p == nil {
		return nil
	}
	resume := confirmed(primary(button(actGoOn, "resume", "Resume", "Let new access go on")),
		"Let new access go on?", "Requests that wait can be decided again, and what is approved is given.", "Resume", "Not yet")
	return []slack.Block{
		section(":double_vertical_bar: *New access is paused* by " + actor(p.By) + ", " + when(p.At) + ". Requests wait under their deadlines; what ends is taken away as always."),
		quote(p.Reason, 600),
		actions(resume),
	}
}

// hubOrders are mass ends: how far they are.
func hubOrders(h hub) []slack.Block {
	var blocks []slack.Block
	for _, v := range h.orders[:min(len(h.orders), maxNames)] {
		o := v.Order
		text := ":hourglass_flowing_sand: *Ending access:* " + escName(v.Name, nameWidth) + ", " + thousands(o.Ended) + " of " + thousands(o.Total) + " ended. Ordered by " + actor(o.By) + ", " + when(o.At) + "."
		if !o.DoneAt.IsZero() {
			text = ":white_check_mark: *Access was ended:* " + escName(v.Name, nameWidth) + ", " + thousands(o.Ended) + " ended " + when(o.DoneAt) + "."
		}
		if v.Removing > 0 {
			text += " AWS still has to confirm " + thousands(v.Removing) + "."
		}
		if len(v.Stuck) > 0 {
			text += "\n:rotating_light: AWS refuses to take " + thousands(len(v.Stuck)) + " of them away."
		}
		blocks = append(blocks, sectionWith(text, button(actEndShow, o.ID, "Report", "How far the end is: "+name(v.Name, 40))))
	}
	return blocks
}

// hubProposals are changes of policy that wait for a second admin.
func hubProposals(h hub) []slack.Block {
	var blocks []slack.Block
	for i, r := range h.Proposed {
		if i == maxProposals {
			blocks = append(blocks, small("and "+plural(len(h.Proposed)-maxProposals, "more proposal")+", under Versions"))
			break
		}
		mine := r.Author.Slack == h.Human.Slack
		text, label := ":bell: *"+actor(r.Author)+" proposes "+plural(r.Changes, "change")+"* of the policy, "+when(r.At)+".", "Review"
		if mine {
			text, label = ":hourglass_flowing_sand: *You proposed "+plural(r.Changes, "change")+"* of the policy, "+when(r.At)+". Another admin decides.", "Show"
		}
		b := button(actReview, string(r.ID), label, "Review what "+plainActor(r.Author)+" proposes")
		if !mine {
			primary(b)
		}
		blocks = append(blocks, sectionWith(text, b))
		if r.Reason != "" {
			blocks = append(blocks, quote(r.Reason, 300))
		}
	}
	return blocks
}

// hubDraft is the admin's own draft.
func hubDraft(h hub) []slack.Block {
	d := h.Draft
	if d == nil || d.State != access.Editing || d.Changes == 0 && h.InForce != nil {
		return nil // one that says nothing new is begun by looking at the rules
	}
	text := ":pencil2: *Your draft:* " + plural(d.Changes, "change") + " to version " + thousands(int(d.BaseNumber)) + ", last edited " + when(d.At) + "."
	if h.InForce == nil {
		text = ":pencil2: *Your first policy* is ready to be looked at, edited " + when(d.At) + ". Until it is applied, nobody can ask for access."
	} else if d.BaseNumber < h.InForce.Number {
		text += " Version " + thousands(int(h.InForce.Number)) + " came into force since."
	}
	return []slack.Block{sectionWith(text, primary(button(openArea(areaDraft), "draft", "Review and apply", "Review your draft of the policy and apply it")))}
}
