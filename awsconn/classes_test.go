package awsconn

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"stint/access"
	"stint/sandbox/awssim"
)

// apiError is an answer of AWS as the SDK wraps it.
func apiError(status int, code, message string) error {
	return &smithy.OperationError{ServiceID: "SSO Admin", OperationName: "X", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: code, Message: message},
	}}
}

// classes are what a failure means for a read, a create and a delete.
type classes [3]access.Class

func same(c access.Class) classes { return classes{c, c, c} }

const (
	retries  = access.ClassRetry
	unknown  = access.ClassUnknown
	refusal  = access.ClassRefused
	gone     = access.ClassGone
	fenced   = access.ClassFenced
	giveUp   = access.ClassCanceled
	sentMark = true
)

func TestClasses(t *testing.T) {
	t.Parallel()
	written := classes{retries, unknown, unknown} // the answer to a write is not known
	rows := map[string]struct {
		f    failure
		want classes
		says string // part of the message for people
	}{
		"fence": {failure{err: &fencedError{errors.New("no")}}, same(fenced), ""},

		"ctx ended before sending": {failure{err: context.Canceled, ctxEnded: true}, same(giveUp), ""},
		"ctx ended after sending":  {failure{err: &smithy.CanceledError{Err: context.Canceled}, ctxEnded: true, sent: true}, classes{giveUp, unknown, unknown}, ""},

		"conflict":                {failure{err: apiError(400, "ConflictException", ""), sent: true}, same(retries), "busy"},
		"typed conflict":          {failure{err: &types.ConflictException{}, sent: true}, same(retries), "busy"},
		"concurrent modification": {failure{err: apiError(400, "ConcurrentModificationException", ""), sent: true}, same(retries), "busy"},
		"throttling":              {failure{err: apiError(400, "ThrottlingException", "Rate exceeded"), sent: true}, same(retries), "how often"},
		"typed throttling":        {failure{err: &types.ThrottlingException{}, sent: true}, same(retries), "how often"},
		"too many processing":     {failure{err: apiError(400, "ThrottlingException", "There are too many requests processing"), sent: true}, same(retries), "how often"},
		"too many requests":       {failure{err: apiError(400, "TooManyRequestsException", ""), sent: true}, same(retries), "how often"},
		"429":                     {failure{err: apiError(429, "", ""), sent: true}, same(retries), "how often"},
		"outstanding operations":  {failure{err: apiError(402, "ServiceQuotaExceededException", "15"), sent: true}, same(retries), "in flight"},

		"access denied":        {failure{err: apiError(400, "AccessDeniedException", "no"), sent: true, service: &service{name: "sso-admin", iam: "sso"}, op: "ListPermissionSets"}, same(refusal), "sso:ListPermissionSets"},
		"access denied, query": {failure{err: apiError(403, "AccessDenied", "no"), sent: true}, same(refusal), "role's policy"},
		"not found":            {failure{err: apiError(400, "ResourceNotFoundException", "x"), sent: true}, classes{gone, refusal, gone}, "no longer knows"},
		"not found with shape": {failure{err: apiError(400, "com.amazonaws.sso#ResourceNotFoundException:http://x/", "x"), sent: true}, classes{gone, refusal, gone}, "no longer knows"},
		"no such account":      {failure{err: apiError(400, "AccountNotFoundException", "x"), sent: true}, classes{gone, refusal, gone}, "Organizations"},
		"validation":           {failure{err: apiError(400, "ValidationException", "1 validation error detected"), sent: true}, same(refusal), "1 validation error detected"},
		"invalid input":        {failure{err: apiError(400, "InvalidInputException", "x"), sent: true}, same(refusal), "not accept"},
		"no organization":      {failure{err: apiError(400, "AWSOrganizationsNotInUseException", "x"), sent: true}, same(refusal), "management account"},
		"not opted in":         {failure{err: apiError(403, "OptInRequired", "x"), sent: true}, same(refusal), "turned"},
		"unreadable 4xx": {failure{err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 400}}, Err: &smithy.DeserializationError{Err: io.EOF},
		}, sent: true}, same(retries), "cannot be read"},
		"some other 4xx": {failure{err: apiError(400, "BrandNewException", "x"), sent: true}, same(refusal), "refused"},

		"internal":             {failure{err: apiError(500, "InternalServerException", ""), sent: true}, written, "problem of its own"},
		"typed internal":       {failure{err: &types.InternalServerException{}, sent: true}, written, "problem of its own"},
		"internal, odd status": {failure{err: apiError(400, "InternalFailure", ""), sent: true}, written, "problem of its own"},
		"unavailable, no code": {failure{err: apiError(503, "", ""), sent: true}, written, "problem of its own"},
		"gateway timeout":      {failure{err: apiError(504, "", ""), sent: true}, written, "problem of its own"},
		"request timeout":      {failure{err: apiError(408, "", ""), sent: true}, written, "problem of its own"},

		"expired token":     {failure{err: apiError(400, "ExpiredTokenException", ""), sent: true}, same(retries), "expired"},
		"unknown key":       {failure{err: apiError(400, "UnrecognizedClientException", ""), sent: true}, same(retries), "does not know"},
		"clock":             {failure{err: apiError(400, "RequestExpired", ""), sent: true}, same(retries), "clock"},
		"signature":         {failure{err: apiError(403, "SignatureDoesNotMatch", ""), sent: true}, same(retries), "clock"},
		"invalid signature": {failure{err: apiError(403, "InvalidSignatureException", "Signature expired"), sent: true}, same(retries), "Signature expired"},
		"no credentials":    {failure{err: &noCredentials{errors.New("no EC2 IMDS role found")}}, same(retries), "no usable AWS credentials"},
		"role refused": {failure{err: &smithy.OperationError{ServiceID: "SSO Admin", Err: &noCredentials{&smithy.OperationError{
			ServiceID: "STS", OperationName: "AssumeRole", Err: apiError(403, "AccessDenied", "not authorized to perform sts:AssumeRole"),
		}}}}, same(retries), "external id"},

		"dial":              {failure{err: &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}, sent: sentMark}, same(retries), "cannot be reached"},
		"dns":               {failure{err: &smithyhttp.RequestSendError{Err: &net.DNSError{}}, sent: true}, same(retries), "cannot be reached"},
		"certificate":       {failure{err: x509.UnknownAuthorityError{}, sent: true}, same(retries), "cannot be reached"},
		"never left us":     {failure{err: errors.New("some resolver")}, same(retries), "cannot be reached"},
		"reset":             {failure{err: &smithyhttp.RequestSendError{Err: &net.OpError{Op: "read", Err: errors.New("connection reset")}}, sent: true}, written, "lost"},
		"eof":               {failure{err: io.ErrUnexpectedEOF, sent: true}, written, "lost"},
		"timeout":           {failure{err: &timeoutError{op: "x"}, sent: true}, written, "lost"},
		"garbled answer":    {failure{err: &smithy.DeserializationError{Err: io.EOF}, sent: true}, written, "lost"},
		"ctx error, not us": {failure{err: context.DeadlineExceeded, sent: true}, written, "lost"},

		"FAILED 404":         {failure{reason: true, sent: true, text: awssim.ReasonNotFound}, classes{gone, refusal, gone}, "no longer knows"},
		"FAILED internal":    {failure{reason: true, sent: true, text: awssim.ReasonInternal}, same(retries), "inside"},
		"FAILED 403":         {failure{reason: true, sent: true, text: awssim.ReasonDenied}, classes{refusal, refusal, retries}, "suspended"},
		"FAILED throttled":   {failure{reason: true, sent: true, text: "Rate exceeded"}, same(retries), "too busy"},
		"FAILED conflict":    {failure{reason: true, sent: true, text: "Received a 409 status error"}, same(retries), "Another change"},
		"FAILED suspended":   {failure{reason: true, sent: true, text: "The account is SUSPENDED"}, classes{refusal, refusal, retries}, "suspended"},
		"FAILED, who knows":  {failure{reason: true, sent: true, text: "Flux capacitor"}, same(retries), "Flux capacitor"},
		"FAILED, no reason":  {failure{reason: true, sent: true}, same(retries), "could not finish"},
		"FAILED 5xx in text": {failure{reason: true, sent: true, text: "Received a 503 status error: Service Unavailable"}, same(retries), "inside"},
	}
	for name, row := range rows {
		for kind, want := range row.want {
			f := row.f
			f.kind = callKind(kind)
			if f.err != nil {
				f = f.answer()
			}
			got, message := classify(f)
			if got != want {
				t.Errorf("%s, kind %d: %s, want %s", name, kind, got, want)
			}
			if !strings.Contains(message, row.says) || row.says == "" && message != "" || strings.Contains(message, "{") {
				t.Errorf("%s: says %q, want something with %q", name, message, row.says)
			}
		}
	}
	// Every row of the table is hit by one of these, so none is there by mistake.
	for i, m := range meanings {
		hit := false
		for _, row := range rows {
			f := row.f
			if f.err != nil {
				f = f.answer()
			}
			first := true
			for _, earlier := range meanings[:i] {
				first = first && !earlier.when(f)
			}
			hit = hit || first && m.when(f)
		}
		if !hit {
			t.Errorf("row %d (%q) is not covered", i, m.message)
		}
	}
}

