package access

import (
	"cmp"
	"fmt"
	"strings"

	"stint/access/catalog"
)

// tellCompared tells the admins what a scan found, once.
func (s *Service) tellCompared(b *book, d DriftState, first bool, fresh []Finding) error {
	switch {
	case first:
		return b.report(fmt.Sprintf("Stint has looked at all assignments in AWS for the first time. %s were there before and are taken as expected; from now on Stint tells you what comes without a request. See /jit-config drift.", capital(counted(d.Expected, "assignment"))))
	case len(fresh) > 0:
		return b.alarm(s.foundText(fresh))
	case d.Last.Doubted > 0:
		return b.alarm(fmt.Sprintf("The last scan of AWS did not find %d assignments that were there before. That is so many that Stint believes it only if the next scan agrees. See /jit-config drift.", d.Last.Doubted))
	}
	return nil
}

// foundText names findings in a message.
func (s *Service) foundText(list []Finding) string {
	var out strings.Builder
	fmt.Fprintf(&out, "AWS holds %s that nobody granted through Stint:", kinds(list))
	for i, f := range list {
		if i == toldNames {
			fmt.Fprintf(&out, "\n• and %d more", len(list)-i)
			break
		}
		out.WriteString("\n• " + s.assignmentText(f.Assignment))
		switch by := strings.Join(strings.Fields(cmp.Or(f.AgainBy, f.By)), " "); {
		case !f.AgainAt.IsZero() && by != "":
			out.WriteString(", given again by " + by + " while it was snoozed")
		case !f.AgainAt.IsZero():
			out.WriteString(", given again while it was snoozed")
		case by != "":
			out.WriteString(", given by " + by)
		}
	}
	out.WriteString("\nStint takes none of it away by itself. Decide in /jit-config drift.")
	return out.String()
}

// kinds counts findings in words: assignments and memberships apart.
func kinds(list []Finding) string {
	members := 0
	for _, f := range list {
		if f.Assignment.IsMembership() {
			members++
		}
	}
	switch members {
	case 0:
		return counted(len(list), "new assignment")
	case len(list):
		return counted(members, "new group membership")
	}
	return counted(len(list)-members, "new assignment") + " and " + counted(members, "new group membership")
}

// assignmentText names a row: who, what, where.
func (s *Service) assignmentText(a catalog.Assignment) string {
	v := viewRow(s.Catalog(), a)
	one := func(name string) string { return strings.Join(strings.Fields(name), " ") } // no name makes a line of its own
	text := one(v.Who) + ": " + one(v.Item.name())
	if len(v.Item.Brings) == 0 {
		return text
	}
	var words []string
	for _, it := range v.Item.Brings[:min(toldBrings, len(v.Item.Brings))] {
		words = append(words, one(it.name()))
	}
	text += ", which brings " + strings.Join(words, ", ")
	if more := len(v.Item.Group.Brings) - len(words); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// tellFirsts tells the admins that groups were looked into for the first time after the
// baseline, and how many were in them: this once they are taken as they are.
func (s *Service) tellFirsts(b *book, m *comparison, all bool, groups []catalog.GroupID) error {
	if all || len(groups) == 0 {
		return nil
	}
	members := map[catalog.GroupID]int{}
	for _, r := range m.foreign {
		if m.first(r) {
			members[m.table.unpack(r).Group]++
		}
	}
	var names []string
	for i, g := range groups {
		if i == toldNames {
			names = append(names, fmt.Sprintf("%d more", len(groups)-i))
			break
		}
		names = append(names, fmt.Sprintf("%s (%s)", strings.Join(strings.Fields(s.item(MemberOf(g)).Group.Name), " "), counted(members[g], "person")))
	}
	return b.report("Stint has looked for the first time who is in groups that people can ask for: " + strings.Join(names, ", ") + ". Whom nobody put there through Stint was there before and is taken as expected; from now on Stint tells you who comes without a request. See /jit-config drift, under Expected.")
}
