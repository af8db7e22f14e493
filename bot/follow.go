package bot

import "context"

// follow draws a window anew every while for as long as refresh reports that there is
// something to wait for. It runs on a lane of its own, so that other presses in the window do
// not wait for it.
func (b *Bot) follow(o origin, refresh func(context.Context) (more bool)) {
	b.jobs.submit("follow/"+o.viewID, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, progressFor)
		defer cancel()
		defer b.recoveredQuietly("follow")
		for pause(ctx, b.progress) {
			select {
			case <-b.ending:
				return
			default:
			}
			if !refresh(ctx) {
				return
			}
		}
	})
}
