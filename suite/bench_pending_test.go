package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox"
	"stint/sandbox/awssim"
	"stint/store/bolt"
)

// pendingGrants is how many leases the best known lease engine was measured with.
const pendingGrants = 256_000

// BenchmarkPending measures what must not depend on how many grants wait for their end:
// finding due work, acting on an end, and a restart.
func BenchmarkPending(b *testing.B) {
	clock := &sandbox.Clock{}
	org := benchOrganization(1000, 300, 5000)
	for _, count := range []int{100, pendingGrants} {
		path := filepath.Join(b.TempDir(), "stint.db")
		fillLive(b, path, org, count, clock.Now())
		b.Run(fmt.Sprint("due/", count), func(b *testing.B) {
			aws := newBenchAWS(b, org, clock.Now)
			h := openBenchHouse(b, benchOptions{path: path, noSync: true, clock: clock, aws: aws, slack: newFakeSlack(), policy: rigPolicy})
			h.run(&told{})
			defer h.stop()
			<-h.scan.first
			ends := h.endToDelete(b, clock)
			h.scan.report(b)
			ends.report(b, "end-to-delete")
		})
	}
	for _, count := range []int{0, pendingGrants} {
		path := filepath.Join(b.TempDir(), "stint.db")
		fillLive(b, path, org, count, clock.Now())
		b.Run(fmt.Sprint("restart/", count), func(b *testing.B) { restart(b, path, org, clock) })
	}
}

// restart measures from opening the file to the end of the first scan, after which every
// end is acted upon, and apart from that how long the policy takes to be in force.
func restart(b *testing.B, path string, org *awssim.Organization, clock *sandbox.Clock) {
	aws := newBenchAWS(b, org, clock.Now)
	o := benchOptions{path: path, clock: clock, aws: aws, slack: newFakeSlack(), policy: rigPolicy}
	h := openBenchHouse(b, o) // stores the catalog
	h.run(&told{})
	h.stop()
	o.policy = "" // loaded below
	var ready, policy samples
	for b.Loop() {
		begin := time.Now()
		h := openBenchHouse(b, o)
		h.run(&told{})
		<-h.scan.first
		ready.add(time.Since(begin))
		begin = time.Now()
		h.load(rigPolicy)
		policy.add(time.Since(begin))
		h.stop()
	}
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/(1<<20), "file-MiB")
	}
	ready.report(b, "ready")
	policy.report(b, "policy-in-force")
}

// report gives how long a scan needed to read what is due.
func (s *scanWatch) report(b *testing.B) {
	b.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times.report(b, "scan")
}

// fillLive stores grants that are live, each with its request and its assignment, and
// whose ends come a year later, a second apart.
func fillLive(tb testing.TB, path string, org *awssim.Organization, count int, now time.Time) {
	tb.Helper()
	db, err := bolt.Open(path, bolt.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	const batch = 2000
	for first := 0; first < count; first += batch {
		err := db.Update(context.Background(), func(tx access.Tx) error {
			for n := first; n < min(first+batch, count); n++ {
				if err := putLive(tx, org, n, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}

func putLive(tx access.Tx, org *awssim.Organization, n int, now time.Time) error {
	// Every person has some, no key comes twice, and alice's keys are left alone.
	people, accounts := org.Users[:len(org.Users)-4], org.Accounts[1:]
	u := people[n%len(people)]
	key := access.Key{
		Person: catalog.PersonID(u.ID), Account: catalog.AccountID(accounts[n/len(people)%len(accounts)].ID),
		Role: catalog.RoleARN(org.PermissionSets[n%len(org.PermissionSets)].ARN),
	}
	actor := access.Actor{Person: key.Person, Name: u.DisplayName}
	end := now.AddDate(1, 0, 0).Add(time.Duration(n) * time.Second)
	g := access.Grant{
		ID: access.GrantID(fmt.Sprintf("00G%023d", n)), Version: 1, State: access.Live, Request: access.RequestID(fmt.Sprintf("00R%023d", n)),
		Key: key, Holder: actor, Start: now, Deadline: now.Add(10 * time.Minute), Duration: end.Sub(now), End: end, ConfirmedAt: now,
	}
	if err := tx.PutRequest(access.Request{
		ID: g.Request, Version: 1, State: access.Approved, FormKey: fmt.Sprint("pending-", n), Asker: actor, Receiver: actor,
		Entitlements: []access.Entitlement{key.Entitlement()}, Duration: g.Duration, Reason: "INC-1234 the disk is full",
		SubmittedAt: now, CheckedAt: now, DecidedAt: now, ExpiresAt: end, Grants: []access.GrantID{g.ID},
	}); err != nil {
		return err
	}
	if err := tx.PutGrant(g); err != nil {
		return err
	}
	return tx.PutAssignment(access.Assignment{Key: key, Version: 1, State: access.Present, LookedAt: now, IntentAt: now, SentAt: now, ConfirmedAt: now})
}
