package suite

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// BenchmarkPeople measures what people wait for, on each store: their form is taken, and
// their press on Approve is.
func BenchmarkPeople(b *testing.B) {
	for _, e := range benchEngines(b) {
		b.Run(e.name, func(b *testing.B) {
			aws := newBenchAWS(b, benchOrganization(1000, 100, 100), time.Now)
			h := openBenchHouse(b, benchOptions{open: e.empty(b), aws: aws, slack: newFakeSlack(), policy: rigPolicy})
			h.run(&told{})
			defer h.stop()
			h.untilTaken()
			var submit, review samples
			for n := 0; b.Loop(); n++ {
				time.Sleep(quiet)
				begin := time.Now()
				req := h.submit(aws.member(n), "AdministratorAccess", time.Hour, n)
				submit.add(time.Since(begin))
				h.until("the check of the request", func() bool { return !h.request(req.ID).Request.CheckedAt.IsZero() })
				time.Sleep(quiet)
				begin = time.Now()
				if _, err := h.svc.Review(h.ctx, access.ReviewInput{Request: req.ID, User: bob, Verdict: access.Approve}); err != nil {
					b.Fatal(err)
				}
				review.add(time.Since(begin))
				h.until("access", func() bool { return h.phase(req.ID) == access.PhaseActive })
			}
			submit.report(b, "submit")
			review.report(b, "review")
		})
	}
}

// untilTaken waits until a form would be taken: the members of the sets are known.
func (h *benchHouse) untilTaken() {
	h.tb.Helper()
	h.until("the members of the sets", func() bool {
		p, err := previewOf(h.ctx, h.svc, personID("alice"), h.aws.member(0), h.aws.role("AdministratorAccess"))
		return err == nil && p.Problem == nil
	})
}

// formClients fill in forms at the same time in BenchmarkReplicas.
const formClients = 8

// BenchmarkReplicas measures forms, each a preview and a submission, that 1, 2 and 3
// replicas on one Postgres serve to the same clients; and the one process on a file.
func BenchmarkReplicas(b *testing.B) {
	for _, e := range benchEngines(b) {
		counts := []int{1, 2, 3}
		if e.name == onBolt.name {
			counts = []int{1}
		}
		for _, n := range counts {
			b.Run(fmt.Sprintf("%s/%d", e.name, n), func(b *testing.B) { serveForms(b, e, n) })
		}
	}
}

func serveForms(b *testing.B, e engine, replicas int) {
	aws := newBenchAWS(b, benchOrganization(1000, 100, 100), time.Now)
	open := e.empty(b)
	var houses []*benchHouse
	for i := range replicas {
		h := openBenchHouse(b, benchOptions{open: open, aws: aws, slack: newFakeSlack(), replica: fmt.Sprint("replica-", i)})
		h.run(&told{})
		defer h.stop()
		if i == 0 {
			h.until("the lead", func() bool { leads, _ := h.svc.Leading(); return leads })
			h.until("the catalog", func() bool { return h.svc.Catalog() != nil })
			h.load(rigPolicy) // the others take it from the store
		}
		h.untilTaken()
		houses = append(houses, h)
	}
	// Every form asks for something else: the same twice would be refused.
	people := []identity.SlackUserID{alice, bob, carol, dana}
	role := aws.role("AdministratorAccess")
	var mu sync.Mutex
	var took samples
	var group sync.WaitGroup
	turns := make(chan int)
	for c := range formClients {
		h := houses[c%len(houses)]
		group.Go(func() {
			for n := range turns {
				begin := time.Now()
				if err := h.fillIn(people[n%len(people)], h.aws.member(n/len(people)), role, n); err != nil {
					b.Error(err)
				}
				mu.Lock()
				took.add(time.Since(begin))
				mu.Unlock()
			}
		})
	}
	begin := time.Now()
	for n := 0; b.Loop(); n++ {
		turns <- n
	}
	close(turns)
	group.Wait()
	took.report(b, "form")
	b.ReportMetric(float64(len(took))/time.Since(begin).Seconds(), "forms/s")
}

// fillIn looks at the preview of a form and sends it.
func (h *benchHouse) fillIn(who identity.SlackUserID, account catalog.AccountID, role catalog.RoleARN, n int) error {
	if _, err := previewOf(h.ctx, h.svc, personID(nameOf(who)), account, role); err != nil {
		return err
	}
	_, err := h.svc.Submit(h.ctx, access.Submission{
		FormKey: fmt.Sprint("form-", n), User: who, Entitlements: []access.Entitlement{{Account: account, Role: role}}, Duration: time.Hour, Reason: "INC-1 the disk is full",
	})
	return err
}
