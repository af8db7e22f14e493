package bot

import (
	"context"
	"strings"
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// A sync that found much gone is accepted from the hub, and only that one.
func TestAcceptLoss(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.config.Loss = &access.CatalogLoss{ID: "01JLOSS", At: r.fake.now, Losses: []catalog.Loss{{What: "accounts", Lost: 12, Of: 40}}}
	accepted := make(chan string, 1)
	set(r.fake, &r.fake.onAcceptLoss, func(_ context.Context, user identity.SlackUserID, id string) error {
		accepted <- string(user) + " " + id
		return nil
	})
	sue := r.configs("")
	r.modalSays(sue, "found 12 of 40 accounts gone")
	r.pressIn(sue, actAccept)
	r.modalSays(sue, "Accepted.")
	if got := <-accepted; !strings.HasSuffix(got, " 01JLOSS") {
		t.Errorf("accepted %q", got)
	}
}
