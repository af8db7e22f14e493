package bot

import (
	"context"
	"encoding/json"

	"github.com/slack-go/slack"

	"stint/access"
)

// What a person marks to find it again: in Home, and first in the form's lists.
const (
	actFavouriteAsk = "stint.favourite.ask" // value: entitlement
	actFavouriteOff = "stint.favourite.off" // value: entitlement
	actFavouriteOn  = "stint.favourite.on"  // value: entitlement

	areaFavourite = "favourite"
)

func entitlementValue(e access.Entitlement) string {
	raw, _ := json.Marshal(e) // strings
	return string(raw)
}

func readEntitlement(s string) access.Entitlement {
	var e access.Entitlement
	_ = json.Unmarshal([]byte(s), &e) // an unreadable one names nothing, and the form opens empty
	return e
}

// favouriteBlocks are the marked entitlements on Home, each one press away from the form.
func favouriteBlocks(marked []access.ItemView) []slack.Block {
	if len(marked) == 0 {
		return nil
	}
	blocks := []slack.Block{divider(), section("*Favourites*")}
	for i, it := range marked {
		if i == homeFavourites {
			blocks = append(blocks, small(andMore(len(marked)-homeFavourites)+": they come first in the form."))
			break
		}
		e := entitlementValue(it.Entitlement)
		blocks = append(blocks, section(":star: "+item(it)), actions(
			button(actFavouriteAsk, e, "Request…", "Request "+plainItem(it)),
			button(actFavouriteOff, e, "Remove", "Remove "+plainItem(it)+" from favourites"),
		))
	}
	return blocks
}

// favouriteButton marks what one entitlement is about.
func favouriteButton(it access.ItemView) *slack.ButtonBlockElement {
	return button(actFavouriteOn, entitlementValue(it.Entitlement), "Add to favourites", "Add "+plainItem(it)+" to favourites")
}

// favouritePressed asks for a favourite, marks one, or takes the mark away.
func (b *Bot) favouritePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	e := readEntitlement(a.Value)
	action := actionOf(a.ActionID)
	if action == actFavouriteAsk {
		b.openFormWith(ctx, o, prefill{entitlements: []access.Entitlement{e}})
		return
	}
	if err := b.service.Favourite(ctx, o.user, e, action == actFavouriteOn); err != nil {
		b.tell(ctx, o, b.say(b.userLog(o.user), err))
		return
	}
	b.publishNow(ctx, o.user)
	if action == actFavouriteOn && o.viewID != "" && !o.home {
		b.redrawPart(ctx, o, b.drawMine, ownMeta(o.meta), ":star: Marked: it is in Stint's Home tab now.")
	}
}
