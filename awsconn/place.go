package awsconn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"stint/access"
	"stint/access/catalog"
)

// place is the Identity Center instance with the clients that speak to it.
type place struct {
	instance catalog.Instance
	sso      *ssoadmin.Client
	ids      *identitystore.Client
}

// standing is who we are in which organization.
type standing struct {
	arn          string
	account      catalog.AccountID
	organization string
	management   catalog.AccountID
}

// inManagement reports whether we act from the management account; otherwise we are
// Identity Center's delegated administrator, or nobody.
func (s *standing) inManagement() bool { return s.account == s.management }

// partition is the one we act in.
func (s *standing) partition() string {
	if parts := strings.SplitN(s.arn, ":", 3); len(parts) == 3 {
		return parts[1]
	}
	return "aws"
}

// once runs find unless have already knows; one at a time, and a failure is not kept.
func once[T any](ctx context.Context, c *Connector, have **T, find func(context.Context) (*T, error)) (*T, error) {
	known := func() *T {
		c.mu.Lock()
		defer c.mu.Unlock()
		return *have
	}
	if v := known(); v != nil {
		return v, nil
	}
	select {
	case c.finding <- struct{}{}:
		defer func() { <-c.finding }()
	case <-ctx.Done():
		return nil, &access.ConnectorError{Class: access.ClassCanceled, Op: "find Identity Center", Err: ctx.Err()}
	}
	if v := known(); v != nil {
		return v, nil
	}
	v, err := find(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	*have = v
	return v, nil
}

// whoami asks AWS once who we are.
func (c *Connector) whoami(ctx context.Context) (*standing, error) {
	return once(ctx, c, &c.caller, c.findStanding)
}

func (c *Connector) findStanding(ctx context.Context) (*standing, error) {
	me, err := c.callerIdentity(ctx)
	if err != nil {
		return nil, err
	}
	k := &call{service: c.services.org, op: "DescribeOrganization", priority: access.PriorityGrant}
	org, err := invoke(ctx, c, k, func(ctx context.Context) (*organizations.DescribeOrganizationOutput, error) {
		return c.org.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	})
	if err != nil {
		return nil, err
	}
	if org.Organization == nil || aws.ToString(org.Organization.MasterAccountId) == "" {
		return nil, incomplete(c.services.org, "DescribeOrganization", "no management account")
	}
	return &standing{
		arn: aws.ToString(me.Arn), account: catalog.AccountID(aws.ToString(me.Account)),
		organization: aws.ToString(org.Organization.Id), management: catalog.AccountID(*org.Organization.MasterAccountId),
	}, nil
}

func (c *Connector) callerIdentity(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
	k := &call{service: c.services.sts, op: "GetCallerIdentity", priority: access.PriorityGrant}
	return invoke(ctx, c, k, func(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
		return c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	})
}

// place finds Identity Center once; later calls know it. A failure is tried again, and is
// never taken for AWS's word on what was to be asked there.
func (c *Connector) place(ctx context.Context, p access.Priority) (*place, error) {
	here, err := once(ctx, c, &c.here, func(ctx context.Context) (*place, error) { return c.findPlace(ctx, p) })
	var ce *access.ConnectorError
	if errors.As(err, &ce) && ce.Class == access.ClassGone {
		err = &access.ConnectorError{Class: access.ClassRetry, Op: ce.Op, Message: ce.Message, Err: ce.Err}
	}
	return here, err
}

func (c *Connector) findPlace(ctx context.Context, p access.Priority) (*place, error) {
	regions := []string{c.cfg.Region}
	if c.cfg.Region == "" {
		regions = homeRegions(c.aws.Region)
	}
	var found []types.InstanceMetadata
	var where string
	var first error
	for _, region := range regions {
		instances, err := c.listInstances(ctx, region, p)
		if err != nil && (len(regions) == 1 || !refusedHere(err)) {
			return nil, err
		}
		if err != nil && first == nil {
			first = err
		}
		if len(instances) > 0 {
			found, where = instances, region
			break
		}
	}
	if len(found) == 0 {
		if first != nil {
			return nil, first
		}
		return nil, &access.ConnectorError{
			Class: access.ClassRefused, Op: "sso-admin ListInstances",
			Message: fmt.Sprintf("There is no IAM Identity Center instance to be seen in %s. Run Stint in the management account or in Identity Center's delegated administrator account, and set Identity Center's region.", strings.Join(regions, ", ")),
		}
	}
	instance, err := c.choose(found)
	if err != nil {
		return nil, err
	}
	if home := aws.ToString(instance.PrimaryRegion); home != "" {
		where = home // a replica lists the instance too, but is administered at home
	}
	here := c.clients(where)
	here.instance = catalog.Instance{
		ARN: aws.ToString(instance.InstanceArn), IdentityStoreID: aws.ToString(instance.IdentityStoreId), Region: where, PortalHost: c.cfg.PortalHost, PortalURL: c.cfg.PortalURL,
	}
	if here.instance.Portal() == "" {
		here.instance.PortalHost, here.instance.PortalURL = usualPortal(here.instance)
	}
	c.log.Info().Str("instance", here.instance.ARN).Str("region", where).Msg("found IAM Identity Center")
	return here, nil
}

// usualPortal is where AWS documents the access portal of a partition to be, when it has no name
// of its own: for GovCloud in "AWS IAM Identity Center in AWS GovCloud (US)" of its user guide,
// for China in "IAM Identity Center in Amazon Web Services China" of Getting Started with AWS in
// China. A partition that is not known has none: a link is left out rather than guessed.
func usualPortal(in catalog.Instance) (host, url string) {
	switch partition, _, _ := strings.Cut(strings.TrimPrefix(in.ARN, "arn:"), ":"); partition {
	case "aws":
		return in.IdentityStoreID + ".awsapps.com", ""
	case "aws-us-gov":
		return "", "https://start.us-gov-home.awsapps.com/directory/" + in.IdentityStoreID
	case "aws-cn":
		return "", "https://start.home.awsapps.cn/directory/" + in.IdentityStoreID
	}
	return "", ""
}

// refusedHere reports whether a region refused us, which another may not do: one that is
// not opted in does not know our credentials, one may be closed by a service control policy.
func refusedHere(err error) bool {
	f := failure{err: err}.answer()
	return f.status >= 400 && f.status < 500 && !throttled(f) && !insideSTS(f)
}

// choose takes the configured instance, or the only one.
func (c *Connector) choose(found []types.InstanceMetadata) (types.InstanceMetadata, error) {
	var names []string
	for _, i := range found {
		if c.cfg.InstanceARN != "" && aws.ToString(i.InstanceArn) == c.cfg.InstanceARN {
			return i, nil
		}
		names = append(names, fmt.Sprintf("%s (%q, owner %s)", aws.ToString(i.InstanceArn), aws.ToString(i.Name), aws.ToString(i.OwnerAccountId)))
	}
	slices.Sort(names)
	message := "Several IAM Identity Center instances are visible: %s. Set the ARN of the one to use."
	if c.cfg.InstanceARN != "" {
		message = "The configured IAM Identity Center instance is not among those that are visible: %s."
	} else if len(found) == 1 {
		return found[0], nil
	}
	return types.InstanceMetadata{}, &access.ConnectorError{
		Class: access.ClassRefused, Op: "sso-admin ListInstances", Message: fmt.Sprintf(message, strings.Join(names, ", ")),
	}
}

func (c *Connector) listInstances(ctx context.Context, region string, p access.Priority) ([]types.InstanceMetadata, error) {
	client := c.clients(region).sso
	return pages(ctx, "Identity Center instances", func(ctx context.Context, token *string) ([]types.InstanceMetadata, *string, error) {
		k := &call{service: c.services.sso, op: "ListInstances", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListInstancesOutput, error) {
			return client.ListInstances(ctx, &ssoadmin.ListInstancesInput{NextToken: token}, func(o *ssoadmin.Options) {
				if c.cfg.Region == "" {
					o.RetryMaxAttempts = 2 // there are more regions to ask
				}
			})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Instances, out.NextToken, nil
	})
}

func (c *Connector) clients(region string) *place {
	return &place{
		sso: ssoadmin.NewFromConfig(c.aws, func(o *ssoadmin.Options) {
			o.Region = region
			o.APIOptions = append(o.APIOptions, c.attach(c.services.sso))
		}),
		ids: identitystore.NewFromConfig(c.aws, func(o *identitystore.Options) {
			o.Region = region
			o.APIOptions = append(o.APIOptions, c.attach(c.services.ids))
		}),
	}
}

// homeRegions are where Identity Center may be: the configured region first, then those
// of its partition that every account has.
func homeRegions(configured string) []string {
	all := []string{
		"us-east-1", "eu-west-1", "eu-central-1", "us-west-2", "us-east-2", "eu-west-2", "ap-southeast-2", "ap-southeast-1", "ap-northeast-1",
		"ca-central-1", "ap-south-1", "eu-north-1", "eu-west-3", "ap-northeast-2", "sa-east-1", "us-west-1", "ap-northeast-3",
	}
	switch {
	case strings.HasPrefix(configured, "us-gov-"):
		all = []string{"us-gov-west-1", "us-gov-east-1"}
	case strings.HasPrefix(configured, "cn-"):
		all = []string{"cn-north-1", "cn-northwest-1"}
	}
	if configured == "" {
		return all
	}
	return append([]string{configured}, slices.DeleteFunc(all, func(r string) bool { return r == configured })...)
}

// globalRegion is where Organizations is signed for in the partition of a region.
func globalRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	case strings.HasPrefix(region, "cn-"):
		return "cn-northwest-1"
	}
	return "us-east-1"
}

// incomplete is an answer that lacks what it must have; believing it would be worse than failing.
func incomplete(s *service, op, what string) *access.ConnectorError {
	return &access.ConnectorError{
		Class: access.ClassRetry, Op: s.name + " " + op, Message: "AWS gave an incomplete answer (" + what + "). Stint tries again by itself.",
	}
}
