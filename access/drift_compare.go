package access

import (
	"context"
	"slices"

	"stint/access/catalog"
	"stint/access/fault"
)

const (
	// maxFindings bounds the findings that are kept; what is beyond them is found again by the
	// next scan, when there is room.
	maxFindings = 20_000
	// A scan that finds more than a fifth and more than ten of what is expected gone is
	// believed when the next one agrees.
	doubtMore, doubtShare = 10, 5
	foundEach             = 500 // findings in one line of the audit
	toldNames             = 5   // assignments that a message names
)

// comparison is what a scan found beside what the records say.
type comparison struct {
	c     *catalog.Catalog
	table rowTable
	state DriftState
	// foreign are the rows that are not ours, expected those that were there before; sorted.
	foreign, expected []row
	missing, leftover []Key // ours that AWS did not list; ours that nobody wants
	unread            []Key // ours in groups that were not read
	fresh             []catalog.Assignment
	report            DriftReport
	unlisted          catalog.AccountID // the account that AWS does not list for us; "" for none
	groups            driftGroups
	gone              []FindingID // of what is expected, that went since the last scan
}

// compare turns what the scan that ended found into findings, and wakes what is ours and
// not as it should be.
func (s *Service) compare(ctx context.Context) error {
	m := &comparison{c: s.Catalog()}
	known, err := s.readComparison(ctx, m)
	if err != nil {
		return err
	}
	if m.state.Asked == nil || m.state.Scan.Finished.IsZero() {
		return nil // another process was faster
	}
	if !m.state.BaselineAt.IsZero() {
		if err := s.findFresh(ctx, m, known); err != nil {
			return err
		}
	}
	s.trace("drift compared", Key{})
	return s.lead(ctx, func(b *book) error { return s.settle(b, m) })
}

// readComparison reads everything in one consistent state, and sorts the rows by whose they are.
func (s *Service) readComparison(ctx context.Context, m *comparison) (known []row, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		m.table, m.foreign, m.missing, m.leftover, m.unread, known = rowTable{}, nil, nil, nil, nil, nil
		if m.state, err = readDrift(tx); err != nil || m.state.Scan.Finished.IsZero() {
			return err
		}
		scan := m.state.Scan
		if scan.Unreadable > 0 {
			m.unlisted = m.c.ManagementAccount()
		}
		if m.groups, err = readDriftGroups(tx); err != nil {
			return err
		}
		if m.gone, err = readGone(tx); err != nil {
			return err
		}
		m.report = DriftReport{
			By: m.state.Asked.By, Begun: scan.Begun, Finished: scan.Finished, Calls: scan.Calls, Unreadable: scan.Unreadable,
			Groups: len(m.groups.Read), Unread: len(m.groups.Refused),
		}
		found, err := readRows(tx, &m.table, scannedBlob, m.state.Chunks)
		if err != nil {
			return err
		}
		if m.expected, err = readRows(tx, &m.table, expectedBlob, m.state.Packed); err != nil {
			return err
		}
		m.dropGone()
		all, err := readFindings(tx)
		if err != nil {
			return err
		}
		for _, f := range all.by {
			known = append(known, m.table.pack(f.Assignment))
		}
		known = sorted(known)
		ours, err := m.readOurs(tx, found)
		if err != nil {
			return err
		}
		m.report.Rows = len(found)
		for _, r := range found {
			switch {
			case has(ours, r), s.anchors(m.table.unpack(r)):
				m.report.Ours++
			case m.orphan(r):
				m.report.Orphans++
			default:
				m.foreign = append(m.foreign, r)
			}
		}
		return nil
	})
	return known, err
}

// dropGone takes from what is expected what somebody took away since the last scan.
func (m *comparison) dropGone() {
	if len(m.gone) == 0 {
		return
	}
	gone := make(map[FindingID]bool, len(m.gone))
	for _, id := range m.gone {
		gone[id] = true
	}
	m.expected = slices.DeleteFunc(m.expected, func(r row) bool { return gone[FindingOf(m.table.unpack(r))] })
}

