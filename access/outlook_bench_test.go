package access_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
	"stint/store/bolt"
)

// The size at which a review must be shown within two seconds.
const (
	manyAccounts = 10_000
	manyRoles    = 500
	manyPeople   = 5_000
	manyRules    = 200
	manyGrants   = 2_000
	manyPending  = 500
)

func bigOutside() *outside {
	o := newOutside()
	for i := range manyAccounts {
		o.data.Accounts = append(o.data.Accounts, catalog.Account{
			ID: catalog.AccountID(fmt.Sprintf("%012d", 500_000_000_000+i)), Name: fmt.Sprintf("team-%d-%d", i%100, i), State: catalog.AccountActive,
			OUPath: fmt.Sprintf("/Unit%d/Team%d", i%10, i%100), Tags: map[string]string{"env": []string{"prod", "stage", "dev"}[i%3]},
		})
	}
	for i := range manyRoles {
		o.data.Roles = append(o.data.Roles, catalog.Role{ARN: arn(fmt.Sprint("big", i)), Name: fmt.Sprintf("Big%d", i), SessionDuration: time.Hour})
	}
	for i := range manyPeople {
		n := fmt.Sprintf("person%d", i)
		o.data.People = append(o.data.People, catalog.Person{ID: catalog.PersonID("p-" + n), UserName: n, Name: n, Email: n + "@example.com"})
	}
	return o
}

func bigPolicy() policy.Spec {
	spec := basic()
	for i := range manyRules - 2 {
		set := fmt.Sprintf("set%d", i%50)
		users := []string{}
		for n := range 40 {
			users = append(users, fmt.Sprintf("person%d@example.com", (i%50*97+n)%manyPeople))
		}
		spec.People[set] = policy.People{Users: users}
		spec.Rules = append(spec.Rules, policy.RuleSpec{
			Name:     fmt.Sprint("rule ", i),
			Accounts: policy.Accounts{Entries: []policy.AccountMatch{{OU: fmt.Sprintf("/Unit%d", i%10), Tags: map[string]string{"env": "prod"}}, {Name: fmt.Sprintf("team-%d-*", i%100)}}},
			Roles:    policy.List{Items: []string{fmt.Sprintf("Big%d*", i%50)}}, Requesters: policy.List{Items: []string{set}},
			Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}},
		})
	}
	return spec
}

// BenchmarkReviewDraft shows what a change of a large policy would do.
func BenchmarkReviewDraft(b *testing.B) {
	db, err := bolt.Open(b.TempDir()+"/stint.db", bolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	out := bigOutside()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dir, err := identity.New(ctx, identity.Options{Slack: out, Center: out, Pins: access.Pins{Store: db, Clock: bubbleClock{}}, Clock: bubbleClock{}, Domains: []string{"example.com"}})
	if err != nil {
		b.Fatal(err)
	}
	defer dir.Close()
	svc, err := access.New(ctx, access.Options{
		Store: db, Clock: bubbleClock{}, Connector: out, Directory: dir, Log: zerolog.Nop(), OnCatalog: dir.SetCatalog, BootstrapAdmins: []string{email(boot)},
		OnPolicy: func(p *policy.Policy) { dir.SetDomains(p.Settings().EmailDomains); dir.Watch(p.Sources()) },
	})
	if err != nil {
		b.Fatal(err)
	}
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(svc.Sync(ctx))
	d, err := svc.Draft(ctx, boot)
	must(err)
	d, err = svc.EditDraft(ctx, boot, d.Revision.Version, bigPolicy())
	must(err)
	_, err = svc.ApplyDraft(ctx, boot, d.Revision.Version, "first", false)
	must(err)
	must(db.Update(ctx, func(tx access.Tx) error { return fillBig(tx) }))
	spec := bigPolicy()
	spec.Rules = append([]policy.RuleSpec{{Name: "not in production", Deny: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{{Tags: map[string]string{"env": "prod"}}}}}}, spec.Rules...)
	d, err = svc.Draft(ctx, boot)
	must(err)
	_, err = svc.EditDraft(ctx, boot, d.Revision.Version, spec)
	must(err)
	for b.Loop() {
		v, err := svc.ReviewDraft(ctx, boot)
		must(err)
		if v.EndsTotal == 0 || v.TouchedTotal == 0 || v.Impact.Lost.Pairs == 0 {
			b.Fatalf("it changes nothing: %+v", v.Impact)
		}
	}
}

// fillBig puts live grants and pending requests of many people.
func fillBig(tx access.Tx) error {
	now := time.Now()
	for i := range manyGrants + manyPending {
		who := access.Actor{Person: catalog.PersonID(fmt.Sprintf("p-person%d", i%manyPeople))}
		e := access.Entitlement{Account: catalog.AccountID(fmt.Sprintf("%012d", 500_000_000_000+i*3%manyAccounts)), Role: arn("Admin")}
		r := access.Request{
			ID: access.RequestID(fmt.Sprintf("R%06d", i)), Version: 1, State: access.Pending, FormKey: fmt.Sprint(i), Asker: who, Receiver: who,
			Entitlements: []access.Entitlement{e}, Duration: time.Hour, Terms: policy.Terms{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}},
			SubmittedAt: now, CheckedAt: now, ExpiresAt: now.Add(time.Hour),
		}
		if i < manyGrants {
			r.State = access.Approved
			g := access.Grant{
				ID: access.GrantID(fmt.Sprintf("G%06d", i)), Version: 1, State: access.Live, Request: r.ID, Holder: who,
				Key: access.Key{Person: who.Person, Account: e.Account, Role: e.Role}, Start: now, Deadline: now.Add(time.Minute), End: now.Add(time.Hour), ConfirmedAt: now,
			}
			r.Grants = []access.GrantID{g.ID}
			if err := tx.PutGrant(g); err != nil {
				return err
			}
		}
		if err := tx.PutRequest(r); err != nil {
			return err
		}
	}
	return nil
}
