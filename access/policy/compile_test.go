package policy_test

import (
	"strings"
	"testing"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

type specChange = func(*policy.Spec)

func rules(r ...policy.RuleSpec) specChange { return func(s *policy.Spec) { s.Rules = r } }

func withSet(name string, p policy.People) specChange {
	return func(s *policy.Spec) { s.People[name] = p }
}

// TestProblems: for each mistake the path, and words of message and hint.
func TestProblems(t *testing.T) {
	t.Parallel()
	h := func(d time.Duration) policy.Duration { return policy.Duration(d) }
	for name, tc := range map[string]struct {
		change specChange
		want   []string // "path: message (hint)"
	}{
		"no domains":    {func(s *policy.Spec) { s.Settings.EmailDomains = nil }, []string{"settings.email_domains: email_domains is missing"}},
		"no domain":     {func(s *policy.Spec) { s.Settings.EmailDomains = []string{"*.example.com"} }, []string{`settings.email_domains[0]: "*.example.com" is no e-mail domain`}},
		"time zone":     {func(s *policy.Spec) { s.Settings.TimeZone = "Berlin" }, []string{`settings.time_zone: there is no time zone "Berlin" (write a name like Europe/Berlin)`}},
		"local zone":    {func(s *policy.Spec) { s.Settings.TimeZone = "Local" }, []string{"settings.time_zone: `Local` is another zone"}},
		"no channel":    {func(s *policy.Spec) { s.Settings.Channel = "" }, []string{"settings.channel: channel is missing"}},
		"channel":       {func(s *policy.Spec) { s.Settings.Channel = "aproval" }, []string{"settings.channel: no Slack channel `aproval` (did you mean `approvals`"}},
		"channel, #":    {func(s *policy.Spec) { s.Settings.Channel = "#approvals" }, []string{"settings.channel: a channel is named without # (write approvals)"}},
		"channel, old":  {func(s *policy.Spec) { s.Settings.Channel = "old" }, []string{"settings.channel: channel `old` is archived"}},
		"channel, ours": {func(s *policy.Spec) { s.Settings.Channel = "shared" }, []string{"settings.channel: channel `shared` is shared with another organization"}},
		"durations": {
			func(s *policy.Spec) {
				s.Settings.MaxDuration, s.Settings.MaxContinuous = h(2*time.Hour), h(time.Hour)
				s.Settings.Durations = []policy.Duration{h(4 * time.Hour), h(time.Second), h(400 * 24 * time.Hour)}
			},
			[]string{
				"settings.max_continuous: max_continuous 1h is shorter than max_duration, which is 2h",
				"settings.durations[0]: 4h is longer than max_duration, which is 2h",
				"settings.durations[1]: 1s is too short: at least 1m",
				"settings.durations[2]: 9600h is too long: at most 365d",
			},
		},
		"channels": {
			func(s *policy.Spec) {
				s.Channels = []policy.ChannelSpec{{Channel: "approvals"}, {Accounts: policy.Accounts{All: true}}}
			},
			[]string{"channels[0].accounts: accounts is missing", "channels[1].channel: channel is missing"},
		},

		"on call, no schedule": {withSet("x", policy.People{OnCall: policy.OnCallSpec{Fallback: "sre"}}), []string{"people.x.on_call: on_call names no schedule"}},
		"on call, twice": {
			withSet("x", policy.People{OnCall: policy.OnCallSpec{PagerDuty: "P1", Opsgenie: "o"}}),
			[]string{"people.x.on_call: on_call names a schedule of PagerDuty and one of Opsgenie", "people.x.on_call: warning: nobody counts while nobody is on call"},
		},
		"on call, no fallback": {withSet("x", policy.People{OnCall: policy.OnCallSpec{PagerDuty: "P1"}}), []string{"people.x.on_call: warning: nobody counts while nobody is on call"}},
		"on call, a path":      {withSet("x", policy.People{OnCall: policy.OnCallSpec{PagerDuty: "../users", Fallback: "sre"}}), []string{`people.x.on_call: "../users" is no schedule`}},
		"on call, fallback":    {withSet("x", policy.People{OnCall: policy.OnCallSpec{Opsgenie: "o", Fallback: "srv"}}), []string{"people.x.on_call.fallback: no people set `srv`"}},
		"on call, in a circle": {withSet("x", policy.People{OnCall: policy.OnCallSpec{Opsgenie: "o", Fallback: "x"}}), []string{"people.x.on_call.fallback: the fallback `x` is itself about who is on call"}},
		"on call, differently": {
			func(s *policy.Spec) {
				s.People["x"] = policy.People{OnCall: policy.OnCallSpec{Opsgenie: "o", Fallback: "sre"}}
				s.People["y"] = policy.People{OnCall: policy.OnCallSpec{Opsgenie: "o"}}
			},
			[]string{"people.y.on_call.fallback: another people set names the same schedule with another fallback"},
		},
		"on call, admins": {func(s *policy.Spec) { s.Settings.Admins.OnCall = policy.OnCallSpec{PagerDuty: "P1"} }, []string{"settings.admins.on_call: who is an admin does not change with a shift"}},

		"ticket, pattern": {rules(policy.RuleSpec{
			Name: "t", Accounts: policy.Accounts{All: true}, Roles: policy.List{All: true}, Requesters: policy.List{All: true},
			Approval: policy.ApprovalSpec{Automatic: true}, Ticket: &policy.TicketSpec{Pattern: "["},
		}), []string{"rules[0].ticket.pattern: error parsing regexp", "rules[0].ticket: warning: nobody can know what a ticket must look like"}},
		"ticket of a deny": {rules(policy.RuleSpec{Name: "t", Deny: true, Ticket: &policy.TicketSpec{}}), []string{"rules[0].ticket: ticket has no meaning in a deny"}},

		"set, empty":   {withSet("x", policy.People{}), []string{"people.x: the set `x` has no members"}},
		"set, all":     {withSet("all", policy.People{Users: []string{"ann@example.com"}}), []string{"people.all: `all` already means everybody"}},
		"set, name":    {withSet("on call", policy.People{Users: []string{"ann@example.com"}}), []string{`people.on call: "on call" is no name for a people set`}},
		"user":         {withSet("x", policy.People{Users: []string{"zed@example.com"}}), []string{"people.x.users[0]: no Identity Center user with the e-mail `zed@example.com`"}},
		"no address":   {withSet("x", policy.People{Users: []string{"ann"}}), []string{`people.x.users[0]: "ann" is no e-mail address`}},
		"user group":   {withSet("x", policy.People{SlackUserGroups: []string{"srre"}}), []string{"people.x.slack_usergroups[0]: no Slack user group `srre` (did you mean `sre`?)"}},
		"user group @": {withSet("x", policy.People{SlackUserGroups: []string{"@sre"}}), []string{"people.x.slack_usergroups[0]: a user group is named by its handle without @ (write sre)"}},
		"group":        {withSet("x", policy.People{IdentityCenterGroups: []string{"paymnets-devs"}}), []string{"people.x.identity_center_groups[0]: no Identity Center group `paymnets-devs` (did you mean `payments-devs`?)"}},
		"public":       {withSet("x", policy.People{SlackChannels: []string{"approvals"}}), []string{"people.x.slack_channels[0]: channel `approvals` is public: everybody could add themselves (use a private channel or a user group)"}},
		"shared":       {withSet("x", policy.People{SlackChannels: []string{"shared"}}), []string{"people.x.slack_channels[0]: channel `shared` is shared with another organization"}},
		"unreadable":   {withSet("x", policy.People{SlackChannels: []string{"unjoined"}}), []string{"people.x.slack_channels[0]: warning: Stint is not in channel `unjoined` and cannot read its members"}},

		"an allow says nothing": {
			rules(policy.RuleSpec{}),
			[]string{
				"rules[0].name: the rule has no name",
				"rules[0].accounts: an allow must state accounts (say `all`",
				"rules[0].roles: an allow must state roles",
				"rules[0].requesters: an allow must state requesters",
				"rules[0].approval: an allow must state approval",
			},
		},
		"an allow with empty lists": {
			rules(policy.RuleSpec{
				Name: "a", Accounts: policy.Accounts{Entries: []entry{}}, Roles: policy.List{Items: []string{}},
				Requesters: policy.List{Items: []string{}}, Approval: policy.ApprovalSpec{Steps: []policy.Step{}},
			}),
			[]string{
				"rules[0].accounts: accounts is empty", "rules[0].roles: roles is empty",
				"rules[0].requesters: requesters is empty", "rules[0].approval: approval is empty",
			},
		},
		"a deny with empty lists": {
			rules(policy.RuleSpec{Name: "d", Deny: true, Accounts: policy.Accounts{Entries: []entry{}}}),
			[]string{"rules[0].accounts: accounts is empty"},
		},
		"a deny with terms": {
			rules(deny("d", onBehalf("sre"), steps(step(1, "sre")), emergency(), func(r *policy.RuleSpec) {
				r.MaxDuration, r.Channel, r.InOrder, r.Reason.Hint = h(time.Hour), "approvals", true, "x"
			})),
			[]string{
				"rules[0].on_behalf: on_behalf has no meaning in a deny", "rules[0].max_duration:", "rules[0].channel:", "rules[0].reason:",
				"rules[0].approval:", "rules[0].in_order:", "rules[0].emergency:",
			},
		},
		"names": {
			rules(deny("d"), deny("d"), deny(strings.Repeat("x", 101)), deny("a\nb")),
			[]string{
				`rules[1].name: rule 1 is called "d" as well`, "rules[2].name: the name is longer than 100 characters",
				"rules[3].name: the name holds control characters",
			},
		},
		"accounts": {
			rules(deny("d", accounts(entry{}, entry{ID: "12"}, entry{OU: "Production"}, entry{OU: "/a/"}, entry{OU: "/a*"}, entry{OU: "/", Except: []entry{{ID: "x"}}}))),
			[]string{
				"rules[0].accounts[0]: the entry says nothing", `rules[0].accounts[1].id: "12" is no account id`,
				`rules[0].accounts[2].ou: "Production" is no OU path`, `rules[0].accounts[3].ou: "/a/" is no OU path`,
				"rules[0].accounts[4].ou: an OU path has no wildcards", `rules[0].accounts[5].except[0].id: "x" is no account id`,
			},
		},
		"matches nothing": {
			rules(
				deny("d", accounts(entry{OU: "/Prodution"}, entry{Name: "prod-paymets"}, entry{ID: "999999999999"}, entry{Tags: tagmap{"env": "x"}}), roles("AdminstratorAccess", "X*")),
				anything("a", roles("PowerUserAcces")),
			),
			[]string{
				"rules[0].accounts[0]: warning: this matches no account today, so the deny protects nothing (did you mean `/Production`",
				"rules[0].accounts[1]: warning: this matches no account today, so the deny protects nothing (did you mean `prod-payments`?)",
				"rules[0].accounts[2]: warning: this matches no account today, so the deny protects nothing",
				"rules[0].roles[0]: warning: this matches no role today, so the deny protects nothing (did you mean `AdministratorAccess`?)",
				"rules[0].roles[1]: warning: this matches no role today",
				"rules[1].roles[0]: warning: this matches no role today (did you mean `PowerUserAccess`?)",
			},
		},
		"roles": {rules(deny("d", roles("all", "a b"))), []string{"rules[0].roles[0]: no role `all` (`all` is written without brackets)", `rules[0].roles[1]: "a b" is no role name`}},
		"sets": {
			rules(anything("a", requesters("sree", "all"), onBehalf("nobody-at-all"), steps(step(1, "all"), step(1, "secrity"), step(0, "sre"), policy.Step{Count: 1}))),
			[]string{
				"rules[0].requesters[0]: no people set `sree` (did you mean `sre`?)",
				"rules[0].requesters[1]: no people set `all` (`all` is written without brackets)",
				"rules[0].on_behalf[0]: no people set `nobody-at-all` (define it under people)",
				"rules[0].approval[0].from: `all` cannot approve",
				"rules[0].approval[1].from[0]: no people set `secrity` (did you mean `security`?)",
				"rules[0].approval[2].count: count must be between 1 and 20",
				"rules[0].approval[3].from: from is missing",
			},
		},
		"on behalf of all":       {rules(anything("a", func(r *policy.RuleSpec) { r.OnBehalf.All = true })), []string{"rules[0].on_behalf: on_behalf cannot be `all`"}},
		"in order of nothing":    {rules(anything("a", func(r *policy.RuleSpec) { r.InOrder = true })), []string{"rules[0].in_order: in_order has no meaning without steps"}},
		"longer than continuous": {rules(anything("a", func(r *policy.RuleSpec) { r.MaxDuration = h(48 * time.Hour) })), []string{"rules[0].max_duration: max_duration 48h is longer than max_continuous, which is 24h"}},
		"preset too long": {
			rules(anything("a", func(r *policy.RuleSpec) {
				r.MaxDuration, r.Durations = h(time.Hour), []policy.Duration{h(2 * time.Hour)}
			})),
			[]string{"rules[0].durations[0]: 2h is longer than max_duration, which is 1h"},
		},
		"reason": {
			rules(anything("a", func(r *policy.RuleSpec) { r.Reason = policy.ReasonSpec{Pattern: "INC-[", MinLength: -1} })),
			[]string{
				"rules[0].reason.min_length: min_length must be between", "rules[0].reason.pattern: error parsing regexp",
				"rules[0].reason: warning: nobody can know what a reason must look like",
			},
		},
		"emergency": {
			rules(anything("a", func(r *policy.RuleSpec) {
				r.Emergency = &policy.EmergencySpec{
					Requesters: policy.List{Items: []string{}}, MinReason: -1, PerDay: -1, Notify: "x", DebriefBy: []string{"y"}, DebriefWithin: 1,
				}
			})),
			[]string{
				"rules[0].emergency.requesters: requesters is empty", "rules[0].emergency.max_duration: max_duration is missing",
				"rules[0].emergency.min_reason:", "rules[0].emergency.per_day:", "rules[0].emergency.notify: no Slack channel `x`",
				"rules[0].emergency.debrief_by[0]: no people set `y`", "rules[0].emergency.debrief_within: 0s is too short",
			},
		},
		"a debrief by nobody": {
			rules(anything("a", func(r *policy.RuleSpec) {
				r.Emergency = &policy.EmergencySpec{MaxDuration: h(time.Hour), DebriefWithin: h(time.Hour)}
			})),
			[]string{"rules[0].emergency.debrief_by: debrief_within says until when somebody looks back, and nobody is named who does"},
		},
		"no admins": {func(s *policy.Spec) { s.Settings.Admins = policy.People{} }, []string{"settings.admins: warning: there are no admins"}},
		"no rules":  {rules(), []string{"rules: warning: there are no rules"}},
		"covered": {
			rules(
				anything("first", accounts(entry{OU: "/Production"}, entry{OU: "/Staging"}), roles("Read*", "View*"), requesters("sre", "devs")),
				anything("same", accounts(entry{OU: "/Staging"}), roles("ReadOnlyAccess"), requesters("sre")),
				anything("other role", accounts(entry{OU: "/Staging"}), roles("Power*"), requesters("sre")),
				anything("other requester", accounts(entry{OU: "/Staging"}), roles("Read*"), requesters("sre", "security")),
				anything("other account", accounts(entry{OU: "/Production/Payments"}), roles("Read*"), requesters("sre")),
				anything("for others", accounts(entry{OU: "/Staging"}), roles("Read*"), requesters("sre"), onBehalf("security")),
				anything("in emergencies", accounts(entry{OU: "/Staging"}), roles("Read*"), requesters("sre"), emergency()),
				anything("denied", accounts(entry{ID: management})),
				deny("d", accounts(entry{ID: management})),
				deny("d again", accounts(entry{ID: management}), requesters("sre")),
			),
			[]string{
				`rules[1]: warning: this rule can never decide: rule “first” covers it`,
				`rules[7]: warning: this rule can never decide: rule “d” covers it`,
				`rules[9]: warning: this rule can never decide: rule “d” covers it`,
			},
		},
		"not covered by a condition": {rules(anything("first", when("emergency")), anything("second")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := base(anything("a"))
			tc.change(&spec)
			p, problems := policy.Compile(spec, "", newWorld())
			if (p == nil) != policy.Refused(problems) {
				t.Errorf("a policy: %v, with %v", p != nil, problems)
			}
			for i, got := range problems {
				if i >= len(tc.want) || !strings.HasPrefix(got.String(), tc.want[i]) {
					t.Errorf("problem %d: %s", i, got)
				}
			}
			if len(problems) < len(tc.want) {
				t.Errorf("missing: %q", tc.want[len(problems):])
			}
		})
	}
}

// TestBindings: a name keeps its meaning from load to load, or the load is refused.
func TestBindings(t *testing.T) {
	t.Parallel()
	spec := base(anything("a"))
	first := compile(t, spec, newWorld())
	equal(t, policy.Bindings{
		"channel:approvals": "C1", "channel:oncall": "C3", "group:payments-devs": "g-payments-devs",
		"user:ann@example.com": "ann", "user:eve@example.com": "eve",
		"user_group:both": "S-both", "user_group:security": "S-security", "user_group:sre": "S-sre",
	}, first.Bindings())

	t.Run("the same", func(t *testing.T) {
		t.Parallel()
		p, problems := policy.Compile(spec, "", newWorld(), policy.Since(first.Bindings()))
		if p == nil || len(problems) > 0 {
			t.Fatalf("%v", problems)
		}
	})
	t.Run("another group of that name", func(t *testing.T) {
		t.Parallel()
		before := first.Bindings()
		before["user_group:sre"], before["user:ann@example.com"], before["channel:approvals"] = "S-old", "old", "C-old"
		p, problems := policy.Compile(spec, "", newWorld(), policy.Since(before))
		if p != nil || len(problems) != 3 {
			t.Fatalf("%v", problems)
		}
		equal(t, "people.sre.slack_usergroups[0]: the Slack user group `sre` is not the one it was when the policy was last loaded "+
			"(if that is meant, load the policy once without it, then with it again)", problems[2].String())
	})
	t.Run("gone since", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		delete(w.members, userGroup("sre"))
		delete(w.channels, "oncall")
		w.data.People = w.data.People[1:]
		p, problems := policy.Compile(spec, "", w, policy.Since(first.Bindings()))
		if p == nil || len(problems) != 3 {
			t.Fatalf("%v", problems)
		}
		equal(t, first.Bindings(), p.Bindings())
		equal(t, first.Sources(), p.Sources())
	})
	t.Run("gone, and never seen", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		delete(w.members, userGroup("sre"))
		if p, problems := policy.Compile(spec, "", w); p != nil {
			t.Fatalf("%v", problems)
		}
	})
}

