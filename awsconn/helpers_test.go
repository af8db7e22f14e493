package awsconn

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

func TestMain(m *testing.M) {
	// Whoever runs the tests has an environment; the tests have none of it.
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// wallClock is the time of day; inside a synctest bubble that is virtual.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) At(t time.Time) (<-chan struct{}, func()) {
	reached := make(chan struct{})
	timer := time.AfterFunc(time.Until(t), func() { close(reached) })
	return reached, func() { timer.Stop() }
}

// world is a simulated AWS with a connector on it.
type world struct {
	*awssim.Cloud
	*Connector
	t        *testing.T
	org      awssim.Organization
	registry *prometheus.Registry
	// restart replaces the connector by a new one, as after a crash.
	restart func()
}

// setting is everything that a test may choose about its world.
type setting struct {
	cfg    Config
	aws    awssim.Config
	gen    awssim.GenerateOptions
	tuning awssim.Tuning
	key    func(awssim.Credentials) awssim.AccessKey
	region string
	// botRegion is where the bot runs, when it acts under the shipped policies elsewhere.
	botRegion string
	client    func(*awssim.Cloud) *http.Client
	clock     access.Clock
	baseURL   string
	scratch   Scratch
}

// newWorld makes a world in which operations take 5 s and AWS limits nothing, unless
// choose says otherwise.
func newWorld(t *testing.T, choose ...func(*setting)) *world {
	t.Helper()
	s := &setting{
		tuning: awssim.InstantTuning(), gen: awssim.GenerateOptions{Seed: 7}, region: "eu-central-1", clock: wallClock{}, baseURL: "http://aws.test",
		key:    func(c awssim.Credentials) awssim.AccessKey { return c.Management },
		client: func(c *awssim.Cloud) *http.Client { return &http.Client{Transport: c.Transport()} },
	}
	s.tuning.OperationMin, s.tuning.OperationMax = 5*time.Second, 5*time.Second
	s.aws.Seed = 7
	for _, f := range choose {
		f(s)
	}
	s.aws.Tuning = &s.tuning
	if s.aws.Organization == nil {
		s.aws.Organization = awssim.Generate(s.gen)
	}
	cloud, err := awssim.New(s.aws)
	if err != nil {
		t.Fatal(err)
	}
	key := s.key(cloud.Credentials())
	w := &world{Cloud: cloud, t: t, org: cloud.Snapshot()}
	w.restart = func() {
		w.registry = prometheus.NewRegistry()
		w.Connector = w.connect(s, key)
	}
	w.restart()
	return w
}

// connect makes a connector on the world.
func (w *world) connect(s *setting, key awssim.AccessKey) *Connector {
	w.t.Helper()
	c, err := New(w.t.Context(), s.cfg, Deps{
		Clock: s.clock, Logger: zerolog.Nop(), Metrics: w.registry, HTTPClient: s.client(w.Cloud), Scratch: s.scratch,
		LoadOptions: []func(*config.LoadOptions) error{
			config.WithRegion(s.region), config.WithBaseEndpoint(s.baseURL),
			config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}),
			config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key.ID, key.Secret, key.SessionToken)),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ordinary gives the world AWS's own limits and durations.
func ordinary(s *setting) { s.tuning = awssim.DefaultTuning() }

// delegated makes the connector act from Identity Center's delegated administrator.
func delegated(s *setting) {
	s.gen.DelegatedAdmin = true
	s.key = func(c awssim.Credentials) awssim.AccessKey { return c.DelegatedAdmin }
}

func sized(accounts, roles, people int) func(*setting) {
	return func(s *setting) { s.gen.Accounts, s.gen.Roles, s.gen.People = accounts, roles, people }
}

func switched(change func(*awssim.Switches)) func(*setting) {
	return func(s *setting) {
		switches := awssim.DefaultSwitches()
		if s.aws.Switches != nil {
			switches = *s.aws.Switches
		}
		change(&switches)
		s.aws.Switches = &switches
	}
}

// bubble runs f in virtual time.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func (w *world) inject(f awssim.Fault) int {
	w.t.Helper()
	id, err := w.Inject(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// key is the n-th of many keys in different accounts, which nobody holds at the start.
func (w *world) key(n int) access.Key {
	a := w.org.Accounts[1+n%(len(w.org.Accounts)-1)]
	r := w.org.PermissionSets[n/(len(w.org.Accounts)-1)%len(w.org.PermissionSets)]
	return access.Key{Person: catalog.PersonID(w.org.Users[1].ID), Account: catalog.AccountID(a.ID), Role: catalog.RoleARN(r.ARN)}
}

func simulated(k access.Key) awssim.Assignment {
	return awssim.Assignment{
		AccountID: string(k.Account), PermissionSetARN: string(k.Role), PrincipalType: awssim.PrincipalUser, PrincipalID: string(k.Person),
	}
}

func (w *world) holds(k access.Key) bool { return w.Assigned(simulated(k)) }

// assign is a create that is accepted.
func (w *world) assign(k access.Key) access.Operation {
	w.t.Helper()
	op, err := w.Assign(w.t.Context(), access.PriorityGrant, k, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return op
}

func (w *world) await(op access.Operation) access.Operation {
	w.t.Helper()
	done, err := w.Await(w.t.Context(), op)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func (w *world) sync(prev *catalog.Data, groups ...catalog.GroupID) catalog.Data {
	w.t.Helper()
	data, err := w.Catalog(w.t.Context(), prev, groups, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// wantClass checks that err is a ConnectorError of the class.
func wantClass(t *testing.T, err error, want access.Class) *access.ConnectorError {
	t.Helper()
	var ce *access.ConnectorError
	if !errors.As(err, &ce) {
		t.Fatalf("got %T %v, want a ConnectorError %s", err, err, want)
	}
	if ce.Class != want {
		t.Fatalf("got class %s (%v), want %s", ce.Class, err, want)
	}
	return ce
}

// order collects names in the order in which they come.
type order struct {
	mu    sync.Mutex
	names []string
}

func (o *order) add(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names = append(o.names, name)
}

func (o *order) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.names...)
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
