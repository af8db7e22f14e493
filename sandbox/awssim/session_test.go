package awssim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"stint/sandbox/awssim"
)

func readerARN(account string) string {
	return "arn:aws:iam::" + account + ":role/" + awssim.DefaultReaderRole
}

// assume assumes a role; no external id when it is empty.
func (w *world) assume(arn, external string, seconds int32) (awssim.AccessKey, error) {
	in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("stint-test")}
	if external != "" {
		in.ExternalId = &external
	}
	if seconds > 0 {
		in.DurationSeconds = &seconds
	}
	out, err := w.sts().AssumeRole(w.ctx(), in)
	if err != nil {
		return awssim.AccessKey{}, err
	}
	c := out.Credentials
	return awssim.AccessKey{ID: *c.AccessKeyId, Secret: *c.SecretAccessKey, SessionToken: *c.SessionToken, Expires: *c.Expiration, PrincipalARN: *out.AssumedRoleUser.Arn}, nil
}

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("prod-billing")
	k := must(w.assume(readerARN(account), awssim.DefaultExternalID, 900))(t)
	if want := "arn:aws:sts::" + account + ":assumed-role/OrganizationRoleReader/stint-test"; k.PrincipalARN != want {
		t.Errorf("principal %s", k.PrincipalARN)
	}
	if !k.Expires.Equal(w.clock.Now().Add(15 * time.Minute)) {
		t.Errorf("expires %s at %s", k.Expires, w.clock.Now())
	}
	who := must(sts.NewFromConfig(w.config(k, "us-east-1")).GetCallerIdentity(w.ctx(), nil))(t)
	if *who.Arn != k.PrincipalARN || *who.Account != account || !strings.HasPrefix(*who.UserId, "AROA") || !strings.HasSuffix(*who.UserId, ":stint-test") {
		t.Errorf("caller %s %s %s", *who.Arn, *who.Account, *who.UserId)
	}
	cl := w.iamAs(k)
	must(cl.ListRoles(w.ctx(), nil))(t)
	w.clock.Advance(15*time.Minute - time.Second)
	must(cl.ListRoles(w.ctx(), nil))(t)
	w.clock.Advance(time.Second)
	_, err := cl.ListRoles(w.ctx(), nil)
	wantCode(t, err, "ExpiredToken", 403)

	stolen := k
	stolen.SessionToken = ""
	_, err = w.iamAs(stolen).ListRoles(w.ctx(), nil)
	wantCode(t, err, "InvalidClientTokenId", 403)
}

func TestAssumeRoleRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("prod-billing")
	suspended := w.account("prod-data")
	if err := w.SuspendAccount(suspended); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		arn, external string
		seconds       int32
		code          string
		status        int
	}{
		"no external id":    {readerARN(account), "", 0, "AccessDenied", 403},
		"wrong external id": {readerARN(account), "guess", 0, "AccessDenied", 403},
		"unknown role":      {"arn:aws:iam::" + account + ":role/none", awssim.DefaultExternalID, 0, "AccessDenied", 403},
		"wrong path":        {"arn:aws:iam::" + account + ":role/x/" + awssim.DefaultReaderRole, awssim.DefaultExternalID, 0, "AccessDenied", 403},
		"unknown account":   {readerARN("999999999999"), awssim.DefaultExternalID, 0, "AccessDenied", 403},
		"not for us":        {"arn:aws:iam::" + account + ":role/ci/deploy", "", 0, "AccessDenied", 403},
		"suspended account": {readerARN(suspended), awssim.DefaultExternalID, 0, "AccessDenied", 403},
		"too long":          {readerARN(account), awssim.DefaultExternalID, 3601, "ValidationError", 400},
		"too short":         {readerARN(account), awssim.DefaultExternalID, 899, "ValidationError", 400},
		"not a role":        {"arn:aws:iam::" + account + ":user/somebody", "", 0, "ValidationError", 400},
	} {
		_, err := w.assume(tt.arn, tt.external, tt.seconds)
		if err == nil {
			t.Errorf("%s: assumed", name)
			continue
		}
		wantCode(t, err, tt.code, tt.status)
	}
}

