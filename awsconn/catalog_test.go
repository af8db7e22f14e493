package awsconn

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

func TestCatalogIsTheOrganization(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		if err := w.SuspendAccount(w.org.Accounts[3].ID); err != nil {
			t.Fatal(err)
		}
		if err := w.EditUser(w.org.Users[2].ID, func(u *awssim.User) { u.Disabled = true; u.Email = "MiXed@Example.COM" }); err != nil {
			t.Fatal(err)
		}
		w.org = w.Snapshot()
		group := catalog.GroupID(w.org.Groups[0].ID)
		begin := time.Now()
		got := w.sync(nil, group, "99999999-9999-9999-9999-999999999999")
		if diff := cmp.Diff(expected(w, group), normal(got)); diff != "" {
			t.Error(diff)
		}
		if got.AsOf.Before(begin) || got.AsOf.After(begin.Add(time.Second)) {
			t.Errorf("as of %v, begun %v", got.AsOf, begin)
		}
	})
}

// expected is what the simulated organization looks like as a catalog.
func expected(w *world, groups ...catalog.GroupID) catalog.Data {
	ids := w.IDs()
	data := catalog.Data{
		Organization: ids.OrganizationID, ManagementAccount: catalog.AccountID(ids.ManagementAccountID),
		Instance: catalog.Instance{ARN: ids.InstanceARN, IdentityStoreID: ids.IdentityStoreID, Region: ids.Region, PortalHost: ids.PortalHost},
	}
	for _, a := range w.org.Accounts {
		path, _ := w.OUPath(a.ID)
		data.Accounts = append(data.Accounts, catalog.Account{
			ID: catalog.AccountID(a.ID), Name: a.Name, Email: a.Email, State: catalog.AccountState(a.State), OUPath: path, Tags: a.Tags,
		})
	}
	for _, p := range w.org.PermissionSets {
		data.Roles = append(data.Roles, catalog.Role{ARN: catalog.RoleARN(p.ARN), Name: p.Name, Description: p.Description, SessionDuration: p.SessionDuration})
	}
	for _, u := range w.org.Users {
		data.People = append(data.People, catalog.Person{
			ID: catalog.PersonID(u.ID), UserName: u.UserName, Name: u.DisplayName, Email: strings.ToLower(u.Email), Disabled: u.Disabled,
		})
	}
	for _, g := range w.org.Groups {
		group := catalog.Group{ID: catalog.GroupID(g.ID), Name: g.DisplayName}
		if slices.Contains(groups, group.ID) {
			for _, m := range w.org.Memberships {
				if m.GroupID == g.ID {
					group.Members = append(group.Members, catalog.PersonID(m.UserID))
				}
			}
		}
		data.Groups = append(data.Groups, group)
	}
	return normal(data)
}

// normal takes out the times and the order, which mean nothing here.
func normal(d catalog.Data) catalog.Data {
	d.AsOf = time.Time{}
	d.Groups = slices.Clone(d.Groups)
	for i := range d.Groups {
		d.Groups[i].MembersAsOf = time.Time{}
		d.Groups[i].Members = slices.Sorted(slices.Values(d.Groups[i].Members))
	}
	slices.SortFunc(d.Accounts, func(a, b catalog.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(d.Roles, func(a, b catalog.Role) int { return strings.Compare(string(a.ARN), string(b.ARN)) })
	slices.SortFunc(d.People, func(a, b catalog.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(d.Groups, func(a, b catalog.Group) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return d
}

func TestCatalogDescribesOnlyWhatIsNew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		prev := w.sync(nil)
		set := w.org.PermissionSets[0]
		set.ARN, set.Name = set.ARN[:len(set.ARN)-4]+"beef", "Newcomer"
		if err := w.AddPermissionSet(set); err != nil {
			t.Fatal(err)
		}
		if err := w.DeletePermissionSet(w.org.PermissionSets[1].ARN); err != nil {
			t.Fatal(err)
		}
		w.ResetCounts()
		next := w.sync(&prev)
		w.org = w.Snapshot()
		if diff := cmp.Diff(expected(w), normal(next)); diff != "" {
			t.Error(diff)
		}
		if n := w.Count("sso:DescribePermissionSet"); n != 1 {
			t.Errorf("described %d times, want once", n)
		}
	})
}

// Each fact that is not confirmed, both ways.
func TestCatalogWithoutWhatAWSMayNotSend(t *testing.T) {
	for name, change := range map[string]func(*awssim.Switches){
		"no paths":          func(s *awssim.Switches) { s.AccountPaths = false },
		"status only":       func(s *awssim.Switches) { s.AccountState, s.AccountStatus = false, true },
		"state and status":  func(s *awssim.Switches) { s.AccountStatus = true },
		"tags one by one":   func(s *awssim.Switches) { s.TagResources = false },
		"neither":           func(s *awssim.Switches) { s.AccountPaths, s.TagResources = false, false },
		"principal listing": func(s *awssim.Switches) { s.PrincipalListingDelegated = true },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, ordinary, sized(60, 4, 5), switched(change))
				if diff := cmp.Diff(expected(w), normal(w.sync(nil))); diff != "" {
					t.Error(diff)
				}
				if w.Count("organizations:ListParents") != 0 {
					t.Error("asked account by account for the parent")
				}
			})
		})
	}
}

func TestCatalogReadsListingsToTheirEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(60, 20, 60))
		w.inject(awssim.Fault{Kind: awssim.FaultShortPage})
		group := catalog.GroupID(w.org.Groups[0].ID)
		if diff := cmp.Diff(expected(w, group), normal(w.sync(nil, group))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCatalogRepeatedTokenIsAnError(t *testing.T) {
	for _, action := range []string{
		"organizations:ListAccounts", "organizations:ListOrganizationalUnitsForParent", "sso:ListPermissionSets",
		"sso:ListInstances", "identitystore:ListUsers", "identitystore:ListGroups", "tag:GetResources",
	} {
		t.Run(action, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.inject(awssim.Fault{Kind: awssim.FaultRepeatedToken, Action: action})
				got, err := w.Catalog(t.Context(), nil, nil, nil)
				wantClass(t, err, access.ClassRetry)
				if diff := cmp.Diff(catalog.Data{}, got); diff != "" {
					t.Errorf("partial data: %s", diff)
				}
			})
		})
	}
}

func TestCatalogIsWholeOrAnError(t *testing.T) {
	for _, action := range []string{
		"sts:GetCallerIdentity", "organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:ListRoots",
		"organizations:ListOrganizationalUnitsForParent", "sso:ListInstances", "sso:ListPermissionSets", "sso:DescribePermissionSet",
		"identitystore:ListUsers", "identitystore:ListGroups", "identitystore:ListGroupMemberships",
	} {
		t.Run(action, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: action})
				got, err := w.Catalog(t.Context(), nil, []catalog.GroupID{catalog.GroupID(w.org.Groups[0].ID)}, nil)
				ce := wantClass(t, err, access.ClassRefused)
				if !strings.Contains(ce.Message, action) {
					t.Errorf("%q does not name what is missing", ce.Message)
				}
				if diff := cmp.Diff(catalog.Data{}, got); diff != "" {
					t.Errorf("partial data: %s", diff)
				}
			})
		})
	}
}

func TestCatalogUnreadableTagsAreUnknown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "tag:GetResources"})
		one := w.org.Accounts[4].ID
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "organizations:ListTagsForResource", Times: 1, After: 4})
		for _, a := range w.sync(nil).Accounts {
			if unknown := string(a.ID) == one; a.TagsUnknown != unknown || (len(a.Tags) == 0) != unknown {
				t.Errorf("%s: tags %v, unknown %v", a.ID, a.Tags, a.TagsUnknown)
			}
		}
	})
}

// From the delegated administrator the tagging API lists nothing, which is not "no tags".
func TestCatalogAsDelegatedAdministrator(t *testing.T) {
	for _, mayList := range []bool{true, false} {
		bubbleRun(t, map[bool]string{true: "management readable", false: "management unreadable"}[mayList], func(t *testing.T) {
			w := newWorld(t, delegated, switched(func(s *awssim.Switches) { s.DelegatedMayListManagement = mayList }))
			got := w.sync(nil)
			for i, a := range got.Accounts {
				if diff := cmp.Diff(w.org.Accounts[i].Tags, a.Tags); diff != "" || a.TagsUnknown {
					t.Errorf("%s: %s", a.ID, diff)
				}
				if isManagement := a.ID == got.ManagementAccount; (a.Ungrantable != "") != isManagement {
					t.Errorf("%s: ungrantable %q", a.ID, a.Ungrantable)
				}
			}
			inUse := map[string]bool{}
			for _, a := range w.org.Assignments {
				if a.AccountID == w.org.ManagementAccountID && mayList {
					inUse[a.PermissionSetARN] = true
				}
			}
			if mayList && len(inUse) == 0 {
				t.Fatal("the organization has no set in the management account")
			}
			for _, r := range got.Roles {
				if (r.Ungrantable != "") != inUse[string(r.ARN)] {
					t.Errorf("%s: ungrantable %q", r.Name, r.Ungrantable)
				}
			}
			w.ResetCounts()
			if diff := cmp.Diff(normal(got), normal(w.sync(&got))); diff != "" {
				t.Error(diff)
			}
			if n := w.Count("sso:*"); n != 1 {
				t.Errorf("warm: %d calls of sso-admin, want 1", n)
			}
		})
	}
}

