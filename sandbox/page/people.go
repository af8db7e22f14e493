package page

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
)

// session is what a page or script needs first.
func (s *Server) session(*http.Request) (any, error) {
	type app struct {
		Name      string `json:"name"`
		ID        string `json:"id"`
		BotUserID string `json:"bot_user_id"`
	}
	bot, _ := s.cfg.Slack.User(s.cfg.Slack.BotUserID())
	return struct {
		Token   string    `json:"token"`
		TeamID  string    `json:"team_id"`
		App     app       `json:"app"`
		Connect []Setting `json:"connect"`
	}{
		s.token, s.cfg.Slack.TeamID(),
		app{bot.Label(), s.cfg.Slack.AppID(), s.cfg.Slack.BotUserID()},
		orEmpty(s.cfg.Connect),
	}, nil
}

// somebody is a person in the list of people.
type somebody struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Title string `json:"title,omitempty"`
	TZ    string `json:"tz"`
	// Words say in plain words what the person is: user groups, admin, guest, deactivated…
	Words []string `json:"words"`
	// Cast says that the person is one of those offered first.
	Cast bool `json:"cast,omitempty"`
	// Can says whether the person can be acted as.
	Can bool `json:"can_act"`
	// Unread and Mentions are given for the cast only.
	Unread   int `json:"unread"`
	Mentions int `json:"mentions"`
}

func (s *Server) somebody(u slacksim.User, groups []slacksim.UserGroup) somebody {
	out := somebody{ID: u.ID, Name: u.Label(), Email: u.Email, Title: u.Title, TZ: u.TZ, Words: []string{}}
	out.Can = !u.Bot && !u.Deleted
	for _, g := range groups {
		if !g.Disabled && slices.Contains(g.Members, u.ID) {
			out.Words = append(out.Words, "@"+g.Handle)
		}
	}
	for word, is := range map[string]bool{
		"bot": u.Bot, "deactivated": u.Deleted, "stranger": u.Stranger, "guest": u.Restricted,
		"workspace admin": u.Admin || u.Owner,
	} {
		if is {
			out.Words = append(out.Words, word)
		}
	}
	slices.Sort(out.Words)
	if _, out.Cast = s.cast[u.ID]; out.Cast && out.Can {
		if p, err := s.cfg.Slack.As(u.ID); err == nil {
			side := p.Sidebar()
			for _, e := range append(side.Channels, side.Apps...) {
				out.Unread += e.Unread
				out.Mentions += e.Mentions
			}
		}
	}
	return out
}

// slackbot is Slack itself; nobody acts as it.
const slackbot = "USLACKBOT"

// people lists the cast first, then everybody else unless cast is asked for; q searches names, e-mails and titles.
func (s *Server) people(r *http.Request) (any, error) {
	limit, err := number(r, "limit", 50)
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q")))
	var users []slacksim.User
	if flag(r, "cast") {
		// The page asks for these at every change; there may be many thousand others.
		for _, id := range s.cfg.Cast {
			if u, ok := s.cfg.Slack.User(id); ok {
				users = append(users, u)
			}
		}
	} else {
		users = s.cfg.Slack.Users()
	}
	slices.SortStableFunc(users, func(a, b slacksim.User) int { return cmp.Compare(s.rank(a.ID), s.rank(b.ID)) })
	groups := s.cfg.Slack.UserGroups()
	list, total := []somebody{}, 0
	for _, u := range users {
		if u.ID == s.cfg.Slack.BotUserID() || u.ID == slackbot ||
			q != "" && !strings.Contains(strings.ToLower(u.Label()+"\n"+u.Email+"\n"+u.Title+"\n"+u.ID), q) {
			continue
		}
		if total++; len(list) < limit {
			list = append(list, s.somebody(u, groups))
		}
	}
	return struct {
		People []somebody `json:"people"`
		Total  int        `json:"total"`
	}{list, total}, nil
}

func (s *Server) rank(id string) int {
	if i, ok := s.cast[id]; ok {
		return i
	}
	return len(s.cast)
}

// user finds a Slack user by id, e-mail or handle.
func (s *Server) user(name string) (slacksim.User, error) {
	if u, ok := s.cfg.Slack.User(name); ok {
		return u, nil
	}
	for _, u := range s.cfg.Slack.Users() {
		if strings.EqualFold(u.Email, name) || u.Name == strings.TrimPrefix(name, "@") {
			return u, nil
		}
	}
	return slacksim.User{}, notFound("There is no person "+name+".", "GET /api/people lists them; an id, an e-mail or a handle names one.")
}

// personDetail is one person with what AWS knows of the same e-mail.
func (s *Server) personDetail(r *http.Request) (any, error) {
	u, err := s.user(r.PathValue("person"))
	if err != nil {
		return nil, err
	}
	out := struct {
		somebody
		Slack slacksim.User `json:"slack"`
		AWS   *awsPerson    `json:"aws,omitempty"`
	}{somebody: s.somebody(u, s.cfg.Slack.UserGroups()), Slack: u}
	org := s.cfg.AWS.Snapshot()
	at := slices.IndexFunc(org.Users, func(x awssim.User) bool { return u.Email != "" && strings.EqualFold(x.Email, u.Email) })
	if at >= 0 {
		p := awsPersonOf(org.Users[at])
		p.Groups = []string{}
		for _, m := range org.Memberships {
			if m.UserID != p.ID {
				continue
			}
			for _, g := range org.Groups {
				if g.ID == m.GroupID {
					p.Groups = append(p.Groups, g.DisplayName)
				}
			}
		}
		out.AWS = &p
	}
	return out, nil
}

// actor is a handler that does something as a person.
type actor func(p *slacksim.Person, r *http.Request) (any, error)

// as finds the person that a call acts as.
func (s *Server) as(do actor) handler {
	return func(r *http.Request) (any, error) {
		u, err := s.user(r.PathValue("person"))
		if err != nil {
			return nil, err
		}
		p, err := s.cfg.Slack.As(u.ID)
		if err != nil {
			return nil, &apiError{
				status: http.StatusConflict, Code: "cannot_act",
				Message: strings.TrimPrefix(err.Error(), "slacksim: ") + ".", Hint: "Choose another person; GET /api/people says can_act of each.",
			}
		}
		return do(p, r)
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
