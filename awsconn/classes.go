package awsconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"stint/access"
)

// callKind is what a call does, which decides what its failure means.
type callKind int

const (
	readCall callKind = iota
	createCall
	deleteCall
)

// failure is everything that is known about a call, or an operation, that failed.
type failure struct {
	kind    callKind
	service *service
	op      string
	err     error
	// sent is false when the request provably never left us.
	sent bool
	// ctxEnded is set when the caller gave up, as opposed to our own timeout.
	ctxEnded bool
	// code, text and status are AWS's answer, empty when there was none. For an
	// operation that FAILED only text is set: its reason.
	code, text string
	status     int
	reason     bool // text is the reason of a FAILED operation
}

// meaning is a row of the table: what a failure of a read, a create and a delete means.
type meaning struct {
	when                 func(failure) bool
	read, create, delete access.Class
	// message tells people what is wrong and what to do; {action} is the IAM action,
	// {text} is AWS's text.
	message string
}

// meanings is the one place that decides what a failure means. The first row that
// matches counts. In the sources, "API ref" is the IAM Identity Center API reference
// (Common Errors, or the errors of CreateAccountAssignment and its kin), "SDK" the Go
// SDK's source.
//
// The rule behind the classes: a read changes nothing, so it can always be repeated. A
// write can be repeated only when AWS answered that it did nothing, or when it provably
// was not sent. Everything else about a write is unknown.
var meanings = []meaning{
	// Our own fence said no right before signing.
	{is[*fencedError], access.ClassFenced, access.ClassFenced, access.ClassFenced, ""},

	// The caller's context ended. A write that may have left is not undone by that.
	{func(f failure) bool { return f.ctxEnded && !f.sent }, access.ClassCanceled, access.ClassCanceled, access.ClassCanceled, ""},
	{func(f failure) bool { return f.ctxEnded }, access.ClassCanceled, access.ClassUnknown, access.ClassUnknown, ""},

	// Credentials. Nothing happened in any of these; an operator can mend them while we
	// go on trying, so that ends are still kept. An error of STS inside another call is the
	// assumed role being refused (SDK: stscreds wraps the OperationError of STS).
	{
		insideSTS, access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"Stint cannot take on its AWS role ({text}). Check the role's trust policy, its external id, and that Stint's own identity may call sts:AssumeRole on it.",
	},
	{
		is[*noCredentials], access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"Stint has no usable AWS credentials now. Check the role or profile that Stint runs with.",
	},
	{
		code("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"), // API ref: Common Errors; STS
		access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"The AWS credentials that Stint runs with have expired. Renew them, or give Stint a role that renews itself.",
	},
	{
		code("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure", "NotAuthorized"), // API ref: Common Errors
		access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS does not know the credentials that Stint runs with. Check the role or profile, and that it belongs to this organization.",
	},
	{
		code("RequestExpired", "RequestTimeTooSkewed"), // API ref: Common Errors: more than 15 minutes from the stamp
		access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS says that the request's time stamp is wrong. Set the clock of Stint's machine (NTP).",
	},
	{
		code("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException", // API ref: Common Errors; SDK: clockSkewCodes
			"MissingAuthenticationToken", "MissingAuthenticationTokenException"),
		access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS does not accept Stint's signature: the clock of its machine, the region or the secret key is wrong. Check them in this order. ({text})",
	},

	// Throttles. AWS refuses before doing anything (API ref: ThrottlingException; SDK:
	// DefaultThrottleErrorCodes; Organizations answers TooManyRequestsException).
	{
		throttled, access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS is limiting how often it may be asked. Stint tries again by itself.",
	},
	// API ref: ServiceQuotaExceededException. With assignments it is nearly always the
	// outstanding operations; a true quota shows itself by lasting until the grant's deadline.
	{
		code("ServiceQuotaExceededException"), access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"Too many assignment operations are in flight in this organization, or a quota of Identity Center is used up. Stint tries again; if it lasts, look at Service Quotas. ({text})",
	},
	// API ref: ConflictException, "a retry with appropriate backoff logic is the recommended
	// response". Not in the SDK's list of retryable codes. Organizations has ConcurrentModification.
	{
		code("ConflictException", "ConcurrentModificationException"), access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS is still busy with a former change of the same assignment or account. Stint tries again by itself.",
	},

	// API ref: AccessDeniedException; Common Errors: NotAuthorized, AccessDenied is the
	// query protocol's spelling. Reads are refused too: an unreadable listing is not an empty one.
	{
		code("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "UnauthorizedException", "AccessDeniedForDependencyException"),
		access.ClassRefused, access.ClassRefused, access.ClassRefused,
		"AWS does not allow Stint's role {action}. Add it to the role's policy, and check for a service control policy that denies it. ({text})",
	},
	// API ref: ResourceNotFoundException. The person, the account, the permission set or the
	// instance is gone, and an assignment with it.
	{
		code("ResourceNotFoundException"), access.ClassGone, access.ClassRefused, access.ClassGone,
		"AWS no longer knows this person, account or permission set. Sync the catalog and ask again. ({text})",
	},
	{
		code("AccountNotFoundException", "TargetNotFoundException", "ParentNotFoundException", "OrganizationalUnitNotFoundException"), // Organizations
		access.ClassGone, access.ClassRefused, access.ClassGone,
		"AWS Organizations no longer knows this account or unit. Sync the catalog and ask again. ({text})",
	},
	{code("AWSOrganizationsNotInUseException"), access.ClassRefused, access.ClassRefused, access.ClassRefused, // Organizations
		"The account that Stint runs in belongs to no AWS organization. Run Stint in the management account or in Identity Center's delegated administrator account."},
	{code("OptInRequired", "SubscriptionRequiredException"), access.ClassRefused, access.ClassRefused, access.ClassRefused, // API ref: Common Errors
		"The account that Stint runs in has not turned this AWS service on. ({text})"},
	{
		code("ValidationException", "ValidationError", "InvalidInputException", "InvalidParameterException", "InvalidParameterValue", // API ref: ValidationException
			"ConstraintViolationException", "SerializationException", "UnknownOperationException", "InvalidAction", "UnsupportedAPIEndpointException"),
		access.ClassRefused, access.ClassRefused, access.ClassRefused,
		"AWS does not accept this request: {text}",
	},

	// API ref: InternalServerException, "an unknown error, exception or failure with an
	// internal server"; Common Errors: InternalFailure, ServiceUnavailable. Whether a write had its effect is not said.
	{
		func(f failure) bool {
			return f.status >= 500 || f.status == 408 ||
				slices.Contains([]string{"InternalServerException", "InternalFailure", "InternalServiceError", "ServiceException", "ServiceUnavailable", "ServiceUnavailableException"}, f.code)
		}, access.ClassRetry, access.ClassUnknown, access.ClassUnknown,
		"AWS has a problem of its own at the moment. Stint looks again by itself.",
	},
	// A 4xx whose body is cut off: AWS did not do it, but why is not known (SDK: DeserializationError).
	{
		func(f failure) bool { return f.status >= 400 && f.status < 500 && f.code == "" }, access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS refused {action} with an answer that cannot be read. Stint tries again by itself.",
	},
	// Any other 4xx: AWS answered and did not do it (HTTP semantics, RFC 9110 §15.5).
	{
		func(f failure) bool { return f.status >= 400 && f.status < 500 }, access.ClassRefused, access.ClassRefused, access.ClassRefused,
		"AWS refused {action}: {text}",
	},

	// No answer. What never left us did nothing (net: dial, DNS; crypto/tls: handshake).
	{
		func(f failure) bool { return !f.reason && (!f.sent || neverSent(f.err)) }, access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS cannot be reached. Check the network and DNS of Stint's machine and the endpoint settings.",
	},

	// The reasons of operations that FAILED, matched without regard to case. Issues of the
	// Terraform AWS provider and AWS's own samples quote them.
	// "Received a 404 status error": what it is about does not exist.
	{
		reason("404 status error", "not found", "does not exist"), access.ClassGone, access.ClassRefused, access.ClassGone,
		"AWS no longer knows this person, account or permission set. Sync the catalog and ask again. ({text})",
	},
	// "An unexpected internal service exception was encountered": retrying helps.
	{
		reason("internal service exception", "internal server", "received a 5"), access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS failed inside. Stint tries again by itself.",
	},
	{
		reason("rate exceeded", "throttl", "too many requests", "429 status error"), access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS was too busy with other operations. Stint tries again by itself.",
	},
	{
		reason("conflict", "409 status error", "concurrent"), access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"Another change in this account was running. Stint tries again by itself.",
	},
	// "Received a 403 status error: Access denied by IAM": a service control policy, a suspended
	// account, or a delegated administrator that touches the management account's permission
	// sets. Telling people at once is worth more than ten minutes of hope; a delete goes on.
	{
		reason("403 status error", "access denied", "not authorized", "suspended"), access.ClassRefused, access.ClassRefused, access.ClassRetry,
		"AWS could not change this account: it is suspended, a service control policy protects its roles, or the permission set is also used in the management account. ({text})",
	},
	// An unfamiliar reason: the operation is over and had no effect; a create's deadline bounds the retries.
	{
		func(f failure) bool { return f.reason }, access.ClassRetry, access.ClassRetry, access.ClassRetry,
		"AWS could not finish it: {text}",
	},

	// The rest was sent and the answer was lost, cut off or not understood (SDK:
	// RequestSendError, DeserializationError; net: reset, EOF, timeout).
	{
		func(failure) bool { return true }, access.ClassRetry, access.ClassUnknown, access.ClassUnknown,
		"The answer of AWS was lost. Stint looks again by itself.",
	},
}

// classify finds the row of a failure and says it in words.
func classify(f failure) (access.Class, string) {
	for _, m := range meanings {
		if !m.when(f) {
			continue
		}
		class := m.read
		switch f.kind {
		case createCall:
			class = m.create
		case deleteCall:
			class = m.delete
		}
		action := f.op
		if f.service != nil {
			action = f.service.iam + ":" + f.op
		}
		return class, strings.NewReplacer("{action}", action, "{text}", f.text).Replace(m.message)
	}
	return access.ClassUnknown, ""
}

// classifyReason classes an operation that FAILED; never ClassUnknown, since AWS said how it ended.
func classifyReason(kind access.OperationKind, text string) access.Class {
	class, _ := classify(failure{kind: callKindOf(kind), text: text, reason: true, sent: true})
	return class
}

// ReasonMessage says for people what a failed operation's reason means.
func ReasonMessage(op access.Operation) string {
	_, message := classify(failure{kind: callKindOf(op.Kind), text: op.Reason, reason: true, sent: true})
	return message
}

func callKindOf(kind access.OperationKind) callKind {
	if kind == access.DeleteOperation {
		return deleteCall
	}
	return createCall
}

// answer fills in what AWS said, if it said anything.
func (f failure) answer() failure {
	var api smithy.APIError
	if errors.As(f.err, &api) {
		f.code, f.text = api.ErrorCode(), api.ErrorMessage()
		// A code may come as a URI or with a namespace: "com.amazonaws.sso#ConflictException:http://…"
		f.code, _, _ = strings.Cut(f.code, ":")
		if i := strings.LastIndexByte(f.code, '#'); i >= 0 {
			f.code = f.code[i+1:]
		}
	}
	var response *smithyhttp.ResponseError
	if errors.As(f.err, &response) {
		f.status = response.HTTPStatusCode()
	}
	if f.text == "" {
		f.text = f.code
	}
	return f
}

func code(codes ...string) func(failure) bool {
	return func(f failure) bool { return f.code != "" && slices.Contains(codes, f.code) }
}

func reason(parts ...string) func(failure) bool {
	return func(f failure) bool {
		text := strings.ToLower(f.text)
		return f.reason && slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
	}
}

func is[E error](f failure) bool {
	var e E
	return errors.As(f.err, &e)
}

// insideSTS: our call failed because STS, asked for credentials on its behalf, refused.
func insideSTS(f failure) bool {
	for err := f.err; err != nil; err = errors.Unwrap(err) {
		if op, ok := err.(*smithy.OperationError); ok && op.ServiceID == sts.ServiceID && strings.HasPrefix(op.OperationName, "AssumeRole") { //nolint:errorlint // walks the chain itself
			return true
		}
	}
	return false
}

// neverSent knows errors that happen before the first byte of a request is written.
func neverSent(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	var header tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &header) ||
		errors.As(err, &verify) || errors.As(err, &authority)
}

