package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
	"stint/sandbox/slacksim"
)

func TestReadOneLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct {
		words  []string
		d      time.Duration
		reason string
	}{
		"prod-billing ReadOnly 2h INC-123 disk is full": {[]string{"prod-billing", "ReadOnly"}, 2 * time.Hour, "INC-123 disk is full"},
		"prod-billing ReadOnly for 1h30m because":       {[]string{"prod-billing", "ReadOnly"}, 90 * time.Minute, "because"},
		"“Big Account” “Read Only” 45m  a   b":          {[]string{"Big Account", "Read Only"}, 45 * time.Minute, "a b"},
		"ReadOnly in prod 2h 3h of work":                {[]string{"ReadOnly", "in", "prod"}, 2 * time.Hour, "3h of work"},
		"prod ReadOnly":                                 {[]string{"prod", "ReadOnly"}, 0, ""},
		"prod":                                          {[]string{"prod"}, 0, ""},
		"2h":                                            {[]string{"2h"}, 0, ""},
	} {
		a, reason := readOneLine(line)
		if !slices.Equal(a.words, want.words) || a.duration != want.d || reason != want.reason {
			t.Errorf("%q: %q for %s, because %q", line, a.words, a.duration, reason)
		}
	}
}

func TestTicketInReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		terms  *policy.TicketTerms
		want   string
	}{
		{"CHG-7 the disk", nil, ""},
		{"the disk of CHG-7 is full", &policy.TicketTerms{Pattern: "CHG-[0-9]+"}, "CHG-7"},
		{"the disk XCHG-7 is full", &policy.TicketTerms{Pattern: "CHG-[0-9]+"}, ""},
		{"anything goes", &policy.TicketTerms{}, "anything"},
		{"anything goes", &policy.TicketTerms{Optional: true}, ""},
		{"broken", &policy.TicketTerms{Pattern: "["}, ""},
	} {
		if got := ticketIn(c.reason, c.terms); got != c.want {
			t.Errorf("%q: %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestPermalink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ domain, channel, ts, thread, want string }{
		{"acme", "C1", "1700000000.000100", "", "https://acme.slack.com/archives/C1/p1700000000000100"},
		{"acme", "C1", "1700000000.000200", "1700000000.000100", "https://acme.slack.com/archives/C1/p1700000000000200?thread_ts=1700000000.000100&cid=C1"},
		{"acme", "C1", "1700000000.000100", "1700000000.000100", "https://acme.slack.com/archives/C1/p1700000000000100"},
		{"evil.example.com/", "C1", "1700000000.000100", "", ""},
		{"acme", "C1|x>", "1700000000.000100", "", ""},
		{"acme", "C1", "<1>", "", ""},
		{"", "C1", "1700000000.000100", "", ""},
	} {
		if got := permalink(c.domain, c.channel, c.ts, c.thread); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestOneLine: one line asks; the same command again does not ask twice; what is not clear
// is asked back, and what is missing is asked for in the form.
func TestOneLine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.says(ada, "prod-billing ReadOnly 2h INC-7 the disk is full")
	r.ephemeral(r.asker, "Sent.")
	submits := get(r.fake, &r.fake.submits)
	if len(submits) != 1 {
		t.Fatalf("%d submissions", len(submits))
	}
	if s := submits[0]; !slices.Equal(s.Entitlements, []access.Entitlement{access.RoleIn(prod, read)}) || s.Duration != 2*time.Hour || s.Reason != "INC-7 the disk is full" || string(s.User) != r.asker.ID {
		t.Errorf("submitted %+v", s)
	}

	r.says(ada, "prod-billing ReadOnly")
	m := r.modal(ada, viewForm)
	if got := text(m.Blocks); !strings.Contains(got, "prod-billing") {
		t.Errorf("the form does not hold the account:\n%s", got)
	}
	if n := len(get(r.fake, &r.fake.submits)); n != 1 {
		t.Errorf("%d submissions without a reason", n)
	}
	r.must(ada.CloseModal(r.ctx))

	set(r.fake, &r.fake.submitHook, func(context.Context, access.Submission) error {
		return fault.New(fault.Invalid, "fake", "The rule wants a number.", "Add it.").In("reason")
	})
	r.says(ada, "prod-billing ReadOnly 2h the disk")
	m = r.modal(ada, viewForm)
	if got := text(m.Blocks); !strings.Contains(got, "The rule wants a number.") {
		t.Errorf("the form does not say what is missing:\n%s", got)
	}
	r.must(ada.CloseModal(r.ctx))

	set(r.fake, &r.fake.submitHook, func(context.Context, access.Submission) error {
		return fault.New(fault.Forbidden, "fake", "Not for you.", "Ask an admin.")
	})
	r.says(ada, "prod-billing ReadOnly 2h the disk")
	r.ephemeral(r.asker, "Not for you.")
	// What fits only by a tag, or once it is corrected, is asked back: a press would give access.
	before := len(get(r.fake, &r.fake.submits))
	set(r.fake, &r.fake.alias, map[string]string{"prod-biling": "prod-billing"})
	r.says(ada, "prod-biling ReadOnly 2h the disk")
	r.ephemeral(r.asker, "Do you mean this one?")
	if n := len(get(r.fake, &r.fake.submits)); n != before {
		t.Error("a corrected name was sent")
	}
	r.says(ada, "lisst")
	r.ephemeral(r.asker, "Did you mean `/aws-access list`?")
	r.says(ada, "nothing-like-it Whatever 2h because")
	r.ephemeral(r.asker, "No account and role match")
}

// TestOneLineThatFitsMore: of several that fit, those are offered that one may ask for; even
// a single one of them is asked back.
func TestOneLineThatFitsMore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.closed = map[catalog.RoleARN]string{read: "no rule names it"}
	r.says(r.as(r.asker), "prod-billing a 2h the disk is full")
	m := r.ephemeral(r.asker, "Do you mean this one?")
	if got := text(m.Blocks); strings.Contains(got, "ReadOnly") || !strings.Contains(got, "AdministratorAccess") {
		t.Errorf("offered:\n%s", got)
	}
	if n := r.fake.counted("Submit"); n != 0 {
		t.Errorf("%d submissions", n)
	}
}

// TestOneLineForWhatOneHas: what is live or waits already is said before anything is sent.
func TestOneLineForWhatOneHas(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.live = map[string]*access.Grant{at(access.RoleIn(prod, read)): {State: access.Live, End: r.fake.Now().Add(time.Hour)}}
	ada := r.as(r.asker)
	r.says(ada, "prod-billing ReadOnly 2h the disk is full")
	if got := text(r.modal(ada, viewForm).Blocks); !strings.Contains(got, "Not sent yet") || !strings.Contains(got, "already") {
		t.Errorf("the form:\n%s", got)
	}
	if n := r.fake.counted("Submit"); n != 0 {
		t.Errorf("%d submissions", n)
	}
}

// TestOwnCommands: list, end and cancel by words, and only one's own.
func TestOwnCommands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.says(ada, "list")
	r.ephemeral(r.asker, "None right now.")
	r.says(ada, "end prod")
	r.ephemeral(r.asker, "You have no access")
	r.says(ada, "extend")
	r.ephemeral(r.asker, "could be extended")
	r.request("INC-1")
	r.says(ada, "again")
	if got := text(r.modal(ada, viewForm).Blocks); !strings.Contains(got, "The same as on") || !strings.Contains(got, "prod-billing") {
		t.Errorf("the form:\n%s", got)
	}
	r.must(ada.CloseModal(r.ctx))
	r.says(ada, "mine")
	m := r.modal(ada, viewMine)
	if got := text(m.Blocks); !strings.Contains(got, "INC-1") {
		t.Errorf("my requests:\n%s", got)
	}
	r.must(ada.CloseModal(r.ctx))
	r.says(ada, "who")
	r.ephemeral(r.asker, "see who has access")
}

// TestShortcuts: both open the form; from a message its link goes along.
func TestShortcuts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, s := range []slacksim.Shortcut{{CallbackID: shortcutRequest, Name: "Request AWS access"}, {CallbackID: shortcutMessage, Name: "Request access for this", OnMessage: true}} {
		r.must(r.RegisterShortcut(s))
	}
	ada := r.as(r.asker)
	res, err := ada.Shortcut(r.ctx, shortcutRequest, slacksim.Surface{})
	r.must(err)
	if !res.OK {
		t.Fatalf("%+v", res)
	}
	r.modal(ada, viewForm)
	r.must(ada.CloseModal(r.ctx))
	said, err := ada.Post(r.ctx, r.other.ID, "the disk is full", "")
	r.must(err)
	_, err = ada.Shortcut(r.ctx, shortcutMessage, slacksim.OnMessage(r.other.ID, said.TS))
	r.must(err)
	m := r.modal(ada, viewForm)
	if want := "/archives/" + r.other.ID + "/p" + strings.Replace(said.TS, ".", "", 1); !strings.Contains(text(m.Blocks)+m.PrivateMetadata, want) {
		t.Errorf("the link of the message is lost: %s", m.PrivateMetadata)
	}
}
