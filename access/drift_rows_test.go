package access

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stint/access/catalog"
)

func drawRow(t *rapid.T) catalog.Assignment {
	a := catalog.Assignment{
		Account: catalog.AccountID(rapid.StringN(0, 12, -1).Draw(t, "account")),
		Role:    catalog.RoleARN(rapid.StringN(0, 20, -1).Draw(t, "role")),
	}
	id := rapid.StringN(1, 10, -1).Draw(t, "who")
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		a.Group = catalog.GroupID(id)
	case 1:
		a.Person = catalog.PersonID(id)
	default: // Key.Check lets no slash into the id of a person
		person := rapid.StringMatching("[^/]{1,10}").Draw(t, "member")
		a = catalog.Assignment{Group: catalog.GroupID(id), Person: catalog.PersonID(person)}
	}
	return a
}

// What is packed for the store comes back, in a table that numbers names otherwise.
func TestRowsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := map[catalog.Assignment]bool{}
		var from, to rowTable
		var rows []row
		for _, a := range rapid.SliceOfN(rapid.Custom(drawRow), 0, 50).Draw(t, "rows") {
			want[a] = true
			rows = append(rows, from.pack(a))
		}
		raw, err := encodeRows(&from, sorted(rows))
		if err != nil {
			t.Fatal(err)
		}
		to.pack(catalog.Assignment{Account: "another", Role: "first", Person: "of all"})
		got := map[catalog.Assignment]bool{}
		if err := decodeRows(&to, raw, func(r row) error {
			if a := to.unpack(r); got[a] {
				t.Errorf("twice: %v", a)
			} else {
				got[a] = true
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A blob that is damaged is refused, and never a panic.
func TestDamagedRowsAreRefused(t *testing.T) {
	t.Parallel()
	var table rowTable
	var rows []row
	for i := range 100 {
		rows = append(rows, table.pack(catalog.Assignment{Account: "a", Role: "r", Person: catalog.PersonID(fmt.Sprint(i))}))
	}
	raw, err := encodeRows(&table, rows)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		bad := append([]byte(nil), raw...)
		bad[i] ^= 0x5a
		n := 0
		if err := decodeRows(&rowTable{}, bad, func(row) error { n++; return nil }); err == nil && n != len(rows) {
			t.Errorf("byte %d changed: %d rows and no error", i, n)
		}
		if err := decodeRows(&rowTable{}, raw[:i], func(row) error { return nil }); err == nil && i > 0 {
			t.Errorf("cut at %d: no error", i)
		}
	}
}

// A hundred thousand rows of a large organization take little room.
func TestManyRowsAreSmall(t *testing.T) {
	t.Parallel()
	var table rowTable
	rows := make([]row, 0, 100_000)
	for i := range cap(rows) {
		rows = append(rows, table.pack(catalog.Assignment{
			Account: catalog.AccountID(fmt.Sprintf("%012d", i%10_000)), Role: catalog.RoleARN(fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-%016x", i%487)),
			Group: catalog.GroupID(fmt.Sprintf("906745a2b1-%08x-0000-4000-8000-000000000000", i%30_011)),
		}))
	}
	rows = sorted(rows)
	raw, err := encodeRows(&table, rows)
	if err != nil {
		t.Fatal(err)
	}
	if each := float64(len(raw)) / float64(len(rows)); each > 6 {
		t.Errorf("%.1f bytes a row", each)
	}
}
