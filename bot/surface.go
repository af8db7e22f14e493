package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// draft is a surface as it should look now.
type draft struct {
	content content
	to      string // channel or user id, for a message that does not exist yet
	thread  string // the timestamp of the message under which it is posted; "" for none
	post    bool   // whether it is posted when it does not exist yet
}

// hash names what a message shows, so that the same is not sent twice.
func (c content) hash() string {
	raw, err := json.Marshal(c.blocks)
	if err != nil {
		return ""
	}
	h := sha256.New()
	_, _ = h.Write([]byte(c.text))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(raw)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// surface brings one message up to date: edits it where it was posted, or posts it. A
// message that somebody deleted is posted again.
func (b *Bot) surface(ctx context.Context, key string, render func(context.Context) (draft, error)) (string, error) {
	defer b.keys.lock(key)()
	d, err := render(ctx)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	m, known, err := b.service.Message(ctx, key)
	if err != nil {
		return "", err
	}
	if !known {
		if !d.post || d.to == "" {
			return dropped, nil
		}
		return sent, b.postIn(ctx, key, d.to, d.thread, d.content)
	}
	result, err := b.edit(ctx, m, d.content)
	if messageGone(slackCode(err)) && d.post {
		b.log.Warn().Str("key", key).Msg("message is gone, posted again")
		return sent, b.postIn(ctx, key, string(m.Channel), d.thread, d.content)
	}
	if messageGone(slackCode(err)) {
		return dropped, nil
	}
	return result, err
}

// post sends a new message and remembers where it is.
func (b *Bot) post(ctx context.Context, key, to string, c content) error {
	return b.postIn(ctx, key, to, "", c)
}

// postIn is post, under another message.
func (b *Bot) postIn(ctx context.Context, key, to, thread string, c content) error {
	if err := b.pace.post(ctx, to, key); err != nil {
		return err
	}
	options := c.options()
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	ch, ts, err := b.api.PostMessageContext(ctx, to, options...)
	if wait, ok := retryAfter(err); ok {
		b.pace.block("post/"+to, wait)
	}
	if err != nil {
		return b.contentError(key, err)
	}
	return b.service.SaveMessage(ctx, access.Message{Key: key, Channel: identity.ChannelID(ch), TS: ts, Hash: c.hash()})
}

// edit replaces what a message shows, unless it shows that already.
func (b *Bot) edit(ctx context.Context, m access.Message, c content) (string, error) {
	h := c.hash()
	if m.Hash == h {
		return unchanged, nil
	}
	if err := b.pace.update(ctx, m.Key); err != nil {
		return "", err
	}
	_, _, _, err := b.api.UpdateMessageContext(ctx, string(m.Channel), m.TS, c.options()...)
	if wait, ok := retryAfter(err); ok {
		b.pace.block("update", wait)
	}
	if err != nil {
		return "", b.contentError(m.Key, err)
	}
	m.Hash = h
	return sent, b.service.SaveMessage(ctx, m)
}

// story posts a message that is said once; thread is the timestamp it belongs under.
func (b *Bot) story(ctx context.Context, to, thread string, c content) error {
	if err := b.pace.story(ctx, to, thread+"/"+c.hash()); err != nil {
		return err
	}
	options := c.options()
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	_, _, err := b.api.PostMessageContext(ctx, to, options...)
	if wait, ok := retryAfter(err); ok {
		b.pace.block("post/"+to, wait)
	}
	if err != nil {
		return b.contentError(to, err)
	}
	return nil
}

// contentError logs what Slack says is wrong with a message: a defect of ours. The
// messages point into the blocks and hold no text of them.
func (b *Bot) contentError(key string, err error) error {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok && len(e.ResponseMetadata.Messages) > 0 {
		b.log.Error().Str("key", key).Str("code", e.Err).Strs("messages", e.ResponseMetadata.Messages).Msg("Slack refuses a message")
	}
	return err
}
