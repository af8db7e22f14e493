package page

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"stint/sandbox/slacksim"
)

func (s *Server) commands(*http.Request) (any, error) {
	return map[string]any{"commands": s.cfg.Slack.Commands(), "shortcuts": s.cfg.Slack.Shortcuts()}, nil
}

// slackLog is what passed between the app and Slack, newest first.
func (s *Server) slackLog(r *http.Request) (any, error) {
	limit, err := number(r, "limit", 100)
	if err != nil {
		return nil, err
	}
	after, err := number(r, "after", 0)
	if err != nil {
		return nil, err
	}
	entries := s.cfg.Slack.Log(uint64(after))
	slices.Reverse(entries)
	if len(entries) > limit {
		entries = entries[:limit]
	}
	passed := []passage{}
	for _, e := range entries {
		passed = append(passed, passage{Entry: e, Clock: s.jumps.clock(e.At)})
	}
	return map[string]any{"entries": passed}, nil
}

// passage is an entry of Slack's log with the sandbox's time of it.
type passage struct {
	slacksim.Entry
	Clock time.Time `json:"clock"`
}

// faultsOfSlack are the faults without those of single methods, which have calls of their own.
type faultsOfSlack struct {
	Gone           bool          `json:"gone"`
	RefuseSockets  bool          `json:"refuse_sockets"`
	IgnoreAcks     bool          `json:"ignore_acks"`
	Redeliver      int           `json:"redeliver"`
	ExpireTriggers bool          `json:"expire_triggers"`
	Latency        time.Duration `json:"latency"`
}

func generalFaults(f slacksim.Faults) faultsOfSlack {
	return faultsOfSlack{f.Gone, f.RefuseSockets, f.IgnoreAcks, f.Redeliver, f.ExpireTriggers, f.Latency}
}

// methodFault is slacksim.MethodFault with durations as text.
type methodFault struct {
	Method      string `json:"method"`
	Status      int    `json:"status,omitempty"`
	RetryAfter  string `json:"retry_after,omitempty"`
	Error       string `json:"error,omitempty"`
	AfterEffect bool   `json:"after_effect,omitempty"`
	Latency     string `json:"latency,omitempty"`
	Times       int    `json:"times,omitempty"`
}

func (s *Server) slackFaults(*http.Request) (any, error) {
	f := s.cfg.Slack.Faults()
	methods := []methodFault{}
	for name, m := range f.Methods {
		out := methodFault{Method: name, Status: m.Status, Error: m.Error, AfterEffect: m.AfterEffect, Times: m.Times}
		if m.RetryAfter > 0 {
			out.RetryAfter = m.RetryAfter.String()
		}
		if m.Latency > 0 {
			out.Latency = m.Latency.String()
		}
		methods = append(methods, out)
	}
	slices.SortFunc(methods, func(a, b methodFault) int { return compare(a.Method, b.Method) })
	return struct {
		Fields  []field       `json:"fields"`
		Methods []methodFault `json:"methods"`
	}{fields(generalFaults(f), faultsOfSlack{}, slackFaultWords), methods}, nil
}

// values is the body of the calls that change settings: only what is named changes.
type values struct {
	Values map[string]json.RawMessage `json:"values"`
}

func (s *Server) setSlackFaults(r *http.Request) (any, error) {
	in, err := body[values](r)
	if err != nil {
		return nil, err
	}
	all := s.cfg.Slack.Faults()
	f := generalFaults(all)
	if err := change(&f, in.Values); err != nil {
		return nil, err
	}
	if f.Redeliver < 0 || f.Redeliver > 10 {
		return nil, badRequest("redeliver is out of range.", "It takes 0 to 10.")
	}
	all.Gone, all.RefuseSockets, all.IgnoreAcks = f.Gone, f.RefuseSockets, f.IgnoreAcks
	all.Redeliver, all.ExpireTriggers, all.Latency = f.Redeliver, f.ExpireTriggers, f.Latency
	s.cfg.Slack.SetFaults(all)
	return s.slackFaults(r)
}

func (s *Server) failMethod(r *http.Request) (any, error) {
	in, err := body[methodFault](r)
	if err != nil {
		return nil, err
	}
	f := slacksim.MethodFault{Status: in.Status, Error: in.Error, AfterEffect: in.AfterEffect, Times: in.Times}
	if f.RetryAfter, err = optionalDuration("retry_after", in.RetryAfter); err != nil {
		return nil, err
	}
	if f.Latency, err = optionalDuration("latency", in.Latency); err != nil {
		return nil, err
	}
	switch {
	case in.Method == "":
		return nil, badRequest("It is missing which method fails.", "Put a name such as chat.postMessage, or * for all, into method.")
	case f.Status == 0 && f.RetryAfter == 0 && f.Error == "" && f.Latency == 0:
		return nil, badRequest("It is missing how "+in.Method+" fails.", "Give status, retry_after, error or latency.")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return nil, badRequest("The status is no failure.", "Give 400 to 599.")
	case f.Times < 0:
		return nil, badRequest("times is negative.", "Give how many calls are hit; 0 hits all until cleared.")
	}
	s.cfg.Slack.FailMethod(in.Method, f)
	return s.slackFaults(r)
}

func optionalDuration(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, badRequest("The "+name+" "+text+" cannot be read.", "Write it like 90s, 1.5s or 10m.")
	}
	return d, nil
}

