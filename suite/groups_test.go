package suite

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

// The groups of the rig: one that reads staging and prod, without approval; one of database
// admins, who sre approve; and one that SCIM owns.
const (
	readers = catalog.GroupID("9067aaaaaa-00000001-89ab-4def-8123-456789abcdef")
	dbas    = catalog.GroupID("9067aaaaaa-00000002-89ab-4def-8123-456789abcdef")
	scim    = catalog.GroupID("9067aaaaaa-00000003-89ab-4def-8123-456789abcdef")
)

const groupRules = `
  - name: readers
    groups: [readers]
    requesters: all
    approval: automatic
  - name: database admins
    groups: [database-*]
    requesters: all
    max_duration: 2h
    approval: [{ from: [sre], count: 1 }]
  - name: from the directory
    groups: [from-okta]
    requesters: all
    approval: automatic
`

// withGroups gives the rig its groups and the rules about them.
func withGroups(r *rig, cfg *awssim.Config) {
	o := cfg.Organization
	o.Groups = append(
		o.Groups, awssim.Group{ID: string(readers), DisplayName: "readers"}, awssim.Group{ID: string(dbas), DisplayName: "database-admins"},
		awssim.Group{ID: string(scim), DisplayName: "from-okta", ExternalID: "okta-1"},
	)
	gives := func(g catalog.GroupID, account catalog.AccountID, role string) {
		o.Assignments = append(o.Assignments, awssim.Assignment{
			AccountID: string(account), PermissionSetARN: string(roleARN(role)), PrincipalType: awssim.PrincipalGroup, PrincipalID: string(g),
		})
	}
	gives(readers, prod, "ReadOnly")
	gives(readers, staging, "ReadOnly")
	gives(dbas, prod, "PowerUserAccess")
	gives(scim, staging, "ReadOnly")
	r.groups, r.stand = []catalog.GroupID{readers, dbas}, map[access.Key]bool{}
	r.policy += groupRules
}

func member(person string, g catalog.GroupID) access.Key {
	return access.MemberOf(g).For(personID(person))
}

// members are those whom AWS really has in a group.
func (r *rig) members(g catalog.GroupID) (out []catalog.PersonID) {
	for _, m := range r.cloud.Snapshot().Memberships {
		if m.GroupID == string(g) {
			out = append(out, catalog.PersonID(m.UserID))
		}
	}
	return out
}

// joined are the memberships that only Stint can have made.
func (r *rig) joined() (out []access.Key) {
	for _, g := range r.groups {
		for _, p := range r.members(g) {
			if k := access.MemberOf(g).For(p); !r.stand[k] {
				out = append(out, k)
			}
		}
	}
	return out
}

func (r *rig) put(t *testing.T, k access.Key) {
	t.Helper()
	r.stand[k] = true
	if _, err := r.cloud.AddMembership(string(k.Group), string(k.Person)); err != nil {
		t.Fatal(err)
	}
}

// in asks for a group, and waits until the person is in it.
func (r *rig) in(t *testing.T, g catalog.GroupID, d time.Duration, form string) access.Grant {
	t.Helper()
	req, err := r.ask(alice, access.MemberOf(g), d, form)
	if err != nil {
		t.Fatal(err)
	}
	pass(5 * time.Second)
	if !req.Terms.Automatic {
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
	}
	pass(10 * time.Second)
	v := r.view(req.ID)
	if len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive || !r.holds(member("alice", g)) {
		t.Fatalf("not active: %s %q %+v", v.Request.State, v.Request.Outcome, v.Grants)
	}
	return v.Grants[0].Grant
}