// readOurs are the rows that our records stand for, and what of them is not as it should be.
func (m *comparison) readOurs(tx Tx, found []row) ([]row, error) {
	held, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Creating, Present, Deleting}})
	if err != nil {
		return nil, err
	}
	live, err := tx.Grants(GrantFilter{States: []GrantState{Live}})
	if err != nil {
		return nil, err
	}
	wanted := make(map[Key]bool, len(live))
	for _, g := range live {
		wanted[g.Key] = true
	}
	var ours []row
	for _, a := range held {
		r := m.table.pack(assigned(a.Key))
		ours = append(ours, r)
		if !m.covered(r) {
			m.unread = append(m.unread, a.Key)
			continue
		}
		listed := has(found, r)
		switch {
		case !wanted[a.Key] && a.mayBeHeld() && listed:
			m.leftover = append(m.leftover, a.Key)
		case wanted[a.Key] && a.State == Present && !listed && a.ConfirmedAt.Before(m.state.Scan.Begun):
			m.missing = append(m.missing, a.Key)
		}
	}
	m.report.Leftover, m.report.Missing = len(m.leftover), len(m.missing)
	return sorted(ours), nil
}

// assigned is the row of AWS that a key stands for.
func assigned(k Key) catalog.Assignment {
	return catalog.Assignment{Account: k.Account, Role: k.Role, Person: k.Person, Group: k.Group}
}

// entitlementOf is what a row gives to whom it names: membership in the group to a person in
// it, else the role in the account.
func entitlementOf(a catalog.Assignment) Entitlement {
	if a.IsMembership() {
		return MemberOf(a.Group)
	}
	return RoleIn(a.Account, a.Role)
}

// keyOf is the key of a person's row; of a group's own row there is none.
func keyOf(a catalog.Assignment) Key { return entitlementOf(a).For(a.Person) }

// orphan reports whether a row is of a person or group that Identity Center no longer has:
// it gives nobody anything. By principal AWS does not even list it, so that it must be
// neither expected nor a finding.
func (m *comparison) orphan(r row) bool {
	a := m.table.unpack(r)
	if a.Group != "" {
		if _, known := m.c.Group(a.Group); !known {
			return true
		}
	}
	if a.Person != "" {
		if _, known := m.c.Person(a.Person); !known {
			return true
		}
	}
	return false
}

// covered reports whether the scan would have found a row that is there.
func (m *comparison) covered(r row) bool {
	a := m.table.unpack(r)
	if a.IsMembership() {
		_, there := m.c.Group(a.Group)
		return !there || slices.Contains(m.groups.Read, a.Group)
	}
	return m.unlisted == "" || a.Account != m.unlisted
}

// first reports whether a row is of a group that was looked into for the first time.
func (m *comparison) first(r row) bool {
	a := m.table.unpack(r)
	return a.IsMembership() && !slices.Contains(m.groups.Known, a.Group)
}

