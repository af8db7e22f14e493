package awsconn

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// The whole way over a real socket with the connector's own HTTP client.
func TestOverTheWire(t *testing.T) {
	t.Parallel()
	var cloud http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { cloud.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	transport := newHTTPClient().GetTransport()
	transport.Proxy = nil
	t.Cleanup(transport.CloseIdleConnections)
	w := newWorld(t, func(s *setting) {
		s.baseURL = server.URL
		s.tuning.OperationMin, s.tuning.OperationMax = 0, 0
		s.client = func(c *awssim.Cloud) *http.Client {
			cloud = c.Handler()
			return &http.Client{Transport: transport}
		}
	})
	group := catalog.GroupID(w.org.Groups[0].ID)
	if diff := cmp.Diff(expected(w, group), normal(w.sync(nil, group))); diff != "" {
		t.Error(diff)
	}
	if err := w.cycle(t.Context(), w.key(0)); err != nil {
		t.Error(err)
	}
	w.inject(awssim.Fault{Kind: awssim.FaultDropAfter, Action: "sso:CreateAccountAssignment"})
	w.ResetCounts()
	_, err := w.Assign(t.Context(), access.PriorityGrant, w.key(1), nil)
	wantClass(t, err, access.ClassUnknown)
	if n := w.Count("sso:CreateAccountAssignment"); n != 1 {
		t.Errorf("sent %d times", n)
	}
	seen, err := w.Look(t.Context(), access.PriorityGrant, w.key(1))
	if err != nil || !seen.Found { // it had landed
		t.Errorf("%+v, %v", seen, err)
	}
}