func TestGroupIsJoinedAndLeft(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.cloud.ResetCounts()
		g := r.in(t, dbas, 10*time.Minute, "f1")
		v := r.grant(t, g.ID)
		if v.Item.Group.Name != "database-admins" || len(v.Item.Brings) != 1 || v.Item.Brings[0].Account.ID != prod || v.Item.Brings[0].Role.Name != "PowerUserAccess" {
			t.Errorf("the view: %+v", v.Item)
		}
		if late := time.Until(g.End) - 10*time.Minute; late > 0 {
			t.Errorf("ends %s too late", late)
		}
		pass(time.Until(g.End) + time.Minute)
		if v := r.grant(t, g.ID); v.Phase != access.PhaseEnded || v.Grant.EndReason != access.EndExpired || r.holds(g.Key) {
			t.Errorf("I2: %s %s, still in it: %v", v.Phase, v.Grant.EndReason, r.holds(g.Key))
		}
		if n := r.cloud.Count("sso:CreateAccountAssignment") + r.cloud.Count("sso:DeleteAccountAssignment"); n != 0 {
			t.Errorf("%d assignments were written", n)
		}
		if n := r.cloud.Count("identitystore:CreateGroupMembership") + r.cloud.Count("identitystore:DeleteGroupMembership"); n != 2 {
			t.Errorf("%d memberships were written", n)
		}
	}, withGroups)
}

func TestGroupMembershipThatStandsIsNeverTakenAway(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		k := member("alice", readers)
		r.put(t, k)
		req, err := r.ask(alice, access.MemberOf(readers), 10*time.Minute, "f1")
		if err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Minute)
		v := r.view(req.ID)
		if len(v.Grants) == 1 && v.Grants[0].Grant.EndReason != access.EndAlreadyHas || !r.holds(k) {
			t.Errorf("I4: %+v, still in it: %v", v.Grants, r.holds(k))
		}
		if len(v.Grants) == 1 && !r.record(t, k).Foreign {
			t.Error("it is not marked as foreign")
		}
	}, withGroups)
}

func TestGroupMembershipThatIsRemovedOutside(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.in(t, readers, 4*time.Hour, "f1")
		pass(5 * time.Minute)
		r.cloud.RemoveMembership(string(readers), string(personID("alice"))) // as SCIM's next cycle would
		if err := r.svc.Compare(context.Background()); err != nil {          // nightly
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if v := r.grant(t, g.ID); v.Phase != access.PhaseActive {
			t.Errorf("one look was believed: %s", v.Phase)
		}
		pass(2 * time.Minute)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndRemovedOutside || !strings.Contains(v.Grant.EndNote, "another directory") {
			t.Errorf("%s %s: %s", v.Phase, v.Grant.EndReason, v.Grant.EndNote)
		}
	}, withGroups)
}

func TestGroupOfAnotherDirectoryIsNotOffered(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		_, err := r.ask(alice, access.MemberOf(scim), 10*time.Minute, "f1")
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "identity provider") {
			t.Errorf("%v", err)
		}
		choices, err := r.svc.Groups(context.Background(), access.GroupQuery{Asker: personID("alice"), Limit: 10})
		if err != nil || choices.Total != 2 || choices.Groups[0].Group.ID != dbas || choices.Groups[1].Group.ID != readers {
			t.Errorf("%+v, %v", choices, err)
		}
		choices, err = r.svc.Groups(context.Background(), access.GroupQuery{Asker: personID("alice"), Query: "staging", Limit: 10})
		if err != nil || choices.Total != 1 || choices.Groups[0].Group.ID != readers {
			t.Errorf("by an account that it brings: %+v, %v", choices, err)
		}
		choices, err = r.svc.Groups(context.Background(), access.GroupQuery{Asker: personID("alice"), Query: "okta", Limit: 10})
		if err != nil || choices.Total != 0 || len(choices.Others) != 1 || choices.Others[0].Group.ID != scim {
			t.Errorf("one that is not for her, by its name: %+v, %v", choices, err)
		}
	}, withGroups)
}

