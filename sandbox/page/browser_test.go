package page_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"stint/sandbox/page/pagetest"
)

// TestAskInTheBrowser goes through a form by keyboard, as people do who know their way.
func TestAskInTheBrowser(t *testing.T) {
	t.Parallel()
	sb := world(t)
	runApp(t, sb)
	b := browse(t, 1440, 900)
	b.open(sb, "alice")
	b.sees(".msg", "Nobody keeps standing access")

	b.click(".composer-input", "")
	b.Keys("/aw")
	b.sees(".suggestion", "/aws-access")
	b.Picture("suggestions")
	b.Keys(kb.Tab)
	b.Keys(kb.Enter)
	b.sees(".modal h2", "Request AWS access")
	b.Until(`document.activeElement.getAttribute('role') === 'combobox' && document.activeElement.closest('.modal')`)

	// The combobox: typing asks the app, arrows move, Enter chooses.
	b.Keys("prod-")
	b.sees(".combo-option", "prod-billing")
	b.Until(`document.activeElement.getAttribute('aria-expanded') === 'true' && document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))`)
	b.Picture("combobox")
	b.Keys(kb.ArrowDown)
	b.Keys(kb.Enter)
	b.Until(`document.activeElement.value === 'prod-payments' && document.activeElement.getAttribute('aria-expanded') === 'false'`)
	// The app answers with the roles of that account; what was chosen stays.
	b.sees(".b-label", "Role")
	b.sees(".b-context", "Decided by rule production: one of @sre approves")
	b.Keys(kb.Tab)
	b.Until(`document.activeElement.getAttribute('aria-label') === 'Role'`)
	b.Keys("admin")
	b.sees(".combo-option", "AdministratorAccess")
	b.Keys(kb.Enter)
	b.Until(`document.activeElement.value === 'AdministratorAccess'`)

	// A reason that the app refuses: the message stands under the field, and the field gets focus.
	b.click(".modal .button", "Request")
	b.sees(".b-error", "Please complete this required field.")
	b.Until(`document.activeElement.tagName === 'TEXTAREA' && document.activeElement.getAttribute('aria-invalid') === 'true'`)
	b.Keys("hm")
	b.click(".modal .button", "Request")
	b.sees(".b-error", "Say a little more")
	b.Picture("form-error")
	b.click(".modal textarea", "")
	b.Keys(" <img src=x onerror=alert(1)> & <!channel> incident 4711")
	b.click(".modal .button", "Request")
	b.Until(`!document.querySelector('#modal').open`)

	b.click(".side-row", "aws-approvals")
	b.sees(".msg", "asks for AdministratorAccess in prod-payments")
	b.sees(".msg", "<img src=x onerror=alert(1)> & <!channel>")
	if n := js[int](b, `document.querySelectorAll('.msg img').length`); n != 0 {
		t.Errorf("%d images came from a text", n)
	}
	b.click(".msg .button", "Approve")
	b.sees("#confirm h2", "Approve for production?")
	b.Picture("confirm")
	b.click("#confirm .button", "Approve")
	b.sees(".msg.ephemeral", "You asked for this yourself")
	b.Picture("card-requester")

	b.click(".rail-person", "Bob")
	b.sees(".side-me", "Bob Okafor")
	b.Until(`!document.querySelector('.msg.ephemeral')`)
	b.click(".msg .button", "Approve")
	b.click("#confirm .button", "Approve")
	b.sees(".msg", "Approved")
	b.sees(".msg-edited", "(edited)")
	b.click(".msg-thread", "1 reply")
	b.sees(".thread .msg", "@Bob Okafor approved.")
	b.Picture("thread")
	b.Scheme("dark")
	b.Picture("thread-dark")
	b.Quiet()
}

