package replicas

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
	"stint/store/postgres"
)

// TestSurfacesAtTheFollower does what people do besides Approve and Deny while Slack reaches
// only the replica that does not lead: each press does what it says, on two processes and one
// database. Then a newer release takes over: the two of this one lose nothing of what is open.
func TestSurfacesAtTheFollower(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	c := newCrowd(t, f.box)
	for _, r := range f.replicas {
		r.start(t)
		r.waitReady(t)
	}
	lead := f.leader(t.Context())
	if lead < 0 {
		t.Fatal("nobody leads")
	}
	all := f.box.Slack().Sockets()
	f.replicas[lead].slack.deafen()
	until(t, "Slack knows that they are closed", func() bool { return f.box.Slack().Sockets() == all/2 })
	d := &desk{t: t, f: f, c: c, cards: c.channels(t)}

	// Several in one form: two requests, one of which is given at once.
	d.opens("alice", "/aws-access", "")
	d.picks("alice", "account", "stint.form.account", "staging-payments", "staging-web")
	d.picks("alice", "role/", "stint.form.role", "PowerUserAccess", "ReadOnly")
	d.types("alice", "reason", "stint.form.reason", "INC-1 the ledger's queue is stuck")
	d.sends("alice", "stint.sent")
	card := "*4 entitlements* in 2 requests"
	d.reads("bob", d.cards[0], card)
	id := d.value("bob", d.cards[0], card, "stint.approve")

	// Claimed, handed over, asked back, answered.
	d.chooses("bob", card, "claim:"+id)
	d.reads("bob", d.cards[0], card, "looks at it")
	d.chooses("bob", card, "handover:"+id)
	d.fills("bob", "handover.to", "stint.more.to", c.people["carol"].Here.User().ID)
	d.sends("bob", "")
	d.reads("carol", c.people["carol"].DM(), "handed this over to you")
	d.chooses("carol", card, "reply:"+id)
	d.types("carol", "reply.text", "stint.more.text", "Which queue?")
	d.sends("carol", "")
	d.reads("alice", c.people["alice"].DM(), "Which queue?")
	d.presses("alice", c.people["alice"].DM(), "Which queue?", "stint.reply")
	d.types("alice", "reply.text", "stint.more.text", "The payments one.")
	d.sends("alice", "")
	d.reads("carol", d.cards[0], card, "The payments one.")

	// Somebody stands in, and decides for who let them.
	d.opens("bob", "/aws-access", "delegate")
	d.fills("bob", "delegate.to", "stint.delegate.to", c.people["dana"].Here.User().ID)
	d.sends("bob", "")
	d.reads("dana", c.people["dana"].DM(), "You decide requests for")
	d.presses("dana", d.cards[0], card, "stint.approve")
	d.reads("dana", d.cards[0], card, "*Approved* by")
	dm := c.people["alice"].DM()
	power := "*PowerUserAccess* in *staging-"
	d.reads("alice", dm, "*Active:* all *2 entitlements*", power)

	// More of one of several, from the message about all of them; then the end of it.
	d.presses("alice", dm, power, "stint.extend")
	d.sends("alice", "")
	d.reads("carol", d.cards[0], "This extends access that is active")
	d.presses("carol", d.cards[0], "This extends access that is active", "stint.approve")
	d.until("the extension", func() bool {
		return d.count(access.Live, func(g access.Grant) bool { return g.Extends != "" && !g.ConfirmedAt.IsZero() }) == 1
	})

	// Marked, and asked for from Home.
	d.opens("erin", "/aws-access", "prod-billing ReadOnly 30m INC-2 look at the bill")
	d.until("erin's access", func() bool {
		return d.count(access.Live, func(g access.Grant) bool { return g.Holder.Slack == d.user("erin") && !g.ConfirmedAt.IsZero() }) == 1
	})
	d.openHome("erin")
	d.onHome("erin", "stint.mine.open")
	d.inModal("erin", "stint.favourite.on")
	d.until("the favourite on her Home", func() bool { return strings.Contains(said(c.people["erin"].Here.Home().Blocks), "*Favourites*") })
	_ = c.people["erin"].Here.DismissModals(t.Context())
	d.onHome("erin", "stint.favourite.ask")
	d.until("the form of the favourite", func() bool {
		m, open := c.people["erin"].Here.Modal()
		return open && m.CallbackID == "stint.form" && strings.Contains(said(m.Blocks), "prod-billing")
	})

	// Two emergencies: one is looked back at, one stays open.
	for _, account := range []string{"prod-billing", "prod-payments"} {
		d.opens("bob", "/aws-access", "")
		d.picks("bob", "account", "stint.form.account", account)
		d.picks("bob", "role/", "stint.form.role", "AdministratorAccess")
		d.fills("bob", "emergency", "stint.form.emergency", "yes")
		d.types("bob", "reason", "stint.form.reason", "INC-3 the queue is stuck and invoices are lost every minute")
		d.sends("bob", "stint.sent")
		d.reads("dana", c.people["dana"].DM(), "AdministratorAccess* in *"+account)
	}
	d.presses("dana", c.people["dana"].DM(), "AdministratorAccess* in *prod-billing", "stint.debriefs.justified")
	d.types("dana", "debriefs.note", "stint.debriefs.note", "It was needed.")
	d.sends("dana", "")
	d.until("one of two debriefs", func() bool { return len(d.debriefs()) == 1 })
	if n := len(f.box.AWS().Snapshot().Assignments); n == 0 {
		t.Error("AWS holds nothing")
	}

	// A newer release starts: what runs of this one changes nothing more, and says why.
	d.presses("dana", c.people["dana"].DM(), "AdministratorAccess* in *prod-payments", "stint.debriefs.not")
	d.types("dana", "debriefs.note", "stint.debriefs.note", "Reading would have been enough.")
	f.exec(t, `UPDATE writer SET format = format + 1`)
	before := f.dump(t)
	d.sends("dana", "")
	d.until("dana hears why", func() bool {
		m, open := c.people["dana"].Here.Modal()
		return open && strings.Contains(said(m.Blocks), "is being updated")
	})
	until(t, "nobody of the old release leads", func() bool { return f.leader(t.Context()) < 0 })
	if after := f.dump(t); after != before {
		t.Errorf("an old replica changed a record\nbefore %s\nafter  %s", before, after)
	}
	if len(d.debriefs()) != 1 {
		t.Error("the open look back is lost")
	}
	f.exec(t, `UPDATE writer SET format = format - 1`) // as if the deploy were taken back
	until(t, "somebody leads again", func() bool { return f.leader(t.Context()) >= 0 })
}

