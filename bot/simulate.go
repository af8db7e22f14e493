package bot

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// The ids of Simulate.
const (
	viewSimulate = "stint.simulate"

	actSimulateShow = "stint.simulate.show" // + ":" + which; value: which
	actSimulatePage = "stint.simulate.page" // value: page

	simulateTitle = "Simulate my draft"
	simulatePage  = 10

	simulateHarder = "harder"
	simulateEasier = "easier"
)

// simulateMeta is where an admin is in the differences.
type simulateMeta struct {
	Which string `json:"w,omitempty"` // simulateHarder, simulateEasier; "": both
	Page  int    `json:"p,omitempty"`
}

func (m simulateMeta) String() string {
	raw, _ := json.Marshal(m) // a word and a number
	return string(raw)
}

func readSimulateMeta(s string) simulateMeta {
	var m simulateMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page of both
	return m
}

// simulateView says what a draft changes today, and what it would have changed lately.
func simulateView(v access.SimulationView, m simulateMeta, example func(policy.Example) access.ExampleView) slack.ModalViewRequest {
	blocks := impactBlocks(v.Impact, example)
	blocks = append(blocks, divider(), section(simulateHead(v)))

	harder, easier := byHardness(v.Differences)
	shown := append(append([]access.SimulatedRequest{}, harder...), easier...)
	switch m.Which {
	case simulateHarder:
		shown = harder
	case simulateEasier:
		shown = easier
	}
	if len(harder) > 0 && len(easier) > 0 {
		blocks = append(blocks, simulateFilter(m, len(harder), len(easier)))
	}
	from, to, page := pageOf(len(shown), m.Page, simulatePage)
	m.Page = page
	blocks = append(blocks, simulatedLines(shown, from, to)...)
	if p := pager(actSimulatePage, page, len(shown), simulatePage, "requests"); p != nil {
		blocks = append(blocks, p)
	}
	if v.Left > 0 {
		blocks = append(blocks, small("And "+thousands(v.Left)+" more, before these. The newest are listed."))
	}
	blocks = append(blocks, small("By the people, groups and accounts of today, and the times of then. Nothing was changed, and nobody was told."))
	view := modal(viewSimulate, simulateTitle, "", "Close", blocks)
	view.PrivateMetadata = m.String()
	return view
}

func simulateHead(v access.SimulationView) string {
	differ := len(v.Differences) + v.Left
	text := "*The requests since " + day(v.Since) + ":* "
	switch {
	case v.Requests == 0:
		return text + "there are none."
	case differ == 0:
		return text + "all " + thousands(v.Requests) + " would have been decided the same way."
	case differ == 1:
		return text + "*1* of " + thousands(v.Requests) + " would have been decided differently."
	}
	return text + "*" + thousands(differ) + "* of " + thousands(v.Requests) + " would have been decided differently."
}

// day is the date of a moment, in the reader's own time zone.
func day(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty}|%s>", t.Unix(), t.UTC().Format("Jan 2"))
}

// byHardness parts the differences, and puts those of one kind beside one another, the
// kind whose newest request is newest first.
func byHardness(ds []access.SimulatedRequest) (harder, easier []access.SimulatedRequest) {
	for _, hard := range []bool{true, false} {
		var kinds []string
		byKind := map[string][]access.SimulatedRequest{}
		for _, d := range ds {
			if d.Harder != hard {
				continue
			}
			if byKind[d.What] == nil {
				kinds = append(kinds, d.What)
			}
			byKind[d.What] = append(byKind[d.What], d)
		}
		for _, k := range kinds {
			if hard {
				harder = append(harder, byKind[k]...)
			} else {
				easier = append(easier, byKind[k]...)
			}
		}
	}
	return harder, easier
}

func simulateFilter(m simulateMeta, harder, easier int) slack.Block {
	one := func(which, label string, n int) *slack.ButtonBlockElement {
		b := button(actSimulateShow+":"+which, which, label+" "+thousands(n), "Show what is "+label)
		if which == m.Which {
			primary(b)
		}
		return b
	}
	return actions(one("", "All", harder+easier), one(simulateHarder, "Harder", harder), one(simulateEasier, "Easier", easier))
}

// simulatedLines lists some differences, each kind under its head.
func simulatedLines(ds []access.SimulatedRequest, from, to int) []slack.Block {
	var lines []string
	for i := from; i < to; i++ {
		d := ds[i]
		if i == from || ds[i-1].What != d.What || ds[i-1].Harder != d.Harder {
			lines = append(lines, simulatedHead(d, countLike(ds, d)))
		}
		r := d.Request.Request
		lines = append(lines, "• "+when(r.SubmittedAt)+": "+actor(r.Receiver)+", "+items(d.Request, item)+" · "+length(r.Duration)+" ("+pastState(r.State)+")")
	}
	return packed(lines)
}

func simulatedHead(d access.SimulatedRequest, n int) string {
	icon, word := ":unlock:", "Easier"
	if d.Harder {
		icon, word = ":lock:", "Harder"
	}
	return fmt.Sprintf("%s *%s:* %s (%s)", icon, word, escName(d.What, 200), plural(n, "request"))
}

func countLike(ds []access.SimulatedRequest, like access.SimulatedRequest) int {
	n := 0
	for _, d := range ds {
		if d.What == like.What && d.Harder == like.Harder {
			n++
		}
	}
	return n
}

// pastState is how a request came out.
func pastState(s access.RequestState) string {
	if s == access.Pending {
		return "still waiting"
	}
	return "was " + string(s)
}

// simulatingView is shown while it runs.
func simulatingView(since time.Duration) slack.ModalViewRequest {
	text := ":hourglass_flowing_sand: *Deciding everything again by your draft:* today's accounts, roles and people, and the requests of the last 90 days."
	if since >= time.Second {
		text += "\n" + length(since) + " so far."
	}
	return noteView(simulateTitle, text)
}

// noDraftView says how to get something to simulate.
func noDraftView() slack.ModalViewRequest {
	return modal(viewNote, simulateTitle, "", "Close", []slack.Block{
		section("*You have no draft that changes anything.* Change a rule or a setting, and see here what it would do before you apply it."),
		actions(button(openArea(areaRules), "rules", "Rules", "The rules of the policy"), button(openArea(areaSettings), "settings", "Settings", "Admins, channels, times")),
	})
}
