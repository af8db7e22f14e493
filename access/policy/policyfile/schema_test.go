package policyfile_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/access/policy"
)

// TestSchemaHasTheKeysOfASpec: editors and the reader know the same keys.
func TestSchemaHasTheKeysOfASpec(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../manifests/policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Additional any                        `json:"additionalProperties"`
		Required   []string                   `json:"required"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for name, typ := range map[string]reflect.Type{
		"":            reflect.TypeFor[policy.Spec](),
		"settings":    reflect.TypeFor[policy.SettingsSpec](),
		"channel":     reflect.TypeFor[policy.ChannelSpec](),
		"people":      reflect.TypeFor[policy.People](),
		"account":     reflect.TypeFor[policy.AccountMatch](),
		"on_call":     reflect.TypeFor[policy.OnCallSpec](),
		"rule":        reflect.TypeFor[policy.RuleSpec](),
		"ticket":      reflect.TypeFor[policy.TicketSpec](),
		"reason":      reflect.TypeFor[policy.ReasonSpec](),
		"step":        reflect.TypeFor[policy.Step](),
		"escalate":    reflect.TypeFor[policy.EscalateSpec](),
		"emergency":   reflect.TypeFor[policy.EmergencySpec](),
		"expectation": reflect.TypeFor[policy.Expectation](),
	} {
		var want []string
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			want = append(want, key)
		}
		slices.Sort(want)
		got := schema.object
		if name != "" {
			got = schema.Defs[name]
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.Properties))); diff != "" {
			t.Errorf("%s: difference (-spec +schema):\n%s", name, diff)
		}
		if got.Additional != false {
			t.Errorf("%s: other keys are not refused", name)
		}
		for _, key := range got.Required {
			if !slices.Contains(want, key) {
				t.Errorf("%s: %s is required and not there", name, key)
			}
		}
	}
}