func TestRevokedTrust(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("prod-billing")
	k := must(w.assume(readerARN(account), awssim.DefaultExternalID, 0))(t)
	err := w.EditRole(account, awssim.DefaultReaderRole, func(r *awssim.IAMRole) {
		r.Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*"}]}`
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.assume(readerARN(account), awssim.DefaultExternalID, 0)
	wantCode(t, err, "AccessDenied", 403)
	if _, err := w.iamAs(k).ListRoles(w.ctx(), nil); err != nil {
		t.Errorf("a session that is out already goes on: %v", err)
	}
	// The roles of the other accounts were not the same slice.
	must(w.assume(readerARN(w.account("prod-web")), awssim.DefaultExternalID, 0))(t)
	if n := w.ExpireSessions(); n != 2 {
		t.Errorf("%d sessions expired", n)
	}
	_, err = w.iamAs(k).ListRoles(w.ctx(), nil)
	wantCode(t, err, "ExpiredToken", 403)
	if err := w.EditRole(account, "none", func(*awssim.IAMRole) {}); err == nil {
		t.Error("edited a role that is not there")
	}
	if err := w.EditRole(account, "deploy", func(r *awssim.IAMRole) { r.Trust = "{" }); err == nil {
		t.Error("took a trust policy that cannot be read")
	}
}

func TestSessionsOnTheWireClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.SetSwitches(func(s *awssim.Switches) { s.WireSessions = true })
	k := must(w.assume(readerARN(w.account("prod-web")), awssim.DefaultExternalID, 900))(t)
	if left := time.Until(k.Expires); left > 15*time.Minute || left < 14*time.Minute {
		t.Errorf("expires in %s", left)
	}
	w.clock.Advance(24 * time.Hour)
	must(w.iamAs(k).ListRoles(w.ctx(), nil))(t)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.account("prod-billing")
	cl := w.iamAs(must(w.assume(readerARN(account), awssim.DefaultExternalID, 0))(t))
	must(w.AddAssignment(awssim.Assignment{AccountID: account, PermissionSetARN: w.set("ReadOnly"), PrincipalType: awssim.PrincipalUser, PrincipalID: w.person("ada.okafor")}))(t)
	out := must(cl.ListRoles(w.ctx(), &iam.ListRolesInput{PathPrefix: aws.String("/aws-reserved/")}))(t)
	if len(out.Roles) != 2 || out.IsTruncated || !strings.HasPrefix(*out.Roles[0].RoleName, "AWSReservedSSO_ReadOnly_") ||
		*out.Roles[0].Path != "/aws-reserved/sso.amazonaws.com/eu-central-1/" {
		t.Errorf("reserved roles %+v", out.Roles)
	}
	role := must(cl.GetRole(w.ctx(), &iam.GetRoleInput{RoleName: aws.String(awssim.DefaultReaderRole)}))(t).Role
	plain, err := url.QueryUnescape(*role.AssumeRolePolicyDocument)
	if err != nil || plain == *role.AssumeRolePolicyDocument || !json.Valid([]byte(plain)) || !strings.Contains(plain, awssim.DefaultExternalID) {
		t.Errorf("trust policy %q", *role.AssumeRolePolicyDocument)
	}
	if *role.Arn != readerARN(account) || *role.MaxSessionDuration != 3600 || !strings.HasPrefix(*role.RoleId, "AROA") {
		t.Errorf("%+v", role)
	}
	tags := must(cl.ListRoleTags(w.ctx(), &iam.ListRoleTagsInput{RoleName: aws.String("deploy")}))(t).Tags
	if len(tags) != 1 || *tags[0].Key != "owner" || *tags[0].Value != "platform" {
		t.Errorf("tags %+v", tags)
	}
	_, err = cl.GetRole(w.ctx(), &iam.GetRoleInput{RoleName: aws.String("none")})
	wantError[*iamtypes.NoSuchEntityException](t, err, 404)
	_, err = cl.ListRoles(w.ctx(), &iam.ListRolesInput{MaxItems: aws.Int32(1001)})
	wantCode(t, err, "ValidationError", 400)
	_, err = cl.ListRoles(w.ctx(), &iam.ListRolesInput{Marker: aws.String("x")})
	wantCode(t, err, "ValidationError", 400)
}

func TestPagesOfRoles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		roles, pages int
		size         *int32
	}{{1000, 1, aws.Int32(1000)}, {1001, 2, aws.Int32(1000)}, {100, 1, nil}, {101, 2, nil}} {
		t.Run(fmt.Sprint(tt.roles), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			account := w.ids.ManagementAccountID // which has no roles but that of OrganizationAdmin
			err := w.EditAccount(account, func(a *awssim.Account) {
				for i := range tt.roles - 1 {
					a.Roles = append(a.Roles, awssim.IAMRole{Name: fmt.Sprintf("role-%04d", i)})
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			n, pages, seen := 0, 0, map[string]bool{}
			p := iam.NewListRolesPaginator(w.iamAs(w.management()), &iam.ListRolesInput{MaxItems: tt.size})
			for p.HasMorePages() {
				out := must(p.NextPage(w.ctx()))(t)
				for _, r := range out.Roles {
					seen[*r.RoleName] = true
					n++
				}
				pages++
			}
			if n != tt.roles || len(seen) != tt.roles || pages != tt.pages {
				t.Errorf("%d roles, %d different, on %d pages", n, len(seen), pages)
			}
		})
	}
}