// findFresh finds the rows that are new. What stands on a key that Stint granted once may
// have been read before it was taken away: it is looked at once more.
func (s *Service) findFresh(ctx context.Context, m *comparison, known []row) error {
	var look, fresh []catalog.Assignment
	err := s.Store.View(ctx, func(tx Tx) error {
		look, fresh = nil, nil
		for _, r := range m.foreign {
			if has(m.expected, r) || has(known, r) || m.first(r) {
				continue
			}
			a := m.table.unpack(r)
			if a.Person == "" {
				fresh = append(fresh, a)
				continue
			}
			record, err := tx.Assignment(keyOf(a))
			if err != nil {
				return err
			}
			if record.Version > 0 {
				look = append(look, a)
			} else {
				fresh = append(fresh, a)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range look {
		there, err := s.holds(ctx, a)
		if err != nil {
			return err
		}
		if there {
			fresh = append(fresh, a)
		}
	}
	m.fresh = fresh
	return nil
}

// holds looks for one row. What cannot be looked at for good counts as there.
func (s *Service) holds(ctx context.Context, a catalog.Assignment) (bool, error) {
	o, err := s.Scanner.Holds(ctx, PrioritySync, a)
	switch classOf(err) {
	case "":
		return o.Found, nil
	case ClassGone:
		return false, nil
	case ClassRefused:
		return true, nil
	}
	return false, err
}

// settle stores the outcome of a scan: findings, expected rows, and what is ours and must be
// looked at.
func (s *Service) settle(b *book, m *comparison) error {
	d, err := readDrift(b)
	if err != nil || d.Asked == nil || d.Scan.Finished.IsZero() {
		return err
	}
	report := m.report
	all, err := readFindings(b)
	if err != nil {
		return err
	}
	lost := m.lost()
	doubt := lost > doubtMore && lost*doubtShare > len(m.expected) && !d.Doubted
	if d.Doubted = doubt; doubt {
		report.Doubted = lost
	} else {
		for _, f := range all.sorted() {
			if r := m.table.pack(f.Assignment); f.Removal == nil && m.covered(r) && !has(m.foreign, r) {
				all.drop(f.ID)
				report.Gone++
			}
		}
	}
	fresh, err := b.addFindings(all, m.fresh, "")
	if err != nil {
		return err
	}
	report.New = len(fresh)
	if len(all.by) >= maxFindings {
		report.Left = len(m.fresh) - len(fresh)
	}
	first := d.BaselineAt.IsZero()
	if first {
		d.BaselineAt = b.now
	}
	if err := b.putExpected(&d, &m.table, m.stillExpected(first, doubt)); err != nil {
		return err
	}
	if err := b.wakeOurs(m); err != nil {
		return err
	}
	if err := b.putFindings(&d, all); err != nil {
		return err
	}
	firsts := slices.DeleteFunc(slices.Clone(m.groups.Read), func(g catalog.GroupID) bool { return slices.Contains(m.groups.Known, g) })
	if err := b.dropScanned(&d, firsts...); err != nil {
		return err
	}
	gone, err := readGone(b)
	if err != nil {
		return err
	}
	if err := b.putGone(slices.DeleteFunc(gone, func(id FindingID) bool { return slices.Contains(m.gone, id) })); err != nil {
		return err
	}
	d.Pairs, d.Asked, d.Scan, d.Attempts, d.Problem, d.Last = d.Scan.Pairs, nil, catalog.Scan{}, 0, "", report
	if err := b.putDrift(d); err != nil {
		return err
	}
	if err := b.audit("drift.compared", System, "", report, ""); err != nil {
		return err
	}
	if err := s.tellCompared(b, d, first, fresh); err != nil {
		return err
	}
	return s.tellFirsts(b, m, first, firsts)
}

// lost counts the expected rows that the scan should have found and did not.
func (m *comparison) lost() (n int) {
	for _, r := range m.expected {
		if m.covered(r) && !has(m.foreign, r) && !m.orphan(r) {
			n++
		}
	}
	return n
}

// stillExpected are the rows that are expected from now on: all that the first scan found,
// then what of them is left. Of a group, the first scan is the one that looked into it first.
func (m *comparison) stillExpected(first, doubt bool) []row {
	if first {
		return m.foreign
	}
	var left []row
	for _, r := range m.expected {
		if doubt || !m.covered(r) || has(m.foreign, r) {
			left = append(left, r)
		}
	}
	for _, r := range m.foreign {
		if m.first(r) {
			left = append(left, r)
		}
	}
	return sorted(left)
}

// addFindings adds what is not ours and not known, and writes it into the audit.
func (b *book) addFindings(all *findings, fresh []catalog.Assignment, by string) (added []Finding, err error) {
	for _, a := range fresh {
		if len(all.by) >= maxFindings {
			break
		}
		id := FindingOf(a)
		if _, known := all.by[id]; known {
			continue
		}
		if a.Person != "" {
			record, err := b.Assignment(keyOf(a))
			if err != nil {
				return nil, err
			}
			if record.State != Absent {
				continue // granted in the meantime
			}
		}
		f := Finding{ID: id, Assignment: a, FoundAt: b.now, By: by}
		all.put(f)
		added = append(added, f)
	}
	for i := 0; i < len(added); i += foundEach {
		if err := b.audit("drift.found", System, "", added[i:min(i+foundEach, len(added))], ""); err != nil {
			return nil, err
		}
	}
	return added, nil
}

// wakeOurs makes due what is ours and not as it should be: what nobody wants is taken away
// at once, what is missing is looked at twice.
func (b *book) wakeOurs(m *comparison) error {
	for _, part := range []struct {
		keys []Key
		why  string
	}{{m.leftover, "AWS holds it and nobody wants it"}, {m.missing, "AWS did not list it"}, {m.unread, "the scan did not read it"}} {
		for _, key := range part.keys {
			a, err := b.Assignment(key)
			if err != nil {
				return err
			}
			if a.State != Present || !a.NextAt.IsZero() {
				continue // the worker is at it
			}
			a.NextAt = b.now
			if err := b.putAssignment(&a, "to be verified", part.why); err != nil {
				return err
			}
		}
	}
	return nil
}

// toldBrings is how many of the roles that a group brings a message names.
const toldBrings = 2

// errNoScanner is for a Service without one.
func errNoScanner(op string) error {
	return fault.New(fault.Unavailable, op, "This Stint cannot look at AWS's assignments.", "")
}
