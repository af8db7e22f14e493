package awsconn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"stint/access"
	"stint/access/catalog"
	"stint/awsconn/trust"
)

// PermissionState is what came of trying a permission.
type PermissionState string

// The states.
const (
	Allowed PermissionState = "allowed"
	Missing PermissionState = "missing" // AWS refused
	Untried PermissionState = "untried" // nothing to try it on, or AWS could not be asked
)

// PermissionCheck is one permission, tried.
type PermissionCheck struct {
	trust.Permission
	Feature trust.Feature
	State   PermissionState
	// Note says for people why it is missing or was not tried; "" when it is allowed.
	Note string
}

// CheckPermissions tries every permission that is used, in a way that changes nothing:
// reads of one entry, and writes about an account, a person and an operation that do not
// exist, which AWS refuses as not found when the permission is there. groups are those
// whose membership may be granted; their feature is tried when there are some, the one
// for IAM roles when a reader role is set, the one for events when a queue is.
//
// The error says that AWS could not be asked at all.
func (c *Connector) CheckPermissions(ctx context.Context, groups []catalog.GroupID) ([]PermissionCheck, error) {
	if _, err := c.callerIdentity(ctx); err != nil {
		return nil, err
	}
	x := &examiner{c: c, groups: groups}
	x.prepare(ctx)
	features := []trust.Feature{trust.Core}
	if len(groups) > 0 {
		features = append(features, trust.Groups)
	}
	if c.cfg.ReaderRole != "" {
		features = append(features, trust.IAMRoles)
	}
	if c.cfg.EventsQueue != "" {
		features = append(features, trust.Events)
	}
	var all []PermissionCheck
	for _, f := range features {
		for _, p := range trust.Permissions(f) {
			if err := ctx.Err(); err != nil {
				return all, &access.ConnectorError{Class: access.ClassCanceled, Op: "check permissions", Err: err}
			}
			all = append(all, x.examine(ctx, f, p))
		}
	}
	if slices.Contains(features, trust.IAMRoles) {
		all = append(all, x.examine(ctx, trust.IAMRoles, trust.ReaderPermission()))
	}
	return all, nil
}

// Nothing in AWS has these names.
const (
	nobody    = "00000000-0000-4000-8000-000000000000"
	noAccount = "000000000000"
	noEmail   = "nobody@stint.invalid"
)

// examiner holds what the probes need: real names, where there must be some.
type examiner struct {
	c      *Connector
	groups []catalog.GroupID

	here    *place
	me      *standing
	set     string // any permission set
	tagged  string // one that may be granted
	root    string // of the organizational units
	member  catalog.AccountID
	missing error // why here is nil
}

// errNothing is that there is nothing to try a permission on.
var errNothing = errors.New("not tried")

// prepare finds names to try with; what cannot be found leaves its probes untried.
func (x *examiner) prepare(ctx context.Context) {
	x.here, x.missing = x.c.place(ctx, access.PriorityGrant)
	if me, err := x.c.whoami(ctx); err == nil {
		x.me = me
	}
	if units, err := x.c.roots(ctx); err == nil && len(units) > 0 {
		x.root = units[0].id
	}
	if x.me != nil {
		x.member = x.firstMember(ctx)
	}
	if x.here == nil {
		return
	}
	sets, err := x.c.listRoles(ctx, x.here, access.PriorityGrant)
	if err != nil || len(sets) == 0 {
		return
	}
	x.set = sets[0]
	if x.c.cfg.GrantTag.Key == "" {
		x.tagged = sets[0]
		return
	}
	for _, arn := range sets { // one call each until one has the tag
		tags, err := x.c.roleTags(ctx, x.here, arn)
		if refused(err) {
			x.tagged = sets[0] // the probe of the tags says what is missing
			return
		}
		if err == nil && tags[x.c.cfg.GrantTag.Key] == x.c.cfg.GrantTag.Value {
			x.tagged = arn
			return
		}
	}
}

// firstMember is an account that should have the reader role.
func (x *examiner) firstMember(ctx context.Context) catalog.AccountID {
	accounts, err := x.c.somePage(ctx)
	if err != nil {
		return ""
	}
	for _, a := range accounts {
		if id := catalog.AccountID(aws.ToString(a.Id)); id != x.me.management && stateOf(a) == catalog.AccountActive {
			return id
		}
	}
	return ""
}

// examine tries one permission.
func (x *examiner) examine(ctx context.Context, f trust.Feature, p trust.Permission) PermissionCheck {
	check := PermissionCheck{Permission: p, Feature: f, State: Untried}
	try := x.probes()[p.Action]
	if try == nil {
		check.Note = "There is no harmless way to try it."
		return check
	}
	err := try(ctx)
	var ce *access.ConnectorError
	switch {
	case err == nil || isGone(err):
		check.State = Allowed
	case errors.Is(err, errNothing):
		check.Note = err.Error()
	case deniedByIAM(err) && errors.As(err, &ce):
		check.State, check.Note = Missing, ce.Message
	case errors.As(err, &ce):
		check.Note = ce.Message
	default:
		check.Note = err.Error()
	}
	return check
}

// deniedByIAM tells "you may not" from other refusals, such as a parameter that AWS does
// not take: those say nothing about the permission.
func deniedByIAM(err error) bool {
	return code("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "UnauthorizedException", "AccessDeniedForDependencyException")(failure{err: err}.answer())
}

func (x *examiner) nothing(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errNothing, fmt.Sprintf(format, args...))
}
