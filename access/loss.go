package access

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

const (
	metaLoss = "catalog/loss"    // what waits, and who accepted it
	blobLoss = "catalog/waiting" // the catalog itself
)

// CatalogLoss is a sync that found so much gone that it waits for an admin's word.
type CatalogLoss struct {
	ID     string         `json:"id"`
	At     time.Time      `json:"at"` // when the sync that found it began
	Losses []catalog.Loss `json:"losses"`
	Counts catalog.Counts `json:"counts"` // of what it would put in force
	// Accepted is who said that it is true; the one that leads then puts it in force.
	Accepted Actor `json:"accepted,omitzero"`
}

// readLoss is the sync that waits; nil when none does.
func readLoss(tx Tx) (*CatalogLoss, error) {
	raw, err := tx.Meta(metaLoss)
	if err != nil || raw == "" {
		return nil, err
	}
	l := new(CatalogLoss)
	err = json.Unmarshal([]byte(raw), l)
	return l, fault.Wrap(err, fault.Internal, "access.readLoss", "The sync that waits for an admin cannot be read.", "Sync again.")
}

func (b *book) putLoss(l *CatalogLoss) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putLoss", "", "")
	}
	return b.PutMeta(metaLoss, string(raw))
}

func (b *book) clearLoss() error {
	if raw, err := b.Meta(metaLoss); err != nil || raw == "" {
		return err
	}
	if err := b.PutMeta(metaLoss, ""); err != nil {
		return err
	}
	return b.PutBlob(blobLoss, []byte{})
}

// keepLoss stores a catalog that lost too much to be believed, so that an admin can accept
// exactly that. A later sync takes its place.
func (s *Service) keepLoss(ctx context.Context, prev, data *catalog.Data) error {
	blob, err := catalog.Encode(data)
	if err != nil {
		return err
	}
	return s.lead(ctx, func(b *book) error {
		l := &CatalogLoss{ID: b.ids.next(b.now), At: data.AsOf, Losses: catalog.Losses(prev, data), Counts: data.Counts()}
		if err := b.audit("catalog.refused", System, "", l, ""); err != nil {
			return err
		}
		if err := b.PutBlob(blobLoss, blob); err != nil {
			return err
		}
		return b.putLoss(l)
	})
}

// AcceptLoss says that what a sync found gone is gone: what it read is put in force, as it
// was shown. Conflict when another sync took its place. All admins are told.
func (s *Service) AcceptLoss(ctx context.Context, user identity.SlackUserID, id string) error {
	const op = "access.AcceptLoss"
	actor, err := s.adminNow(ctx, user)
	if err != nil {
		return err
	}
	err = s.update(ctx, func(b *book) error {
		l, err := readLoss(b)
		if err != nil {
			return err
		}
		if l == nil || l.ID != id {
			return fault.New(fault.Conflict, op, "A newer sync has taken the place of this one.", "Look at what it found.")
		}
		if l.Accepted.Name != "" {
			return nil
		}
		l.Accepted = actor
		if err := b.putLoss(l); err != nil {
			return err
		}
		if err := b.audit("catalog.accepted", actor, "", l, ""); err != nil {
			return err
		}
		if err := b.bump(metaLossAsk); err != nil {
			return err
		}
		return b.report(fmt.Sprintf("%s accepted what the sync of %s found: %s.", actor.Name, l.At.UTC().Format("2006-01-02 15:04 UTC"), lossWords(l.Losses)))
	})
	if err == nil {
		s.lossAsked.raise()
	}
	return err
}

func lossWords(losses []catalog.Loss) string {
	words := ""
	for i, l := range losses {
		if i > 0 {
			words += ", "
		}
		words += fmt.Sprintf("%d of %d %s gone", l.Lost, l.Of, l.What)
	}
	return words
}

// takeLoss puts in force what an admin accepted, if there is such.
func (s *Service) takeLoss(ctx context.Context) error {
	var l *CatalogLoss
	var blob []byte
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		if l, err = readLoss(tx); err != nil || l == nil || l.Accepted.Name == "" {
			return err
		}
		blob, err = tx.Blob(blobLoss)
		return err
	}); err != nil || len(blob) == 0 {
		return err
	}
	data, err := catalog.Decode(blob)
	if err != nil {
		return err
	}
	if !s.sync.begin() {
		return nil // a sync that runs finds the same, or better
	}
	err = s.swap(ctx, *data, "catalog.synced")
	s.sync.end(err)
	return err
}
