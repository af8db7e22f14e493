package bot

import (
	"fmt"
	"time"

	"stint/access"
)

// catalogs are the views of the catalog.
func (w world) catalogs(out map[string]any) {
	out["catalog_overview"] = catalogOverview(access.CatalogOverview{
		Parts: []access.CatalogPart{
			{Kind: access.KindAccount, Name: "Accounts", Count: 10_000, AsOf: w.now, Note: "3 of them cannot be asked for; each says why.", OK: true},
			{Kind: access.KindOU, Name: "OUs", Count: 212, AsOf: w.now, OK: true},
			{Kind: access.KindRole, Name: "Roles", Count: 500, AsOf: w.now, Note: "Tags and policies of 12 are still to be read.", OK: true},
			{Name: "IAM roles", Note: w.note},
		},
		Syncing: true, Progress: access.SyncProgress{Stage: "people", Done: 12_000, Calls: 640}, Problem: w.note, IAMRoles: true,
	})
	out["catalog_unread"] = catalogOverview(access.CatalogOverview{Problem: w.note})
	entry := func(i int) access.CatalogEntry {
		e := access.CatalogEntry{Kind: access.KindAccount, ID: fmt.Sprintf("%012d", i), Name: w.item.Account.Name, Line: string(w.item.Account.ID) + " · " + w.item.Account.OUPath}
		if i%3 == 1 {
			e.Trouble = w.note
		}
		return e
	}
	p := access.CatalogPage{Total: 412, Page: 3, Pages: 42, InName: w.item.Account.OUPath}
	for i := range 10 {
		p.Entries = append(p.Entries, entry(i))
	}
	out["catalog_list"] = catalogList(p, catalogMeta{Kind: access.KindAccount, Text: w.reason, In: "ou-0123456789abcdef", Page: 3})
	out["catalog_none"] = catalogList(access.CatalogPage{Pages: 1}, catalogMeta{Kind: access.KindPerson})
	many := make([]string, 40)
	for i := range many {
		many[i] = w.others[i%len(w.others)].Name
	}
	d := access.CatalogDetail{CatalogEntry: entry(1), Fields: []access.CatalogField{
		{Label: "Account id", Value: string(w.item.Account.ID)},
		{Label: "State", Value: "active"},
		{Label: "E-mail", Value: w.reason},
		{Label: "Slack user", Value: w.others[0].Name, Slack: w.others[0].Slack},
		{Label: "Cannot be asked for", Value: w.note},
		{Label: "They are", Values: many, Left: 1200},
		{Label: "Its text", Text: w.reason},
		{Label: "Members read", At: w.now.Add(-time.Hour)},
	}, More: []access.CatalogMore{{Kind: access.KindIAMRole, In: string(w.item.Account.ID), Count: 34}, {Kind: access.KindAccount, In: "ou-0123456789abcdef", Count: 1}}}
	out["catalog_item"] = catalogItem(d)
}
