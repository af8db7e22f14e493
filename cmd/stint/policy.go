package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/identity"
	"stint/access/policy"
	"stint/access/policy/policyfile"
)

const (
	policyPoll   = 2 * time.Second  // how often the file is looked at
	policyRetry  = 15 * time.Second // a policy that was refused is tried again: Slack may know the name by then
	metaBindings = "policy/bindings"
)

// policyFile keeps the policy in force in step with its file. A file that is refused
// leaves the policy before it in force and tells the admins.
type policyFile struct {
	path      string
	store     access.Store
	directory *identity.Directory
	service   *access.Service
	clock     access.Clock
	log       zerolog.Logger
	again     chan struct{} // SIGHUP, or a new catalog

	read    time.Time // modification time of what was loaded last
	content string
	refused bool // the load before this one was
}

// run loads the policy at once and again whenever the file, the catalog or an operator
// says so, until ctx ends.
func (f *policyFile) run(ctx context.Context) {
	refusedAt, pending := time.Time{}, true
	for {
		if pending || f.changed() || (!refusedAt.IsZero() && time.Since(refusedAt) >= policyRetry) {
			pending, refusedAt = false, time.Time{}
			if err := f.load(ctx); err != nil && ctx.Err() == nil {
				refusedAt, f.refused = time.Now(), true
				f.log.Error().Err(err).Str("file", f.path).Msg("policy refused")
				f.service.RefusePolicy(ctx, err.Error())
			}
		}
		tick := time.NewTimer(policyPoll)
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-f.again:
			pending = true
			tick.Stop()
		case <-tick.C:
		}
	}
}

// reload asks for the policy to be loaded again.
func (f *policyFile) reload() {
	select {
	case f.again <- struct{}{}:
	default:
	}
}

// changed reports whether the file was written since it was loaded.
func (f *policyFile) changed() bool {
	info, err := os.Stat(f.path)
	return err == nil && !info.ModTime().Equal(f.read)
}

// load reads, compiles and puts in force.
func (f *policyFile) load(ctx context.Context) error {
	if f.service.Catalog() == nil {
		return nil // the first catalog asks for it again
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	f.read = info.ModTime()
	names, err := f.directory.Names(ctx, time.Minute)
	if err != nil {
		return err
	}
	bindings, err := f.bindings(ctx)
	if err != nil {
		return err
	}
	p, problems := policyfile.Load(f.path, data, names, policy.Since(bindings))
	for _, w := range problems {
		if w.Warning {
			f.log.Warn().Str("file", f.path).Msg(w.String())
		}
	}
	if p == nil {
		return errors.New(problemLines(problems))
	}
	f.directory.SetDomains(p.Settings().EmailDomains)
	f.directory.Watch(p.Sources())
	if err := f.keep(ctx, p.Bindings()); err != nil {
		return err
	}
	if err := f.service.SetPolicy(ctx, p); err != nil {
		return err
	}
	if string(data) != f.content || f.refused {
		f.content, f.refused = string(data), false
		f.log.Info().Str("file", f.path).Str("version", p.Version()).Int("rules", len(p.Rules())).Msg("policy in force")
	}
	return nil
}

// problemLines lists what refuses a policy, a line each.
func problemLines(problems []policy.Problem) string {
	var lines []string
	for _, p := range problems {
		if !p.Warning {
			lines = append(lines, p.String())
		}
	}
	return strings.Join(lines, "\n")
}

// bindings are the ids that the policy's names meant when it was loaded last.
func (f *policyFile) bindings(ctx context.Context) (b policy.Bindings, err error) {
	err = f.store.View(ctx, func(tx access.Tx) error {
		v, err := tx.Meta(metaBindings)
		if err != nil || v == "" {
			return err
		}
		return json.Unmarshal([]byte(v), &b)
	})
	return b, err
}

func (f *policyFile) keep(ctx context.Context, b policy.Bindings) error {
	raw, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return f.store.Update(ctx, func(tx access.Tx) error { return tx.PutMeta(metaBindings, string(raw)) })
}
