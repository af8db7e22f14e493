package catalog

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"

	"stint/access/fault"
)

// maxDecoded bounds what a blob may unpack to, in bytes; 10,000 accounts and 30,000
// people are about one percent of it.
const maxDecoded = 1 << 30

// Encode packs a catalog for the store: JSON, compressed.
func Encode(d *Data) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "catalog.Encode", "The catalog could not be packed.", "")
	}
	if err := errors.Join(json.NewEncoder(z).Encode(d), z.Close()); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "catalog.Encode", "The catalog could not be packed.", "")
	}
	return b.Bytes(), nil
}

// Decode unpacks what Encode packed. A blob that is damaged is refused with code Invalid.
func Decode(blob []byte) (*Data, error) {
	z, err := gzip.NewReader(bytes.NewReader(blob))
	if err != nil {
		return nil, damaged(err)
	}
	limited := &io.LimitedReader{R: z, N: maxDecoded}
	var d Data
	if err := json.NewDecoder(limited).Decode(&d); err != nil {
		return nil, damaged(err)
	}
	// The checksum comes last: read on to it.
	if _, err := io.Copy(io.Discard, limited); err != nil {
		return nil, damaged(err)
	}
	if err := z.Close(); err != nil {
		return nil, damaged(err)
	}
	return &d, nil
}

func damaged(err error) error {
	return fault.Wrap(err, fault.Invalid, "catalog.Decode", "The stored catalog cannot be read.",
		"It is only a copy: the next sync replaces it.")
}
