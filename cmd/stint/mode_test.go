package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/identity"
	"stint/access/policy/policyfile"
	"stint/examples"
	"stint/sandbox/page"
	"stint/suite/people"
)

// keep makes the house edit its policy in Slack, beginning with the example's.
func (h *house) keep() {
	h.t.Helper()
	h.how.policy = ""
	if err := importExample(h.t.Context(), h.box, h.how.dir); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) admin() identity.SlackUserID {
	return identity.SlackUserID(h.box.Cast().ID("carol"))
}

func (h *house) write(path string, data []byte) {
	h.t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// later waits until a removal is proven and, on the sandbox's clock, until AWS's listings
// are believed again after it, so that the main job can be done once more.
func (h *house) later() {
	h.t.Helper()
	h.eventually("the removal is proven", func() bool {
		left := 1
		err := h.app.store.View(h.t.Context(), func(tx access.Tx) error {
			all, err := tx.Assignments(access.AssignmentFilter{States: []access.AssignmentState{access.Deleting}})
			left = len(all)
			return err
		})
		return err == nil && left == 0
	})
	h.box.Clock().Advance(2 * time.Minute)
}

// audited checks that the log of a stopped house leads to what its store holds.
func (h *house) audited() {
	h.t.Helper()
	db, err := openStore(h.how.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := access.VerifyAudit(h.t.Context(), db); err != nil {
		h.t.Error(err)
	}
}

// logged reports whether the log of the sandbox has a line with the text.
func (h *house) logged(text string) bool {
	return slices.ContainsFunc(h.box.Log().Lines(0), func(l page.Line) bool { return strings.Contains(l.Text, text) })
}

// told reports whether the admin has a message from Stint with the text.
func (h *house) told(text string) bool {
	h.t.Helper()
	carol, err := people.Act(h.box, "carol")
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := carol.Here.Conversation(carol.DM())
	if err != nil {
		return false
	}
	for _, m := range c.Messages {
		if raw, _ := json.Marshal(m); strings.Contains(string(raw), text) {
			return true
		}
	}
	return false
}

// TestMainJobByThePolicyInTheStore does the main job by a policy that no file holds, before
// and after a restart.
func TestMainJobByThePolicyInTheStore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.keep()
	h.start()
	if v, err := h.app.service.Config(t.Context(), h.admin()); err != nil || v.PolicyFile != "" {
		t.Errorf("/jit-config says that the policy is in %q: %v", v.PolicyFile, err)
	}
	h.mainJob()
	h.stop()
	h.start()
	h.later()
	h.mainJob()
	h.stop()
	h.audited()
}

// TestFileInThePlaceOfAnEditedPolicy starts with a file where the store keeps a policy:
// the file decides, the log and /jit-config say so, and without it the other one is back.
func TestFileInThePlaceOfAnEditedPolicy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	file := h.how.policy
	h.keep()
	h.start()
	kept := h.app.service.Policy().Version()
	h.stop()
	f, _ := policyfile.Parse(file, examples.Policy)
	spec := f.Spec
	spec.Rules = spec.Rules[:2]
	shorter, err := policyfile.Format(spec)
	if err != nil {
		t.Fatal(err)
	}
	h.write(file, shorter)
	h.how.policy = file
	h.start()
	if rules := h.app.service.Policy().Rules(); len(rules) != 2 {
		t.Errorf("%d rules decide, not the 2 of the file", len(rules))
	}
	v, err := h.app.service.Config(t.Context(), h.admin())
	if err != nil {
		t.Fatal(err)
	}
	const rests = "revision 1 by Stint was edited in Slack and rests, because "
	said := false
	for _, c := range v.Checks {
		said = said || strings.Contains(c.Detail, rests+file)
	}
	if !said {
		t.Errorf("/jit-config does not say %q: %v", rests, v.Checks)
	}
	h.eventually("the log says so", func() bool { return h.logged(rests) })
	h.stop()
	h.how.policy = ""
	h.start()
	if v := h.app.service.Policy().Version(); v != kept {
		t.Errorf("version %s is back, not %s", v, kept)
	}
	h.stop()
	h.audited()
}

// TestBadFileKeepsThePolicy saves a file with a mistake and mends it.
func TestBadFileKeepsThePolicy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.start()
	before := h.app.service.Policy().Version()
	h.write(h.how.policy, []byte(strings.Replace(string(examples.Policy), "approval: automatic", "aproval: automatic", 1)))
	h.eventually("the file is refused", func() bool { return strings.Contains(h.app.service.PolicyProblem(), "policy.yaml:") })
	if v := h.app.service.Policy().Version(); v != before {
		t.Errorf("version %s is in force, not the one before the mistake, %s", v, before)
	}
	told := false
	for _, c := range h.app.service.Checks(t.Context()) {
		if needed[c.Name] && !c.OK {
			t.Errorf("/readyz turns people away because of %s: %s", c.Name, c.Detail)
		}
		told = told || c.Name == "Newer policy" && !c.OK && strings.Contains(c.Detail, "policy.yaml:")
	}
	if !told {
		t.Error("no check tells of the file that was refused")
	}
	h.eventually("the admins are told", func() bool { return h.told("The policy file was refused and the old policy stays in force") })
	h.mainJob()
	h.write(h.how.policy, []byte(strings.Replace(string(examples.Policy), "max_duration: 2h", "max_duration: 90m", 1)))
	h.eventually("the mended file is in force", func() bool {
		return h.app.service.PolicyProblem() == "" && h.app.service.Policy().Version() != before
	})
}
