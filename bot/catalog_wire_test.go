package bot

import (
	"context"
	"testing"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// An admin finds an account by what they type, looks at it, and at what belongs to it.
func TestCatalogArea(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.onCatalogParts, func(context.Context, identity.SlackUserID) (access.CatalogOverview, error) {
		return access.CatalogOverview{Parts: []access.CatalogPart{{Kind: access.KindAccount, Name: "Accounts", Count: 14, AsOf: r.fake.now, OK: true}}}, nil
	})
	set(r.fake, &r.fake.onCatalogList, func(_ context.Context, _ identity.SlackUserID, q access.CatalogQuery) (access.CatalogPage, error) {
		switch {
		case q.Kind == access.KindIAMRole && q.In == "222222222222":
			return access.CatalogPage{Entries: []access.CatalogEntry{{Kind: q.Kind, ID: "222222222222/deploy", Name: "deploy"}}, Total: 1, Pages: 1, InName: "prod-billing"}, nil
		case q.Text == "bill":
			return access.CatalogPage{Entries: []access.CatalogEntry{{Kind: q.Kind, ID: "222222222222", Name: "prod-billing"}}, Total: 1, Pages: 1}, nil
		}
		return access.CatalogPage{Entries: []access.CatalogEntry{{Kind: q.Kind, ID: "333333333333", Name: "staging"}}, Total: 412, Page: q.Page, Pages: 42}, nil
	})
	set(r.fake, &r.fake.onCatalogShow, func(_ context.Context, _ identity.SlackUserID, kind access.CatalogKind, id string) (access.CatalogDetail, error) {
		if id != "222222222222" {
			return access.CatalogDetail{}, fault.New(fault.NotFound, "test", "This is no longer part of the organization.", "")
		}
		return access.CatalogDetail{
			CatalogEntry: access.CatalogEntry{Kind: kind, ID: id, Name: "prod-billing"},
			Fields:       []access.CatalogField{{Label: "State", Value: "active"}},
			More:         []access.CatalogMore{{Kind: access.KindIAMRole, In: id, Count: 1}},
		}, nil
	})
	sue := r.configs("catalog")
	r.modalSays(sue, "14, read")
	r.pressIn(sue, actCatalogKind+":account")
	r.modalSays(sue, "staging")
	r.pressIn(sue, actCatalogPage+":next")
	r.modalSays(sue, "page 3 of")
	r.fill(sue, blockCatalogText, actCatalogText, "bill")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "prod-billing")
	r.pressIn(sue, actCatalogShow+":0")
	r.modalSays(sue, "active")
	r.pressIn(sue, actCatalogMore+":0")
	r.modalSays(sue, "deploy")
	r.pressIn(sue, actCatalogShow+":0")
	r.modalSays(sue, "no longer part of the organization")
}

// An admin lets the IAM roles be read anew, and sees that it is under way, or why it is not.
func TestCatalogReadsIAMRolesNow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.onCatalogParts, func(context.Context, identity.SlackUserID) (access.CatalogOverview, error) {
		note := "12 roles of 5 accounts, read 3 h ago."
		if r.fake.counted("ReadIAMRolesNow") > 0 {
			note += " Being read anew in a moment."
		}
		return access.CatalogOverview{IAMRoles: true, Parts: []access.CatalogPart{{Name: "IAM roles", Note: note, OK: true}}}, nil
	})
	sue := r.configs("catalog")
	r.modalSays(sue, "read 3 h ago")
	r.pressIn(sue, actCatalogIAM)
	r.modalSays(sue, "anew in a moment")
	set(r.fake, &r.fake.iamErr, error(fault.New(fault.Forbidden, "test", "Only admins may do this.", "")))
	r.pressIn(sue, actCatalogIAM)
	r.modalSays(sue, "Not started")
}
