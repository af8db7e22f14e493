package page

import (
	"bytes"
	"sync"
	"time"
)

// Log keeps the last lines that were written to it, for the page to show. It is an io.Writer for a logger:
// whatever is written is cut into lines.
type Log struct {
	mu      sync.Mutex
	keep    int
	seq     uint64
	lines   []Line
	partial []byte
	changed chan struct{}
}

// Line is one line of the log.
type Line struct {
	Seq  uint64    `json:"seq"` // counts from 1
	At   time.Time `json:"at"`  // by the wall
	Text string    `json:"text"`
}

// longest is where a line is cut: a log that never breaks its lines must not grow without bound.
const longest = 16 << 10

// NewLog makes a log of the last keep lines.
func NewLog(keep int) *Log {
	return &Log{keep: max(keep, 1), changed: make(chan struct{})}
}

// Write takes lines. It never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.seq
	rest := p
	for {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		if room := longest - len(l.partial); len(line) > room {
			line = line[:room]
		}
		l.partial = append(l.partial, line...)
		if !ended {
			break
		}
		l.add(string(l.partial))
		l.partial = l.partial[:0]
		rest = after
	}
	if l.seq != before {
		close(l.changed)
		l.changed = make(chan struct{})
	}
	return len(p), nil
}

func (l *Log) add(text string) {
	l.seq++
	if len(l.lines) >= 2*l.keep {
		l.lines = append(l.lines[:0], l.lines[len(l.lines)-l.keep+1:]...)
	}
	l.lines = append(l.lines, Line{Seq: l.seq, At: time.Now(), Text: text})
}

// Lines returns the kept lines after sequence number after, oldest first.
func (l *Log) Lines(after uint64) []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.lines
	if len(kept) > l.keep {
		kept = kept[len(kept)-l.keep:]
	}
	from := 0
	for from < len(kept) && kept[from].Seq <= after {
		from++
	}
	return append([]Line{}, kept[from:]...)
}

// Changes returns how many lines have been written and a channel that is closed at the next one.
func (l *Log) Changes() (written uint64, next <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq, l.changed
}
