package policy

import (
	"sync"

	"stint/access/catalog"
)

// index is what the selectors of a policy match in one catalog. Roles are matched at
// once, an account when it is first asked for: people look at few of ten thousand.
type index struct {
	catalog *catalog.Catalog
	roles   []bitset // by position in catalog.Roles()
	byARN   map[catalog.RoleARN]int

	mu       sync.RWMutex
	accounts map[catalog.AccountID]*accountMatch

	offer  sync.Once
	offers []int

	classify, classifyRoles     sync.Once
	accountClasses, roleClasses []class
}

// accountMatch says which rules are about an account.
type accountMatch struct {
	yes, unknown bitset
	channel      string // where cards about it go unless a rule says otherwise
}

func (m *accountMatch) truth(i int) Truth {
	switch {
	case m.yes.has(i):
		return True
	case m.unknown.has(i):
		return Unknown
	default:
		return False
	}
}

// index returns the index for a catalog. One is kept: the newest that was asked for,
// which is the one that everybody asks for except while a sync swaps catalogs.
func (p *Policy) index(c *catalog.Catalog) *index {
	if ix := p.newest.Load(); ix != nil && ix.catalog == c {
		return ix
	}
	ix := &index{
		catalog:  c,
		roles:    make([]bitset, len(c.Roles())),
		byARN:    make(map[catalog.RoleARN]int, len(c.Roles())),
		accounts: map[catalog.AccountID]*accountMatch{},
	}
	for i, r := range c.Roles() {
		ix.byARN[r.ARN] = i
		ix.roles[i] = p.roles.match(r.Name)
	}
	p.newest.Store(ix)
	return ix
}

func (ix *index) account(p *Policy, a *catalog.Account) *accountMatch {
	if a == nil {
		return nil
	}
	ix.mu.RLock()
	m := ix.accounts[a.ID]
	ix.mu.RUnlock()
	if m != nil {
		return m
	}
	m = p.matchAccount(a)
	ix.mu.Lock()
	ix.accounts[a.ID] = m
	ix.mu.Unlock()
	return m
}

func (p *Policy) matchAccount(a *catalog.Account) *accountMatch {
	both := newBitset(2 * 64 * len(p.denies))
	m := &accountMatch{yes: both[:len(p.denies)], unknown: both[len(p.denies):], channel: p.settings.Channel}
	p.accounts.match(a, m.yes, m.unknown)
	for i := range p.channels {
		if p.channels[i].accounts.match(a) == True {
			m.channel = p.channels[i].id
			break
		}
	}
	return m
}

// roleIndex finds the rules about a role by its name, looking at each distinct pattern
// once however many rules share it.
type roleIndex struct {
	every    bitset            // rules about all roles
	literals map[string]bitset // by exact name
	globs    []globRules
}

type globRules struct {
	glob  glob
	rules bitset
}

func newRoleIndex(rules []rule) roleIndex {
	ix := roleIndex{every: newBitset(len(rules)), literals: map[string]bitset{}}
	globs := map[string]int{}
	for i := range rules {
		if rules[i].roles.all {
			ix.every.set(i)
		}
		for _, g := range rules[i].roles.patterns {
			if g.kind == globLiteral {
				if ix.literals[g.pattern] == nil {
					ix.literals[g.pattern] = newBitset(len(rules))
				}
				ix.literals[g.pattern].set(i)
				continue
			}
			at, ok := globs[g.pattern]
			if !ok {
				at = len(ix.globs)
				globs[g.pattern] = at
				ix.globs = append(ix.globs, globRules{g, newBitset(len(rules))})
			}
			ix.globs[at].rules.set(i)
		}
	}
	return ix
}

func (ix *roleIndex) match(name string) bitset {
	b := make(bitset, len(ix.every))
	copy(b, ix.every)
	b.add(ix.literals[name])
	for i := range ix.globs {
		if ix.globs[i].glob.match(name) {
			b.add(ix.globs[i].rules)
		}
	}
	return b
}
