package awsconn

import (
	"container/list"
	"time"
)

// queue is who waits, first come first. The lock that guards it is its owner's.
type queue[T any] struct{ waiting list.List }

// waiter is one who waits; served is closed when it is its turn.
type waiter[T any] struct {
	what   T
	since  time.Time
	served chan struct{}
	place  *list.Element
}

func (q *queue[T]) push(what T, now time.Time) *waiter[T] {
	w := &waiter[T]{what: what, since: now, served: make(chan struct{})}
	w.place = q.waiting.PushBack(w)
	return w
}

func (q *queue[T]) empty() bool { return q.waiting.Len() == 0 }

func (q *queue[T]) first() *waiter[T] { return q.waiting.Front().Value.(*waiter[T]) }

func (q *queue[T]) remove(w *waiter[T]) { q.waiting.Remove(w.place) }

// serve takes the waiter out and tells it.
func (q *queue[T]) serve(w *waiter[T]) {
	q.remove(w)
	close(w.served)
}

func (w *waiter[T]) isServed() bool {
	select {
	case <-w.served:
		return true
	default:
		return false
	}
}
