package bot

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

const (
	viewDraft   = "stint.draft"
	viewApplied = "stint.draft.applied" // what came of it; only to be read

	actDraftRebase  = "stint.draft.rebase"
	actDraftDiscard = "stint.draft.discard"
	actDraftRead    = "stint.draft.read"

	blockDraftReason = "draft_reason"
	blockDraftRead   = "draft_read" // + "/" + version: another draft must be read again

	tickOpens = "opens"
	tickEnds  = "ends"
)

const (
	maxWarnings = 8
	maxEnds     = 8
	maxTouched  = 8
)

// draftMeta is what a review carries: what was reviewed, and what was to be acknowledged.
type draftMeta struct {
	Version uint64   `json:"version,omitempty"`
	First   bool     `json:"first,omitempty"` // the first run
	Ticks   []string `json:"ticks,omitempty"` // all of them are needed
}

func (m draftMeta) String() string {
	raw, _ := json.Marshal(m) // a number, a bool, words
	return string(raw)
}

func readDraftMeta(s string) draftMeta {
	var m draftMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one reviews nothing, and applying it is a conflict
	return m
}

// reviewView says what applying a draft would do, and takes the reason and the
// acknowledgements for it. first is the first run; banner a line for the top.
func (b *Bot) reviewView(r access.DraftReview, first bool, banner string) slack.ModalViewRequest {
	m := draftMeta{Version: r.Draft.Revision.Version, First: first}
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	refused := policy.Refused(r.Draft.Problems)
	blocks = append(blocks, reviewStale(r)...)
	blocks = append(blocks, reviewProblems(r.Draft.Problems)...)
	if first {
		blocks = append(blocks, reviewFirst(r, refused)...)
	} else {
		blocks = append(blocks, reviewChanges(r)...)
		if !refused {
			blocks = append(blocks, impactBlocks(r.Impact, b.service.Example)...)
		}
	}
	blocks = append(blocks, reviewWarnings(r.Warnings)...)
	blocks = append(blocks, reviewTouched(r)...)
	blocks = append(blocks, reviewEnds(r.Ends, r.EndsTotal)...)
	blocks = append(blocks, divider())

	submit := ""
	switch {
	case r.Alone:
		blocks = append(blocks, section(":no_entry: *It cannot be applied.* The policy asks for a second admin, and there is no other. Whoever runs Stint can name another admin when starting it."))
	case !refused && (first || len(r.Changes) > 0):
		var inputs []slack.Block
		inputs, submit, m.Ticks = reviewInputs(r, first)
		blocks = append(blocks, inputs...)
	}
	blocks = append(blocks, actions(draftButtons(r, first)...))
	leave := "Back"
	if first { // nothing lies under it, and the draft is kept
		leave = "Not now"
	}
	v := modal(viewDraft, "Review and apply", submit, leave, blocks)
	v.PrivateMetadata = m.String()
	return v
}

func draftButtons(r access.DraftReview, first bool) []*slack.ButtonBlockElement {
	label, text := "Discard draft", "What you changed is lost. What is in force stays as it is."
	if first {
		label, text = "Start again", "What you filled in is lost."
	}
	// In no colour: what is to be pressed here is Apply.
	discard := confirmed(button(actDraftDiscard, "discard", label, "Give this draft up"), label+"?", text, label, "Keep it")
	if r.Draft.Stale == nil {
		return []*slack.ButtonBlockElement{discard}
	}
	return []*slack.ButtonBlockElement{primary(button(actDraftRebase, "rebase", "Bring up to date", "Put your changes on top of what is in force now")), discard}
}

// reviewFirst says what the first policy opens.
func reviewFirst(r access.DraftReview, refused bool) []slack.Block {
	var blocks []slack.Block
	if !refused {
		o := r.Impact.After
		text := "*This opens " + opening(o) + ".*\nThey can ask for it; nobody gets access before it is approved, and what is given ends by itself."
		if o.Pairs == 0 {
			text = ":warning: *This opens nothing:* nobody could ask for anything. Start again with other accounts, roles or people."
		}
		blocks = append(blocks, section(text))
		if text := atMost(o); text != "" {
			blocks = append(blocks, small(text))
		}
	}
	for i, rule := range r.Draft.Rules {
		if i == maxNames {
			blocks = append(blocks, small("and "+plural(len(r.Draft.Rules)-maxNames, "more rule")))
			break
		}
		blocks = append(blocks, section("*"+bold(name(rule.Name, nameWidth))+"*\n"+escName(rule.Text, 600)))
	}
	return append(blocks, reviewSets(r.Draft.Revision.Spec.People)...)
}

