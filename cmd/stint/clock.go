package main

import (
	"sync"
	"time"
)

// wallClock is the operating system's clock.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) At(t time.Time) (reached <-chan struct{}, stop func()) {
	ch := make(chan struct{})
	var once sync.Once
	ring := func() { once.Do(func() { close(ch) }) }
	wait := time.Until(t)
	if wait <= 0 {
		ring()
		return ch, func() {}
	}
	timer := time.AfterFunc(wait, ring)
	return ch, func() { timer.Stop() }
}
