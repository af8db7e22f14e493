package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"stint/access/fault"
)

// location is the store that a command opens.
type location struct {
	Data string `env:"STINT_DATA_DIR" default:"data" help:"Directory of the store. The bot must not be running on it."`
	database
}

// AfterApply lets a directory that was typed go before a database of the environment.
func (l *location) AfterApply(k *kong.Context) error { return l.choose(k, l.Data) }

// choose drops a database of the environment where dir was typed, and refuses both typed.
func (d *database) choose(k *kong.Context, dir string) error {
	switch {
	case !typed(k, "data") || dir == "":
		return nil
	case typed(k, "database-url"):
		return errors.New("give one of --data and --database-url")
	}
	d.Database = ""
	return nil
}

// typed reports whether a flag stands on the command line, and not only in the environment.
func typed(k *kong.Context, flag string) bool {
	return slices.ContainsFunc(k.Path, func(p *kong.Path) bool {
		return p.Flag != nil && p.Flag.Name == flag && !p.Resolved
	})
}

// name is the location as people are told of it, without a password: "the store in data".
func (l *location) name() string {
	if l.Database == "" {
		return "the store in " + l.Data
	}
	u, err := url.Parse(l.Database)
	if err != nil || u.Host == "" {
		return "the database"
	}
	return "the database " + u.Host + u.Path
}

// open opens a store that is there.
func (l *location) open(ctx context.Context) (store, error) {
	if l.Database == "" {
		return openStore(l.Data)
	}
	return l.openOrMake(ctx)
}

// openOrMake opens a store, and makes it when it is not there. A directory has one process;
// a database may be in use.
func (l *location) openOrMake(ctx context.Context) (store, error) {
	return (&settings{Data: l.Data, database: l.database}).open(ctx)
}

// openStore opens the store of a data directory. No bot may be running on it.
func openStore(dir string) (store, error) {
	s := settings{Data: dir}
	if _, err := os.Stat(s.storePath()); err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "cmd.openStore", "There is no store in "+dir+".", "Name the directory that `stint serve` uses (STINT_DATA_DIR).")
	}
	return s.open(context.Background())
}
