package bot

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"stint/access/policy"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"45m": 45 * time.Minute, "2h": 2 * time.Hour, "1h30m": 90 * time.Minute, "90": 90 * time.Minute,
		" 1 h 30 min ": 90 * time.Minute, "1.5h": 90 * time.Minute, "1,5 h": 90 * time.Minute, "1h30": 90 * time.Minute,
		"2 Hours": 2 * time.Hour, "1 day": 24 * time.Hour, "1d2h": 26 * time.Hour, "30 minutes": 30 * time.Minute,
	} {
		if got, err := parseDuration(in); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "soon", "-1h", "0", "0h", "h", "1m2h", "2h2h", "1h30m15", "1e9h", "999999999h", "１h", "2hh", "1h-30m", "\u202e2h x"} {
		if got, err := parseDuration(in); err == nil {
			t.Errorf("%q is taken as %s", in, got)
		}
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30_s", time.Minute: "1_min", 45 * time.Minute: "45_min", time.Hour: "1_h",
		90 * time.Minute: "1_h_30_min", 25 * time.Hour: "1_d_1_h", 48 * time.Hour: "2_d", 0: "0_s",
	} {
		got := length(d)
		if want = strings.ReplaceAll(want, "_", "\u00a0"); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
		if again, err := parseDuration(got); d >= time.Minute && (err != nil || again != d) {
			t.Errorf("%q is not read back: %s, %v", got, again, err)
		}
	}
}

// Whatever is typed: no markup of Slack survives, nothing reorders its neighbours, limits
// hold, and the result is valid UTF-8.
func TestTypedTextIsHarmless(t *testing.T) {
	t.Parallel()
	hostile := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`(<!channel>|<@U1>|&amp;|[<>&*_~]|\x{202e}|\x{2066}|\x{200b}|\x{200f}|שלום|مرحبا|\n|a| |\x00|\x{e0041}){0,60}`),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "bytes")) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Draw(t, "typed")
		n := rapid.IntRange(3, 50).Draw(t, "limit")
		for what, out := range map[string]string{"esc": esc(s), "escName": escName(s, n), "sentence": sentence(s)} {
			if strings.ContainsAny(out, "<>") {
				t.Fatalf("%s lets markup through: %q", what, out)
			}
			for _, part := range strings.Split(out, "&")[1:] {
				if !strings.HasPrefix(part, "amp;") && !strings.HasPrefix(part, "lt;") && !strings.HasPrefix(part, "gt;") {
					t.Fatalf("%s leaves a bare &: %q", what, out)
				}
			}
		}
		for what, out := range map[string]string{"clean": clean(s), "name": name(s, n), "cut": cut(s, n)} {
			if !utf8.ValidString(out) {
				t.Fatalf("%s is no UTF-8: %q", what, out)
			}
		}
		if strings.ContainsAny(clean(s), "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\x00\r") {
			t.Fatalf("clean lets a control through: %q", clean(s))
		}
		line := name(s, n)
		if strings.ContainsAny(line, "\n\t") || utf8.RuneCountInString(line) > n || line == "" {
			t.Fatalf("name of %d: %q", n, line)
		}
		if strings.Count(line, "\u2068") != strings.Count(line, "\u2069") {
			t.Fatalf("an isolate stays open: %q", line)
		}
		if c := cut(s, n); utf8.RuneCountInString(c) > n {
			t.Fatalf("cut to %d: %q", n, c)
		}
		m := cutMarkup("*"+esc(s)+"* <@U123> & "+esc(s)+" <!date^1^{time}|x>", n)
		if utf8.RuneCountInString(m) > n {
			t.Fatalf("cutMarkup to %d: %q", n, m)
		}
		if strings.Count(m, "<") != strings.Count(m, ">") {
			t.Fatalf("cutMarkup leaves a link open: %q", m)
		}
	})
}

func TestCutMarkupKeepsEscapesWhole(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"abc &lt; def":    "abc" + ellipsis,
		"a <@U12345> b c": "a" + ellipsis,
		"abcdefg":         "abcdefg",
	} {
		if got := cutMarkup(in, 7); got != want {
			t.Errorf("%q is cut to %q, want %q", in, got, want)
		}
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	sre := policy.Step{From: []string{"sre"}, Count: 1}
	both := policy.Step{From: []string{"security", "leads"}, Count: 2}
	for want, terms := range map[string]policy.Terms{
		"no approval needed":    {Automatic: true},
		"one approval from sre": {Steps: []policy.Step{sre}},
		"one approval from sre and two from security or leads":    {Steps: []policy.Step{sre, both}},
		"two approvals from security or leads, then one from sre": {Steps: []policy.Step{both, sre}, InOrder: true},
		"12 approvals from sre":                                   {Steps: []policy.Step{{From: []string{"sre"}, Count: 12}}},
	} {
		if got := steps(terms); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The end of a path tells files apart, so the front gives way.
func TestPathSpan(t *testing.T) {
	t.Parallel()
	long := "/tmp/" + strings.Repeat("deeply-nested/", 10) + "stint-sandbox-38/policy.yaml"
	for in, want := range map[string]string{
		"policy.yaml":           "policy.yaml",
		"a`b&c":                 "aʼb&amp;c",
		long:                    "…/deeply-nested/deeply-nested/deeply-nested/stint-sandbox-38/policy.yaml",
		strings.Repeat("x", 99): "…" + strings.Repeat("x", 79),
	} {
		got := pathSpan(in)
		if got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
		if n := utf8.RuneCountInString(got); n > nameWidth+len("amp;") {
			t.Errorf("%d characters: %q", n, got)
		}
	}
}
