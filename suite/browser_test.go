package suite

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestMainJobInTheBrowser does the whole job as people do it: the built binary, the page in
// Chromium, mouse and keyboard, one person after the other. Pictures of every surface, wide
// and narrow, light and dark, go to $STINT_SCREENSHOTS.
func TestMainJobInTheBrowser(t *testing.T) {
	t.Parallel()
	binary := browserBinary(t)
	t.Run("job", func(t *testing.T) {
		t.Parallel()
		p := openStage(t, binary, 1400, 900, "--policy", examplePolicy(t))
		// The example's rules want nothing of a reason that Alice could miss.
		p.s.edit("      - { tags: { env: staging } }\n    roles: [PowerUserAccess]\n", "      - { tags: { env: staging } }\n    roles: [PowerUserAccess]\n    reason: { min_length: 10 }\n")
		p.logSays("version=", 2)
		p.looksForAccounts()
		p.looksForRoles()
		p.asksForApproval()
		p.asksFromHome()
		p.decides()
		p.readsTheMessage()
		p.usesAutomaticAccess()
		p.administers()
		p.refusesBadPolicy()
		p.watchesItEnd()
		p.looksAtTheRest()
		p.b.Quiet()
	})
	t.Run("large", func(t *testing.T) {
		t.Parallel()
		findsAnyAccount(t, binary)
	})
}

const (
	powerUser = "PowerUserAccess in staging-payments"
	refused   = "PowerUserAccess in staging-web"
	canary    = "See why the canary of staging-web does not come up."
	reason    = "Ledger import INC-4711 hangs: restart the worker, then watch the queue drain."
	hostile   = "<img src=x onerror=alert(1)> <!channel> *not bold* <https://evil.example|click> \u202egnp.exe"
)

// stage is the sandbox with somebody in front of it.
type stage struct {
	t *testing.T
	s *sandboxRun
	b *browser
}

// openStage starts everything and waits until the bot is ready, as its log on the page says.
func openStage(t *testing.T, binary string, width, height int, flags ...string) *stage {
	t.Helper()
	p := &stage{t: t, s: startSandbox(t, binary, flags...)}
	// Real AWS takes seconds; they are not what is looked at here.
	p.s.set("/api/aws/tuning", map[string]any{"operation_min": "600ms", "operation_max": "1200ms", "organizations_rate": 0, "organizations_parent": 0, "sso_admin_rate": 0, "identity_store_rate": 0, "tagging_rate": 0})
	p.b = browse(t, width, height)
	p.b.Do(chromedp.Navigate(p.s.url))
	p.b.Until(`document.documentElement.dataset.ready === 'true'`)
	// A large organization is read at the pace that AWS allows.
	p.b.click(".panel-tabs button", "Log")
	ready := "policy in force"
	if slices.Contains(flags, "--first-run") {
		ready = "catalog.synced"
	}
	p.b.UntilWithin(5*time.Minute, at(".log-line", ready).all()+".length > 0")
	p.b.click(".panel-tabs button", "AWS")
	return p
}

// logSays waits until the page's log holds so many lines with a text.
func (p *stage) logSays(text string, times int) {
	p.t.Helper()
	p.b.click(".panel-tabs button", "Log")
	p.b.Until(fmt.Sprintf("%s.length >= %d", at(".log-line", text).all(), times))
	p.b.click(".panel-tabs button", "AWS")
}

// move goes to another place or person, and waits until the page shows what is there and no
// longer what was: a composer belongs to one person in one place.
func (p *stage) move(link spot) {
	p.t.Helper()
	p.b.run("for (const n of document.querySelectorAll('#main .composer-place > *')) n.dataset.before = true")
	p.b.clickSpot(link)
	p.b.Until(`location.hash.split('/')[1] === 'home' ? document.querySelector('#main .home') : document.querySelector('#main .composer-place > :not([data-before])')`)
}

// become acts as somebody else.
func (p *stage) become(first, name string) {
	p.t.Helper()
	if js[string](p.b, "document.querySelector('.side-me').textContent") == name {
		return
	}
	p.move(at(".rail-person .rail-name", first))
	p.b.sees(".side-me", name)
}

func (p *stage) channel(name string) {
	p.t.Helper()
	if js[bool](p.b, at(".side-row[aria-current]", name).all()+".length > 0") {
		return
	}
	p.move(at(".side-row", name))
	p.b.sees("#main .main-title h2", name)
}