func TestTermsOfARule(t *testing.T) {
	t.Parallel()
	w := newWorld()
	spec := base(
		anything("defaults", roles("Read*"), steps(step(2, "sre", "sre"), step(1, "security"))),
		anything("own", roles("Power*"), func(r *policy.RuleSpec) {
			r.Durations = []policy.Duration{policy.Duration(2 * time.Hour), policy.Duration(time.Hour), policy.Duration(2 * time.Hour)}
			r.MaxDuration, r.MaxContinuous, r.RequestTTL = policy.Duration(2*time.Hour), policy.Duration(3*time.Hour), policy.Duration(time.Hour)
			r.Channel, r.InOrder, r.Approval = "oncall", true, policy.ApprovalSpec{Steps: []policy.Step{step(1, "sre")}}
			r.Reason = policy.ReasonSpec{Pattern: "INC-[0-9]+", Hint: "incident number", MinLength: 8}
			r.Emergency = &policy.EmergencySpec{MaxDuration: policy.Duration(45 * time.Minute), MinReason: 40}
		}),
		anything("short", roles("View*"), func(r *policy.RuleSpec) { r.MaxDuration = policy.Duration(10 * time.Minute) }),
		anything("an hour", roles("Admin*"), func(r *policy.RuleSpec) { r.MaxDuration = policy.Duration(time.Hour) }),
	)
	spec.Channels = []policy.ChannelSpec{
		{Accounts: list(entry{Tags: tagmap{"team": "*"}}), Channel: "prod-approvals"},
		{Accounts: policy.Accounts{All: true}, Channel: "unjoined"},
	}
	p := compile(t, spec, w)
	c := w.catalog(t)
	of := func(q policy.Query) policy.Terms { return p.Decide(c, w, q).Terms }
	equal(t, policy.Terms{
		Rule: "defaults", PolicyVersion: p.Version(), Steps: []policy.Step{step(2, "sre"), step(1, "security")},
		Durations:   []time.Duration{30 * time.Minute, time.Hour, 4 * time.Hour},
		MaxDuration: 8 * time.Hour, MaxContinuous: 24 * time.Hour, RequestTTL: 8 * time.Hour,
		Reason: policy.ReasonTerms{MinLength: 1}, Channel: "C2",
	}, of(ask("ann", payments, "ReadOnlyAccess")))
	own := policy.Terms{
		Rule: "own", PolicyVersion: p.Version(), Steps: []policy.Step{step(1, "sre")}, InOrder: true,
		Durations:   []time.Duration{time.Hour, 2 * time.Hour},
		MaxDuration: 2 * time.Hour, MaxContinuous: 3 * time.Hour, RequestTTL: time.Hour,
		Reason: policy.ReasonTerms{Pattern: "INC-[0-9]+", Hint: "incident number", MinLength: 8}, Channel: "C3",
	}
	equal(t, own, of(ask("ann", payments, "PowerUserAccess")))
	equal(t, policy.Terms{
		Rule: "own", PolicyVersion: p.Version(), Automatic: true, Emergency: true, Durations: []time.Duration{45 * time.Minute},
		MaxDuration: 45 * time.Minute, MaxContinuous: 45 * time.Minute, RequestTTL: time.Hour,
		Reason: policy.ReasonTerms{MinLength: 40}, Channel: "C3",
	}, of(urgent(ask("ann", payments, "PowerUserAccess"))))
	equal(t, []time.Duration{10 * time.Minute}, of(ask("ann", payments, "ViewOnlyAccess")).Durations)
	equal(t, []time.Duration{30 * time.Minute, time.Hour}, of(ask("ann", payments, "AdministratorAccess")).Durations)
	equal(t, "C4", of(ask("ann", tagless, "ReadOnlyAccess")).Channel) // tags not read: the next entry
}

