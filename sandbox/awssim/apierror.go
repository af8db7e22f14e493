package awssim

import "net/http"

// apiError is a refusal in AWS's own terms.
type apiError struct {
	code    string
	message string
	status  int
	// extra members of the error's shape, like Reason or ResourceType
	extra map[string]any
	// transport is set for what comes from the signature layer in front of the
	// service, which writes "message" where services write "Message".
	transport bool
}

func refuse(code, message string) *apiError {
	return &apiError{code: code, message: message, status: http.StatusBadRequest}
}

func (e *apiError) with(key string, value any) *apiError {
	if e.extra == nil {
		e.extra = map[string]any{}
	}
	e.extra[key] = value
	return e
}

// service is one AWS service: how it signs, and what it calls its errors.
type service struct {
	name    string // for people
	prefix  string // of its IAM actions
	signing string // name in the credential scope
	target  string // prefix of X-Amz-Target; empty for the query protocol
	json    string // version of the JSON protocol; "1.1" when empty
	version string // API version, for the query protocol
	xmlns   string
	home    homeRegion

	throttled, internal, denied, invalid, notFound string
	throttledMessage                               string
}

// homeRegion says which region a service's signatures must name.
type homeRegion int

const (
	anyRegion homeRegion = iota
	globalRegion
	identityCenterRegion
)

var (
	svcSSO = &service{
		name: "sso-admin", prefix: "sso", signing: "sso", target: "SWBExternalService", home: identityCenterRegion,
		throttled: "ThrottlingException", internal: "InternalServerException", denied: "AccessDeniedException",
		invalid: "ValidationException", notFound: "ResourceNotFoundException", throttledMessage: "Rate exceeded",
	}
	svcIdentityStore = &service{
		name: "identitystore", prefix: "identitystore", signing: "identitystore", target: "AWSIdentityStore",
		home: identityCenterRegion, throttled: "ThrottlingException", internal: "InternalServerException",
		denied: "AccessDeniedException", invalid: "ValidationException", notFound: "ResourceNotFoundException",
		throttledMessage: "Rate exceeded",
	}
	svcOrganizations = &service{
		name: "organizations", prefix: "organizations", signing: "organizations", target: "AWSOrganizationsV20161128",
		home: globalRegion, throttled: "TooManyRequestsException", internal: "ServiceException", denied: "AccessDeniedException",
		invalid: "InvalidInputException", notFound: "TargetNotFoundException",
		throttledMessage: "You have sent too many requests in too short a period of time. Wait and try your request again later.",
	}
	svcTagging = &service{
		name: "tagging", prefix: "tag", signing: "tagging", target: "ResourceGroupsTaggingAPI_20170126", home: anyRegion,
		throttled: "ThrottledException", internal: "InternalServiceException", denied: "AccessDeniedException",
		invalid: "InvalidParameterException", notFound: "InvalidParameterException", throttledMessage: "Rate exceeded",
	}
	svcSTS = &service{
		name: "sts", prefix: "sts", signing: "sts", version: "2011-06-15", home: anyRegion,
		xmlns: "https://sts.amazonaws.com/doc/2011-06-15/", throttled: "Throttling", internal: "InternalFailure",
		denied: "AccessDenied", invalid: "ValidationError", notFound: "ValidationError", throttledMessage: "Rate exceeded",
	}
	svcIAM = &service{
		name: "iam", prefix: "iam", signing: "iam", version: "2010-05-08", home: globalRegion,
		xmlns: "https://iam.amazonaws.com/doc/2010-05-08/", throttled: "Throttling", internal: "ServiceFailure",
		denied: "AccessDenied", invalid: "ValidationError", notFound: "NoSuchEntity", throttledMessage: "Rate exceeded",
	}
)

// contentType is that of the service's JSON.
func (s *service) contentType() string {
	if s.json == "" {
		return "application/x-amz-json-1.1"
	}
	return "application/x-amz-json-" + s.json
}

// query reports whether the service speaks the query protocol with XML answers.
func (s *service) query() bool { return s.target == "" }

// refuseDenied is a refusal by authorization, whose status differs by protocol.
func (s *service) refuseDenied(message string) *apiError {
	e := refuse(s.denied, message)
	if s.query() {
		e.status = http.StatusForbidden
	}
	return e
}

func (s *service) refuseNotFound(message string) *apiError {
	e := refuse(s.notFound, message)
	if s.notFound == "NoSuchEntity" {
		e.status = http.StatusNotFound
	}
	return e
}

func (s *service) refuseThrottled(message string) *apiError {
	if message == "" {
		message = s.throttledMessage
	}
	return refuse(s.throttled, message)
}

func (s *service) refuseInternal() *apiError {
	e := refuse(s.internal, "An internal error occurred. Try again later.")
	e.status = http.StatusInternalServerError
	return e
}

// unauthenticated is a refusal by the signature layer: code for JSON services,
// queryCode and 403 for the query protocol.
func (s *service) unauthenticated(code, queryCode, message string) *apiError {
	e := &apiError{code: code, message: message, status: http.StatusBadRequest, transport: true}
	if s.query() {
		e.code, e.status = queryCode, http.StatusForbidden
	}
	return e
}

func (s *service) refuseExpired() *apiError {
	return s.unauthenticated("ExpiredTokenException", "ExpiredToken", "The security token included in the request is expired")
}
