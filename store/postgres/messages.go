package postgres

import (
	"strings"
	"unicode/utf8"

	"stint/access"
)

func (t *tx) Message(key string) (access.Message, error) {
	return one[access.Message](t, "postgres.Message", "message", `SELECT data FROM messages WHERE key = $1`, key)
}

func (t *tx) PutMessage(m access.Message) error {
	const op = "postgres.PutMessage"
	if err := named(op, "message", m.Key); err != nil {
		return err
	}
	data, err := encoded(op, m)
	if err != nil {
		return err
	}
	_, err = t.exec(op, `INSERT INTO messages (key, data) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET data = EXCLUDED.data`, m.Key, data)
	return err
}

func (t *tx) Messages(prefix string) ([]access.Message, error) {
	// Keys compare by bytes, and the last code point sorts behind all that follows a prefix.
	return many[access.Message](t, "postgres.Messages", `SELECT data FROM messages WHERE key >= $1 AND key < $2 ORDER BY key`,
		prefix, prefix+strings.Repeat(string(utf8.MaxRune), 4))
}
