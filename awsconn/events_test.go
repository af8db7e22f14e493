package awsconn

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

const testQueue = "https://sqs.eu-central-1.amazonaws.com/%/stint-events"

// withQueue gives the world a queue of events, which the connector reads.
func withQueue(s *setting) {
	org := awssim.Generate(s.gen)
	s.aws.Organization = org
	s.cfg.EventsQueue = strings.Replace(testQueue, "%", org.ManagementAccountID, 1)
}

func newQueueWorld(t *testing.T, choose ...func(*setting)) *world {
	t.Helper()
	w := newWorld(t, append([]func(*setting){withQueue}, choose...)...)
	url, err := w.AddQueue(awssim.QueueOptions{Name: "stint-events"})
	if err != nil || url != w.cfg.EventsQueue {
		t.Fatalf("%v: %s", err, url)
	}
	return w
}

// reading runs Events until stop; hints are what came, in order.
type reading struct {
	mu    sync.Mutex
	hints []access.Hint
	fail  func(access.Hint) error
	stop  func()
}

func (w *world) reads(t *testing.T) *reading {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &reading{fail: func(access.Hint) error { return nil }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Events(ctx, func(_ context.Context, h access.Hint) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.hints = append(r.hints, h)
			return r.fail(h)
		})
	}()
	r.stop = func() { cancel(); <-done }
	return r
}

func (r *reading) got() []access.Hint {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.hints)
}

// readEvents reads until n events came.
func (s *shipped) readEvents(t *testing.T, n int) {
	t.Helper()
	r := s.reads(t)
	defer r.stop()
	for range 60 {
		time.Sleep(time.Second)
		if got := r.got(); len(got) >= n {
			for _, h := range got {
				if !h.Ours {
					t.Errorf("our own call was not recognised: %+v", h)
				}
			}
			return
		}
	}
	t.Fatalf("%d events came, want %d", len(r.got()), n)
}

func (w *world) standing(n int) awssim.Assignment {
	return awssim.Assignment{AccountID: w.org.Accounts[3].ID, PermissionSetARN: w.org.PermissionSets[2].ARN, PrincipalType: "USER", PrincipalID: w.org.Users[n].ID}
}

// What others do comes with who did it, within seconds; what we do is known as ours. Each
// message is deleted once it is handled.
func TestEventsOfOthersAndOurs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newQueueWorld(t)
		r := w.reads(t)
		a := w.standing(1)
		if _, err := w.AddAssignment(a); err != nil {
			t.Fatal(err)
		}
		asked := time.Now().UTC().Truncate(time.Second)
		key := access.Key{Person: catalog.PersonID(w.org.Users[2].ID), Account: catalog.AccountID(a.AccountID), Role: catalog.RoleARN(a.PermissionSetARN)}
		if _, err := w.Assign(t.Context(), access.PriorityGrant, key, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		w.RemoveAssignment(a)
		time.Sleep(5 * time.Second)
		foreign := assigned(pair{catalog.RoleARN(a.PermissionSetARN), catalog.AccountID(a.AccountID)}, "USER", a.PrincipalID)
		ada := "ada@example.com (AdministratorAccess)"
		ours := foreign
		ours.Person = key.Person
		want := []access.Hint{
			{Assignment: foreign, Kind: access.CreateOperation, At: asked, By: ada},
			{Assignment: ours, Kind: access.CreateOperation, At: asked, By: "administrator", Ours: true},
			{Assignment: foreign, Kind: access.DeleteOperation, At: asked.Add(5 * time.Second), By: ada},
		}
		if diff := cmp.Diff(want, r.got()); diff != "" {
			t.Error(diff)
		}
		if q := w.EventQueue(w.cfg.EventsQueue); q != (awssim.QueueView{Deleted: 3}) {
			t.Errorf("%+v", q)
		}
		time.Sleep(70 * time.Second) // the depth is read once a minute
		if c, ok := w.EventsCheck(); !ok || !c.OK || !strings.Contains(c.Detail, "0 waiting") {
			t.Errorf("%+v", c)
		}
		r.stop()
	})
}

