package bot

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack/slackevents"

	"stint/sandbox/slacksim"
)

type manifest struct {
	Metadata struct {
		Major int `yaml:"major_version"`
		Minor int `yaml:"minor_version"`
	} `yaml:"_metadata"`
	Display struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
		Long        string `yaml:"long_description"`
		Color       string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		Home struct {
			Home     bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		User struct {
			Name   string `yaml:"display_name"`
			Online bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Shortcuts []struct {
			Name        string `yaml:"name"`
			Type        string `yaml:"type"`
			CallbackID  string `yaml:"callback_id"`
			Description string `yaml:"description"`
		} `yaml:"shortcuts"`
		Commands []struct {
			Command     string `yaml:"command"`
			Description string `yaml:"description"`
			Usage       string `yaml:"usage_hint"`
			Escape      bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			Enabled bool `yaml:"is_enabled"`
		} `yaml:"interactivity"`
		Org    bool `yaml:"org_deploy_enabled"`
		Socket bool `yaml:"socket_mode_enabled"`
		Rotate bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

// The manifest asks for what the bot uses: its commands, the scopes with which every test
// here passes, and the events it acts on. Limits are those of Slack's schema.
func TestManifest(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../manifests/slack-app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := yaml.UnmarshalWithOptions(raw, &m, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if m.Metadata.Major != 2 || !m.Settings.Socket || !m.Settings.Interactivity.Enabled || m.Settings.Rotate || !m.Features.Home.Home {
		t.Errorf("manifest: %+v", m)
	}
	if n := len(m.Display.Long); n < 174 || n > 4000 || len(m.Display.Description) > 140 || len(m.Display.Name) > 35 {
		t.Errorf("a long description of %d characters", n)
	}
	var commands []string
	for _, c := range m.Features.Commands {
		commands = append(commands, c.Command)
		if c.Escape || len(c.Description) > 2000 {
			t.Errorf("command: %+v", c)
		}
	}
	if d := cmp.Diff([]string{commandAccess, commandConfig}, commands); d != "" {
		t.Error(d)
	}
	shortcuts := map[string]string{}
	for _, s := range m.Features.Shortcuts {
		shortcuts[s.CallbackID] = s.Type
		if len(s.Name) > 24 || len(s.Description) > 150 {
			t.Errorf("shortcut: %+v", s)
		}
	}
	if d := cmp.Diff(map[string]string{shortcutRequest: "global", shortcutMessage: "message"}, shortcuts); d != "" {
		t.Error(d)
	}
	want, got := slacksim.DefaultScopes(), slices.Clone(m.OAuth.Scopes.Bot)
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the tests run with other scopes:\n%s", d)
	}
	bodies := map[string]string{
		"user_change":             `{"type":"user_change","user":{"id":"U1"}}`,
		"subteam_updated":         `{"type":"subteam_updated","subteam":{"id":"S1"}}`,
		"subteam_members_changed": `{"type":"subteam_members_changed","subteam_id":"S1"}`,
		"member_joined_channel":   `{"type":"member_joined_channel","user":"U1","channel":"C1"}`,
		"member_left_channel":     `{"type":"member_left_channel","user":"U1","channel":"C1"}`,
	}
	for _, e := range m.Settings.Events.Bot {
		if e == "app_home_opened" {
			continue // tested where Home is
		}
		inner := json.RawMessage(bodies[e])
		if _, ok := change(slackevents.EventsAPIEvent{Data: &slackevents.EventsAPICallbackEvent{InnerEvent: &inner}}); !ok {
			t.Errorf("nothing happens on %s", e)
		}
	}
}
