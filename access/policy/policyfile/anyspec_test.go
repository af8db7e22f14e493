package policyfile_test

import (
	"time"

	"pgregory.net/rapid"

	"stint/access/policy"
)

var (
	anyText = rapid.OneOf(
		rapid.StringMatching(`[ -~]{1,20}`),
		rapid.StringN(1, 20, -1),
		rapid.SampledFrom([]string{
			"111111111111", "012", "true", "null", "~", "- x", "a: b", "#", "*", "&a", "!x", "%", "@", "`", "'", `"`, "1e3", "0x1f", ".inf", "2026-01-01",
			"a\nb", "a\n\n  b\n", "ä ö 語", " x ", "x:", "[a]", "{a}", "|", ">", "yes", "no", "y", "=", "\\", "---", "...", "?", "12:30:00", "off",
			"a\n\"off\": true\nb", "\u0085", "\u2028", "\ufeff", "\x00", "\x7f", "🦊", "\r\n",
		}),
	)
	anyTexts = rapid.SliceOfN(anyText, 1, 3)
	anyKey   = rapid.StringMatching(`[\w.:/=+@-]([\w.:/=+@ -]{0,8}[\w.:/=+@-])?`) // what AWS allows in the key of a tag
	anySet   = rapid.StringMatching(`[A-Za-z0-9_-]{1,9}`)
)

// anySpec says something of everything, sensible or not.
func anySpec(t *rapid.T) policy.Spec {
	spec := policy.Spec{
		Settings: policy.SettingsSpec{
			Admins: anyPeople(t), EmailDomains: maybe(t, anyTexts), TimeZone: maybe(t, anyText), Channel: maybe(t, anyText),
			Durations: maybe(t, rapid.SliceOfN(rapid.Custom(anyDuration), 1, 3)), MaxDuration: maybe(t, rapid.Custom(anyDuration)),
			SecondAdmin: rapid.Bool().Draw(t, "second"), RemindAfter: maybe(t, rapid.Custom(anyDuration)), RemindBeforeEnd: maybe(t, rapid.Custom(anyDuration)),
		},
		People: map[string]policy.People{anySet.Draw(t, "set"): anyPeople(t)},
		Rules:  rapid.SliceOfN(rapid.Custom(anyRule), 1, 2).Draw(t, "rules"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "channels") {
		spec.Channels = append(spec.Channels, policy.ChannelSpec{Accounts: anyAccounts(t), Channel: anyText.Draw(t, "channel")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "tests") {
		spec.Expect = append(spec.Expect, anyExpectation(t))
	}
	return spec
}

// maybe draws a value, or leaves it out.
func maybe[T any](t *rapid.T, g *rapid.Generator[T]) T {
	var none T
	if rapid.Bool().Draw(t, "given") {
		return g.Draw(t, "value")
	}
	return none
}

func anyDuration(t *rapid.T) policy.Duration {
	return policy.Duration(time.Duration(rapid.IntRange(1, 1e6).Draw(t, "seconds")) * time.Second)
}

func anyPeople(t *rapid.T) policy.People {
	return policy.People{
		Users: maybe(t, anyTexts), SlackUserGroups: maybe(t, anyTexts), IdentityCenterGroups: maybe(t, anyTexts), SlackChannels: anyTexts.Draw(t, "channels"),
	}
}

func anyAccounts(t *rapid.T) policy.Accounts {
	if rapid.Bool().Draw(t, "all") {
		return policy.Accounts{All: true}
	}
	return policy.Accounts{Entries: []policy.AccountMatch{{
		ID: maybe(t, anyText), Name: anyText.Draw(t, "name"), OU: maybe(t, anyText), Tags: maybe(t, rapid.MapOfN(anyKey, anyText, 1, 3)),
		Except: []policy.AccountMatch{{OU: anyText.Draw(t, "except")}},
	}}}
}

func anyList(t *rapid.T) policy.List {
	if rapid.Bool().Draw(t, "all") {
		return policy.List{All: true}
	}
	return policy.List{Items: anyTexts.Draw(t, "items")}
}

func anyRule(t *rapid.T) policy.RuleSpec {
	r := policy.RuleSpec{
		Name: anyText.Draw(t, "name"), Off: rapid.Bool().Draw(t, "off"), Deny: rapid.Bool().Draw(t, "deny"),
		Accounts: anyAccounts(t), Roles: anyList(t), Requesters: anyList(t), OnBehalf: maybe(t, rapid.Custom(anyList)), When: maybe(t, anyText),
		Durations: maybe(t, rapid.SliceOfN(rapid.Custom(anyDuration), 1, 3)), MaxDuration: maybe(t, rapid.Custom(anyDuration)),
		MaxContinuous: maybe(t, rapid.Custom(anyDuration)), RequestTTL: maybe(t, rapid.Custom(anyDuration)), Channel: maybe(t, anyText),
		Reason:  policy.ReasonSpec{Pattern: maybe(t, anyText), Hint: maybe(t, anyText), MinLength: rapid.IntRange(0, 9).Draw(t, "min")},
		InOrder: rapid.Bool().Draw(t, "in order"),
	}
	if rapid.Bool().Draw(t, "automatic") {
		r.Approval.Automatic = true
	} else {
		r.Approval.Steps = []policy.Step{{From: anyTexts.Draw(t, "from"), Count: rapid.IntRange(-2, 5).Draw(t, "count")}}
	}
	if rapid.Bool().Draw(t, "emergency") {
		r.Emergency = &policy.EmergencySpec{
			Requesters: maybe(t, rapid.Custom(anyList)), MaxDuration: anyDuration(t), MinReason: rapid.IntRange(0, 9).Draw(t, "min"),
			PerDay: rapid.IntRange(0, 9).Draw(t, "per day"), Notify: maybe(t, anyText), DebriefBy: maybe(t, anyTexts), DebriefWithin: maybe(t, rapid.Custom(anyDuration)),
		}
	}
	return r
}

func anyExpectation(t *rapid.T) policy.Expectation {
	x := policy.Expectation{
		Person: anyText.Draw(t, "person"), AskedBy: maybe(t, anyText), May: maybe(t, anyText), MayNot: maybe(t, anyText), MayJoin: maybe(t, anyText), MayNotJoin: maybe(t, anyText), In: anyText.Draw(t, "in"),
		For: maybe(t, rapid.Custom(anyDuration)), Rule: maybe(t, anyText), Emergency: rapid.Bool().Draw(t, "emergency"), Ticket: maybe(t, anyText),
	}
	switch rapid.IntRange(0, 2).Draw(t, "approval") {
	case 1:
		x.Approval.Automatic = true
	case 2:
		x.Approval.Sets = anyTexts.Draw(t, "sets")
	}
	if rapid.Bool().Draw(t, "at") {
		zone := time.FixedZone("", 60*rapid.IntRange(-720, 720).Draw(t, "zone"))
		x.At = time.Unix(int64(rapid.IntRange(0, 4e9).Draw(t, "at")), int64(rapid.IntRange(0, 999).Draw(t, "ms"))*1e6).In(zone)
	}
	return x
}