func (s *Server) clearSlackFaults(r *http.Request) (any, error) {
	s.cfg.Slack.ClearFaults()
	return s.slackFaults(r)
}

func (s *Server) slackSwitches(*http.Request) (any, error) {
	return map[string]any{"fields": fields(s.cfg.Slack.Switches(), slacksim.DefaultSwitches(), slackSwitchWords)}, nil
}

func (s *Server) setSlackSwitches(r *http.Request) (any, error) {
	in, err := body[values](r)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Slack.Switches()
	if err := change(&now, in.Values); err != nil {
		return nil, err
	}
	s.cfg.Slack.Set(func(to *slacksim.Switches) { *to = now })
	return s.slackSwitches(r)
}

// sockets does to the app's connections what networks and Slack do.
func (s *Server) sockets(r *http.Request) (any, error) {
	in, err := body[struct {
		Do     string `json:"do"`
		Reason string `json:"reason"`
	}](r)
	if err != nil {
		return nil, err
	}
	switch in.Do {
	case "drop":
		s.cfg.Slack.DropConnections()
	case "expire_triggers":
		s.cfg.Slack.ExpireTriggers()
	case "disconnect":
		reasons := []string{
			slacksim.DisconnectWarning, slacksim.DisconnectRefresh, slacksim.DisconnectLinkDisabled, slacksim.DisconnectTooMany,
		}
		if !slices.Contains(reasons, in.Reason) {
			return nil, badRequest("Slack gives no reason "+in.Reason+".", "The reasons are warning, refresh_requested, link_disabled and too_many_websockets.")
		}
		s.cfg.Slack.Disconnect(in.Reason)
	default:
		return nil, badRequest("There is nothing called "+in.Do+" to do to sockets.", "do is drop, disconnect or expire_triggers.")
	}
	return done, nil
}

// editSlackUser is the workspace's administration of a member. A field that is left out stays.
func (s *Server) editSlackUser(r *http.Request) (any, error) {
	in, err := body[struct {
		Deactivated    *bool   `json:"deactivated"`
		Guest          *bool   `json:"guest"`
		Stranger       *bool   `json:"stranger"`
		Email          *string `json:"email"`
		EmailConfirmed *bool   `json:"email_confirmed"`
		TZ             *string `json:"tz"`
	}](r)
	if err != nil {
		return nil, err
	}
	u, err := s.user(r.PathValue("person"))
	if err != nil {
		return nil, err
	}
	err = s.cfg.Slack.UpdateUser(u.ID, func(u *slacksim.User) {
		set(&u.Deleted, in.Deactivated)
		set(&u.Restricted, in.Guest)
		set(&u.Stranger, in.Stranger)
		set(&u.Email, in.Email)
		set(&u.TZ, in.TZ)
		if in.EmailConfirmed != nil {
			u.EmailConfirmed = in.EmailConfirmed
		}
	})
	if err != nil {
		return nil, err
	}
	return s.personDetail(r)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// editChannel archives, shares, or invites the app. A field that is left out stays.
func (s *Server) editChannel(r *http.Request) (any, error) {
	in, err := body[struct {
		Archived  *bool     `json:"archived"`
		ExtShared *bool     `json:"ext_shared"`
		BotMember *bool     `json:"bot_member"`
		Members   *[]string `json:"members"`
	}](r)
	if err != nil {
		return nil, err
	}
	id := s.channel(nil, r.PathValue("channel"))
	if _, ok := s.cfg.Slack.Channel(id); !ok {
		return nil, notFound("There is no channel "+id+".", "Name it by its id or by its name without the #.")
	}
	err = s.cfg.Slack.UpdateChannel(id, func(c *slacksim.Channel) {
		set(&c.Archived, in.Archived)
		set(&c.ExtShared, in.ExtShared)
		set(&c.BotMember, in.BotMember)
		set(&c.Members, in.Members)
	})
	if err != nil {
		return nil, err
	}
	c, _ := s.cfg.Slack.Channel(id)
	return c, nil
}

func (s *Server) userGroups(*http.Request) (any, error) {
	return map[string]any{"usergroups": orEmpty(s.cfg.Slack.UserGroups())}, nil
}

// editUserGroup replaces who is in a user group, or disables it.
func (s *Server) editUserGroup(r *http.Request) (any, error) {
	in, err := body[struct {
		Members  *[]string `json:"members"`
		Disabled *bool     `json:"disabled"`
	}](r)
	if err != nil {
		return nil, err
	}
	handle := r.PathValue("handle")
	groups := s.cfg.Slack.UserGroups()
	at := slices.IndexFunc(groups, func(g slacksim.UserGroup) bool { return g.Handle == handle || g.ID == handle })
	if at < 0 {
		return nil, notFound("There is no user group "+handle+".", "GET /api/slack/usergroups lists them.")
	}
	if in.Members != nil {
		ids := make([]string, 0, len(*in.Members))
		for _, name := range *in.Members {
			u, err := s.user(name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, u.ID)
		}
		in.Members = &ids
	}
	err = s.cfg.Slack.UpdateUserGroup(groups[at].ID, func(g *slacksim.UserGroup) {
		set(&g.Members, in.Members)
		set(&g.Disabled, in.Disabled)
	})
	if err != nil {
		return nil, err
	}
	return s.userGroups(r)
}
