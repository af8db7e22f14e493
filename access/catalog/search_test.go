package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stint/access/catalog"
)

func accountNames(hits []*catalog.Account) []string {
	var out []string
	for _, a := range hits {
		out = append(out, a.Name)
	}
	return out
}

func TestSearchAccounts(t *testing.T) {
	t.Parallel()
	c := build(t, company())
	everything := []string{"data lake", "Management", "nonprod-billing", "Prod", "prod-billing", "prod-search", "Zürich Trading"}
	for _, tc := range []struct {
		why, query string
		want       []string
	}{
		{"nothing typed: all, by name", "", everything},
		{"only spaces and controls", " \x00\t ", everything},
		{"exact, prefix, a tag, then inside", "prod", []string{"Prod", "prod-billing", "prod-search", "nonprod-billing"}},
		{"case does not matter", "PROD-b", []string{"prod-billing", "nonprod-billing"}},
		{"start of a word before inside a word", "bill", []string{"nonprod-billing", "prod-billing"}},
		{"two words", "billing prod", []string{"prod-billing", "nonprod-billing"}},
		{"spaces around and between", "  prod \t billing ", []string{"prod-billing", "nonprod-billing"}},
		{"a name with a space", "data lake", []string{"data lake"}},
		{"whole id", "210987654321", []string{"prod-billing"}},
		{"id with dashes", "2109-8765-4321", []string{"prod-billing"}},
		{"id with spaces", "2109 8765 4321", []string{"prod-billing"}},
		{"first digits", "2109", []string{"prod-billing"}},
		{"last digits", "4321", []string{"prod-billing"}},
		{"digits in the middle", "98765", []string{"prod-billing"}},
		{"id and a word", "4321 prod", []string{"prod-billing"}},
		{"id and a word that is not there", "4321 staging", nil},
		{"an OU below the top", "payments", []string{"prod-billing"}},
		{"a path", "/production/pay", []string{"prod-billing"}},
		{"an OU and everything below it, after the names", "/production", []string{"Prod", "prod-billing", "prod-search"}},
		{"a tag's key", "cost-center", []string{"data lake"}},
		{"a tag's value", "4711", []string{"data lake"}},
		{"key=value", "env=prod", []string{"prod-billing", "prod-search"}},
		{"key=value and a word", "env=prod search", []string{"prod-search"}},
		{"an ampersand", "data & ana", []string{"data lake"}},
		{"letters beyond ASCII", "ZÜRICH", []string{"Zürich Trading"}},
		{"final sigma", "σίσυφος", []string{"Zürich Trading"}},
		{"only similar", "prdbil", []string{"prod-billing", "nonprod-billing"}},
		{"similar, over words", "znt rad", []string{}},
		{"nothing like it", "xyzzy", []string{}},
		{"a line break is a space", "billing\n2109", []string{"prod-billing"}},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			hits, total := c.SearchAccounts(tc.query, 0, nil)
			got := accountNames(hits)
			if diff := cmp.Diff(fmt.Sprint(tc.want), fmt.Sprint(got)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tc.query, diff)
			}
			if total != len(hits) {
				t.Errorf("total %d, hits %d", total, len(hits))
			}
		})
	}
}

func TestSearchLimitAndKeep(t *testing.T) {
	t.Parallel()
	c := build(t, company())
	asked := make(map[string]int)
	hits, total := c.SearchAccounts("prod", 1, func(a *catalog.Account) bool {
		asked[a.Name]++
		return a.Name != "Prod"
	})
	if diff := cmp.Diff([]string{"prod-billing"}, accountNames(hits)); diff != "" {
		t.Error(diff)
	}
	if total != 3 {
		t.Errorf("total %d, want 3: everything that was kept", total)
	}
	for name, n := range asked {
		if n != 1 {
			t.Errorf("keep was asked %d times about %s", n, name)
		}
	}
}

func TestSearchHostileInput(t *testing.T) {
	t.Parallel()
	c := build(t, large(2000, 10, 0))
	for _, q := range []string{
		strings.Repeat("a", 4000), strings.Repeat("a ", 2000), strings.Repeat("0", 4000), strings.Repeat("prod ", 800),
		strings.Repeat("ü", 4000), strings.Repeat("\x00", 4000), strings.Repeat("\xff", 4000), strings.Repeat("-", 500),
		strings.Repeat("\u202e", 400) + "prod", "a b c d e f g h i j k l m n o p q r s t u v w x y z",
	} {
		hits, total := c.SearchAccounts(q, 100, nil)
		if len(hits) > 100 || total < len(hits) {
			t.Errorf("%.20q: %d hits of %d", q, len(hits), total)
		}
		c.SuggestAccounts(q)
		c.SearchRoles(q, 100, nil)
	}
	if _, total := c.SearchAccounts(strings.Repeat("a", 4000), 0, nil); total != 0 {
		t.Errorf("4,000 letters match %d accounts", total)
	}
	if hits, _ := c.SearchAccounts("\u202eprod\u200b", 1, nil); len(hits) != 1 {
		t.Error("marks that cannot be seen hide what was typed")
	}
}

func TestSearchRoles(t *testing.T) {
	t.Parallel()
	c := build(t, company())
	for query, want := range map[string]string{
		"access": "AdministratorAccess", "read": "ReadOnlyAccess", "touch": "ReadOnlyAccess", "bill": "Billing", "admaccess": "AdministratorAccess",
	} {
		hits, _ := c.SearchRoles(query, 1, nil)
		if len(hits) != 1 || hits[0].Name != want {
			t.Errorf("%q: %v, want %s", query, hits, want)
		}
	}
}

// Every account is reachable by typing its name or its id, whatever else there is.
func TestEveryAccountIsReachable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		var d catalog.Data
		used := make(map[string]bool)
		for i := range n {
			name := rapid.StringMatching(`[ -~]{1,12}|[ab ]{1,4}|\pL{1,6}`).Draw(t, "name")
			key := strings.Join(strings.Fields(strings.ToUpper(name)), " ")
			if strings.TrimSpace(name) == "" || used[key] {
				continue
			}
			used[key] = true
			d.Accounts = append(d.Accounts, catalog.Account{ID: catalog.AccountID(fmt.Sprintf("%012d", i*i+i)), Name: name, OUPath: "/" + rapid.StringMatching(`[ab]{1,3}`).Draw(t, "ou")})
		}
		c, err := catalog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Accounts {
			a := &d.Accounts[i]
			if hits, _ := c.SearchAccounts(a.Name, 0, nil); !contains(hits, a.ID) {
				t.Fatalf("typing the name %q does not find it: %v", a.Name, accountNames(hits))
			}
			if hits, _ := c.SearchAccounts(string(a.ID), 1, nil); len(hits) != 1 || hits[0].ID != a.ID {
				t.Fatalf("typing the id %s does not find it first: %v", a.ID, accountNames(hits))
			}
		}
	})
}

func contains(hits []*catalog.Account, id catalog.AccountID) bool {
	for _, h := range hits {
		if h.ID == id {
			return true
		}
	}
	return false
}
