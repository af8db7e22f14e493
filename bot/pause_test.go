package bot

import (
	"context"
	"strings"
	"testing"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// pauses is a pause wherever people meet it.
func (w world) pauses(out map[string]any) {
	p := &access.Pause{By: w.asker, At: w.now, Reason: w.comment}
	out["pause_ask"] = pauseView(nil, 3)
	out["pause_now"] = pauseView(p, 1)
	out["pause_over"] = resumedView()
	out["paused_card"] = wire(card(w.request(access.Pending), p))
	starting := w.request(access.Approved)
	starting.Grants = []access.GrantView{w.grant(access.PhaseStarting, "")}
	out["paused_asker"] = wire(asker([]access.RequestView{starting}, p))
	out["paused_grant"] = wire(grant(w.grant(access.PhaseScheduled, ""), p))
	out["paused_grant_active"] = wire(grant(w.grant(access.PhaseActive, ""), p)) // says nothing of it
	out["paused_home"] = homeView(access.HomeView{Admin: true}, p)
}

// pausing lets the fake pause and resume.
func (r *rig) pausing() {
	var now *access.Pause
	set(r.fake, &r.fake.onPause, func(_ context.Context, user identity.SlackUserID, reason string) (access.Pause, error) {
		p := access.Pause{By: access.Actor{Slack: user, Name: "Sue"}, At: r.fake.now, Reason: reason}
		set(r.fake, &now, &p)
		return p, nil
	})
	set(r.fake, &r.fake.onResume, func(context.Context, identity.SlackUserID) error {
		set(r.fake, &now, nil)
		return nil
	})
	set(r.fake, &r.fake.onPaused, func() *access.Pause { return get(r.fake, &now) })
}

// One press and a reason pause; the form, the card and Home say so; Resume ends it.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.pausing()
	sue := r.configs("pause")
	r.modal(sue, viewPause)
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockPauseWhy] == "" {
		t.Errorf("no reason was asked for: %+v", res)
	}
	r.fill(sue, blockPauseWhy, actAdminReason, "Possible intrusion & <!channel>")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.modalSays(sue, "New access is paused* by <@"+r.security.ID+">")

	ada := r.as(r.asker)
	r.openForm(ada)
	r.choose(ada, blockAccount, actAccount, "bill", prod)
	r.modalSays(ada, "You can ask for 2 roles here")
	r.choose(ada, "", actRole, "", admin)
	r.modalSays(ada, "“Possible intrusion &amp; &lt;!channel&gt;”")
	home, err := ada.OpenHome(r.ctx)
	r.must(err)
	r.until("Home that says it", func() bool {
		home = ada.Home()
		return strings.Contains(text(home.Blocks), "New access is paused")
	})

	r.pressIn(sue, actResume)
	r.modalSays(sue, "no longer paused")
	if r.fake.counted("Resume") != 1 {
		t.Errorf("%d times resumed", r.fake.counted("Resume"))
	}
}

// A refusal is said, and the pause still shown.
func TestResumeRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.onPaused, func() *access.Pause { return &access.Pause{Reason: "audit", At: r.fake.now} })
	set(r.fake, &r.fake.onResume, func(context.Context, identity.SlackUserID) error {
		return fault.New(fault.Unavailable, "fake", "Slack cannot be asked who you are", "Try again.")
	})
	sue := r.configs("pause")
	r.modal(sue, viewPause)
	r.pressIn(sue, actResume)
	m := r.modalSays(sue, "Not resumed.* Slack cannot be asked who you are.")
	if !hasAction(m.Blocks, actResume) {
		t.Error("Resume is gone")
	}
}
