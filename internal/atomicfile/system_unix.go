//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// withoutWaiting opens a FIFO at once or not at all.
const withoutWaiting = syscall.O_NONBLOCK

// nobodyReads reports whether a FIFO was not opened because it has no reader.
func nobodyReads(err error) bool { return errors.Is(err, syscall.ENXIO) }

// severalNames reports whether a file has hard links.
func severalNames(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Nlink > 1
}