// desk is where people are told what to do, and watched.
type desk struct {
	t     *testing.T
	f     *fleet
	c     *crowd
	cards []string
}

func (d *desk) user(who string) identity.SlackUserID {
	return identity.SlackUserID(d.c.people[who].Here.User().ID)
}

// until waits for something, and shows everybody's screen when it does not come.
func (d *desk) until(what string, condition func() bool) {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.t.Context(), 40*time.Second)
	defer stop()
	for !condition() {
		rest(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			for who := range d.c.people {
				d.t.Logf("%s sees %s", who, d.c.screen(who))
			}
			for _, channel := range d.cards {
				if conversation, err := d.c.people["bob"].Here.Conversation(channel); err == nil {
					for _, m := range conversation.Messages {
						d.t.Logf("a card says %.300s", said(m.Blocks))
					}
				}
			}
			d.t.Fatal("not in time: " + what)
		}
	}
}

func (d *desk) opens(who, command, text string) {
	d.t.Helper()
	channel, err := d.c.people[who].Channel("general")
	if err != nil {
		d.t.Fatal(err)
	}
	_ = d.c.people[who].Here.DismissModals(d.t.Context())
	d.done(d.c.people[who].Here.Command(d.t.Context(), channel, command, text))
}

func (d *desk) done(res slacksim.Result, err error) {
	d.t.Helper()
	if err != nil || !res.OK {
		d.t.Fatalf("%v %+v", err, res)
	}
}

