// Package policyfile reads and writes policies as YAML.
//
// Whoever edits a policy should learn of every mistake at once and where it is. So the
// reader walks the syntax tree itself instead of decoding into a struct and stopping at
// the first surprise: an unknown or repeated key, a value of another type, an account id
// that YAML takes for a number, each becomes a policy.Problem with line, column and the
// nearest thing that would have been right. Problems that policy.Compile finds later, such as
// a group that does not exist, get their place from the same walk.
package policyfile
