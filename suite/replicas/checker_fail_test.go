package replicas

import (
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return noon.Add(d) }

const testRole = catalog.RoleARN("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-2222222222222222")

func testPaper() paper {
	return paper{
		roles: map[catalog.RoleARN]string{testRole: "Admin"},
		sets:  map[string][]catalog.PersonID{"sre": {"bob-0000", "carol-00"}, "security": {"dana-000", "bob-0000"}},
		steps: map[string][]string{"Admin": {"sre", "security"}},
	}
}

// sound is a history in which everything went well: asked, approved by two, granted, ended
// early, removed.
func sound() *history {
	key := access.Key{Person: "alice-00", Account: "222222222222", Role: testRole}
	a := assignmentOf(key)
	alice := access.Actor{Person: "alice-00", Name: "alice"}
	op := func(kind awssim.OperationKind, from, to time.Duration) awssim.OperationView {
		return awssim.OperationView{Assignment: a, Kind: kind, Status: awssim.Succeeded, Accepted: at(from), Ended: at(to)}
	}
	return &history{
		until:    at(time.Hour),
		standing: []awssim.Assignment{{AccountID: "222222222222", PermissionSetARN: string(testRole), PrincipalType: awssim.PrincipalUser, PrincipalID: "erin-000"}},
		left:     []awssim.Assignment{{AccountID: "222222222222", PermissionSetARN: string(testRole), PrincipalType: awssim.PrincipalUser, PrincipalID: "erin-000"}},
		operations: []awssim.OperationView{
			op(awssim.OperationCreate, 70*time.Second, 75*time.Second), op(awssim.OperationDelete, 310*time.Second, 320*time.Second),
		},
		requests: []access.Request{{
			ID: "r1", State: access.Approved, FormKey: "f1", Reason: "n 1", Asker: alice, Receiver: alice, Duration: 10 * time.Minute,
			Entitlements: []access.Entitlement{key.Entitlement()}, SubmittedAt: at(0), DecidedAt: at(time.Minute),
			Reviews: []access.Review{
				{By: access.Actor{Person: "carol-00", Name: "carol"}, Verdict: access.Approve, At: at(50 * time.Second)},
				{By: access.Actor{Person: "bob-0000", Name: "bob"}, Verdict: access.Approve, At: at(time.Minute)},
			},
		}},
		grants:  []access.Grant{{ID: "g1", Request: "r1", Key: key, State: access.Ended, EndReason: access.EndEarly, End: at(5 * time.Minute)}},
		asked:   []asked{{"alice-00", "n 1", true}},
		pressed: []pressed{{at(49 * time.Second), "carol-00", "approve", "r1"}, {at(55 * time.Second), "bob-0000", "approve", "r1"}, {at(299 * time.Second), "alice-00", "end", "g1"}},
	}
}

// TestCheckerFindsWhatIsWrong breaks the history in one place at a time.
func TestCheckerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	if wrong := sound().check(testPaper()); len(wrong) > 0 {
		t.Fatalf("the sound history: %q", wrong)
	}
	for what, c := range map[string]struct {
		says   string
		mangle func(*history)
	}{
		"AWS made it before the decision": {"unapproved", func(h *history) { h.operations[0].Ended = at(59 * time.Second) }},
		"AWS holds what nobody decided":   {"unapproved", func(h *history) { h.grants, h.requests, h.asked = nil, nil, nil }},
		"removed two minutes late": {"I2", func(h *history) {
			h.operations[1].Accepted, h.operations[1].Ended = at(365*time.Second), at(370*time.Second)
		}},
		"never removed": {"I2", func(h *history) { h.left = append(h.left, h.operations[0].Assignment); h.operations = h.operations[:1] }},
		"a delete that failed": {"I2", func(h *history) {
			h.left = append(h.left, h.operations[0].Assignment)
			h.operations[1].Status = awssim.Failed
		}},
		"an operation is missing":          {"not all there", func(h *history) { h.operations = h.operations[:1] }},
		"nobody made it":                   {"no operation made it", func(h *history) { h.left = append(h.left, h.operations[0].Assignment) }},
		"a standing assignment removed":    {"I4", func(h *history) { h.standing = append(h.standing, h.operations[0].Assignment) }},
		"one vote is missing":              {"I3", func(h *history) { h.requests[0].Reviews = h.requests[0].Reviews[1:] }},
		"two of one set":                   {"I3", func(h *history) { h.requests[0].Reviews[1].By.Person = "frank-00" }},
		"one person twice":                 {"counts twice", func(h *history) { h.requests[0].Reviews[0].By.Person = "bob-0000" }},
		"the asker voted":                  {"decided what they asked for", func(h *history) { h.requests[0].Asker.Person = "bob-0000" }},
		"approved though denied":           {"denied", func(h *history) { h.requests[0].Reviews[0].Verdict = access.Deny }},
		"a vote after the decision":        {"after the decision", func(h *history) { h.requests[0].Reviews[1].At = at(61 * time.Second) }},
		"a vote that nobody pressed":       {"never pressed", func(h *history) { h.pressed = h.pressed[1:] }},
		"a vote before it was pressed":     {"never pressed", func(h *history) { h.pressed[0].at = at(55 * time.Second) }},
		"a grant of a pending request":     {"I3", func(h *history) { h.requests[0].State = access.Pending }},
		"a grant of no request":            {"of no request", func(h *history) { h.requests = nil }},
		"a grant without an end":           {"has no end", func(h *history) { h.grants[0].End = time.Time{} }},
		"a grant that is too long":         {"after its approval", func(h *history) { h.grants[0].End = at(time.Hour) }},
		"two grants of one request":        {"made 2 grants", func(h *history) { h.grants = append(h.grants, h.grants[0]) }},
		"one form, two requests":           {"I7", func(h *history) { r := h.requests[0]; r.ID = "r2"; h.requests = append(h.requests, r) }},
		"a form that was taken and lost":   {"lost", func(h *history) { h.asked = append(h.asked, asked{"erin-000", "n 2", true}) }},
		"a request that nobody asked for":  {"never asked for", func(h *history) { h.asked = nil }},
		"an end that nobody pressed":       {"ended early", func(h *history) { h.pressed = h.pressed[:2] }},
		"cancelled, and nobody pressed it": {"cancelled", func(h *history) { h.requests[0].State = access.Cancelled }},
		"a role that is not on paper":      {"nothing on paper", func(h *history) { h.requests[0].Entitlements[0].Role = testRole + "x" }},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := sound()
			c.mangle(h)
			if wrong := h.check(testPaper()); !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, c.says) }) {
				t.Errorf("it does not say %q: %q", c.says, wrong)
			}
		})
	}
}

// TestCheckerAllowsWhatTheBoundAllows: AWS's own time and a change of leader do not count.
func TestCheckerAllowsWhatTheBoundAllows(t *testing.T) {
	t.Parallel()
	for what, mangle := range map[string]func(*history){
		"AWS needed two minutes": func(h *history) { h.operations[1].Ended = at(430 * time.Second) },
		"nobody was there": func(h *history) {
			h.operations[1].Accepted, h.operations[1].Ended = at(500*time.Second), at(505*time.Second)
			h.disturbed = union(span{at(290 * time.Second), at(445 * time.Second)})
		},
	} {
		h := sound()
		mangle(h)
		if wrong := h.check(testPaper()); len(wrong) > 0 {
			t.Errorf("%s: %q", what, wrong)
		}
	}
}
