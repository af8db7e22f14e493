package suite

import "testing"

// TestCatalogInTheBrowser looks around in the catalog as an admin does. Pictures go to
// $STINT_SCREENSHOTS.
func TestCatalogInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900)
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config")
	b.sees(".modal-body", "Live access")
	b.shoot("80-hub")
	b.click(".modal .button", "Catalog")
	b.sees(".modal-body", "What Stint knows of the organization")
	b.shows(".modal-body", "Accounts", "IAM roles")
	b.shoot("81-catalog-overview")
	b.click(".modal .button", "Accounts")
	b.sees(".modal-body", "prod-billing")
	b.shoot("82-catalog-accounts")
	b.clickSpot(at(".button", "Show").in(".modal .b-section", "prod-billing"))
	b.sees(".modal-body", "Account id")
	b.shoot("83-catalog-account")
	b.click(".modal-foot .button", "Back")
	b.sees(".modal-body", "prod-billing")
	b.click(".modal .button", "People")
	b.sees(".modal-body", "Alice Moreau")
	b.clickSpot(at(".button", "Show").in(".modal .b-section", "Alice Moreau"))
	b.sees(".modal-body", "Identity Center")
	b.shoot("84-catalog-person")
	b.click(".modal-foot .button", "Back")
	b.click(".modal .button", "Roles")
	b.sees(".modal-body", "AdministratorAccess")
	b.shoot("85-catalog-roles")
	b.Quiet()
}
