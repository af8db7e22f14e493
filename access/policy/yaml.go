package policy

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// plainText is text that nobody takes for anything else: words, names, paths, durations.
var plainText = regexp.MustCompile(`^([A-Za-z/]([\w ./@+*-]*[\w.*-])?|([0-9]+[dhms])+)$`)

// PlainYAML reports whether YAML surely reads the text as itself where it stands without
// quotes.
func PlainYAML(s string) bool {
	return plainText.MatchString(s) &&
		!slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s))
}

// inline is JSON as a policy file would say it, on one line: "{ from: [sre], count: 1 }".
func inline(data []byte) string {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var b strings.Builder
	writeInline(&b, dec)
	return b.String()
}

func writeInline(b *strings.Builder, dec *json.Decoder) {
	token, err := dec.Token()
	if err != nil {
		return
	}
	switch v := token.(type) {
	case json.Delim:
		writeNested(b, dec, v)
	case string:
		b.WriteString(quoteYAML(v))
	case json.Number:
		b.WriteString(v.String())
	case bool:
		b.WriteString(strconv.FormatBool(v))
	}
}

func writeNested(b *strings.Builder, dec *json.Decoder, opening json.Delim) {
	start, end := "[", "]"
	if opening == '{' {
		start, end = "{ ", " }"
	}
	b.WriteString(start)
	for first := true; dec.More(); first = false {
		if !first {
			b.WriteString(", ")
		}
		if opening == '{' {
			key, _ := dec.Token()
			if name, _ := key.(string); name == "off" {
				b.WriteString(name) // the one key of ours that is no plain text
			} else {
				b.WriteString(quoteYAML(name))
			}
			b.WriteString(": ")
		}
		writeInline(b, dec)
	}
	b.WriteString(end)
	_, _ = dec.Token() // the closing bracket
}

func quoteYAML(s string) string {
	if PlainYAML(s) {
		return s
	}
	return strconv.Quote(s)
}
