package awssim

import "strings"

// arn names a resource in the organization's partition.
func (c *Cloud) arn(service, accountID, resource string) string {
	return "arn:" + c.state.ids.Partition + ":" + service + "::" + accountID + ":" + resource
}

func (g *generator) arn(service, accountID, resource string) string {
	return "arn:" + partitionOf(g.o.Region) + ":" + service + "::" + accountID + ":" + resource
}

// partitionOf is the partition of a region.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	}
	return "aws"
}

// global is the region that signatures of a global service must name.
func (c *Cloud) global(svc *service) string {
	switch c.state.ids.Partition {
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-cn":
		if svc == svcIAM {
			return "cn-north-1"
		}
		return "cn-northwest-1"
	}
	return "us-east-1"
}
