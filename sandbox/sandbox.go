package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"stint/sandbox/awssim"
	"stint/sandbox/page"
	"stint/sandbox/slacksim"
)

// DefaultListen is where the page is when Options.Listen is empty and nobody else is there.
const DefaultListen = "127.0.0.1:7070"

// Options say how a sandbox starts. The zero value is a small organization on DefaultListen.
type Options struct {
	// Listen is the page's address, on loopback. When it is empty the page is on DefaultListen or, if that is
	// taken, on the next free port; a port that is asked for and taken is an error.
	Listen string
	// Accounts, Roles and People size the organization. Defaults 12, 10 and 40. The cast is always there.
	Accounts, Roles, People int
	// Seed makes ids and tokens repeatable. Zero is a seed like any other.
	Seed uint64
	// AppName is the app's name in the workspace. Default "Stint".
	AppName string
	// Commands are the app's slash commands. Nil registers DefaultCommands.
	Commands []slacksim.Command
	// Shortcuts are the app's entries in Slack's menus. Nil registers DefaultShortcuts.
	Shortcuts []slacksim.Shortcut
}

// DefaultCommands are the slash commands that the workspace knows when Options.Commands is nil.
func DefaultCommands() []slacksim.Command {
	return []slacksim.Command{
		{Name: "/aws-access", Description: "Request AWS access for a limited time", Usage: "[account role 2h why | list | why | end | extend | again | help]"},
		{Name: "/jit-config", Description: "Stint's health, rules and live access (admins)"},
	}
}

// DefaultShortcuts are the shortcuts that the workspace knows when Options.Shortcuts is nil.
func DefaultShortcuts() []slacksim.Shortcut {
	return []slacksim.Shortcut{
		{CallbackID: "stint_request", Name: "Request AWS access"},
		{CallbackID: "stint_request_message", Name: "Request access for this", OnMessage: true},
	}
}

// Sandbox is a running world. Start makes it, Close ends it.
type Sandbox struct {
	clock *Clock
	log   *page.Log
	slack *slacksim.Workspace
	aws   *awssim.Cloud
	page  *page.Server
	cast  Cast
	queue string // of AWS's events

	end                context.CancelFunc
	servers            []*http.Server
	serving            sync.WaitGroup
	pageAddr           string
	slackAddr, awsAddr string
	closing            sync.Once
}

// Start builds the world and serves it on three loopback listeners until ctx ends or Close is called. It
// returns when all three answer.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	o.defaults()
	s := &Sandbox{clock: &Clock{}, log: page.NewLog(2000)}
	if err := s.seed(o); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	listeners, err := listen(ctx, o.Listen)
	if err != nil {
		s.slack.Close()
		return nil, err
	}
	s.pageAddr, s.slackAddr, s.awsAddr = listeners[0].Addr().String(), listeners[1].Addr().String(), listeners[2].Addr().String()
	life, end := context.WithCancel(ctx)
	s.end = end
	s.page = page.New(life, page.Config{
		Slack: s.slack, AWS: s.aws, Clock: s.clock, Log: s.log, Cast: s.cast.ids(), Connect: s.Connect(),
	})
	for i, h := range []http.Handler{s.page.Handler(), s.slack.Handler(), s.aws.Handler()} {
		srv := &http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(s.log, "sandbox: ", 0),
			BaseContext: func(net.Listener) context.Context { return life },
		}
		s.servers = append(s.servers, srv)
		s.serving.Go(func() { _ = srv.Serve(listeners[i]) })
	}
	// Whoever ends ctx need not call Close as well, though it waits for the end and this does not.
	context.AfterFunc(life, s.stop)
	return s, nil
}

func (o *Options) defaults() {
	if o.Accounts < 1 {
		o.Accounts = 12
	}
	if o.Roles < 1 {
		o.Roles = 10
	}
	if o.People < 1 {
		o.People = 40
	}
	if o.AppName == "" {
		o.AppName = "Stint"
	}
	if o.Commands == nil {
		o.Commands = DefaultCommands()
	}
	if o.Shortcuts == nil {
		o.Shortcuts = DefaultShortcuts()
	}
}

