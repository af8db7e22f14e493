package trust

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"stint/access/fault"
)

// A managed policy holds 6,144 characters, white space not counted.
func TestPoliciesFit(t *testing.T) {
	t.Parallel()
	in := narrow(t)
	for range 40 {
		in.Accounts = append(in.Accounts, "999999999999")
	}
	for _, f := range append([]Feature{Core}, Optional()...) {
		var compact json.RawMessage
		if err := json.Unmarshal([]byte(in.Policy(f).JSON()), &compact); err != nil {
			t.Fatal(err)
		}
		if n := len(strings.Join(strings.Fields(string(compact)), "")); n > 6144 {
			t.Errorf("%s with %d accounts: %d characters", f, len(in.Accounts), n)
		}
	}
}

// Only actions for which AWS knows no resource have "*"; each is allowed once, and says
// what for.
func TestTable(t *testing.T) {
	t.Parallel()
	unscoped := []string{"sso:ListInstances", "organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:ListRoots", "tag:GetResources"}
	sids := map[string]bool{}
	for _, s := range table() {
		if sids[s.sid] {
			t.Errorf("two statements %s", s.sid)
		}
		sids[s.sid] = true
		for _, a := range s.actions {
			if s.deny {
				continue
			}
			if slices.Contains(s.resources, "*") && !slices.Contains(unscoped, a.Action) {
				t.Errorf("%s could be scoped", a.Action)
			}
			if strings.Contains(a.Action, "*") || a.For == "" || a.Lost == "" {
				t.Errorf("%+v is not one action with its reasons", a)
			}
		}
		if listOf(s.resources[0]) != "" && len(s.resources) != 1 {
			t.Errorf("%s: a list of accounts or groups stands alone", s.sid)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	in, err := Installation{
		Account: "222222222222", Management: "111111111111", Organization: "o-abcdefghij", ExternalID: NewExternalID(),
		InstanceARN: "arn:aws-us-gov:sso:::instance/ssoins-1234567890abcdef", IdentityStoreID: "d-0987654321",
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	if in.Partition != "aws-us-gov" || in.Principal != "arn:aws-us-gov:iam::222222222222:root" || in.RoleARN() != "arn:aws-us-gov:iam::222222222222:role/stint-connector" {
		t.Errorf("%+v", in)
	}
	if !slices.Equal(in.DeniedAccounts, []string{"111111111111", "222222222222"}) {
		t.Errorf("denied: %v", in.DeniedAccounts)
	}
	_, err = Installation{
		Account: "1", Organization: "x", InstanceARN: "y", ExternalID: "short", Accounts: []string{"2"}, Groups: []string{"g"},
		Units: []string{"u"}, Features: []Feature{"z", Events, Anchors},
	}.Complete()
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, part := range []string{`"1"`, `"x"`, `"y"`, "identity store is missing", `"short"`, `"2"`, `"g"`, `"u"`, `"z"`, "needs Identity Center's region", "groups goes with", "anchors goes with"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %s", err, part)
		}
	}
}

// Membership of the anchor group is never granted.
func TestAnchorGroupIsNoGroupToGrant(t *testing.T) {
	t.Parallel()
	in := *narrow(t)
	in.AnchorGroup = in.Groups[1]
	if _, err := in.Complete(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "every role that it keeps") {
		t.Errorf("got %v", err)
	}
}

func TestExternalID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		id := NewExternalID()
		if len(id) < 32 || !externalID.MatchString(id) || seen[id] {
			t.Fatalf("made %q", id)
		}
		seen[id] = true
	}
}
