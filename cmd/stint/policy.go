package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/policy"
	"stint/access/policy/policyfile"
)

const (
	policyPoll  = 2 * time.Second  // how often the file is looked at
	policyRetry = 15 * time.Second // a policy that was refused is tried again: Slack may know the name by then
)

// policyFile keeps the policy in force in step with its file. A file that is refused
// leaves the policy before it in force and tells the admins.
type policyFile struct {
	path    string
	service *access.Service
	log     zerolog.Logger
	again   chan struct{} // SIGHUP, or a new catalog

	read    time.Time // modification time of what was loaded last
	content string
	refused bool // the load before this one was
}

// run loads the policy at once and again whenever the file, the catalog or an operator
// says so, until ctx ends.
func (f *policyFile) run(ctx context.Context) {
	if f.path == "" {
		return // it is kept in the store
	}
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

// reload asks for the file to be loaded again, where there is one.
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
	names, since, err := f.service.Names(ctx, time.Minute)
	if err != nil {
		return err
	}
	p, problems := policyfile.Load(f.path, data, names, since)
	for _, w := range problems {
		if w.Warning {
			f.log.Warn().Str("file", f.path).Msg(w.String())
		}
	}
	if p == nil {
		return errors.New(problemLines(problems))
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
