package access

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
)

// A large organization has hundreds of thousands of assignments, and few names in them. In
// memory and in the store a row is three numbers, into tables of names.
type row struct{ account, role, who uint32 }

func (a row) compare(b row) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.role, b.role), cmp.Compare(a.who, b.who))
}

// names numbers strings in the order in which they come.
type names struct {
	of   map[string]uint32
	list []string
}

func (n *names) number(s string) uint32 {
	if i, ok := n.of[s]; ok {
		return i
	}
	if n.of == nil {
		n.of = map[string]uint32{}
	}
	i := uint32(len(n.list)) //nolint:gosec // AWS has no four billion of anything
	n.of[s] = i
	n.list = append(n.list, s)
	return i
}

// Who a row is given to is numbered with its kind before it. Of a membership that is the
// group and the person, with a slash between them that no id of a person has.
const (
	aPerson = "u:"
	aGroup  = "g:"
	aMember = "m:"
)

// rowTable numbers the names of rows. Rows of one table can be compared with one another.
type rowTable struct{ accounts, roles, who names }

func (t *rowTable) pack(a catalog.Assignment) row {
	who := aPerson + string(a.Person)
	switch {
	case a.IsMembership():
		who = aMember + string(a.Group) + "/" + string(a.Person)
	case a.Group != "":
		who = aGroup + string(a.Group)
	}
	return row{t.accounts.number(string(a.Account)), t.roles.number(string(a.Role)), t.who.number(who)}
}

func (t *rowTable) unpack(r row) catalog.Assignment {
	a := catalog.Assignment{Account: catalog.AccountID(t.accounts.list[r.account]), Role: catalog.RoleARN(t.roles.list[r.role])}
	who := principalOf(t.who.list[r.who])
	a.Person, a.Group = who.Person, who.Group
	return a
}

// principalOf is an assignment with only the person or group, or both, that a name of who says.
func principalOf(who string) (a catalog.Assignment) {
	if in, ok := strings.CutPrefix(who, aMember); ok {
		i := max(strings.LastIndexByte(in, '/'), 0)
		a.Group, a.Person = catalog.GroupID(in[:i]), catalog.PersonID(strings.TrimPrefix(in[i:], "/"))
		return a
	}
	if id, ok := strings.CutPrefix(who, aGroup); ok {
		a.Group = catalog.GroupID(id)
		return a
	}
	a.Person = catalog.PersonID(strings.TrimPrefix(who, aPerson))
	return a
}

// sorted orders rows and drops repetitions.
func sorted(rows []row) []row {
	slices.SortFunc(rows, row.compare)
	return slices.Compact(rows)
}

// has reports whether sorted rows hold one.
func has(rows []row, r row) bool {
	_, found := slices.BinarySearchFunc(rows, r, row.compare)
	return found
}

// rowTables is the head of stored rows: the names, by number.
type rowTables struct {
	Accounts []string `json:"accounts"`
	Roles    []string `json:"roles"`
	Who      []string `json:"who"`
	Rows     int      `json:"rows"`
}

// encodeRows packs rows for the store: the names that they use, then three numbers a row.
func encodeRows(t *rowTable, rows []row) ([]byte, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	var own rowTable // only the names that these rows use
	packed := make([]row, len(rows))
	for i, r := range rows {
		packed[i] = row{own.accounts.number(t.accounts.list[r.account]), own.roles.number(t.roles.list[r.role]), own.who.number(t.who.list[r.who])}
	}
	head, err := json.Marshal(rowTables{own.accounts.list, own.roles.list, own.who.list, len(packed)})
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "access.encodeRows", "", "")
	}
	raw := binary.AppendUvarint(nil, uint64(len(head)))
	raw = append(raw, head...)
	for _, r := range packed {
		for _, n := range [3]uint32{r.account, r.role, r.who} {
			raw = binary.AppendUvarint(raw, uint64(n))
		}
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		_, err = z.Write(raw)
	}
	if err == nil {
		err = z.Close()
	}
	return out.Bytes(), fault.Wrap(err, fault.Internal, "access.encodeRows", "What AWS holds could not be packed.", "")
}

// maxRows bounds what stored rows may unpack to, in bytes: tens of millions of rows.
const maxRows = 1 << 28

// decodeRows adds stored rows to a table and calls each for every one; its error ends it.
func decodeRows(t *rowTable, blob []byte, each func(row) error) error {
	if len(blob) == 0 {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(blob))
	if err != nil {
		return damagedRows(err)
	}
	raw, err := io.ReadAll(io.LimitReader(z, maxRows))
	if err != nil {
		return damagedRows(err)
	}
	size, n := binary.Uvarint(raw)
	if n <= 0 || size > uint64(len(raw)-n) {
		return damagedRows(io.ErrUnexpectedEOF)
	}
	var head rowTables
	body := raw[n:]
	if err := json.Unmarshal(body[:size], &head); err != nil {
		return damagedRows(err)
	}
	body = body[size:]
	accounts, roles, who := renumber(&t.accounts, head.Accounts), renumber(&t.roles, head.Roles), renumber(&t.who, head.Who)
	for range head.Rows {
		var r row
		for _, to := range []struct {
			of  *uint32
			new []uint32
		}{{&r.account, accounts}, {&r.role, roles}, {&r.who, who}} {
			v, n := binary.Uvarint(body)
			if n <= 0 || v >= uint64(len(to.new)) {
				return damagedRows(io.ErrUnexpectedEOF)
			}
			*to.of, body = to.new[v], body[n:]
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// renumber says which number each of a list of names has in a table.
func renumber(n *names, list []string) []uint32 {
	out := make([]uint32, len(list))
	for i, s := range list {
		out[i] = n.number(s)
	}
	return out
}

func damagedRows(err error) error {
	return fault.Wrap(err, fault.Invalid, "access.decodeRows", "What was stored of AWS's assignments cannot be read.", "Start a scan in /jit-config: it reads everything anew.")
}
