package awsconn

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/awsconn/trust"
	"stint/sandbox/awssim"
)

func TestReadInline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy string
		want   catalog.InlinePolicy
	}{
		"nothing": {"", catalog.InlinePolicy{}},
		"blank":   {" \n", catalog.InlinePolicy{}},
		"one statement, one action": {
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"S3:GetObject","Resource":"arn:aws:s3:::reports/*"}}`,
			catalog.InlinePolicy{Services: []string{"s3"}},
		},
		"several, with wildcards": {
			`{"Statement":[{"Effect":"Allow","Action":["s3:Get*","kms:Decrypt"],"Resource":["arn:aws:s3:::*"]},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`,
			catalog.InlinePolicy{Services: []string{"kms", "s3"}, AnyAction: true, AnyResource: true},
		},
		"everything":             {`{"Statement":[{"Effect":"Allow","Action":["*","s3:GetObject"],"Resource":"*"}]}`, catalog.InlinePolicy{Services: []string{"*"}, AnyAction: true, AnyResource: true}},
		"all but":                {`{"Statement":[{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret"}]}`, catalog.InlinePolicy{Services: []string{"*"}, AnyAction: true, AnyResource: true}},
		"a wildcard of services": {`{"Statement":[{"Effect":"Allow","Action":"s?:GetObject","Resource":"arn:aws:*"}]}`, catalog.InlinePolicy{Services: []string{"*"}, AnyAction: true, AnyResource: true}},
		"only denies":            {`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`, catalog.InlinePolicy{}},
		"no policy":              {`{"a":1}`, catalog.InlinePolicy{Unclear: true}},
		"no JSON":                {`Allow everything`, catalog.InlinePolicy{Unclear: true}},
		"numbers":                {`{"Statement":[{"Effect":"Allow","Action":7}]}`, catalog.InlinePolicy{Unclear: true}},
	} {
		got := readInline(c.policy)
		if c.policy = strings.TrimSpace(c.policy); c.want.Size == 0 {
			c.want.Text, c.want.Size = c.policy, len(c.policy)
		}
		if diff := cmp.Diff(&c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	long := readInline(`{ "Statement" : [ { "Effect" : "Allow", "Sid" : "` + strings.Repeat("ü", catalog.MaxInlineText) + `", "Action" : "s3:Get" } ] }`)
	if !long.Cut() || len(long.Text) > catalog.MaxInlineText || !utf8.ValidString(long.Text) || strings.Contains(long.Text, " ") || !slices.Equal(long.Services, []string{"s3"}) {
		t.Errorf("kept %d of %d bytes, services %v", len(long.Text), long.Size, long.Services)
	}
}

// What is written into a role is read with its other details, under the shipped policies.
func TestInlinePolicyIsRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		data, err := s.RefreshRoles(t.Context(), s.sync(nil), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range data.Roles {
			want := readInline("")
			if r.Name == "DatabaseAdmin" {
				want = &catalog.InlinePolicy{
					Text:     `{"Version":"2012-10-17","Statement":[{"Sid":"Secrets","Effect":"Allow","Action":["kms:Decrypt","secretsmanager:Get*"],"Resource":"*"}]}`,
					Services: []string{"kms", "secretsmanager"}, AnyAction: true, AnyResource: true,
				}
				want.Size = len(want.Text)
			}
			if diff := cmp.Diff(want, r.Inline); diff != "" || len(r.Refused) != 0 {
				t.Errorf("%s: refused %v %s", r.Name, r.Refused, diff)
			}
		}
	})
}

// Whatever of a role may not be read, the rest is, and which permission is missing is kept.
func TestDetailsNameWhatIsMissing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShipped(t)
		data := s.sync(nil)
		for _, action := range []string{
			"sso:ListTagsForResource", "sso:ListManagedPoliciesInPermissionSet",
			"sso:ListCustomerManagedPolicyReferencesInPermissionSet", "sso:GetInlinePolicyForPermissionSet",
		} {
			s.without(action)
			s.restart() // a session of the role keeps the policies it began with
			fresh, err := s.RefreshRoles(t.Context(), data, len(data.Roles))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range fresh.Roles {
				if !slices.Equal(r.Refused, []string{action}) || !r.DetailsRead() || r.TagsUnknown != (action == "sso:ListTagsForResource") {
					t.Errorf("%s: %+v", action, r)
				}
				if r.Name == "DatabaseAdmin" && (len(r.Policies) == 0) != (action == "sso:ListManagedPoliciesInPermissionSet") {
					t.Errorf("%s: policies %v", action, r.Policies)
				}
				if r.Name == "DatabaseAdmin" && r.Inline.Empty() != (action == "sso:GetInlinePolicyForPermissionSet") {
					t.Errorf("%s: inline %+v", action, r.Inline)
				}
			}
		}
	})
}

// An older version read tags and names only; the rest is read after an update.
func TestDetailsOfAnOlderVersionAreReadAgain(t *testing.T) {
	t.Parallel()
	roles := []catalog.Role{{ARN: "a", DetailsAsOf: wallClock{}.Now()}, {ARN: "b", DetailsAsOf: wallClock{}.Now(), Inline: &catalog.InlinePolicy{}}, {ARN: "c"}}
	if diff := cmp.Diff([]int{0, 2}, unread(roles)); diff != "" {
		t.Error(diff)
	}
}

// without takes one permission out of the policies of Stint's role.
func (s *shipped) without(action string) {
	s.t.Helper()
	if err := s.EditRole(s.in.Account, s.in.RoleName, func(r *awssim.IAMRole) {
		less := shippedPolicy(s.in, s.in.Features...)
		for i := range less.Statement {
			less.Statement[i].Action = slices.DeleteFunc(slices.Clone(less.Statement[i].Action), func(a string) bool {
				return a == action && less.Statement[i].Effect == "Allow"
			})
		}
		less.Statement = slices.DeleteFunc(less.Statement, func(st trust.Statement) bool { return len(st.Action) == 0 })
		r.Policy = less.JSON()
	}); err != nil {
		s.t.Fatal(err)
	}
}
