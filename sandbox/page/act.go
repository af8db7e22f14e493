package page

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// rendered encodes v and gives every text object in it its spans: mentions by name, dates in the zone of the
// person who reads.
func rendered(p *slacksim.Person, v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var decoded any
	if err := d.Decode(&decoded); err != nil {
		return nil, err
	}
	return p.Render([]blockkit.Block{{"it": decoded}})[0]["it"], nil
}

// channel finds a conversation by its id, by its name, or, the person's own with the app, as "app". What is
// none of these is left for the simulator to refuse.
func (s *Server) channel(p *slacksim.Person, name string) string {
	if name == "app" && p != nil {
		return p.OpenApp()
	}
	if _, ok := s.cfg.Slack.Channel(name); ok {
		return name
	}
	for _, c := range s.cfg.Slack.Channels() {
		if c.Kind != slacksim.ChannelDM && c.Name == strings.TrimPrefix(name, "#") {
			return c.ID
		}
	}
	return name
}

// on finds the channel of an element's message.
func (s *Server) on(p *slacksim.Person, e slacksim.Element) slacksim.Element {
	if e.On.Channel != "" {
		e.On.Channel = s.channel(p, e.On.Channel)
	}
	return e
}

// seen renders what a call of a Person returned together with an error.
func seen[T any](p *slacksim.Person, v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return rendered(p, v)
}

func (s *Server) sidebar(p *slacksim.Person, _ *http.Request) (any, error) { return p.Sidebar(), nil }

func (s *Server) openApp(p *slacksim.Person, _ *http.Request) (any, error) {
	return map[string]string{"id": p.OpenApp()}, nil
}

func (s *Server) conversation(p *slacksim.Person, r *http.Request) (any, error) {
	c, err := p.Conversation(s.channel(p, r.PathValue("channel")))
	if err != nil {
		return nil, notFound(strings.TrimPrefix(err.Error(), "slacksim: ")+".", "GET /api/people/{person}/sidebar lists the person's conversations.")
	}
	return rendered(p, c)
}

func (s *Server) markRead(p *slacksim.Person, r *http.Request) (any, error) {
	return done, p.MarkRead(s.channel(p, r.PathValue("channel")))
}

func (s *Server) post(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		Text     string `json:"text"`
		ThreadTS string `json:"thread_ts"`
	}](r)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Text) == "" {
		return nil, badRequest("The message is empty.", "Put what is said into text.")
	}
	m, err := p.Post(r.Context(), s.channel(p, r.PathValue("channel")), in.Text, in.ThreadTS)
	return seen(p, m, err)
}

func (s *Server) command(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		Channel string `json:"channel"`
		Text    string `json:"text"`
	}](r)
	if err != nil {
		return nil, err
	}
	name, rest, _ := strings.Cut(strings.TrimSpace(in.Text), " ")
	if !strings.HasPrefix(name, "/") {
		return nil, badRequest("A command begins with a slash.", "Put the whole line into text, as in \"/aws-access prod-billing\".")
	}
	if in.Channel == "" {
		in.Channel = "app"
	}
	res, err := p.Command(r.Context(), s.channel(p, in.Channel), name, strings.TrimSpace(rest))
	return seen(p, res, err)
}

func (s *Server) shortcut(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		CallbackID string           `json:"callback_id"`
		On         slacksim.Surface `json:"on"`
	}](r)
	if err != nil {
		return nil, err
	}
	res, err := p.Shortcut(r.Context(), in.CallbackID, s.on(p, slacksim.Element{On: in.On}).On)
	return seen(p, res, err)
}

func (s *Server) home(p *slacksim.Person, _ *http.Request) (any, error) { return rendered(p, p.Home()) }

func (s *Server) openHome(p *slacksim.Person, r *http.Request) (any, error) {
	h, err := p.OpenHome(r.Context())
	return seen(p, h, err)
}

func (s *Server) modal(p *slacksim.Person, _ *http.Request) (any, error) {
	m, open := p.Modal()
	if !open {
		return map[string]any{"open": false}, nil
	}
	v, err := rendered(p, m)
	return map[string]any{"open": true, "modal": v}, err
}

func (s *Server) submit(p *slacksim.Person, r *http.Request) (any, error) {
	res, err := p.Submit(r.Context())
	return seen(p, res, err)
}

func (s *Server) closeModal(p *slacksim.Person, r *http.Request) (any, error) {
	return done, p.CloseModal(r.Context())
}

func (s *Server) dismissModals(p *slacksim.Person, r *http.Request) (any, error) {
	return done, p.DismissModals(r.Context())
}

func (s *Server) options(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		slacksim.Element
		Query string `json:"query"`
	}](r)
	if err != nil {
		return nil, err
	}
	o, res, err := p.Options(r.Context(), s.on(p, in.Element), in.Query)
	return seen(p, struct {
		slacksim.Options
		Result slacksim.Result `json:"result"`
	}{o, res}, err)
}

func (s *Server) fill(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		slacksim.Element
		Values []string `json:"values"`
	}](r)
	if err != nil {
		return nil, err
	}
	e := s.on(p, in.Element)
	res, err := p.Fill(r.Context(), e, in.Values...)
	return seen(p, res, gone(p, e, "", err))
}

func (s *Server) enter(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[slacksim.Element](r)
	if err != nil {
		return nil, err
	}
	e := s.on(p, in)
	res, err := p.Enter(r.Context(), e)
	return seen(p, res, gone(p, e, "", err))
}

func (s *Server) press(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		slacksim.Element
		Value string `json:"value"`
	}](r)
	if err != nil {
		return nil, err
	}
	e := s.on(p, in.Element)
	res, err := p.Press(r.Context(), e, in.Value)
	return seen(p, res, gone(p, e, in.Value, err))
}

func (s *Server) forge(p *slacksim.Person, r *http.Request) (any, error) {
	in, err := body[struct {
		slacksim.Element
		Option blockkit.Option `json:"option"`
	}](r)
	if err != nil {
		return nil, err
	}
	res, err := p.Forge(r.Context(), s.on(p, in.Element), in.Option)
	return seen(p, res, err)
}

func (s *Server) reload(p *slacksim.Person, _ *http.Request) (any, error) {
	p.Reload()
	return done, nil
}
