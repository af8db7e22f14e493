package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"stint/access/catalog"
)

// company is a small organization for tests.
func company() catalog.Data {
	account := func(id catalog.AccountID, name, ou string, tags map[string]string) catalog.Account {
		return catalog.Account{ID: id, Name: name, OUPath: ou, State: catalog.AccountActive, Tags: tags}
	}
	return catalog.Data{
		AsOf:              time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC),
		Organization:      "o-example",
		ManagementAccount: "111111111111",
		Accounts: []catalog.Account{
			account("111111111111", "Management", "/", nil),
			account("210987654321", "prod-billing", "/Production/Payments", map[string]string{"env": "prod", "team": "core"}),
			account("300000000003", "prod-search", "/Production", map[string]string{"env": "prod"}),
			account("400000000004", "nonprod-billing", "/Staging", map[string]string{"env": "staging"}),
			account("500000000005", "Prod", "/Production", nil),
			account("600000000006", "Zürich Trading", "/Europe/Zürich", map[string]string{"owner": "ΣΊΣΥΦΟΣ"}),
			account("700000000007", "data lake", "/Data & Analytics", map[string]string{"cost-center": "4711"}),
		},
		Roles: []catalog.Role{
			{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-1", Name: "AdministratorAccess", Description: "everything"},
			{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-2", Name: "ReadOnlyAccess", Description: "look, not touch"},
			{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-3", Name: "Billing"},
		},
		People: []catalog.Person{
			{ID: "p-ada", UserName: "ada@example.com", Name: "Ada", Email: "Ada@Example.com "},
			{ID: "p-bob", UserName: "bob", Email: "bob@example.com"},
			{ID: "p-tw1", UserName: "tw1", Name: "Twin", Email: "twins@example.com"},
			{ID: "p-tw2", UserName: "tw2", Name: "Twin", Email: "TWINS@example.com"},
			{ID: "p-svc", UserName: "service", Name: "Without e-mail"},
		},
		Groups: []catalog.Group{
			{ID: "g-sec", Name: "security", Members: []catalog.PersonID{"p-ada"}},
			{ID: "g-one", Name: "same"},
			{ID: "g-two", Name: "same"},
		},
	}
}

func build(t testing.TB, d catalog.Data) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// large is an organization of a given size with names as companies give them.
func large(accounts, roles, people int) catalog.Data {
	teams := []string{"payments", "search", "billing", "identity", "data-platform", "ml", "mobile", "web", "risk", "growth"}
	envs := []string{"prod", "staging", "dev", "sandbox"}
	d := catalog.Data{Organization: "o-large", ManagementAccount: "100000000000"}
	for i := range accounts {
		team, env := teams[i%len(teams)], envs[i/len(teams)%len(envs)]
		d.Accounts = append(d.Accounts, catalog.Account{
			ID:     catalog.AccountID(fmt.Sprintf("%012d", 100000000000+i*7919)),
			Name:   fmt.Sprintf("%s-%s-%05d", team, env, i),
			Email:  fmt.Sprintf("aws+%s-%s-%05d@example.com", team, env, i),
			State:  catalog.AccountActive,
			OUPath: fmt.Sprintf("/%s/%s/unit-%d", env, team, i%97),
			Tags: map[string]string{
				"env": env, "team": team, "cost-center": fmt.Sprint(4000 + i%300), "owner": fmt.Sprintf("owner-%d", i%500),
			},
		})
	}
	for i := range roles {
		d.Roles = append(d.Roles, catalog.Role{
			ARN:         catalog.RoleARN(fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-1/ps-%04d", i)),
			Name:        fmt.Sprintf("%sAccess%03d", teams[i%len(teams)], i),
			Description: "What the team needs for its work",
		})
	}
	for i := range people {
		email := fmt.Sprintf("person%05d@example.com", i)
		d.People = append(d.People, catalog.Person{
			ID: catalog.PersonID(fmt.Sprintf("d4e8f%03d-1111-2222-3333-%012d", i%1000, i)), UserName: email, Name: fmt.Sprintf("Person %05d", i), Email: email,
		})
	}
	return d
}
