package awsconn

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

type size struct{ accounts, roles, people int }

// sizes are the organizations for which the calls are counted. Counting is no matter of
// races, so the largest is left to the run without the detector; `make test` has both.
func sizes() []size {
	if raceEnabled {
		return []size{{100, 20, 250}}
	}
	return []size{{100, 20, 250}, {1000, 100, 2500}, {10_000, 500, 30_000}}
}

func up(n, size int) int { return (n + size - 1) / size }

// The calls of each pass are those of the formulas, at AWS's own limits, and none is
// refused; and a pass takes hardly longer than its calls at 20 a second.
func TestCalls(t *testing.T) {
	for _, size := range sizes() {
		bubbleRun(t, fmt.Sprintf("%d×%d", size.accounts, size.roles), func(t *testing.T) {
			w := newWorld(t, ordinary, sized(size.accounts, size.roles, size.people), readingRoles)
			groups := []catalog.GroupID{catalog.GroupID(w.org.Groups[0].ID), catalog.GroupID(w.org.Groups[1].ID)}
			members := up(membersOf(w, groups[0]), 100) + up(membersOf(w, groups[1]), 100)
			cold := map[string]int{
				"sts:GetCallerIdentity": 1, "organizations:DescribeOrganization": 1, "sso:ListInstances": 1,
				"organizations:ListAccounts": up(size.accounts, 20), "organizations:ListRoots": 1,
				"organizations:ListOrganizationalUnitsForParent": unitPages(w), "tag:GetResources": up(size.accounts, 100),
				"sso:ListPermissionSets": up(size.roles, 100), "sso:DescribePermissionSet": size.roles,
				"identitystore:ListUsers": up(size.people, 100), "identitystore:ListGroups": up(len(w.org.Groups), 100),
				"identitystore:ListGroupMemberships": members,
			}
			data, took := w.counted(t, "cold", cold, func() catalog.Data { return w.sync(nil, groups...) })
			if diff := cmp.Diff(expected(w, groups...), normal(data)); diff != "" {
				t.Error(diff)
			}
			calls := 0
			for _, n := range cold {
				calls += n
			}
			// Below a few hundred calls it is the longest listing that takes the time.
			if most := time.Duration(calls) * time.Second / 20 * 11 / 10; size.accounts == 10_000 && took > most {
				t.Errorf("%d calls took %v, want at most %v", calls, took, most)
			}

			warm := maps.Clone(cold)
			maps.DeleteFunc(warm, func(k string, _ int) bool {
				return k == "sts:GetCallerIdentity" || k == "organizations:DescribeOrganization" || k == "sso:ListInstances" || k == "sso:DescribePermissionSet"
			})
			w.counted(t, "warm", warm, func() catalog.Data { return w.sync(&data, groups...) })

			// What a sync leaves out of new roles: four calls each, once.
			details := map[string]int{
				"sso:ListTagsForResource": size.roles, "sso:ListManagedPoliciesInPermissionSet": size.roles,
				"sso:ListCustomerManagedPolicyReferencesInPermissionSet": size.roles, "sso:GetInlinePolicyForPermissionSet": size.roles,
			}
			data, _ = w.counted(t, "details", details, func() catalog.Data {
				for range up(size.roles, unreadEach) {
					next, err := w.RefreshRoles(t.Context(), data, 0)
					if err != nil {
						t.Fatal(err)
					}
					data = next
				}
				return data
			})

			pairs, pages := pairsOf(w)
			byRole := map[string]int{"sso:ListAccountsForProvisionedPermissionSet": size.roles - len(pages) + sum(pages), "sso:ListAccountAssignments": pairs}
			_, took = w.counted(t, "assignments by role", byRole, func() catalog.Data {
				w.scan(t, &data, catalog.Scan{By: catalog.ByRole})
				return data
			})
			if most := time.Duration(byRole["sso:ListAccountsForProvisionedPermissionSet"]+pairs) * time.Second / 10 * 11 / 10; took > most {
				t.Errorf("%d pairs took %v, want at most %v", pairs, took, most)
			}
			if size.accounts == 10_000 { // 50,000 more calls would count nothing else
				return
			}
			w.ResetCounts()
			w.scan(t, &data, catalog.Scan{By: catalog.ByPrincipal})
			if n, least := w.Count("sso:ListAccountAssignmentsForPrincipal"), size.people+len(w.org.Groups); n < least || n != w.Count("*") {
				t.Errorf("by principal: %d calls, want %d and one for each further page", n, least)
			}

			w.counted(t, "IAM roles", map[string]int{"sts:AssumeRole": size.accounts, "iam:ListRoles": size.accounts - 1}, func() catalog.Data {
				w.iamRoles(t, data.Accounts, "") // the management account has no reader role
				return data
			})
		})
	}
}

