package awsconn

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/google/go-cmp/cmp"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

func TestPlaceIsFoundInAnotherRegion(t *testing.T) {
	for _, region := range []string{"eu-central-1", "us-west-2", ""} {
		bubbleRun(t, "from "+region, func(t *testing.T) {
			w := newWorld(t, func(s *setting) { s.region = region })
			here, err := w.place(t.Context(), grant)
			if err != nil {
				t.Fatal(err)
			}
			ids := w.IDs()
			want := catalog.Instance{ARN: ids.InstanceARN, IdentityStoreID: ids.IdentityStoreID, Region: ids.Region, PortalHost: ids.PortalHost}
			if diff := cmp.Diff(want, here.instance); diff != "" {
				t.Error(diff)
			}
			w.ResetCounts()
			if _, err := w.place(t.Context(), grant); err != nil || w.Count("*") != 0 {
				t.Errorf("asked again: %v, %v", err, w.Counts())
			}
		})
	}
}

func TestPlaceConfigured(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) {
			s.region = "us-east-1"
			s.cfg = Config{Region: "eu-central-1", PortalHost: "example.awsapps.com"}
		})
		here, err := w.place(t.Context(), grant)
		if err != nil || here.instance.PortalHost != "example.awsapps.com" {
			t.Errorf("%+v, %v", here, err)
		}
		if n := w.Count("sso:ListInstances"); n != 1 {
			t.Errorf("asked %d regions", n)
		}
		w = newWorld(t, func(s *setting) { s.cfg = Config{InstanceARN: "arn:aws:sso:::instance/ssoins-0000000000000000"} })
		_, err = w.place(t.Context(), grant)
		if ce := wantClass(t, err, refusal); !strings.Contains(ce.Message, w.IDs().InstanceARN) {
			t.Errorf("%q does not name what is visible", ce.Message)
		}
		w = newWorld(t, func(s *setting) { s.cfg = Config{Region: "eu-west-1"} })
		_, err = w.place(t.Context(), grant)
		if ce := wantClass(t, err, refusal); !strings.Contains(ce.Message, "eu-west-1") {
			t.Errorf("%q does not name the region", ce.Message)
		}
	})
}

func TestPlaceAmongSeveral(t *testing.T) {
	t.Parallel()
	found := []types.InstanceMetadata{{InstanceArn: aws.String("arn:b"), Name: aws.String("two")}, {InstanceArn: aws.String("arn:a"), Name: aws.String("one")}}
	c := &Connector{}
	_, err := c.choose(found)
	if ce := wantClass(t, err, refusal); !strings.Contains(ce.Message, `arn:a ("one"`) || !strings.Contains(ce.Message, `arn:b ("two"`) {
		t.Errorf("%q does not name both", ce.Message)
	}
	c.cfg.InstanceARN = "arn:b"
	if got, err := c.choose(found); err != nil || aws.ToString(got.Name) != "two" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestPlaceIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.inject(awssim.Fault{Kind: awssim.FaultServerError, Action: "sso:ListInstances"})
		_, err := w.Assign(t.Context(), grant, w.key(0), nil)
		wantClass(t, err, retries) // the write itself was not sent
		w.ClearFault(id)
		w.assign(w.key(0))
	})
}

// A region that refuses us does not end the search, an outage does.
func TestPlaceSearch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) { s.region = "us-west-2" })
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:ListInstances", Times: 2})
		if _, err := w.place(t.Context(), grant); err != nil {
			t.Error(err)
		}
		w = newWorld(t, func(s *setting) { s.region = "us-west-2" })
		w.inject(awssim.Fault{Kind: awssim.FaultUnavailable, Action: "sso:ListInstances"})
		_, err := w.place(t.Context(), grant)
		wantClass(t, err, retries)
		if n := w.Count("sso:ListInstances"); n > 2 {
			t.Errorf("asked %d times during an outage", n)
		}
		w = newWorld(t, func(s *setting) { s.region = "us-west-2" })
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:ListInstances"})
		_, err = w.place(t.Context(), grant)
		if ce := wantClass(t, err, refusal); !strings.Contains(ce.Message, "sso:ListInstances") {
			t.Errorf("says %q", ce.Message)
		}
	})
}

