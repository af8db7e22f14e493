package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
)

// TestGroupForm asks for a group as a person does: command, choice, what it brings, Send.
func TestGroupForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	it := honest().group(7)
	it.Group.Name = "database-admins"
	terms := policy.Terms{Rule: "dba", Automatic: true, Durations: []time.Duration{30 * time.Minute, time.Hour}, MaxDuration: time.Hour, RequestTTL: time.Hour, Reason: policy.ReasonTerms{MinLength: 1}}
	set(r.fake, &r.fake.groups, []access.ItemView{it})
	set(r.fake, &r.fake.decision, policy.Decision{Outcome: policy.Allowed, Rule: "dba", Terms: terms, Certain: true})
	p := r.as(r.asker)
	r.openForm(p)
	m := r.modalSays(p, "Choose an account and a role")
	res, err := p.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, openArea(areaGroup)), "")
	r.must(err)
	if !res.OK {
		t.Fatalf("press: %+v", res)
	}
	m = r.modalSays(p, "Choose a group")
	r.choose(p, blockGroup, actGroup, "data", string(it.Entitlement.Group))
	m = r.modalSays(p, "You get these roles")
	for _, want := range []string{"*database-admins*", "prod-billing", "prod-6", "Given at once", "At most 1"} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the form does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	r.fill(p, blockReason, actReason, "the index is broken")
	res, err = p.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("%+v", res)
	}
	r.modalSays(p, "membership in *database-admins*")
	sent := get(r.fake, &r.fake.submits)
	if len(sent) != 1 || len(sent[0].Entitlements) != 1 || sent[0].Entitlements[0] != it.Entitlement || sent[0].Duration != time.Hour || sent[0].Reason != "the index is broken" {
		t.Errorf("%+v", sent)
	}
}

// TestGroupNamed opens the form with the group that was named after the command.
func TestGroupNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, other := honest().group(1), honest().group(2)
	one.Group.Name, other.Group.Name = "database-admins", "database-readers"
	other.Entitlement.Group, other.Group.ID = "g-other", "g-other"
	set(r.fake, &r.fake.groups, []access.ItemView{one, other})
	p := r.as(r.asker)
	for typed, want := range map[string]string{
		"database-admins": "You get these roles", "\"Database-Admins\"": "You get these roles", "readers": "database-readers",
		"database": "Several groups match “database”", "<!channel>": "No group that can be asked for matches “&lt;!channel&gt;”",
	} {
		r.says(p, "group "+typed)
		r.modalSays(p, want)
		r.must(p.CloseModal(r.ctx))
	}
}

// TestWhyGroup asks why about a group, by command and from its form.
func TestWhyGroup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	it := honest().group(1)
	it.Group.Name = "database-admins"
	set(r.fake, &r.fake.groups, []access.ItemView{it})
	set(r.fake, &r.fake.decision, policy.Decision{Outcome: policy.NotRequestable, Why: "No rule lets you."})
	asked := 0
	set(r.fake, &r.fake.onExplain, func(_ context.Context, _ identity.SlackUserID, in access.ExplainInput) (access.ExplainView, error) {
		if in.Group == it.Entitlement.Group && in.Account == "" {
			asked++
		}
		return access.ExplainView{Item: it, Explanation: policy.Explanation{Decision: policy.Decision{Outcome: policy.NotRequestable, Why: "No rule lets you."}}}, nil
	})
	p := r.as(r.asker)
	for _, typed := range []string{"why database-admins", "why group database-admins 2h"} {
		r.says(p, typed)
		r.ephemeral(r.asker, "You cannot have membership in *database-admins*")
	}
	r.says(p, "group database-admins")
	m := r.modalSays(p, "You cannot ask for this")
	res, err := p.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, actWhyAsk), "")
	r.must(err)
	if !res.OK {
		t.Fatalf("press: %+v", res)
	}
	r.modalSays(p, "You cannot have membership in *database-admins*")
	if asked < 3 {
		t.Errorf("asked about the group %d times", asked)
	}
}

// TestGroupFormWithoutGroups says so, and does not open an empty form.
func TestGroupFormWithoutGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	set(r.fake, &r.fake.groupsWhy, "No rule lets you request membership in a group.")
	_, err := ada.Command(r.ctx, r.other.ID, commandAccess, "group")
	r.must(err)
	r.until("the answer", func() bool {
		for _, m := range r.messages(r.asker, r.other) {
			if m.Ephemeral && strings.Contains(m.Text, "No rule lets you request membership in a group.") {
				return true
			}
		}
		return false
	})
}

// TestGroupFormRefused puts what the service refuses under the group.
func TestGroupFormRefused(t *testing.T) {
	t.Parallel()
	in := filled{ofGroup: true, group: "g", groupBlock: blockGroup, duration: "3600", durBlock: blockDuration, reason: "x"}
	r := newRig(t)
	set(r.fake, &r.fake.groups, []access.ItemView{honest().group(1)})
	b := r.bot
	for _, field := range []string{"group", "role"} {
		out := b.notSent(r.ctx, origin{user: "U0ADA"}, in, fault.New(fault.Forbidden, "x", "What it brings was read too long ago.", "Ask an admin.").In(field))
		if out.errors[blockGroup] == "" || out.late == nil {
			t.Errorf("%s: %+v", field, out)
		}
	}
	if out := b.notSent(r.ctx, origin{user: "U0ADA"}, in, fault.New(fault.Unavailable, "x", "Slack is away.", "")); out.view == nil {
		t.Errorf("%+v", out)
	}
	if errs := (filled{ofGroup: true, groupBlock: "group/x", duration: "3600", reason: "x"}).missing(time.Now()); errs["group/x"] == "" || len(errs) != 1 {
		t.Errorf("without a group: %v", errs)
	}
}
