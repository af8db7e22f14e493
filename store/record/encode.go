package record

import (
	"bytes"
	"encoding/json"
	"strings"

	"stint/access"
	"stint/access/fault"
)

// Encode is a record as it is stored. HTML is not escaped: that would change the
// bytes of an audit event's After, which is hashed.
func Encode(op string, record any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, op, "This record cannot be stored.", "Its times lie in the years 0 to 9999 and its embedded JSON is valid.")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Plain refuses names with zero bytes: they would not survive as parts of an index key.
func Plain(op string, names ...string) error {
	for _, n := range names {
		if strings.Contains(n, "\x00") {
			return fault.Newf(fault.Invalid, op, "Ids hold no zero bytes.", "The id %q cannot be stored.", n)
		}
	}
	return nil
}

// WholeKey refuses keys that could be mistaken for another one.
func WholeKey(op string, k access.Key) error {
	if err := k.Check(); err != nil {
		return err
	}
	return Plain(op, string(k.Person), string(k.Account), string(k.Role), string(k.Group))
}
