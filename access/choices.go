package access

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// Choices searches what an admin chooses from. Names that only Slack knows come from lists
// that may be a few minutes old.
func (s *Service) Choices(ctx context.Context, user identity.SlackUserID, kind ChoiceKind, query string, limit int) (Choices, error) {
	const op = "access.Choices"
	if _, err := s.adminOnly(ctx, user); err != nil {
		return Choices{}, err
	}
	c := s.Catalog()
	if c == nil {
		_, err := s.ready()
		return Choices{}, err
	}
	switch kind {
	case ChooseAccount:
		hits, total := c.SearchAccounts(query, limit, nil)
		return choicesOf(hits, total, accountChoice), nil
	case ChooseRole, ChooseRoleARN:
		hits, total := c.SearchRoles(query, limit, nil)
		return choicesOf(hits, total, func(r *catalog.Role) Choice { return roleChoice(r, kind) }), nil
	case ChooseOU:
		return filtered(ouChoices(c), query, limit), nil
	case ChooseTag:
		return filtered(tagChoices(c), query, limit), nil
	case ChoosePerson, ChoosePersonID:
		return filtered(personChoices(c, kind), query, limit), nil
	case ChooseGroup:
		return filtered(groupChoices(c), query, limit), nil
	case ChooseUserGroup, ChooseChannel:
		names, err := s.namesSoon(ctx)
		if err != nil {
			return Choices{}, err
		}
		if kind == ChooseUserGroup {
			return filtered(userGroupChoices(names), query, limit), nil
		}
		return filtered(channelChoices(names), query, limit), nil
	}
	return Choices{}, fault.Newf(fault.Invalid, op, "", "there is nothing of kind %q to choose from", string(kind))
}

func choicesOf[T any](hits []*T, total int, choice func(*T) Choice) Choices {
	out := Choices{Total: total}
	for _, h := range hits {
		out.Choices = append(out.Choices, choice(h))
	}
	return out
}

// filtered keeps the choices in which every word that was typed occurs; those whose label
// begins with it come first, the others in the order given.
func filtered(all []Choice, query string, limit int) Choices {
	words := strings.Fields(strings.ToLower(query))
	var first, rest []Choice
	for _, c := range all {
		text := strings.ToLower(c.Label + "\n" + c.Value + "\n" + c.Detail)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		if len(words) > 0 && strings.HasPrefix(strings.TrimLeft(text, "@#"), words[0]) {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	found := slices.Concat(first, rest)
	out := Choices{Choices: found, Total: len(found)}
	if limit > 0 && len(found) > limit {
		out.Choices = found[:limit]
	}
	return out
}

func accountChoice(a *catalog.Account) Choice {
	return Choice{Value: string(a.ID), Label: a.Name, Detail: string(a.ID) + " · " + a.OUPath}
}

func roleChoice(r *catalog.Role, kind ChoiceKind) Choice {
	c := Choice{Value: r.Name, Label: r.Name, Detail: r.Description}
	if kind == ChooseRoleARN {
		c.Value = string(r.ARN)
	}
	return c
}

// ouChoices say how many accounts each OU has below it.
func ouChoices(c *catalog.Catalog) []Choice {
	below := map[string]int{}
	for i, accounts := 0, c.Accounts(); i < len(accounts); i++ {
		path := accounts[i].OUPath
		below["/"]++
		for end := 1; end < len(path); end++ {
			if end+1 == len(path) || path[end+1] == '/' {
				below[path[:end+1]]++
			}
		}
	}
	var out []Choice
	for _, path := range c.OUPaths() {
		out = append(out, Choice{Value: path, Label: path, Detail: counted(below[path], "account")})
	}
	return out
}

func tagChoices(c *catalog.Catalog) []Choice {
	tags := map[string]int{}
	for i, accounts := 0, c.Accounts(); i < len(accounts); i++ {
		for k, v := range accounts[i].Tags {
			tags[k+"="+v]++
		}
	}
	var out []Choice
	for tag, n := range tags {
		out = append(out, Choice{Value: tag, Label: tag, Detail: counted(n, "account")})
	}
	slices.SortFunc(out, func(a, b Choice) int { return cmp.Compare(a.Label, b.Label) })
	return out
}

// personChoices leave out whom a policy could not name: people without an address of their
// own, where the address is what names them.
func personChoices(c *catalog.Catalog, kind ChoiceKind) []Choice {
	var out []Choice
	for i, people := 0, c.People(); i < len(people); i++ {
		p := &people[i]
		choice := Choice{Value: string(p.ID), Label: cmp.Or(p.Name, p.UserName), Detail: cmp.Or(p.Email, p.UserName)}
		if kind == ChoosePerson {
			if p.Email == "" || p.Disabled || c.EmailShared(p.Email) {
				continue
			}
			choice.Value = p.Email
		}
		if p.Disabled {
			choice.Detail += " · disabled"
		}
		out = append(out, choice)
	}
	return out
}

func groupChoices(c *catalog.Catalog) []Choice {
	var out []Choice
	for i, groups := 0, c.Groups(); i < len(groups); i++ {
		g := &groups[i]
		if _, unique := c.GroupByName(g.Name); !unique {
			continue // a policy could not tell it from its namesake
		}
		choice := Choice{Value: g.Name, Label: g.Name}
		if !g.MembersAsOf.IsZero() {
			choice.Detail = counted(len(g.Members), "member")
		}
		out = append(out, choice)
	}
	return out
}

func userGroupChoices(n *identity.Names) []Choice {
	var out []Choice
	for _, g := range n.UserGroups() {
		out = append(out, Choice{Value: g.Handle, Label: "@" + g.Handle, Detail: g.Name})
	}
	slices.SortFunc(out, func(a, b Choice) int { return cmp.Compare(a.Label, b.Label) })
	return out
}

func channelChoices(n *identity.Names) []Choice {
	var out []Choice
	for _, c := range n.Channels() {
		var detail []string
		if c.Private {
			detail = append(detail, "private")
		} else {
			detail = append(detail, "public")
		}
		if c.Shared {
			detail = append(detail, "shared with another organization")
		}
		if !c.Joined {
			detail = append(detail, "Stint is not in it")
		}
		out = append(out, Choice{Value: c.Name, Label: "#" + c.Name, Detail: strings.Join(detail, " · ")})
	}
	slices.SortFunc(out, func(a, b Choice) int { return cmp.Compare(a.Label, b.Label) })
	return out
}
