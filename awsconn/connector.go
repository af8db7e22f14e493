package awsconn

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// Connector is AWS as Stint sees it. Its methods may be called from any goroutine.
type Connector struct {
	cfg      Config
	clock    access.Clock
	log      zerolog.Logger
	metrics  *metrics
	aws      aws.Config
	services services
	slots    *slots
	poller   *poller

	org *organizations.Client
	tag *resourcegroupstaggingapi.Client
	sts *sts.Client

	// finding serialises what is found out once.
	finding  chan struct{}
	mu       sync.Mutex
	here     *place
	caller   *standing
	limits   *restrictions
	big      map[access.Entitlement]bool // listings of more than one page: looked at by principal instead
	noByUser bool                        // AWS refuses to list by principal
	turn     uint64                      // where the refresh in turn goes on
	doubtful doubts
	readers  readers
	draft    draft
	syncing  chan struct{}
	events   eventsPulse
}

var (
	_ access.Connector              = (*Connector)(nil)
	_ access.Queue                  = (*Connector)(nil)
	_ identity.IdentityCenterSource = (*Connector)(nil)
	_ identity.CenterRoll           = (*Connector)(nil)
)

// Requests a second of the services that publish no figure. Organizations, whose limits
// are lowest, is asked less when it refuses (see pace).
const (
	organizationsRate = 8
	taggingRate       = 5
	stsRate           = 10
	sqsRate           = 10 // it allows thousands; there is nothing to hurry
	iamRate           = 10 // of all accounts together; each has a quota of its own
)

// New prepares a connector. It makes no call: an AWS that is away does not keep Stint
// from starting. Errors are *fault.Error, with everything that is wrong in one.
func New(ctx context.Context, cfg Config, deps Deps) (*Connector, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if deps.Clock == nil {
		return nil, fault.New(fault.Internal, "awsconn.New", "No clock was given.", "")
	}
	c := &Connector{
		cfg: cfg, clock: deps.Clock, log: deps.Logger,
		slots:   newSlots(deps.Clock, cfg.OutstandingSlots),
		finding: make(chan struct{}, 1),
		syncing: make(chan struct{}, 1),
		draft:   draft{scratch: deps.Scratch},
		big:     map[access.Entitlement]bool{},
		turn:    rand.Uint64(), // anywhere, so that frequent restarts do not refresh the same few
	}
	c.services = services{
		// What nobody waits for gets half of what others need too.
		sso: &service{name: "sso-admin", iam: "sso", bucket: newBucket(c.clock, cfg.CallsPerSecond, 0.5)},
		ids: &service{name: "identitystore", iam: "identitystore", bucket: newBucket(c.clock, cfg.CallsPerSecond, 0.5)},
		org: &service{name: "organizations", iam: "organizations", bucket: newBucket(c.clock, organizationsRate, 1)},
		tag: &service{name: "tagging", iam: "tag", bucket: newBucket(c.clock, taggingRate, 1)},
		iam: &service{name: "iam", iam: "iam", bucket: newBucket(c.clock, iamRate, 1)},
		sts: &service{name: "sts", iam: "sts", bucket: newBucket(c.clock, stsRate, 1)},
		sqs: &service{name: "sqs", iam: "sqs", bucket: newBucket(c.clock, sqsRate, 1)},
	}
	c.poller = newPoller(c)
	var err error
	if c.metrics, err = newMetrics(deps.Metrics, c); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "awsconn.New", "The metrics of AWS cannot be registered.", "")
	}
	if c.aws, err = c.load(ctx, deps); err != nil {
		return nil, err
	}
	c.sts = c.stsClient(c.aws)
	c.org = organizations.NewFromConfig(c.aws, func(o *organizations.Options) {
		o.Region = globalRegion(c.aws.Region)
		o.APIOptions = append(o.APIOptions, c.attach(c.services.org))
	})
	c.tag = resourcegroupstaggingapi.NewFromConfig(c.aws, func(o *resourcegroupstaggingapi.Options) {
		o.Region = globalRegion(c.aws.Region) // accounts are tagged where Organizations lives
		o.APIOptions = append(o.APIOptions, c.attach(c.services.tag))
	})
	return c, nil
}

// Acquire waits for a slot and for the account's turn; see access.Connector. Membership in a
// group is changed at once and has a quota of its own: without an account nobody waits.
func (c *Connector) Acquire(ctx context.Context, p access.Priority, account catalog.AccountID) (func(), error) {
	if account == "" {
		return func() {}, nil
	}
	release, err := c.slots.acquire(ctx, p, account)
	if err != nil {
		return nil, &access.ConnectorError{Class: access.ClassCanceled, Op: "wait for a slot", Err: err}
	}
	return release, nil
}

// TryAcquire is Acquire without waiting.
func (c *Connector) TryAcquire(p access.Priority, account catalog.AccountID) (func(), bool) {
	if account == "" {
		return func() {}, true
	}
	return c.slots.try(p, account)
}

// Queue shows how many wait for a slot, how many hold one, and since when the oldest
// waits (zero when nobody does).
func (c *Connector) Queue() (waiting, running int, oldest time.Time) { return c.slots.queue() }
