package awsconn

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"stint/access"
	"stint/access/catalog"
)

// accountType is what the tagging API calls accounts.
const accountType = "organizations:account"

// tagSample is how many accounts are asked one by one whether a listing without any tag
// is to be believed.
const tagSample = 5

// tags fills in the tags of the accounts. The tagging API lists 100 accounts a call but
// knows only tagged ones and may not know accounts at all, so that "none" is checked.
// Tags that cannot be read are unknown, never absent: denies may depend on them.
func (c *Connector) tags(ctx context.Context, me *standing, tagged taggedAccounts, accounts []catalog.Account, report func(string, int)) error {
	switch {
	case len(tagged.byAccount) > 0:
		for i := range accounts {
			accounts[i].Tags = tagged.byAccount[accounts[i].ID]
		}
		return nil
	case !tagged.refused && me.inManagement():
		// Perhaps nothing is tagged. A few accounts tell; from the delegated administrator,
		// which does not own the accounts, they would not tell enough.
		tagged := false
		for i := range min(tagSample, len(accounts)) {
			a := &accounts[i*len(accounts)/min(tagSample, len(accounts))]
			if err := c.readTags(ctx, a); err != nil {
				return err
			}
			tagged = tagged || len(a.Tags) > 0 || a.TagsUnknown
		}
		if !tagged {
			return nil
		}
	}
	for i := range accounts {
		if err := c.readTags(ctx, &accounts[i]); err != nil {
			return err
		}
		report("tags", i+1)
	}
	return nil
}

// taggedAccounts are the tags that the tagging API lists, unless AWS refuses that.
type taggedAccounts struct {
	byAccount map[catalog.AccountID]map[string]string
	refused   bool
}

// listTagged lists the tags of all tagged accounts.
func (c *Connector) listTagged(ctx context.Context, report func(string, int)) (taggedAccounts, error) {
	n := len(partOf[taggedAccount](ctx, &c.draft, "tags").Items)
	listed, err := listing(ctx, c, "tags", func(ctx context.Context, token *string) ([]taggedAccount, *string, error) {
		k := &call{service: c.services.tag, op: "GetResources", priority: access.PrioritySync}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
			return c.tag.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{
				ResourceTypeFilters: []string{accountType}, ResourcesPerPage: aws.Int32(100), PaginationToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		n += len(out.ResourceTagMappingList)
		report("tags", n)
		var page []taggedAccount
		for _, r := range out.ResourceTagMappingList {
			arn := aws.ToString(r.ResourceARN)
			if !strings.Contains(arn, ":account/") {
				continue
			}
			tags := make(map[string]string, len(r.Tags))
			for _, t := range r.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			page = append(page, taggedAccount{ID: catalog.AccountID(arn[strings.LastIndexByte(arn, '/')+1:]), Tags: tags})
		}
		return page, out.PaginationToken, nil
	})
	if refused(err) {
		return taggedAccounts{refused: true}, nil
	}
	if err != nil {
		return taggedAccounts{}, err
	}
	byAccount := make(map[catalog.AccountID]map[string]string, len(listed))
	for _, a := range listed {
		byAccount[a.ID] = a.Tags
	}
	return taggedAccounts{byAccount: byAccount}, nil
}

// taggedAccount is what the tagging API says of one account.
type taggedAccount struct {
	ID   catalog.AccountID
	Tags map[string]string
}

// readTags reads one account's tags. A refusal makes them unknown; other failures fail
// the sync, which is tried again.
func (c *Connector) readTags(ctx context.Context, a *catalog.Account) error {
	id := string(a.ID)
	tags, err := pages(ctx, "tags of an account", func(ctx context.Context, token *string) ([]orgtypes.Tag, *string, error) {
		out, err := read(ctx, c, "ListTagsForResource", func(ctx context.Context) (*organizations.ListTagsForResourceOutput, error) {
			return c.org.ListTagsForResource(ctx, &organizations.ListTagsForResourceInput{ResourceId: &id, NextToken: token})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Tags, out.NextToken, nil
	})
	var ce *access.ConnectorError
	if errors.As(err, &ce) && (ce.Class == access.ClassRefused || ce.Class == access.ClassGone) {
		a.Tags, a.TagsUnknown = nil, true
		return nil
	}
	if err != nil {
		return err
	}
	a.TagsUnknown, a.Tags = false, nil
	if len(tags) > 0 {
		a.Tags = make(map[string]string, len(tags))
		for _, t := range tags {
			a.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return nil
}
