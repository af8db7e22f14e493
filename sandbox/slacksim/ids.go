package slacksim

import (
	"fmt"
	"strings"
)

const (
	upper = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// pick draws n characters of an alphabet. It is called with w.mu held, or before the workspace is shared.
func (w *Workspace) pick(alphabet string, n int) string {
	var b strings.Builder
	b.Grow(n)
	for range n {
		b.WriteByte(alphabet[w.rng.IntN(len(alphabet))])
	}
	return b.String()
}

// newID makes an id of Slack's look: a letter for the kind, ten characters.
func (w *Workspace) newID(kind string) string { return kind + "0" + w.pick(upper, 9) }

func (w *Workspace) token(n int) string { return w.pick(mixed, n) }

// uuid makes an envelope id.
func (w *Workspace) uuid() string {
	const hex = "0123456789abcdef"
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", w.pick(hex, 8), w.pick(hex, 4), w.pick(hex, 3), w.pick(hex, 3), w.pick(hex, 12))
}

// stamp makes a message timestamp: unique in the workspace and never before an earlier one, since Slack uses
// it both as the message's id and for its order.
func (w *Workspace) stamp() string {
	micros := w.now().UnixMicro()
	if micros <= w.lastStamp {
		micros = w.lastStamp + 100
	}
	w.lastStamp = micros
	return fmt.Sprintf("%d.%06d", micros/1_000_000, micros%1_000_000)
}

// handleOf turns a display name into a user name or a handle.
func handleOf(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ':
			return '.'
		}
		return r
	}, name)
}
