package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/netmend/netmend/internal/atomicfile"
)

// CheckOutput tells, before any work, whether the file at path can be written,
// without touching it. A file that is also read must not be written, since the
// original of a repair is needed to check it: inputs are the paths of those, by
// whatever name.
func CheckOutput(path string, inputs ...string) error {
	if path == "" {
		return nil
	}
	for _, in := range inputs {
		if in != "" && sameFile(path, in) {
			return fmt.Errorf("output %s: is the input %s too; choose another name", path, in)
		}
	}
	if err := atomicfile.Target(path); err != nil {
		return fmt.Errorf("output %s: %w", path, err)
	}
	return nil
}

// IsDevice tells a device or FIFO, whose name says nothing of the format of what is written;
// so it is with the names of the system for files that are open, such as /dev/stdout.
func IsDevice(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return false
	}
	path = filepath.Clean(path)
	return !info.Mode().IsRegular() || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
}

// toStdout reports whether a file is to be written to the standard output, where the answer
// must not stand, too.
func (inv *Invocation) toStdout() bool {
	if inv.direct[0] != io.Writer(os.Stdout) {
		return false
	}
	own, err := os.Stdout.Stat()
	if err != nil {
		return false
	}
	for _, path := range inv.outputs() {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, own) {
			return true
		}
	}
	return false
}

// CheckDistinct reports outputs that are the same file, by whatever names.
func CheckDistinct(outputs ...string) error {
	for i, a := range outputs {
		for _, b := range outputs[:i] {
			if a != "" && b != "" && (sameFile(a, b) || sameName(a, b)) {
				return Usagef("outputs %s and %s are the same file", b, a)
			}
		}
	}
	return nil
}

// sameFile reports whether two paths lead to the same file; devices may be shared.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || !x.Mode().IsRegular() {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// sameName reports whether two paths of files that need not exist are the same.
func sameName(a, b string) bool {
	inFolder := func(path string) string {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err == nil {
			dir, err = filepath.Abs(dir)
		}
		if err != nil {
			return path
		}
		return filepath.Join(dir, filepath.Base(path))
	}
	if info, err := os.Stat(a); err == nil && !info.Mode().IsRegular() {
		return false
	}
	return inFolder(a) == inFolder(b)
}

// Stage takes what write produces for the file at path: all files of a run appear
// together, by [Invocation.Commit], or not at all. It returns the number of bytes.
func (inv *Invocation) Stage(path string, write func(io.Writer) error) (int64, error) {
	for _, in := range inv.inputs {
		if sameFile(path, in) {
			return 0, fmt.Errorf("output %s: is the input %s too; choose another name", path, in)
		}
	}
	return inv.Files.Stage(path, func(w io.Writer) error {
		return write(&untilOver{inv, w})
	})
}

// StageBytes is stage for data at hand.
func (inv *Invocation) StageBytes(path string, data []byte) error {
	_, err := inv.Stage(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	return err
}

// Reads notes that a file is read, so that it is not written.
func (inv *Invocation) Reads(path string) string {
	inv.inputs = append(inv.inputs, path)
	return path
}

// untilOver is a writer that fails when the run is interrupted: what is known when a limit
// is reached is still written.
type untilOver struct {
	inv *Invocation
	w   io.Writer
}

func (u *untilOver) Write(p []byte) (int, error) {
	const piece = 1 << 20
	n := 0
	for part := range slices.Chunk(p, piece) {
		if ctx := u.inv.writing(); ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
		k, err := u.w.Write(part)
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}

// Commit puts the files of the run in their places; what is left after it is to print
// the answer. An interruption that comes before it wins, one that comes later is too
// late.
func (inv *Invocation) Commit() error {
	// A second interruption, which ends the process at once, waits for the renaming.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(caught)
	ctx := inv.writing()
	if t := inv.Limits.timeout; t > 0 { // for the reader of a FIFO
		var stop context.CancelFunc
		ctx, stop = context.WithDeadlineCause(ctx, inv.start.Add(t+graceOfTimeout(t)), ErrTimeOver)
		defer stop()
	}
	written, err := inv.Files.Commit(ctx)
	if err != nil {
		return err
	}
	inv.written = written
	inv.gate.answer()
	return nil
}
