package bot

import (
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// decidable reports whether somebody can decide the request now, as far as its card goes.
func decidable(r access.Request) bool {
	return r.State == access.Pending && !r.CheckedAt.IsZero() && !r.Terms.Automatic
}

// cardButtons are Approve, Deny and what else there is while somebody can decide, then only
// Details.
func cardButtons(v access.RequestView) slack.Block {
	if !decidable(v.Request) {
		var bs []*slack.ButtonBlockElement
		if len(v.Grants) == 1 && mayExtend(v.Grants[0]) {
			bs = append(bs, extendButton(v.Grants[0]))
		}
		if v.Request.Debrief.Open() {
			bs = append(bs, lookBackButton(v))
		}
		return actions(append(bs, detailsButton(v))...)
	}
	bs := []*slack.ButtonBlockElement{approveButton(v), denyButton(v)}
	return slack.NewActionBlock(blockFor(bs...), bs[0], bs[1], moreMenu(v))
}

// allButtons decide all at once that waits on a card; nil when less than two do.
func allButtons(vs []access.RequestView) []slack.Block {
	n, steps := 0, 0
	for _, v := range vs {
		if decidable(v.Request) {
			n++
			steps = max(steps, len(v.Request.Terms.Steps))
		}
	}
	if n < 2 {
		return nil
	}
	r := vs[0].Request
	id := string(r.CardID())
	all := thousands(n)
	approve := primary(button(actApproveAll, id, "Approve all "+all, "Approve all "+all+" requests of "+plainActor(r.Asker)))
	confirmed(approve, "Approve all of it?", plainActor(r.Receiver)+" gets what all "+all+" requests ask for, each once its approval is complete.", "Approve all", "Not yet")
	deny := danger(button(actDenyAll, id, "Deny all "+all+"…", "Deny all "+all+" requests of "+plainActor(r.Asker)+", asks why"))
	return []slack.Block{actions(approve, deny)}
}

// approveButton asks once more only where a mistake is dear: a rule with several steps.
func approveButton(v access.RequestView) *slack.ButtonBlockElement {
	r := v.Request
	b := primary(button(actApprove, string(r.ID), "Approve", "Approve "+plainItem(firstItem(v))+" for "+plainActor(r.Receiver)))
	if len(r.Terms.Steps) > 1 {
		confirmed(b, "Approve this access?",
			plainActor(r.Receiver)+" gets "+items(v, plainItem)+" for "+length(r.Duration)+" once the approval is complete.", "Approve", "Not yet")
	}
	return b
}

func denyButton(v access.RequestView) *slack.ButtonBlockElement {
	return danger(button(actDeny, string(v.Request.ID), "Deny…", "Deny "+plainItem(firstItem(v))+" for "+plainActor(v.Request.Receiver)+", asks why"))
}

func detailsButton(v access.RequestView) *slack.ButtonBlockElement {
	return button(actDetails, string(v.Request.ID), "Details", "Details of "+plainActor(v.Request.Receiver)+"'s request for "+plainItem(firstItem(v)))
}

func cancelButton(v access.RequestView) *slack.ButtonBlockElement {
	return button(actCancel, string(v.Request.ID), "Cancel request", "Cancel the request for "+plainItem(firstItem(v)))
}

// againButton opens the form with what a request asked for.
func againButton(v access.RequestView) *slack.ButtonBlockElement {
	return button(actAgain, string(v.Request.ID), "Request again", "Ask again for "+plainItem(firstItem(v)))
}

// againOf is againButton on a message about one access.
func againOf(g access.GrantView) *slack.ButtonBlockElement {
	return againButton(access.RequestView{Request: g.Request, Items: []access.ItemView{g.Item}})
}

func firstItem(v access.RequestView) access.ItemView {
	if len(v.Items) > 0 {
		return v.Items[0]
	}
	return access.ItemView{}
}

// entitlements counts what a form asks for: "12 entitlements".
func entitlements(vs []access.RequestView) string {
	n := 0
	for _, v := range vs {
		n += len(v.Items)
	}
	return plural(n, "entitlement")
}

// someItems names at most so many of what a request is for.
func someItems(v access.RequestView, names int) string {
	if names == 0 {
		return "*" + plural(len(v.Items), "entitlement") + "*"
	}
	if names >= maxNames || len(v.Items) <= names {
		return items(v, item)
	}
	words := make([]string, 0, names)
	for _, it := range v.Items[:names] {
		words = append(words, item(it))
	}
	return strings.Join(words, ", ") + " " + andMore(len(v.Items)-names)
}