func (p *stage) home() {
	p.t.Helper()
	p.channel("Stint")
	published := func() (last int) {
		type entry struct {
			Seq  int
			Name string
			OK   bool
		}
		for _, e := range get[struct{ Entries []entry }](p.s, "/api/slack/log?limit=100").Entries {
			if e.Name == "views.publish" && e.OK {
				return e.Seq
			}
		}
		return 0
	}
	before := published()
	p.b.click(".app-tabs button", "Home")
	p.b.sees(".home .b-header", "Your AWS access")
	// The bot publishes again for whoever opens Home. The old buttons go, so the new ones are waited for.
	p.b.eventually("Home was published", func() bool { return published() > before })
	me := js[string](p.b, "location.hash.slice(1).split('/')[0]")
	p.b.eventually("the page shows it", func() bool { // it may be published once more meanwhile
		home := get[struct {
			Blocks []struct {
				ID string `json:"block_id"`
			}
		}](p.s, "/api/people/"+me+"/home")
		return js[bool](p.b, fmt.Sprintf("document.querySelector('.home .block')?.dataset.block === %q", home.Blocks[0].ID))
	})
}

func (p *stage) messages() {
	p.t.Helper()
	p.channel("Stint")
}

// command types a slash command where the person is.
func (p *stage) command(text string) {
	p.t.Helper()
	p.b.click("#main .composer-input", "")
	p.b.Keys(text)
	p.b.Keys(kb.Enter)
}

func (p *stage) closeModal() {
	p.t.Helper()
	p.b.click(".modal-foot .button", "Close")
	p.b.Until("!document.querySelector('#modal').open")
}

// looksForAccounts opens the form and searches by name, id, OU and tag.
func (p *stage) looksForAccounts() {
	b := p.b
	p.become("Alice", "Alice Moreau")
	p.channel("general")
	b.sees("#main .msg", "Nobody keeps standing access")
	b.click(".composer-input", "")
	b.Keys("/aws")
	b.sees(".suggestion", "/aws-access")
	b.shoot("01-command")
	b.Keys(kb.Tab)
	pressed := time.Now()
	b.Keys(kb.Enter)
	b.sees(".modal h2", "Request AWS access")
	p.t.Logf("the form was there %v after Enter", time.Since(pressed).Round(time.Millisecond))
	b.sees(".modal-body", "Nothing is sent before you press Send")
	b.shoot("02-form-empty")
	for _, q := range []struct{ typed, want string }{
		{"billing", "prod-billing"}, {"100000000005", "staging-billing"}, {"/Security", "security-tooling"}, {"team=data", "prod-data"},
	} {
		p.search("Accounts", q.typed, q.want)
		b.gone(".combo-option .combo-text", "management")
	}
	p.search("Accounts", "prod", "prod-web")
	b.shoot("03-form-search")
	p.search("Accounts", "mangement", "management") // as people type at night
	b.Keys(kb.ArrowDown)
	b.Keys(kb.Escape)
	b.Until("document.activeElement.getAttribute('aria-expanded') === 'false'")
}

