package page_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stint/sandbox/page"
	"stint/sandbox/slacksim"
)

// TestEveryCallIsDocumented compares the headings of API.md with the routes.
func TestEveryCallIsDocumented(t *testing.T) {
	t.Parallel()
	documented := []string{}
	for _, m := range regexp.MustCompile(`(?m)^### (\w+ /\S+)$`).FindAllStringSubmatch(readDoc(t), -1) {
		documented = append(documented, m[1])
	}
	for _, r := range page.Routes() {
		if n := len(slices.DeleteFunc(slices.Clone(documented), func(d string) bool { return d != r })); n != 1 {
			t.Errorf("%s is documented %d times", r, n)
		}
	}
	for _, d := range documented {
		if !slices.Contains(page.Routes(), d) {
			t.Errorf("%s is documented, but there is no such call", d)
		}
	}
}

func readDoc(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("API.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// example is one or more requests with the answer of the last.
type example struct {
	heading  string
	requests []request
	want     any
}

type request struct{ method, path, body string }

func examples(t *testing.T) []example {
	t.Helper()
	var list []example
	heading := ""
	block := regexp.MustCompile("(?s)### (\\w+ /\\S+)\n|```http\n(.*?)```\n```json\n(.*?)```")
	for _, m := range block.FindAllStringSubmatch(readDoc(t), -1) {
		if m[1] != "" {
			heading = m[1]
			continue
		}
		e := example{heading: heading}
		for line := range strings.Lines(m[2]) {
			line = strings.TrimSuffix(line, "\n")
			if method, path, ok := strings.Cut(line, " "); ok && (method == "GET" || method == "POST") {
				e.requests = append(e.requests, request{method: method, path: path})
			} else {
				e.requests[len(e.requests)-1].body += line
			}
		}
		if err := json.Unmarshal([]byte(m[3]), &e.want); err != nil {
			t.Fatalf("%s: the answer in API.md is no JSON: %v", heading, err)
		}
		list = append(list, e)
	}
	return list
}

// TestExamplesOfTheDocumentation runs API.md from its beginning to its end.
func TestExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	sb := world(t)
	if err := sb.Slack().RegisterShortcut(slacksim.Shortcut{CallbackID: "report", Name: "Report"}); err != nil {
		t.Fatal(err)
	}
	a := runApp(t, sb)
	c := connect(t, sb)
	values := map[string]string{}
	// What examples need that no earlier example makes.
	before := map[string]func(){
		"POST /api/people/{person}/press": func() {
			until := sb.Clock().Now().AddDate(0, 0, 1).Unix()
			values["$TS"] = a.post(t, card("U1", "ReadOnly", "prod-billing", "why", until, true))
		},
		"GET /api/aws/operations": func() {
			c.ok("POST", "/api/aws/faults", `{"kind":"stuck","action":"sso:CreateAccountAssignment","times":1}`)
			assign(t, sb, "alice@example.com", "100000000001", "ReadOnly")
		},
		"GET /api/people/{person}/home": func() {
			c.until("/api/people/bob@example.com/home", func(a answer) bool { return a.at("published") == true })
		},
	}
	done := map[string]bool{}
	for _, e := range examples(t) {
		if f := before[e.heading]; f != nil && !done[e.heading] {
			f()
		}
		done[e.heading] = true
		var got answer
		for _, r := range e.requests {
			for name, value := range values {
				r.path, r.body = strings.ReplaceAll(r.path, name, value), strings.ReplaceAll(r.body, name, value)
			}
			got = c.ok(r.method, r.path, r.body)
		}
		if problem := differs(e.want, map[string]any(got), "answer"); problem != "" {
			t.Errorf("%s: %s\ngot %v", e.heading, problem, got)
		}
		if id, ok := got.at("operations", 0, "request_id").(string); ok {
			values["$REQUEST"] = id
		}
		if e.heading == "POST /api/aws/faults" {
			values["$FAULT"] = fmt.Sprint(got.at("id"))
		}
	}
	if len(done) != len(page.Routes())-1 {
		t.Errorf("%d calls have an example, want all %d but the events", len(done), len(page.Routes()))
	}
}

// differs says where got lacks something that want shows or has another type there. A boolean, and a text that
// is neither an id, a time nor shortened, must be the same; of a list one entry must be like the first of want.
func differs(want, got any, at string) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %T, not an object", at, got)
		}
		for k, v := range w {
			x, there := g[k]
			if !there {
				return at + "." + k + " is missing"
			}
			if p := differs(v, x, at+"."+k); p != "" {
				return p
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok {
			return fmt.Sprintf("%s is %T, not a list", at, got)
		}
		if len(w) > 0 && len(g) == 0 {
			return at + " is empty"
		}
		problem := ""
		for i := range g {
			if len(w) == 0 {
				break
			}
			if problem = differs(w[0], g[i], fmt.Sprintf("%s[%d]", at, i)); problem == "" {
				break
			}
		}
		return problem
	case string:
		g, ok := got.(string)
		if !ok {
			return fmt.Sprintf("%s is %T, not a text", at, got)
		}
		if fixed(w) && w != g {
			return fmt.Sprintf("%s is %q, not %q", at, g, w)
		}
	case bool:
		if want != got {
			return fmt.Sprintf("%s is %v, not %v", at, got, want)
		}
	case float64:
		if _, ok := got.(json.Number); !ok {
			return fmt.Sprintf("%s is %T, not a number", at, got)
		}
	case nil:
		if got != nil {
			return fmt.Sprintf("%s is %v, not null", at, got)
		}
	}
	return ""
}

var variable = regexp.MustCompile(`…|^\d{4}-\d\d-\d\dT|^\d+\.\d+$|^http://|^[\d.]+m?s$|^general$|^api$|^views\.|^15m0s$`)

func fixed(text string) bool { return !variable.MatchString(text) }