func TestHomeRegions(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "us-east-1", "eu-north-1": "eu-north-1", "us-gov-east-1": "us-gov-east-1", "cn-north-1": "cn-north-1", "me-south-1": "me-south-1"} {
		got := homeRegions(in)
		seen := map[string]bool{}
		for _, r := range got {
			if seen[r] {
				t.Errorf("%q: %s twice", in, r)
			}
			seen[r] = true
		}
		if got[0] != want {
			t.Errorf("%q begins with %s", in, got[0])
		}
	}
	for in, want := range map[string]string{"": "us-east-1", "eu-west-1": "us-east-1", "us-gov-east-1": "us-gov-west-1", "cn-north-1": "cn-northwest-1"} {
		if got := globalRegion(in); got != want {
			t.Errorf("%q is global in %s", in, got)
		}
	}
}

func TestAssumedRole(t *testing.T) {
	const external = "4f1c2b7e9d0a43c58e6f7a1b2c3d4e5f"
	role := func(s *setting) {
		s.gen.DelegatedAdmin = true
		s.aws.Organization = awssim.Generate(s.gen)
		for i := range s.aws.Organization.Accounts {
			a := &s.aws.Organization.Accounts[i]
			if a.ID == s.aws.Organization.DelegatedAdminAccountID {
				a.Roles = append(append([]awssim.IAMRole(nil), a.Roles...), awssim.IAMRole{
					Name: "stint",
					Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + s.aws.Organization.ManagementAccountID +
						`:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + external + `"}}}]}`,
				})
			}
		}
		s.cfg.AssumeRoleARN = "arn:aws:iam::" + s.aws.Organization.DelegatedAdminAccountID + ":role/stint"
		s.cfg.SessionName = "stint on host 7"
	}
	bubbleRun(t, "with its external id", func(t *testing.T) {
		w := newWorld(t, role, func(s *setting) { s.cfg.ExternalID = external })
		w.sync(nil)
		who, err := w.whoami(t.Context())
		if err != nil || who.arn != "arn:aws:sts::"+string(who.account)+":assumed-role/stint/stint-on-host-7" {
			t.Errorf("%+v, %v", who, err)
		}
		if n := w.Count("sts:AssumeRole"); n != 1 {
			t.Errorf("took on the role %d times", n)
		}
		for _, step := range []struct {
			pause time.Duration
			want  int
		}{{50 * time.Minute, 1}, {6 * time.Minute, 2}, {time.Minute, 2}} { // renewed 5 minutes before the hour is over
			time.Sleep(step.pause)
			w.sync(nil)
			if n := w.Count("sts:AssumeRole"); n != step.want {
				t.Errorf("%v later: took on the role %d times, want %d", step.pause, n, step.want)
			}
		}
		if n := len(w.ErrorCounts()); n != 0 {
			t.Errorf("refused: %v", w.ErrorCounts())
		}
	})
	bubbleRun(t, "with another", func(t *testing.T) {
		w := newWorld(t, role, func(s *setting) { s.cfg.ExternalID = "wrong" })
		_, err := w.Catalog(t.Context(), nil, nil, nil)
		if ce := wantClass(t, err, retries); !strings.Contains(ce.Message, "external id") {
			t.Errorf("says %q", ce.Message)
		}
		w.here = mustPlace(t, w)
		_, err = w.Assign(t.Context(), grant, w.key(0), func() error { t.Error("the fence was asked"); return nil })
		wantClass(t, err, retries) // not sent, whatever STS said
		for _, check := range w.Check(t.Context()) {
			if check.OK {
				t.Errorf("%+v", check)
			}
		}
	})
}

func TestSettingsAreCheckedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(t.Context(), Config{
		AssumeRoleARN: "role", InstanceARN: "instance", Region: "nowhere", PortalHost: "https://x", OutstandingSlots: 99, CallsPerSecond: -1,
	}, Deps{Clock: wallClock{}})
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, part := range []string{`"role"`, `"instance"`, `"nowhere"`, `"https://x"`, "99", "-1"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %s", err, part)
		}
	}
	if _, err := New(t.Context(), Config{ExternalID: "x"}, Deps{Clock: wallClock{}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an external id without a role: %v", err)
	}
	c := Config{}
	if err := c.check(); err != nil || c.OutstandingSlots != 10 || c.CallsPerSecond != 20 || !strings.HasPrefix(c.SessionName, "stint-") {
		t.Errorf("defaults %+v, %v", c, err)
	}
}

func TestCheck(t *testing.T) {
	for action, line := range map[string]string{
		"sts:GetCallerIdentity": "AWS credentials", "organizations:DescribeOrganization": "AWS organization", "organizations:ListAccounts": "AWS accounts",
		"organizations:ListRoots": "AWS accounts", "organizations:ListOrganizationalUnitsForParent": "AWS accounts", "organizations:ListAccountsForParent": "AWS accounts",
		"sso:ListInstances": "IAM Identity Center", "sso:ListPermissionSets": "Permission sets", "sso:ListAccountAssignmentCreationStatus": "Progress of creates",
		"sso:ListAccountAssignmentDeletionStatus": "Progress of deletes", "identitystore:ListUsers": "People", "identitystore:ListGroups": "Groups",
		"sso:ListPermissionSetsProvisionedToAccount": "AWS reach",
	} {
		bubbleRun(t, action, func(t *testing.T) {
			w := newWorld(t, delegated)
			if bad := failing(w.Check(t.Context())); len(bad) != 0 {
				t.Errorf("healthy, but %+v", bad)
			}
			w = newWorld(t, delegated)
			w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: action})
			bad := failing(w.Check(t.Context()))
			if len(bad) != 1 || bad[0].Name != line || !strings.Contains(bad[0].Hint, action) {
				t.Errorf("%+v, want %s with %s in its hint", bad, line, action)
			}
			if n := len(w.InFlight()); n != 0 {
				t.Error("a check changed something")
			}
		})
	}
}

func TestCheckTags(t *testing.T) {
	for name, tc := range map[string]struct {
		setting []func(*setting)
		denied  []string
		ok      bool
		says    string
	}{
		"management":       {nil, nil, true, "100 accounts a call"},
		"delegated":        {[]func(*setting){delegated}, nil, true, "account by account"},
		"not known":        {[]func(*setting){switched(func(s *awssim.Switches) { s.TagResources = false })}, nil, true, "account by account"},
		"half refused":     {nil, []string{"tag:GetResources"}, true, "account by account"},
		"wholly refused":   {nil, []string{"tag:GetResources", "organizations:ListTagsForResource"}, false, "deny"},
		"delegated, alone": {[]func(*setting){delegated}, []string{"organizations:ListTagsForResource"}, false, "deny"},
	} {
		bubbleRun(t, name, func(t *testing.T) {
			w := newWorld(t, tc.setting...)
			for _, action := range tc.denied {
				w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: action})
			}
			for _, check := range w.Check(t.Context()) {
				if check.Name == "AWS account tags" && (check.OK != tc.ok || !strings.Contains(check.Detail, tc.says) || check.OK != (check.Hint == "")) {
					t.Errorf("%+v", check)
				}
			}
		})
	}
}

func failing(checks []access.Check) []access.Check {
	var bad []access.Check
	for _, c := range checks {
		if !c.OK {
			bad = append(bad, c)
		}
	}
	return bad
}