// looksForRoles sees what is not possible, what is automatic, and what needs approval.
func (p *stage) looksForRoles() {
	b := p.b
	p.takes("Accounts", "management", "management")
	b.sees(".modal-body", "You can ask for nothing here")
	b.shows(".modal-body", "never the management account", "Carol Lindqvist")
	b.shoot("04-form-not-possible")

	p.takes("Accounts", "prod-billing", "prod-billing")
	b.sees(".modal-body", "You can ask for 2 roles here")
	p.takes("Roles", "administrator", "AdministratorAccess")
	b.sees(".modal-body", "You cannot ask for this")
	b.shows(".modal-body", "production admin", "Carol Lindqvist")
	b.shoot("05-form-role-not-possible")
	p.takes("Roles", "read", "ReadOnly")
	b.sees(".modal-body", "Given at once, no approval needed")
	b.shows(".modal-body", "read-only anywhere", "At most 8 h")
	b.shoot("05-form-automatic")

	p.takes("Accounts", "staging-pay", "staging-payments")
	p.takes("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "Needs approval")
	b.shows(".modal-body", "power user in staging", "Bob Okafor", "Carol Lindqvist", "#aws-approvals", "At most 8 h", "can go on for up to")
}

// asksForApproval sends the form that is open, after what it refuses.
func (p *stage) asksForApproval() {
	b := p.b
	p.reasonIs(reason)
	b.shoot("06-form-needs-approval")
	b.click(".modal .combo-input[aria-label='How long']", "")
	b.click(".combo-option", "Other…")
	b.sees(".b-label", "Your own duration")
	b.Until("document.querySelector('.modal textarea').value !== ''")
	p.types("1h30m", "20h")
	p.reasonIs("because")
	b.click(".modal-foot .button", "Send")
	b.sees(".b-error", "allows at most 8 h")
	p.types("1h30m", "1h30m")
	b.click(".modal-foot .button", "Send")
	b.sees(".b-error", "at least 10 characters")
	b.shoot("07-form-error")
	p.reasonIs(reason)
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	b.shows(".modal-body", powerUser+" for 1 h 30 min", "#aws-approvals", "Bob Okafor")
	b.shoot("08-form-sent")
	p.closeModal()
}

// asksFromHome asks a second time, from the Home tab.
func (p *stage) asksFromHome() {
	b := p.b
	p.home()
	b.sees(".home", powerUser)
	b.click(".home .button", "Request access")
	b.sees(".modal h2", "Request AWS access")
	p.takes("Accounts", "staging-web", "staging-web")
	b.sees(".modal-body", "You can ask for 3 roles here")
	p.takes("Roles", "power", "PowerUserAccess")
	b.sees(".modal-body", "Needs approval")
	p.reasonIs(canary)
	b.click(".modal-foot .button", "Send")
	b.sees(".modal h2", "Request sent")
	p.closeModal()
	b.sees(".home", refused)
	b.shoot("09-home-requester")
}

// decides: Alice cannot, Bob denies one and approves the other.
func (p *stage) decides() {
	b := p.b
	p.channel("aws-approvals")
	b.sees("#main .msg", canary)
	b.clickSpot(at(".button", "Approve").in("#main .msg", powerUser))
	b.sees("#main .msg.ephemeral", "You cannot decide what you asked for")
	b.shoot("10-card-requester-cannot")

	p.become("Bob", "Bob Okafor")
	p.home()
	b.sees(".home", "Waiting for your decision")
	b.shows(".home", powerUser, refused)
	b.shoot("11-home-approver")
	p.channel("aws-approvals")
	b.clickSpot(at(".button", "Deny").in("#main .msg", refused))
	b.sees(".modal h2", "Deny this request")
	b.click(".modal-foot .primary", "Deny")
	b.sees(".b-error", "")
	p.reasonIs("staging-web is frozen until the release on Thursday. Please use dev-web-core.")
	b.shoot("12-deny")
	b.click(".modal-foot .primary", "Deny")
	b.sees(".modal h2", "Denied")
	p.closeModal()
	b.seesSpot(at(".b-text", "Denied by @Bob Okafor").in("#main .msg", refused))

	b.clickSpot(at(".button", "Approve").in("#main .msg", powerUser))
	b.seesSpot(at(".b-text", "Approved by @Bob Okafor").in("#main .msg", powerUser))
	b.sees(".card.assignment", powerUser)
	b.sees(".card.op.succeeded", "Created "+powerUser)
	b.seesSpot(at(".b-text", "Active until").in("#main .msg", powerUser))
	b.clickSpot(at(".msg-thread", "replies").in("#main .msg", powerUser))
	b.sees("#thread .msg", "Approved by @Bob Okafor")
	b.sees("#thread .msg", "Active since")
	b.shoot("13-card-thread-aws")
	b.shoot("13-aws", "Behind")
}

var dateToken = regexp.MustCompile(`<!date\^(\d+)\^`)

// readsTheMessage is Alice with access: how to get in, until when, what remains afterwards.
func (p *stage) readsTheMessage() {
	b := p.b
	var end time.Time
	for _, m := range p.s.read("alice@example.com", "app") {
		if found := dateToken.FindStringSubmatch(m.Text); found != nil && strings.Contains(m.Text, "Active:") {
			unix, err := strconv.ParseInt(found[1], 10, 64)
			if err != nil {
				p.t.Fatal(err)
			}
			end = time.Unix(unix, 0)
		}
	}
	if end.IsZero() {
		p.t.Fatal("no message says until when")
	}
	until := func(zone string) string {
		place, err := time.LoadLocation(zone)
		if err != nil {
			p.t.Fatal(err)
		}
		return end.In(place).Format("3:04 PM")
	}
	// Dana, in New York, reads another time of the same moment than Alice in Paris.
	p.become("Dana", "Dana Reyes")
	p.channel("aws-approvals")
	b.seesSpot(at(".b-text", until("America/New_York")).in("#main .msg", powerUser))

	p.become("Alice", "Alice Moreau")
	p.messages()
	b.sees("#main .msg", "Active: "+powerUser)
	b.shows("#main .msg", until("Europe/Paris"), "Denied by @Bob Okafor", "frozen until the release",
		"[profile staging-payments-PowerUserAccess]", "sso_account_id = 100000000006", "sso_role_name = PowerUserAccess", "aws sso login --profile",
		"assume --sso --sso-start-url", "can go on for up to 4 h after it")
	b.run("window.open = (url) => { document.documentElement.dataset.opened = url; return null; }")
	b.clickSpot(at(".button", "Open console").in("#main .msg", powerUser))
	b.Until("document.documentElement.dataset.opened")
	link := js[string](b, "document.documentElement.dataset.opened")
	if !regexp.MustCompile(`^https://[a-z0-9-]+\.awsapps\.com/start/#/console\?account_id=100000000006&role_name=PowerUserAccess$`).MatchString(link) {
		p.t.Errorf("Open console leads to %s", link)
	}
	b.seesSpot(at(".button", "End now").in("#main .msg", powerUser))
	b.shoot("14-message-active")
}

// usesAutomaticAccess takes access that needs nobody, by keyboard, and gives it back. Erin's
// reason tries to be more than text.
func (p *stage) usesAutomaticAccess() {
	b := p.b
	for _, who := range []struct{ first, name, account, reason string }{
		{"Alice", "Alice Moreau", "prod-billing", "Compare the invoices of October."},
		{"Erin", "Erin Wolf", "prod-web-core", hostile},
	} {
		p.become(who.first, who.name)
		p.channel("general")
		p.command("/aws-access")
		b.sees(".modal h2", "Request AWS access")
		b.Until("document.activeElement.matches('.modal .combo-input[aria-label=Accounts]')")
		b.Keys(who.account)
		b.Until(fmt.Sprintf("document.querySelectorAll('.combo-option').length === 1 && document.querySelector('.combo-option .combo-text').textContent === %q", who.account))
		b.Keys(kb.Enter)
		b.sees(".modal-body", "You can ask for")
		b.Keys(kb.Tab)
		b.Until("document.activeElement.matches('.modal .combo-input[aria-label=Roles]')")
		b.Keys("readonly")
		b.sees(".combo-option", "ReadOnly")
		b.Keys(kb.Enter)
		b.sees(".modal-body", "Given at once")
		b.Keys(kb.Tab)
		b.Keys(kb.Tab)
		b.Until("document.activeElement.matches('.modal textarea')")
		b.Keys(who.reason)
		b.click(".modal-foot .button", "Send")
		b.sees(".modal h2", "Request sent")
		b.shows(".modal-body", "No approval is needed")
		p.closeModal()
		b.sees(".card.assignment", "ReadOnly in "+who.account)
	}
	p.channel("prod-approvals")
	b.sees("#main .msg", hostile[:strings.Index(hostile, "\u202e")])
	if n := js[int](b, "document.querySelectorAll('.msg img, .msg a[href*=evil]').length"); n != 0 {
		p.t.Errorf("%d elements came from a reason", n)
	}
	b.seesSpot(at(".b-text", "Active until").in("#main .msg", "ReadOnly in prod-web-core"))
	b.shoot("15-card-hostile")
	p.become("Alice", "Alice Moreau")
	p.home()
	b.sees(".home", "ReadOnly in prod-billing")
	b.sees(".home", "Active until")
	b.shoot("15-home-active")
	p.messages()
	b.clickSpot(at(".button", "End now").in("#main .msg", "Active: ReadOnly in prod-billing"))
	b.sees("#confirm h2", "End this access now?")
	b.shoot("16-end-now")
	b.click("#confirm .button", "End now")
	b.gone(".card.assignment", "ReadOnly in prod-billing")
	b.seesSpot(at(".b-text", "Ended early by @Alice Moreau").in("#main .msg", "ReadOnly in prod-billing"))
	b.shoot("17-message-ended-early")
}

// administers is /jit-config: refused for Alice, health and all the rest for Carol.
func (p *stage) administers() {
	b := p.b
	p.channel("general")
	p.command("/jit-config")
	b.sees("#main .msg.ephemeral", "/jit-config is for admins of Stint")
	b.shows("#main .msg.ephemeral", "Carol Lindqvist")
	b.shoot("18-config-refused")

	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config")
	b.sees(".modal h2", "Stint for admins")
	b.sees(".modal-body", "Health")
	b.shows(".modal-body", "Slack OK", "AWS", "Last read from AWS", "24 accounts", "12 roles", "6 rules of the file", "here it is only shown",
		"Live access (2)", powerUser, "ReadOnly in prod-web-core")
	b.shoot("19-config")
	b.clickSpot(at(".button", "End").in(".modal .b-section", "ReadOnly in prod-web-core"))
	b.click("#confirm .button", "End now")
	b.sees(".modal-body", "of @Erin Wolf was ended")
	b.click(".modal .button", "Sync now")
	b.sees(".modal-body", "Sync started")
	b.shoot("20-config-sync")
	p.closeModal()
	b.gone(".card.assignment", "ReadOnly in prod-web-core")
	p.logSays("catalog.synced", 2)

	p.become("Erin", "Erin Wolf")
	p.messages()
	b.seesSpot(at(".b-text", "Ended early by @Carol Lindqvist").in("#main .msg", "ReadOnly in prod-web-core"))
	b.shoot("20-message-ended-by-admin")
}

// refusesBadPolicy saves a policy with a mistake, and mends it.
func (p *stage) refusesBadPolicy() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.s.edit("    roles: [ReadOnly*, ViewOnly*]\n    requesters: all\n", "    roles: [ReadOnly*, ViewOnly*]\n    requestors: all\n")
	p.logSays("policy refused", 1)
	p.command("/jit-config")
	b.sees(".modal-body", "The newest file was refused; the policy before it stays in force")
	shown := js[string](b, "document.querySelector('.modal-body').textContent")
	if !regexp.MustCompile(`policy\.yaml:\d+:\d+`).MatchString(shown) {
		p.t.Errorf("no line and column in: %s", shown)
	}
	b.shows(".modal-body", "requestors", "requesters", "6 rules of the file")
	b.run("[...document.querySelectorAll('.modal .b-text')].find((n) => n.textContent.includes('was refused')).scrollIntoView()")
	b.shoot("21-config-bad-policy")
	p.closeModal()
	p.s.edit("    requestors: all\n", "    requesters: all # mended\n")
	p.logSays("policy in force", 3)
	p.command("/jit-config")
	b.sees(".modal-body", "6 rules of the file")
	if n := js[int](b, at(".modal-body", "was refused").all()+".length"); n != 0 {
		p.t.Error("the mended policy is still shown as refused")
	}
	p.closeModal()
}

