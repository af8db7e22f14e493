package bot

import (
	"context"

	"stint/access"
)

// toldSingly is how many of a form's parts are said to be over one by one.
const toldSingly = 3

// deliverAsker is the requester's message about a form. An edit notifies nobody, so what
// ends without access is said in one more message.
func (b *Bot) deliverAsker(ctx context.Context, n access.Notice) (string, error) {
	r, err := b.service.RequestOf(ctx, n.Request)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	key := askerKey(r.FormID())
	_, known, err := b.service.Message(ctx, key)
	if err != nil {
		return "", err
	}
	var vs []access.RequestView
	result, err := b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		if vs, err = b.service.FormView(ctx, n.Request); err != nil {
			return draft{}, err
		}
		return draft{content: asker(vs, b.service.Paused()), to: firstOf(string(n.To), string(r.Asker.Slack)), post: true}, nil
	})
	if err != nil {
		return result, err
	}
	return result, b.tellDecided(ctx, key, vs, firstOf(string(n.To), string(r.Asker.Slack)), !known)
}

// tellDecided says once of each part of a form that it ended without access; said means
// that the form's own message, just posted, says it.
func (b *Bot) tellDecided(ctx context.Context, key string, vs []access.RequestView, to string, said bool) error {
	var fresh []access.RequestView
	for _, v := range vs {
		if !endedWithoutAccess(v.Request.State) {
			continue
		}
		_, known, err := b.service.Message(ctx, decidedKey(key, v.Request))
		if err != nil {
			return err
		}
		if !known {
			fresh = append(fresh, v)
		}
	}
	if len(fresh) > toldSingly && !said {
		if err := b.story(ctx, to, "", toldRequests(fresh)); err != nil {
			return err
		}
		said = true
	}
	for _, v := range fresh {
		mark := decidedKey(key, v.Request)
		if said { // nothing of its own to edit
			if err := b.service.SaveMessage(ctx, access.Message{Key: mark}); err != nil {
				return err
			}
			continue
		}
		if err := b.post(ctx, mark, to, toldRequest(v)); err != nil {
			return err
		}
	}
	return nil
}

func decidedKey(key string, r access.Request) string {
	if len(r.Tied) > 1 {
		return key + "/decided/" + string(r.ID)
	}
	return key + "/decided"
}

// endedWithoutAccess reports whether somebody else, or time, ended the request: who
// cancels their own knows.
func endedWithoutAccess(s access.RequestState) bool {
	return s == access.Denied || s == access.Lapsed || s == access.Withdrawn
}

// deliverReceiver is the message of somebody for whom another asked: once it is checked, so
// that nobody hears of what is not to be.
func (b *Bot) deliverReceiver(ctx context.Context, n access.Notice) (string, error) {
	r, err := b.service.RequestOf(ctx, n.Request)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	return b.surface(ctx, receiverKey(r.FormID()), func(ctx context.Context) (draft, error) {
		vs, err := b.service.FormView(ctx, n.Request)
		if err != nil {
			return draft{}, err
		}
		return draft{content: receiver(vs, b.service.Paused()), to: firstOf(string(n.To), string(r.Receiver.Slack)), post: wantsCard(vs)}, nil
	})
}
