package slacksim

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	mrand "math/rand/v2"
	"sync"
	"time"
)

// Config describes a workspace. The zero value is usable.
type Config struct {
	// Now stamps messages and is today's date for people. It may run apart from the wall. Default time.Now.
	Now func() time.Time
	// Wall measures Slack's own real-time limits: trigger ids, response URLs, socket tickets, rate limits.
	// Default time.Now.
	Wall func() time.Time
	// Seed makes ids and tokens repeatable. Zero seeds from the system's randomness.
	Seed uint64
	// TeamName and TeamDomain default to "Example" and "example".
	TeamName, TeamDomain string
	// Enterprise puts the workspace into an Enterprise Grid organization, so that it has an enterprise id.
	Enterprise bool
	// AppName is the app's display name. Default "App".
	AppName string
	// Scopes are granted to the bot token. Nil grants DefaultScopes.
	Scopes []string
	// AppScopes are granted to the app-level token. Nil grants connections:write.
	AppScopes []string
	// Events are the event types the app has subscribed to. Nil subscribes to DefaultEvents.
	Events []string
	// Switches replaces DefaultSwitches.
	Switches *Switches
}

// DefaultScopes are the bot scopes granted when Config.Scopes is nil.
func DefaultScopes() []string {
	return []string{
		"commands", "chat:write", "users:read", "users:read.email", "usergroups:read",
		"im:write", "channels:read", "groups:read",
	}
}

// DefaultEvents are the subscriptions when Config.Events is nil.
func DefaultEvents() []string {
	return []string{"app_home_opened", "user_change", "subteam_updated", "subteam_members_changed"}
}

// Workspace is one simulated Slack workspace with one installed app. Make it with New. All methods are safe
// for concurrent use.
type Workspace struct {
	now  func() time.Time
	wall func() time.Time

	// life ends at Close; every goroutine of the workspace hangs on it and is counted in running.
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu  sync.Mutex
	rng *mrand.Rand

	team       team
	app        app
	scopes     []string
	events     []string
	switches   Switches
	faults     Faults
	commands   []Command
	shortcuts  []Shortcut
	users      map[string]*User
	userOrder  []string
	byEmail    map[string]string
	groups     map[string]*UserGroup
	groupOrder []string
	channels   map[string]*channel
	chanOrder  []string
	ims        map[string]string // user id → id of the direct message between that user and the app
	people     map[string]*desk
	views      map[string]*view
	external   map[string]string // external id of an open view → view id
	triggers   map[string]*trigger
	hooks      map[string]*responseURL
	tickets    map[string]*ticket
	sockets    []*socket
	nextSocket int
	lastSocket int
	sent       map[string]sentEnvelope
	sentOrder  []string
	waiting    map[string]*delivery // envelope id → who waits for its acknowledgement
	buckets    map[string]*bucket
	lastStamp  int64
	zones      map[string]*time.Location

	methods map[string]method

	log     logBook
	changes changeCounter
}

type team struct {
	id, name, domain, enterpriseID, enterpriseName string
}

type app struct {
	id, name, botID, botUserID, botToken, appToken, verification string
	appScopes                                                    []string
}