// From there a sample does not tell either: the one tag that a deny names may be anywhere.
func TestCatalogFindsTheOneTag(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, delegated, sized(60, 3, 3), func(s *setting) {
			s.aws.Organization = awssim.Generate(s.gen)
			for i := range s.aws.Organization.Accounts {
				s.aws.Organization.Accounts[i].Tags = nil
			}
			s.aws.Organization.Accounts[59].Tags = map[string]string{"critical": "true"}
		})
		accounts := w.sync(nil).Accounts
		if got := accounts[len(accounts)-1].Tags["critical"]; got != "true" {
			t.Error("the tag was not found")
		}
	})
}

func bubbleRun(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { bubble(t, f) })
}

func TestCatalogUntaggedOrganization(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(60, 3, 3), func(s *setting) {
			s.aws.Organization = awssim.Generate(s.gen)
			for i := range s.aws.Organization.Accounts {
				s.aws.Organization.Accounts[i].Tags = nil
			}
		})
		for _, a := range w.sync(nil).Accounts {
			if len(a.Tags) != 0 || a.TagsUnknown {
				t.Errorf("%s: tags %v, unknown %v", a.ID, a.Tags, a.TagsUnknown)
			}
		}
		if n := w.Count("organizations:ListTagsForResource"); n != tagSample {
			t.Errorf("asked %d accounts, want a sample of %d", n, tagSample)
		}
	})
}

// A world that collapses is refused once, and believed when it stays so.
func TestCatalogThatCollapses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(60, 12, 12))
		prev := w.sync(nil)
		for _, p := range w.org.PermissionSets[4:] {
			if err := w.DeletePermissionSet(p.ARN); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // at once again is no confirmation
			_, err := w.Catalog(t.Context(), &prev, nil, nil)
			wantClass(t, err, access.ClassRetry)
		}
		time.Sleep(time.Hour)
		if next := w.sync(&prev); len(next.Roles) != 4 {
			t.Errorf("%d roles", len(next.Roles))
		}
	})
}

func TestCatalogProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(60, 4, 5))
		last := map[string]int{}
		calls := 0
		_, err := w.Catalog(t.Context(), nil, nil, func(p access.SyncProgress) {
			if p.Done < last[p.Stage] || p.Calls < calls {
				t.Errorf("went back: %+v", p)
			}
			last[p.Stage], calls = p.Done, p.Calls
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"accounts": 60, "tags": 60, "roles": 4, "people": 5, "groups": len(w.org.Groups)}, last); diff != "" {
			t.Error(diff)
		}
		total := 0
		for _, n := range w.Counts() {
			total += n
		}
		if calls == 0 || calls > total {
			t.Errorf("told of %d calls of %d", calls, total)
		}
	})
}

func TestCatalogEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		_, err := w.Catalog(canceled(), nil, nil, nil)
		wantClass(t, err, access.ClassCanceled)
	})
}

func TestRefreshRolesGoesRound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		data := w.sync(nil)
		for _, p := range w.org.PermissionSets {
			if err := w.EditPermissionSet(p.ARN, func(p *awssim.PermissionSet) { p.SessionDuration = 7 * time.Hour }); err != nil {
				t.Fatal(err)
			}
		}
		old := slices.Clone(data.Roles)
		before := data
		for round := 1; round <= 4; round++ {
			w.ResetCounts()
			next, err := w.RefreshRoles(t.Context(), data, 3)
			if err != nil {
				t.Fatal(err)
			}
			fresh := 0
			for _, r := range next.Roles {
				if r.SessionDuration == 7*time.Hour {
					fresh++
				}
			}
			calls := 3 + 3*4 // the description, and tags and policies
			if round == 1 {
				calls += 7 * 4 // of those that nobody looked at before
			}
			if want := min(3*round, len(old)); fresh != want || w.Count("sso:*") != calls {
				t.Errorf("round %d: %d are fresh after %d calls, want %d after %d", round, fresh, w.Count("sso:*"), want, calls)
			}
			data = next
		}
		if diff := cmp.Diff(old, before.Roles); diff != "" {
			t.Errorf("changed what it was given: %s", diff)
		}
		role, err := w.RefreshRole(t.Context(), old[0].ARN)
		if err != nil || role.SessionDuration != 7*time.Hour || role.Name != old[0].Name {
			t.Errorf("%+v, %v", role, err)
		}
		_, err = w.RefreshRole(t.Context(), old[0].ARN[:len(old[0].ARN)-4]+"0000")
		wantClass(t, err, access.ClassGone)
	})
}

func TestSessionDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"": time.Hour, "PT1H": time.Hour, "PT12H": 12 * time.Hour, "PT1H30M": 90 * time.Minute, "PT90M": 90 * time.Minute, "P1D": 24 * time.Hour, "PT3600S": time.Hour,
		"nonsense": 12 * time.Hour, "P": 12 * time.Hour, "PT99999999999999H": 12 * time.Hour, "PT0H": 12 * time.Hour,
	} {
		if got := sessionDuration(in); got != want {
			t.Errorf("%q is %v, want %v", in, got, want)
		}
	}
}