// The worker finishes a membership whose answers are lost, and takes it away all the same.
func TestGroupWithLostAnswers(t *testing.T) {
	t.Parallel()
	for _, kind := range []awssim.FaultKind{awssim.FaultDropAfter, awssim.FaultDropBefore, awssim.FaultServerError, awssim.FaultThrottle, awssim.FaultConflict} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				r.removal = 25 * time.Minute // the late looks
				r.inject(t, awssim.Fault{Kind: kind, Action: "identitystore:CreateGroupMembership", Times: 2})
				req, err := r.ask(alice, access.MemberOf(readers), 10*time.Minute, "f1")
				if err != nil {
					t.Fatal(err)
				}
				pass(2 * time.Minute)
				v := r.view(req.ID)
				if len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive || !r.holds(member("alice", readers)) {
					t.Fatalf("%+v", v.Grants)
				}
				r.inject(t, awssim.Fault{Kind: kind, Action: "identitystore:DeleteGroupMembership", Times: 2})
				pass(time.Until(v.Grants[0].Grant.End) + 2*time.Minute)
				if r.holds(member("alice", readers)) {
					t.Error("I2: still in it")
				}
				pass(30 * time.Minute)
				if a := r.record(t, member("alice", readers)); a.State != access.Absent {
					t.Errorf("the record is %s: %s", a.State, a.LastError)
				}
			}, withGroups)
		})
	}
}

// A deny of anything that the group brings refuses at the form and ends what is live.
func TestGroupIsDeniedForWhatItBrings(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.in(t, readers, 4*time.Hour, "f1")
		pending, err := r.ask(bob, access.MemberOf(dbas), time.Hour, "f2")
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if err := r.load(context.Background(), r.policy+"  - { name: closed, deny: true, accounts: [{ name: staging-* }] }\n  - { name: no power, deny: true, roles: [PowerUser*] }\n"); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndDenied || r.holds(g.Key) {
			t.Errorf("live: %s, still in it: %v", v.Grant.EndReason, r.holds(g.Key))
		}
		if _, err := r.ask(alice, access.MemberOf(readers), time.Hour, "f3"); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "closed") {
			t.Errorf("I8, form: %v", err)
		}
		_ = r.approve(carol, pending.ID) // says that it was withdrawn
		pass(10 * time.Second)
		if v := r.view(pending.ID); v.Request.State != access.Withdrawn || len(r.members(dbas)) != 0 {
			t.Errorf("I8, review: %s, members %v", v.Request.State, r.members(dbas))
		}
	}, withGroups)
}

// What the group brings is judged as it was last read: somebody may add to it at any time.
func TestGroupThatBringsMoreSince(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.in(t, readers, 4*time.Hour, "f1")
		if _, err := r.cloud.AddAssignment(awssim.Assignment{
			AccountID: string(management), PermissionSetARN: string(roleARN("ReadOnly")), PrincipalType: awssim.PrincipalGroup, PrincipalID: string(readers),
		}); err != nil {
			t.Fatal(err)
		}
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndDenied || !strings.Contains(v.Grant.EndNote, "never the management account") {
			t.Errorf("%s: %s", v.Grant.EndReason, v.Grant.EndNote)
		}
	}, withGroups)
}

// While AWS cannot say what groups bring, nobody may join one for longer than a day; what
// is live stays.
func TestGroupWhoseRolesCannotBeRead(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.in(t, readers, 8*time.Hour, "f1")
		r.inject(t, awssim.Fault{Kind: awssim.FaultServerError, Action: "sso:ListAccountAssignmentsForPrincipal"})
		r.inject(t, awssim.Fault{Kind: awssim.FaultServerError, Action: "sso:ListAccountsForProvisionedPermissionSet"})
		pass(7 * time.Hour)
		_ = r.svc.Sync(context.Background())
		if v := r.grant(t, g.ID); v.Phase != access.PhaseActive {
			t.Errorf("live: %s", v.Phase)
		}
		req, err := r.ask(bob, access.MemberOf(readers), 10*time.Minute, "f2")
		if err != nil {
			t.Errorf("seven hours later: %v", err)
		}
		pass(18 * time.Hour)
		if _, err := r.ask(bob, access.MemberOf(readers), 10*time.Minute, "f3"); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "was last read") {
			t.Errorf("25 hours later: %v", err)
		}
		if v := r.view(req.ID); len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseEnded {
			t.Errorf("%+v", v.Grants)
		}
		r.cloud.ClearFaults()
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.ask(bob, access.MemberOf(readers), 10*time.Minute, "f4"); err != nil {
			t.Errorf("once AWS is well again: %v", err)
		}
		pass(15 * time.Minute)
	}, withGroups)
}

