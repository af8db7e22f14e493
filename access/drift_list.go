package access

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
)

// DriftList is what a store holds of drift and a query selects. Rows get their names when
// they are asked for: there may be a million of them.
type DriftList struct {
	State DriftState

	catalog  *catalog.Catalog
	now      time.Time
	findings []Finding
	table    rowTable
	expected []row // instead of findings
}

// ListDrift selects from a store: findings newest first, expected assignments by name. The
// query's Page is not looked at. The catalog names them; nil: ids are all there is.
func ListDrift(tx Tx, c *catalog.Catalog, now time.Time, q DriftQuery) (l DriftList, err error) {
	l = DriftList{catalog: c, now: now}
	if l.State, err = readDrift(tx); err != nil {
		return l, err
	}
	words := strings.Fields(strings.ToLower(q.Text))
	if q.State == FindingExpected {
		return l, l.readExpected(tx, words)
	}
	all, err := readFindings(tx)
	if err != nil {
		return l, err
	}
	for _, f := range all.sorted() {
		if f.State(now) == cmp.Or(q.State, FindingOpen) && viewRow(c, f.Assignment).says(words) {
			l.findings = append(l.findings, f)
		}
	}
	return l, nil
}

// Len is how many there are.
func (l *DriftList) Len() int { return len(l.findings) + len(l.expected) }

// At is one of them, without Former and Kept.
func (l *DriftList) At(i int) FindingView {
	if i < len(l.findings) {
		f := l.findings[i]
		return FindingView{RowView: viewRow(l.catalog, f.Assignment), Finding: f, State: f.State(l.now)}
	}
	a := l.table.unpack(l.expected[i-len(l.findings)])
	return FindingView{RowView: viewRow(l.catalog, a), Finding: Finding{ID: FindingOf(a), Assignment: a}, State: FindingExpected}
}

// says reports whether every word is in one of the names.
func (v RowView) says(words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := v.account() + "\n" + v.role() + "\n" + v.who()
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

func (v RowView) account() string {
	return strings.ToLower(v.Item.Account.Name + "\n" + string(v.Assignment.Account) + "\n" + v.Item.Account.OUPath)
}

func (v RowView) role() string { return strings.ToLower(v.Item.Role.Name) }

func (v RowView) who() string {
	return strings.ToLower(v.Who + "\n" + v.WhoDetail + "\n" + string(v.Assignment.Person) + "\n" + v.Item.Group.Name + "\n" + string(v.Assignment.Group))
}

// readExpected reads the rows that were there when Stint looked first. What a name says of
// the words is found out once for each name, not for each row.
func (l *DriftList) readExpected(tx Tx, words []string) error {
	rows, err := readRows(tx, &l.table, expectedBlob, l.State.Packed)
	if err != nil {
		return err
	}
	views := func(n names, of func(string) catalog.Assignment, text func(RowView) string) []string {
		out := make([]string, len(n.list))
		for i, s := range n.list {
			out[i] = text(viewRow(l.catalog, of(s)))
		}
		return out
	}
	accounts := views(l.table.accounts, func(s string) catalog.Assignment { return catalog.Assignment{Account: catalog.AccountID(s)} }, RowView.account)
	roles := views(l.table.roles, func(s string) catalog.Assignment { return catalog.Assignment{Role: catalog.RoleARN(s)} }, RowView.role)
	who := views(l.table.who, principalOf, RowView.who)
	for _, w := range words {
		inAccount, inRole, inWho := contain(accounts, w), contain(roles, w), contain(who, w)
		rows = slices.DeleteFunc(rows, func(r row) bool { return !inAccount[r.account] && !inRole[r.role] && !inWho[r.who] })
	}
	byAccount, byRole, byWho := ranks(accounts), ranks(roles), ranks(who)
	slices.SortFunc(rows, func(a, b row) int {
		return row{byAccount[a.account], byRole[a.role], byWho[a.who]}.compare(row{byAccount[b.account], byRole[b.role], byWho[b.who]})
	})
	l.expected = rows
	return nil
}

func contain(list []string, word string) []bool {
	out := make([]bool, len(list))
	for i, s := range list {
		out[i] = strings.Contains(s, word)
	}
	return out
}

// ranks says which place each of a list has when it is sorted.
func ranks(list []string) []uint32 {
	order := make([]uint32, len(list))
	for i := range order {
		order[i] = uint32(i) //nolint:gosec // a number of names
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(strings.Compare(list[a], list[b]), cmp.Compare(a, b)) })
	out := make([]uint32, len(list))
	for place, i := range order {
		out[i] = uint32(place) //nolint:gosec // a number of names
	}
	return out
}
