package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/store/bolt"
)

const blobCatalog = "catalog"

// openRecord opens a data directory, or a backup of its store. A backup is copied first:
// opening a store may bring it to the newest form, and a backup stays as it is.
func openRecord(path string) (db store, done func(), err error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		if db, err = openStore(path); err != nil {
			return nil, nil, err
		}
		return db, func() { _ = db.Close() }, nil
	}
	backup, err := os.Open(path)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.NotFound, "cmd.openRecord", "There is neither a data directory nor a backup at "+path+".", "")
	}
	defer func() { _ = backup.Close() }()
	dir, err := os.MkdirTemp("", "stint-backup-")
	if err != nil {
		return nil, nil, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	if db, err = openCopy(backup, filepath.Join(dir, "copy.db")); err != nil {
		clean()
		return nil, nil, err
	}
	return db, func() { _ = db.Close(); clean() }, nil
}

func openCopy(from io.Reader, path string) (store, error) {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return nil, err
	}
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return nil, err // not a *DB that is nil within a store that is not
	}
	return db, nil
}

// upper begins a sentence.
func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// storedOrganization is the organization as a bot last read it and kept it in its store;
// code NotFound where it has not yet.
func storedOrganization(ctx context.Context, db access.Store, from string) (*organization, error) {
	var packed, facts []byte
	var pins []identity.Pin
	var iam iamRoles
	err := db.View(ctx, func(tx access.Tx) (err error) {
		if packed, err = tx.Blob(blobCatalog); err != nil {
			return err
		}
		if facts, err = tx.Blob(blobFacts); err != nil {
			return err
		}
		if pins, err = tx.Pins(); err != nil {
			return err
		}
		iam.Accounts, iam.AsOf, err = access.AllIAMRoles(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(packed) == 0 {
		return nil, fault.New(fault.NotFound, "cmd.storedOrganization", upper(from)+" holds no catalog yet.", "Let `stint serve` read the organization once, or use --live.")
	}
	var known struct {
		Channels []struct{} `json:"names"`
	}
	if len(facts) > 0 {
		if err := json.Unmarshal(facts, &known); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "cmd.storedOrganization", "What "+from+" holds of Slack cannot be read.", "It is only a copy: let `stint serve` read it again, or use --live.")
		}
	}
	if len(known.Channels) == 0 {
		return nil, fault.New(fault.NotFound, "cmd.storedOrganization", upper(from)+" holds nothing of Slack yet.", "Let `stint serve` run with a policy for five minutes, or use --live.")
	}
	data, err := catalog.Decode(packed)
	if err != nil {
		return nil, err
	}
	o, err := recorded(ctx, from, *data, facts, pins)
	if err == nil {
		o.iam = iam
	}
	return o, err
}
