// Package trust is what Stint's roles in AWS may do, and who may take them on.
//
// There is one table (permissions.go). The policy documents, the CloudFormation
// template, the Terraform configuration and the list for people under manifests/aws are
// all written from it, `stint setup aws` prints the same filled in, and the tests of the
// connector run under exactly these policies in a simulated AWS that enforces IAM: a call
// that is not in the table fails a test, and so does a line that no call needs.
//
// Nothing that can be scoped has "*" as its resource. What Stint must never do is denied
// explicitly, so that a broader policy that somebody attaches to the role later, or a
// mistake in this table, does not widen what it can take away or give.
package trust
