//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bolt

import (
	"os"
	"syscall"
)

// unflock gives up the lock that bbolt took on the file. Closing is not enough: a
// mapping that bbolt left behind when it panicked keeps the file open.
func unflock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
