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
	for _, count := range []int{0, 100, pendingGrants} {
		path := filepath.Join(b.TempDir(), "stint.db")
		fillLive(b, path, org, count, clock.Now())
		o := benchOptions{path: path, clock: clock, aws: newBenchAWS(b, org, clock.Now), slack: newFakeSlack()}
		b.Run(fmt.Sprint("restart/", count), func(b *testing.B) { restart(b, o) })
		b.Run(fmt.Sprint("due/", count), func(b *testing.B) { due(b, o, clock) })
	}
}

// restart measures from opening the file to the end of the first scan: from then on ends
// are acted upon.
func restart(b *testing.B, o benchOptions) {
	h := openBenchHouse(b, o)
	h.sync() // stores the catalog
	h.run(&told{})
	h.stop()
	var ready samples
	for b.Loop() {
		begin := time.Now()
		h := openBenchHouse(b, o)
		h.run(&told{})
		<-h.scan.first
		ready.add(time.Since(begin))
		h.stop()
	}
	info, err := os.Stat(o.path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(mebibytes(info.Size()), "file-MiB")
	ready.report(b, "ready")
}

// due measures scans, and ends that come while all the others wait. Beside them it tells
// how long it took to judge all grants by a policy; nothing waits for that.
func due(b *testing.B, o benchOptions, clock *sandbox.Clock) {
	h := openBenchHouse(b, o)
	h.sync()
	h.run(&told{})
	defer h.stop()
	begin := time.Now()
	h.load(rigPolicy)
	judged := time.Since(begin)
	h.scan.reset()
	ends := h.endToDelete(b, clock)
	b.ReportMetric(judged.Seconds(), "judged-s") // not before: the loop forgets what was reported
	h.scan.report(b)
	ends.report(b, "end-to-delete")
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
	// Sixty-four a person, in as many accounts: no key comes twice, and alice has none.
	const each = 64
	people, accounts := org.Users[:len(org.Users)-4], org.Accounts[1:]
	u := people[n/each%len(people)]
	key := access.Key{
		Person: catalog.PersonID(u.ID), Account: catalog.AccountID(accounts[(n/each+n%each)%len(accounts)].ID),
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