// fencedError carries what the fence said.
type fencedError struct{ err error }

func (e *fencedError) Error() string { return "fenced: " + e.err.Error() }
func (e *fencedError) Unwrap() error { return e.err }

// noCredentials marks a failure to get credentials at all.
type noCredentials struct{ err error }

func (e *noCredentials) Error() string { return e.err.Error() }
func (e *noCredentials) Unwrap() error { return e.err }

// timeoutError is one attempt that took too long, while the caller still waits. It
// hides the context error from the SDK, which would take it for the caller's.
type timeoutError struct{ op string }

func (e *timeoutError) Error() string         { return e.op + ": no answer within " + attemptTimeout.String() }
func (e *timeoutError) ConnectionError() bool { return true } // SDK: RetryableConnectionError

var errAttemptTimeout = errors.New("attempt timed out")

// timedOut tells our own timeout from the caller's context.
func timedOut(caller, attempt context.Context) bool {
	return caller.Err() == nil && context.Cause(attempt) == errAttemptTimeout //nolint:errorlint // set by us
}

// throttled reports whether AWS refused because of too many calls; 429 is RFC 6585's.
func throttled(f failure) bool {
	return f.status == 429 || code("ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException",
		"RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete",
		"BandwidthLimitExceeded", "LimitExceededException")(f)
}
