package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
	"stint/access/policy/policyfile"
)

// policyCmd is `stint policy`: what the CI of a policy repository and whoever edits a
// policy run.
type policyCmd struct {
	Check    policyCheckCmd    `cmd:"" help:"Refuse a policy that is wrong, and run its expectations."`
	Explain  policyExplainCmd  `cmd:"" help:"Say what a policy answers somebody, and why each rule does or does not decide."`
	Diff     policyDiffCmd     `cmd:"" help:"Say what differs between two policies, and what that means for everybody."`
	Simulate policySimulateCmd `cmd:"" help:"Decide the requests of the last days by a policy, and list what comes out differently."`
	Export   policyExportCmd   `cmd:"" help:"Print a policy that is edited in Slack as YAML, as it is kept in a store."`
	Import   policyImportCmd   `cmd:"" help:"Put a policy file in force in a store, as one that is edited in Slack."`
}

// Help says what the commands exit with.
func (policyCmd) Help() string {
	return `Exit codes: 0 fine; 1 a policy is refused, an expectation fails, or something could not be done; 2 the command line makes no sense; 3 with --exit-code, the answer is a difference or a no.

The JSON of --format json is described in docs/policy-as-code.md.`
}

// loaded is a policy file as far as it could be read.
type loaded struct {
	path     string
	file     *policyfile.File // nil when it is no policy at all
	policy   *policy.Policy   // nil when it is refused
	problems []policy.Problem
}

// loadPolicy reads and compiles a policy. Without an organization everything is checked
// that needs none: names of people, groups, channels, accounts and roles are believed.
func loadPolicy(ctx context.Context, path string, o *organization, options ...policy.Option) (*loaded, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(unwrapPath(err), fault.NotFound, "cmd.loadPolicy", "The policy file "+path+" cannot be read.", "")
	}
	names := policy.Names(believed{})
	if o != nil {
		if names, err = o.names(ctx); err != nil {
			return nil, err
		}
	}
	l := &loaded{path: path}
	l.file, _ = policyfile.Parse(path, data)
	l.policy, l.problems = policyfile.Load(path, data, names, options...)
	return l, nil
}

// mustLoad is loadPolicy for what needs a policy that is not refused.
func mustLoad(ctx context.Context, path string, o *organization) (*loaded, error) {
	l, err := loadPolicy(ctx, path, o)
	if err == nil && l.policy == nil {
		err = l.refused()
	}
	return l, err
}

// refused is the error for a policy with problems, all of them in it.
func (l *loaded) refused() error {
	return fault.New(fault.Invalid, "cmd.policy", l.path+" is refused:\n"+problemLines(l.problems), "Run `stint policy check "+l.path+"`.")
}

// believed resolves every name to itself: for a policy that is checked without an
// organization.
type believed struct{}

func (believed) PersonByEmail(email string) (catalog.PersonID, bool) {
	return catalog.PersonID(email), true
}

func (believed) GroupByName(name string) (catalog.GroupID, bool, []string) {
	return catalog.GroupID(name), true, nil
}

func (believed) UserGroupByHandle(handle string) (string, bool, []string) { return handle, true, nil }

func (believed) ChannelByName(name string) (policy.ChannelInfo, bool, []string) {
	return policy.ChannelInfo{ID: name, Private: true, Joined: true}, true, nil
}

func (believed) Accounts() []catalog.Account { return nil }
func (believed) Roles() []catalog.Role       { return nil }
func (believed) Groups() []catalog.Group     { return nil }

// lookedUp says where names were looked up, for programs.
type lookedUp struct {
	From string    `json:"from"`
	AsOf time.Time `json:"as_of"`
}

func (o *organization) lookedUp() *lookedUp {
	if o == nil {
		return nil
	}
	return &lookedUp{o.from, o.asOf.UTC()}
}

// plural counts things for people.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