// What AWS answers for each fault, over the simulated wire, and what it means.
func TestClassesOfAnswers(t *testing.T) {
	written := classes{retries, unknown, unknown}
	for kind, want := range map[awssim.FaultKind]classes{
		awssim.FaultThrottle: same(retries), awssim.FaultTooManyProcessing: same(retries), awssim.FaultConflict: same(retries),
		awssim.FaultServerError: written, awssim.FaultUnavailable: written, awssim.FaultDropAfter: written, awssim.FaultGarbled: written,
		awssim.FaultHangAfter: written, awssim.FaultAccessDenied: same(refusal), awssim.FaultNotFound: {gone, refusal, gone},
		awssim.FaultExpiredToken: same(retries),
	} {
		bubbleRun(t, string(kind), func(t *testing.T) {
			w := newWorld(t)
			w.here = mustPlace(t, w)
			w.inject(awssim.Fault{Kind: kind})
			key := w.key(0)
			for i, call := range []func() error{
				func() error { _, err := w.Look(t.Context(), grant, key); return err },
				func() error { _, err := w.Assign(t.Context(), grant, key, nil); return err },
				func() error { _, err := w.Unassign(t.Context(), w.key(1), nil); return err },
			} {
				if ce := wantClass(t, call(), want[i]); ce.Op == "" || ce.Message == "" || ce.Err == nil {
					t.Errorf("call %d: %+v lacks something", i, ce)
				}
			}
		})
	}
}

