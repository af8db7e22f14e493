package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/fault"
)

func TestLookups(t *testing.T) {
	t.Parallel()
	c := build(t, company())
	if a, ok := c.Account("210987654321"); !ok || a.Name != "prod-billing" {
		t.Errorf("Account: %v %v", a, ok)
	}
	if a, ok := c.Account("999999999999"); ok || a != nil {
		t.Errorf("an account that is not there: %v", a)
	}
	if r, ok := c.RoleByName("Billing"); !ok || r.ARN != "arn:aws:sso:::permissionSet/ssoins-1/ps-3" {
		t.Errorf("RoleByName: %v %v", r, ok)
	}
	if r, ok := c.Role("arn:aws:sso:::permissionSet/ssoins-1/ps-1"); !ok || r.Name != "AdministratorAccess" {
		t.Errorf("Role: %v %v", r, ok)
	}
	if p, ok := c.PersonByEmail(" ADA@example.com"); !ok || p.ID != "p-ada" || p.Email != "ada@example.com" {
		t.Errorf("PersonByEmail: %v %v", p, ok)
	}
	if p, ok := c.Person("p-bob"); !ok || p.Name != "bob" {
		t.Errorf("a person without a name goes by the user name: %v %v", p, ok)
	}
	if g, ok := c.GroupByName("security"); !ok || g.ID != "g-sec" {
		t.Errorf("GroupByName: %v %v", g, ok)
	}
	if g, ok := c.Group("g-two"); !ok || g.Name != "same" {
		t.Errorf("Group: %v %v", g, ok)
	}
	if diff := cmp.Diff(catalog.Counts{Accounts: 7, Roles: 3, People: 5, Groups: 3}, c.Counts()); diff != "" {
		t.Error(diff)
	}
	want := []string{"/", "/Data & Analytics", "/Europe", "/Europe/Zürich", "/Production", "/Production/Payments", "/Staging"}
	if diff := cmp.Diff(want, c.OUPaths()); diff != "" {
		t.Error(diff)
	}
}

// What several share finds nobody, and admins hear of it.
func TestSharedNames(t *testing.T) {
	t.Parallel()
	c := build(t, company())
	if p, ok := c.PersonByEmail("twins@example.com"); ok {
		t.Errorf("an e-mail that two share finds %v", p)
	}
	if !c.EmailShared("Twins@example.com") || c.EmailShared("ada@example.com") || c.EmailShared("") {
		t.Error("EmailShared")
	}
	if p, ok := c.PersonByEmail(""); ok {
		t.Errorf("no e-mail finds %v", p)
	}
	if g, ok := c.GroupByName("same"); ok {
		t.Errorf("a name that two share finds %v", g)
	}
	want := []string{
		`2 groups have the name "same": it finds none of them`,
		`2 people have the e-mail "twins@example.com": it finds none of them`,
	}
	if diff := cmp.Diff(want, c.Warnings()); diff != "" {
		t.Error(diff)
	}
}

func TestNewNamesThePlace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		wrong func(*catalog.Data)
		want  string
	}{
		{"account id", func(d *catalog.Data) { d.Accounts[1].ID = "21098765432" }, `accounts[1] (prod-billing): "21098765432" is not an account id`},
		{"account id with letters", func(d *catalog.Data) { d.Accounts[1].ID = "21098765432x" }, `accounts[1] (prod-billing)`},
		{"account twice", func(d *catalog.Data) { d.Accounts[2].ID = d.Accounts[1].ID }, `accounts[2] (prod-search): the id 210987654321 is there already, at index 1`},
		{"account without a name", func(d *catalog.Data) { d.Accounts[0].Name = " " }, `accounts[0] (111111111111): the name is empty`},
		{"OU path", func(d *catalog.Data) { d.Accounts[0].OUPath = "Production" }, `the OU path "Production" must begin with /`},
		{"OU path's end", func(d *catalog.Data) { d.Accounts[0].OUPath = "/Production/" }, `not end with it`},
		{"role twice", func(d *catalog.Data) { d.Roles[1].ARN = d.Roles[0].ARN }, `roles[1] (ReadOnlyAccess): the id`},
		{"role without a name", func(d *catalog.Data) { d.Roles[2].Name = "" }, `roles[2]`},
		{"role without an ARN", func(d *catalog.Data) { d.Roles[2].ARN = "" }, `roles[2] (Billing): the id is empty`},
		{"person twice", func(d *catalog.Data) { d.People[4].ID = "p-ada" }, `people[4] (service): the id p-ada is there already, at index 0`},
		{"person without a user name", func(d *catalog.Data) { d.People[1].UserName = "" }, `people[1] (p-bob): the name is empty`},
		{"group without a name", func(d *catalog.Data) { d.Groups[1].Name = "" }, `groups[1] (g-one): the name is empty`},
		{"management account", func(d *catalog.Data) { d.ManagementAccount = "root" }, `management_account: "root"`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			d := company()
			tc.wrong(&d)
			_, err := catalog.New(d)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to contain %q", err, tc.want)
			}
		})
	}
	var d catalog.Data
	for range 50 {
		d.Accounts = append(d.Accounts, catalog.Account{ID: "x", Name: "n", OUPath: "/"})
	}
	if _, err := catalog.New(d); err == nil || !strings.Contains(err.Error(), "and 40 more") {
		t.Errorf("many problems: %v", err)
	}
}

