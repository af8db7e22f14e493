package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
)

// detailsPage is how many blocks of details a page shows; a view may have 100.
const detailsPage = 60

// actDetailsPage turns the page; its value is the request and the page, "<request id>/2".
const actDetailsPage = "stint.details.page"

// areaDetails is all there is to know about a request.
const areaDetails = "details"

func (b *Bot) details(ctx context.Context, o origin, id access.RequestID) {
	d, err := b.service.Details(ctx, o.user, id)
	if err != nil {
		b.tell(ctx, o, b.say(b.userLog(o.user), err))
		return
	}
	b.pushView(ctx, o, detailsView(d, 0))
}

// detailsPressed turns the page.
func (b *Bot) detailsPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	if actionOf(a.ActionID) != actDetailsPage {
		return
	}
	id, page, _ := strings.Cut(a.Value, "/")
	n, _ := strconv.Atoi(page)
	d, err := b.service.Details(ctx, o.user, access.RequestID(id))
	if err != nil {
		b.updateView(ctx, o, refusedView(b.say(b.userLog(o.user), err)))
		return
	}
	b.updateView(ctx, o, detailsView(d, n))
}

// detailsView is a page of all there is to know about a request, whole reason included.
func detailsView(d access.RequestDetails, page int) slack.ModalViewRequest {
	v := d.RequestView
	blocks := detailsBlocks(d)
	pages := max(1, (len(blocks)+detailsPage-1)/detailsPage)
	page = min(max(page, 0), pages-1)
	shown := blocks[page*detailsPage : min((page+1)*detailsPage, len(blocks))]
	if page > 0 {
		shown = append([]slack.Block{section(actor(v.Request.Receiver) + ": " + items(v, item) + " · " + length(v.Request.Duration))}, shown...)
	}
	if pages > 1 {
		shown = append(shown, small(fmt.Sprintf("Page %d of %d", page+1, pages)), actions(turn(v, page, pages)...))
	}
	return modal(viewDetails, "Request details", "", "Close", shown)
}

func turn(v access.RequestView, page, pages int) []*slack.ButtonBlockElement {
	to := func(n int, label string) *slack.ButtonBlockElement {
		return button(actDetailsPage+":"+strconv.Itoa(n), string(v.Request.ID)+"/"+strconv.Itoa(n), label, fmt.Sprintf("%s: page %d of %d", label, n+1, pages))
	}
	var out []*slack.ButtonBlockElement
	if page > 0 {
		out = append(out, to(page-1, "Back"))
	}
	if page < pages-1 {
		out = append(out, to(page+1, "Next"))
	}
	return out
}

func detailsBlocks(d access.RequestDetails) []slack.Block {
	v, r := d.RequestView, d.Request
	blocks := []slack.Block{
		section(actor(r.Receiver) + ": " + items(v, item) + " · " + length(r.Duration)),
		section(cardState(v)),
	}
	blocks = append(blocks, smalls(circumstances(v))...)
	if d.DelegateFor != "" {
		blocks = append(blocks, small("You could decide it for "+escName(d.DelegateFor, nameWidth)+", for whom you stand in."))
	}
	blocks = append(blocks, smalls(emergencyLines(r))...)
	if d := r.Debrief; d != nil && !d.Open() {
		blocks = append(blocks, section("*What "+actor(d.By)+" found*"))
		blocks = append(blocks, wholeQuote(d.Note)...)
	}
	blocks = append(blocks, section("*Reason*"))
	blocks = append(blocks, wholeQuote(r.Reason)...)
	fs := []field{
		{"Rule", escName(r.Terms.Rule, nameWidth)},
		{"Takes", escName(steps(r.Terms), 300)},
		{"Longest", length(r.Terms.MaxDuration)},
		{"Asked by", actor(r.Asker) + ", " + when(r.SubmittedAt)},
		{"Decided in", channel(idChannel(r.Terms.Channel))},
		{"Policy version", "`" + escName(r.Terms.PolicyVersion, 40) + "`"},
	}
	blocks = append(blocks, divider(), fields(fs...))
	blocks = append(blocks, detailsDecided(v)...)
	blocks = append(blocks, detailsPast(d)...)
	blocks = append(blocks, divider(), section("*What it is for*"))
	for _, it := range v.Items {
		blocks = append(blocks, detailsItem(it)...)
	}
	blocks = append(blocks, detailsInline(v.Items)...)
	if len(r.Dropped) > 0 {
		blocks = append(blocks, section("*Left out meanwhile*"))
		for i, x := range r.Dropped {
			what := "An entitlement"
			if i < len(v.Lost) {
				what = item(v.Lost[i])
			}
			blocks = append(blocks, small(what+": "+sentence(cut(x.Why, 500))))
		}
	}
	return append(blocks, small("Request `"+escName(string(r.ID), 40)+"`"))
}

// detailsDecided is what was decided and said so far.
func detailsDecided(v access.RequestView) []slack.Block {
	r := v.Request
	var blocks []slack.Block
	for i, rev := range r.Reviews {
		if i == 20 {
			blocks = append(blocks, small("and "+plural(len(r.Reviews)-20, "more review")))
			break
		}
		word := ":ballot_box_with_check: approved"
		if rev.Verdict == access.Deny {
			word = ":no_entry: denied"
		}
		if less := narrowedLine(rev); less != "" {
			word += " " + less
		}
		blocks = append(blocks, section(fmt.Sprintf("%s %s, %s", reviewer(rev), word, when(rev.At))))
		if rev.Comment != "" {
			blocks = append(blocks, quote(rev.Comment, maxQuote))
		}
	}
	if len(r.Replies) > 0 {
		blocks = append(blocks, section("*Said about it*"))
	}
	for _, said := range r.Replies {
		blocks = append(blocks, section(":speech_balloon: "+actor(said.By)+", "+when(said.At)), quote(said.Text, maxQuote))
	}
	if len(blocks) > 0 {
		return append([]slack.Block{divider()}, blocks...)
	}
	return nil
}

