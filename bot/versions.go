package bot

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

const (
	viewVersions = "stint.versions"
	viewVersion  = "stint.versions.one"

	actVersionsPage = "stint.versions.page"    // value: page
	actVersion      = "stint.versions.show"    // value: revision id
	actRollBack     = "stint.versions.restore" // value: revision id
)

// versionsPage is how many versions the list shows at once.
const versionsPage = 8

type versionsMeta struct {
	Page int `json:"page,omitempty"`
}

// openVersions opens the list of versions, newest first.
func (b *Bot) openVersions(ctx context.Context, o origin) {
	b.show(ctx, o, "Versions", func(ctx context.Context) (slack.ModalViewRequest, error) {
		return b.drawVersions(ctx, o.user, "")
	})
}

// drawVersions draws one page of the list.
func (b *Bot) drawVersions(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	var m versionsMeta
	_ = json.Unmarshal([]byte(meta), &m) // an unreadable one is the first page
	m.Page = max(m.Page, 0)
	list, total, err := b.service.Revisions(ctx, user, m.Page*versionsPage, versionsPage)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if total == 0 {
		c, err := b.service.Config(ctx, user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if c.PolicyFile != "" {
			return versionsOfFile(c.PolicyFile), nil
		}
	}
	return versionsView(list, total, m), nil
}

// versionsPressed turns a page, opens a version, or goes back to one.
func (b *Bot) versionsPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	id := access.RevisionID(a.Value)
	switch actionOf(a.ActionID) {
	case actVersionsPage:
		page, _ := strconv.Atoi(a.Value)
		raw, _ := json.Marshal(versionsMeta{Page: page}) // a number
		b.redrawPart(ctx, o, b.drawVersions, string(raw), "")
	case actVersion:
		b.show(ctx, o, "Version", func(ctx context.Context) (slack.ModalViewRequest, error) {
			return b.drawVersion(ctx, o.user, id, "")
		})
	case actRollBack:
		b.rollBack(ctx, o, id)
	}
}

func (b *Bot) drawVersion(ctx context.Context, user identity.SlackUserID, id access.RevisionID, banner string) (slack.ModalViewRequest, error) {
	r, err := b.service.Revision(ctx, user, id)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return versionView(r, banner), nil
}

// rollBack makes a draft of an earlier version and shows what applying it would do, in the
// place of the version.
func (b *Bot) rollBack(ctx context.Context, o origin, id access.RevisionID) {
	b.updateView(ctx, o, noteView("Review and apply", ":hourglass_flowing_sand: One moment…"))
	_, err := b.service.RollBack(ctx, o.user, id)
	if err == nil {
		b.reviewAgain(ctx, o, "")
		b.redrawUnder(ctx, o, "")
		return
	}
	s := b.sayAdmin(ctx, o.user, err)
	v, again := b.drawVersion(ctx, o.user, id, ":no_entry: *Not rolled back.* "+s.String())
	if again != nil {
		v = refusedView(s)
	}
	b.updateView(ctx, o, v)
}
