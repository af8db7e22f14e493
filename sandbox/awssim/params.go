package awssim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rule is what a service's model says of a string member.
type rule struct {
	required  bool
	min, max  int // in characters; 0 is no bound
	re        *regexp.Regexp
	pattern   string // as the service prints it; the expression itself when empty
	enum      []string
	sensitive bool // its value is not repeated in messages
}

// params are the members of a request, read with the model's constraints. Every
// violation is collected, since AWS reports all of them in one answer.
type params struct {
	members    map[string]any
	prefix     string // "filter." inside a structure
	violations *[]violation
	mistyped   *string
	query      bool
}

type violation struct{ reason, text string }

// readJSON takes a JSON 1.1 body apart; names are case-sensitive as on AWS.
func readJSON(body []byte) (*params, *apiError) {
	p := &params{violations: new([]violation), mistyped: new(string)}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&p.members); err != nil {
		return nil, &apiError{code: "SerializationException", status: http.StatusBadRequest, transport: true}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &apiError{code: "SerializationException", status: http.StatusBadRequest, transport: true}
	}
	return p, nil
}

func readForm(form url.Values) *params {
	p := &params{members: map[string]any{}, violations: new([]violation), mistyped: new(string), query: true}
	for k, v := range form {
		p.members[k] = v[0]
	}
	return p
}

func (p *params) fail(reason, name, value, constraint string) {
	*p.violations = append(*p.violations, violation{reason, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, p.prefix+lowerFirst(name), constraint)})
}

func (p *params) wrongType(got any, want string) {
	if *p.mistyped != "" {
		return
	}
	kind := "STRUCT_VALUE"
	switch got.(type) {
	case string:
		kind = "STRING_VALUE"
	case json.Number:
		kind = "NUMBER_VALUE"
	case bool:
		kind = "BOOLEAN_VALUE"
	case []any:
		kind = "LIST_VALUE"
	}
	*p.mistyped = kind + " can not be converted to " + want
}

// raw returns a string member as it came, unchecked; for logs and authorization.
func (p *params) raw(name string) string {
	s, _ := p.members[name].(string)
	return s
}

// str reads a string member; it is empty when missing or wrong.
func (p *params) str(name string, r rule) string {
	v := p.members[name]
	if v == nil {
		if r.required {
			p.fail("INPUT_REQUIRED", name, "null", "Member must not be null")
		}
		return ""
	}
	s, ok := v.(string)
	if !ok {
		p.wrongType(v, "String")
		return ""
	}
	return p.checkString(name, s, r)
}

func (p *params) checkString(name, s string, r rule) string {
	shown := "'" + s + "'"
	if r.sensitive {
		shown = "'***'"
	}
	n := utf8.RuneCountInString(s)
	bad := len(*p.violations)
	if r.re != nil && !r.re.MatchString(s) {
		pattern := r.pattern
		if pattern == "" {
			pattern = strings.TrimSuffix(strings.TrimPrefix(r.re.String(), "^"), "$")
		}
		p.fail("INVALID_PATTERN", name, shown, "Member must satisfy regular expression pattern: "+pattern)
	}
	if r.min > 0 && n < r.min {
		p.fail("MIN_LENGTH_EXCEEDED", name, shown, fmt.Sprintf("Member must have length greater than or equal to %d", r.min))
	}
	if r.max > 0 && n > r.max {
		p.fail("MAX_LENGTH_EXCEEDED", name, shown, fmt.Sprintf("Member must have length less than or equal to %d", r.max))
	}
	if len(r.enum) > 0 {
		known := false
		for _, e := range r.enum {
			known = known || e == s
		}
		if !known {
			p.fail("INVALID_ENUM", name, shown, "Member must satisfy enum value set: ["+strings.Join(r.enum, ", ")+"]")
		}
	}
	if len(*p.violations) > bad {
		return ""
	}
	return s
}

// integer reads a number between least and most; def when it is missing.
func (p *params) integer(name string, least, most, def int) int {
	v := p.members[name]
	if v == nil {
		return def
	}
	var text string
	switch n := v.(type) {
	case json.Number:
		text = n.String()
	case string:
		if p.query {
			text = n
			break
		}
		p.wrongType(v, "Integer")
		return def
	default:
		p.wrongType(v, "Integer")
		return def
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		p.wrongType(v, "Integer")
	case n < least:
		p.fail("MIN_VALUE_EXCEEDED", name, "'"+text+"'", fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case n > most:
		p.fail("MAX_VALUE_EXCEEDED", name, "'"+text+"'", fmt.Sprintf("Member must have value less than or equal to %d", most))
	default:
		return n
	}
	return def
}

// object reads a structure; nil when it is missing.
func (p *params) object(name string, required bool) *params {
	v := p.members[name]
	if v == nil {
		if required {
			p.fail("INPUT_REQUIRED", name, "null", "Member must not be null")
		}
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		p.wrongType(v, "Structure")
		return nil
	}
	return &params{members: m, prefix: p.prefix + lowerFirst(name) + ".", violations: p.violations, mistyped: p.mistyped}
}

// strings reads a list of strings.
func (p *params) strings(name string, required bool, least, most int, r rule) []string {
	var out []string
	for i, v := range p.list(name, required, least, most) {
		s, ok := v.(string)
		if !ok {
			p.wrongType(v, "String")
			continue
		}
		out = append(out, p.checkString(fmt.Sprintf("%s.%d.member", name, i+1), s, r))
	}
	return out
}

// objects reads a list of structures.
func (p *params) objects(name string, least, most int) []*params {
	var out []*params
	for i, v := range p.list(name, false, least, most) {
		m, ok := v.(map[string]any)
		if !ok {
			p.wrongType(v, "Structure")
			continue
		}
		prefix := fmt.Sprintf("%s%s.%d.member.", p.prefix, lowerFirst(name), i+1)
		out = append(out, &params{members: m, prefix: prefix, violations: p.violations, mistyped: p.mistyped})
	}
	return out
}

func (p *params) list(name string, required bool, least, most int) []any {
	v := p.members[name]
	if v == nil {
		if required {
			p.fail("INPUT_REQUIRED", name, "null", "Member must not be null")
		}
		return nil
	}
	list, ok := v.([]any)
	switch {
	case !ok:
		p.wrongType(v, "List")
	case len(list) < least:
		p.fail("MIN_VALUE_EXCEEDED", name, "'[]'", fmt.Sprintf("Member must have length greater than or equal to %d", least))
	case len(list) > most:
		p.fail("MAX_VALUE_EXCEEDED", name, fmt.Sprintf("'[%d members]'", len(list)), fmt.Sprintf("Member must have length less than or equal to %d", most))
	default:
		return list
	}
	return nil
}

// check returns the refusal for everything that was wrong, or nil.
func (p *params) check(svc *service) *apiError {
	if *p.mistyped != "" {
		if p.query {
			return refuse("MalformedInput", *p.mistyped)
		}
		return &apiError{code: "SerializationException", message: *p.mistyped, status: http.StatusBadRequest, transport: true}
	}
	list := *p.violations
	if len(list) == 0 {
		return nil
	}
	if svc == svcOrganizations {
		return refuseInput(list[0].reason)
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = v.text
	}
	plural := "s"
	if len(list) == 1 {
		plural = ""
	}
	return refuse(svc.invalid, fmt.Sprintf("%d validation error%s detected: %s", len(list), plural, strings.Join(texts, "; ")))
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
