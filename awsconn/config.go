package awsconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/fault"
)

// Config says which Identity Center to talk to and how hard. Credentials, endpoints,
// proxies and certificate bundles come from the SDK's own chain, not from here.
type Config struct {
	// Region is Identity Center's home region; found when empty.
	Region string
	// InstanceARN is needed only where several instances are visible.
	InstanceARN string
	// PortalHost is the access portal's host; "<identity store id>.awsapps.com" when empty, and
	// not known in other partitions than aws.
	PortalHost string
	// PortalURL is the portal's whole address instead, where it is not https://<host>/start.
	PortalURL string
	// AssumeRoleARN is a role to take on first, with ExternalID when that is set.
	AssumeRoleARN string
	ExternalID    string
	// ReaderRole is the name of the role in member accounts that lists their IAM roles, taken
	// on with ReaderExternalID (ExternalID when empty). Empty: they are not listed.
	ReaderRole       string
	ReaderExternalID string
	// EventsQueue is the URL of the queue that tells of changes of assignments; empty: none is read.
	EventsQueue string
	// GrantTag marks the permission sets that the connector's role may grant; the others
	// show as not requestable. The zero Tag marks none: all can be asked for.
	GrantTag Tag
	// SessionName is what CloudTrail shows as who we are; "stint-<host>" when empty.
	SessionName string
	// OutstandingSlots is how many assignment operations may be in flight; default 10.
	// AWS allows 15, older text says 10, and other tools use the same quota.
	OutstandingSlots int
	// CallsPerSecond is our part of each service's request quota; default 20, which is
	// the whole of it.
	CallsPerSecond float64
}

// Deps are what the connector is given by whoever builds it.
type Deps struct {
	Clock   access.Clock // required
	Logger  zerolog.Logger
	Metrics prometheus.Registerer // nil: not registered anywhere
	// Scratch keeps what a sync has read over a crash; nil: a sync begins anew then.
	Scratch Scratch
	// HTTPClient replaces the connector's own, for tests.
	HTTPClient aws.HTTPClient
	// LoadOptions are applied last to config.LoadDefaultConfig.
	LoadOptions []func(*config.LoadOptions) error
}

const (
	defaultSlots = 10
	defaultCalls = 20
	// attemptTimeout bounds one attempt of one call, connecting included.
	attemptTimeout = 15 * time.Second
	connectTimeout = 5 * time.Second
	// credentialWindow renews assumed credentials this long before they end, so that no
	// call is signed with what is about to expire.
	credentialWindow = 5 * time.Minute
)

var (
	roleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}$`)
	readerName  = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	instanceARN = regexp.MustCompile(`^arn:aws[a-z-]*:sso:::instance/[\w.-]+$`)
	queueURL    = regexp.MustCompile(`^https://sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/\d{12}/[\w-]{1,80}$`)
	regionName  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-\d+$`)
	portalURL   = regexp.MustCompile(`^https://[A-Za-z0-9.-]+(/[\w.~/-]*)?$`)
	notSession  = regexp.MustCompile(`[^\w+=,.@-]+`)
)