// block waits for a block of the modal whose id begins so.
func (d *desk) block(who, prefix string) (id string) {
	d.t.Helper()
	d.until(who+"'s form with "+prefix, func() bool {
		m, open := d.c.people[who].Here.Modal()
		for _, b := range m.Blocks {
			if s, _ := b["block_id"].(string); open && !m.Busy && strings.HasPrefix(s, prefix) {
				id = s
				return true
			}
		}
		return false
	})
	return id
}

func (d *desk) fills(who, prefix, action string, values ...string) {
	d.t.Helper()
	e := slacksim.Element{BlockID: d.block(who, prefix), ActionID: action}
	d.done(d.c.people[who].Here.Fill(d.t.Context(), e, values...))
}

func (d *desk) types(who, block, action, text string) {
	d.t.Helper()
	d.fills(who, block, action, text)
}

// picks takes those that are named from all that are offered.
func (d *desk) picks(who, prefix, action string, names ...string) {
	d.t.Helper()
	var e slacksim.Element
	var values []string
	d.until(fmt.Sprintf("%s is offered %q", who, names), func() bool { // the form may just be drawn anew
		e = slacksim.Element{BlockID: d.block(who, prefix), ActionID: action}
		o, _, err := d.c.people[who].Here.Options(d.t.Context(), e, "")
		values = nil
		for _, x := range o.Options {
			if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(x.Text.Text, n) }) {
				values = append(values, x.Value)
			}
		}
		return err == nil && len(values) == len(names)
	})
	d.done(d.c.people[who].Here.Fill(d.t.Context(), e, values...))
}

// sends submits the form, and waits for the view that takes its place where one is named.
func (d *desk) sends(who, callback string) {
	d.t.Helper()
	d.block(who, "")
	d.done(d.c.people[who].Here.Submit(d.t.Context()))
	if callback != "" {
		d.until("what follows the form", func() bool { m, open := d.c.people[who].Here.Modal(); return open && m.CallbackID == callback })
	}
}

// message is the newest message, or reply, of a conversation that says all of it.
func (d *desk) message(who, channel string, says ...string) (found slacksim.Message, ok bool) {
	conversation, err := d.c.people[who].Here.Conversation(channel)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, m := range slices.Backward(conversation.Messages) {
		all := said(m.Blocks)
		for _, r := range m.Replies {
			all += said(r.Blocks)
		}
		if !slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(all, s) }) {
			return m, true
		}
	}
	return slacksim.Message{}, false
}

func (d *desk) reads(who, channel string, says ...string) (m slacksim.Message) {
	d.t.Helper()
	d.until(fmt.Sprintf("%s reads %q", who, says), func() (ok bool) { m, ok = d.message(who, channel, says...); return ok })
	return m
}

func (d *desk) element(who, channel, says, action string) (f blockkit.Found, m slacksim.Message) {
	d.t.Helper()
	d.until(fmt.Sprintf("%s finds %s where it says %q", who, action, says), func() bool {
		var ok bool
		if m, ok = d.message(who, channel, says); !ok {
			return false
		}
		all := blockkit.Elements(m.Blocks)
		i := slices.IndexFunc(all, func(f blockkit.Found) bool { return f.ActionID == action })
		if i >= 0 {
			f = all[i]
		}
		return i >= 0
	})
	return f, m
}

func (d *desk) value(who, channel, says, action string) string {
	d.t.Helper()
	f, _ := d.element(who, channel, says, action)
	v, _ := f.Element["value"].(string)
	return v
}

