package bot

import (
	"context"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// pageArea makes an area whose views say how often they were drawn.
func pageArea(b *Bot, name string, up string) area {
	n := 0
	draw := func(_ context.Context, _ identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
		n++
		v := modal("stint."+name, name, "", "Close", []slack.Block{
			section(name + " drawn " + thousands(n)), actions(button(openArea(up), "", "Up", "Up")),
		})
		v.PrivateMetadata = meta
		if meta == "" {
			v.PrivateMetadata = "page 3"
		}
		return v, nil
	}
	return area{
		open: func(ctx context.Context, o origin) {
			b.show(ctx, o, name, func(ctx context.Context) (slack.ModalViewRequest, error) { return draw(ctx, o.user, "") })
		},
		draw: draw,
		pressed: func(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
		},
	}
}

// What is sent in the third view closes it, and the two under it are drawn anew, each from
// its own metadata.
func TestTheViewsUnderAFormAreDrawnAnew(t *testing.T) {
	t.Parallel()
	var got string
	r := newRig(t, func(o *rigOptions) {
		o.bot = func(b *Bot) {
			b.areas[areaConfig] = pageArea(b, areaConfig, areaRules)
			b.areas[areaRules] = pageArea(b, areaRules, areaPause)
			b.areas[areaPause] = area{
				open: func(ctx context.Context, o origin) {
					v := modal("stint.pause", "Form", "Send", "Back", []slack.Block{section("the form")})
					v.PrivateMetadata = "mine"
					b.pushView(ctx, o, v)
				},
				pressed: func(context.Context, origin, slack.BlockAction, slack.InteractionCallback) {},
				submitted: func(ctx context.Context, env *envelope, o origin, _ slack.InteractionCallback) {
					got = ownMeta(o.meta)
					saved := noteView("Saved", "It is saved.")
					b.answerForm(ctx, env, o, func(context.Context) outcome { return outcome{done: &saved, said: "It is saved."} })
				},
			}
		}
	})
	sue := r.as(r.security)
	_, err := sue.Command(r.ctx, sue.OpenApp(), commandConfig, "")
	r.must(err)
	up := func(from, to, says string) {
		m := r.modalSays(sue, from)
		_, err := sue.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, openArea(to)), "")
		r.must(err)
		r.modalSays(sue, says)
	}
	up("config drawn 1", areaRules, "rules drawn 1")
	up("rules drawn 1", areaPause, "the form")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(sue, "rules drawn 2")
	if !strings.Contains(text(m.Blocks), "It is saved.") {
		t.Errorf("the view under the form does not say what was done:\n%s", text(m.Blocks))
	}
	if got != "mine" {
		t.Errorf("the form read %q as its own metadata", got)
	}
	if own := ownMeta(m.PrivateMetadata); own != "page 3" {
		t.Errorf("the view under the form was drawn from %q", own)
	}
	r.must(sue.CloseModal(r.ctx))
	r.modalSays(sue, "config drawn 2")
}

// What lies under a view is read back as it was written, an update keeps it, and no stack
// of ours is too long for Slack: then nothing is said of what lies under.
func TestStackMetadata(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		own := rapid.StringOfN(rapid.RuneFrom([]rune("{}\\\"aé")), 0, 1200, -1)
		meta := own.Draw(t, "root")
		for i := range rapid.IntRange(1, 2).Draw(t, "above") {
			below, mine := under{View: "V123", Area: areaRules, Meta: meta}, own.Draw(t, "own")
			meta = onTopOf(mine, below)
			if len(meta) > maxMeta {
				t.Fatalf("%d characters of metadata", len(meta))
			}
			if ownMeta(meta) != mine {
				t.Fatalf("own: %q, not %q", ownMeta(meta), mine)
			}
			got, ok := underneath(meta)
			if !ok {
				if depth(meta) != 1 {
					t.Fatalf("depth %d of what is alone", depth(meta))
				}
				return
			}
			if got != below || depth(meta) > i+2 {
				t.Fatalf("under it: %+v at depth %d", got, depth(meta))
			}
			v := keepUnder(slack.ModalViewRequest{PrivateMetadata: "new"}, meta)
			if len(v.PrivateMetadata) > maxMeta || ownMeta(v.PrivateMetadata) != "new" {
				t.Fatalf("updated: %q", v.PrivateMetadata)
			}
			if u, ok := underneath(v.PrivateMetadata); ok && u != below {
				t.Fatalf("the update changed what lies under: %+v", u)
			}
		}
	})
	for _, junk := range []string{"", "\n", "a\n{", "a\n{}", "a\nnull", "\n\n\n"} {
		if _, ok := underneath(junk); ok || depth(junk) != 1 {
			t.Errorf("%q has something under it", junk)
		}
	}
}

// A view that takes longer than a moment opens as "One moment", so that the trigger does not expire.
func TestSlowViewsOpenAtOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	r := newRig(t, func(o *rigOptions) {
		o.bot = func(b *Bot) {
			b.openAfter = 1
			b.areas[areaConfig] = area{open: func(ctx context.Context, o origin) {
				b.show(ctx, o, "Slow", func(context.Context) (slack.ModalViewRequest, error) {
					<-release
					return noteView("Slow", "here it is"), nil
				})
			}}
		}
	})
	sue := r.as(r.security)
	_, err := sue.Command(r.ctx, sue.OpenApp(), commandConfig, "")
	r.must(err)
	r.modalSays(sue, "One moment")
	close(release)
	r.modalSays(sue, "here it is")
}

// Words that are no area get the help, and so does "help".
func TestConfigHelp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sue := r.as(r.security)
	for _, word := range []string{"help", "draft", "nonsense"} {
		res, err := sue.Command(r.ctx, sue.OpenApp(), commandConfig, word)
		r.must(err)
		if !res.OK {
			t.Fatalf("%s: %+v", word, res)
		}
		r.until("the help for "+word, func() bool {
			for _, m := range r.dm(r.security) {
				if strings.Contains(text(m.Blocks), "For Stint's admins") && (word == "help") != strings.Contains(text(m.Blocks), "does not know “"+word) {
					return true
				}
			}
			return false
		})
	}
	if _, open := sue.Modal(); open {
		t.Error("help opened a window")
	}
}
