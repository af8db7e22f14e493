package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// savedVersion grows when a file of an older stint can no longer be read.
const savedVersion = 1

// savedCatalog is an organization in a file: all that names, people sets and tests of a
// policy need. It holds names and e-mail addresses of people and what
// roles allow, and no secret.
type savedCatalog struct {
	Version int             `json:"version"`
	SavedAt time.Time       `json:"saved_at"`
	Catalog catalog.Data    `json:"catalog"`
	Facts   json.RawMessage `json:"facts,omitempty"` // what Slack says of user groups, channels and their members
	Pins    []identity.Pin  `json:"pins,omitempty"`  // which Slack user is which person, where that is stored
	IAM     iamRoles        `json:"iam_roles,omitzero"`
}

// save writes an organization.
func (o *organization) save(w io.Writer, now time.Time) error {
	facts, err := o.directory.Export()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(savedCatalog{Version: savedVersion, SavedAt: now.UTC(), Catalog: *o.catalog.Data(), Facts: facts, Pins: o.pins, IAM: o.iam})
}

// openSaved reads what save wrote.
func openSaved(ctx context.Context, path string) (*organization, error) {
	const op, again = "cmd.openSaved", "Write it with `stint catalog export --out FILE`."
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, op, "The saved catalog cannot be read.", again)
	}
	var saved savedCatalog
	if err := json.Unmarshal(raw, &saved); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, op, path+" is no saved catalog.", again)
	}
	switch {
	case saved.Version == 0:
		return nil, fault.New(fault.Invalid, op, path+" is no saved catalog.", again)
	case saved.Version > savedVersion:
		return nil, fault.New(fault.Invalid, op, fmt.Sprintf("%s was saved by a newer stint (version %d; this one reads %d).", path, saved.Version, savedVersion), "Use that stint, or export it again with this one.")
	}
	o, err := recorded(ctx, path, saved.Catalog, saved.Facts, saved.Pins)
	if err == nil {
		o.iam = saved.IAM
	}
	return o, err
}
