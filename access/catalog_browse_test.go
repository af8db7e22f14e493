package access_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

func browsed(t *testing.T) access.CatalogBrowser {
	t.Helper()
	read := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	c, err := catalog.New(catalog.Data{
		AsOf: read, ManagementAccount: "111111111111",
		Accounts: []catalog.Account{
			{ID: "111111111111", Name: "management", Email: "m@example.com", State: catalog.AccountActive, OUPath: "/", Ungrantable: "Stint may not assign in the management account."},
			{ID: "222222222222", Name: "prod-billing", Email: "p@example.com", State: catalog.AccountActive, OUPath: "/Production/Payments", Tags: map[string]string{"env": "prod", "team": "pay"}},
			{ID: "333333333333", Name: "old", State: catalog.AccountSuspended, OUPath: "/Production", TagsUnknown: true},
		},
		Roles:  []catalog.Role{{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-1", Name: "Admin", Description: "Everything", SessionDuration: 4 * time.Hour, Tags: map[string]string{"jit": "true"}, Policies: []string{"AdministratorAccess"}, DetailsAsOf: read, Inline: &catalog.InlinePolicy{Text: `{"Statement":[]}`, Size: 5000, Services: []string{"s3"}, AnyResource: true}, Refused: []string{"sso:ListTagsForResource"}}},
		People: []catalog.Person{{ID: "p-1", Name: "Ada Example", UserName: "ada", Email: "ada@example.com"}, {ID: "p-2", Name: "Bob", UserName: "bob", Disabled: true}},
		Groups: []catalog.Group{{ID: "g-1", Name: "payments-devs", Members: []catalog.PersonID{"p-1"}, MembersAsOf: read}, {ID: "g-2", Name: "others"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return access.CatalogBrowser{
		Catalog: c, Sets: map[string]policy.People{"devs": {IdentityCenterGroups: []string{"payments-devs"}}},
		IAMRoles: func(id catalog.AccountID) (catalog.AccountRoles, time.Time, bool) {
			switch id {
			case "222222222222":
				return catalog.AccountRoles{Account: id, Roles: []catalog.IAMRole{{Account: id, Name: "deploy", Path: "/ci", Trusts: []string{"arn:aws:iam::999999999999:root", "ec2.amazonaws.com"}}}}, read, true
			case "333333333333":
				return catalog.AccountRoles{Account: id, Problem: "Stint cannot take on the role there."}, read, true
			}
			return catalog.AccountRoles{}, time.Time{}, false
		},
	}
}

// said is everything that a detail says.
func saidBy(d access.CatalogDetail) string {
	var all []string
	for _, f := range d.Fields {
		all = append(all, f.Label+": "+f.Value+f.Text+strings.Join(f.Values, ","))
	}
	return strings.Join(all, "\n")
}

func TestCatalogDetails(t *testing.T) {
	t.Parallel()
	b := browsed(t)
	for _, c := range []struct {
		kind access.CatalogKind
		id   string
		says []string
	}{
		{access.KindAccount, "222222222222", []string{"State: active", "OU: /Production/Payments", "E-mail: p@example.com", "Tags: env=prod,team=pay", "IAM roles: 1 role"}},
		{access.KindAccount, "333333333333", []string{"State: suspended", "Tags: They could not be read", "IAM roles: Stint cannot take on"}},
		{access.KindAccount, "111111111111", []string{"management account", "Cannot be asked for: Stint may not", "IAM roles: Not read yet."}},
		{access.KindRole, "arn:aws:sso:::permissionSet/ssoins-1/ps-1", []string{"Description: Everything", "Sessions last: 4\u00a0h", "Tags: jit=true", "Policies: AdministratorAccess", "Policy of its own: allows actions of s3, some on every resource", "Its text, the first 16 of 5000 bytes: {", "AWS does not let Stint's role: sso:ListTagsForResource"}},
		{access.KindPerson, "p-1", []string{"E-mail: ada@example.com", "Identity Center: active", "payments-devs"}},
		{access.KindPerson, "p-2", []string{"E-mail: none that is unambiguous", "Identity Center: disabled"}},
		{access.KindGroup, "g-1", []string{"Members: 1 person", "They are: Ada Example", "Used by these sets of people: devs"}},
		{access.KindGroup, "g-2", []string{"Members: Not read"}},
		{access.KindOU, "/Production", []string{"Accounts: 2 accounts, 1 directly in it", "Payments"}},
		{access.KindIAMRole, "222222222222/deploy", []string{"Path: /ci", "arn:aws:iam::999999999999:root,ec2.amazonaws.com"}},
	} {
		d, err := b.Detail(c.kind, c.id)
		if err != nil {
			t.Errorf("%s %s: %v", c.kind, c.id, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(saidBy(d), want) {
				t.Errorf("%s %s does not say %q:\n%s", c.kind, c.id, want, saidBy(d))
			}
		}
		if again, err := b.Detail(d.Kind, d.ID); err != nil || again.Name != d.Name {
			t.Errorf("%s %s is not found by its own id %q: %v", c.kind, c.id, d.ID, err)
		}
	}
	if _, err := b.Detail(access.KindAccount, "444444444444"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is gone: %v", err)
	}
}

func TestCatalogLists(t *testing.T) {
	t.Parallel()
	b := browsed(t)
	for _, c := range []struct {
		kind     access.CatalogKind
		text, in string
		want     []string
	}{
		{access.KindAccount, "", "", []string{"management", "old", "prod-billing"}},
		{access.KindAccount, "env=prod", "", []string{"prod-billing"}},
		{access.KindAccount, "", "/Production", []string{"old", "prod-billing"}},
		{access.KindAccount, "", "/Production/Payments", []string{"prod-billing"}},
		{access.KindOU, "pay", "", []string{"/Production/Payments"}},
		{access.KindRole, "everything", "", []string{"Admin"}},
		{access.KindPerson, "ADA@", "", []string{"Ada Example"}},
		{access.KindPerson, "", "", []string{"Ada Example", "Bob"}},
		{access.KindGroup, "dev", "", []string{"payments-devs"}},
		{access.KindIAMRole, "ec2", "222222222222", []string{"deploy"}},
		{access.KindIAMRole, "lambda", "222222222222", nil},
	} {
		list, err := b.List(c.kind, c.text, c.in)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		var names []string
		for _, e := range list {
			names = append(names, e.Name)
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("%s %q in %q: %v, want %v", c.kind, c.text, c.in, names, c.want)
		}
	}
	for account, code := range map[string]fault.Code{"333333333333": fault.Unavailable, "111111111111": fault.NotFound, "": fault.Invalid} {
		if _, err := b.List(access.KindIAMRole, "", account); !fault.Is(err, code) {
			t.Errorf("IAM roles of %q: %v", account, err)
		}
	}
}

// Only admins look at the catalog; what is not read says why.
func TestCatalogIsForAdmins(t *testing.T) {
	inHouse(t, func(h *house) {
		ctx := context.Background()
		h.mustApply(boot, basic())
		if _, err := h.svc.CatalogList(ctx, alice, access.CatalogQuery{Kind: access.KindPerson}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the list: %v", err)
		}
		if _, err := h.svc.CatalogShow(ctx, alice, access.KindPerson, string(person(bob))); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a detail: %v", err)
		}
		if _, err := h.svc.CatalogParts(ctx, alice); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the overview: %v", err)
		}
		p, err := h.svc.CatalogList(ctx, carol, access.CatalogQuery{Kind: access.KindPerson, Page: 99})
		if err != nil || p.Total != 5 || len(p.Entries) != 5 || p.Page != 0 {
			t.Errorf("%+v %v", p, err)
		}
		d, err := h.svc.CatalogShow(ctx, carol, access.KindPerson, string(person(carol)))
		if err != nil || !strings.Contains(saidBy(d), "UCAROL") {
			t.Errorf("%s %v", saidBy(d), err)
		}
		v, err := h.svc.CatalogParts(ctx, carol)
		i := slices.IndexFunc(v.Parts, func(p access.CatalogPart) bool { return p.Name == "IAM roles" })
		if err != nil || i < 0 || !strings.Contains(v.Parts[i].Note, "no reader role") {
			t.Errorf("%+v %v", v.Parts, err)
		}
	}, func(h *house) { h.iam = access.IAMRolesOptions{Off: "They are not read: there is no reader role."} })
}