func (d *desk) presses(who, channel, says, action string) {
	d.t.Helper()
	_ = d.c.people[who].Here.DismissModals(d.t.Context())
	f, m := d.element(who, channel, says, action)
	d.done(d.c.people[who].Here.Press(d.t.Context(), slacksim.Element{On: slacksim.OnMessage(channel, m.TS), BlockID: f.BlockID, ActionID: action, Confirmed: true}, ""))
}

// chooses takes an entry of a card's menu.
func (d *desk) chooses(who, card, entry string) {
	d.t.Helper()
	_ = d.c.people[who].Here.DismissModals(d.t.Context())
	f, m := d.element(who, d.cards[0], card, "stint.more")
	d.done(d.c.people[who].Here.Press(d.t.Context(), slacksim.Element{On: slacksim.OnMessage(d.cards[0], m.TS), BlockID: f.BlockID, ActionID: "stint.more"}, entry))
}

func (d *desk) openHome(who string) {
	d.t.Helper()
	if _, err := d.c.people[who].Here.OpenHome(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) onHome(who, action string) {
	d.t.Helper()
	d.press(who, slacksim.OnHome(), action, func() []blockkit.Block { return d.c.people[who].Here.Home().Blocks })
}

func (d *desk) inModal(who, action string) {
	d.t.Helper()
	d.press(who, slacksim.OnModal(), action, func() []blockkit.Block { m, _ := d.c.people[who].Here.Modal(); return m.Blocks })
}

func (d *desk) press(who string, on slacksim.Surface, action string, blocks func() []blockkit.Block) {
	d.t.Helper()
	var f blockkit.Found
	d.until(who+" finds "+action, func() bool {
		all := blockkit.Elements(blocks())
		i := slices.IndexFunc(all, func(f blockkit.Found) bool { return f.ActionID == action || strings.HasPrefix(f.ActionID, action+":") })
		if i >= 0 {
			f = all[i]
		}
		return i >= 0
	})
	d.done(d.c.people[who].Here.Press(d.t.Context(), slacksim.Element{On: on, BlockID: f.BlockID, ActionID: f.ActionID, Confirmed: true}, ""))
}

// said is all that blocks say.
func said(blocks []blockkit.Block) string {
	raw, err := json.Marshal(blocks)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func (d *desk) count(state access.GrantState, is func(access.Grant) bool) (n int) {
	d.t.Helper()
	if err := d.f.view(d.t, func(tx access.Tx) error {
		grants, err := tx.Grants(access.GrantFilter{States: []access.GrantState{state}})
		for _, g := range grants {
			if is(g) {
				n++
			}
		}
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// debriefs are those that are open.
func (d *desk) debriefs() (list []access.Request) {
	d.t.Helper()
	if err := d.f.view(d.t, func(tx access.Tx) (err error) {
		list, err = tx.Requests(access.RequestFilter{Debrief: true})
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (f *fleet) view(t *testing.T, fn func(access.Tx) error) error {
	t.Helper()
	if f.store == nil {
		db, err := postgres.Open(context.WithoutCancel(t.Context()), f.database, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		f.store = db
	}
	return f.store.View(t.Context(), fn)
}

// exec is a statement that a newer release would bring.
func (f *fleet) exec(t *testing.T, sql string) {
	t.Helper()
	f.connect(t, func(conn *pgx.Conn) error { _, err := conn.Exec(t.Context(), sql); return err })
}

// dump is every record, as it is stored.
func (f *fleet) dump(t *testing.T) (all string) {
	t.Helper()
	f.connect(t, func(conn *pgx.Conn) error {
		return conn.QueryRow(t.Context(), `SELECT string_agg(data::text, E'\n' ORDER BY id) FROM (SELECT id, data FROM requests UNION ALL SELECT id, data FROM grants) r`).Scan(&all)
	})
	return all
}

func (f *fleet) connect(t *testing.T, fn func(*pgx.Conn) error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if err := fn(conn); err != nil {
		t.Fatal(err)
	}
}