// TestHomeAndGalleryInTheBrowser looks at what is not part of asking.
func TestHomeAndGalleryInTheBrowser(t *testing.T) {
	t.Parallel()
	sb := world(t)
	runApp(t, sb)
	b := browse(t, 1440, 900)
	b.open(sb, "carol")
	b.click(".side-row", "Stint")
	b.click(".app-tabs button", "Home")
	b.sees(".home h3", "Your access")
	b.click(".overflow .icon-button", "")
	b.sees(".menu button", "End now")
	b.Picture("home")
	b.Keys(kb.Escape)

	b.click(".app-tabs button", "Messages")
	b.click(".composer-input", "")
	b.Keys("/silent")
	b.Keys(kb.Enter)
	b.sees(".msg.ephemeral", "operation_timeout")
	b.sees(".composer-status", "operation_timeout")
	b.click(".composer-input", "")
	b.Keys("/gallery")
	b.Keys(kb.Enter)
	b.sees(".modal h2", "Gallery")
	b.sees(".b-header", "A header with <b>no</b> markup")
	b.Picture("gallery")
	b.Do(chromedp.ScrollIntoView(`.b-image`))
	b.Picture("gallery-end")
	b.Do(chromedp.ScrollIntoView(`.b-header`))
	b.click(".modal .button", "Open another")
	b.sees(".modal h2", "On top")
	b.sees(".depth", "2 of 3")
	b.click(".modal .button", "One more")
	b.sees(".depth", "3 of 3")
	b.Picture("stack")
	b.Keys(kb.Escape)
	b.sees(".depth", "2 of 3")
	b.Keys(kb.Escape)
	b.sees(".modal h2", "Gallery")
	b.Keys(kb.Escape)
	b.Until(`!document.querySelector('#modal').open && document.activeElement.matches('.composer-input')`)
	b.Quiet()
}

// TestBehindTheScenesInTheBrowser moves the clock, breaks things, and reads AWS.
func TestBehindTheScenesInTheBrowser(t *testing.T) {
	t.Parallel()
	sb := world(t)
	runApp(t, sb)
	assign(t, sb, "alice@example.com", "100000000001", "ReadOnly")
	b := browse(t, 1440, 900)
	b.open(sb, "carol")
	b.sees(".card.op", "ReadOnly in prod-billing")
	b.Picture("aws-in-flight")
	b.click(".panel-tabs button", "Clock")
	b.sees(".clock", "Real time")
	b.click(".part .button", "15 min")
	b.sees(".clock", "15 min")
	b.Picture("clock")
	b.click(".panel-tabs button", "AWS")
	b.sees(".card.assignment", "ReadOnly in prod-billing")
	b.sees(".card.op.succeeded", "Created")
	b.click("summary", "By hand")
	b.sees(".people-row", "prod-billing")
	b.Picture("aws")
	b.click(".card.assignment .icon-button", "")
	b.click("#confirm .button", "Remove")
	b.Until(`!document.querySelector('.card.assignment')`)
	b.click(".panel-tabs button", "Faults")
	b.sees(".field", "Slack is unreachable")
	b.click(".part form .button", "Set")
	b.click(".field", "Acknowledgements get lost")
	b.sees(".card.bad", "Rate exceeded")
	b.sees(".panel-tabs .badge", "2")
	b.Picture("faults")
	b.click(".button", "Heal everything")
	b.Until(`!document.querySelector('.card.bad')`)
	_, _ = sb.Log().Write([]byte(`{"level":"info","time":"2026-01-01T00:00:00Z","account":"100000000001","message":"access is active"}` + "\n13:10:29 WRN slow answer from=aws took=\"3 s\"\nplain words\n"))
	b.click(".panel-tabs button", "Log")
	b.sees(".log-line", "access is active")
	b.sees(".log-line.warn .log-text", "slow answer from=aws")
	b.sees(".log-line", "plain words")
	b.click("summary", "Connect another client")
	b.sees(".pre", "SLACK_BOT_TOKEN=xoxb-")
	b.Picture("log")
	b.Quiet()
}

// TestNarrowWindow has room for one part of the page at a time.
func TestNarrowWindow(t *testing.T) {
	t.Parallel()
	sb := world(t)
	runApp(t, sb)
	b := browse(t, 390, 780)
	b.open(sb, "alice")
	b.sees(".msg", "Nobody keeps standing access")
	b.Picture("narrow-chat")
	b.click(".tabs button", "People")
	b.Picture("narrow-people")
	b.goes(".rail-person", "Bob")
	b.click(".tabs button", "Channels")
	b.sees(".side-me", "Bob Okafor")
	b.Picture("narrow-channels")
	b.click(".side-row", "general")
	b.click(".composer-input", "")
	b.Keys("/aws-access")
	b.Keys(kb.Enter)
	b.sees(".modal h2", "Request AWS access")
	b.Keys("prod")
	b.sees(".combo-option", "prod-billing")
	b.Scheme("dark")
	b.Picture("narrow-modal-dark")
	b.Keys(kb.Escape)
	b.Keys(kb.Escape)
	b.Until(`!document.querySelector('#modal').open`)
	b.click(".tabs button", "Behind")
	b.sees(".panel h3", "Access now")
	b.Picture("narrow-aws-dark")
	if wide := js[bool](b, `document.documentElement.scrollWidth > window.innerWidth`); wide {
		t.Error("the page is wider than the window")
	}
	b.Quiet()
}

