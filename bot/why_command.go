package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

const (
	// whyChoices is how many readings of a command are offered; searches look a little further.
	whyChoices = 5
	whySearch  = 6
	// whyRules is how many rules a message shows; the window shows them all.
	whyRules = 8
	// whyWords bounds what a command is taken apart into.
	whyWords = 12
)

// whyAsked is what stands after "/aws-access why", taken apart.
type whyAsked struct {
	words    []string
	duration time.Duration
}

// readWhyWords takes a command apart: words, or quoted names, with a duration at the end.
// "for" before it is taken as said in passing.
func readWhyWords(text string) whyAsked {
	words := quotedWords(clean(text))
	words = words[:min(len(words), whyWords)]
	a := whyAsked{words: words}
	for n := min(3, len(words)-1); n > 0; n-- { // "1h 30 min" before "min"
		at := len(words) - n
		d, err := parseDuration(strings.Join(words[at:], ""))
		if err != nil {
			continue
		}
		a.duration, a.words = d, words[:at]
		if n := len(a.words); n > 1 && strings.EqualFold(a.words[n-1], "for") {
			a.words = a.words[:n-1]
		}
		break
	}
	return a
}

// quotedWords splits at spaces, but not within quotation marks of any kind.
func quotedWords(s string) []string {
	var words []string
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range s {
		switch {
		case strings.ContainsRune("\"“”„«»", r):
			quoted, begun = !quoted, true
		case !quoted && (r == ' ' || r == '\t' || r == '\n'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// readings are the ways in which words name an account and a role: the account first, or
// "role in account".
func (a whyAsked) readings() [][2]string {
	join := func(words []string) string { return strings.Join(words, " ") }
	var out [][2]string
	for i := 1; i < len(a.words); i++ {
		if strings.EqualFold(a.words[i], "in") && i < len(a.words)-1 {
			out = append(out, [2]string{join(a.words[i+1:]), join(a.words[:i])})
			continue
		}
		out = append(out, [2]string{join(a.words[:i]), join(a.words[i:])})
	}
	return out
}

// hit is one account and role that a command may mean.
type hit struct {
	account catalog.Account
	role    catalog.Role
	exact   bool
	open    bool // who asks may ask for it
	typed   bool // each word that was typed is in a name: nothing was corrected, or found by a tag
}

// inNames reports whether each word that was typed is in one of the names.
func inNames(typed string, names ...string) bool {
	all := strings.ToLower(strings.Join(names, "\n"))
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(typed)), func(w string) bool { return !strings.Contains(all, w) })
}

// whyHits finds what a command may mean. accounts are those that a reading named, for when
// there is no such role in any of them.
func (b *Bot) whyHits(ctx context.Context, asker catalog.PersonID, a whyAsked) (hits []hit, accounts []catalog.Account, err error) {
	for _, reading := range a.readings() {
		found, err := b.service.Accounts(ctx, asker, reading[0], whySearch)
		if err != nil {
			return nil, nil, err
		}
		named, exactAccount := exactly(found.Accounts, func(x catalog.Account) bool {
			return strings.EqualFold(x.Name, reading[0]) || string(x.ID) == reading[0]
		})
		for _, account := range named {
			accounts = append(accounts, account)
			inIt, err := b.service.Roles(ctx, access.RoleQuery{Asker: asker, Accounts: []catalog.AccountID{account.ID}, Query: reading[1], Limit: whySearch})
			if err != nil {
				return nil, nil, err
			}
			roles, exactRole := exactly(append(inIt.Roles, inIt.Others...), func(r catalog.Role) bool { return strings.EqualFold(r.Name, reading[1]) })
			for _, r := range roles {
				open := slices.ContainsFunc(inIt.Roles, func(may catalog.Role) bool { return may.ARN == r.ARN })
				typed := inNames(reading[0], account.Name, string(account.ID)) && inNames(reading[1], r.Name)
				hits = append(hits, hit{account, r, exactAccount && exactRole, open, typed})
			}
		}
	}
	if meant, ok := exactly(hits, func(h hit) bool { return h.exact }); ok {
		return meant, accounts, nil
	}
	return hits, accounts, nil
}

// exactly keeps only what fits exactly, if anything does.
func exactly[T any](all []T, fits func(T) bool) (kept []T, exact bool) {
	for _, x := range all {
		if fits(x) {
			kept = append(kept, x)
		}
	}
	if len(kept) > 0 {
		return kept, true
	}
	return all, false
}

// whyCommand answers "/aws-access why prod-billing ReadOnly 2h". What could mean several
// things is asked back, never guessed.
func (b *Bot) whyCommand(ctx context.Context, user identity.SlackUserID, text string) content {
	who, err := b.service.Who(ctx, user)
	if err != nil {
		return b.whyRefused(user, err)
	}
	a := readWhyWords(text)
	if q, ok := b.whyGroup(ctx, who.Person, a); ok {
		return b.whyAnswer(ctx, user, q)
	}
	hits, accounts, err := b.whyHits(ctx, who.Person, a)
	switch {
	case err != nil:
		return b.whyRefused(user, err)
	case len(hits) == 1:
		return b.whyAnswer(ctx, user, question{Account: hits[0].account.ID, Role: hits[0].role.ARN, Duration: a.duration})
	case len(hits) > 1:
		return whyWhich(hits, a.duration)
	}
	words := escName(strings.Join(a.words, " "), nameWidth)
	head := ":mag: No account matches “" + words + "”."
	q := question{Duration: a.duration}
	if len(accounts) > 0 {
		head = ":mag: No role in " + escaper.Replace(accountName(accounts[0])) + " matches “" + words + "”."
		q.Account = accounts[0].ID
	}
	if len(a.words) < 2 {
		head = ":mag: Name an account and a role."
	}
	text = head + "\nWrite it like `" + commandAccess + " " + wordWhy + " prod-billing ReadOnly 2h`, names with spaces in quotation marks; or choose them from lists."
	return message(head, section(text), actions(button(actWhyAsk, q.String(), "Choose from lists", "Choose an account and a role to ask about")))
}

// whyGroup is a question about membership in a group, where its whole name was typed: alone, or
// after the word group.
func (b *Bot) whyGroup(ctx context.Context, asker catalog.PersonID, a whyAsked) (question, bool) {
	words := a.words
	if len(words) > 1 && strings.EqualFold(words[0], areaGroup) {
		words = words[1:]
	}
	typed := strings.Join(words, " ")
	if typed == "" {
		return question{}, false
	}
	found, err := b.service.Groups(ctx, access.GroupQuery{Asker: asker, Query: typed, Limit: maxOptions})
	if err != nil {
		return question{}, false
	}
	for _, it := range append(found.Groups, found.Others...) {
		if strings.EqualFold(it.Group.Name, typed) {
			return question{Group: it.Entitlement.Group, Duration: a.duration}, true
		}
	}
	return question{}, false
}

func (b *Bot) whyRefused(user identity.SlackUserID, err error) content {
	text := ":no_entry: " + b.say(b.userLog(user), err).String()
	return message(text, section(text))
}

// whyAnswer is the answer as a message that only who asked sees.
func (b *Bot) whyAnswer(ctx context.Context, user identity.SlackUserID, q question) content {
	v, err := b.service.Explain(ctx, user, q.own())
	if err != nil {
		return b.whyRefused(user, err)
	}
	return whyMessage(v, q, b.service.Admins(ctx))
}

func whyMessage(v access.ExplainView, q question, admins []access.Human) content {
	rules := v.Explanation.Rules
	blocks := append(ownAnswer(v, admins), divider(), section("*Each rule, in order*"))
	blocks = append(blocks, packed(ruleAnswers(rules[:min(len(rules), whyRules)], 0))...)
	var bs []*slack.ButtonBlockElement
	if len(rules) > whyRules {
		bs = append(bs, button(actWhyAsk, q.String(), "All "+thousands(len(rules))+" rules", "What each rule says"))
	}
	if v.Explanation.Decision.Outcome == policy.Allowed && v.Problem == "" {
		bs = append(bs, button(actRequest, "new", "Request access", "Open the request form"))
	}
	if len(bs) > 0 {
		blocks = append(blocks, actions(bs...))
	}
	return message(explainHead(v, question{}), blocks...)
}

// whyWhich asks back which of several was meant.
func whyWhich(hits []hit, d time.Duration) content {
	head := ":question: *Which one do you mean?*"
	blocks := []slack.Block{section(head)}
	for i, h := range hits[:min(len(hits), whyChoices)] {
		it := access.ItemView{Account: h.account, Role: h.role, Entitlement: access.Entitlement{Account: h.account.ID, Role: h.role.ARN}}
		q := question{Account: h.account.ID, Role: h.role.ARN, Duration: d}
		blocks = append(blocks, sectionWith(item(it)+"\n"+whereabouts(it),
			button(actWhyPick+":"+strconv.Itoa(i), q.String(), "This one", "Ask about "+plainItem(it))))
	}
	if more := len(hits) - whyChoices; more > 0 {
		blocks = append(blocks, small("More fit: write more of the names, or choose them with `"+commandAccess+" "+wordWhy+"`."))
	}
	return message(head, blocks...)
}

// whyNow answers the command within its acknowledgement, or, when that takes too long,
// after it.
func (b *Bot) whyNow(ctx context.Context, env *envelope, o origin, text string) {
	ready := async(func() content { return b.whyCommand(ctx, o.user, text) })
	timer := time.NewTimer(time.Until(env.received.Add(b.answerAfter)))
	defer timer.Stop()
	var err error
	select {
	case r := <-ready:
		c := r.get()
		answer := commandAnswer{ResponseType: slack.ResponseTypeEphemeral, Text: c.text, Blocks: c.blocks}
		if size(answer) <= maxReply {
			err = env.reply(ctx, answer)
			break
		}
		env.ack()
		err = b.privately(ctx, o.responseURL, c, false)
	case <-timer.C:
		env.ack()
		err = b.privately(ctx, o.responseURL, (<-ready).get(), false)
	}
	if err != nil {
		b.log.Warn().Err(err).Str("user", string(o.user)).Msg("answer not sent")
	}
}

// privately posts a message that only who asked sees; replace puts it in the place of the
// one that was pressed.
func (b *Bot) privately(ctx context.Context, responseURL string, c content, replace bool) error {
	off := false
	return slack.PostWebhookCustomHTTPContext(ctx, responseURL, b.ws.http, &slack.WebhookMessage{
		Text:            c.text,
		Blocks:          &slack.Blocks{BlockSet: c.blocks},
		ResponseType:    slack.ResponseTypeEphemeral,
		ReplaceOriginal: replace,
		UnfurlLinks:     &off,
		UnfurlMedia:     &off,
	})
}
