package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// driftParts are open findings by what they have in common, as many as there may be.
func (w world) driftParts() access.DriftParts {
	p := access.DriftParts{Total: 1412}
	for i := range 30 {
		p.Accounts = append(p.Accounts, access.DriftPart{Scope: access.DriftScope{Account: catalog.AccountID(fmt.Sprintf("%012d", i))}, Name: w.item.Account.Name, Count: 100 - i})
		p.Roles = append(p.Roles, access.DriftPart{Scope: access.DriftScope{Role: w.item.Role.ARN + catalog.RoleARN(fmt.Sprint(i))}, Name: w.item.Role.Name, Count: 90 - i})
		p.Whose = append(p.Whose, access.DriftPart{Scope: access.DriftScope{Person: w.asker.Person + catalog.PersonID(fmt.Sprint(i))}, Name: w.asker.Name, Count: 80 - i})
	}
	p.Whose[1].Scope = access.DriftScope{Group: "g-1"}
	return p
}

func (w world) driftMany() access.DriftMany {
	v := access.DriftMany{Total: 43}
	for i := range 10 {
		v.First = append(v.First, w.found(access.FindingOpen, i%2 == 1))
	}
	v.First[2] = w.foundMember(access.FindingOpen)
	return v
}

func (w world) driftsMany(out map[string]any) {
	out["drift_many"] = manyView(w.driftParts(), manyMeta{Decision: manyIgnore, Text: w.asker.Name}, 12)
	out["drift_many_ignore"] = sureView(w.driftMany(), manyMeta{Decision: manyIgnore}, "", "")
	out["drift_many_snooze"] = sureView(w.driftMany(), manyMeta{Decision: manySnooze}, "2026-03-11", ":no_entry: "+sentence(w.note))
}

// Many are chosen, shown, and decided as they were shown; a refusal stands under its field.
func TestDriftManyForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.finds()
	w := honest()
	set(r.fake, &r.fake.onDriftParts, func(context.Context, identity.SlackUserID) (access.DriftParts, error) {
		return w.driftParts(), nil
	})
	scopes := make(chan access.DriftScope, 8)
	set(r.fake, &r.fake.onDriftMany, func(_ context.Context, _ identity.SlackUserID, sc access.DriftScope) (access.DriftMany, error) {
		v := w.driftMany()
		v.Scope = sc
		v.Scope.Before = w.now
		return v, nil
	})
	set(r.fake, &r.fake.onIgnoreMany, func(_ context.Context, _ identity.SlackUserID, sc access.DriftScope, _ string) (int, error) {
		scopes <- sc
		return 42, nil
	})
	set(r.fake, &r.fake.onSnoozeMany, func(_ context.Context, _ identity.SlackUserID, _ access.DriftScope, day string) (int, error) {
		if day < "2026" {
			return 0, fault.New(fault.Invalid, "fake", "Choose a day to come.", "").In("until")
		}
		return 43, nil
	})
	sue := r.configs("drift")
	r.modal(sue, viewDrift)
	r.pressIn(sue, actDriftMany+":"+manyIgnore)
	r.modal(sue, viewDriftMany)
	r.fill(sue, blockDriftWhich, actDriftWhich, whichAccount+"000000000003")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	sure := r.modal(sue, viewDriftSure)
	if said := text(sure.Blocks); !strings.Contains(said, "43 findings are as they should be") || !strings.Contains(said, "and 33 more") {
		t.Errorf("it does not say what is decided: %s", said)
	}
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockDriftWhy] == "" {
		t.Errorf("ignored without a reason: %+v", res)
	}
	r.fill(sue, blockDriftWhy, actAdminReason, "made by Terraform")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "42 findings: ignored from now on")
	if sc := <-scopes; sc.Account != "000000000003" || !sc.Before.Equal(w.now) || sc.Role != "" {
		t.Errorf("decided about %+v", sc)
	}
	r.pressIn(sue, actDriftMany+":"+manySnooze)
	r.modal(sue, viewDriftMany)
	r.fill(sue, blockDriftWhich, actDriftWhich, whichAll)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modal(sue, viewDriftSure)
	r.fill(sue, blockDriftDay, actDriftDay, "2020-01-01")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockDriftDay] != "Choose a day to come." {
		t.Errorf("errors: %+v", res)
	}
	r.fill(sue, blockDriftDay, actDriftDay, "2099-01-01")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "43 findings: hidden until the morning of 2099-01-01")
}

// What a choice means, and that nothing else means anything.
func TestManyScope(t *testing.T) {
	t.Parallel()
	m := manyMeta{Text: "billing"}
	for which, want := range map[string]access.DriftScope{
		whichAll: {}, whichFound: {Text: "billing"}, "account:1": {Account: "1"}, "role:arn:aws:x": {Role: "arn:aws:x"}, "person:p": {Person: "p"}, "group:g": {Group: "g"},
	} {
		if got, ok := manyScope(which, m); !ok || got != want {
			t.Errorf("%s: %+v %v", which, got, ok)
		}
	}
	for _, which := range []string{"", "account:", "everything", "role"} {
		if got, ok := manyScope(which, m); ok || got != (access.DriftScope{}) {
			t.Errorf("%q: %+v", which, got)
		}
	}
	if _, ok := manyScope(whichFound, manyMeta{}); ok {
		t.Error("nothing was searched for")
	}
}