// While nothing happens a call waits for ten seconds, and costs next to nothing.
func TestEventsWaitForLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newQueueWorld(t)
		r := w.reads(t)
		time.Sleep(time.Second)
		w.ResetCounts()
		time.Sleep(time.Hour)
		if n := w.Count("sqs:ReceiveMessage"); n < 350 || n > 361 {
			t.Errorf("%d calls in an hour", n)
		}
		if n := w.Count("sqs:GetQueueAttributes"); n > 61 {
			t.Errorf("%d looks at the depth", n)
		}
		r.stop()
	})
}

// A message that cannot be handled comes again, five times at most; then it is dropped. So
// is one that cannot be read.
func TestEventsThatCannotBeUsed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newQueueWorld(t)
		r := w.reads(t)
		r.fail = func(access.Hint) error { return errors.New("the store is away") }
		if _, err := w.AddAssignment(w.standing(1)); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"", "{", `{"source":"aws.ec2"}`, `{"source":"aws.sso","detail":{"eventSource":"sso.amazonaws.com","eventName":"CreateAccountAssignment"}}`, strings.Repeat("x", 200_000)} {
			if err := w.Send(w.cfg.EventsQueue, body); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(90 * time.Second)
		if q := w.EventQueue(w.cfg.EventsQueue); q.Deleted != 0 || len(r.got()) != 2 {
			t.Errorf("dropped at once: %+v, handled %d times", q, len(r.got()))
		}
		time.Sleep(10 * time.Minute)
		if q := w.EventQueue(w.cfg.EventsQueue); q != (awssim.QueueView{Deleted: 6}) || len(r.got()) != eventTries {
			t.Errorf("%+v, handled %d times", q, len(r.got()))
		}
		r.stop()
	})
}

// The record as CloudTrail publishes it of somebody at the console, more fields than are read
// among them: their names and case are those of records that organizations have shared.
func TestEventAsRecorded(t *testing.T) {
	t.Parallel()
	const body = `{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"AWS API Call via CloudTrail","source":"aws.sso","account":"111111111111",
"time":"2026-03-04T09:00:00Z","region":"us-east-1","resources":[],"detail":{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"111111111111",
"arn":"arn:aws:iam::111111111111:root","accountId":"111111111111","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},
"attributes":{"creationDate":"2026-03-04T08:50:00Z","mfaAuthenticated":"true"}}},"eventTime":"2026-03-04T09:00:00Z","eventSource":"sso.amazonaws.com",
"eventName":"CreateAccountAssignment","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.9","userAgent":"AWS Internal",
"requestParameters":{"instanceArn":"i","targetId":"222222222222","targetType":"AWS_ACCOUNT","permissionSetArn":"p","principalType":"GROUP","principalId":"g"},
"responseElements":{"accountAssignmentCreationStatus":{"status":"IN_PROGRESS","requestId":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","targetId":"222222222222",
"targetType":"AWS_ACCOUNT","permissionSetArn":"p","principalType":"GROUP","principalId":"g"}},"requestID":"r","eventID":"e","readOnly":false,
"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111111111111","eventCategory":"Management","sessionCredentialFromConsole":"true"}}`
	h, news, err := readEvent(body, "i", "arn:aws:sts::111111111111:assumed-role/stint/stint-pod-2")
	want := access.Hint{
		Assignment: catalog.Assignment{Account: "222222222222", Role: "p", Group: "g"}, Kind: access.CreateOperation,
		At: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), By: "root",
	}
	if diff := cmp.Diff(want, h); err != nil || !news || diff != "" {
		t.Errorf("%v %v %s", news, err, diff)
	}
	// Members of groups are compared by scans; a record of theirs is not misread as an assignment.
	const member = `{"source":"aws.identitystore","detail":{"eventSource":"identitystore.amazonaws.com","eventName":"CreateGroupMembership","eventTime":"2026-03-04T09:00:00Z",` +
		`"requestParameters":{"identityStoreId":"d-1","groupId":"g","memberId":{"userId":"u"}}}}`
	if _, news, err := readEvent(member, "i", "me"); news || err == nil {
		t.Errorf("%v %v", news, err)
	}
}