// listen opens the page's address and two free ports beside it.
func listen(ctx context.Context, address string) ([]net.Listener, error) {
	var lc net.ListenConfig
	first, err := listenPage(ctx, &lc, address)
	if err != nil {
		return nil, err
	}
	all := []net.Listener{first}
	for range 2 {
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			for _, open := range all {
				_ = open.Close()
			}
			return nil, fmt.Errorf("sandbox: no free port on 127.0.0.1: %w", err)
		}
		all = append(all, l)
	}
	return all, nil
}

func listenPage(ctx context.Context, lc *net.ListenConfig, address string) (net.Listener, error) {
	if address != "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("sandbox: the address %q cannot be read: write it like %s", address, DefaultListen)
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("sandbox: %s is not on this machine alone, and whoever reaches the page can act as anybody: use 127.0.0.1, [::1] or localhost", address)
		}
		l, err := lc.Listen(ctx, "tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("sandbox: %s is taken, perhaps by another sandbox: end that one, or choose another port (port 0 takes a free one)", address)
		}
		if err != nil {
			return nil, fmt.Errorf("sandbox: listen on %s: %w", address, err)
		}
		return l, nil
	}
	var err error
	for _, port := range []string{"7070", "7071", "7072", "7073", "7074", "7075", "7076", "7077", "7078", "7079", "0"} {
		var l net.Listener
		if l, err = lc.Listen(ctx, "tcp", "127.0.0.1:"+port); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("sandbox: no free port on 127.0.0.1: %w", err)
}

// Close ends everything and returns when it has ended.
func (s *Sandbox) Close() error {
	s.stop()
	s.serving.Wait()
	return nil
}

func (s *Sandbox) stop() {
	s.closing.Do(func() {
		s.end()
		for _, srv := range s.servers {
			_ = srv.Close()
		}
		s.slack.Close()
	})
}

// URL is the page's address.
func (s *Sandbox) URL() string { return "http://" + s.pageAddr }

// SlackAPIURL is what a Slack client takes as its API address, trailing slash and all.
func (s *Sandbox) SlackAPIURL() string { return "http://" + s.slackAddr + "/api/" }

// AWSEndpointURL is what an AWS client takes as AWS_ENDPOINT_URL.
func (s *Sandbox) AWSEndpointURL() string { return "http://" + s.awsAddr }

// BotToken is the app's bot token.
func (s *Sandbox) BotToken() string { return s.slack.BotToken() }

// AppToken is the app-level token that opens sockets.
func (s *Sandbox) AppToken() string { return s.slack.AppToken() }

// AWSAccessKeyID is the access key of an administrator of the organization.
func (s *Sandbox) AWSAccessKeyID() string { return s.aws.Credentials().Management.ID }

// AWSSecretAccessKey belongs to AWSAccessKeyID.
func (s *Sandbox) AWSSecretAccessKey() string { return s.aws.Credentials().Management.Secret }

// AWSRegion is Identity Center's home region.
func (s *Sandbox) AWSRegion() string { return s.aws.IDs().Region }

// AWSEventsQueue is the URL of the queue to which AWS sends what changes of its assignments.
func (s *Sandbox) AWSEventsQueue() string { return s.queue }

// Connect lists the environment variables by which clients reach the simulators.
func (s *Sandbox) Connect() []page.Setting {
	return []page.Setting{
		{Name: "SLACK_API_URL", Value: s.SlackAPIURL()},
		{Name: "SLACK_BOT_TOKEN", Value: s.BotToken()},
		{Name: "SLACK_APP_TOKEN", Value: s.AppToken()},
		{Name: "AWS_ENDPOINT_URL", Value: s.AWSEndpointURL()},
		{Name: "AWS_ACCESS_KEY_ID", Value: s.AWSAccessKeyID()},
		{Name: "AWS_SECRET_ACCESS_KEY", Value: s.AWSSecretAccessKey()},
		{Name: "AWS_REGION", Value: s.AWSRegion()},
		{Name: "STINT_EVENTS_QUEUE", Value: s.AWSEventsQueue()},
	}
}

// Clock is the sandbox's time.
func (s *Sandbox) Clock() *Clock { return s.clock }

// Log takes what the app says, for the page to show.
func (s *Sandbox) Log() *page.Log { return s.log }

// Token is what a POST to the page's API carries in X-Sandbox-Token.
func (s *Sandbox) Token() string { return s.page.Token() }

// Slack is the simulated workspace.
func (s *Sandbox) Slack() *slacksim.Workspace { return s.slack }

// AWS is the simulated organization.
func (s *Sandbox) AWS() *awssim.Cloud { return s.aws }
