package access

import (
	"strconv"
	"time"

	"stint/access/fault"
)

func readTime(tx Tx, name string) (time.Time, error) {
	v, err := tx.Meta(name)
	if err != nil || v == "" {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, v)
	return t, fault.Wrap(err, fault.Internal, "access.readTime", "the stored "+name+" is not a time", "Check the store with `stint check`.")
}

func writeTime(tx Tx, name string, t time.Time) error {
	return tx.PutMeta(name, t.UTC().Format(time.RFC3339Nano))
}

func readTerm(tx Tx) (uint64, error) {
	v, err := tx.Meta(metaTerm)
	if err != nil || v == "" {
		return 0, err
	}
	n, err := strconv.ParseUint(v, 10, 64)
	return n, fault.Wrap(err, fault.Internal, "access.readTerm", "the stored term is not a number", "")
}

func nextTerm(tx Tx) (uint64, error) {
	n, err := readTerm(tx)
	if err != nil {
		return 0, err
	}
	n++
	return n, tx.PutMeta(metaTerm, strconv.FormatUint(n, 10))
}
