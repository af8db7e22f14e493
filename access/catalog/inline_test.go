package catalog_test

import (
	"testing"

	"stint/access/catalog"
)

func TestInlinePolicyWords(t *testing.T) {
	t.Parallel()
	many := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"}
	for want, p := range map[string]catalog.InlinePolicy{
		"none":                        {},
		"one that cannot be made out": {Size: 1, Text: "x", Unclear: true},
		"allows nothing, only denies": {Size: 2, Text: "{}"},
		"allows actions of kms, s3":   {Size: 2, Services: []string{"kms", "s3"}},
		"allows actions of s3, some by wildcard, some on every resource":           {Size: 2, Services: []string{"s3"}, AnyAction: true, AnyResource: true},
		"allows actions of every service, some on every resource":                  {Size: 2, Services: []string{"*"}, AnyAction: true, AnyResource: true},
		"allows actions of a, b, c, d, e, f, g, h, i, j, k, l and 2 more services": {Size: 2, Services: many},
	} {
		if got := p.Words(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	whole := catalog.InlinePolicy{Text: `{"a":1}`, Size: 7}
	if got := whole.Lines(); got != "{\n  \"a\": 1\n}" {
		t.Errorf("got %q", got)
	}
	part := catalog.InlinePolicy{Text: `{"a":1`, Size: 7}
	if got := part.Lines(); got != part.Text || !part.Cut() {
		t.Errorf("got %q", got)
	}
}
