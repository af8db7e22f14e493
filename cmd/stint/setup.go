package main

import (
	"encoding/json"
	"fmt"

	"stint/access/fault"
	"stint/awsconn"
	"stint/awsconn/trust"
)

// setupCmd is `stint setup`.
type setupCmd struct {
	AWS setupAWSCmd `cmd:"" name:"aws" help:"Print Stint's role in AWS with its policies, filled in: CloudFormation, Terraform or the policies alone."`
}

// setupAWSCmd is `stint setup aws`. It asks AWS for nothing.
type setupAWSCmd struct {
	Format            string   `help:"cloudformation, terraform or policy (JSON, by name)." enum:"cloudformation,terraform,policy" default:"cloudformation"`
	Account           string   `help:"Account that holds Stint's role: the management account, or Identity Center's delegated administrator."`
	ManagementAccount string   `help:"The organization's management account, when that is another one."`
	Organization      string   `help:"Id of the organization (o-…)."`
	InstanceARN       string   `name:"instance-arn" help:"ARN of the Identity Center instance."`
	IdentityStore     string   `help:"Id of its identity store (d-…)."`
	Region            string   `help:"Identity Center's region; only --feature events needs it."`
	Partition         string   `help:"aws, aws-us-gov or aws-cn; as the instance's ARN says when left out."`
	Principal         string   `help:"ARN of the role or user that Stint runs as and takes its role on from; everything in --account when left out."`
	ExternalID        string   `name:"external-id" help:"External id, at least 32 characters; made when left out."`
	Tag               string   `help:"Tag of the permission sets that may be granted, as key=value." default:"jit=true"`
	Accounts          []string `help:"Accounts in which may be granted; all when left out."`
	DenyAccounts      []string `help:"Accounts in which never may be granted, beside the management account and Stint's own."`
	Feature           []string `help:"What else Stint shall do: groups, iam-roles, events, anchors."`
	Groups            []string `help:"Ids of the groups whose membership may be granted (--feature groups)."`
	AnchorGroup       string   `help:"Id of the group that nobody is ever in (--feature anchors)."`
	Units             []string `help:"Organizational units, or the root, whose accounts get the reader role (--feature iam-roles)."`
	RoleName          string   `help:"Name of the role." default:"stint-connector"`
	ReaderRole        string   `help:"Name of the reader role in member accounts." default:"stint-role-reader"`
	Queue             string   `help:"Name of the queue (--feature events)." default:"stint-events"`
}

// Run prints the setup on standard output, and what to do with it on standard error.
func (c *setupAWSCmd) Run(std streams) error {
	in, err := c.installation()
	if err != nil {
		return err
	}
	var text string
	switch c.Format {
	case "terraform":
		text, err = in.Terraform()
	case "policy":
		text, err = documents(&in)
	default:
		text, err = in.CloudFormation()
	}
	if err != nil {
		return err
	}
	fmt.Fprint(std.out, text)
	fmt.Fprintf(std.err, "Apply it in account %s with credentials that may create roles. Then start Stint with\n\n  STINT_AWS_ROLE_ARN=%s\n  STINT_AWS_EXTERNAL_ID=%s\n  STINT_AWS_GRANT_TAG=%s=%s\n",
		in.Account, in.RoleARN(), in.ExternalID, in.TagKey, in.TagValue)
	if in.Has(trust.IAMRoles) {
		fmt.Fprintf(std.err, "  STINT_AWS_READER_ROLE=%s\n", in.ReaderRoleName)
	}
	if in.Has(trust.Anchors) {
		fmt.Fprintf(std.err, "  STINT_ANCHOR_GROUP=%s\n", in.AnchorGroup)
	}
	if c.ExternalID == "" {
		fmt.Fprint(std.err, "\nThe external id was made now: keep it, and give it with --external-id when you print this again.\n")
	}
	fmt.Fprint(std.err, "\n`stint check aws` tries what each permission allows.\n")
	return nil
}

func (c *setupAWSCmd) installation() (trust.Installation, error) {
	tag, err := awsconn.ParseTag(c.Tag)
	if err != nil {
		return trust.Installation{}, err
	}
	in := trust.Installation{
		Partition: c.Partition, Account: c.Account, Management: c.ManagementAccount, Organization: c.Organization,
		InstanceARN: c.InstanceARN, IdentityStoreID: c.IdentityStore, Region: c.Region, Principal: c.Principal,
		ExternalID: c.ExternalID, TagKey: tag.Key, TagValue: tag.Value, Accounts: c.Accounts, DeniedAccounts: c.DenyAccounts,
		Groups: c.Groups, AnchorGroup: c.AnchorGroup, Units: c.Units, RoleName: c.RoleName, ReaderRoleName: c.ReaderRole, QueueName: c.Queue,
	}
	if in.ExternalID == "" {
		in.ExternalID = trust.NewExternalID()
	}
	for _, f := range c.Feature {
		in.Features = append(in.Features, trust.Feature(f))
	}
	return in.Complete()
}

// documents is every policy by name, as one JSON object.
func documents(in *trust.Installation) (string, error) {
	all := map[string]trust.Policy{"trust": in.Trust(), string(trust.Core): in.Policy(trust.Core)}
	for _, f := range in.Features {
		all[string(f)] = in.Policy(f)
	}
	if in.Has(trust.IAMRoles) {
		all["reader"], all["reader-trust"] = in.ReaderPolicy("*"), in.ReaderTrust()
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "cmd.setup", "The policies cannot be written.", "")
	}
	return string(b) + "\n", nil
}
