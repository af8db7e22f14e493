package page

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/mrkdwn"
)

// moment is a time ahead that a message names: when access ends, when a request lapses. The sandbox knows
// nothing of the app's records; what the app tells people is what it can offer to jump to.
type moment struct {
	At    time.Time `json:"at"`
	Where []string  `json:"where"` // the conversations that name it
}

func (s *Server) clock(r *http.Request) (any, error) {
	out := struct {
		Now time.Time `json:"now"`
		// Offset is how far the clock is ahead of the wall.
		Offset string `json:"offset"`
		// Next are the nearest times that the person's conversations name.
		Next []moment `json:"next"`
	}{Now: s.cfg.Clock.Now(), Offset: s.cfg.Clock.Offset().String(), Next: []moment{}}
	if name := r.URL.Query().Get("person"); name != "" {
		u, err := s.user(name)
		if err != nil {
			return nil, err
		}
		if p, err := s.cfg.Slack.As(u.ID); err == nil {
			out.Next = s.ahead(p, out.Now)
		}
	}
	return out, nil
}

// ahead collects the nearest time of each conversation, soonest first.
func (s *Server) ahead(p *slacksim.Person, now time.Time) []moment {
	where := map[int64][]string{}
	look := func(name string, v any) {
		shown, err := rendered(p, v)
		if err != nil {
			return
		}
		soonest := int64(0)
		dates(shown, func(unix int64) {
			if unix > now.Unix() && (soonest == 0 || unix < soonest) {
				soonest = unix
			}
		})
		if soonest != 0 {
			where[soonest] = append(where[soonest], name)
		}
	}
	side := p.Sidebar()
	for _, e := range append(side.Channels, side.Apps...) {
		if e.ID == "" {
			continue
		}
		if c, err := p.Conversation(e.ID); err == nil {
			look(e.Name, c.Messages)
		}
	}
	look("Home", p.Home())
	found := []moment{}
	for _, unix := range slices.Sorted(maps.Keys(where)) {
		found = append(found, moment{At: time.Unix(unix, 0).UTC(), Where: where[unix]})
	}
	return found
}

// dates visits every date that spans of rendered texts hold.
func dates(v any, visit func(unix int64)) {
	switch v := v.(type) {
	case []mrkdwn.Span:
		for _, x := range v {
			if x.Unix != 0 {
				visit(x.Unix)
			}
		}
	case []any:
		for _, x := range v {
			dates(x, visit)
		}
	case map[string]any:
		if n, ok := v["unix"].(json.Number); ok {
			if unix, err := n.Int64(); err == nil {
				visit(unix)
			}
		}
		for _, x := range v {
			dates(x, visit)
		}
	}
}

// longestJump keeps a slip of the keyboard from ending every access of the next century.
const longestJump = 366 * 24 * time.Hour

func (s *Server) advance(r *http.Request) (any, error) {
	in, err := body[struct {
		By string    `json:"by"`
		To time.Time `json:"to"`
	}](r)
	if err != nil {
		return nil, err
	}
	by := in.To.Sub(s.cfg.Clock.Now())
	if in.By != "" {
		if by, err = time.ParseDuration(in.By); err != nil {
			return nil, badRequest("The duration "+in.By+" cannot be read.", "Write it like 15m, 1h30m or 90s.")
		}
	} else if in.To.IsZero() {
		return nil, badRequest("It is missing how far the clock is to go.", "Give by, as in 15m, or to, as in 2030-01-31T12:00:00Z.")
	}
	switch {
	case by <= 0:
		return nil, badRequest("The clock does not go back.", "Give a time ahead of now, "+s.cfg.Clock.Now().UTC().Format(time.RFC3339)+".")
	case by > longestJump:
		return nil, badRequest("A jump of "+by.String()+" is too far.", "At most 366 days at a time.")
	}
	from := time.Now()
	s.cfg.Clock.Advance(by)
	s.jumps.note(from, s.cfg.Clock.Offset())
	return s.clock(r)
}
