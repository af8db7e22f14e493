package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// serveCmd is `stint serve`.
type serveCmd struct {
	settings
}

// Run serves until SIGINT or SIGTERM, then drains. SIGHUP reads the policy file again.
func (c *serveCmd) Run(ctx context.Context, std streams) error {
	if err := c.validate(); err != nil {
		return err
	}
	log := newLogger(std.err, c.LogLevel, c.LogFormat)
	a, err := newApp(ctx, appConfig{settings: c.settings, clock: wallClock{}, log: log})
	if err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-hup:
				a.policy.reload()
			case <-done:
				return
			}
		}
	}()
	log.Info().Str("version", version()).Str("store", c.location().name()).Str("policy", cmp.Or(c.Policy, "kept in the store")).Msg("stint starts")
	err = a.run(ctx)
	log.Info().Msg("stint ended")
	return err
}

// newLogger builds the one logger. Reasons and tokens are never given to it.
func newLogger(w io.Writer, level, format string) zerolog.Logger {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		l = zerolog.InfoLevel
	}
	if format == "text" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: true}
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger()
}
