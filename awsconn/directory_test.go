package awsconn

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

func TestPerson(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		u := w.org.Users[3]
		if err := w.EditUser(u.ID, func(u *awssim.User) { u.Disabled = true }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		got, err := w.Person(t.Context(), catalog.PersonID(u.ID))
		want := identity.PersonFacts{
			Person: catalog.Person{ID: catalog.PersonID(u.ID), UserName: u.UserName, Name: u.DisplayName, Email: u.Email, Disabled: true},
			AsOf:   time.Now(),
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if n := w.Count("identitystore:*"); n != 1 {
			t.Errorf("%d calls for one person", n)
		}
		if err := w.DeleteUser(u.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Person(t.Context(), catalog.PersonID(u.ID)); err != nil || !got.Gone {
			t.Errorf("after deletion: %+v, %v", got, err)
		}
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "identitystore:*"})
		if got, err := w.Person(t.Context(), catalog.PersonID(u.ID)); !fault.Is(err, fault.Unavailable) || got.Gone {
			t.Errorf("refused: %+v, %v", got, err)
		}
	})
}

func TestGroupMembers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 600))
		group := w.org.Groups[7] // engineering: more than a page
		var want []catalog.PersonID
		for _, m := range w.org.Memberships {
			if m.GroupID == group.ID {
				want = append(want, catalog.PersonID(m.UserID))
			}
		}
		if len(want) < 101 {
			t.Fatalf("only %d members: no second page", len(want))
		}
		got, err := w.GroupMembers(t.Context(), catalog.GroupID(group.ID))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got.Members))); diff != "" {
			t.Error(diff)
		}
		if got.AsOf.IsZero() || got.ID != catalog.GroupID(group.ID) {
			t.Errorf("%+v", got)
		}
		if _, err := w.GroupMembers(t.Context(), "99999999-9999-9999-9999-999999999999"); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown group: %v", err)
		}
		w.inject(awssim.Fault{Kind: awssim.FaultServerError, Action: "identitystore:*"})
		if _, err := w.GroupMembers(t.Context(), catalog.GroupID(group.ID)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("outage: %v", err)
		}
	})
}

func TestPersonByEmail(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		u := w.org.Users[2]
		if err := w.EditUser(u.ID, func(u *awssim.User) { u.Email = "other@example.com" }); err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{"other@example.com", " other@example.com ", u.UserName} {
			if got, err := w.PersonByEmail(t.Context(), email); err != nil || string(got) != u.ID {
				t.Errorf("%q: %s, %v", email, got, err)
			}
		}
		if _, err := w.PersonByEmail(t.Context(), "nobody@example.com"); !fault.Is(err, fault.NotFound) {
			t.Errorf("nobody: %v", err)
		}
		if n := w.Count("identitystore:ListUsers"); n != 0 {
			t.Error("listed the directory for one person")
		}
		w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Action: "identitystore:*"})
		if _, err := w.PersonByEmail(t.Context(), u.UserName); !fault.Is(err, fault.Unavailable) {
			t.Errorf("throttled: %v", err)
		}
	})
}

func TestEmailOf(t *testing.T) {
	t.Parallel()
	email := func(v string, primary bool) types.Email { return types.Email{Value: aws.String(v), Primary: primary} }
	for want, in := range map[string][]types.Email{
		"a@x": {email("b@x", false), email(" A@X", true)},
		"b@x": {email("B@x", false)},
		"":    {email("a@x", false), email("b@x", false)},
	} {
		if got := emailOf(in); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := nameOf(nil, &types.Name{GivenName: aws.String("Ada"), FamilyName: aws.String("L")}, aws.String("al")); got != "Ada L" {
		t.Error(got)
	}
	if got := nameOf(aws.String(" "), nil, aws.String("al")); got != "al" {
		t.Error(got)
	}
}
