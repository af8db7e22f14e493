package bot

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// published remembers what each Home tab shows, so that the same is not published twice.
type published struct {
	mu    sync.Mutex
	homes map[identity.SlackUserID][sha256.Size]byte
}

// maxHomes bounds what is remembered; forgetting costs one call.
const maxHomes = 10_000

func newPublished() *published {
	return &published{homes: map[identity.SlackUserID][sha256.Size]byte{}}
}

func (p *published) same(user identity.SlackUserID, h [sha256.Size]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.homes[user] == h
}

func (p *published) set(user identity.SlackUserID, h [sha256.Size]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.homes) >= maxHomes {
		clear(p.homes)
	}
	p.homes[user] = h
}

// publish draws a Home and publishes it if it changed, or in any case when somebody is
// looking at it. The caller holds the Home's key.
func (b *Bot) publish(ctx context.Context, user identity.SlackUserID, anyway bool) (same bool, err error) {
	v := b.homeOf(ctx, user)
	raw, err := json.Marshal(v)
	if err != nil {
		return false, err
	}
	h := sha256.Sum256(raw)
	if !anyway && b.homes.same(user, h) {
		return true, nil
	}
	if _, err := b.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: string(user), View: v}); err != nil {
		return false, err
	}
	b.homes.set(user, h)
	return false, nil
}
