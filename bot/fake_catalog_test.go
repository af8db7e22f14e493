package bot

import (
	"context"

	"stint/access"
	"stint/access/identity"
)

// fakeCatalog holds what each method of CatalogService does in a test.
type fakeCatalog struct {
	iamErr         error
	onCatalogParts func(ctx context.Context, user identity.SlackUserID) (access.CatalogOverview, error)
	onCatalogList  func(ctx context.Context, user identity.SlackUserID, q access.CatalogQuery) (access.CatalogPage, error)
	onCatalogShow  func(ctx context.Context, user identity.SlackUserID, kind access.CatalogKind, id string) (access.CatalogDetail, error)
}

func (f *fakeService) CatalogParts(ctx context.Context, user identity.SlackUserID) (access.CatalogOverview, error) {
	f.count("CatalogParts")
	if fn := get(f, &f.onCatalogParts); fn != nil {
		return fn(ctx, user)
	}
	return access.CatalogOverview{}, notSet("CatalogParts")
}

func (f *fakeService) CatalogList(ctx context.Context, user identity.SlackUserID, q access.CatalogQuery) (access.CatalogPage, error) {
	f.count("CatalogList")
	if fn := get(f, &f.onCatalogList); fn != nil {
		return fn(ctx, user, q)
	}
	return access.CatalogPage{}, notSet("CatalogList")
}

func (f *fakeService) ReadIAMRolesNow(context.Context, identity.SlackUserID) error {
	f.count("ReadIAMRolesNow")
	return get(f, &f.iamErr)
}

func (f *fakeService) CatalogShow(ctx context.Context, user identity.SlackUserID, kind access.CatalogKind, id string) (access.CatalogDetail, error) {
	f.count("CatalogShow")
	if fn := get(f, &f.onCatalogShow); fn != nil {
		return fn(ctx, user, kind, id)
	}
	return access.CatalogDetail{}, notSet("CatalogShow")
}
