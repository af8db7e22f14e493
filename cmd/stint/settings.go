package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"

	"stint/access"
	"stint/awsconn"
)

// connection is how Slack and AWS are reached. Every flag has its variable.
type connection struct {
	SlackBotToken string `name:"slack-bot-token" env:"SLACK_BOT_TOKEN" help:"Bot token (xoxb-…). Better in the environment than on the command line."`
	SlackAPIURL   string `name:"slack-api-url" env:"SLACK_API_URL" help:"Another Slack API than Slack's, such as the sandbox's."`
	awsConnection
}

// awsConnection is how AWS is reached and what may be done there; credentials come from
// the environment, as the AWS SDK finds them.
type awsConnection struct {
	AWSRoleARN     string `name:"aws-role-arn" env:"STINT_AWS_ROLE_ARN" help:"Role to assume before every call to AWS."`
	AWSExternalID  string `name:"aws-external-id" env:"STINT_AWS_EXTERNAL_ID" help:"External id for that role."`
	AWSRegion      string `name:"aws-region" env:"STINT_AWS_REGION" help:"Identity Center's region; found when empty."`
	AWSInstanceARN string `name:"aws-instance-arn" env:"STINT_AWS_INSTANCE_ARN" help:"Identity Center instance, where several are visible."`
	AWSPortalHost  string `name:"aws-portal-host" env:"STINT_AWS_PORTAL_HOST" help:"Access portal, when it has a custom name: its host, or its whole address (https://…)."`
	AWSEventsQueue string `name:"aws-events-queue" env:"STINT_EVENTS_QUEUE" help:"URL of the SQS queue that tells of changed assignments, so that access that others give or take is noticed within seconds. Without it the nightly scan notices." placeholder:"URL"`
	// Empty: every permission set may be asked for, and no IAM roles are listed.
	AWSGrantTag         awsconn.Tag `name:"aws-grant-tag" env:"STINT_AWS_GRANT_TAG" help:"Tag that permission sets must carry to be granted, as key=value; what Stint's role in AWS is limited to." placeholder:"KEY=VALUE"`
	AWSReaderRole       string      `name:"aws-reader-role" env:"STINT_AWS_READER_ROLE" help:"Name of the role in member accounts with which their IAM roles are listed."`
	AnchorGroup         string      `name:"anchor-group" env:"STINT_ANCHOR_GROUP" help:"Id of a group of Identity Center that nobody is ever in; its assignments keep the ARNs of roles in accounts stable." placeholder:"GROUP-ID"`
	AWSReaderExternalID string      `name:"aws-reader-external-id" env:"STINT_AWS_READER_EXTERNAL_ID" help:"External id for that role, when it is not --aws-external-id."`
}

