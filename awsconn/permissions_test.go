package awsconn

import (
	"strings"
	"testing"

	"stint/access/catalog"
	"stint/awsconn/trust"
	"stint/sandbox/awssim"
)

// With everything that is shipped every permission is there, and nothing was changed.
func TestCheckPermissions(t *testing.T) {
	for name, choose := range map[string][]func(*setting){"management": {}, "delegated": {delegated, switched(withoutConfirmedFacts)}} {
		bubbleRun(t, name, func(t *testing.T) {
			s := newShipped(t, choose...)
			before := len(s.org.Assignments)
			checks := s.check(t)
			want := len(trust.Permissions(trust.Core)) + len(trust.Permissions(trust.Groups)) + len(trust.Permissions(trust.IAMRoles)) + len(trust.Permissions(trust.Events)) + 1
			if len(checks) != want {
				t.Errorf("%d checks of %d permissions", len(checks), want)
			}
			for _, c := range checks {
				if c.Action == "tag:GetResources" && name == "delegated" { // AWS does not know accounts there
					if c.State != Untried || !strings.Contains(c.Note, "Unsupported") {
						t.Errorf("%s: %s %q", c.Action, c.State, c.Note)
					}
				} else if c.State != Allowed || c.Note != "" {
					t.Errorf("%s: %s %q", c.Action, c.State, c.Note)
				}
			}
			if len(s.Operations(0)) != 0 || len(s.Snapshot().Assignments) != before {
				t.Error("checking changed something")
			}
		})
	}
}

func (s *shipped) check(t *testing.T) []PermissionCheck {
	t.Helper()
	checks, err := s.CheckPermissions(t.Context(), []catalog.GroupID{catalog.GroupID(s.org.Groups[1].ID)})
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// Whatever is taken out of the policies, it alone is what is missing, and people are told
// what does not work without it.
func TestCheckPermissionsNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, feature := range []trust.Feature{trust.Core, trust.Groups, trust.IAMRoles, trust.Events} {
		for _, p := range trust.Permissions(feature) {
			bubbleRun(t, p.Action, func(t *testing.T) {
				s := newShipped(t)
				s.without(p.Action)
				for _, c := range s.check(t) {
					switch {
					case c.Action == p.Action:
						if c.State != Missing || c.Note == "" || c.Lost == "" {
							t.Errorf("%+v", c)
						}
					case c.State == Missing:
						t.Errorf("%s is said to be missing too: %s", c.Action, c.Note)
					case c.State == Untried && c.Note == "":
						t.Errorf("%s was not tried, and nobody says why", c.Action)
					}
				}
			})
		}
	}
}

// Without a permission set that carries the tag there is nothing to grant, and it is said.
func TestCheckPermissionsWithoutTaggedSet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		s.cfg.GrantTag = Tag{"access", "on"}
		for _, c := range s.check(t) {
			if writes := strings.HasSuffix(c.Action, "eAccountAssignment"); writes != (c.State == Untried) || writes && !strings.Contains(c.Note, "access=on") {
				t.Errorf("%s: %s %q", c.Action, c.State, c.Note)
			}
		}
	})
}

func TestCheckPermissionsWithoutCredentials(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		s.inject(awssim.Fault{Kind: awssim.FaultExpiredToken})
		_, err := s.CheckPermissions(t.Context(), nil)
		wantClass(t, err, retries)
	})
}
