package suite

import (
	"context"

	"stint/access"
	"stint/access/catalog"
)

// previewOf is what the form shows of one role in one account.
func previewOf(ctx context.Context, svc *access.Service, who catalog.PersonID, account catalog.AccountID, role catalog.RoleARN) (access.PreviewItem, error) {
	p, err := svc.Preview(ctx, access.PreviewInput{Asker: who, Entitlements: []access.Entitlement{access.RoleIn(account, role)}})
	if err != nil {
		return access.PreviewItem{}, err
	}
	item, _, _ := p.One()
	return item, nil
}

// rolesOf are the roles that the form offers in one account.
func rolesOf(ctx context.Context, svc *access.Service, who catalog.PersonID, account catalog.AccountID) (access.RoleChoices, error) {
	return svc.Roles(ctx, access.RoleQuery{Asker: who, Accounts: []catalog.AccountID{account}, Limit: 100})
}
