package access

import (
	"context"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// admin reports whether the person is certainly an admin: by today's policy, or because
// whoever runs Stint says so.
func (s *Service) admin(person catalog.PersonID) bool {
	if slices.Contains(s.bootstrap(), person) {
		return true
	}
	p := s.Policy()
	return p != nil && p.IsAdmin(s.Directory.Snapshot(), person) == policy.True
}

// bootstrap are the people who are admins whatever the policy says, as far as the
// organization has them and lets them act.
func (s *Service) bootstrap() []catalog.PersonID {
	c := s.Catalog()
	if c == nil {
		return nil
	}
	facts := s.Directory.Snapshot()
	var out []catalog.PersonID
	for _, email := range s.BootstrapAdmins {
		p, ok := c.PersonByEmail(email)
		if ok && facts.In(policy.Source{Kind: policy.SourcePerson, ID: string(p.ID)}, p.ID) == policy.True {
			out = append(out, p.ID)
		}
	}
	return out
}

// adminsBy are the people who would certainly be admins under a policy, which may be nil.
func (s *Service) adminsBy(p *policy.Policy) []catalog.PersonID {
	out := s.bootstrap()
	if p == nil {
		return out
	}
	facts := s.Directory.Snapshot()
	for _, source := range p.Settings().Admins {
		members, _ := facts.Members(source)
		for _, m := range members {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out
}

// Admins are the people who run Stint, as far as they are known now.
func (s *Service) Admins(context.Context) []Human { return s.humans(s.adminsBy(s.Policy())) }

// adminOnly refuses everybody who is not an admin, and says who is.
func (s *Service) adminOnly(ctx context.Context, user identity.SlackUserID) (Human, error) {
	who, err := s.Directory.Resolve(ctx, user, formAge)
	if err != nil {
		return Human{}, err
	}
	return Human{Person: who.Person, Slack: who.Slack, Name: who.Name}, s.mustBeAdmin(ctx, who.Person)
}

// adminNow is adminOnly by facts that are at most a minute old, as at a review: for what
// changes who may do what, or ends access.
func (s *Service) adminNow(ctx context.Context, user identity.SlackUserID) (Actor, error) {
	who, err := s.Directory.Resolve(ctx, user, sensitiveAge)
	if err != nil {
		return Actor{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	refusal, err := s.refused(ctx, actor, sensitiveAge)
	if err != nil {
		return Actor{}, err
	}
	if refusal != "" {
		return Actor{}, fault.New(fault.Forbidden, "access.adminNow", refusal, "")
	}
	if p := s.Policy(); p != nil && !slices.Contains(s.bootstrap(), who.Person) {
		if err := s.Directory.Refresh(ctx, p.Settings().Admins, sensitiveAge); err != nil {
			return Actor{}, err
		}
	}
	if err := s.mustBeAdmin(ctx, who.Person); err != nil {
		return Actor{}, err
	}
	return actor, nil
}

// mustBeAdmin says who is when the person is not.
func (s *Service) mustBeAdmin(ctx context.Context, person catalog.PersonID) error {
	const op = "access.mustBeAdmin"
	if s.admin(person) {
		return nil
	}
	var names []string
	for _, a := range s.Admins(ctx) {
		names = append(names, a.Name)
	}
	if s.Policy() == nil {
		switch problem := s.PolicyProblem(); {
		case problem != "":
			return fault.New(fault.Unavailable, op, "No policy is in force yet.", "The policy was refused: "+problem)
		case s.PolicyFile == "" && len(names) > 0:
			return fault.New(fault.Unavailable, op, "No policy is in force yet. "+strings.Join(names[:min(5, len(names))], ", ")+" can set it up with /jit-config.", "")
		}
		return fault.New(fault.Unavailable, op, "No policy is in force yet, so nobody is known to be an admin.", "Whoever runs Stint finds the reason in its log.")
	}
	hint := "No admin could be found in the policy."
	if len(names) > 0 {
		hint = "Admins are: " + strings.Join(names[:min(5, len(names))], ", ") + "."
	}
	return fault.New(fault.Forbidden, op, "/jit-config is for admins of Stint.", hint)
}

// otherAdmins are today's admins who could use Stint, without one person.
func (s *Service) otherAdmins(ctx context.Context, person catalog.PersonID) []Human {
	var out []catalog.PersonID
	p := s.Policy()
	for _, a := range s.adminsBy(p) {
		if a != person && (p == nil || s.recognised(ctx, p, a)) {
			out = append(out, a)
		}
	}
	return s.humans(out)
}

// adminsAfter are the people who would certainly be admins under a policy, and whom it
// would let Stint recognise.
func (s *Service) adminsAfter(ctx context.Context, p *policy.Policy) []catalog.PersonID {
	return slices.DeleteFunc(s.adminsBy(p), func(a catalog.PersonID) bool { return !s.recognised(ctx, p, a) })
}

// recognised reports whether a policy's e-mail domains, or a link made by hand, tell who a
// person is.
func (s *Service) recognised(ctx context.Context, p *policy.Policy, person catalog.PersonID) bool {
	if c := s.Catalog(); c != nil {
		if who, ok := c.Person(person); ok && slices.Contains(p.Settings().EmailDomains, domainOf(who.Email)) {
			return true
		}
	}
	byHand := false
	err := s.Store.View(ctx, func(tx Tx) error {
		pin, err := tx.PinOf(person)
		byHand = err == nil && pin.Email == ""
		return err
	})
	return err == nil && byHand
}