// counted checks what a pass asked for, and says how long it took.
func (w *world) counted(t *testing.T, what string, want map[string]int, pass func() catalog.Data) (catalog.Data, time.Duration) {
	t.Helper()
	w.ResetCounts()
	begin := time.Now()
	data := pass()
	took := time.Since(begin)
	if diff := cmp.Diff(want, w.Counts()); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
	if n := w.ErrorCounts()["ThrottlingException"] + w.ErrorCounts()["TooManyRequestsException"]; n != 0 {
		t.Errorf("%s: AWS refused %v: our limits are above its own", what, w.ErrorCounts())
	}
	return data, took
}

func membersOf(w *world, group catalog.GroupID) (n int) {
	for _, m := range w.org.Memberships {
		if m.GroupID == string(group) {
			n++
		}
	}
	return n
}

// unitPages is one listing for the root and each unit, and one more for every 20 children.
func unitPages(w *world) (n int) {
	children := map[string]int{}
	for _, o := range w.org.OUs {
		children[o.ParentID]++
	}
	n = up(max(1, children[w.org.RootID]), 20)
	for _, o := range w.org.OUs {
		n += up(max(1, children[o.ID]), 20)
	}
	return n
}

// pairsOf is how many (account, role) pairs are in use, and how many pages the accounts of
// each role in use take.
func pairsOf(w *world) (n int, pages map[string]int) {
	seen, accounts := map[[2]string]bool{}, map[string]int{}
	for _, a := range w.org.Assignments {
		if k := [2]string{a.PermissionSetARN, a.AccountID}; !seen[k] {
			seen[k] = true
			n++
			accounts[a.PermissionSetARN]++
		}
	}
	pages = map[string]int{}
	for arn, k := range accounts {
		pages[arn] = up(k, 100)
	}
	return n, pages
}

func sum(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// BenchmarkFullCatalog reads 10,000 accounts, 500 roles and 30,000 people and reports the
// most memory that it took, the simulated AWS not counted where it does not answer. It
// fails above 256 MiB.
func BenchmarkFullCatalog(b *testing.B) {
	tuning := awssim.InstantTuning()
	cloud, err := awssim.New(awssim.Config{Organization: awssim.Generate(awssim.GenerateOptions{Seed: 7, Accounts: 10_000, Roles: 500, People: 30_000}), Tuning: &tuning})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := benchConnector(b, cloud)
		base := heap(true)
		most := base
		data, err := c.Catalog(b.Context(), nil, nil, func(access.SyncProgress) { most = max(most, heap(false)) })
		if err != nil {
			b.Fatal(err)
		}
		whole, err := catalog.New(data)
		if err != nil {
			b.Fatal(err)
		}
		most = max(most, heap(false))
		kept := heap(true)
		runtime.KeepAlive(whole)
		b.ReportMetric(float64(most-base)/(1<<20), "peak-MiB")
		b.ReportMetric(float64(kept-base)/(1<<20), "kept-MiB")
		if most-base > 256<<20 {
			b.Fatalf("took %d MiB", (most-base)>>20)
		}
	}
}

func benchConnector(b *testing.B, cloud *awssim.Cloud) *Connector {
	b.Helper()
	key := cloud.Credentials().Management
	c, err := New(b.Context(), Config{}, Deps{
		Clock: benchClock{time.Now()}, Logger: zerolog.Nop(), HTTPClient: &http.Client{Transport: cloud.Transport()},
		LoadOptions: []func(*config.LoadOptions) error{
			config.WithRegion("eu-central-1"), config.WithBaseEndpoint("http://aws.test"),
			config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}),
			config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key.ID, key.Secret, "")),
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// benchClock runs a thousand times as fast: what AWS's quotas take is not what is measured.
type benchClock struct{ begun time.Time }

func (c benchClock) Now() time.Time { return c.begun.Add(1000 * time.Since(c.begun)) }

func (c benchClock) At(t time.Time) (<-chan struct{}, func()) {
	return wallClock{}.At(time.Now().Add(t.Sub(c.Now()) / 1000))
}

// heap is what is allocated, after a collection or as it is.
func heap(collect bool) uint64 {
	if collect {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