func TestWhatAPolicyTells(t *testing.T) {
	t.Parallel()
	w := newWorld()
	spec := base(
		deny("never", accounts(entry{ID: management}), when("now.weekday()\n > 0")),
		anything("admin", accounts(entry{OU: "/Production", Tags: tagmap{"env": "prod"}, Except: []entry{{Name: "*-sandbox"}}}, entry{Name: "staging-*"}),
			roles("Read*", "PowerUserAccess"), requesters("sre", "devs"), onBehalf("security"), steps(step(1, "sre"), step(2, "security", "both")), emergency()),
	)
	p := compile(t, spec, w)
	equal(t, []policy.RuleSummary{
		{Name: "never", Deny: true, Text: "111111111111 · all roles · everyone · when now.weekday() > 0 · denied"},
		{Name: "admin", Text: "/Production & env=prod (not *-sandbox), staging-* · Read*, PowerUserAccess · sre, devs · security may ask for them · " +
			"one approval from sre and two from security or both · up to 8 h · emergency up to 1 h"},
	}, p.Rules())
	equal(t, []policy.RuleReach{{Accounts: 1, Roles: 4, People: 5, PeopleKnown: true}, {Accounts: 2, Roles: 2, People: 3, PeopleKnown: true}}, p.Reaches(w.catalog(t), w))
	equal(t, []catalog.GroupID{"g-payments-devs"}, p.GroupsNamed())
	equal(t, []policy.Source{
		{Kind: policy.SourceChannel, ID: "C3"},
		{Kind: policy.SourceGroup, ID: "g-payments-devs"},
		{Kind: policy.SourcePerson, ID: "ann"},
		{Kind: policy.SourcePerson, ID: "eve"},
		userGroup("both"), userGroup("security"), userGroup("sre"),
	}, p.Sources())
	equal(t, policy.True, p.IsAdmin(w, "eve"))
	equal(t, policy.False, p.IsAdmin(w, "ann"))
	equal(t, policy.False, p.IsAdmin(w, ""))
	equal(t, "Europe/Berlin", p.Settings().TimeZone.String())
	equal(t, spec.Version(), p.Version())
	named, _ := policy.Compile(spec, "7", w)
	equal(t, "7", named.Version())
	if p, problems := policy.Compile(spec, "", nil); p != nil || len(problems) != 1 {
		t.Errorf("without names: %v", problems)
	}
}

