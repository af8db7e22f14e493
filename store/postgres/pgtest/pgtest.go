// Package pgtest runs a real Postgres for tests: the binaries of the machine, a new cluster
// in a temporary directory, a free port on loopback, and nothing left behind.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// startWithin bounds the start of a cluster on a machine that is busy.
const startWithin = time.Minute

// Server is one running cluster.
type Server struct {
	dir     string
	port    int
	as      *syscall.Credential // who it runs as; nil: as we do
	bin     string
	process *exec.Cmd
	exited  chan struct{}
	schemas atomic.Int64
	options []string
}

// Start makes a cluster and starts it. Options are settings such as "max_connections=20".
// Durability is switched off unless an option switches it on: a test ends before its machine does.
func Start(options ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin, options: append([]string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"}, options...)}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start() error {
	if err := s.own(); err != nil {
		return err
	}
	if out, err := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "stint", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	return s.Run()
}

// own lets the server be run by somebody else than root, which it refuses to be.
func (s *Server) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		if uerr != nil || gerr != nil {
			continue
		}
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(s.dir, int(uid), int(gid))
	}
	return errors.New("root may not run Postgres, and there is neither a user postgres nor nobody")
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	// The server dies with whoever started it, even when that is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// Run starts the server of an existing cluster and waits until it answers.
func (s *Server) Run() error {
	args := []string{"-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="}
	for _, o := range s.options {
		args = append(args, "-c", o)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.process = s.command("postgres", args...)
	s.process.Stdout, s.process.Stderr = log, log
	s.exited = make(chan struct{})
	if err := s.process.Start(); err != nil {
		return err
	}
	process, exited := s.process, s.exited
	go func() { _ = process.Wait(); close(exited) }()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.exited:
			text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("postgres ended at its start:\n%s", text)
		case <-ctx.Done():
			return fmt.Errorf("postgres did not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server as a crash would; Run starts it again.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

func (s *Server) end(signal os.Signal) {
	if s.process == nil || s.process.Process == nil {
		return
	}
	_ = s.process.Process.Signal(signal)
	<-s.exited
}

// Stop ends the server and removes its cluster.
func (s *Server) Stop() error {
	s.end(syscall.SIGQUIT)
	return os.RemoveAll(s.dir)
}

// URL is the address of the server's own database.
func (s *Server) URL() string {
	u := url.URL{Scheme: "postgres", User: url.User("stint"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/postgres"}
	return u.String() + "?sslmode=disable"
}

// Schema makes a new, empty schema and returns the address of a store in it.
func (s *Server) Schema(ctx context.Context) (string, error) {
	name := fmt.Sprintf("s%d", s.schemas.Add(1))
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", err
	}
	return s.URL() + "&search_path=" + name, nil
}

// Standby starts a second cluster that follows this one and only reads.
func (s *Server) Standby() (*Server, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	follower := &Server{dir: dir, bin: s.bin, options: s.options}
	fail := func(err error) (*Server, error) { return nil, errors.Join(err, follower.Stop()) }
	if err := follower.own(); err != nil {
		return fail(err)
	}
	if follower.port, err = freePort(); err != nil {
		return fail(err)
	}
	if out, err := follower.command("pg_basebackup", "-d", s.URL(), "-D", filepath.Join(dir, "data"), "-R", "--checkpoint=fast", "--no-sync").CombinedOutput(); err != nil {
		return fail(fmt.Errorf("pg_basebackup: %w\n%s", err, out))
	}
	if err := follower.Run(); err != nil {
		return fail(err)
	}
	return follower, nil
}

// Promote makes a standby a primary of its own.
func (s *Server) Promote(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "SELECT pg_promote()")
	return err
}

// binaries finds the directory of postgres and initdb: that of the PATH, or where Debian's
// package puts them, the newest first.
func binaries() (string, error) {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(installed, func(a, b string) int { return release(b) - release(a) })
	for _, dir := range append(dirs, installed...) {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("no Postgres on this machine: install Debian's package postgresql (make test does)")
}

func release(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func freePort() (int, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(port))
}
