// Package awssim is a simulated AWS organization that real AWS clients talk to.
//
// One HTTP endpoint answers for Organizations, IAM Identity Center (sso-admin),
// Identity Store, STS, IAM and Resource Groups Tagging, in AWS's own wire
// protocols: point an SDK or the AWS CLI at it with AWS_ENDPOINT_URL. What AWS
// refuses it refuses, with the same error code, HTTP status and shape, so that a
// program which works here was not helped by a lenient stand-in.
//
// Why a simulator and not mocks: the hard part of granting access is AWS's
// behaviour in time (operations that stay in progress, listings that lag,
// conflicts, throttles, answers lost after the effect), and mocks know only what
// their author already thought of.
//
// Nothing here runs by itself. Everything is worked out from Config.Now when
// somebody asks: an operation has succeeded when Now is past its end, a token
// bucket refills by Now. So virtual clocks and testing/synctest work, and a Cloud
// that nobody asks costs nothing. There is nothing to close.
//
// What AWS leaves unconfirmed is a field of [Switches]; what differs from day to
// day is a field of [Tuning]; what goes wrong is a [Fault]. All three can be
// changed while it runs.
//
// IAM is enforced: every call is put to its caller's policy with each resource that
// AWS's authorization reference lists for it, and refused with AccessDenied unless all
// of them are allowed. A caller without a policy is an administrator.
//
// The package imports nothing of the product, so that neither can lean on the
// other's mistakes.
package awssim
