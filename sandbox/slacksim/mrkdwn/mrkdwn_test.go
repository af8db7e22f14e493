package mrkdwn_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/sandbox/slacksim/mrkdwn"
)

type names map[string]string

func (n names) UserName(id string) (string, bool)    { s, ok := n[id]; return s, ok }
func (n names) ChannelName(id string) (string, bool) { s, ok := n[id]; return s, ok }
func (n names) GroupHandle(id string) (string, bool) { s, ok := n[id]; return s, ok }

func reader(t *testing.T, zone string) mrkdwn.Reader {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return mrkdwn.Reader{
		Names: names{"U1": "Ann", "C1": "general", "S1": "sre"}, Zone: loc,
		Now: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC),
	}
}

func text(s string) mrkdwn.Span { return mrkdwn.Span{Kind: mrkdwn.KindText, Text: s} }

func TestParse(t *testing.T) {
	t.Parallel()
	br := mrkdwn.Span{Kind: mrkdwn.KindBreak, Text: "\n"}
	bold := func(s string) mrkdwn.Span { return mrkdwn.Span{Kind: mrkdwn.KindText, Text: s, Bold: true} }
	link := func(url, label string) mrkdwn.Span {
		return mrkdwn.Span{Kind: mrkdwn.KindLink, Text: label, URL: url}
	}
	for _, tc := range []struct {
		name, in string
		want     []mrkdwn.Span
	}{
		{"plain", "hello", []mrkdwn.Span{text("hello")}},
		{"empty", "", nil},
		{"entities once", "a &lt;b&gt; &amp;lt; c", []mrkdwn.Span{text("a <b> &lt; c")}},
		{"markup is text", "&lt;script&gt;alert(1)&lt;/script&gt;", []mrkdwn.Span{text("<script>alert(1)</script>")}},
		{"bold", "a *b* c", []mrkdwn.Span{text("a "), bold("b"), text(" c")}},
		{"no bold inside a word", "2*3*4 and * alone *", []mrkdwn.Span{text("2*3*4 and * alone *")}},
		{"italic", "_i_", []mrkdwn.Span{{Kind: mrkdwn.KindText, Text: "i", Italic: true}}},
		{"snake_case_name", "snake_case_name", []mrkdwn.Span{text("snake_case_name")}},
		{"strike", "~s~!", []mrkdwn.Span{{Kind: mrkdwn.KindText, Text: "s", Strike: true}, text("!")}},
		{"nested", "*b _i_*", []mrkdwn.Span{bold("b "), {Kind: mrkdwn.KindText, Text: "i", Bold: true, Italic: true}}},
		{"code keeps its signs", "`*a* &lt;b&gt;`", []mrkdwn.Span{{Kind: mrkdwn.KindText, Text: "*a* <b>", Code: true}}},
		{"unclosed", "*a `b", []mrkdwn.Span{text("*a `b")}},
		{"pre", "x\n```a *b*\n  c &lt;```\ny", []mrkdwn.Span{text("x"), {Kind: mrkdwn.KindPre, Text: "a *b*\n  c <"}, text("y")}},
		{"quote", "&gt; q\nr", []mrkdwn.Span{{Kind: mrkdwn.KindText, Text: "q", Quote: true}, br, text("r")}},
		{"link", "<https://example.com/a?b=1&amp;c=2|a &lt; b>", []mrkdwn.Span{link("https://example.com/a?b=1&c=2", "a < b")}},
		{"link without label", "<https://example.com>", []mrkdwn.Span{link("https://example.com", "https://example.com")}},
		{"bare link", "see https://example.com/x. ok", []mrkdwn.Span{text("see "), link("https://example.com/x", "https://example.com/x"), text(". ok")}},
		{"no script link", "<javascript:alert(1)|click>", []mrkdwn.Span{text("click")}},
		{"no data link", "<data:text/html;base64,x|click>", []mrkdwn.Span{text("click")}},
		{"user", "<@U1> and <@U9|nine>", []mrkdwn.Span{{Kind: mrkdwn.KindUser, Text: "@Ann", ID: "U1"}, text(" and "), {Kind: mrkdwn.KindUser, Text: "@nine", ID: "U9"}}},
		{"channel", "<#C1>", []mrkdwn.Span{{Kind: mrkdwn.KindChannel, Text: "#general", ID: "C1"}}},
		{"group", "<!subteam^S1>", []mrkdwn.Span{{Kind: mrkdwn.KindGroup, Text: "@sre", ID: "S1"}}},
		{"everybody", "<!here> <!channel>", []mrkdwn.Span{{Kind: mrkdwn.KindSpecial, Text: "@here"}, text(" "), {Kind: mrkdwn.KindSpecial, Text: "@channel"}}},
		{"escaped everybody", "&lt;!channel&gt;", []mrkdwn.Span{text("<!channel>")}},
		{"emoji", ":lock: 10:30:15 :nope_x:", []mrkdwn.Span{{Kind: mrkdwn.KindEmoji, Text: "🔒", ID: "lock"}, text(" 10:30:15 "), {Kind: mrkdwn.KindEmoji, Text: ":nope_x:", ID: "nope_x"}}},
		{"date", "<!date^1772622000^{date_short_pretty} at {time}|fall back>", []mrkdwn.Span{{Kind: mrkdwn.KindDate, Text: "today at 12:00 PM", Unix: 1772622000}}},
		{"date with link", "<!date^1772622000^{date_num}^https://example.com|x>", []mrkdwn.Span{{Kind: mrkdwn.KindDate, Text: "2026-03-04", Unix: 1772622000, URL: "https://example.com"}}},
		{"date with a script", "<!date^1772622000^{date_num}^javascript:x|x>", []mrkdwn.Span{{Kind: mrkdwn.KindDate, Text: "2026-03-04", Unix: 1772622000}}},
		{"broken date", "<!date^soon^{date}|fall &amp; back>", []mrkdwn.Span{text("fall & back")}},
		{"right to left", "*\u202ertl*", []mrkdwn.Span{bold("\u202ertl")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, mrkdwn.Parse(tc.in, false, reader(t, "Europe/Berlin"))); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := mrkdwn.Parse("https://example.com", true, mrkdwn.Reader{}); len(got) != 1 || got[0].Kind != mrkdwn.KindText {
		t.Errorf("verbatim text is linked: %+v", got)
	}
}

func TestPlainIsLiteral(t *testing.T) {
	t.Parallel()
	want := []mrkdwn.Span{text("*a* <@U1> &lt; "), {Kind: mrkdwn.KindEmoji, Text: "❌", ID: "x"}, {Kind: mrkdwn.KindBreak, Text: "\n"}, text("b")}
	if diff := cmp.Diff(want, mrkdwn.Plain("*a* <@U1> &lt; :x:\nb", true)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]mrkdwn.Span{text(":x:")}, mrkdwn.Plain(":x:", false)); diff != "" {
		t.Error(diff)
	}
}

// What Escape makes of a text, Parse turns back into that text and nothing else.
func TestEscapeSurvivesParsing(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"<!channel>", "a & b", "&lt;", "<https://example.com|x>", "a > b"} {
		got := ""
		for _, span := range mrkdwn.Parse("x "+mrkdwn.Escape(s), true, mrkdwn.Reader{}) {
			if span.Kind != mrkdwn.KindText {
				t.Errorf("%q became a %s", s, span.Kind)
			}
			got += span.Text
		}
		if got != "x "+s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	// 2026-03-03 23:30 in New York, 05:30 on the 4th in Berlin.
	const unix = 1772598600
	for _, tc := range []struct{ zone, format, want string }{
		{"America/New_York", "{date_num}", "2026-03-03"},
		{"Europe/Berlin", "{date_num}", "2026-03-04"},
		{"America/New_York", "{date_pretty}", "yesterday"},
		{"Europe/Berlin", "{date_pretty}", "today"},
		{"Asia/Tokyo", "{date_short_pretty}", "today"},
		{"Europe/Berlin", "{time}", "5:30 AM"},
		{"Europe/Berlin", "{time_secs}", "5:30:00 AM"},
		{"Europe/Berlin", "{date}", "March 4th"},
		{"Europe/Berlin", "{date_short}", "Mar 4"},
		{"Europe/Berlin", "{date_long}", "Wednesday, March 4th"},
		{"America/New_York", "{date_long_pretty}", "yesterday"},
		{"Europe/Berlin", "{ago}", "4 hours ago"},
		{"Europe/Berlin", "{unknown} x", "{unknown} x"},
	} {
		if got := mrkdwn.FormatDate(unix, tc.format, reader(t, tc.zone)); got != tc.want {
			t.Errorf("%s in %s: %q, want %q", tc.format, tc.zone, got, tc.want)
		}
	}
	r := reader(t, "Europe/Berlin")
	for days, want := range map[int]string{1: "tomorrow", 400: "Apr 8, 2027"} {
		if got := mrkdwn.FormatDate(r.Now.AddDate(0, 0, days).Unix(), "{date_short_pretty}", r); got != want {
			t.Errorf("%d days on: %q, want %q", days, got, want)
		}
	}
	if got := mrkdwn.FormatDate(r.Now.Add(90*time.Second).Unix(), "{ago}", r); got != "in 1 minute" {
		t.Errorf("ago of the future: %q", got)
	}
}
