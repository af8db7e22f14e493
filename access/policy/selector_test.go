package policy_test

import (
	"testing"

	"stint/access/policy"
)

type (
	entry  = policy.AccountMatch
	tagmap = map[string]string
)

// TestAccountSelectors states for every selector and for combinations which account an
// allow and a deny with it match: an allow on True, a deny on Unknown as well.
func TestAccountSelectors(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.catalog(t)
	for name, tc := range map[string]struct {
		selector policy.Accounts
		allows   string // accounts that match for sure: m, p, s(cratch), g (staging), t(agless)
		denies   string // and those that may
	}{
		"all":                      {policy.Accounts{All: true}, "mpsgt", "mpsgt"},
		"id":                       {list(entry{ID: payments}), "p", "p"},
		"ids":                      {list(entry{ID: payments}, entry{ID: staging}), "pg", "pg"},
		"name":                     {list(entry{Name: "prod-payments"}), "p", "p"},
		"name, another case":       {list(entry{Name: "Prod-payments"}), "", ""},
		"name glob":                {list(entry{Name: "prod-*"}), "pst", "pst"},
		"name glob in the middle":  {list(entry{Name: "*-*a*"}), "ps", "ps"},
		"name with one character":  {list(entry{Name: "prod-?lind"}), "t", "t"},
		"ou root":                  {list(entry{OU: "/"}), "mpsgt", "mpsgt"},
		"ou with everything below": {list(entry{OU: "/Production"}), "pst", "pst"},
		"ou leaf":                  {list(entry{OU: "/Production/Payments"}), "ps", "ps"},
		"ou by whole names":        {list(entry{OU: "/Prod"}), "", ""},
		"tag":                      {list(entry{Tags: tagmap{"env": "prod"}}), "ps", "pst"},
		"tag glob":                 {list(entry{Tags: tagmap{"env": "*g*"}}), "mg", "mgt"},
		"tag with any value":       {list(entry{Tags: tagmap{"team": "*"}}), "pg", "pgt"},
		"tags, all of them":        {list(entry{Tags: tagmap{"env": "prod", "team": "payments"}}), "p", "pt"},
		"fields, all of them":      {list(entry{OU: "/Production", Tags: tagmap{"team": "payments"}}), "p", "pt"},
		"unknown tags elsewhere":   {list(entry{OU: "/Staging", Tags: tagmap{"team": "web"}}), "g", "g"},
		"id and another name":      {list(entry{ID: payments, Name: "staging-*"}), "", ""},
		"any entry":                {list(entry{OU: "/Staging"}, entry{Tags: tagmap{"team": "payments"}}), "pg", "pgt"},
		"one entry for sure":       {list(entry{Name: "*blind"}, entry{Tags: tagmap{"env": "prod"}}), "pst", "pst"},
		"except name":              {list(entry{OU: "/Production", Except: []entry{{Name: "*-sandbox"}}}), "pt", "pt"},
		"except tag":               {list(entry{OU: "/Production", Except: []entry{{Tags: tagmap{"team": "payments"}}}}), "s", "st"},
		"except any entry":         {list(entry{OU: "/", Except: []entry{{ID: management}, {OU: "/Staging"}}}), "pst", "pst"},
		"except all fields":        {list(entry{OU: "/", Except: []entry{{OU: "/Production", Tags: tagmap{"team": "payments"}}}}), "msg", "msgt"},
		"except in except":         {list(entry{OU: "/", Except: []entry{{OU: "/Production", Except: []entry{{ID: payments}}}}}), "mpg", "mpg"},
		"except only of its entry": {list(entry{OU: "/Production", Except: []entry{{OU: "/"}}}, entry{ID: payments}), "p", "p"},
		"unknown minus unknown":    {list(entry{Tags: tagmap{"env": "prod"}, Except: []entry{{Tags: tagmap{"team": "*"}}}}), "s", "st"},
		"unknown minus certain":    {list(entry{Tags: tagmap{"env": "prod"}, Except: []entry{{ID: tagless}}}), "ps", "ps"},
		"tags that nobody has":     {list(entry{Tags: tagmap{"cost": "1"}}), "", "t"},
		"an id that is not there":  {list(entry{ID: "999999999999"}), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			allow := compile(t, base(anything("allow", func(r *policy.RuleSpec) { r.Accounts = tc.selector })), w)
			denies := compile(t, base(anything("allow"), deny("deny", func(r *policy.RuleSpec) { r.Accounts = tc.selector })), w)
			letters := map[byte]string{'m': management, 'p': payments, 's': scratch, 'g': staging, 't': tagless}
			allowed, denied := "", ""
			for _, l := range []byte("mpsgt") {
				q := ask("ann", letters[l], "ReadOnlyAccess")
				if allow.Decide(c, w, q).Outcome == policy.Allowed {
					allowed += string(l)
				}
				if denies.Decide(c, w, q).Outcome == policy.Denied {
					denied += string(l)
				}
			}
			if allowed != tc.allows {
				t.Errorf("an allow matches %q, want %q", allowed, tc.allows)
			}
			if denied != tc.denies {
				t.Errorf("a deny matches %q, want %q", denied, tc.denies)
			}
		})
	}
}

func list(entries ...entry) policy.Accounts { return policy.Accounts{Entries: entries} }

func TestRoleSelectors(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.catalog(t)
	for name, tc := range map[string]struct {
		roles []string
		match []string
	}{
		"name":         {[]string{"PowerUserAccess"}, []string{"PowerUserAccess"}},
		"names":        {[]string{"PowerUserAccess", "ViewOnlyAccess"}, []string{"PowerUserAccess", "ViewOnlyAccess"}},
		"glob":         {[]string{"*Only*"}, []string{"ReadOnlyAccess", "ViewOnlyAccess"}},
		"prefix":       {[]string{"Read*"}, []string{"ReadOnlyAccess"}},
		"both":         {[]string{"Read*", "AdministratorAccess"}, []string{"AdministratorAccess", "ReadOnlyAccess"}},
		"another case": {[]string{"read*"}, nil},
		"a part":       {[]string{"PowerUser"}, nil},
		"star":         {[]string{"*"}, []string{"AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "ViewOnlyAccess"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, base(anything("allow", roles(tc.roles...))), w)
			var got []string
			for _, r := range p.Roles(c, w, "ann", "ann", payments, noon) {
				if r.Outcome == policy.Allowed {
					got = append(got, r.Role.Name)
				}
			}
			equal(t, tc.match, got)
		})
	}
}
