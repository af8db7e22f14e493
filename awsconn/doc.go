// Package awsconn is Stint's connection to AWS: it reads the organization into a
// catalog, asks IAM Identity Center to assign and unassign, follows those operations
// to their end, and reads Identity Center's half of the directory.
//
// Three properties of AWS shape it.
//
// Assigning is asynchronous and has no client token. A create that is sent twice, or
// late, can outlive the grant it was for, so writes are attempted once, a fence runs
// right before the signature, and an answer that was lost is reported as unknown
// instead of tried again. What is certain and what is not is decided in one table
// (classes.go).
//
// The quota is small (20 calls a second, 10 operations in flight) and shared with
// every other tool of the organization. So each service has one token bucket for all
// callers, with an order (revokes, emergencies, grants, syncs) and shares that keep
// any of them from starving the next, and nothing is asked that was known already: a
// warm sync of 100 permission sets costs one call of sso-admin.
//
// Listings lie for a while: they lag, they come in pages, and a page may be empty and
// still have a successor. A listing is read to its end or not at all, and one that
// makes the known world collapse is refused the first time it is seen.
//
// All waiting is done by an access.Clock, except for the SDK's own retries and network
// timeouts, which are about the wire and stay real.
package awsconn