// watchesItEnd moves the clock past the end: AWS, card, thread, message and Home all say so.
func (p *stage) watchesItEnd() {
	b := p.b
	p.become("Bob", "Bob Okafor")
	p.channel("aws-approvals")
	b.seesSpot(at(".b-text", "Active until").in("#main .msg", powerUser))
	b.click(".panel-tabs button", "Clock")
	b.sees(".clock", "Real time")
	b.click("input[aria-label='Move the clock by']", "")
	b.Keys("1h30m")
	b.shoot("22-clock", "Behind")
	b.click("#part-Clock .button", "Go")
	b.sees(".clock", "1 h 30 min")
	b.click(".panel-tabs button", "AWS")
	b.sees(".card.op.succeeded", "Deleted "+powerUser)
	b.gone(".card.assignment", powerUser)
	b.seesSpot(at(".b-text", "Ended as planned").in("#main .msg", powerUser))
	b.clickSpot(at(".msg-thread", "replies").in("#main .msg", powerUser))
	for _, line := range []string{"@Alice Moreau asked", "Approved by @Bob Okafor", "Active since", "Ended as planned", "AWS confirmed that it is gone"} {
		b.sees("#thread .msg", line)
	}
	b.shoot("23-card-ended")
	p.become("Alice", "Alice Moreau")
	p.messages()
	b.seesSpot(at(".b-text", "Ended as planned").in("#main .msg", powerUser))
	if n := js[int](b, at(".button", "Open console").in("#main .msg", powerUser).all()+".length"); n != 0 {
		p.t.Error("Open console is still offered for access that has ended")
	}
	b.shoot("24-message-ended")
	p.home()
	b.sees(".home", "Lately")
	b.gone(".home", "Active until")
	b.shoot("25-home-ended")
	if left := get[struct{ Total int }](p.s, "/api/aws/assignments?q=PowerUserAccess").Total; left != 0 {
		p.t.Errorf("AWS still holds %d assignments", left)
	}
}

// looksAtTheRest keeps pictures of what nobody had to look at so far.
func (p *stage) looksAtTheRest() {
	b := p.b
	for _, part := range []struct{ tab, text string }{{"Faults", "Slack is unreachable"}, {"Log", "policy in force"}} {
		b.click(".panel-tabs button", part.tab)
		b.sees("#part-"+part.tab, part.text)
		b.shoot("26-"+strings.ToLower(part.tab), "Behind")
	}
	b.shoot("27-people", "People")
	b.shoot("28-channels", "Channels")
	p.become("Frank", "Frank Achterberg")
	p.home()
	b.shows(".home", "Config")
	b.shoot("29-home-admin")
}
