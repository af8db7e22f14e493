package awsconn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"stint/access"
	"stint/access/catalog"
)

// accountsAtOnce is how many accounts are read side by side.
const accountsAtOnce = 4

// IAMRoles reads the IAM roles of the active accounts, in order of their ids, beginning
// behind the account after ("" for the first): two calls an account, one of them saved
// when the reader role was taken on within the last hour. Roles of AWS's own services and
// of Identity Center are left out.
//
// each gets one account after another, in order, and is told of those that cannot be
// read too; its error ends the pass. Who stores what each got can go on behind the last
// account after a crash. A *access.ConnectorError says that nothing can be read at all.
func (c *Connector) IAMRoles(ctx context.Context, accounts []catalog.Account, after catalog.AccountID, each func(catalog.AccountRoles) error) error {
	if c.cfg.ReaderRole == "" {
		return &access.ConnectorError{Class: access.ClassRefused, Op: "list IAM roles", Message: "No reader role is set, so the IAM roles of member accounts are not listed. `stint setup aws --feature iam-roles` prints it."}
	}
	me, err := c.whoami(ctx)
	if err != nil {
		return err
	}
	var todo []catalog.AccountID
	for i := range accounts {
		if a := &accounts[i]; a.ID > after && a.State == catalog.AccountActive {
			todo = append(todo, a.ID)
		}
	}
	slices.Sort(todo)
	for batch := range slices.Chunk(todo, accountsAtOnce) {
		found := make([]catalog.AccountRoles, len(batch))
		g, gctx := errgroup.WithContext(ctx)
		for i, id := range batch {
			g.Go(func() (err error) {
				found[i], err = c.accountRoles(gctx, me, id)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return outermost(ctx, err)
		}
		for _, f := range found {
			if err := each(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// accountRoles reads one account. What is wrong with this account alone is its Problem.
func (c *Connector) accountRoles(ctx context.Context, me *standing, id catalog.AccountID) (catalog.AccountRoles, error) {
	reader := c.readers.of(c, me.partition(), id)
	roles, err := pages(ctx, "IAM roles", func(ctx context.Context, marker *string) ([]types.Role, *string, error) {
		k := &call{service: c.services.iam, op: "ListRoles", priority: access.PrioritySync}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*iam.ListRolesOutput, error) {
			return reader.ListRoles(ctx, &iam.ListRolesInput{MaxItems: aws.Int32(1000), Marker: marker})
		})
		if err != nil {
			return nil, nil, err
		}
		if out.IsTruncated && aws.ToString(out.Marker) == "" {
			return nil, nil, incomplete(k.service, k.op, "cut off, and no marker to go on from")
		}
		return out.Roles, out.Marker, nil
	})
	if f := (failure{err: err}).answer(); insideSTS(f) && f.code == "AccessDenied" && !ownRole(err) {
		return catalog.AccountRoles{Account: id, Problem: fmt.Sprintf("Stint cannot take on the role %s there. The StackSet brings it to member accounts; the management account gets none.", c.cfg.ReaderRole)}, nil
	}
	if refused(err) {
		return catalog.AccountRoles{Account: id, Problem: fmt.Sprintf("The role %s may not list roles there.", c.cfg.ReaderRole)}, nil
	}
	if err != nil {
		return catalog.AccountRoles{}, err
	}
	answer := catalog.AccountRoles{Account: id}
	for _, r := range roles {
		if path := aws.ToString(r.Path); !strings.HasPrefix(path, "/aws-service-role/") && !strings.HasPrefix(path, "/aws-reserved/") {
			answer.Roles = append(answer.Roles, catalog.IAMRole{
				Account: id, Name: aws.ToString(r.RoleName), Path: strings.TrimSuffix(path, "/"), Description: aws.ToString(r.Description),
				Trusts: trusts(aws.ToString(r.AssumeRolePolicyDocument)),
			})
		}
	}
	return answer, nil
}

// ownRole reports whether what STS refused is not the reader role but the role that Stint
// takes on first, which is nothing about the account.
func ownRole(err error) bool {
	taken := 0
	for ; err != nil; err = errors.Unwrap(err) {
		if op, ok := err.(*smithy.OperationError); ok && op.ServiceID == sts.ServiceID { //nolint:errorlint // walks the chain itself
			taken++
		}
	}
	return taken > 1
}

// trusts reads who a trust policy allows to take the role on; nil when it cannot be read.
func trusts(encoded string) []string {
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return nil
	}
	type statement struct {
		Effect    string
		Principal json.RawMessage
	}
	var doc struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(text), &doc) != nil {
		return nil
	}
	var statements []statement
	if json.Unmarshal(doc.Statement, &statements) != nil {
		statements = make([]statement, 1)
		if json.Unmarshal(doc.Statement, &statements[0]) != nil {
			return nil
		}
	}
	who := map[string]bool{}
	for _, s := range statements {
		if s.Effect != "Allow" {
			continue
		}
		var all string
		if json.Unmarshal(s.Principal, &all) == nil {
			who[all] = true
		}
		var byKind map[string]json.RawMessage
		_ = json.Unmarshal(s.Principal, &byKind) // "*" is none
		for _, raw := range byKind {
			var one string
			var many []string
			if json.Unmarshal(raw, &one) == nil {
				many = []string{one}
			} else if json.Unmarshal(raw, &many) != nil {
				continue
			}
			for _, m := range many {
				who[m] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(who))
}

// readers keeps what was assumed in member accounts, so that the same account is not
// assumed twice within the hour. Bounded: a pass over all accounts needs each once.
type readers struct {
	mu   sync.Mutex
	kept map[catalog.AccountID]*keptReader
}

type keptReader struct {
	client *iam.Client
	used   time.Time
}

const mostReaders = 200

func (r *readers) of(c *Connector, partition string, id catalog.AccountID) *iam.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := c.clock.Now()
	if k := r.kept[id]; k != nil {
		k.used = now
		return k.client
	}
	if r.kept == nil {
		r.kept = map[catalog.AccountID]*keptReader{}
	}
	if len(r.kept) >= mostReaders {
		var oldest catalog.AccountID
		for other, k := range r.kept {
			if oldest == "" || k.used.Before(r.kept[oldest].used) {
				oldest = other
			}
		}
		delete(r.kept, oldest)
	}
	k := &keptReader{client: c.reader(partition, id), used: now}
	r.kept[id] = k
	return k.client
}

// reader is a client of IAM in a member account.
func (c *Connector) reader(partition string, id catalog.AccountID) *iam.Client {
	arn := "arn:" + partition + ":iam::" + string(id) + ":role/" + c.cfg.ReaderRole
	provider := stscreds.NewAssumeRoleProvider(c.sts, arn, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = c.cfg.SessionName
		if external := c.cfg.readerExternalID(); external != "" {
			o.ExternalID = &external
		}
	})
	cfg := c.aws.Copy()
	cfg.Credentials = aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = credentialWindow })
	return iam.NewFromConfig(cfg, func(o *iam.Options) {
		o.Region = iamRegion(partition)
		o.APIOptions = append(o.APIOptions, c.attach(c.services.iam))
	})
}

// iamRegion is where IAM is signed for in a partition.
func iamRegion(partition string) string {
	switch partition {
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-cn":
		return "cn-north-1"
	}
	return "us-east-1"
}
