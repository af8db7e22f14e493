package bot

import (
	"context"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// How much of each list Home shows; a view holds 100 blocks.
const (
	homeActive  = 10
	homePending = 8
	homeWaiting = 12
	homeRecent  = 5

	homeFavourites = 5
)

// homeView is the Home tab: my access, my requests, what waits for me.
func homeView(h access.HomeView, p *access.Pause) slack.HomeTabViewRequest {
	request := primary(button(actRequest, "new", "Request access", "Request AWS access"))
	top := []*slack.ButtonBlockElement{request}
	if several := waitingButton(h); several != nil {
		top = append(top, several)
	}
	top = append(top, button(openArea(areaMine), "open", "My requests", "My requests, old ones too"), delegateButton())
	if h.Approver {
		top = append(top, button(openArea(areaWho), "open", "Who has access", "Who has access now"))
	}
	if h.Admin {
		top = append(top, button(actConfig, "open", "Config", "Stint's health, rules and live access"))
	}
	blocks := []slack.Block{header("Your AWS access"), actions(top...), divider()}
	if p != nil {
		blocks = append(blocks, section(pausedLine(*p)), divider())
	}
	blocks = append(blocks, homeDebriefs(h)...)
	blocks = append(blocks, homeDelegations(h)...)
	blocks = append(blocks, homeContested(h)...)
	blocks = append(blocks, homeWaits(h)...)
	blocks = append(blocks, section("*My access*"))
	if len(h.Active) == 0 {
		blocks = append(blocks, small("None right now."))
	}
	for i, g := range h.Active {
		if i == homeActive {
			blocks = append(blocks, small("and "+strconv.Itoa(len(h.Active)-homeActive)+" more"))
			break
		}
		blocks = append(blocks, homeGrant(g)...)
	}
	blocks = append(blocks, divider(), section("*My pending requests*"))
	if len(h.Pending) == 0 {
		blocks = append(blocks, small("None."))
	}
	for i, v := range h.Pending {
		if i == homePending {
			blocks = append(blocks, small("and "+strconv.Itoa(len(h.Pending)-homePending)+" more"))
			break
		}
		cancel := cancelButton(v)
		cancel.Text = plain("Cancel", maxButton)
		what := items(v, item) + " · " + length(v.Request.Duration)
		if v.Request.Asker.Person != v.Request.Receiver.Person {
			what = whatFor(v.Request, items(v, item), v.Request.Receiver.Person == h.Human.Person)
		}
		blocks = append(blocks, sectionWith(what+"\n"+stateLine(v), cancel))
	}
	if len(h.Recent) > 0 {
		blocks = append(blocks, divider(), section("*Lately*"))
		for i, g := range h.Recent {
			if i == homeRecent {
				break
			}
			again := button(actAgain+":"+strconv.Itoa(i), string(g.Grant.Request), "Again", "Request "+plainItem(g.Item)+" again")
			blocks = append(blocks, sectionWith(item(g.Item)+": "+ended(g), again))
		}
	}
	return homeTab(append(blocks, favouriteBlocks(h.Favourites)...))
}

// homeGrant is one access and what can be done with it.
func homeGrant(g access.GrantView) []slack.Block { return grantBlocks(g, actEnd) }

// homeWaits is what this person can decide, oldest first.
func homeWaits(h access.HomeView) []slack.Block {
	if len(h.Waiting) == 0 {
		return nil
	}
	blocks := []slack.Block{section("*Waiting for your decision*")}
	for i, v := range h.Waiting {
		if i == homeWaiting {
			blocks = append(blocks, small("and "+strconv.Itoa(len(h.Waiting)-homeWaiting)+" more"))
			break
		}
		if i > 0 {
			blocks = append(blocks, divider()) // the buttons of one must not touch the next
		}
		r := v.Request
		what := actor(r.Receiver) + ": " + items(v, item) + " · " + length(r.Duration)
		for _, it := range v.Items[:min(len(v.Items), maxNames)] {
			what += "\n" + whereabouts(it)
		}
		blocks = append(blocks,
			section(what+"\n"+"Asked "+when(r.SubmittedAt)+", lapses "+when(r.ExpiresAt)+"."),
			quote(r.Reason, 300),
			cardButtons(v))
	}
	return append(blocks, divider())
}

func homeTab(blocks []slack.Block) slack.HomeTabViewRequest {
	if len(blocks) > maxHomeBlocks {
		blocks = blocks[:maxHomeBlocks]
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}

// homeOf draws somebody's Home, or why there is none and what to do.
func (b *Bot) homeOf(ctx context.Context, user identity.SlackUserID) slack.HomeTabViewRequest {
	h, err := b.service.Home(ctx, user)
	if err == nil {
		return homeView(h, b.service.Paused())
	}
	s := b.say(b.userLog(user), err)
	return homeTab([]slack.Block{
		header("Your AWS access"),
		section(":no_entry: " + s.text),
		section("*What to do:* " + firstOf(s.hint, "Ask whoever runs Stint.")),
		actions(button(actRequest, "new", "Try again", "Request AWS access")),
	})
}

// publishNow publishes Home for somebody who is looking at it.
func (b *Bot) publishNow(ctx context.Context, user identity.SlackUserID) {
	defer b.keys.lock("home/" + string(user))()
	if _, err := b.publish(ctx, user, true); err != nil {
		if wait, ok := retryAfter(err); ok {
			b.pace.block("home", wait)
		}
		b.log.Warn().Err(err).Str("user", string(user)).Msg("Home not published")
		b.noteTrouble(err)
	}
}
