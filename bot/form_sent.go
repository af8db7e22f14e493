package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// maxSentParts is how many requests of a form the view after it lists.
const maxSentParts = 20

// sentForm reads what a form became: its request, and those that are tied with it.
func (b *Bot) sentForm(ctx context.Context, first access.Request) []access.RequestView {
	ids := first.Tied
	if len(ids) == 0 {
		ids = []access.RequestID{first.ID}
	}
	out := make([]access.RequestView, 0, len(ids))
	for _, id := range ids {
		v, err := b.service.RequestView(ctx, id)
		if err != nil { // it is stored all the same
			v = access.RequestView{Request: access.Request{ID: id, State: access.Pending, Terms: first.Terms, Duration: first.Duration, Receiver: first.Receiver, Asker: first.Asker, ExpiresAt: first.ExpiresAt}}
		}
		out = append(out, v)
	}
	return out
}

// sentView takes the form's place once it is stored: what happens next.
func sentView(vs ...access.RequestView) slack.ModalViewRequest {
	r := vs[0].Request
	var all []access.ItemView
	for _, v := range vs {
		all = append(all, v.Items...)
	}
	line := ":white_check_mark: *Sent.* " + named(all) + " for " + length(r.Duration)
	if r.Receiver.Person != r.Asker.Person {
		line += ", for " + actor(r.Receiver) + ", who is told"
	}
	if !r.StartAt.IsZero() {
		line += ", from " + when(r.StartAt)
	}
	blocks := []slack.Block{section(line + ".")}
	if len(vs) == 1 {
		blocks = append(blocks, section(next(vs[0])))
	} else {
		blocks = append(blocks, section("*What happens next*\nStint checks who you are. Each of the "+plural(len(vs), "request")+" is then decided for itself, and you get a direct message at each step."))
		for i, v := range vs {
			if i == maxSentParts {
				blocks = append(blocks, section(andMore(len(vs)-maxSentParts)+" requests."))
				break
			}
			blocks = append(blocks, sentPart(v))
		}
	}
	blocks = append(blocks, small("You find it in your direct messages with Stint and in its Home tab."))
	if len(vs) == 1 && r.State == access.Pending {
		blocks = append(blocks, actions(cancelButton(vs[0])))
	}
	return modal(viewSent, "Request sent", "", "Close", blocks)
}

// next says what happens to a request that was just sent.
func next(v access.RequestView) string {
	r := v.Request
	you := "you"
	if r.Receiver.Person != r.Asker.Person {
		you = actor(r.Receiver)
	}
	switch {
	case r.State == access.Pending && r.Terms.Automatic, r.State == access.Approved:
		text := "*What happens next*\nNo approval is needed. Stint checks once more who you are, "
		if !r.StartAt.IsZero() {
			return text + "and when the time has come asks AWS, and sends " + you + " a direct message when the access is there."
		}
		return text + "asks AWS, and sends " + you + " a direct message when the access is there, usually within a minute."
	case r.State == access.Pending:
		return "*What happens next*\n1. Stint checks who you are and posts a card in " + channel(identity.ChannelID(r.Terms.Channel)) + ".\n" +
			"2. It takes " + escName(steps(r.Terms), 300) + ". " + canDecide(v) + "\n" +
			"3. You get a direct message when it is decided, and " + other(you) + " when the access is there.\n" +
			"If nobody decides by " + when(r.ExpiresAt) + ", the request lapses."
	}
	return stateLine(v)
}

// other is who hears that the access is there.
func other(you string) string {
	if you == "you" {
		return "another"
	}
	return you + " one"
}

// sentPart is one of several requests of a form.
func sentPart(v access.RequestView) slack.Block {
	r := v.Request
	line := named(v.Items) + "\n"
	switch {
	case r.State == access.Pending && r.Terms.Automatic, r.State == access.Approved:
		line += ":zap: No approval is needed."
	case r.State == access.Pending:
		line += ":raised_hand: It takes " + escName(steps(r.Terms), 300) + ", in " + channel(identity.ChannelID(r.Terms.Channel)) + ". " + canDecide(v)
	default:
		return section(line + stateLine(v))
	}
	if r.State != access.Pending {
		return section(line)
	}
	return sectionWith(line, cancelButton(v))
}
