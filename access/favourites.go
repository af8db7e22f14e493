package access

import (
	"context"
	"encoding/json"
	"slices"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// maxFavourites is how much a person may mark.
const maxFavourites = 20

func metaFavourites(person catalog.PersonID) string { return "favourites/" + string(person) }

// favourites are what a person marked, newest first; what is no longer there is left out.
func (s *Service) favourites(tx Tx, person catalog.PersonID) ([]ItemView, error) {
	marked, err := readFavourites(tx, person)
	c := s.Catalog()
	if err != nil || c == nil {
		return nil, err
	}
	var out []ItemView
	for _, e := range marked {
		if _, ok := c.Account(e.Account); !ok && !e.IsGroup() {
			continue
		}
		out = append(out, s.item(e))
	}
	return out, nil
}

func readFavourites(tx Tx, person catalog.PersonID) (marked []Entitlement, err error) {
	text, err := tx.Meta(metaFavourites(person))
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &marked); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "access.favourites", "", "")
	}
	return marked, nil
}

// Favourite marks an entitlement for a person, or takes the mark away. A mark is nobody
// else's business and changes no access, so it leaves no line in the audit log.
//
// Errors: Conflict when too much is marked.
func (s *Service) Favourite(ctx context.Context, user identity.SlackUserID, e Entitlement, on bool) error {
	const op = "access.Favourite"
	who, err := s.Who(ctx, user)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		marked, err := readFavourites(tx, who.Person)
		if err != nil {
			return err
		}
		marked = slices.DeleteFunc(marked, func(o Entitlement) bool { return o == e })
		if on {
			if len(marked) >= maxFavourites {
				return fault.Newf(fault.Conflict, op, "Take one away first.", "You may mark %d favourites.", maxFavourites)
			}
			marked = append([]Entitlement{e}, marked...)
		}
		text, err := json.Marshal(marked)
		if err != nil {
			return fault.Wrap(err, fault.Internal, op, "", "")
		}
		return tx.PutMeta(metaFavourites(who.Person), string(text))
	})
}