// New makes an empty workspace with an installed app. Close it when done.
func New(cfg Config) *Workspace {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wall == nil {
		cfg.Wall = time.Now
	}
	if cfg.TeamName == "" {
		cfg.TeamName = "Example"
	}
	if cfg.TeamDomain == "" {
		cfg.TeamDomain = "example"
	}
	if cfg.AppName == "" {
		cfg.AppName = "App"
	}
	if cfg.Scopes == nil {
		cfg.Scopes = DefaultScopes()
	}
	if cfg.AppScopes == nil {
		cfg.AppScopes = []string{"connections:write"}
	}
	if cfg.Events == nil {
		cfg.Events = DefaultEvents()
	}
	switches := DefaultSwitches()
	if cfg.Switches != nil {
		switches = *cfg.Switches
	}
	seed := cfg.Seed
	if seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:])
		seed = binary.LittleEndian.Uint64(b[:])
	}
	life, end := context.WithCancel(context.Background())
	w := &Workspace{
		now: cfg.Now, wall: cfg.Wall, life: life, end: end,
		rng:      mrand.New(mrand.NewPCG(seed, 0x51ac)),
		switches: switches, scopes: cfg.Scopes, events: cfg.Events,
		users: map[string]*User{}, byEmail: map[string]string{}, groups: map[string]*UserGroup{},
		channels: map[string]*channel{}, ims: map[string]string{}, people: map[string]*desk{},
		views: map[string]*view{}, external: map[string]string{}, triggers: map[string]*trigger{},
		hooks: map[string]*responseURL{}, tickets: map[string]*ticket{}, waiting: map[string]*delivery{},
		buckets: map[string]*bucket{}, zones: map[string]*time.Location{},
		methods: methodTable(), sent: map[string]sentEnvelope{},
	}
	w.team = team{id: w.newID("T"), name: cfg.TeamName, domain: cfg.TeamDomain}
	if cfg.Enterprise {
		w.team.enterpriseID, w.team.enterpriseName = w.newID("E"), cfg.TeamName+" Organization"
	}
	w.installApp(cfg.AppName, cfg.AppScopes)
	return w
}

func (w *Workspace) installApp(name string, appScopes []string) {
	w.app = app{
		id: w.newID("A"), name: name, botID: w.newID("B"), botUserID: w.newID("U"),
		verification: w.token(24), appScopes: appScopes,
	}
	digits := func(n int) string { return w.pick("0123456789", n) }
	w.app.botToken = "xoxb-" + digits(12) + "-" + digits(13) + "-" + w.token(24)
	w.app.appToken = "xapp-1-" + w.app.id + "-" + digits(13) + "-" + w.pick("0123456789abcdef", 64)
	w.users[w.app.botUserID] = &User{
		ID: w.app.botUserID, Name: handleOf(name), RealName: name, Bot: true, TZ: "America/Los_Angeles",
		TeamID: w.team.id,
	}
	// Slackbot is in every workspace and, oddly, no bot by its flag.
	w.users[slackbot] = &User{ID: slackbot, Name: "slackbot", RealName: "Slackbot", TZ: "America/Los_Angeles", TeamID: w.team.id}
	w.userOrder = append(w.userOrder, w.app.botUserID, slackbot)
}

// Close drops every socket, ends every goroutine of the workspace and returns when they have ended.
func (w *Workspace) Close() {
	w.end()
	w.mu.Lock()
	for _, s := range w.sockets {
		s.drop()
	}
	w.mu.Unlock()
	w.running.Wait()
}

// BotToken returns the app's bot token (xoxb-…), as an installation would.
func (w *Workspace) BotToken() string { return w.app.botToken }

// AppToken returns the app-level token (xapp-…) that opens sockets.
func (w *Workspace) AppToken() string { return w.app.appToken }

// TeamName returns the workspace's display name.
func (w *Workspace) TeamName() string { return w.team.name }

// AppName returns the app's display name.
func (w *Workspace) AppName() string { return w.app.name }

// TeamID returns the workspace's id (T…).
func (w *Workspace) TeamID() string { return w.team.id }

// EnterpriseID returns the organization's id (E…), or "" outside Enterprise Grid.
func (w *Workspace) EnterpriseID() string { return w.team.enterpriseID }

// AppID returns the app's id (A…).
func (w *Workspace) AppID() string { return w.app.id }

// BotUserID returns the user id (U…) under which the app posts.
func (w *Workspace) BotUserID() string { return w.app.botUserID }

// BotID returns the app's bot id (B…).
func (w *Workspace) BotID() string { return w.app.botID }

// SetScopes replaces the scopes granted to the bot token, as a reinstallation would.
func (w *Workspace) SetScopes(scopes ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scopes = append([]string{}, scopes...)
}

// Scopes returns the scopes granted to the bot token.
func (w *Workspace) Scopes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.scopes...)
}

// SetAppScopes replaces the scopes granted to the app-level token.
func (w *Workspace) SetAppScopes(scopes ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.app.appScopes = append([]string{}, scopes...)
}

// Subscribe replaces the event types that the app receives.
func (w *Workspace) Subscribe(events ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append([]string{}, events...)
}