// settings is what `serve` and `check` need to know. Every flag has its variable.
type settings struct {
	SlackAppToken string `name:"slack-app-token" env:"SLACK_APP_TOKEN" help:"App-level token (xapp-…) with connections:write. Better in the environment than on the command line."`
	connection

	database
	Data   string   `name:"data" env:"STINT_DATA_DIR" default:"data" help:"Directory of the store."`
	Policy string   `name:"policy" env:"STINT_POLICY" help:"Policy file (YAML); Slack then shows it read-only. Empty: the policy is edited with /jit-config in Slack and kept in the store." placeholder:"FILE"`
	Admins []string `name:"admin" env:"STINT_ADMINS" help:"E-mail address of an admin, whatever the policy says: whoever sets the policy up in Slack. Repeat it, or separate several by commas." placeholder:"ADDRESS"`
	Listen string   `name:"listen" env:"STINT_LISTEN" default:":8080" help:"Address for /healthz, /readyz and /metrics."`

	tickets
	onCallProducts

	SyncAt        string        `name:"sync-at" env:"STINT_SYNC_AT" default:"@every 15m" help:"Cron schedule of the catalog sync."`
	IAMRolesEvery time.Duration `name:"iam-roles-every" env:"STINT_IAM_ROLES_EVERY" default:"24h" help:"How often the IAM roles of member accounts are read, for information; 0 for never. Needs --aws-reader-role."`
	ReconcileAt   string        `name:"reconcile-at" env:"STINT_RECONCILE_AT" default:"30 2 * * *" help:"Cron schedule of the comparison with AWS."`

	LogLevel  string `name:"log-level" env:"STINT_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	LogFormat string `name:"log-format" env:"STINT_LOG_FORMAT" default:"json" enum:"json,text" help:"json or text."`
}

// AfterApply lets a directory that was typed go before a database of the environment.
func (s *settings) AfterApply(k *kong.Context) error { return s.choose(k, s.Data) }

// location is where the store is.
func (s *settings) location() *location { return &location{Data: s.Data, database: s.database} }

// settingsError lists everything that is missing or wrong, each with its remedy.
type settingsError []string

func (e settingsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stint: %d setting(s) to mend:\n", len(e))
	for _, line := range e {
		b.WriteString("  - " + line + "\n")
	}
	return b.String()
}

func (e *settingsError) add(format string, args ...any) {
	*e = append(*e, fmt.Sprintf(format, args...))
}

// orNil is the list as an error: nil when it is empty.
func (e settingsError) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

func (e *settingsError) token(name, value, prefix, where string) {
	switch {
	case value == "":
		e.add("%s is not set. %s", name, where)
	case !strings.HasPrefix(value, prefix):
		e.add("%s does not begin with %s. %s", name, prefix, where)
	case strings.TrimSpace(value) != value:
		e.add("%s begins or ends with white space. Set it again without.", name)
	}
}

// wrong lists what is missing or wrong in a connection.
func (c *connection) wrong() (wrong settingsError) {
	wrong.token("SLACK_BOT_TOKEN", c.SlackBotToken, "xoxb-", "Install the app to your workspace and copy the Bot User OAuth Token.")
	if c.SlackAPIURL != "" {
		if u, err := url.Parse(c.SlackAPIURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			wrong.add("SLACK_API_URL %q is no address. Write it like https://slack.com/api/, or leave it unset.", c.SlackAPIURL)
		}
	}
	if c.AWSExternalID != "" && c.AWSRoleARN == "" {
		wrong.add("STINT_AWS_EXTERNAL_ID is set, but STINT_AWS_ROLE_ARN is not. Set the role too, or neither.")
	}
	return wrong
}

// validate reports all that is missing or wrong at once.
func (s *settings) validate() error {
	wrong := slices.Concat(s.connection.wrong(), s.tickets.wrong(), s.onCallProducts.wrong())
	add := wrong.add
	wrong.token("SLACK_APP_TOKEN", s.SlackAppToken, "xapp-", "Create an app-level token with the scope connections:write under Basic Information of your Slack app.")
	for _, line := range s.wrongPolicy() {
		add("%s", line)
	}
	if s.Database == "" { // else there is no need of a directory, and none is made
		if err := writable(s.Data); err != nil {
			add("the data directory %s cannot be written (%v). Set STINT_DATA_DIR to one that this user owns.", s.Data, unwrapPath(err))
		}
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		add("STINT_LISTEN %q is no address. Write it like :8080 or 127.0.0.1:8080.", s.Listen)
	}
	for name, spec := range map[string]string{"STINT_SYNC_AT": s.SyncAt, "STINT_RECONCILE_AT": s.ReconcileAt} {
		if _, err := schedule(spec); err != nil {
			add("%s %q is no cron schedule (%v). Write it like 30 2 * * * or @every 15m.", name, spec, err)
		}
	}
	if _, err := zerolog.ParseLevel(s.LogLevel); err != nil {
		add("STINT_LOG_LEVEL %q is no level. Choose debug, info, warn or error.", s.LogLevel)
	}
	return wrong.orNil()
}

// schedule parses a cron schedule. The library panics on some specs and accepts dates
// that never come; neither may reach the loop.
func schedule(spec string) (s cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it cannot be read")
		}
	}()
	if s, err = cron.ParseStandard(spec); err != nil {
		return nil, err
	}
	if s.Next(time.Now()).IsZero() {
		return nil, errors.New("it names a date that never comes")
	}
	return s, nil
}

// writable makes the directory when it is not there and tries to write in it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return err
	}
	name := f.Name()
	_ = f.Close()
	return os.Remove(name)
}

// unwrapPath is an error without the path that the message names already.
func unwrapPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// iamRoles says whether the IAM roles of member accounts are read, and why they are not.
func (s *settings) iamRoles(reader access.IAMReader) access.IAMRolesOptions {
	switch {
	case s.AWSReaderRole == "":
		return access.IAMRolesOptions{Off: "They are not read, because STINT_AWS_READER_ROLE is not set. `stint setup aws --feature iam-roles` prints the role."}
	case s.IAMRolesEvery <= 0:
		return access.IAMRolesOptions{Off: "They are not read, because STINT_IAM_ROLES_EVERY is 0."}
	}
	return access.IAMRolesOptions{Reader: reader, Every: s.IAMRolesEvery}
}

func (s *settings) storePath() string { return filepath.Join(s.Data, "stint.db") }
