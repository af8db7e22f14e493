package postgres

func (t *tx) Meta(name string) (string, error) {
	value, err := t.value("postgres.Meta", "meta", name)
	return string(value), err
}

func (t *tx) PutMeta(name, value string) error {
	return t.putValue("postgres.PutMeta", "meta", name, []byte(value))
}

func (t *tx) Blob(name string) ([]byte, error) { return t.value("postgres.Blob", "blobs", name) }

func (t *tx) PutBlob(name string, value []byte) error {
	return t.putValue("postgres.PutBlob", "blobs", name, value)
}

func (t *tx) value(op, table, name string) (value []byte, err error) {
	_, err = t.scan(op, `SELECT value FROM `+table+` WHERE name = $1`, []any{name}, &value)
	return value, err
}

// putValue with an empty value removes it: the two read the same.
func (t *tx) putValue(op, table, name string, value []byte) error {
	if err := named(op, "value", name); err != nil {
		return err
	}
	if len(value) == 0 {
		_, err := t.exec(op, `DELETE FROM `+table+` WHERE name = $1`, name)
		return err
	}
	_, err := t.exec(op, `INSERT INTO `+table+` (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`, name, value)
	return err
}
