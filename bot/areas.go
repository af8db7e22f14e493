package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// area is one part of what admins do in /jit-config, or of what everybody may ask. It owns the action ids and callback
// ids that begin with its name: "stint.rules.edit" belongs to the area rules.
type area struct {
	// open is a press on the area's button, or /jit-config with its name.
	open func(context.Context, origin)
	// draw draws the area's first view from its own line of private metadata; "" is how it
	// opens. It is drawn anew when something above it changed. Nil: it is never under another.
	draw func(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error)
	// pressed is a press or a choice in one of its views. It was acknowledged already.
	pressed func(context.Context, origin, slack.BlockAction, slack.InteractionCallback)
	// submitted is one of its forms; it acknowledges.
	submitted func(context.Context, *envelope, origin, slack.InteractionCallback)
	// options answers a keystroke in one of its selects. Nil: it has none.
	options func(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error)
}

// The areas, by the words that ids and commands use.
const (
	areaConfig   = "config"
	areaSetup    = "setup"
	areaDraft    = "draft" // review and apply
	areaVersions = "versions"
	areaRevision = "revision" // what waits for a second admin
	areaRules    = "rules"
	areaSets     = "sets" // named sets of people
	areaExplain  = "explain"
	areaSimulate = "simulate"
	areaSettings = "settings"
	areaPause    = "pause"
	areaEnd      = "end"    // of all access in a scope
	areaPeople   = "people" // who is who
	areaCatalog  = "catalog"
	areaDrift    = "drift" // what nobody granted through Stint
	areaWhy      = "why"   // for everybody: what the policy says about oneself
	areaMore     = "more"  // for those who decide: the menu on a card
)

// findAreas is made once, in New.
func (b *Bot) findAreas() map[string]area {
	return map[string]area{
		areaConfig:    {b.openConfig, b.drawConfig, b.configPressed, b.onlyRead, nil},
		areaSetup:     {b.openSetup, nil, b.setupPressed, b.setupSubmitted, b.setupOptions},
		areaDraft:     {b.openDraft, b.drawDraft, b.draftPressed, b.draftSubmitted, nil},
		areaVersions:  {b.openVersions, b.drawVersions, b.versionsPressed, b.onlyRead, nil},
		areaRevision:  {b.openVersions, b.drawRevision, b.revisionPressed, b.revisionSubmitted, nil},
		areaRules:     {b.openRules, b.drawRules, b.rulesPressed, b.ruleSubmitted, b.rulesOptions},
		areaSets:      {b.openSets, b.drawSets, b.setsPressed, b.setSubmitted, b.setsOptions},
		areaExplain:   {b.openExplain, nil, b.explainPressed, b.explainSubmitted, b.explainOptions},
		areaSimulate:  {b.openSimulate, nil, b.simulatePressed, b.onlyRead, nil},
		areaSettings:  {b.openSettings, b.drawSettings, b.settingsPressed, b.settingsSubmitted, b.settingsOptions},
		areaPause:     {b.openPause, nil, b.pausePressed, b.pauseSubmitted, nil},
		areaEnd:       {b.openEndAll, nil, b.endAllPressed, b.endAllSubmitted, b.endAllOptions},
		areaWhy:       {b.openWhy, nil, b.whyPressed, b.whySubmitted, b.whyOptions},
		areaCatalog:   {b.openCatalog, b.drawCatalog, b.catalogPressed, b.catalogSubmitted, nil},
		areaDrift:     {b.openDrift, b.drawDrift, b.driftPressed, b.driftSubmitted, nil},
		areaPeople:    {b.openPeople, b.drawPeople, b.peoplePressed, b.peopleSubmitted, b.peopleOptions},
		areaGroup:     {b.openGroup, nil, nil, nil, nil},
		areaDebriefs:  {b.openDebriefs, b.drawDebriefs, b.debriefsPressed, b.debriefsSubmitted, nil},
		areaExtend:    {nil, nil, b.extendPressed, b.extendSent, nil},
		areaMore:      {nil, nil, b.morePressed, b.moreSubmitted, nil},
		areaReply:     {nil, nil, b.replyPressed, b.onlyRead, nil},
		areaDetails:   {nil, nil, b.detailsPressed, b.onlyRead, nil},
		areaDelegate:  {b.openDelegate, b.drawDelegate, b.delegatePressed, b.delegateSubmitted, nil},
		areaWaiting:   {b.openWaiting, nil, b.waitingPressed, b.waitingSubmitted, nil},
		areaApprove:   {nil, nil, b.approveAllPressed, b.onlyRead, nil},
		areaDeny:      {nil, nil, b.denyAllPressed, b.onlyRead, nil},
		areaLine:      {nil, nil, b.linePressed, nil, nil},
		areaOwn:       {nil, nil, b.ownPressed, nil, nil},
		areaFavourite: {nil, nil, b.favouritePressed, nil, nil},
		areaMine:      {b.openMine, b.drawMine, b.minePressed, b.onlyRead, nil},
		areaWho:       {b.openWho, b.drawWho, b.whoPressed, b.whoSubmitted, nil},
	}
}

// words are what may follow /jit-config, besides help.
func words() []string {
	return []string{areaRules, areaVersions, areaExplain, areaSimulate, areaSettings, areaPeople, areaCatalog, areaDrift, areaDebriefs, areaPause, areaEnd}
}

// areaWord is the area that somebody named after /jit-config.
func (b *Bot) areaWord(text string) (area, bool) {
	if text == "" {
		return b.areas[areaConfig], true
	}
	if !slices.Contains(words(), text) {
		return area{}, false
	}
	return b.areas[text], true
}

// areaOf is the area that owns an action id or a callback id; "" for none.
func areaOf(id string) string {
	rest, ok := strings.CutPrefix(id, "stint.")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(actionOf(rest), ".")
	return name
}

// openArea is the action id of the button that opens an area; config's buttons have it.
func openArea(name string) string { return "stint." + name + ".open" }

// onlyRead closes a view that has nothing to submit.
func (b *Bot) onlyRead(ctx context.Context, env *envelope, _ origin, _ slack.InteractionCallback) {
	if err := env.reply(ctx, nil); err != nil {
		b.log.Warn().Err(err).Msg("submission not acknowledged")
	}
}
