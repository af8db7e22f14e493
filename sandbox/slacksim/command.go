package slacksim

import (
	"fmt"
	"strings"
)

// Command is a slash command that the app has registered.
type Command struct {
	Name        string `json:"name"` // with its slash
	Description string `json:"description,omitempty"`
	Usage       string `json:"usage,omitempty"`
}

// Shortcut is an entry that the app has put into Slack's menus.
type Shortcut struct {
	CallbackID string `json:"callback_id"`
	Name       string `json:"name"`
	// OnMessage puts it into the menu of messages; otherwise it is global.
	OnMessage bool `json:"on_message"`
}

// RegisterCommand makes a slash command known. Registering a name again replaces it.
func (w *Workspace) RegisterCommand(c Command) error {
	if !strings.HasPrefix(c.Name, "/") || len(c.Name) < 2 || len(c.Name) > 32 || strings.ContainsAny(c.Name, " \t\n") ||
		strings.ToLower(c.Name) != c.Name {
		return fmt.Errorf("slacksim: command %q: a name is a slash and at most 31 lower-case characters without spaces", c.Name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.commands {
		if w.commands[i].Name == c.Name {
			w.commands[i] = c
			return nil
		}
	}
	w.commands = append(w.commands, c)
	w.changes.bump()
	return nil
}

// RegisterShortcut makes a shortcut known.
func (w *Workspace) RegisterShortcut(s Shortcut) error {
	if s.CallbackID == "" || s.Name == "" {
		return fmt.Errorf("slacksim: shortcut %q: callback id and name are needed", s.Name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shortcuts = append(w.shortcuts, s)
	w.changes.bump()
	return nil
}

// Commands returns the registered commands.
func (w *Workspace) Commands() []Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Command{}, w.commands...)
}

// Shortcuts returns the registered shortcuts.
func (w *Workspace) Shortcuts() []Shortcut {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Shortcut{}, w.shortcuts...)
}
