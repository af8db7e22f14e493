package suite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// BenchmarkPreview measures what a form over several costs between a choice and its answer,
// at 10,000 accounts and 500 roles: the preview of forty accounts and five roles, and the
// roles that are offered in forty accounts, as they are typed.
func BenchmarkPreview(b *testing.B) {
	aws := newBenchAWS(b, benchOrganization(10_000, 500, 30_000), time.Now)
	h := openBenchHouse(b, benchOptions{aws: aws, slack: newFakeSlack(), policy: formPolicy()})
	h.run(&told{})
	defer h.stop()
	h.untilTaken()
	var roles []catalog.RoleARN
	for i := 0; len(roles) < 5; i++ {
		roles = append(roles, h.svc.Catalog().Roles()[i*90].ARN)
	}
	for _, n := range []int{1, 40} {
		var accounts []catalog.AccountID
		var all []access.Entitlement
		for i := range n {
			accounts = append(accounts, aws.member(i))
			for _, r := range roles {
				all = append(all, access.RoleIn(aws.member(i), r))
			}
		}
		b.Run(fmt.Sprintf("preview/%dx%d", n, len(roles)), func(b *testing.B) {
			for b.Loop() {
				if p, err := h.svc.Preview(context.Background(), access.PreviewInput{Asker: personID("alice"), Entitlements: all}); err != nil || len(p.Items) != len(all) {
					b.Fatal(len(p.Items), err)
				}
			}
		})
		for _, typed := range []string{"", "readonly"} {
			b.Run(fmt.Sprintf("roles/%d/%q", n, typed), func(b *testing.B) {
				for b.Loop() {
					if _, err := h.svc.Roles(context.Background(), access.RoleQuery{Asker: personID("alice"), Accounts: accounts, Query: typed, Limit: 100}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
