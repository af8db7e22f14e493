package bot

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access/policy"
)

const (
	// maxChanges is how many differences a view lists; nobody reads more in a window.
	maxChanges = 20
	// maxDiff is how much of one difference it shows, in characters.
	maxDiff = 900
	// shortValue is how long a value may be to stand in its line.
	shortValue = 60
)

// changeBlocks lists what differs between two policies. Short values stand in their line;
// longer ones follow as lines with - and +, as people know them from their editor.
func changeBlocks(changes []policy.Change) []slack.Block {
	var blocks []slack.Block
	var lines []string
	for i, c := range changes {
		if i == maxChanges {
			lines = append(lines, "and "+plural(len(changes)-maxChanges, "more change"))
			break
		}
		lines = append(lines, changeLine(c))
		if !inLine(c) {
			blocks = append(append(blocks, packed(lines)...), code(diffLines(c)))
			lines = nil
		}
	}
	return append(blocks, packed(lines)...)
}

func changeLine(c policy.Change) string {
	if rule, ok := strings.CutSuffix(c.Title, ": off"); ok && strings.HasPrefix(c.Path, "rules[") {
		if c.After == "true" {
			return ":black_circle: " + escName(rule, 200) + " is switched off"
		}
		return ":white_check_mark: " + escName(rule, 200) + " is switched on"
	}
	line := changeIcon(c.Kind) + " " + escName(c.Title, 200)
	if c.Kind != policy.Altered {
		line += " (" + escName(string(c.Kind), 20) + ")"
	}
	if !inLine(c) {
		return line
	}
	switch {
	case c.Before != "" && c.After != "":
		line += ": `" + codeSpan(c.Before) + "` → `" + codeSpan(c.After) + "`"
	case c.Before+c.After != "":
		line += ": `" + codeSpan(c.Before+c.After) + "`"
	}
	return line
}

func changeIcon(k policy.ChangeKind) string {
	switch k {
	case policy.Added:
		return ":heavy_plus_sign:"
	case policy.Removed:
		return ":heavy_minus_sign:"
	case policy.Moved:
		return ":arrow_up_down:"
	}
	return ":pencil2:"
}

// inLine reports whether what changed fits into its line.
func inLine(c policy.Change) bool {
	short := func(s string) bool {
		return utf8.RuneCountInString(s) <= shortValue && !strings.Contains(strings.TrimSpace(s), "\n")
	}
	return short(c.Before) && short(c.After)
}

// diffLines are the lines of both values without those that both begin and end with.
func diffLines(c policy.Change) string {
	before, after := linesOf(c.Before), linesOf(c.After)
	same := 0
	for same < len(before) && same < len(after) && before[same] == after[same] {
		same++
	}
	tail := 0
	for tail < len(before)-same && tail < len(after)-same && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	var out []string
	if same > 0 {
		out = append(out, "  "+before[same-1]) // one line tells where it is
	}
	for _, l := range before[same : len(before)-tail] {
		out = append(out, "- "+l)
	}
	for _, l := range after[same : len(after)-tail] {
		out = append(out, "+ "+l)
	}
	return cut(strings.Join(out, "\n"), maxDiff)
}

// linesOf are the lines of a value as YAML writes it. A long one in braces becomes a line
// for each of its parts.
func linesOf(s string) []string {
	s = strings.TrimRight(s, "\n")
	if s == "" {
		return nil
	}
	if inner, ok := strings.CutPrefix(s, "{ "); ok && utf8.RuneCountInString(s) > shortValue {
		if inner, ok = strings.CutSuffix(inner, " }"); ok {
			return partsOf(inner)
		}
	}
	return strings.Split(s, "\n")
}

// partsOf splits what stands between braces at its own commas, not at those within
// brackets or quotes.
func partsOf(s string) []string {
	var parts []string
	depth, begin := 0, 0
	var quote rune
	escaped := false
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case quote == '"' && r == '\\':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '{' || r == '[':
			depth++
		case r == '}' || r == ']':
			depth--
		case r == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(s[begin:i]))
			begin = i + 1
		}
	}
	return append(parts, strings.TrimSpace(s[begin:]))
}
