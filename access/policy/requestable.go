package policy

import "stint/access/catalog"

// Requestable counts for each account, in the catalog's order, the roles that the receiver
// may hold there if the asker asks. It leaves conditions out, which are for the one account
// that somebody chooses: what an allow asks for is taken to hold, what a deny asks for not to.
// So it counts at most, and exactly where no condition matters.
func (p *Policy) Requestable(c *catalog.Catalog, f Facts, asker, receiver catalog.PersonID) []int {
	out := make([]int, len(c.Accounts()))
	if asker == "" || receiver == "" {
		return out
	}
	ix := p.index(c)
	accounts, roles := ix.classes(p)
	who := p.about(ix, f, asker, receiver)
	both := newBitset(len(p.rules))
	counted := map[string]int{}
	var key []byte
	for i := range accounts {
		for w := range both {
			both[w] = accounts[i].bits[w] & who[w]
		}
		key = both.appendTo(key[:0])
		n, ok := counted[string(key)]
		if !ok {
			for r := range roles {
				if p.opens(both, roles[r].bits) {
					n += len(roles[r].members)
				}
			}
			counted[string(key)] = n
		}
		for _, at := range accounts[i].members {
			out[at] = n
		}
	}
	return out
}

// about says which rules are for these two, conditions aside.
func (p *Policy) about(ix *index, f Facts, asker, receiver catalog.PersonID) bitset {
	e := p.evaluation(ix, nil, f, Query{Asker: asker, Receiver: receiver})
	out := newBitset(len(p.rules))
	for i := range p.rules {
		r := &p.rules[i]
		switch {
		case r.off || r.deny && r.when != nil:
		case r.deny:
			for _, person := range e.people {
				if e.in(&r.requesters, person) != False {
					out.set(i)
				}
			}
		case e.in(&r.requesters, receiver) == True && (asker == receiver || e.in(&r.onBehalf, asker) == True):
			out.set(i)
		}
	}
	return out
}

// opens says whether of the rules in both sets one allows, and none denies.
func (p *Policy) opens(a, b bitset) bool {
	allows := uint64(0)
	for w := range a {
		both := a[w] & b[w]
		if both&p.denies[w] != 0 {
			return false
		}
		allows |= both & p.allows[w]
	}
	return allows != 0
}

// classes are the accounts and the roles that no rule tells apart, conditions aside.
func (ix *index) classes(p *Policy) (accounts, roles []class) {
	ix.classify.Do(func() {
		all := ix.catalog.Accounts()
		ix.accountClasses = classify(len(all), len(p.denies), func(i int) bool { return grantable(&all[i]) }, func(i int, out bitset) {
			p.accountBits(ix.account(p, &all[i]), out)
		})
	})
	return ix.accountClasses, ix.classesOfRoles(p)
}

// classesOfRoles are the roles that no rule tells apart, conditions aside.
func (ix *index) classesOfRoles(p *Policy) []class {
	ix.classifyRoles.Do(func() {
		list := ix.catalog.Roles()
		ix.roleClasses = classify(len(list), len(p.denies), func(i int) bool { return list[i].Ungrantable == "" }, func(i int, out bitset) {
			copy(out, ix.roles[i])
		})
	})
	return ix.roleClasses
}

// accountBits sets the rules about an account: an allow matches where it surely is meant, a
// deny also where it may be.
func (p *Policy) accountBits(m *accountMatch, out bitset) {
	for w := range out {
		out[w] = m.yes[w]&p.allows[w] | (m.yes[w]|m.unknown[w])&p.denies[w]
	}
}
