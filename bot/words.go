package bot

import (
	"maps"
	"slices"
	"strings"

	"stint/access/identity"
)

func idChannel(s string) identity.ChannelID { return identity.ChannelID(s) }

// safeWord keeps letters, digits and dashes of a name, for configuration files.
func safeWord(s string) string {
	mapped := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '-'
	}, s)
	for strings.Contains(mapped, "--") {
		mapped = strings.ReplaceAll(mapped, "--", "-")
	}
	mapped = strings.Trim(mapped, "-")
	if mapped == "" {
		return "x"
	}
	return mapped[:min(len(mapped), 60)] // ASCII by now
}

// shellWord quotes a word for a shell unless it needs no quoting.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(clean(s), "'", `'\''`) + "'"
}

// codeSpan prepares text to stand between backticks.
func codeSpan(s string) string { return strings.ReplaceAll(escName(s, nameWidth), "`", "ʼ") }

// pathSpan is codeSpan for a path: one that is too long loses its front, because its end
// tells files apart.
func pathSpan(s string) string {
	line := []rune(oneLine(s))
	if len(line) <= nameWidth {
		return codeSpan(s)
	}
	tail := string(line[len(line)-nameWidth+1:])
	if _, below, ok := strings.Cut(tail, "/"); ok && below != "" {
		tail = "/" + below
	}
	return codeSpan(ellipsis + tail)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// oneLine is a name for a configuration file: nothing in it can begin another line.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