// check fills the defaults and names everything that is wrong at once.
func (c *Config) check() error {
	var wrong []string
	if c.AssumeRoleARN != "" && !roleARN.MatchString(c.AssumeRoleARN) {
		wrong = append(wrong, fmt.Sprintf("the role to assume %q is not the ARN of an IAM role", c.AssumeRoleARN))
	}
	if c.ExternalID != "" && c.AssumeRoleARN == "" {
		wrong = append(wrong, "an external id is set but no role to assume")
	}
	if c.ReaderRole != "" && !readerName.MatchString(c.ReaderRole) {
		wrong = append(wrong, fmt.Sprintf("the reader role %q is not the name of an IAM role", c.ReaderRole))
	}
	if c.ReaderRole != "" && c.readerExternalID() == "" {
		wrong = append(wrong, "a reader role is set but no external id; without one, anybody who may use Stint's account could take it on")
	}
	if c.EventsQueue != "" && !queueURL.MatchString(c.EventsQueue) {
		wrong = append(wrong, fmt.Sprintf("the queue of events %q is not the URL of an SQS queue, like https://sqs.eu-central-1.amazonaws.com/111111111111/stint-events", c.EventsQueue))
	}
	if c.InstanceARN != "" && !instanceARN.MatchString(c.InstanceARN) {
		wrong = append(wrong, fmt.Sprintf("%q is not the ARN of an Identity Center instance", c.InstanceARN))
	}
	if c.Region != "" && !regionName.MatchString(c.Region) {
		wrong = append(wrong, fmt.Sprintf("%q is not a region", c.Region))
	}
	if strings.ContainsAny(c.PortalHost, "/: ") {
		wrong = append(wrong, fmt.Sprintf("the portal host %q is not a bare host name", c.PortalHost))
	}
	if c.PortalURL != "" && !portalURL.MatchString(c.PortalURL) {
		wrong = append(wrong, fmt.Sprintf("the portal address %q is not like https://host/path, without anything behind # or ?", c.PortalURL))
	}
	if c.OutstandingSlots < 0 || c.OutstandingSlots > 15 {
		wrong = append(wrong, fmt.Sprintf("outstanding operations %d: AWS allows 1 to 15", c.OutstandingSlots))
	}
	if c.CallsPerSecond < 0 || c.CallsPerSecond > 20 {
		wrong = append(wrong, fmt.Sprintf("calls per second %g: AWS allows up to 20", c.CallsPerSecond))
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "awsconn.New", "The AWS settings are wrong: "+strings.Join(wrong, "; ")+".",
			"Mend these settings and start again.")
	}
	if c.OutstandingSlots == 0 {
		c.OutstandingSlots = defaultSlots
	}
	if c.CallsPerSecond == 0 {
		c.CallsPerSecond = defaultCalls
	}
	if c.SessionName == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown-host"
		}
		c.SessionName = "stint-" + host
	}
	c.SessionName = notSession.ReplaceAllString(c.SessionName, "-")
	if len(c.SessionName) > 64 { // AWS's limit
		c.SessionName = c.SessionName[:64]
	}
	return nil
}

// readerExternalID is what the reader roles of member accounts ask for.
func (c *Config) readerExternalID() string { return cmp.Or(c.ReaderExternalID, c.ExternalID) }

// load builds the SDK's configuration: the default chain, our timeouts, and the
// assumed role on top when there is one.
func (c *Connector) load(ctx context.Context, deps Deps) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(newHTTPClient()),
		config.WithAppID("stint"),
		config.WithLogger(logging.Nop{}), // it writes plain lines to stderr; what matters is an error or a metric
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 5
				o.MaxBackoff = 10 * time.Second
			})
		}),
	}
	if c.cfg.Region != "" {
		options = append(options, config.WithRegion(c.cfg.Region))
	}
	base, err := config.LoadDefaultConfig(ctx, append(options, deps.LoadOptions...)...)
	if err != nil {
		return aws.Config{}, fault.Wrap(err, fault.Invalid, "awsconn.New", "The AWS configuration cannot be read.",
			"Check AWS_PROFILE, AWS_REGION and the files under ~/.aws.")
	}
	if base.Credentials == nil {
		return aws.Config{}, fault.Wrap(errors.New("no credential provider"), fault.Invalid, "awsconn.New",
			"There are no AWS credentials.", "Give Stint a role (EKS Pod Identity, ECS task role, instance profile) or set AWS_PROFILE.")
	}
	if deps.HTTPClient != nil {
		base.HTTPClient = deps.HTTPClient // not earlier: AWS_CA_BUNDLE wants a client that it can change
	}
	base.Credentials = marked{base.Credentials}
	if c.cfg.AssumeRoleARN == "" {
		return base, nil
	}
	provider := stscreds.NewAssumeRoleProvider(c.stsClient(base), c.cfg.AssumeRoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = c.cfg.SessionName
		o.Duration = time.Hour // every role allows that, also where it is taken on from another one
		if c.cfg.ExternalID != "" {
			o.ExternalID = &c.cfg.ExternalID
		}
	})
	assumed := base.Copy()
	assumed.Credentials = aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = credentialWindow
	})
	return assumed, nil
}

// marked tells a failure to get credentials from a failure of the call that needs them.
type marked struct{ aws.CredentialsProvider }

func (m marked) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := m.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		err = &noCredentials{err: err}
	}
	return credentials, err
}

func (c *Connector) stsClient(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		if o.Region == "" {
			o.Region = "us-east-1"
		}
		o.APIOptions = append(o.APIOptions, c.attach(c.services.sts))
	})
}

// newHTTPClient bounds connecting; a whole attempt is bounded by attemptTimeout. It is
// the SDK's own kind of client so that AWS_CA_BUNDLE and proxies work.
func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.TLSHandshakeTimeout = connectTimeout })
}