// TestCheckCatalog: what a sync changes can leave a deny without effect.
func TestCheckCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(deny("d", accounts(entry{Name: "prod-payments"}), roles("Power*")), anything("a", accounts(entry{OU: "/Staging"}))), w)
	equal(t, 0, len(p.CheckCatalog(w.catalog(t))))
	equal(t, 0, len(p.CheckCatalog(catalog.Empty())))
	w.data.Accounts[1].Name = "prod-payment"
	w.data.Roles = w.data.Roles[:1]
	var got []string
	for _, problem := range p.CheckCatalog(w.catalog(t)) {
		got = append(got, problem.String())
	}
	equal(t, []string{
		"rules[0].accounts[0]: warning: this matches no account today, so the deny protects nothing (did you mean `prod-payment`?)",
		"rules[0].roles[0]: warning: this matches no role today, so the deny protects nothing",
	}, got)
}

func TestCheckMembers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(anything("a", steps(step(1, "sre"), step(2, "both")))), w)
	equal(t, 0, len(p.CheckMembers(w)))
	delete(w.members, userGroup("security"))
	w.members[userGroup("both")] = ids("ann")
	w.members[policy.Source{Kind: policy.SourceChannel, ID: "C3"}] = nil
	var got []string
	for _, problem := range p.CheckMembers(w) {
		got = append(got, problem.String())
	}
	equal(t, []string{
		"people.oncall: warning: the set `oncall` has no members now",
		"people.security: warning: the members of the set `security` cannot be read now (they count as nobody for an allow, and as anybody for a deny)",
		"rules[0].approval: warning: nobody can complete the approval of rule “a”: it wants two approvals from both (add people to `both`)",
	}, got)
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"30m": "30m", "1h30m": "1h30m", "90m": "1h30m", "2d": "48h", "1d12h": "36h", "45s": "45s", "0h": "0s",
	} {
		d, err := policy.ParseDuration(in)
		if err != nil || d.String() != want {
			t.Errorf("%s: %s, %v", in, d, err)
		}
	}
	for _, in := range []string{"", "1", "h", "1x", "1m1h", "1h1h", "-1h", "1.5h", "1 h", "9999999h", "１h"} {
		if d, err := policy.ParseDuration(in); err == nil {
			t.Errorf("%q is taken for %s", in, d)
		}
	}
}
