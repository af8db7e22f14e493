package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// The anchor is a group of Identity Center that nobody is in. An assignment of it keeps the
// role in an account, and so the role's ARN, when the last person's access there ends.
const (
	blobAnchors    = "anchors"
	anchorEvery    = time.Minute
	anchorLook     = 10 * time.Minute // how often it is made sure that nobody is in it
	anchorAttempts = 20               // roles that are anchored in one turn
)

// Anchors is what a connector does for the anchor group.
type Anchors interface {
	// GroupMembers reads who is in a group now.
	GroupMembers(ctx context.Context, id catalog.GroupID) (identity.GroupFacts, error)
	// Anchor asks AWS to assign a role in an account to a group, once; fence as in Assign.
	// Await follows the operation.
	Anchor(ctx context.Context, e Entitlement, group catalog.GroupID, fence func() error) (Operation, error)
}

// AnchorOptions name the anchor group; none without a group.
type AnchorOptions struct {
	Connector Anchors
	Group     catalog.GroupID
}

// anchorState is what is known of the anchor group.
type anchorState struct {
	mu      sync.Mutex
	at      time.Time // of the last look at its members
	problem string    // why nothing is anchored; "" when all is well
}

func readAnchors(tx Tx) (all []Entitlement, err error) {
	raw, err := tx.Blob(blobAnchors)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	err = json.Unmarshal(raw, &all)
	return all, fault.Wrap(err, fault.Internal, "access.readAnchors", "The stored anchors cannot be read.", "")
}

// anchors reports whether a row of AWS is an anchor: never a finding of drift.
func (s *Service) anchors(a catalog.Assignment) bool {
	return s.Anchor.Group != "" && a.Group == s.Anchor.Group && a.Person == ""
}

// watchAnchors anchors what was granted, until ctx ends.
func (s *Service) watchAnchors(ctx context.Context) {
	if s.Anchor.Group == "" || s.Anchor.Connector == nil {
		return
	}
	for ctx.Err() == nil {
		if err := s.anchorAll(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn().Err(err).Msg("a role was not anchored; it is tried again")
		}
		s.pauseFor(ctx, anchorEvery)
	}
}

// anchorAll anchors every role in an account that Stint holds an assignment of and that is
// not anchored yet. It anchors nothing unless the group is certainly empty.
func (s *Service) anchorAll(ctx context.Context) error {
	var todo []Entitlement
	err := s.Store.View(ctx, func(tx Tx) error {
		done, err := readAnchors(tx)
		if err != nil {
			return err
		}
		held, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Present}})
		for _, a := range held {
			e := a.Key.Entitlement()
			if !e.IsGroup() && !slices.Contains(done, e) && !slices.Contains(todo, e) {
				todo = append(todo, e)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	s.anchor.mu.Lock()
	late := s.Now().Sub(s.anchor.at) >= anchorLook
	s.anchor.mu.Unlock()
	if len(todo) == 0 && !late {
		return nil
	}
	if !s.anchorEmpty(ctx) {
		return nil
	}
	for _, e := range todo[:min(len(todo), anchorAttempts)] {
		if err := s.anchorOne(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// anchorEmpty reports whether nobody is in the anchor group, as far as AWS says now.
func (s *Service) anchorEmpty(ctx context.Context) bool {
	facts, err := s.Anchor.Connector.GroupMembers(ctx, s.Anchor.Group)
	problem := ""
	switch {
	case err != nil:
		problem = "It cannot be read who is in it: " + said(err)
	case facts.Gone:
		problem = "Identity Center has no such group."
	case len(facts.Members) > 0:
		problem = fmt.Sprintf("%s in it. Everybody in it has every role that it anchors: take them out.", are(len(facts.Members)))
		s.alarm(ctx, "The anchor group must be empty, and "+problem)
	}
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	s.anchor.at, s.anchor.problem = s.Now(), problem
	return problem == ""
}

func are(n int) string {
	if n == 1 {
		return "1 person is"
	}
	return fmt.Sprintf("%d people are", n)
}

// anchorOne assigns a role in an account to the anchor group, and stores that it is.
// Creating what is there already succeeds.
func (s *Service) anchorOne(ctx context.Context, e Entitlement) error {
	release, err := s.Connector.Acquire(ctx, PrioritySync, e.Account)
	if err != nil {
		return err
	}
	defer release()
	fence := func() error {
		return s.Store.View(context.WithoutCancel(ctx), func(tx Tx) error { return s.leads(tx) })
	}
	op, err := s.Anchor.Connector.Anchor(ctx, e, s.Anchor.Group, fence)
	if err == nil && op.Status == InProgress {
		op, err = s.Connector.Await(ctx, op)
	}
	if err != nil {
		return err
	}
	if op.Status != Succeeded {
		return &ConnectorError{Class: op.Failure, Op: "anchor", Message: op.Message}
	}
	return s.lead(ctx, func(b *book) error {
		done, err := readAnchors(b)
		if err != nil || slices.Contains(done, e) {
			return err
		}
		raw, err := json.Marshal(append(done, e))
		if err != nil {
			return fault.Wrap(err, fault.Internal, "access.anchorOne", "", "")
		}
		if err := b.audit("anchor.created", System, "", e, string(s.Anchor.Group)); err != nil {
			return err
		}
		return b.PutBlob(blobAnchors, raw)
	})
}

// anchorCheck is the health of the anchor group; known is false without one.
func (s *Service) anchorCheck() (c Check, known bool) {
	if s.Anchor.Group == "" {
		return c, false
	}
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	c = Check{Name: "Anchor group", OK: s.anchor.problem == "", Detail: "empty, as it must be", Since: s.anchor.at}
	switch {
	case s.anchor.problem != "":
		c.Detail, c.Hint = s.anchor.problem, "Nothing more is anchored until the group is there, and empty. STINT_ANCHOR_GROUP names it."
	case s.anchor.at.IsZero():
		c.Detail = "not looked at yet"
	}
	return c, true
}
