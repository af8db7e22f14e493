package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/bot"
	"stint/sandbox"
	"stint/sandbox/slacksim"
)

// TestLiveKnowsEveryMember reads who is in the workspace's groups; while Slack does not say
// who somebody is, it waits and then names the groups.
func TestLiveKnowsEveryMember(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Listen: "127.0.0.1:0", People: 12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	conn := connection{SlackBotToken: box.BotToken(), SlackAPIURL: box.SlackAPIURL()}
	workspace, err := bot.NewWorkspace(conn.slackOptions(wallClock{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(workspace.Close)
	c, err := catalog.New(catalog.Data{AsOf: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	sources, err := everySource(t.Context(), workspace, c)
	if err != nil || len(sources) != 4 { // @sre, @security, @platform and #platform-leads
		t.Fatalf("%v %v", sources, err)
	}
	directory := func() *identity.Directory {
		d, err := identity.New(t.Context(), identity.Options{Slack: workspace, Center: silence{}, Pins: fixedPins(nil), Clock: wallClock{}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		d.SetCatalog(c)
		return d
	}

	box.Slack().FailMethod("users.info", slacksim.MethodFault{Error: "internal_error"})
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = meet(short, directory(), sources)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "@sre") {
		t.Errorf("while Slack does not say who people are: %v", err)
	}

	box.Slack().ClearFaults()
	d := directory()
	if err := meet(t.Context(), d, sources); err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Health().Sources {
		if !s.Readable || s.Unresolved > 0 {
			t.Errorf("%s: %d members are nobody yet", s.Name, s.Unresolved)
		}
	}
}
