package suite

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// TestWhoHas: admins see all access, approvers what they may decide about, others nothing;
// what AWS has not given back yet is on it.
func TestWhoHas(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		read := r.active(t, "ReadOnly", 2*time.Hour, "f1")
		q := r.mustSubmit(alice, staging, "AdministratorAccess", time.Hour, "f2")
		pass(10 * time.Second)
		if err := r.approve(bob, q.ID); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		who := func(user identity.SlackUserID, q access.WhoHasQuery) []string {
			t.Helper()
			v, err := r.svc.WhoHas(ctx, user, q)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, g := range v.Grants {
				names = append(names, g.Item.Role.Name+" in "+g.Item.Account.Name)
			}
			return names
		}
		for name, c := range map[string]struct {
			user identity.SlackUserID
			q    access.WhoHasQuery
			want []string
		}{
			"an admin":           {carol, access.WhoHasQuery{}, []string{"AdministratorAccess in staging-billing", "ReadOnly in prod-billing"}},
			"an approver":        {bob, access.WhoHasQuery{}, []string{"AdministratorAccess in staging-billing"}},
			"by account":         {carol, access.WhoHasQuery{Account: prod}, []string{"ReadOnly in prod-billing"}},
			"by role":            {carol, access.WhoHasQuery{Role: roleARN("AdministratorAccess")}, []string{"AdministratorAccess in staging-billing"}},
			"by person":          {carol, access.WhoHasQuery{Person: personID("bob")}, nil},
			"by a part of it":    {carol, access.WhoHasQuery{Text: "PROD-b"}, []string{"ReadOnly in prod-billing"}},
			"by a person's name": {carol, access.WhoHasQuery{Text: "alice"}, []string{"AdministratorAccess in staging-billing", "ReadOnly in prod-billing"}},
			"a page":             {carol, access.WhoHasQuery{Offset: 1, Limit: 1}, []string{"ReadOnly in prod-billing"}},
			"beyond the last":    {carol, access.WhoHasQuery{Offset: 9, Limit: 1}, nil},
		} {
			if got := who(c.user, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		if _, err := r.svc.WhoHas(ctx, alice, access.WhoHasQuery{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("somebody who decides nothing: %v", err)
		}
		if _, err := r.svc.EndGrant(ctx, read.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if got := who(carol, access.WhoHasQuery{}); !slices.Equal(got, []string{"AdministratorAccess in staging-billing"}) {
			t.Errorf("after the end: %v", got)
		}
	})
}

// TestOwnRequests: one's own requests in pages, the same once more, and what is marked.
func TestOwnRequests(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		first := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		second := r.mustSubmit(alice, staging, "AdministratorAccess", time.Hour, "f2")
		pass(10 * time.Second)
		if _, err := r.svc.Cancel(ctx, first.ID, alice); err != nil {
			t.Fatal(err)
		}
		all, err := r.svc.Mine(ctx, alice, access.MineQuery{})
		if err != nil || all.Total != 2 || all.Requests[0].Request.ID != second.ID || all.Cut {
			t.Errorf("%+v %v", all, err)
		}
		page, err := r.svc.Mine(ctx, alice, access.MineQuery{Offset: 1, Limit: 1})
		if err != nil || page.Total != 2 || len(page.Requests) != 1 || page.Requests[0].Request.ID != first.ID {
			t.Errorf("%+v %v", page, err)
		}
		ended, err := r.svc.Mine(ctx, alice, access.MineQuery{States: []access.RequestState{access.Cancelled}})
		if err != nil || ended.Total != 1 || ended.Requests[0].Request.ID != first.ID {
			t.Errorf("%+v %v", ended, err)
		}
		if v, err := r.svc.Again(ctx, alice, first.ID); err != nil || v.Request.ID != first.ID {
			t.Errorf("%s %v", v.Request.ID, err)
		}
		if _, err := r.svc.Again(ctx, bob, first.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("somebody else's: %v", err)
		}

		e := access.RoleIn(prod, roleARN("ReadOnly"))
		for range 2 {
			if err := r.svc.Favourite(ctx, alice, e, true); err != nil {
				t.Fatal(err)
			}
		}
		home, err := r.svc.Home(ctx, alice)
		if err != nil || len(home.Favourites) != 1 || home.Favourites[0].Role.Name != "ReadOnly" || home.Approver {
			t.Errorf("%+v %v", home.Favourites, err)
		}
		if other, err := r.svc.Home(ctx, bob); err != nil || len(other.Favourites) != 0 || !other.Approver {
			t.Errorf("%+v %v %v", other.Favourites, other.Approver, err)
		}
		if err := r.svc.Favourite(ctx, alice, e, false); err != nil {
			t.Fatal(err)
		}
		if home, err := r.svc.Home(ctx, alice); err != nil || len(home.Favourites) != 0 {
			t.Errorf("%+v %v", home.Favourites, err)
		}
		for i := range 20 {
			if err := r.svc.Favourite(ctx, alice, access.RoleIn(prod, catalog.RoleARN(fmt.Sprint("role-", i))), true); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.svc.Favourite(ctx, alice, e, true); !fault.Is(err, fault.Conflict) {
			t.Errorf("one too many: %v", err)
		}
	})
}
