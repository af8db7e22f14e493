package page

import (
	"slices"
	"strings"

	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// gone makes a refusal not_found where the element is not there, or not there any more: an app may change a
// message or a view while somebody reaches for it, and may give its blocks other ids each time. entry is the
// one of a menu that was chosen, or empty.
func gone(p *slacksim.Person, e slacksim.Element, entry string, err error) error {
	if err == nil {
		return nil
	}
	found, stands := blockkit.Find(standing(p, e.On), e.BlockID, e.ActionID)
	if stands && (entry == "" || offers(found, entry)) {
		return err
	}
	return notFound(strings.TrimPrefix(err.Error(), "slacksim: ")+".", "Look again: the app may have changed what stands there.")
}

// offers says whether a menu has the entry; what is no menu has all of them.
func offers(found blockkit.Found, entry string) bool {
	options, menu := found.Element["options"].([]any)
	return !menu || slices.ContainsFunc(options, func(o any) bool {
		option, _ := o.(map[string]any)
		return option["value"] == entry
	})
}

// standing gives the blocks of a surface as they are now.
func standing(p *slacksim.Person, on slacksim.Surface) []blockkit.Block {
	switch {
	case on.TS != "":
		c, err := p.Conversation(on.Channel)
		if err != nil {
			return nil
		}
		for _, m := range c.Messages {
			if m.TS == on.TS {
				return m.Blocks
			}
			for _, reply := range m.Replies {
				if reply.TS == on.TS {
					return reply.Blocks
				}
			}
		}
		return nil
	case on.Home:
		return p.Home().Blocks
	default:
		m, _ := p.Modal()
		return m.Blocks
	}
}