// A refused call, and another instance's, concern nobody here.
func TestEventsOfOthersElsewhere(t *testing.T) {
	t.Parallel()
	const body = `{"source":"aws.sso","detail":{"eventSource":"sso.amazonaws.com","eventName":"DeleteAccountAssignment","eventTime":"2026-03-04T09:00:00Z",` +
		`"userIdentity":{"arn":"arn:aws:sts::111111111111:assumed-role/stint/stint-pod-1"},` +
		`"requestParameters":{"instanceArn":"i","targetId":"222222222222","permissionSetArn":"p","principalType":"GROUP","principalId":"g"}}}`
	h, news, err := readEvent(body, "i", "arn:aws:sts::111111111111:assumed-role/stint/stint-pod-2")
	want := access.Hint{
		Assignment: catalog.Assignment{Account: "222222222222", Role: "p", Group: "g"}, Kind: access.DeleteOperation,
		At: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), By: "stint-pod-1 (stint)", Ours: true,
	}
	if diff := cmp.Diff(want, h); err != nil || !news || diff != "" {
		t.Errorf("%v %v %s", news, err, diff)
	}
	for name, other := range map[string]string{
		"another instance": strings.Replace(body, `"i"`, `"j"`, 1),
		"refused":          strings.Replace(body, `"eventTime"`, `"errorCode":"AccessDenied","eventTime"`, 1),
	} {
		if _, news, err := readEvent(other, "i", "me"); news || err != nil {
			t.Errorf("%s: %v %v", name, news, err)
		}
	}
	if h, _, _ := readEvent(body, "i", "arn:aws:sts::111111111111:assumed-role/stint-2/stint-pod-1"); h.Ours {
		t.Error("another role's session is taken for ours")
	}
}

// A queue that is away is tried again, ever more slowly, and the health says so.
func TestEventsQueueAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newQueueWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sqs:*"})
		r := w.reads(t)
		time.Sleep(30 * time.Minute)
		if n := w.Count("sqs:GetQueueAttributes"); n < 10 || n > 200 {
			t.Errorf("%d calls in half an hour", n)
		}
		if c, _ := w.EventsCheck(); c.OK || c.Detail == "" || c.Since.IsZero() {
			t.Errorf("%+v", c)
		}
		w.ClearFaults()
		if _, err := w.AddAssignment(w.standing(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if c, _ := w.EventsCheck(); !c.OK || len(r.got()) != 1 {
			t.Errorf("%+v, %d events", c, len(r.got()))
		}
		r.stop()
	})
}

// The same over a socket: the real SDK against real HTTP, an event in the middle of a poll.
func TestEventsOverTheWire(t *testing.T) {
	t.Parallel()
	var cloud http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { cloud.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	transport := newHTTPClient().GetTransport()
	transport.Proxy = nil
	t.Cleanup(transport.CloseIdleConnections)
	w := newWorld(t, withQueue, func(s *setting) {
		s.baseURL = server.URL
		s.client = func(c *awssim.Cloud) *http.Client {
			cloud = c.Handler()
			return &http.Client{Transport: transport}
		}
	})
	if _, err := w.AddQueue(awssim.QueueOptions{Name: "stint-events", Delay: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	heard := make(chan access.Hint, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Events(ctx, func(_ context.Context, h access.Hint) error { heard <- h; return nil })
	}()
	if _, err := w.AddAssignment(w.standing(1)); err != nil {
		t.Fatal(err)
	}
	select {
	case h := <-heard:
		if string(h.Assignment.Person) != w.standing(1).PrincipalID {
			t.Errorf("%+v", h)
		}
	case <-ctx.Done():
		t.Error("nothing was heard")
	}
	cancel()
	<-done
}

// Each permission of the feature is tried, and its lack is told.
func TestEventPermissions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newQueueWorld(t)
		state := func() map[string]PermissionState {
			t.Helper()
			checks, err := w.CheckPermissions(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]PermissionState{}
			for _, c := range checks {
				if strings.HasPrefix(c.Action, "sqs:") {
					got[c.Action] = c.State
				}
			}
			return got
		}
		if diff := cmp.Diff(map[string]PermissionState{"sqs:ReceiveMessage": Allowed, "sqs:DeleteMessage": Allowed, "sqs:GetQueueAttributes": Allowed}, state()); diff != "" {
			t.Error(diff)
		}
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sqs:*"})
		if diff := cmp.Diff(map[string]PermissionState{"sqs:ReceiveMessage": Missing, "sqs:DeleteMessage": Missing, "sqs:GetQueueAttributes": Missing}, state()); diff != "" {
			t.Error(diff)
		}
	})
}
