package suite

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestDriftInTheBrowser is Carol looking for what nobody granted through Stint: the first scan
// makes the baseline, events and the next one find what came since, and she decides about it.
func TestDriftInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900)
	p.makesABaseline()
	p.findsWhatIsNew()
	p.snoozesAndIgnores()
	p.removesOne()
	p.b.Quiet()
}

// post calls the sandbox's API as the page does.
func (s *sandboxRun) post(path string, body any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Sandbox-Token", s.token)
	s.call(q, nil)
}

// gives makes an assignment in AWS, without Stint.
func (p *stage) gives(kind, who, role, account string) {
	p.t.Helper()
	p.s.post("/api/aws/assignments", map[string]string{"account_id": account, "permission_set_arn": role, "principal_type": kind, "principal_id": who})
}

func (p *stage) makesABaseline() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config drift")
	b.sees(".modal h2", "Access without Stint")
	b.eventually("the scan that begins by itself has ended", func() bool {
		b.run("[...document.querySelectorAll('.modal .button')].find((n) => n.textContent === 'Refresh')?.click()")
		return js[bool](b, at(".modal-body", "Nothing new.").all()+".length > 0")
	})
	b.shows(".modal-body", "Last scan", "Who is in 1 group that people can ask for was read too.")
	b.shoot("90-drift-baseline")
	b.click(".modal .button", "Expected")
	b.sees(".modal-body", "These were there before Stint looked first")
	b.shoot("91-drift-expected")
	p.closeModal()
}

func (p *stage) findsWhatIsNew() {
	b := p.b
	p.gives("USER", "alice@example.com", "AdministratorAccess", "prod-billing")
	p.gives("USER", "bob@example.com", "PowerUserAccess", "prod-web")
	p.gives("GROUP", "finance", "BillingRead", "prod-payments")
	p.channel("Stint")
	b.sees("#main .msg", "nobody granted through Stint:") // by events
	p.joinsByHand()
	p.command("/jit-config drift")
	b.sees(".modal h2", "Access without Stint")
	b.click(".modal .button", "Scan now")
	b.sees(".modal .button", "Open 4")
	b.shows(".modal-body", "has AdministratorAccess in prod-billing", "has PowerUserAccess in prod-web", "has BillingRead in prod-payments", "has membership in database-on-call")
	b.shoot("92-drift-open")
	p.looksAtMany()
	p.closeModal()
	p.command("/jit-config")
	b.sees(".modal-body", "4 new findings")
	b.shoot("93-hub-findings")
	b.click(".modal .button", "Look")
	b.sees(".modal h2", "Access without Stint")
}

// joinsByHand puts Frank into a group on the page's panel, as an administrator of AWS would.
func (p *stage) joinsByHand() {
	b := p.b
	b.run("document.querySelector('.part details').open = true")
	types := func(label, text string) {
		b.click(".giving input[aria-label='"+label+"']", "")
		b.Keys(text)
	}
	types("Person", "frank@example.com")
	types("Group", "database-on-call")
	b.shoot("91-drift-by-hand")
	b.click(".giving .button", "Put in")
	b.sees(".card.membership", "database-on-call")
	b.shows(".card.membership", "frank@example.com")
}

// looksAtMany chooses what would be ignored together, and thinks better of it.
func (p *stage) looksAtMany() {
	b := p.b
	b.click(".modal .button", "Ignore many…")
	b.sees(".modal h2", "Ignore many")
	p.search("Which", "every", "4 · everything that is open")
	b.shoot("92-drift-many")
	p.b.Keys(kb.Enter)
	b.click(".modal-foot .button", "Continue")
	b.sees(".modal-body", "4 findings are as they should be:")
	b.shows(".modal-body", "has membership in database-on-call", "has PowerUserAccess in prod-web")
	b.shoot("92-drift-sure")
	b.click(".modal-foot .button", "Back")
	b.sees(".modal h2", "Access without Stint")
}

func (p *stage) snoozesAndIgnores() {
	b := p.b
	b.click(".modal .button", "Snooze…")
	b.sees(".modal h2", "Snooze a finding")
	b.shoot("94-drift-snooze")
	b.click(".modal-foot .button", "Snooze")
	b.sees(".modal .button", "Snoozed 1")
	b.click(".modal .button", "Ignore…")
	b.sees(".modal h2", "Ignore a finding")
	p.reasonIs("Made by Terraform, for the on-call engineers.")
	b.shoot("95-drift-ignore")
	b.click(".modal-foot .button", "Ignore")
	b.sees(".modal .button", "Ignored 1")
	b.click(".modal .button", "Ignored 1")
	b.sees(".modal .button", "Stop ignoring")
	b.shoot("96-drift-ignored")
	b.click(".modal .button", "Open 2")
	b.sees(".modal .button", "Ignore…")
}

func (p *stage) removesOne() {
	b := p.b
	b.click(".modal .button", "Remove…")
	b.sees(".modal h2", "Remove access")
	b.sees(".modal-body", "loses")
	p.reasonIs("Nobody knows what it is for.")
	b.shoot("97-drift-remove")
	b.click(".modal-foot .button", "Remove it")
	b.sees(".modal-body", "being removed. The admins are told")
	b.gone(".card.assignment", "PowerUserAccess")
	b.eventually("AWS has confirmed it", func() bool {
		b.run("[...document.querySelectorAll('.modal .button')].find((n) => n.textContent === 'Refresh')?.click()")
		return js[bool](b, at(".modal .button", "Being removed 0").all()+".length > 0")
	})
	b.sees(".modal .button", "Open 1")
	b.shoot("98-drift-done")
	b.click(".modal-foot .button", "Close")
	b.sees(".modal h2", "Stint for admins")
	p.closeModal()
	p.channel("Stint")
	b.sees("#main .msg", "AWS has taken away what Carol Lindqvist ordered")
	b.shoot("99-drift-told")
}
