package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// field is one setting of a simulator as a form shows it. Durations travel as text ("1.5s"), because nobody
// reads nanoseconds.
type field struct {
	Name string `json:"name"`
	// Kind is bool, number, text, duration or list (of durations).
	Kind    string `json:"kind"`
	Words   string `json:"words"`
	Value   any    `json:"value"`
	Default any    `json:"default"`
}

var (
	durationType  = reflect.TypeFor[time.Duration]()
	durationsType = reflect.TypeFor[[]time.Duration]()
)

// fieldName is a setting's name in JSON.
func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name != "" {
		return name
	}
	return snake(f.Name)
}

// snake writes AckTimeout as ack_timeout and ResponseURLUses as response_url_uses.
func snake(name string) string {
	var b strings.Builder
	upper := func(i int) bool { return i < len(name) && name[i] >= 'A' && name[i] <= 'Z' }
	for i := range len(name) {
		if upper(i) && i > 0 && (!upper(i-1) || i+1 < len(name) && !upper(i+1)) {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToLower(name[i : i+1]))
	}
	return b.String()
}

func shown(v reflect.Value) (kind string, value any) {
	switch {
	case v.Type() == durationType:
		return "duration", time.Duration(v.Int()).String()
	case v.Type() == durationsType:
		list := []string{}
		for i := range v.Len() {
			list = append(list, time.Duration(v.Index(i).Int()).String())
		}
		return "list", list
	case v.Kind() == reflect.Bool:
		return "bool", v.Bool()
	case v.Kind() == reflect.String:
		return "text", v.String()
	default:
		return "number", v.Interface()
	}
}

// fields lists what a struct of settings holds, with what it holds by default and words for each.
func fields[T any](now, byDefault T, words map[string]string) []field {
	v, d := reflect.ValueOf(now), reflect.ValueOf(byDefault)
	var list []field
	for i := range v.NumField() {
		f := field{Name: fieldName(v.Type().Field(i))}
		f.Kind, f.Value = shown(v.Field(i))
		_, f.Default = shown(d.Field(i))
		f.Words = words[f.Name]
		list = append(list, f)
	}
	return list
}

// change sets the named settings of *to and leaves the others.
func change[T any](to *T, values map[string]json.RawMessage) error {
	v := reflect.ValueOf(to).Elem()
	known := map[string]reflect.Value{}
	for i := range v.NumField() {
		known[fieldName(v.Type().Field(i))] = v.Field(i)
	}
	for name, raw := range values {
		f, ok := known[name]
		if !ok {
			return badRequest("There is no setting "+name+".", "The settings are "+strings.Join(slices.Sorted(maps.Keys(known)), ", ")+".")
		}
		if hint := assign(f, raw, name == "clock_skew"); hint != "" {
			return badRequest(fmt.Sprintf("The setting %s cannot be %s.", name, raw), hint)
		}
	}
	return nil
}

// assign sets one setting, or says what it takes instead. Only a skew may be negative.
func assign(f reflect.Value, raw json.RawMessage, signed bool) (hint string) {
	var texts []string
	switch f.Type() {
	case durationType:
		texts = []string{""}
		if err := json.Unmarshal(raw, &texts[0]); err != nil {
			return `It takes a duration as text, like "1.5s".`
		}
	case durationsType:
		if err := json.Unmarshal(raw, &texts); err != nil {
			return `It takes a list of durations as text, like ["0s", "1m"].`
		}
	default:
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(f.Addr().Interface()); err != nil {
			return fmt.Sprintf("It takes a %s.", f.Kind())
		}
		return ""
	}
	list := make([]time.Duration, 0, len(texts))
	for _, t := range texts {
		d, err := time.ParseDuration(t)
		if err != nil || d < 0 && !signed {
			return "Write a duration of at least 0 like 90s, 1.5s or 10m."
		}
		list = append(list, d)
	}
	if f.Type() == durationType {
		f.SetInt(int64(list[0]))
	} else {
		f.Set(reflect.ValueOf(list))
	}
	return ""
}
