package awsconn

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

// answers is an AWS that gives the same answer to everything, by operation.
type answers map[string]string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	body, ok := a[op]
	if !ok {
		body = a[""]
	}
	return &http.Response{
		StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
	}, nil
}

func answering(a answers) func(*setting) {
	return func(s *setting) {
		s.client = func(*awssim.Cloud) *http.Client { return &http.Client{Transport: a} }
	}
}

// An answer without what it must have is not believed: not a success, not an empty world.
func TestIncompleteAnswers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, answering(answers{"": "{}"}))
		if _, err := w.place(t.Context(), grant); err == nil {
			t.Error("found an instance in nothing")
		}
		w.here = mustPlace(t, w)
		key := w.key(0)
		_, err := w.Assign(t.Context(), grant, key, nil)
		wantClass(t, err, unknown)
		_, err = w.Unassign(t.Context(), key, nil)
		wantClass(t, err, unknown)
		_, err = w.whoami(t.Context())
		if err == nil {
			t.Error("know who we are from nothing")
		}
		w.caller = &standing{account: "1", management: "1"}
		_, err = w.RefreshRole(t.Context(), key.Role)
		wantClass(t, err, retries)
		for _, kind := range []access.OperationKind{access.CreateOperation, access.DeleteOperation} {
			_, err = w.Await(t.Context(), access.Operation{ID: "x", Kind: kind, Key: key})
			wantClass(t, err, unknown)
		}
		_, err = w.Catalog(t.Context(), nil, nil, nil)
		wantClass(t, err, retries)

		// A known world does not vanish because of an empty listing.
		known := catalog.Data{People: []catalog.Person{{ID: "p"}}}
		_, _, err = w.people(t.Context(), w.here, &known, nil, func(string, int) {})
		wantClass(t, err, retries)
		_, err = w.roles(t.Context(), w.here, []catalog.Role{{ARN: "r"}}, func(string, int) {})
		wantClass(t, err, retries)
		_, err = w.accounts(t.Context(), w.caller, []catalog.Account{{ID: "a"}}, func(string, int) {})
		wantClass(t, err, retries)
	})
}

// An account that no unit holds is in no known place; that must not look like the root.
func TestAccountWithoutAPlace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, answering(answers{
			"ListAccounts": `{"Accounts":[{"Id":"123456789012","Name":"x","State":"ACTIVE","Paths":["o-1/r-1/ou-1-unknown/"]}]}`,
			"ListRoots":    `{"Roots":[{"Id":"r-1"}]}`, "": "{}",
		}))
		_, err := w.accounts(t.Context(), &standing{}, nil, func(string, int) {})
		wantClass(t, err, retries)
	})
}

// Without Identity Center nothing else can be asked, and nothing is concluded.
func TestNothingWithoutIdentityCenter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultNotFound, Action: "sso:ListInstances"})
		key := w.key(0)
		_, err := w.Assign(t.Context(), grant, key, nil)
		wantClass(t, err, retries)
		_, err = w.Unassign(t.Context(), key, nil)
		wantClass(t, err, retries) // not "gone": this was not about the assignment
		_, err = w.Look(t.Context(), grant, key)
		wantClass(t, err, retries)
		begin := time.Now()
		_, err = w.Await(t.Context(), access.Operation{ID: "x", Kind: access.DeleteOperation, Key: key})
		wantClass(t, err, unknown)
		if d := time.Since(begin); d < 5*time.Minute {
			t.Errorf("gave up after %v", d)
		}
		if got, err := w.Person(t.Context(), key.Person); !fault.Is(err, fault.Unavailable) || got.Gone {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := w.GroupMembers(t.Context(), "g"); !fault.Is(err, fault.Unavailable) {
			t.Error(err)
		}
		if _, err := w.PersonByEmail(t.Context(), "a@b"); !fault.Is(err, fault.Unavailable) {
			t.Error(err)
		}
	})
}
