package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"

	"stint/access"
	"stint/store/bolt"
	"stint/store/move"
	"stint/store/postgres"
)

// store is where everything is kept: a file of the data directory, or a database that
// several replicas share.
type store interface {
	access.Store
	// Check reads all and says what is damaged.
	Check(ctx context.Context) error
	Close() error
}

var (
	_ store = (*bolt.DB)(nil)
	_ store = (*postgres.DB)(nil)
)

// database is the address of a database.
type database struct {
	Database string `name:"database-url" env:"STINT_DATABASE_URL" help:"Postgres in place of a data directory, for several replicas: postgres://user:password@host:5432/database. Better in the environment than on the command line." placeholder:"URL"`
}

// open opens the store that the settings name, unless it is not complete yet.
func (s *settings) open(ctx context.Context) (store, error) {
	db, err := s.openAny(ctx)
	if err != nil {
		return nil, err
	}
	if err := move.Ready(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (s *settings) openAny(ctx context.Context) (store, error) {
	if s.Database != "" {
		db, err := postgres.Open(ctx, s.Database, postgres.Options{})
		if err != nil {
			return nil, err // not a *DB that is nil within a store that is not
		}
		return db, nil
	}
	db, err := bolt.Open(s.storePath(), bolt.Options{})
	if err != nil {
		return nil, err
	}
	return db, nil
}

// replica names this process among those that share the database; "" where none does. The
// name is new with each start: what a former process of this machine claimed is not ours.
func (s *settings) replica() string {
	if s.Database == "" {
		return ""
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "replica"
	}
	return host + "-" + strings.ToLower(rand.Text()[:6])
}

// leads lets a job run only on the replica that leads.
func (a *app) leads(job func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if leading, _ := a.service.Leading(); !leading {
			return nil
		}
		return job(ctx)
	}
}
