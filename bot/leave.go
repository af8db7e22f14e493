package bot

import (
	"context"
	"sync"
	"time"
)

// leaveWithin bounds how long Run stays connected once it was told to end.
const leaveWithin = drainWithin / 2

// owed counts the envelopes that Slack still waits for us to acknowledge.
type owed struct {
	mu    sync.Mutex
	count int
	last  time.Time // when it changed
}

func (o *owed) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count += n
	o.last = time.Now()
}

// quiet reports whether nothing is owed and nothing came for as long as an acknowledgement
// may need to be written: the library does not say when it was.
func (o *owed) quiet() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count == 0 && time.Since(o.last) >= flushWithin
}

// leave waits for a moment at which nobody waits for us. Slack cannot be told to send no
// more; whatever it still sends until the sockets close is taken as ever, because a press
// that is not acknowledged is lost to whoever made it. When no such moment comes within
// five seconds it gives up.
func (b *Bot) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveWithin)
	defer cancel()
	pause(ctx, 2*flushWithin) // for what is being delivered, too: it notes where it posted
	for !b.owed.quiet() {
		if !pause(ctx, flushWithin/10) {
			return
		}
	}
}
