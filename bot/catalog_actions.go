package bot

import (
	"context"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// CatalogService is what the catalog's area asks.
type CatalogService interface {
	CatalogParts(ctx context.Context, user identity.SlackUserID) (access.CatalogOverview, error)
	CatalogList(ctx context.Context, user identity.SlackUserID, q access.CatalogQuery) (access.CatalogPage, error)
	ReadIAMRolesNow(ctx context.Context, user identity.SlackUserID) error
	CatalogShow(ctx context.Context, user identity.SlackUserID, kind access.CatalogKind, id string) (access.CatalogDetail, error)
}

// openCatalog opens the catalog at its overview.
func (b *Bot) openCatalog(ctx context.Context, o origin) {
	b.show(ctx, o, catalogTitle, func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawCatalog(ctx, o.user, "") })
}

// drawCatalog draws the overview, or the list that the metadata names.
func (b *Bot) drawCatalog(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	m := readCatalogMeta(meta)
	if m.Kind == "" {
		v, err := b.service.CatalogParts(ctx, user)
		return catalogOverview(v), err
	}
	p, err := b.service.CatalogList(ctx, user, m.query())
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	m.Page = p.Page
	return catalogList(p, m), nil
}

// catalogPressed changes the list, turns its pages and shows what is in it.
func (b *Bot) catalogPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	m := readCatalogMeta(ownMeta(o.meta))
	m.Text = trimmed(typedIn(c.View.State, blockCatalogText, actCatalogText))
	kind, id := catalogTarget(a.Value)
	switch actionOf(a.ActionID) {
	case actCatalogKind:
		m = catalogMeta{Kind: access.CatalogKind(id)}
	case actCatalogIAM:
		m = catalogMeta{}
		if err := b.service.ReadIAMRolesNow(ctx, o.user); err != nil {
			b.redrawPart(ctx, o, b.drawCatalog, m.String(), ":no_entry: *Not started.* "+b.say(b.userLog(o.user), err).String())
			return
		}
	case actCatalogPage:
		m.Page, _ = strconv.Atoi(a.Value)
	case actCatalogShow:
		b.show(ctx, o, catalogTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
			d, err := b.service.CatalogShow(ctx, o.user, kind, id)
			if err != nil { // above the third view there is no room for another
				return refusedView(b.sayAdmin(ctx, o.user, err)), nil
			}
			return catalogItem(d), nil
		})
		return
	case actCatalogMore:
		m = catalogMeta{Kind: kind, In: id}
		b.show(ctx, o, catalogTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
			v, err := b.drawCatalog(ctx, o.user, m.String())
			if err != nil {
				v = refusedView(b.sayAdmin(ctx, o.user, err))
			}
			return v, nil
		})
		return
	}
	b.redrawPart(ctx, o, b.drawCatalog, m.String(), "")
}

// catalogSubmitted is a search.
func (b *Bot) catalogSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m := readCatalogMeta(ownMeta(o.meta))
	if m.Kind == "" {
		b.onlyRead(ctx, env, o, c)
		return
	}
	m.Text, m.Page = trimmed(typedIn(c.View.State, blockCatalogText, actCatalogText)), 0
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v, err := b.drawCatalog(ctx, o.user, m.String())
		if err != nil {
			v = refusedView(b.sayAdmin(ctx, o.user, err))
		}
		return outcome{view: &v}
	})
}