// TestTypingWhileTheAppChangesTheForm loses no character when the view is updated under the fingers.
func TestTypingWhileTheAppChangesTheForm(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	b := browse(t, 1000, 800)
	b.open(sb, "alice")
	b.click(".composer-input", "")
	b.Keys("/aws-access")
	b.Keys(kb.Enter)
	b.sees(".modal h2", "Request AWS access")
	b.click(".modal textarea", "")
	alice, err := sb.Slack().As(sb.Cast().ID("alice"))
	if err != nil {
		t.Fatal(err)
	}
	typed := ""
	for i, word := range []string{"the ", "ledger ", "must ", "be ", "restored ", "today"} {
		m, open := alice.Modal()
		if !open {
			t.Fatal("the modal has closed")
		}
		// A hint that changes leaves the field alone, a placeholder that changes makes it anew.
		v := strings.Replace(form(""), `"text":"Reason"}`, fmt.Sprintf(`"text":"Reason %d"},"hint":{"type":"plain_text","text":"Hint %d"}`, i, i), 1)
		v = strings.Replace(v, "What is it for?", fmt.Sprintf("Placeholder %d", i/2), 1)
		if _, err := a.api.UpdateViewContext(t.Context(), view(v), "", "", m.ID); err != nil {
			t.Fatal(err)
		}
		b.Keys(word)
		typed += word
		b.sees(".b-label", fmt.Sprintf("Reason %d", i))
		b.sees(".b-hint", fmt.Sprintf("Hint %d", i))
	}
	b.Until(fmt.Sprintf(`document.querySelector('.modal textarea').value === %q`, typed))
	b.Until(`document.activeElement === document.querySelector('.modal textarea')`)
	ctx, cancel := context.WithTimeout(t.Context(), pagetest.Patience)
	defer cancel()
	err = sb.Slack().Until(ctx, func() bool {
		m, _ := alice.Modal()
		return m.Values["reason"]["reason"]["value"] == typed
	})
	if err != nil {
		m, _ := alice.Modal()
		t.Errorf("Slack holds %v, typed was %q", m.Values["reason"], typed)
	}
	b.Quiet()
}

// TestEnterWaitsForTheListOfWhatIsTyped chooses from the list that belongs to the text, not from the one that
// happens to be there still.
func TestEnterWaitsForTheListOfWhatIsTyped(t *testing.T) {
	t.Parallel()
	sb := world(t)
	hold := make(chan struct{})
	runApp(t, sb, func(a *app) { a.hold = hold })
	b := browse(t, 1000, 800)
	b.open(sb, "alice")
	b.click(".composer-input", "")
	b.Keys("/aws-access")
	b.Keys(kb.Enter)
	b.sees(".modal h2", "Request AWS access")
	b.Keys(kb.ArrowDown)
	b.sees(".combo-option", "management")
	b.Keys("prod-web")
	b.Keys(kb.Enter)
	b.Until(`document.activeElement.value === 'prod-web' && document.activeElement.getAttribute('aria-expanded') === 'true'`)
	close(hold)
	b.Until(`document.activeElement.value === 'prod-web' && document.activeElement.getAttribute('aria-expanded') === 'false'`)
	alice, err := sb.Slack().As(sb.Cast().ID("alice"))
	if err != nil {
		t.Fatal(err)
	}
	b.sees(".b-label", "Role")
	m, _ := alice.Modal()
	if chosen, _ := m.Values["account"]["account"]["selected_option"].(map[string]any); chosen["value"] != "100000000003" {
		t.Errorf("chosen was %v, want prod-web", chosen)
	}
	b.Quiet()
}
