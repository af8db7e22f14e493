package main

import (
	"context"
	"errors"
	"time"

	"github.com/alecthomas/kong"
)

// source says where a command looks names up. At most one is given; a database of the
// environment counts when none of the others is.
type source struct {
	Catalog string `help:"Look names up in a saved catalog: a file that stint catalog export wrote." placeholder:"FILE"`
	Data    string `help:"Look names up in the store of a data directory that no bot runs on." placeholder:"DIR"`
	database
	named   bool          // the database was typed; one of the environment is for when nothing else is
	Live    bool          `help:"Look names up in Slack and AWS now, with the settings of stint serve."`
	Timeout time.Duration `help:"How long Slack and AWS may take, with --live." default:"5m"`
	connection
}

// AfterApply notes what was typed: it goes before a database of the environment.
func (s *source) AfterApply(k *kong.Context) error {
	s.named = typed(k, "database-url")
	return nil
}

// location is the store among the sources.
func (s *source) location() *location {
	if s.Data != "" {
		return &location{Data: s.Data}
	}
	return &location{database: s.database}
}

// given says how many of the four were named.
func (s *source) given() (n int) {
	for _, yes := range []bool{s.Catalog != "", s.Data != "", s.Live} {
		if yes {
			n++
		}
	}
	if s.Database != "" && (s.named || n == 0) {
		n++
	}
	return n
}

// one refuses more than one source, and none where one is needed.
func (s *source) one(needed bool) error {
	switch n := s.given(); {
	case n > 1:
		return usage{errors.New("give one of --catalog, --data, --database-url and --live")}
	case n == 0 && needed:
		return usage{errors.New("give --catalog FILE, --data DIR, --database-url URL or --live: this needs accounts, roles and people")}
	}
	return nil
}

// open gives the organization, or nil when no source was named. ctx bounds what is read
// now, until done is called.
func (s *source) open(ctx context.Context) (o *organization, bounded context.Context, done func(), err error) {
	bounded, cancel := context.WithTimeout(ctx, s.Timeout)
	switch {
	case s.Live:
		o, _, err = liveOrganization(bounded, &s.connection)
	case s.Catalog != "":
		o, err = openSaved(ctx, s.Catalog)
	case s.given() > 0:
		o, err = s.fromStore(ctx)
	}
	if err != nil {
		cancel()
		return nil, nil, nil, err
	}
	return o, bounded, func() {
		if o != nil {
			o.close()
		}
		cancel()
	}, nil
}

func (s *source) fromStore(ctx context.Context) (*organization, error) {
	db, err := s.location().open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	return storedOrganization(ctx, db, s.location().name())
}
