package bot

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// livePage is how much live access the hub shows at once: on a phone, what comes after it
// must not be far away.
const livePage = 6

// hub is everything that the root of /jit-config shows.
type hub struct {
	access.ConfigView
	now    time.Time
	orders []access.EndOrderView // mass ends that run, and the last that ran, if it was lately
}

// configMeta is where an admin is in the lists.
type configMeta struct {
	Live int `json:"live,omitempty"` // page
}

func (m configMeta) String() string {
	raw, _ := json.Marshal(m) // a number
	return string(raw)
}

func readConfigMeta(s string) configMeta {
	var m configMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the first page
	return m
}

// hubView is the root of /jit-config. It is read in the night, on a phone: what needs an
// admin now comes first, then the live access, then the way to everything else, and last
// what is well.
func hubView(h hub, m configMeta, said string) slack.ModalViewRequest {
	var blocks []slack.Block
	if said != "" {
		blocks = append(blocks, section(said), divider())
	}
	blocks = append(blocks, hubNow(h)...)

	from, to, page := pageOf(len(h.Live), m.Live, livePage)
	m.Live = page
	blocks = append(blocks, section(fmt.Sprintf("*Live access* (%s)", thousands(len(h.Live)))))
	if len(h.Live) == 0 {
		blocks = append(blocks, small("None right now."))
	}
	for _, g := range h.Live[from:to] {
		blocks = append(blocks, liveLine(g))
	}
	if p := pager(actLive, m.Live, len(h.Live), livePage, "live access"); p != nil {
		blocks = append(blocks, p)
	}

	blocks = append(blocks, divider())
	blocks = append(blocks, hubDoors(h)...)
	blocks = append(blocks, divider())
	blocks = append(blocks, hubHealth(h)...)
	v := modal(viewConfig, "Stint for admins", "", "Close", blocks)
	v.PrivateMetadata = m.String()
	return v
}

// hubDoors are the buttons to the other parts.
func hubDoors(h hub) []slack.Block {
	door := func(area, label, spoken string) *slack.ButtonBlockElement {
		return button(openArea(area), area, label, spoken)
	}
	rules := door(areaRules, "Rules", "The rules of the policy")
	explain := door(areaExplain, "Explain", "Explain why somebody may or may not have something")
	who := door(areaPeople, "People", "Who is who in Slack and AWS")
	settings := door(areaSettings, "Settings", "Admins, channels, times")
	drift := door(areaDrift, "Drift", "What AWS holds and nobody granted through Stint")
	known := door(areaCatalog, "Catalog", "Accounts, roles, people and groups that Stint knows")
	first := []*slack.ButtonBlockElement{rules, explain, who, known, drift, settings}
	if h.Editable {
		first = append(first,
			door(areaSimulate, "Simulate", "What your draft would have decided differently"),
			door(areaVersions, "Versions", "Earlier versions of the policy, to go back to"))
	}
	var second []*slack.ButtonBlockElement
	if h.Paused == nil {
		second = append(second, door(areaPause, "Pause…", "Hold all new access, asks for a reason"))
	}
	second = append(second, door(areaEnd, "End all…", "End all access of a person, an account, or everybody; asks first"))
	if !h.Syncing {
		second = append(second, button(actSync, "sync", "Sync now", "Read accounts, roles and people from AWS now"))
	}
	second = append(second, button(actRefresh, "refresh", "Refresh", "Refresh this view"))
	return []slack.Block{actions(first...), actions(second...)}
}

func liveLine(g access.GrantView) slack.Block {
	text := actor(g.Grant.Holder) + ": " + item(g.Item) + "\n" + grantLine(g)
	if g.Phase == access.PhaseEnding || g.Phase == access.PhaseEnded {
		return section(text)
	}
	b := endButton(g, actEndLive)
	b.Text, b.Style = plain("End", maxButton), "" // six red buttons are no help in the night; the question that follows is red
	return sectionWith(text, b)
}

// pageOf bounds a page number and says which entries it shows.
func pageOf(total, page, size int) (from, to, p int) {
	last := max(0, (total-1)/size)
	p = min(max(page, 0), last)
	return p * size, min(total, (p+1)*size), p
}

// pager is the buttons to the neighbouring pages; nil when there is only one.
func pager(action string, page, total, size int, what string) slack.Block {
	last := (total - 1) / size
	if total <= size {
		return nil
	}
	var bs []*slack.ButtonBlockElement
	if page > 0 {
		bs = append(bs, button(action+":prev", strconv.Itoa(page-1), "‹ Previous", "Previous page of "+what))
	}
	if page < last {
		bs = append(bs, button(action+":next", strconv.Itoa(page+1), fmt.Sprintf("Next (page %d of %d) ›", page+2, last+1), "Next page of "+what))
	}
	return actions(bs...)
}
