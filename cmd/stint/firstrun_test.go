package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"stint/access"
)

// onPage acts as a person by the calls of the sandbox's page.
type onPage struct {
	h    *house
	who  string
	send string // the token
}

func (h *house) onPage(who string) *onPage {
	p := &onPage{h: h, who: who}
	var session struct{ Token string }
	p.get("/api/session", &session)
	p.send = session.Token
	return p
}

func (p *onPage) get(path string, into any) {
	p.h.t.Helper()
	req, err := http.NewRequestWithContext(p.h.t.Context(), http.MethodGet, p.h.box.URL()+path, http.NoBody)
	if err != nil {
		p.h.t.Fatal(err)
	}
	p.do(req, into)
}

// post is an action of the person; the answer is what Slack shows.
func (p *onPage) post(action string, body map[string]any) (result struct {
	OK     bool
	Notice string
	Errors map[string]string
},
) {
	p.h.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.h.t.Context(), http.MethodPost, p.h.box.URL()+"/api/people/"+p.who+"/"+action, bytes.NewReader(raw))
	if err != nil {
		p.h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Sandbox-Token", p.send)
	p.do(req, &result)
	return result
}

func (p *onPage) do(req *http.Request, into any) {
	p.h.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.h.t.Fatalf("%s: %s %s %v", req.URL.Path, resp.Status, raw, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		p.h.t.Fatal(err)
	}
}

// modal waits until the view on top says a text, and gives the ids of its inputs.
func (p *onPage) modal(says string) (blocks []string) {
	p.h.t.Helper()
	var shown string
	defer func() {
		if !strings.Contains(shown, says) {
			p.h.t.Logf("%s sees %s", p.who, shown)
		}
	}()
	p.h.eventually("a view that says "+says, func() bool {
		var top struct {
			Modal struct {
				Blocks []json.RawMessage
				Values map[string]any
			}
		}
		p.get("/api/people/"+p.who+"/modal", &top)
		raw, _ := json.Marshal(top.Modal.Blocks)
		shown = string(raw)
		blocks = blocks[:0]
		for id := range top.Modal.Values {
			blocks = append(blocks, id)
		}
		return strings.Contains(shown, says)
	})
	return blocks
}

func (p *onPage) fill(block, action string, values ...string) {
	p.h.t.Helper()
	if r := p.post("fill", map[string]any{"block_id": block, "action_id": action, "values": values}); !r.OK {
		p.h.t.Fatalf("%s: %+v", block, r)
	}
}

func (p *onPage) submit() {
	p.h.t.Helper()
	if r := p.post("modal/submit", map[string]any{}); !r.OK {
		p.h.t.Fatalf("submit: %+v", r)
	}
}

// TestFirstRun starts without a policy: people are told who can set one up, the admin does
// so with /jit-config, and from then on the main job works, after a restart too.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.how.policy, h.how.admins = "", []string{castAdmin}
	h.start()
	if h.app.service.Policy() != nil {
		t.Fatal("there is a policy already")
	}
	alice := h.onPage("alice@example.com")
	alice.post("command", map[string]any{"text": "/jit-config"})
	h.eventually("Alice is told whom to ask", func() bool {
		var conversation json.RawMessage
		alice.get("/api/people/alice@example.com/conversations/app", &conversation)
		return strings.Contains(string(conversation), "No policy is in force yet. Carol Lindqvist can set it up with /jit-config.")
	})

	carol := h.onPage(castAdmin)
	carol.post("command", map[string]any{"text": "/jit-config"})
	carol.modal("Who approves?")
	h.eventually("the user group is offered", func() bool {
		carol.post("options", map[string]any{"block_id": "setup_approvers", "action_id": "stint.setup.anyone:approvers", "query": "sre"})
		return carol.post("fill", map[string]any{"block_id": "setup_approvers", "action_id": "stint.setup.anyone:approvers", "values": []string{"user_group:sre"}}).OK
	})
	carol.fill("setup_channel", "stint.setup.channel", h.channel("aws-approvals"))
	carol.submit()
	for _, block := range carol.modal("entitlements in 12 accounts for ") {
		if strings.HasPrefix(block, "draft_read/") {
			carol.fill(block, "stint.draft.read", "opens")
		}
	}
	carol.fill("draft_reason", "stint.form.why", "To begin with")
	if h.app.service.Policy() != nil {
		t.Fatal("it is in force before it was applied")
	}
	carol.submit()
	carol.modal("is in force")
	h.eventually("the policy is in force", func() bool { return h.app.service.Policy() != nil })
	h.mainJob()
	version := h.app.service.Policy().Version()
	h.stop()

	h.how.admins = nil
	h.start()
	if v := h.app.service.Policy().Version(); v != version {
		t.Errorf("after a restart version %s is in force, not %s", v, version)
	}
	h.later()
	h.mainJob()
	h.stop()
	h.audited()
	r, err := h.kept()
	if err != nil || r.Number != 1 || r.Author.Name != "Carol Lindqvist" || r.Reason != "To begin with" {
		t.Errorf("revision %d by %s because %q: %v", r.Number, r.Author.Name, r.Reason, err)
	}
}

// kept is the revision in force of a stopped house.
func (h *house) kept() (access.Revision, error) {
	db, err := openStore(h.how.dir)
	if err != nil {
		return access.Revision{}, err
	}
	defer func() { _ = db.Close() }()
	return keptRevision(h.t.Context(), db, 0)
}