// detailsPast is what the person asked for there before.
func detailsPast(d access.RequestDetails) []slack.Block {
	p := d.Past
	who := actor(d.Request.Receiver)
	blocks := []slack.Block{divider(), section("*Before*")}
	if p.Requests == 0 && p.Live == 0 {
		return append(blocks, small(who+" has not asked for anything there before."))
	}
	line := who + " asked for something there " + times(p.Requests)
	if p.More {
		line = "Among the newest of their requests, " + line
	}
	line += fmt.Sprintf(": %s approved, %s denied.", thousands(p.Approved), thousands(p.Denied))
	if p.Live > 0 {
		line += " Has " + plural(p.Live, "live grant") + " there now."
	}
	blocks = append(blocks, section(line))
	for _, old := range p.Newest {
		blocks = append(blocks, small(when(old.Request.SubmittedAt)+": "+items(old, item)+", "+length(old.Request.Duration)+", "+string(old.Request.State)))
	}
	return blocks
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return thousands(n) + " times"
}

// detailsItem is one entitlement: where it is, and what it lets people do.
func detailsItem(it access.ItemView) []slack.Block {
	v := access.RequestView{Items: []access.ItemView{it}}
	blocks := append([]slack.Block{section(item(it))}, itemFields(v)...)
	if tags := tagLine(it); tags != "" {
		blocks = append(blocks, small(tags))
	}
	if it.Role.ARN == "" {
		return blocks
	}
	blocks = append(blocks, small(mayDo(it)))
	if words := inlineWords(it.Role); words != "" {
		blocks = append(blocks, small(words))
	}
	return blocks
}

// detailsTexts is how many policies that are written into roles details show in full; of
// more roles they say what these allow.
const detailsTexts = 3

// detailsInline are the policies that are written into the roles, each once.
func detailsInline(its []access.ItemView) []slack.Block {
	var blocks []slack.Block
	shown := map[catalog.RoleARN]bool{}
	for _, it := range its {
		p := it.Role.Inline
		if p == nil || p.Empty() || shown[it.Role.ARN] {
			continue
		}
		if len(shown) == detailsTexts {
			return append(blocks, small("More roles have policies of their own; what they allow is said above."))
		}
		shown[it.Role.ARN] = true
		title := "*The policy that is written into " + escName(it.Role.Name, nameWidth) + "*"
		if p.Cut() {
			title += ", the first " + thousands(len(p.Text)) + " of " + thousands(p.Size) + " bytes"
		}
		blocks = append(blocks, section(title), code(p.Lines()))
	}
	return blocks
}

// mayDo says what a role lets people do, as far as it is known.
func mayDo(it access.ItemView) string {
	line := "What it may do has not been read yet."
	if r := it.Role; !r.DetailsAsOf.IsZero() {
		line = "May do: "
		names := r.Policies
		for i, policy := range names[:min(len(names), 12)] {
			if i > 0 {
				line += ", "
			}
			line += "`" + codeSpan(cut(policy, 128)) + "`"
		}
		switch {
		case len(names) == 0:
			line += "no attached policies"
		case len(names) > 12:
			line += " " + andMore(len(names)-12)
		}
		line += " (read " + when(r.DetailsAsOf) + ")."
	}
	if d := it.Role.SessionDuration; d > 0 {
		line += " A session lasts up to " + length(d) + "."
	}
	return line
}

// inlineWords says what the policy allows that is written into a role, and what of the role
// could not be read.
func inlineWords(r catalog.Role) string {
	if r.DetailsAsOf.IsZero() {
		return ""
	}
	line := ""
	switch p := r.Inline; {
	case p == nil:
		line = "Whether a policy is written into the role itself has not been read yet. "
	case !p.Empty():
		line = "A policy that is written into the role itself " + escName(strings.TrimPrefix(p.Words(), "one that "), 300) + ". "
	}
	if len(r.Refused) == 0 {
		return strings.TrimSpace(line)
	}
	refused := make([]string, 0, len(r.Refused))
	for _, action := range r.Refused {
		refused = append(refused, "`"+codeSpan(action)+"`")
	}
	return line + ":warning: This is not all of it: AWS does not let Stint's role " + strings.Join(refused, ", ") + "."
}

// wholeQuote is a text of any length over as many blocks as it takes, within reason.
func wholeQuote(s string) []slack.Block {
	runes := []rune(clean(s))
	const part, parts = 2500, 8
	var blocks []slack.Block
	for len(runes) > part && len(blocks) < parts-1 {
		blocks = append(blocks, quote(string(runes[:part]), maxText))
		runes = runes[part:]
	}
	return append(blocks, quote(string(runes), maxText))
}

func tagLine(it access.ItemView) string {
	if it.Account.TagsUnknown {
		return "Tags could not be read."
	}
	line := ""
	for i, k := range sortedKeys(it.Account.Tags) {
		if i == 8 {
			line += " and " + fmt.Sprint(len(it.Account.Tags)-8) + " more"
			break
		}
		line += "`" + codeSpan(k+"="+it.Account.Tags[k]) + "` "
	}
	return line
}