// A catalog does not change when the data it was built from does.
func TestNewCopies(t *testing.T) {
	t.Parallel()
	d := company()
	c := build(t, d)
	d.Accounts[1].Tags["env"] = "dev"
	d.Accounts[0].Name = "changed"
	d.Groups[0].Members[0] = "p-bob"
	if diff := cmp.Diff(build(t, company()).Data(), c.Data()); diff != "" {
		t.Error(diff)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	c := catalog.Empty()
	if hits, total := c.SearchAccounts("x", 10, nil); len(hits) != 0 || total != 0 {
		t.Errorf("%v %d", hits, total)
	}
	if !c.AsOf().IsZero() || c.Counts() != (catalog.Counts{}) || c.SuggestAccounts("prod") != nil {
		t.Error("not empty")
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	c := build(t, company())
	for _, tc := range []struct {
		got  []string
		want []string
	}{
		{c.SuggestAccounts("prod-biling"), []string{"prod-billing"}},
		{c.SuggestAccounts("zurich trading"), []string{"Zürich Trading"}},
		{c.SuggestRoles("ReadOnlyAcess"), []string{"ReadOnlyAccess"}},
		{c.SuggestRoles("readonly"), []string{"ReadOnlyAccess"}},
		{c.SuggestGroups("sceurity"), []string{"security"}},
		{c.SuggestEmails("aad@example.com"), []string{"ada@example.com", "bob@example.com"}},
		{c.SuggestOUs("/Prodution"), []string{"/Production"}},
		{c.SuggestAccounts("completely different"), nil},
		{c.SuggestAccounts(""), nil},
		{catalog.Nearest("sre", slices.Values([]string{"sre-eu", "srr", "sre-us", "x", "srr", "ops"})), []string{"srr", "sre-eu", "sre-us"}},
	} {
		if len(tc.got) > 3 || !slices.Equal(tc.got[:min(len(tc.got), len(tc.want))], tc.want) || (len(tc.want) == 0) != (len(tc.got) == 0) {
			t.Errorf("got %q, want %q first", tc.got, tc.want)
		}
	}
}

func TestEncodeDecode(t *testing.T) {
	t.Parallel()
	d := build(t, company()).Data()
	blob := packed(t, *d)
	got, err := catalog.Decode(blob)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "no gzip": []byte("{}"), "cut": blob[:len(blob)/2], "checksum cut": blob[:len(blob)-3],
		"changed": slices.Concat(blob[:len(blob)-6], []byte{1, 2}, blob[len(blob)-4:]),
	} {
		if _, err := catalog.Decode(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCompareAndCheckLoss(t *testing.T) {
	t.Parallel()
	old := large(100, 20, 60)
	next := large(100, 20, 60)
	next.Accounts = next.Accounts[20:]
	next.People = slices.Concat(next.People[10:], []catalog.Person{{ID: "new", UserName: "new"}})
	want := catalog.Diff{Accounts: catalog.Change{Removed: 20}, People: catalog.Change{Added: 1, Removed: 10}}
	if diff := cmp.Diff(want, catalog.Compare(&old, &next)); diff != "" {
		t.Error(diff)
	}
	if err := catalog.CheckLoss(&old, &next); err != nil {
		t.Errorf("a fifth exactly, and 10 exactly: %v", err)
	}
	next.Accounts = next.Accounts[1:]
	err := catalog.CheckLoss(&old, &next)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Conflict || !strings.Contains(f.Message, "21 of 100 accounts") {
		t.Errorf("got %v", err)
	}
	few, fewer := large(12, 0, 0), large(2, 0, 0)
	if err := catalog.CheckLoss(&few, &fewer); err != nil {
		t.Errorf("ten of few: %v", err)
	}
	if err := catalog.CheckLoss(&old, &catalog.Data{}); err == nil {
		t.Error("everything gone is believed")
	}
}
