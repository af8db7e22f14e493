package main

import (
	"context"
	"sync"

	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"

	"stint/access"
)

// job is what cron starts.
type job struct {
	name     string
	schedule cron.Schedule
	run      func(context.Context) error
}

// runCron starts each job at its times, on the clock, until ctx ends. A job that is still
// running is not started twice.
func runCron(ctx context.Context, clock access.Clock, log zerolog.Logger, jobs []job) {
	var group sync.WaitGroup
	defer group.Wait()
	for _, j := range jobs {
		group.Go(func() {
			for {
				next := j.schedule.Next(clock.Now())
				if next.IsZero() {
					log.Error().Str("job", j.name).Msg("its schedule names a date that never comes")
					return
				}
				reached, stop := clock.At(next)
				select {
				case <-ctx.Done():
					stop()
					return
				case <-reached:
				}
				stop()
				if err := j.run(ctx); err != nil && ctx.Err() == nil {
					log.Error().Err(err).Str("job", j.name).Msg("job failed; it runs again at its next time")
				}
			}
		})
	}
}
