package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/sandbox/slacksim"
)

// Ten thousand accounts: the first answer is full and says what is left out; every account
// is reached by typing its name, and the answer arrives over the real socket.
func TestTenThousandAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.accounts = nil
	for i := range 10_000 {
		r.fake.accounts = append(r.fake.accounts, catalog.Account{
			ID: catalog.AccountID(fmt.Sprintf("%012d", i)), OUPath: "/Production/" + strings.Repeat("ünit", 8), State: catalog.AccountActive,
			Name: fmt.Sprintf("account-%05d-%s", i, strings.Repeat("größe", 6)),
		})
	}
	ada := r.as(r.asker)
	r.openForm(ada)
	offers, res, err := ada.Options(r.ctx, el(blockAccount, actAccount), "")
	r.must(err)
	if !res.OK {
		t.Fatalf("the answer was dropped: %+v", res)
	}
	n := len(offers.Options)
	if last := offers.Options[n-1]; last.Text.Text != fmt.Sprintf("%d of 10,000, keep typing", n-1) || n < 50 || n > 100 {
		t.Errorf("%d options, the last says %q", n, last.Text.Text)
	}
	if offers.Bytes >= slacksim.DefaultSwitches().SocketReplyLimit {
		t.Errorf("%d bytes", offers.Bytes)
	}
	for _, i := range []int{0, 5000, 9999} {
		offers, _, err = ada.Options(r.ctx, el(blockAccount, actAccount), fmt.Sprintf("account-%05d", i))
		r.must(err)
		if len(offers.Options) != 1 || offers.Options[0].Value != fmt.Sprintf("%012d", i) {
			t.Errorf("account %d is not reached: %d options", i, len(offers.Options))
		}
	}
}

// Whatever the names: an answer holds at most 100 entries and 18 KiB, keeps the order, and
// says when something is left out.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[<>&"\\]{0,80}`), rapid.StringN(0, 90, 400)), 0, 130).Draw(t, "names")
		total := len(names) + rapid.IntRange(0, 500).Draw(t, "more")
		options := make([]*slack.OptionBlockObject, 0, len(names))
		for i, n := range names {
			options = append(options, accountOption(catalog.Account{ID: catalog.AccountID(fmt.Sprintf("%012d", i)), Name: n, OUPath: n}, false))
		}
		got := bounded(options, total)
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > maxReply || len(got.Options) > maxOptions {
			t.Fatalf("%d entries in %d bytes", len(got.Options), len(raw))
		}
		shown := len(got.Options)
		if shown > 0 && got.Options[shown-1].Value == notChoice {
			shown--
			if shown == total {
				t.Fatal("says that something is left out, and nothing is")
			}
		} else if shown != total {
			t.Fatalf("%d of %d, without a word", shown, total)
		}
		for i, o := range got.Options[:shown] {
			if o.Value != fmt.Sprintf("%012d", i) {
				t.Fatalf("entry %d is %s", i, o.Value)
			}
		}
	})
}