// Whom Stint put into a group never counts where a people set names it later.
func TestGroupMemberThatStintPutThereNeverCounts(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.put(t, member("dana", readers))
		g := r.in(t, readers, 4*time.Hour, "f1") // alice
		policy := strings.Replace(rigPolicy, "security: { users: [dana@example.com] }", "security: { identity_center_groups: [readers] }", 1)
		policy = strings.Replace(policy, "approval: [{ from: [sre], count: 1 }]\n  - name: two", "approval: [{ from: [security], count: 1 }]\n  - name: two", 1)
		if err := r.load(context.Background(), policy); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if v := r.grant(t, g.ID); v.Phase != access.PhaseActive || !r.holds(g.Key) {
			t.Fatalf("it ended: %s %s", v.Phase, v.Grant.EndNote)
		}
		req, err := r.submit(bob, prod, "AdministratorAccess", time.Hour, "f2")
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if err := r.svc.Sync(context.Background()); err != nil { // the sync reads members, too
			t.Fatal(err)
		}
		if err := r.approve(alice, req.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I3: who joined for a time voted: %v", err)
		}
		if err := r.approve(dana, req.ID); err != nil {
			t.Errorf("who stands in the group may vote: %v", err)
		}
		pass(time.Minute)
		if v := r.view(req.ID); v.Request.State != access.Approved {
			t.Errorf("%s", v.Request.State)
		}
	}, withGroups)
}

// A role and a group that opens the same account are two keys: each end names the other.
func TestGroupAndRoleOfTheSameAccountRemain(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		group := r.in(t, readers, 4*time.Hour, "f1")
		role := r.active(t, "ReadOnly", time.Hour, "f2")
		pass(time.Until(role.End) + time.Minute)
		if v := r.grant(t, role.ID); len(v.Remaining) != 1 || v.Remaining[0].Group.ID != readers || r.holds(role.Key) || !r.holds(group.Key) {
			t.Errorf("after the role: %+v", v.Remaining)
		}
		role = r.active(t, "ReadOnly", 4*time.Hour, "f3")
		if _, err := r.svc.EndGrant(context.Background(), group.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if v := r.grant(t, group.ID); len(v.Remaining) != 1 || v.Remaining[0].Account.ID != prod || r.holds(group.Key) || !r.holds(role.Key) {
			t.Errorf("after the group: %+v", v.Remaining)
		}
		if _, err := r.svc.EndGrant(context.Background(), role.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
	}, withGroups)
}

// An end of all access to an account takes people out of the groups that open it.
func TestGroupEndsWithTheAccountThatItOpens(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		opens, other := r.in(t, readers, 4*time.Hour, "f1"), r.in(t, dbas, 2*time.Hour, "f2")
		if _, err := r.svc.EndAll(context.Background(), carol, access.EndScope{Account: staging}, "the account is being closed"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if r.holds(opens.Key) || !r.holds(other.Key) {
			t.Errorf("opens it: %v, does not: %v", r.holds(opens.Key), r.holds(other.Key))
		}
		if _, err := r.svc.EndGrant(context.Background(), other.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
	}, withGroups)
}

// A process that dies at any point while people join and leave groups heals.
func TestGroupCrashAtEveryPoint(t *testing.T) {
	t.Parallel()
	crashAtPoints(t, onBolt, job{
		automatic: access.MemberOf(readers), approved: access.MemberOf(dbas), options: []rigOption{withGroups},
	}, stride(41))
}
