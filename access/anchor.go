package access

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// The anchor is a group of Identity Center that nobody is in. An assignment of it keeps the
// role in an account, and so the role's ARN, when the last person's access there ends. It is
// made before the first grant of a role in an account, so that the ARN of that grant is the
// one that stays; what could not be made then is made later. Anchors are never taken away.
const (
	anchorEvery    = time.Minute
	anchorLook     = 10 * time.Minute // how often it is made sure that nobody is in it
	anchorAttempts = 20               // roles that are anchored in one turn
	anchorPatience = 20 * time.Second // how long a grant waits for its anchor
	anchorAgain    = time.Hour        // when what AWS refused is tried again
)

// Anchors is what a connector does for the anchor group.
type Anchors interface {
	// GroupMembers reads who is in a group now; NotFound when there is none.
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
	refused string    // what of it AWS refused; "" when nothing
	made    map[Entitlement]bool
}

// has reports whether a role in an account is known to be anchored.
func (a *anchorState) has(e Entitlement) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.made[e]
}

// anchors reports whether a row of AWS is an anchor: never a finding of drift.
func (s *Service) anchors(a catalog.Assignment) bool {
	return s.Anchor.Group != "" && a.Group == s.Anchor.Group && a.Person == ""
}

// anchorApart keeps the anchor group from being asked for.
func (s *Service) anchorApart(d *catalog.Data) {
	const why = "It keeps roles in accounts, and must stay empty: whoever is in it has all of them."
	i := slices.IndexFunc(d.Groups, func(g catalog.Group) bool { return s.Anchor.Group != "" && g.ID == s.Anchor.Group })
	if i < 0 || d.Groups[i].Ungrantable == why {
		return
	}
	d.Groups = slices.Clone(d.Groups) // a catalog in force may share them
	d.Groups[i].Ungrantable = why
}

// watchAnchors anchors what was not anchored before it was granted, until ctx ends.
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

// anchorAll anchors every role in an account that is to be anchored, or that Stint holds an
// assignment of. It anchors nothing unless the group is certainly empty.
func (s *Service) anchorAll(ctx context.Context) error {
	todo, err := s.unanchored(ctx)
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
		release, err := s.Connector.Acquire(ctx, PrioritySync, e.Account)
		if err != nil {
			return err
		}
		err = s.anchorOne(ctx, e)
		release()
		if err != nil { // AWS cannot be asked, or everything is held: the others fare no better
			return err
		}
	}
	return nil
}

// anchorFirst anchors a role in an account before it is granted there for the first time; the
// caller has the account's turn. It never keeps a grant from being made: what takes too long
// or is refused is left to watchAnchors, and emergencies do not wait.
func (s *Service) anchorFirst(ctx context.Context, key Key, p Priority) {
	e := key.Entitlement()
	if s.Anchor.Group == "" || s.Anchor.Connector == nil || e.IsGroup() || p == PriorityEmergency || s.anchor.has(e) {
		return
	}
	todo, err := s.toAnchor(ctx, e)
	if err == nil && (!todo || !s.anchorEmpty(ctx)) {
		return
	}
	if err == nil {
		var cancel context.CancelFunc
		ctx, cancel = s.worker.until(ctx, s.Now().Add(anchorPatience))
		defer cancel()
		err = s.anchorOne(ctx, e)
	}
	if err != nil {
		s.Log.Warn().Err(err).Str("account", string(e.Account)).Msg("the role is granted before it is anchored")
	}
}

// anchorEmpty reports whether nobody is in the anchor group, as far as AWS says now.
func (s *Service) anchorEmpty(ctx context.Context) bool {
	facts, err := s.Anchor.Connector.GroupMembers(ctx, s.Anchor.Group)
	problem := ""
	switch {
	case fault.Is(err, fault.NotFound):
		problem = "Identity Center has no such group."
	case err != nil:
		problem = "It cannot be read who is in it: " + said(err)
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

// anchorOne assigns a role in an account to the anchor group: it stores the intent, calls AWS,
// and stores the outcome, so that a process that ends in between leaves nothing that is not on
// record. Creating what is there already succeeds. What AWS refuses for good is stored as
// such and is no error.
func (s *Service) anchorOne(ctx context.Context, e Entitlement) error {
	wanted, err := s.intendAnchor(ctx, e)
	if err != nil || !wanted {
		return err
	}
	s.trace("anchor intended", e.For(""))
	op, err := s.Anchor.Connector.Anchor(ctx, e, s.Anchor.Group, s.mayAnchor)
	if err == nil && op.Status == InProgress {
		op, err = s.Connector.Await(ctx, op)
	}
	if err == nil && op.Status != Succeeded {
		err = &ConnectorError{Class: op.Failure, Op: "anchor", Message: op.Message}
	}
	if class := classOf(err); class == ClassRefused || class == ClassGone {
		return s.anchorRefused(ctx, e, explain(err))
	}
	if err != nil {
		return err
	}
	return s.anchorMade(ctx, e)
}

// mayAnchor is the last look at lease and pause, right before a create is sent.
func (s *Service) mayAnchor() error {
	return s.Store.View(context.Background(), func(tx Tx) error {
		if err := s.leads(tx); err != nil {
			return err
		}
		return (&book{Tx: tx, now: s.Now()}).held("access.mayAnchor")
	})
}

// anchorCheck is the health of the anchor group; known is false without one.
func (s *Service) anchorCheck() (c Check, known bool) {
	if s.Anchor.Group == "" {
		return c, false
	}
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	c = Check{Name: "Anchor group", OK: s.anchor.problem == "" && s.anchor.refused == "", Detail: "empty, as it must be", Since: s.anchor.at}
	switch {
	case s.anchor.problem != "":
		c.Detail, c.Hint = s.anchor.problem, "Nothing more is anchored until the group is there, and empty. STINT_ANCHOR_GROUP names it."
	case s.anchor.refused != "":
		c.Detail, c.Hint = s.anchor.refused, "The ARNs of these roles change when the last access in their account ends. It is tried again every hour."
	case s.anchor.at.IsZero():
		c.Detail = "not looked at yet"
	}
	return c, true
}
