package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"stint/access"
	"stint/access/fault"
	"stint/store/bolt"
	"stint/store/move"
	"stint/store/postgres"
)

// migrateCmd is `stint migrate`.
type migrateCmd struct {
	From string `required:"" help:"What to move: the file of a store, its data directory, or the URL of a database. It is only read." placeholder:"FILE|URL"`
	To   string `required:"" help:"Where to: a file that does not exist yet, a data directory (written with a slash at its end while it does not exist), or the URL of an empty database." placeholder:"FILE|URL"`
	format
}

// Help says what is moved and what to do when it stops.
func (migrateCmd) Help() string {
	return `Moves requests, grants, assignments, policy, audit log, catalog and all else, as it is, and verifies it: the audit log is replayed in the target and compared with what it holds, and both stores are compared as a whole.

Stop Stint first: it must run neither on the source nor on the target. Whatever interrupts the move, the same command goes on where it stopped. Until it is done, Stint does not serve from the target. The source stays as it was, as a backup; do not serve from it again.

A URL is written like postgres://user@host:5432/database. Its password may stand in PGPASSWORD or in ~/.pgpass instead of the command line.

Exit code 0: everything is in the target and verified. 1: it is not; the reason and the next step are printed. 2: the command line was not understood.`
}

// place is one end of a move.
type place struct{ at string }

func (p place) database() bool {
	return strings.HasPrefix(p.at, "postgres://") || strings.HasPrefix(p.at, "postgresql://")
}

// String is the place without its password.
func (p place) String() string {
	if !p.database() {
		return p.at
	}
	u, err := url.Parse(p.at)
	if err != nil {
		return "the database"
	}
	return u.Host + u.Path
}

// path is the file, which a data directory may stand for, also one that ends in a slash
// and is not there yet.
func (p place) path() string {
	info, err := os.Stat(p.at)
	if err == nil && info.IsDir() || p.at != "" && os.IsPathSeparator(p.at[len(p.at)-1]) {
		return (&settings{Data: p.at}).storePath()
	}
	return p.at
}

func (p place) open(ctx context.Context) (store, error) {
	if p.database() {
		return (&settings{database: database{Database: p.at}}).openAny(ctx)
	}
	return bolt.Open(p.path(), bolt.Options{})
}

// Run moves, and prints what came of it.
func (c *migrateCmd) Run(ctx context.Context, std streams) error {
	from, to := place{c.From}, place{c.To}
	if err := ends(from, to); err != nil {
		return err
	}
	t := &told{w: std.err}
	r, err := t.move(ctx, from, to)
	switch {
	case err == nil:
		return c.report(std.out, r, from, to)
	case !errors.Is(err, context.Canceled):
		return err
	case t.total == 0:
		return fault.New(fault.Unavailable, "cmd.migrate", "Stopped before anything was moved.", "Run the same command again.")
	}
	return fault.Newf(fault.Unavailable, "cmd.migrate", "Run the same command again: it goes on where it stopped.",
		"Stopped before the end: %d of %d records are in %s.", t.done, t.total, to)
}

// ends refuses what cannot be the two ends of a move.
func ends(from, to place) error {
	for flag, p := range map[string]place{"--from": from, "--to": to} {
		if !p.database() && strings.Contains(p.at, "://") {
			return usage{fmt.Errorf("%s is neither a file nor a URL that begins with postgres://", flag)}
		}
	}
	if from == to || !from.database() && !to.database() && filepath.Clean(from.path()) == filepath.Clean(to.path()) {
		return usage{errors.New("--from and --to name the same store")}
	}
	return nil
}

// openSource opens what is moved, once it is known that no bot runs on it: a file is locked
// by the bot, and in a database its lease beats.
func openSource(ctx context.Context, from place, progress io.Writer) (store, error) {
	if !from.database() {
		if _, err := os.Stat(from.path()); err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "cmd.openSource", "There is no store at "+from.at+".",
				"Name the directory that `stint serve` uses (STINT_DATA_DIR), or the file stint.db in it.")
		}
	}
	db, err := from.open(ctx)
	if err != nil {
		return nil, at("The source cannot be opened.", err)
	}
	if _, shared := db.(*postgres.DB); !shared {
		return db, nil
	}
	fmt.Fprintln(progress, "Looking whether Stint runs on the source (up to 20 seconds).")
	leader, err := access.Leads(ctx, db, wallClock{})
	if err == nil && leader != "" {
		err = fault.Newf(fault.Conflict, "cmd.openSource", "Stop every replica of Stint, then run the same command again.",
			"Stint runs on the source: the replica %s leads. Nothing was moved.", leader)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// at puts before an error of a store which of the two it is about.
func at(which string, err error) error {
	what, next := sentence(err)
	code := fault.CodeOf(err)
	if f := new(fault.Error); errors.As(err, &f) {
		err = f.Err // its words are said
	}
	return &fault.Error{Code: code, Op: "cmd.migrate", Message: which + " " + what, Hint: next, Err: err}
}

// told tells on the terminal how far a move is: a line each tenth.
type told struct {
	w           io.Writer
	done, total int
}

// move moves, once both ends are known to be what they should.
func (t *told) move(ctx context.Context, from, to place) (r move.Result, err error) {
	source, err := openSource(ctx, from, t.w)
	if err != nil {
		return r, err
	}
	defer func() { _ = source.Close() }()
	verified, err := move.From(ctx, source)
	if err != nil {
		return r, err
	}
	target, err := to.open(ctx)
	if err != nil {
		return r, at("The target cannot be opened.", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return verified.To(ctx, target, move.Options{Begun: t.begun, Progress: t.progress})
}

func (t *told) begun(done, total int) {
	t.done, t.total = done, total
	switch {
	case done == total:
	case done > 0:
		fmt.Fprintf(t.w, "Going on: %d of %d records are in the target already.\n", done, total)
	default:
		fmt.Fprintf(t.w, "Moving %d records.\n", total)
	}
}

func (t *told) progress(done, total int) {
	if tenths := done * 10 / total; tenths > t.done*10/total {
		fmt.Fprintf(t.w, "%4d%%  %d of %d\n", tenths*10, done, total)
	}
	t.done = done
	if done == total {
		fmt.Fprintln(t.w, "Verifying.")
	}
}

// migrated is the answer for programs.
type migrated struct {
	Records int    `json:"records"`
	Events  uint64 `json:"events"`
	Head    string `json:"head,omitempty"`
	Already bool   `json:"already,omitempty"`
}

func (c *migrateCmd) report(w io.Writer, r move.Result, from, to place) error {
	if c.json() {
		return printJSON(w, migrated{r.Records, r.Events, r.Head, r.Already})
	}
	if r.Already {
		_, err := fmt.Fprintf(w, "Nothing to do: everything in %s was moved to %s before.\n", from, to)
		return err
	}
	next := "STINT_DATABASE_URL set to it"
	if dir, name := filepath.Split(to.path()); !to.database() {
		next = fmt.Sprintf("STINT_DATA_DIR=%s and without STINT_DATABASE_URL", filepath.Clean(dir))
		if own := filepath.Base((&settings{}).storePath()); name != own {
			next = fmt.Sprintf("the file as %s in STINT_DATA_DIR and without STINT_DATABASE_URL", own)
		}
	}
	_, err := fmt.Fprintf(w, "ok: %d records are in %s, %d lines of the audit log among them; it leads to what the target holds.\n"+
		"next: start Stint with %s. Keep %s as a backup, and do not serve from it again.\n", r.Records, to, r.Events, next, from)
	return err
}
