package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
)

// The policy is one of two: a file, or what admins edit in Slack, which is then kept in
// the store. Where a file is named, the file is it.

// wrongPolicy lists what is missing or wrong about where the policy is.
func (s *settings) wrongPolicy() (wrong settingsError) {
	for _, address := range s.Admins {
		if at := strings.IndexByte(address, '@'); at < 1 || at == len(address)-1 || strings.ContainsAny(address, " <>") {
			wrong.add("STINT_ADMINS has %q, which is no e-mail address. Write it like lead@example.com.", address)
		}
	}
	if s.Policy == "" {
		if len(s.Admins) == 0 && !s.keepsPolicy() {
			wrong.add("nobody could set up a policy: STINT_ADMINS is not set, STINT_POLICY names no file, and %s keeps none. "+
				"Set STINT_ADMINS to the e-mail address of whoever runs /jit-config first, or STINT_POLICY to a file; examples/policy.yaml is a start.", s.location().name())
		}
		return wrong
	}
	if info, err := os.Stat(s.Policy); err != nil {
		wrong.add("the policy file %s cannot be read (%v). Set STINT_POLICY to one that is there, or to nothing: the policy is then edited in Slack.", s.Policy, unwrapPath(err))
	} else if info.IsDir() {
		wrong.add("the policy file %s is a directory. Set STINT_POLICY to the file in it.", s.Policy)
	}
	return wrong
}

// askStore bounds the question whether a store keeps a policy.
const askStore = 10 * time.Second

// keepsPolicy reports whether the store keeps a policy, or cannot be asked: why it cannot
// is told when it is opened.
func (s *settings) keepsPolicy() bool {
	if _, err := os.Stat(s.storePath()); errors.Is(err, fs.ErrNotExist) && s.Database == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), askStore)
	defer cancel()
	db, err := s.open(ctx)
	if err != nil {
		return true
	}
	defer func() { _ = db.Close() }()
	_, err = keptRevision(ctx, db, 0)
	return !fault.Is(err, fault.NotFound)
}

// adminDomains are the domains by which bootstrap admins are known before a policy names
// any.
func (s *settings) adminDomains() (domains []string) {
	for _, address := range s.Admins {
		if _, domain, ok := strings.Cut(catalog.Email(address), "@"); ok {
			domains = append(domains, domain)
		}
	}
	return domains
}

// restingPolicy tells of a policy that was edited in Slack where a file is in its place,
// and nil where that is not so.
func (a *app) restingPolicy(ctx context.Context) (*access.Check, error) {
	if a.policy.path == "" {
		return nil, nil
	}
	r, err := keptRevision(ctx, a.store, 0)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &access.Check{
		Name: "Policy in the store", OK: true, Since: r.InForceAt,
		Detail: fmt.Sprintf("revision %d by %s was edited in Slack and rests, because %s is the policy. Without STINT_POLICY it is in force again.", r.Number, r.Author.Name, a.policy.path),
	}, nil
}
