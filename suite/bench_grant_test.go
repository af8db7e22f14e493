package suite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox"
)

// quiet is how long the house is left alone before something is measured, so that what
// came before (messages, the audit chain, the rate of calls) is over.
const quiet = 150 * time.Millisecond

// BenchmarkApprovalToFirstCall measures from the commit of the deciding review to the
// first call about it at AWS: the look, and to the create that follows it.
func BenchmarkApprovalToFirstCall(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		b.Run(disk(noSync), func(b *testing.B) {
			aws := newBenchAWS(b, benchOrganization(1000, 100, 100), time.Now)
			h := openBenchHouse(b, benchOptions{noSync: noSync, aws: aws, slack: newFakeSlack(), policy: rigPolicy})
			h.run(&told{})
			defer h.stop()
			h.until("the members of the sets", func() bool {
				p, err := previewOf(h.ctx, h.svc, personID("alice"), aws.member(0), aws.role("AdministratorAccess"))
				return err == nil && p.Problem == nil
			})
			var pressed, look, create samples
			for n := 0; b.Loop(); n++ {
				account := aws.member(n)
				req := h.submit(account, "AdministratorAccess", time.Hour, n)
				h.until("the check of the request", func() bool { return !h.request(req.ID).Request.CheckedAt.IsZero() })
				time.Sleep(quiet)

				var commit time.Time
				begin := time.Now()
				if _, err := h.svc.Review(watchCommit(h.ctx, &commit), access.ReviewInput{Request: req.ID, User: bob, Verdict: access.Approve}); err != nil {
					b.Fatal(err)
				}
				first := aws.first(b, account, "")
				pressed.add(first.Sub(begin))
				look.add(first.Sub(commit))
				create.add(aws.first(b, account, "sso:CreateAccountAssignment").Sub(commit))
				h.until("access", func() bool { return h.phase(req.ID) == access.PhaseActive })
			}
			look.report(b, "commit-to-look")
			create.report(b, "commit-to-create")
			pressed.report(b, "press-to-look")
		})
	}
}

// BenchmarkEndToDelete measures from the end of a grant, while nothing else happens, to
// the delete that arrives at AWS. Many keys, one after the other.
func BenchmarkEndToDelete(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		b.Run(disk(noSync), func(b *testing.B) {
			clock := &sandbox.Clock{}
			aws := newBenchAWS(b, benchOrganization(1000, 100, 100), clock.Now)
			h := openBenchHouse(b, benchOptions{noSync: noSync, clock: clock, aws: aws, slack: newFakeSlack(), policy: rigPolicy})
			h.run(&told{})
			defer h.stop()
			ends := h.endToDelete(b, clock)
			ends.report(b, "end-to-delete")
		})
	}
}

// endToDelete grants, moves the clock to shortly before the end, and lets the real timer
// do the rest, once an iteration.
func (h *benchHouse) endToDelete(b *testing.B, clock *sandbox.Clock) (late samples) {
	for n := 0; b.Loop(); n++ {
		account := h.aws.member(n)
		req := h.submit(account, "ReadOnly", 5*time.Minute, n)
		h.until("access", func() bool { return h.phase(req.ID) == access.PhaseActive })
		end := h.request(req.ID).Grants[0].Grant.End
		clock.Advance(end.Add(-quiet).Sub(clock.Now()))
		late.add(h.aws.first(b, account, "sso:DeleteAccountAssignment").Sub(end))
		h.until("the end", func() bool { return h.phase(req.ID) == access.PhaseEnded })
	}
	return late
}

func disk(noSync bool) string {
	if noSync {
		return "nosync"
	}
	return "fsync"
}

// submit asks as alice; n makes the form unique.
func (h *benchHouse) submit(account catalog.AccountID, role string, d time.Duration, n int) access.Request {
	h.tb.Helper()
	r, err := h.svc.Submit(h.ctx, access.Submission{
		FormKey: fmt.Sprint("form-", n), User: alice, Entitlements: []access.Entitlement{{Account: account, Role: h.aws.role(role)}}, Duration: d, Reason: "INC-1 the disk is full",
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	return r
}

func (h *benchHouse) request(id access.RequestID) access.RequestView {
	h.tb.Helper()
	v, err := h.svc.RequestView(context.Background(), id)
	if err != nil {
		h.tb.Fatal(err)
	}
	return v
}

// phase is that of the request's grant; "" before there is one.
func (h *benchHouse) phase(id access.RequestID) access.Phase {
	h.tb.Helper()
	if v := h.request(id); len(v.Grants) > 0 {
		return v.Grants[0].Phase
	}
	return ""
}
