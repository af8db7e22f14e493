package access

import "stint/access/policy"

// Example names the person, account and role of an example. It asks nobody.
func (s *Service) Example(e policy.Example) ExampleView {
	return ExampleView{
		Person: s.human(e.Person),
		Item:   s.item(Entitlement{Account: e.Account, Role: e.Role, Group: e.Group}),
		Before: e.Before, After: e.After,
	}
}