func reviewStale(r access.DraftReview) []slack.Block {
	s := r.Draft.Stale
	if s == nil {
		return nil
	}
	return []slack.Block{section(":warning: *Version " + thousands(int(s.Number)) + "* of " + actor(s.Author) + " came into force, " + when(s.At) + ", after you began. Press *Bring up to date* to put your changes on top of it; what differs is shown against it already.")}
}

// reviewProblems keep the draft from being applied.
func reviewProblems(problems []policy.Problem) []slack.Block {
	var lines []string
	for _, p := range problems {
		if p.Warning || len(lines) == maxWarnings {
			continue
		}
		lines = append(lines, ":x: "+problemText(p))
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]slack.Block{section("*This cannot be applied yet:*")}, packed(lines)...)
}

func problemText(p policy.Problem) string {
	text := sentence(cut(p.Message, 400))
	if p.Hint != "" {
		text += " " + sentence(cut(p.Hint, 300))
	}
	return text
}

func reviewChanges(r access.DraftReview) []slack.Block {
	if len(r.Changes) == 0 {
		return []slack.Block{section("*Nothing differs.* Your draft says the same as what is in force.")}
	}
	return append([]slack.Block{section("*" + plural(len(r.Changes), "change") + "* to what is in force")}, changeBlocks(r.Changes)...)
}

func reviewWarnings(warnings []policy.Problem) []slack.Block {
	var lines []string
	for i, p := range warnings {
		if i == maxWarnings {
			lines = append(lines, andMore(len(warnings)-maxWarnings))
			break
		}
		lines = append(lines, ":warning: "+problemText(p))
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]slack.Block{section("*To be looked at*")}, packed(lines)...)
}

func reviewTouched(r access.DraftReview) []slack.Block {
	if r.TouchedTotal == 0 {
		return nil
	}
	shown := min(len(r.Touched), maxTouched)
	lines := []string{"*Pending requests that it touches* (" + thousands(r.TouchedTotal) + ")"}
	for _, t := range r.Touched[:shown] {
		lines = append(lines, "• "+actor(t.Request.Request.Receiver)+": "+items(t.Request, item)+" "+escName(t.What, 200))
	}
	if r.TouchedTotal > shown {
		lines = append(lines, andMore(r.TouchedTotal-shown))
	}
	return packed(lines)
}

// reviewEnds lists what a policy would end, total in all.
func reviewEnds(ends []access.GrantView, total int) []slack.Block {
	if total == 0 {
		return nil
	}
	shown := min(len(ends), maxEnds)
	lines := []string{":rotating_light: *It ends access that people have now* (" + thousands(total) + "), because a rule forbids it"}
	for _, g := range ends[:shown] {
		lines = append(lines, "• "+actor(g.Grant.Holder)+": "+item(g.Item)+", would be until "+when(g.Grant.End))
	}
	if total > shown {
		lines = append(lines, andMore(total-shown))
	}
	return packed(lines)
}

// reviewInputs ask for what applying takes: a reason, and what must be acknowledged.
func reviewInputs(r access.DraftReview, first bool) (blocks []slack.Block, submit string, needed []string) {
	submit = "Apply"
	if r.NeedsSecond {
		submit = "Propose"
		blocks = append(blocks, section(":busts_in_silhouette: *Another admin must approve it.* Every other admin gets a message; until one of them approves, what is in force stays."))
	}
	if r.LosesAdmins {
		blocks = append(blocks, section(":warning: *You would be no admin any more*, or nobody would. Stint applies no policy that leaves it without an admin."))
	}
	var options []*slack.OptionBlockObject
	if first {
		options = append(options, slack.NewOptionBlockObject(tickOpens, plain("I have read what this opens, and for whom", maxOption), nil))
	}
	if r.EndsTotal > 0 {
		options = append(options, endsOption(r.EndsTotal))
	}
	if len(options) > 0 {
		for _, o := range options {
			needed = append(needed, o.Value)
		}
		e := slack.NewCheckboxGroupsBlockElement(actDraftRead, options...)
		blocks = append(blocks, slack.NewInputBlock(readBlock(r.Draft.Revision.Version), plain("Acknowledge", maxLabel), nil, e))
	}
	return append(blocks, reasonField(blockDraftReason, "Kept with the version, for those who ask later why it is so.")), submit, needed
}

// endsOption is the acknowledgement that access ends.
func endsOption(n int) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(tickEnds, plain("End this access at once: "+plural(n, "grant"), maxOption), nil)
}

// reviewSets says who is in the named sets that the rules speak of.
func reviewSets(sets map[string]policy.People) []slack.Block {
	var lines []string
	for _, set := range slices.Sorted(maps.Keys(sets)) {
		if len(lines) == maxNames {
			lines = append(lines, andMore(len(sets)-maxNames))
			break
		}
		lines = append(lines, "*"+bold(name(set, nameWidth))+":* "+everyOne(sets[set]))
	}
	return packed(lines)
}