// Limits, suspended accounts and restrictions as AWS itself answers them.
func TestClassesOfRefusals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(s *setting) { s.tuning.OutstandingLimit = 2 })
		w.assign(w.key(0))
		_, err := w.Assign(t.Context(), grant, w.key(0), nil)
		wantClass(t, err, retries) // the same assignment is being changed
		w.assign(w.key(1))
		_, err = w.Assign(t.Context(), grant, w.key(2), nil)
		wantClass(t, err, retries) // too many
		time.Sleep(time.Minute)
		if err := w.SuspendAccount(string(w.key(3).Account)); err != nil {
			t.Fatal(err)
		}
		_, err = w.Assign(t.Context(), grant, w.key(3), nil)
		wantClass(t, err, retries)
		strange := w.key(4)
		strange.Role = strange.Role[:len(strange.Role)-4] + "0000"
		_, err = w.Assign(t.Context(), grant, strange, nil)
		wantClass(t, err, refusal)
		_, err = w.Unassign(t.Context(), strange, nil)
		wantClass(t, err, gone)
		_, err = w.Look(t.Context(), grant, strange)
		wantClass(t, err, gone)
		strange.Role = "not an arn"
		_, err = w.Assign(t.Context(), grant, strange, nil)
		wantClass(t, err, refusal)
	})
}

// Over a real socket: a connection that cannot be made did nothing, one that breaks
// after the request may have done it.
func TestClassesOfTheNetwork(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	closed.Close()
	breaks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(breaks.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for name, tc := range map[string]struct {
		url  string
		want access.Class
	}{
		"refused":        {nobody, retries},
		"no such host":   {"http://nowhere.invalid", retries},
		"no TLS there":   {"https" + strings.TrimPrefix(plain.URL, "http"), retries},
		"broken":         {breaks.URL, unknown},
		"not AWS at all": {plain.URL, retries}, // somebody answered 404, but not AWS
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := http.DefaultTransport.(*http.Transport).Clone()
			transport.Proxy = nil
			t.Cleanup(transport.CloseIdleConnections)
			w := newWorld(t, func(s *setting) {
				s.baseURL = tc.url
				s.client = func(*awssim.Cloud) *http.Client { return &http.Client{Transport: transport} }
			})
			w.here = mustPlace(t, w)
			_, err := w.Assign(t.Context(), grant, w.key(0), nil)
			wantClass(t, err, tc.want)
		})
	}
}

func TestReasonMessage(t *testing.T) {
	t.Parallel()
	op := access.Operation{Kind: access.CreateOperation, Status: access.Failed, Reason: awssim.ReasonDenied}
	if got := ReasonMessage(op); !strings.Contains(got, "suspended") || !strings.Contains(got, awssim.ReasonDenied) {
		t.Errorf("says %q", got)
	}
}

func TestConnectorErrorReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:CreateAccountAssignment"})
		_, err := w.Assign(t.Context(), grant, w.key(0), nil)
		if got := fmt.Sprint(err); !strings.HasPrefix(got, "sso-admin CreateAccountAssignment: refused: AWS does not allow Stint's role sso:CreateAccountAssignment.") {
			t.Error(got)
		}
	})
}
